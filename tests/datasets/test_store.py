"""Decoding: every kind of file to the same RGB squares, bad files to reasons, each image once."""

import errno
import hashlib
import shutil
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import ROOT, storage
from lib.datasets import DataError
from lib.datasets.store import Store, decode, open_store, resize

store = import_module("lib.datasets.store")

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def _halves(left: tuple | int, right: tuple | int, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (16, 16), right)
    image.paste(left, (0, 0, 8, 16))
    return image


def _saved(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


def _open(root: Path, size: int = 8) -> Store:
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return open_store(
        paths, [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths], size
    )


def _colours(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """The upper left pixel of every image."""
    return [tuple(int(value) for value in one) for one in pixels[:, 0, 0]]


def _expected(root: Path) -> list[tuple[int, ...]]:
    return [Image.open(path).getpixel((0, 0)) for path in sorted(root.rglob("*.png"))]


def _stores() -> list[Path]:
    return list(storage.store().iterdir()) if storage.store().exists() else []


# Decoding


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".tiff", ".gif", ".webp"])
def test_lossless_formats_keep_the_colours(tmp_path, suffix):
    options = {"lossless": True} if suffix == ".webp" else {}
    pixels = decode(_saved(tmp_path / f"a{suffix}", _halves(RED, BLUE), **options), 16)
    assert pixels.shape == (16, 16, 3)
    assert pixels.dtype == np.uint8
    assert (pixels[:, :8] == RED).all()
    assert (pixels[:, 8:] == BLUE).all()


def test_a_jpeg_keeps_the_colours_about(tmp_path):
    pixels = decode(_saved(tmp_path / "a.jpg", Image.new("RGB", (16, 16), (200, 100, 50))), 16)
    np.testing.assert_allclose(pixels, np.full((16, 16, 3), (200, 100, 50)), atol=3)


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
    pixels = decode(_saved(tmp_path / "a.png", Image.new(mode, (8, 8), value)), 8)
    assert (pixels == expected).all()


@pytest.mark.parametrize("suffix", [".png", ".gif"])
@pytest.mark.parametrize(("options", "left"), [({}, RED), ({"transparency": 0}, WHITE)])
def test_a_palette_is_resolved_and_its_transparent_colour_is_white(tmp_path, suffix, options, left):
    image = _halves(0, 1, mode="P")
    image.putpalette([*RED, *BLUE])
    pixels = decode(_saved(tmp_path / f"a{suffix}", image, **options), 16)
    assert (pixels[:, :8] == left).all()
    assert (pixels[:, 8:] == BLUE).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("value", "expected"), [(0x80FF, 0x80), (0xFFFF, 0xFF), (0x00FF, 0)])
def test_sixteen_bit_grey_keeps_its_high_byte(tmp_path, suffix, value, expected):
    image = Image.fromarray(np.full((8, 8), value, dtype=np.uint16))
    pixels = decode(_saved(tmp_path / f"a{suffix}", image), 8)
    assert pixels.dtype == np.uint8
    assert (pixels == expected).all()


def test_a_cmyk_jpeg_becomes_rgb(tmp_path):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    pixels = decode(_saved(tmp_path / "a.jpg", image, quality=95), 16)
    np.testing.assert_allclose(pixels, np.full((16, 16, 3), RED), atol=5)


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
    first, second = (Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE))
    path = _saved(tmp_path / f"a{suffix}", first, save_all=True, append_images=[second], **options)
    assert Image.open(path).n_frames == 2
    assert (decode(path, 8) == RED).all()


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
    _halves(RED, RED).save(path, format="PNG")
    assert (decode(path, 8) == RED).all()


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


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = _saved(tmp_path / "a.png", Image.new("RGB", (32, 32)))
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", pytest.fail)
    with pytest.raises(ValueError, match=r"too large: .*1024 pixels"):
        decode(path, 8)


# The store


def test_rows_line_up_with_the_files_across_chunks(make_folder, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 4)
    root = make_folder()
    opened = _open(root)
    assert opened.pixels.shape == (15, 8, 8, 3)
    assert opened.pixels.dtype == np.uint8
    assert _colours(opened.pixels) == _expected(root)
    assert opened.reasons == {}


