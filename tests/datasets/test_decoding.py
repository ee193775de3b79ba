"""Decoding: every kind of file to the same RGB squares, bad files to reasons."""

import ast
import hashlib
import struct
import subprocess
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lib.datasets import DataError
from lib.datasets.decoding import decode, resize

decoding = import_module("lib.datasets.decoding")

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def _halves(left: tuple | int, right: tuple | int, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (16, 16), right)
    image.paste(left, (0, 0, 8, 16))
    return image


def _mostly(colour: tuple | int, mode: str = "RGB") -> Image.Image:
    """8 × 8 pixels of a colour, but for the last row: there must be something to see."""
    image = Image.new(mode, (8, 8), 0 if mode in ("1", "L") else (0, 0, 0, 255)[-len(colour) :])
    image.paste(colour, (0, 0, 8, 7))
    return image


def _saved(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff", ".gif", ".webp"])
def test_lossless_formats_keep_the_colours(tmp_path, suffix):
    options = {"lossless": True} if suffix == ".webp" else {}
    pixels = decode(_saved(tmp_path / f"a{suffix}", _halves(RED, BLUE), **options), 16)
    assert pixels.shape == (16, 16, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[:, :8] == RED).all()
    assert (pixels[:, 8:] == BLUE).all()


def test_a_jpeg_keeps_the_colours_about(tmp_path):
    image = _halves((200, 100, 50), BLUE)
    pixels = decode(_saved(tmp_path / "a.jpg", image, quality=95, subsampling=0), 16)
    np.testing.assert_allclose(pixels, np.asarray(image), atol=3)


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 255), (100, 100, 100)),
        ("LA", (100, 0), WHITE),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), WHITE),
        ("RGBA", (0, 0, 0, 51), (204, 204, 204)),
    ],
)
def test_modes_become_rgb_with_transparency_over_white(tmp_path, mode, value, expected):
    pixels = decode(_saved(tmp_path / "a.png", _mostly(value, mode)), 8)
    assert (pixels[:7] == expected).all()
    assert (pixels[7] == 0).all()


@pytest.mark.parametrize("suffix", [".png", ".gif"])
@pytest.mark.parametrize(("options", "left"), [({}, RED), ({"transparency": 0}, WHITE)])
def test_a_palette_is_resolved_and_its_transparent_colour_is_white(tmp_path, suffix, options, left):
    image = _halves(0, 1, mode="P")
    image.putpalette([*RED, *BLUE])
    pixels = decode(_saved(tmp_path / f"a{suffix}", image, **options), 16)
    assert (pixels[:, :8] == left).all()
    assert (pixels[:, 8:] == BLUE).all()


def test_a_cmyk_jpeg_becomes_rgb(tmp_path):
    image = _halves((0, 255, 255, 0), (255, 255, 0, 0), "CMYK")
    pixels = decode(_saved(tmp_path / "a.jpg", image, quality=95, subsampling=0), 16)
    np.testing.assert_allclose(pixels, np.asarray(_halves(RED, BLUE)), atol=5)


def test_an_image_of_one_colour_is_refused(tmp_path):
    for colour, value in ((WHITE, "255"), (RED, r"\(255, 0, 0\)")):
        path = _saved(tmp_path / "a.png", Image.new("RGB", (40, 30), colour))
        with pytest.raises(
            ValueError, match=rf"^nothing to see: all its pixels are {value}, of 255$"
        ):
            decode(path, 8)
    path = _saved(tmp_path / "a.png", Image.new("RGBA", (40, 30), (9, 9, 9, 0)))
    with pytest.raises(ValueError, match="nothing to see"):
        decode(path, 8)


@pytest.mark.parametrize("at", [(0, 0), (17, 23), (39, 29)])
def test_a_single_other_pixel_is_something_to_see(tmp_path, at):
    image = Image.new("L", (40, 30), 7)
    image.putpixel(at, 8)
    assert decode(_saved(tmp_path / "a.png", image), 40).max() == 8


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda pixels: pixels),
        (2, lambda pixels: pixels[:, ::-1]),
        (3, lambda pixels: pixels[::-1, ::-1]),
        (6, lambda pixels: np.rot90(pixels, -1)),
        (8, lambda pixels: np.rot90(pixels, 1)),
    ],
)
def test_the_exif_orientation_is_applied(tmp_path, orientation, upright):
    image = Image.new("RGB", (16, 16), BLUE)
    image.paste(RED, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0}
    pixels = decode(_saved(tmp_path / "a.jpg", image, exif=exif, **options), 16)
    np.testing.assert_allclose(pixels.astype(int), upright(np.asarray(image)), atol=8)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".tif", ".webp"])
def test_of_several_frames_the_first_is_taken(tmp_path, suffix):
    options = {"lossless": True} if suffix == ".webp" else {}
    first, second = _mostly(RED), _mostly(BLUE)
    path = _saved(tmp_path / f"a{suffix}", first, save_all=True, append_images=[second], **options)
    assert Image.open(path).n_frames == 2
    assert (decode(path, 8) == np.asarray(first)).all()


