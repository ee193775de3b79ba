"""One photograph beside the set: a file, a drawing or a test image, and in words which of them."""

import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from made_up_sets import image_set
from PIL import Image

from lib.datasets import DataError, Fold, ImageSet, Photo, load_photo
from lib.datasets.decoding import decode, resize
from lib.results import PixelRange

# Rows 0, 1 basophils, 2, 3, 4 monocytes, 5 a neutrophil; tested on are 1, 4 and 3, in this order.
FOLD = Fold(
    protocol="published", seed=7, fold=0, train=np.array([0, 2, 5]), test=np.array([1, 4, 3])
)


@pytest.fixture
def images() -> ImageSet:
    """Real images of 2 × 2 pixels; every value of a row's pixels is 10 times the row."""
    pixels = np.repeat(10 * np.arange(6, dtype=np.uint8), 12).reshape(6, 2, 2, 3)
    return image_set((2, 3, 1), pixels=pixels)


@pytest.fixture
def phantoms(images) -> ImageSet:
    return replace(images, kind="phantom")


def draw() -> np.ndarray:
    """A drawing, dark on its left and bright on its right."""
    return np.repeat([[[40] * 3, [200] * 3]], 2, axis=0).astype(np.uint8).repeat(8, 0).repeat(8, 1)


def not_drawn() -> np.ndarray:
    pytest.fail("it should not be drawn")


def _saved(path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.mark.parametrize("kind", ["exact", "substitute", "phantom"])
def test_a_file_that_is_named_is_shown_whatever_the_images(images, tmp_path, kind):
    path = _saved(tmp_path / "my cat.png")
    found = load_photo(str(path), replace(images, kind=kind), FOLD, "monocyte", not_drawn)
    np.testing.assert_array_equal(found.pixels, decode(path, 2))
    assert found.pixels.shape == (2, 2, 3)
    assert found.pixels.dtype == np.uint8
    assert found.origin == "your file my cat.png"


def _saved_deep(path: Path) -> Path:
    Image.fromarray(np.array([[0, 1000], [1000, 2000]], np.uint16)).save(path)
    return path


def test_a_file_of_more_than_8_bits_is_scaled_as_the_images_of_its_kind(images, tmp_path):
    path = _saved_deep(tmp_path / "a.png")
    of_set = PixelRange(kind="16-bit PNG", files=9, low=0, high=4000, source="")
    found = load_photo(
        str(path), replace(images, pixel_ranges=(of_set,)), FOLD, "monocyte", not_drawn
    )
    assert found.pixels[..., 0].tolist() == [[0, 64], [64, 128]]
    assert found.origin == "your file a.png"


def test_a_file_of_another_kind_is_scaled_by_itself_and_that_is_said(images, tmp_path):
    path = _saved_deep(tmp_path / "a.png")
    found = load_photo(str(path), images, FOLD, "monocyte", not_drawn)
    assert found.pixels[..., 0].tolist() == [[0, 128], [128, 255]]
    assert found.origin.startswith("your file a.png, scaled by itself: 1 file (16-bit PNG)")


def test_a_tilde_is_the_home_folder(images, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = _saved(tmp_path / "cat.png")
    found = load_photo("~/cat.png", images, FOLD, "monocyte", not_drawn)
    np.testing.assert_array_equal(found.pixels, decode(path, 2))


def test_beside_phantoms_a_drawing_stands_in_at_the_size_of_the_images(phantoms):
    found = load_photo(None, phantoms, FOLD, "neutrophil", draw)
    np.testing.assert_array_equal(found.pixels, resize(draw(), 2))
    assert found.pixels.shape == (2, 2, 3)
    assert found.pixels[0, 0, 0] < 100 < found.pixels[0, 1, 0]
    assert found.origin == "drawn for this purpose, in no split"


@pytest.mark.parametrize("kind", ["exact", "substitute"])
@pytest.mark.parametrize(("name", "row"), [("monocyte", 4), ("basophil", 1)])
def test_beside_real_images_the_first_test_image_of_the_class_stands_in(images, kind, name, row):
    found = load_photo(None, replace(images, kind=kind), FOLD, name, not_drawn)
    assert (found.pixels == 10 * row).all()
    assert found.origin.endswith(f"a test image stands in: {row}.png")


def test_the_image_that_stands_in_is_one_of_the_table_not_of_the_files(images):
    """Where files were rejected, rows of the table and of the pixels differ."""
    rows = np.array([5, 4, 3, 2, 1, 0])
    found = load_photo(None, replace(images, rows=rows), FOLD, "monocyte", not_drawn)
    assert (found.pixels == 10 * rows[4]).all()


def test_a_class_without_a_test_image_is_an_error_that_names_it(images):
    with pytest.raises(DataError, match="seed 7 should hold a neutrophil; it holds none"):
        load_photo(None, images, FOLD, "neutrophil", not_drawn)


@pytest.mark.parametrize("kind", ["substitute", "phantom"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no such file.png", "No such file"),
        ("notes.png", "not an image"),
        ("empty.png", "empty file"),
        ("half.png", "broken image"),
        ("", "Is a directory"),
    ],
)
def test_a_path_without_an_image_is_an_error_that_names_it(images, tmp_path, kind, name, reason):
    (tmp_path / "notes.png").write_text("a note")
    (tmp_path / "empty.png").write_bytes(b"")
    whole = _saved(tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    path = str(tmp_path / name)
    with pytest.raises(
        DataError, match=f"`photo` should be the path of an image; .*{reason}"
    ) as told:
        load_photo(path, replace(images, kind=kind), FOLD, "monocyte", draw)
    assert path in str(told.value)


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_is_not_read(images, tmp_path, kind):
    path = Path("/dev/zero") if kind == "device" else tmp_path / "pipe.png"
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(DataError, match="no plain file"):
        load_photo(str(path), images, FOLD, "monocyte", draw)


def test_the_home_of_nobody_is_an_error_in_words(images):
    with pytest.raises(DataError, match="`photo` should be the path of an image; ~nobody-of-this"):
        load_photo("~nobody-of-this-name/cat.png", images, FOLD, "monocyte", not_drawn)


def test_a_file_that_may_not_be_read_is_an_error_too(images, tmp_path, monkeypatch):
    path = _saved(tmp_path / "cat.png")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(import_module("lib.datasets.photo"), "decode", refused)
    with pytest.raises(DataError, match="Permission denied"):
        load_photo(str(path), images, FOLD, "monocyte", not_drawn)


def test_a_photo_is_its_pixels_and_where_they_are_from():
    with pytest.raises(TypeError, match="origin"):
        Photo(pixels=draw())
