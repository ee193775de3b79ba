"""The images that are asked about: what is listed, what each format gives, and what cannot be read."""

import os
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.datasets.decoding import decode
from lib.predict import pictures
from lib.predict.chosen import PredictError
from lib.predict.pictures import AHEAD, list_pictures, read_ahead
from lib.results import PixelRange
from lib.storage import DataError

SIZE = 8


def _noise(path: Path, seed: int = 0, **options) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def _huge(path: Path) -> Path:
    """A PNG of 30,000 × 30,000 pixels, of which a small file has the first lines."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(30_001 * 100))  # the first hundred
    chunks = ((b"IHDR", header), (b"IDAT", lines), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def _broken(path: Path) -> Path:
    whole = _noise(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def test_folders_give_the_images_in_them_and_below_them_sorted_and_files_stand_as_named(tmp_path):
    for name in ("b/2.png", "b/1.jpg", "a.png", "b/inner/3.PNG"):
        _noise(tmp_path / name)
    (tmp_path / "b" / "notes.txt").write_text("none")
    (tmp_path / "odd").write_bytes((tmp_path / "a.png").read_bytes())
    found = list_pictures([tmp_path / "odd", tmp_path / "b", tmp_path / "b" / "1.jpg"])
    names = [file.relative_to(tmp_path).as_posix() for file in found]
    assert names == ["odd", "b/1.jpg", "b/2.png", "b/inner/3.PNG"]


def test_a_path_that_leads_nowhere_and_a_folder_without_images_are_refused(tmp_path):
    with pytest.raises(PredictError, match=r"there is no .*absent"):
        list_pictures([tmp_path / "absent"])
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(PredictError, match="none was found"):
        list_pictures([tmp_path])


def test_folders_that_link_to_each_other_come_to_an_end(tmp_path):
    _noise(tmp_path / "a" / "1.png")
    for number in range(20):
        (tmp_path / f"link{number}").symlink_to(tmp_path / "a")
    with pytest.raises(DataError, match="more than 16 ways"):
        list_pictures([tmp_path])


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tif", "webp"])
def test_every_format_is_decoded_as_a_run_decodes_it(tmp_path, suffix):
    file = _noise(tmp_path / f"image.{suffix}")
    (picture,) = read_ahead([file], SIZE)
    np.testing.assert_array_equal(picture.pixels, decode(file, SIZE))
    assert picture.remark == ""


def test_what_cannot_be_read_is_told_and_the_others_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.png").touch()
    files = [
        _huge(tmp_path / "huge.png"),
        _noise(tmp_path / "good.png"),
        _broken(tmp_path / "half.png"),
        *(tmp_path / name for name in ("text.png", "empty.png", "pipe.png", "gone.png")),
    ]
    told = {picture.file.stem: picture for picture in read_ahead(files, SIZE)}
    assert [name for name, picture in told.items() if picture.pixels is not None] == ["good"]
    reasons = {
        "huge": "too large",
        "half": "broken image",
        "text": "not an image",
        "empty": "empty file",
        "pipe": "no plain file",
        "gone": "No such file",
    }
    assert all(reason in told[name].remark for name, reason in reasons.items())


def test_sixteen_bits_are_scaled_as_in_training_and_an_unknown_kind_by_itself(tmp_path):
    values = np.linspace(0, 4000, 64).reshape(8, 8).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    known = PixelRange(kind="16-bit PNG", files=1, low=0, high=8000, source="the set")
    (as_trained,) = read_ahead([tmp_path / "deep.png"], SIZE, [known])
    assert (as_trained.pixels.max(), as_trained.remark) == (128, "")
    (alone,) = read_ahead([tmp_path / "deep.png"], SIZE)
    assert alone.pixels.max() == 255
    assert "scaled by itself" in alone.remark


def test_of_five_thousand_images_few_are_in_memory_at_once(tmp_path, monkeypatch):
    """Each is counted from being decoded to being handed out."""
    there, most, lock = 0, 0, threading.Lock()

    def decoded(*_):
        nonlocal there, most
        with lock:
            there += 1
            most = max(most, there)
        return np.zeros((SIZE, SIZE, 3), np.uint8), ""

    monkeypatch.setattr(pictures, "decode_beside", decoded)
    file = _noise(tmp_path / "image.png")
    handed_out = 0
    for _ in read_ahead([file] * 5000, SIZE):
        handed_out += 1
        with lock:
            there -= 1
    assert handed_out == 5000
    assert most <= AHEAD + 1


def test_whoever_stops_asking_leaves_no_thread_at_work(tmp_path):
    file = _noise(tmp_path / "image.png")
    before = threading.active_count()
    asked = read_ahead([file] * 500, SIZE)
    next(asked)
    asked.close()
    assert threading.active_count() == before