def test_bad_files_have_reasons_and_the_others_their_pixels(make_folder, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 4)
    root = make_folder()
    expected = _expected(root)
    paths = sorted(root.rglob("*.png"))
    paths[6].write_bytes(b"")
    paths[14].write_text("no image")
    opened = _open(root)
    assert list(opened.reasons) == [6, 14]
    assert "empty file" in opened.reasons[6]
    assert "not an image" in opened.reasons[14]
    good = [row for row in range(15) if row not in opened.reasons]
    assert _colours(opened.pixels[good]) == [expected[row] for row in good]
    assert _open(root).reasons == opened.reasons


def test_a_second_open_decodes_nothing(make_folder, monkeypatch):
    root = make_folder()
    first = _open(root)
    monkeypatch.setattr(store, "decode", pytest.fail)
    np.testing.assert_array_equal(_open(root).pixels, first.pixels)


def test_a_copy_under_another_name_uses_the_same_store(make_folder, tmp_path, monkeypatch):
    root = make_folder()
    first = _open(root)
    shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copyfile)
    monkeypatch.setattr(store, "decode", pytest.fail)
    np.testing.assert_array_equal(_open(tmp_path / "copy").pixels, first.pixels)
    assert len(_stores()) == 1


def test_each_size_has_its_own_store(make_folder):
    root = make_folder()
    assert _open(root, 8).pixels.shape[1:3] == (8, 8)
    assert _open(root, 6).pixels.shape[1:3] == (6, 6)
    assert len(_stores()) == 2


def test_the_key_is_the_name_of_the_store_and_the_same_every_time(make_folder):
    root = make_folder()
    first = _open(root)
    assert [one.name for one in _stores()] == [first.key]
    assert _open(root).key == first.key


def test_the_key_is_of_the_content_not_of_the_names(make_folder, tmp_path):
    root = make_folder()
    shutil.copytree(root, tmp_path / "copy")
    for path in sorted((tmp_path / "copy").rglob("*.png")):
        path.rename(path.with_name(f"x{path.name}"))
    assert _open(tmp_path / "copy").key == _open(root).key


def test_another_size_content_number_or_order_of_images_has_another_key(make_folder, monkeypatch):
    root = make_folder()
    keys = [_open(root).key, _open(root, 6).key]
    (root / "basophil" / "image_000.png").rename(root / "neutrophil" / "z.png")
    keys.append(_open(root).key)
    Image.new("RGB", (8, 8), WHITE).save(root / "neutrophil" / "z.png")
    keys.append(_open(root).key)
    (root / "neutrophil" / "z.png").unlink()
    keys.append(_open(root).key)
    monkeypatch.setattr("cv2.__version__", "0.0")
    keys.append(_open(root).key)
    assert len(set(keys)) == len(keys)


def test_changed_content_is_decoded_anew(make_folder):
    root = make_folder()
    _open(root)
    Image.new("RGB", (8, 8), WHITE).save(root / "basophil" / "image_000.png")
    assert _colours(_open(root).pixels)[0] == WHITE


def test_another_pillow_decodes_anew(make_folder, monkeypatch):
    root = make_folder()
    _open(root)
    monkeypatch.setattr("PIL.__version__", "0.0")
    _open(root)
    assert len(_stores()) == 2


def test_the_pixels_are_read_only(make_folder):
    pixels = _open(make_folder()).pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0


