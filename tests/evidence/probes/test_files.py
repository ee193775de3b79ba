"""What files tell: size, type and JPEG quality, from their headers alone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.datasets import DataError
from lib.datasets.decoding import FORMATS
from lib.evidence.probes.files import FACTS, file_facts


def _saved(path: Path, width: int = 5, height: int = 3, mode: str = "RGB", **options) -> Path:
    Image.new(mode, (width, height)).save(path, **options)
    return path


def _facts(path: Path) -> dict[str, float]:
    (found,) = file_facts([path])
    return dict(zip(FACTS, found.tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("a.png", "PNG"), ("a.bmp", "BMP"), ("a.tif", "TIFF"), ("a.gif", "GIF")),
        *(("a.webp", "WEBP"), ("a.jpg", "JPEG"), ("a.pgm", "PPM"), ("a.jp2", "JPEG2000")),
    ],
)
def test_width_height_and_type_are_those_of_the_file(tmp_path, name, kind):
    found = _facts(_saved(tmp_path / name))
    assert (found["width"], found["height"]) == (5, 3)
    assert {name: found[name] for name in FORMATS} == {name: name == kind for name in FORMATS}
    assert (found["JPEG quality"] > 0) == (kind == "JPEG")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_quality_is_read_back(tmp_path, mode):
    paths = [
        _saved(tmp_path / f"{quality}.jpg", mode=mode, quality=quality) for quality in range(1, 101)
    ]
    assert file_facts(paths)[:, -1].tolist() == list(range(1, 101))


def test_of_an_unusual_table_the_nearest_quality_is_told(tmp_path):
    path = _saved(tmp_path / "a.jpg", qtables=[[2] * 64, [2] * 64])  # sum 128
    # At quality 98 the table sums to 147, at 99 to 86.
    assert _facts(path)["JPEG quality"] == 98


def test_several_pictures_in_one_jpeg_are_a_jpeg(tmp_path):
    pictures = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    pictures[0].save(tmp_path / "a.mpo", save_all=True, append_images=pictures[1:], quality=60)
    found = _facts(tmp_path / "a.mpo")
    assert (found["JPEG"], found["JPEG quality"]) == (1, 60)


def test_a_type_that_is_not_decoded_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(DataError, match=r"a\.tga"):
        _facts(_saved(tmp_path / "a.tga"))


def test_the_suffix_is_not_believed(tmp_path):
    assert _facts(_saved(tmp_path / "a.jpg", format="PNG"))["PNG"] == 1


def test_only_the_header_is_read(tmp_path):
    whole = _saved(tmp_path / "whole.jpg", 400, 300, quality=70)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:700])
    assert cut.stat().st_size < whole.stat().st_size
    np.testing.assert_array_equal(file_facts([cut]), file_facts([whole]))


def test_no_file_has_no_facts():
    assert file_facts([]).shape == (0, len(FACTS))