def test_images_are_resized_bilinearly_to_a_square_whatever_their_aspect(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (20, 31, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    expected = np.asarray(image.resize((12, 12), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(decode(_saved(tmp_path / "a.png", image), 12), expected)


@pytest.mark.parametrize("shape", [(20, 31), (31, 20), (5, 31), (31, 5)])
def test_what_has_a_side_beyond_the_size_is_resized_as_pillow_does(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    expected = Image.fromarray(noise).resize((12, 12), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(resize(noise, 12), np.asarray(expected))


@pytest.mark.parametrize("shape", [(12, 12), (5, 9), (12, 3), (1, 1)])
def test_what_is_enlarged_differs_from_pillows_by_rounding_only(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = resize(noise, 12)
    expected = np.asarray(Image.fromarray(noise).resize((12, 12), Image.Resampling.BILINEAR))
    assert (found.shape, found.dtype) == ((12, 12, 3), np.uint8)
    assert np.abs(found.astype(int) - expected).max() <= 1
    if shape == (12, 12):
        np.testing.assert_array_equal(found, noise)


def test_the_content_decides_not_the_suffix(tmp_path):
    path = tmp_path / "a.jpg"
    _mostly(RED).save(path, format="PNG")
    assert (decode(path, 8) == np.asarray(_mostly(RED))).all()


# Files that hold no image


def _bytes_of(format: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).save(buffer, format)
    return buffer.getvalue()


def _garbled(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(value ^ 0x5A for value in content[middle:])


BAD = [
    ("zero-byte", b"", "empty file"),
    ("text", b"<html>404 Not Found</html>", "not an image: its content is of no known format"),
    ("signature only", b"\x89PNG\r\n\x1a\n", "not an image: "),
    ("truncated PNG", _bytes_of("PNG")[:3000], "broken image: .*truncated"),
    ("truncated JPEG", _bytes_of("JPEG")[:1500], "broken image: .*truncated"),
    ("truncated GIF", _bytes_of("GIF")[:1500], "broken image: .*truncated"),
    ("truncated BMP", _bytes_of("BMP")[:1500], "broken image: .*truncated"),
    ("truncated TIFF", _bytes_of("TIFF")[:1500], "broken image: .+"),
    ("truncated WebP", _bytes_of("WEBP")[:1500], "broken image: .+"),
    ("corrupt PNG", _garbled(_bytes_of("PNG")), "broken image: .+"),
]


@pytest.mark.parametrize(("content", "reason"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_a_bad_file_is_refused_with_a_reason(tmp_path, content, reason):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        decode(path, 8)


@pytest.mark.parametrize("error", [OSError, SyntaxError, struct.error, IndexError, EOFError])
def test_whatever_a_decoder_raises_is_a_reason(tmp_path, monkeypatch, error):
    def broken(*_):
        raise error("bad chunk")

    path = _saved(tmp_path / "a.png", Image.new("RGB", (8, 8)))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", broken)
    with pytest.raises(ValueError, match="broken image: bad chunk"):
        decode(path, 8)


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = _saved(tmp_path / "a.png", Image.new("RGB", (32, 31)))
    monkeypatch.setattr(decoding, "MAX_PIXELS", 991)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", pytest.fail)
    with pytest.raises(ValueError, match=r"^too large: 32 × 31 pixels; at most 991 are decoded$"):
        decode(path, 8)


@pytest.mark.parametrize("limit", [900, 400], ids=["warned of", "refused"])
@pytest.mark.parametrize("action", ["ignore", "error"])
def test_what_pillow_itself_finds_too_large_has_the_same_reason(
    tmp_path, monkeypatch, limit, action
):
    path = _saved(tmp_path / "a.png", Image.new("RGB", (32, 31)))
    monkeypatch.setattr(decoding, "MAX_PIXELS", limit)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", limit)
    with warnings.catch_warnings():
        warnings.simplefilter(action, Image.DecompressionBombWarning)
        with pytest.raises(ValueError, match=rf"^too large: \S.* pixels; at most {limit} are"):
            decode(path, 8)


def test_the_limit_lies_above_the_largest_real_images_and_below_pillows():
    assert 6000 * 8000 < decoding.MAX_PIXELS <= Image.MAX_IMAGE_PIXELS


def test_a_file_of_too_many_bytes_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(bytes(1001))
    monkeypatch.setattr(decoding, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="too large: a file of 1001 bytes; at most 1000 are read"):
        decode(path, 8)


@pytest.mark.parametrize(("memory", "at_a_time"), [(1 << 40, 2), (1000, 1)])
def test_images_too_large_for_a_share_of_the_memory_are_decoded_one_at_a_time(
    tmp_path, monkeypatch, memory, at_a_time
):
    paths = [_saved(tmp_path / f"{name}.png", Image.new("RGB", (32, 32))) for name in "ab"]
    at_work, numbers, both = [], [], threading.Event()

    def load(image: Image.Image) -> None:
        at_work.append(id(image))
        numbers.append(len(at_work))
        if len(at_work) == 2:
            both.set()
        both.wait(timeout=30 if at_a_time == 2 else 0.3)
        at_work.remove(id(image))

    monkeypatch.setattr(decoding, "_memory", lambda: memory)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    monkeypatch.setattr("PIL.ImageOps.exif_transpose", lambda *_, **__: None)
    monkeypatch.setattr(decoding, "_rgb", lambda image: _mostly(RED))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: decode(path, 8), paths))
    assert max(numbers) == at_a_time


# Formats


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n{} loop\n%%EOF\n"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_postscript_program_is_no_image_and_is_not_run(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(POSTSCRIPT)
    with Image.open(path) as image:
        assert image.format == "EPS"  # what Pillow would make of it
    for start in ("run", "Popen", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, start, pytest.fail)
    with pytest.raises(ValueError, match="not an image: its content is of no known format"):
        decode(path, 8)


@pytest.mark.parametrize("kind", ["TGA", "ICO", "PCX", "SGI"])
def test_what_is_no_listed_format_is_refused_whatever_its_name(tmp_path, kind):
    path = tmp_path / "a.png"
    _halves(RED, BLUE).save(path, format=kind)
    with pytest.raises(ValueError, match=r"of no known format \(JPEG, PNG, GIF, .*, DICOM\)"):
        decode(path, 8)


@pytest.mark.parametrize("kind", ["PPM", "AVIF", "JPEG2000"])
def test_less_common_formats_are_decoded(tmp_path, kind):
    path, image = tmp_path / "a.png", _halves(RED, BLUE)
    options = {"quality": 100, "subsampling": "4:4:4"} if kind == "AVIF" else {}
    image.save(path, format=kind, **options)
    np.testing.assert_allclose(decode(path, 16), np.asarray(image), atol=5)


def test_a_tiff_of_a_type_that_is_not_read_is_told_from_no_image(tmp_path):
    path = tmp_path / "a.tif"
    cv2.imwrite(str(path), np.eye(8))
    with pytest.raises(ValueError, match=r"^a TIFF whose type of values is not read.*save it with"):
        decode(path, 8)


def test_several_jpegs_in_one_file_are_a_jpeg(tmp_path):
    path, first = tmp_path / "a.jpg", _halves((200, 100, 50), BLUE)
    options = {"quality": 95, "subsampling": 0}
    first.save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))], **options)
    np.testing.assert_allclose(decode(path, 16), np.asarray(first), atol=3)


def test_no_image_is_opened_without_naming_the_formats():
    """Pillow alone would try every format it knows, PostScript and its interpreter among them."""
    from lib import ROOT

    calls = {
        (path.name, tuple(keyword.arg for keyword in node.keywords))
        for path in sorted((ROOT / "lib").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Image.open"
    }
    assert calls == {("decoding.py", ("formats",)), ("figures.py", ("formats",))}


def test_a_file_that_is_gone_or_no_image_any_more_is_named(tmp_path):
    path = _saved(tmp_path / "a.png", _halves(RED, BLUE))
    with decoding.open_image(path) as image:
        assert image.size == (16, 16)
    path.write_bytes(POSTSCRIPT)
    with pytest.raises(DataError, match=rf"{path} should be readable.*cannot identify"):
        decoding.open_image(path)
    path.unlink()
    with pytest.raises(DataError, match=rf"{path} should be readable.*no longer there"):
        decoding.open_image(path)


# The content that was hashed


def test_the_bytes_that_are_decoded_are_those_that_were_hashed(tmp_path):
    path = _saved(tmp_path / "a.png", _mostly(RED))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (decode(path, 8, sha256)[0] == RED).all()
    _saved(path, _mostly(BLUE))
    with pytest.raises(DataError, match=rf"{path} should stay as it is.*changed.*run again"):
        decode(path, 8, sha256)


@pytest.mark.parametrize("now", [b"", b"no image", bytes(1001)], ids=["empty", "text", "large"])
def test_a_file_that_changed_is_never_taken_for_a_broken_image(tmp_path, monkeypatch, now):
    """The reason would be kept under the hash of the image that it was."""
    monkeypatch.setattr(decoding, "MAX_BYTES", 1000)
    path = tmp_path / "a.png"
    path.write_bytes(now)
    with pytest.raises(DataError, match="changed after the run"):
        decode(path, 8, "0" * 64)


def test_a_file_is_read_once(tmp_path, monkeypatch):
    path, opened = _saved(tmp_path / "a.png", _mostly(RED)), []
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    def counted(self, *arguments, whole=Path.open):
        opened.append(self)
        return whole(self, *arguments)

    monkeypatch.setattr(Path, "open", counted)
    decode(path, 8, sha256)
    assert opened == [path]