def test_an_interrupted_build_leaves_no_store_and_the_next_one_is_whole(make_folder, monkeypatch):
    root = make_folder()

    def interrupted(path: Path, size: int) -> np.ndarray:
        if path == root / "lymphocyte" / "image_001.png":
            raise KeyboardInterrupt
        return decode(path, size)

    with monkeypatch.context() as patch:
        patch.setattr(store, "decode", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _open(root)
    assert _stores() == []
    assert _colours(_open(root).pixels) == _expected(root)
    assert len(_stores()) == 1


# A child process that opens a store; its `decode` runs {meanwhile} first.
CHILD = """
import hashlib, os, sys, time
from importlib import import_module
from pathlib import Path
from lib import storage
store = import_module("lib.datasets.store")
storage.DATA, root, me, other = (Path(path) for path in sys.argv[1:])
whole = store.decode

def decode(path, size):
    meanwhile(path)
    return whole(path, size)

def meanwhile(path):
    {meanwhile}

store.decode = decode
paths = sorted(root.rglob("*.png"))
hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
print(hashlib.sha256(store.open_store(paths, hashes, 8).pixels.tobytes()).hexdigest())
"""
DIES = 'if path.parent.name == "lymphocyte": os._exit(9)'
WAITS = """me.touch()
    until = time.monotonic() + 60
    while not other.exists() and time.monotonic() < until:
        time.sleep(0.005)
    assert other.exists()"""


def _child(root: Path, meanwhile: str, me: Path, other: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(meanwhile=meanwhile), storage.DATA, root, me, other],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_process_leaves_nothing_that_passes_for_a_store(make_folder, tmp_path):
    root = make_folder()
    assert _child(root, DIES, tmp_path / "me", tmp_path / "other").wait(timeout=120) == 9
    assert all(one.name.startswith(".writing-") for one in _stores())
    assert _colours(_open(root).pixels) == _expected(root)


def test_two_processes_that_build_at_once_both_get_the_whole_store(make_folder, tmp_path):
    root, names = make_folder(), [tmp_path / "one", tmp_path / "other"]
    children = [_child(root, WAITS, *order) for order in (names, names[::-1])]
    answers = [child.communicate(timeout=120)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert len(_stores()) == 1
    pixels = _open(root).pixels
    assert _colours(pixels) == _expected(root)
    assert answers == [hashlib.sha256(pixels.tobytes()).hexdigest()] * 2


def test_two_threads_that_build_at_once_both_get_the_whole_store(make_folder, monkeypatch):
    root = make_folder()
    both = threading.Barrier(2)

    def together(path: Path, size: int) -> np.ndarray:
        if path.parent.name == "basophil" and path.stem == "image_000":
            both.wait(timeout=30)
        return decode(path, size)

    monkeypatch.setattr(store, "decode", together)
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(_open, [root, root]))
    assert [_colours(one.pixels) for one in opened] == [_expected(root)] * 2
    assert len(_stores()) == 1


def test_a_full_disk_is_said_with_the_place_and_the_size(make_folder, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numpy.lib.format.write_array_header_1_0", full)
    with pytest.raises(DataError) as caught:
        _open(make_folder(), size=100)
    text = str(caught.value)
    assert str(storage.store()) in text
    assert "No space left on device" in text
    assert "(0 MB)" in text  # 15 × 100 × 100 × 3 bytes are 0.45 MB
    assert "image_size" in text
    assert _stores() == []


def test_a_place_that_cannot_be_written_is_said(make_folder, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(storage, "DATA", tmp_path / "file")
    with pytest.raises(DataError, match=r"written to .*file.store; it failed"):
        _open(make_folder())


def test_a_disk_that_fills_up_half_way_is_an_error_not_the_end_of_the_process(make_folder):
    """A limit on the size of a file stands in for a full disk; a memory map would die of SIGBUS."""
    root = make_folder()
    code = (
        "import resource, sys; from pathlib import Path; from lib import storage\n"
        "from lib.datasets import store\n"
        f"storage.DATA = Path({str(storage.DATA)!r})\n"
        f"paths = sorted(Path({str(root)!r}).rglob('*.png'))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: store.open_store(paths, ['x'], 224)\n"
        "except storage.DataError as error: print('refused:', error)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("refused: the pixels of 15 images (2 MB) should be written")
    assert _stores() == []


def test_an_error_of_the_system_is_not_remembered_as_a_broken_image(make_folder, monkeypatch):
    root = make_folder()
    real = Image.open

    def failing(path, *arguments):
        if Path(path).name == "image_001.png":
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path, *arguments)

    monkeypatch.setattr(Image, "open", failing)
    with pytest.raises(DataError, match="Too many open files"):
        _open(root)
    assert _stores() == []
    monkeypatch.undo()
