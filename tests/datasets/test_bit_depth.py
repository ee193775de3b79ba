"""Images of more than 8 bits: one range for all files of a kind, and nothing lost in silence."""

import struct
import zlib
from importlib import import_module
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from lib.datasets.bit_depth import OWN_VALUES, Extent, describe_range, settle_ranges, warn_of_faint
from lib.datasets.decoding import UnsettledError, decode_whole
from lib.datasets.store import Store, open_store
from lib.results import PixelRange
from lib.storage import file_sha256

made_up_paper = import_module("made_up_paper")

# (2, 4) greys of 12 bits; the largest, 4080, is 16 × 255.
GREYS = np.array([[0, 16, 160, 1600], [2000, 2048, 4000, 4080]], np.uint16)
SCALED = [[0, 1, 10, 100], [125, 128, 250, 255]]  # by hand: GREYS / 16


def _open(*paths: Path, size: int = 8) -> Store:
    return open_store(paths, [file_sha256(path) for path in paths], size)


def _greys(path: Path) -> list[list[int]]:
    pixels = np.asarray(decode_whole(path))
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0].tolist()


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def _png(path: Path, values: np.ndarray, significant: int | None = None) -> Path:
    buffer = BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    content, header = buffer.getvalue(), 33  # bytes of signature and IHDR
    chunk = b"" if significant is None else _chunk(b"sBIT", bytes([significant]))
    path.write_bytes(content[:header] + chunk + content[header:])
    return path


def _pgm(path: Path, values: np.ndarray, maxval: int, magic: str = "P5") -> Path:
    height, width = values.shape[:2]
    raw = values.astype(">u2").tobytes() if magic in ("P5", "P6") else _decimal(values)
    path.write_bytes(f"{magic}\n{width} {height}\n{maxval}\n".encode() + raw)
    return path


def _decimal(values: np.ndarray) -> bytes:
    return "\n".join(map(str, values.ravel().tolist())).encode()


def _tiff(path: Path, values: np.ndarray, **tags: float) -> Path:
    """`tags`: name of a tag → value, as SMaxSampleValue=1.0."""
    numbers = {"SMinSampleValue": 340, "SMaxSampleValue": 341, "MaxSampleValue": 281}
    info = {numbers[name]: value for name, value in tags.items()}
    Image.fromarray(values).save(path, tiffinfo=info)
    return path


# One file


def test_greys_of_12_bits_in_a_16_bit_file_fill_the_range(tmp_path):
    assert _greys(_png(tmp_path / "a.png", GREYS)) == SCALED
    assert _greys(_tiff(tmp_path / "a.tif", GREYS)) == SCALED
    assert _greys(_tiff(tmp_path / "b.tif", GREYS.astype(np.float32))) == SCALED
    assert _greys(_tiff(tmp_path / "c.tif", GREYS.astype(np.float32) / 4080)) == SCALED
    assert _greys(_tiff(tmp_path / "d.tif", GREYS.astype(np.int32))) == SCALED


@pytest.mark.parametrize(("significant", "value"), [(12, 2000 / 4095), (None, 1), (16, 1)])
def test_significant_bits_tell_the_range(tmp_path, significant, value):
    path = _png(tmp_path / "a.png", np.array([[0, 2000]], np.uint16), significant)
    assert _greys(path) == [[0, round(255 * value)]]


def test_values_scaled_up_to_16_bits_as_the_standard_asks_are_taken_as_such(tmp_path):
    path = _png(tmp_path / "a.png", np.array([[0, 2000 << 4]], np.uint16), 12)
    assert _greys(path) == [[0, round(255 * (2000 << 4) / 65535)]]


@pytest.mark.parametrize("magic", ["P2", "P5"])
@pytest.mark.parametrize(("maxval", "white"), [(4095, 4095), (8191, 8191), (65535, 4080)])
def test_maxval_tells_the_range_unless_it_is_all_16_bits(tmp_path, magic, maxval, white):
    path = _pgm(tmp_path / "a.pgm", GREYS, maxval, magic)
    assert _greys(path) == np.rint(GREYS * 255.0 / white).astype(int).tolist()


def test_a_pgm_of_8_bits_or_fewer_is_what_pillow_makes_of_it(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P5\n# left to right\n3 1\n255\n" + bytes([0, 7, 200]))
    (tmp_path / "b.pgm").write_bytes(b"P5\n3 1\n15\n" + bytes([0, 1, 15]))
    assert _greys(tmp_path / "a.pgm") == [[0, 7, 200]]
    assert _greys(tmp_path / "b.pgm") == [[0, 17, 255]]


@pytest.mark.parametrize("magic", ["P2", "P5"])
def test_a_truncated_pgm_is_broken(tmp_path, magic):
    path = _pgm(tmp_path / "a.pgm", GREYS, 4095, magic)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="broken image"):
        decode_whole(path)


def test_the_tags_of_a_tiff_tell_its_range(tmp_path):
    half = np.array([[0, 0.5]], np.float32)
    assert _greys(_tiff(tmp_path / "a.tif", half)) == [[0, 255]]
    assert _greys(_tiff(tmp_path / "b.tif", half, SMaxSampleValue=1.0)) == [[0, 128]]
    ends = {"SMinSampleValue": -1.0, "SMaxSampleValue": 1.0}
    assert _greys(_tiff(tmp_path / "c.tif", half, **ends)) == [[128, 191]]
    greys = np.array([[0, 2000]], np.uint16)
    assert _greys(_tiff(tmp_path / "d.tif", greys, MaxSampleValue=4095)) == [[0, 125]]
    assert _greys(_tiff(tmp_path / "e.tif", greys, MaxSampleValue=65535)) == [[0, 255]]


def test_a_tag_that_the_values_exceed_is_not_believed(tmp_path):
    assert _greys(_tiff(tmp_path / "a.tif", GREYS, MaxSampleValue=255)) == SCALED


def test_the_range_begins_at_zero_where_no_value_is_lower(tmp_path):
    assert _greys(_png(tmp_path / "a.png", np.array([[1000, 2000]], np.uint16))) == [[128, 255]]


def test_negative_values_are_the_lower_end(tmp_path):
    hounsfield = np.array([[-1000, 0, 3000]], np.int32)
    assert _greys(_tiff(tmp_path / "a.tif", hounsfield)) == [[0, 64, 255]]


def test_32_bits_without_a_sign_do_not_turn_negative(tmp_path):
    values = np.array([[0, 1 << 31, (1 << 32) - 2]], np.uint32)
    path = _tiff(tmp_path / "a.tif", values.view(np.int32))
    content = path.read_bytes()  # the tag SampleFormat (339), one SHORT: from signed to unsigned
    signed, unsigned = (struct.pack("<HHIHH", 339, 3, 1, form, 0) for form in (2, 1))
    assert content.count(signed) == 1
    path.write_bytes(content.replace(signed, unsigned))
    assert _greys(path) == [[0, 128, 255]]


def test_a_tiff_whose_zero_is_white_is_turned_over(tmp_path):
    path = _tiff(tmp_path / "a.tif", GREYS)
    content = path.read_bytes()  # the tag PhotometricInterpretation (262)
    black, white = (struct.pack("<HHIHH", 262, 3, 1, zero, 0) for zero in (1, 0))
    assert content.count(black) == 1
    path.write_bytes(content.replace(black, white))
    assert _greys(path) == (255 - np.array(SCALED)).tolist()


def test_jpeg_2000_of_12_bits_has_the_range_of_12_bits(tmp_path):
    # No encoder at hand writes 12 bits: 16 are written and called 12. The decoder adds 2 ** 11 to the
    # values, where the encoder had taken off 2 ** 15.
    values = np.tile(np.array([[0, 2048, 4000]], np.uint16), (32, 16))
    buffer = BytesIO()
    Image.fromarray(values + (1 << 15) - (1 << 11)).save(buffer, "JPEG2000")
    content = bytearray(buffer.getvalue())
    content[content.find(b"\xff\x4f\xff\x51") + 42] = content[content.find(b"ihdr") + 14] = 11
    (tmp_path / "a.jp2").write_bytes(content)
    expected = np.rint(values * 255.0 / 4095)
    np.testing.assert_array_equal(_greys(tmp_path / "a.jp2"), expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(tmp_path, bad):
    path = _tiff(tmp_path / "a.tif", np.array([[0, 0.5, bad]], np.float32))
    with pytest.raises(
        ValueError, match=r"^some of its values are no numbers \(NaN or infinite\)$"
    ):
        decode_whole(path)


def test_a_deep_image_of_one_value_is_refused(tmp_path):
    for path in (
        _png(tmp_path / "a.png", np.zeros((4, 4), np.uint16)),
        _tiff(tmp_path / "a.tif", np.full((4, 4), 0.25, np.float32)),
    ):
        with pytest.raises(ValueError, match="nothing to see: all its pixels are"):
            decode_whole(path)


def test_a_deep_image_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREYS).save(tmp_path / "a.png", exif=exif)
    assert _greys(tmp_path / "a.png") == np.rot90(SCALED, -1).tolist()


# Colours


@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm"])
def test_colours_of_16_bits_keep_what_pillow_would_cut_off(tmp_path, suffix):
    colours = np.dstack([GREYS, GREYS // 2, GREYS // 4])
    path = tmp_path / f"a{suffix}"
    if suffix == ".ppm":
        _pgm(path, colours, 65535, "P6")
    else:
        cv2.imwrite(str(path), colours[..., ::-1])
    np.testing.assert_array_equal(decode_whole(path), np.rint(colours / 16))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_transparent_colours_of_16_bits_lie_on_white(tmp_path, suffix):
    colours = np.dstack([GREYS] * 3 + [np.full(GREYS.shape, 65535, np.uint16)])
    colours[0, 0, 3] = 0
    cv2.imwrite(str(tmp_path / f"a{suffix}"), colours)
    pixels = np.asarray(decode_whole(tmp_path / f"a{suffix}"))[..., 0]
    assert pixels.tolist() == [[255, *SCALED[0][1:]], SCALED[1]]


def test_truncated_colours_of_16_bits_are_broken(tmp_path):
    noise = np.random.default_rng(0).integers(0, 4096, (40, 40, 3), dtype=np.uint16)
    content = cv2.imencode(".png", noise)[1].tobytes()
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="broken image"):
        decode_whole(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_the_values_are_those_that_opencv_reads(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 65536, (30, 50), dtype=np.uint16)
    noise[0, :2] = 0, 65535
    Image.fromarray(noise).save(tmp_path / f"a{suffix}")
    read = cv2.imread(str(tmp_path / f"a{suffix}"), cv2.IMREAD_UNCHANGED)
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(_greys(tmp_path / f"a{suffix}"), np.rint(read * 255.0 / 65535))


# A set


def test_images_of_a_set_share_one_range_so_that_the_darker_stays_darker(tmp_path):
    bright = _png(tmp_path / "bright.png", np.tile(np.array([[0, 4080]], np.uint16), (8, 4)))
    dark = _png(tmp_path / "dark.png", np.tile(np.array([[0, 2048]], np.uint16), (8, 4)))
    opened = _open(bright, dark)
    assert [pixels.max() for pixels in opened.pixels] == [255, 128]
    assert opened.ranges == (
        PixelRange(kind="16-bit PNG", files=2, low=0, high=4080, source=OWN_VALUES),
    )
    assert _open(bright, dark).ranges == opened.ranges


def test_each_kind_of_file_has_its_own_range(tmp_path):
    steps = np.tile(np.array([[0, 1]], np.float32), (8, 4))
    paths = (
        _png(tmp_path / "a.png", (steps * 4000).astype(np.uint16)),
        _tiff(tmp_path / "b.tif", steps / 2),
        _tiff(tmp_path / "c.tif", steps / 4),
        _png(tmp_path / "d.png", (steps * 200).astype(np.uint8)),
    )
    opened = _open(*paths)
    assert [pixels.max() for pixels in opened.pixels] == [255, 255, 128, 200]
    assert [(of.kind, of.files, of.high) for of in opened.ranges] == [
        ("16-bit PNG", 1, 4000),
        ("float TIFF", 2, 0.5),
    ]


def test_deep_images_stay_in_their_rows_among_others(tmp_path, monkeypatch):
    monkeypatch.setattr("lib.datasets.store.CHUNK", 3)
    monkeypatch.setattr("lib.datasets.store.WORKERS", 1)
    paths = []
    for number in range(11):
        deep = number % 3 > 0
        values = np.tile(np.array([[0, 10 * (number + 1)]]), (8, 4)) * (16 if deep else 1)
        path = tmp_path / f"{number:02d}.png"
        paths.append(_png(path, values.astype(np.uint16 if deep else np.uint8)))
    paths.append(_png(tmp_path / "12.png", np.tile(np.array([[0, 4080]], np.uint16), (8, 4))))
    opened = _open(*paths)
    assert [pixels.max() for pixels in opened.pixels] == [*range(10, 120, 10), 255]


def test_a_broken_deep_image_has_its_reason_and_no_say_in_the_range(tmp_path):
    whole = _tiff(tmp_path / "a.tif", np.tile(np.array([[0, 0.5]], np.float32), (8, 4)))
    nan = _tiff(tmp_path / "b.tif", np.tile(np.array([[np.nan, 9]], np.float32), (8, 4)))
    blank = _tiff(tmp_path / "c.tif", np.zeros((8, 8), np.float32))
    opened = _open(whole, nan, blank)
    assert opened.pixels[0].max() == 255
    assert not opened.pixels[1:].any()
    assert list(opened.reasons) == [1, 2]
    assert "no numbers" in opened.reasons[1]
    assert "nothing to see" in opened.reasons[2]
    assert (opened.ranges[0].files, opened.ranges[0].high) == (2, 0.5)


def test_a_set_tells_nothing_of_a_kind_that_it_does_not_hold(tmp_path):
    path = _png(tmp_path / "a.png", GREYS)
    with pytest.raises(UnsettledError) as told:
        decode_whole(path, ranges=())
    assert told.value.extent == Extent(kind="16-bit PNG", low=0, high=4080)
    doubled = PixelRange(kind="16-bit PNG", files=1, low=0, high=8160, source="")
    assert np.asarray(decode_whole(path, ranges=[doubled])).max() == 128


@pytest.mark.parametrize(
    ("declared", "low", "high", "source"),
    [
        ([(0, 100), (0, 100)], 0, 100, "a tag"),
        ([(0, 60), (-5, 90)], -5, 90, "a tag"),
        ([(0, 100), None], 0, 50, OWN_VALUES),
        ([(0, 49), (0, 49)], 0, 50, OWN_VALUES),
        ([(1, 100), (1, 100)], 0, 50, OWN_VALUES),
    ],
)
def test_a_range_is_declared_by_all_files_and_holds_all_values_or_is_their_own(
    declared, low, high, source
):
    extents = [
        Extent(kind="x", low=0, high=top, declared=ends, source="a tag" if ends else "")
        for top, ends in zip((20, 50), declared, strict=True)
    ]
    (settled,) = settle_ranges(extents)
    assert settled == PixelRange(kind="x", files=2, low=low, high=high, source=source)


# What is said


def test_a_range_is_told_with_the_files_and_where_it_is_from():
    told = describe_range(
        PixelRange(kind="16-bit PNG", files=1200, low=0, high=4080, source=OWN_VALUES)
    )
    assert all(part in told for part in ("1,200 files", "16-bit PNG", "0 to 4,080", OWN_VALUES))


@pytest.mark.parametrize(
    ("brightness", "faint"),
    [((0, 13), True), ((100, 163), True), ((0, 64), False), ((9, 250), False)],
)
def test_images_that_use_less_than_a_quarter_of_the_range_are_called_faint(brightness, faint):
    warning = warn_of_faint(made_up_paper.data(brightness=brightness))
    assert bool(warning) == faint
    assert not faint or all(str(end) in warning for end in brightness)


def test_brightness_leaves_out_a_thousandth_of_the_values_at_either_end(tmp_path):
    """100 × 100 pixels from 40 to 60, of which 9 are black and 9 white."""
    values = np.random.default_rng(0).integers(40, 61, 10_000).astype(np.uint8)
    values[:9], values[9:18] = 0, 255
    path = tmp_path / "a.png"
    Image.fromarray(values.reshape(100, 100)).save(path)
    opened = _open(path, size=100)
    assert opened.brightness == (40, 60)
    np.testing.assert_array_equal(opened.levels, 3 * np.bincount(values, minlength=256))


def test_the_brightness_is_that_of_accepted_images(tmp_path):
    Image.linear_gradient("L").point(lambda value: 100 + value // 8).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    Image.new("L", (8, 8)).save(tmp_path / "c.png")
    opened = _open(*sorted(tmp_path.glob("*.png")))
    assert list(opened.reasons) == [1, 2]
    assert opened.brightness[0] >= 100
    assert opened.levels.sum() == 8 * 8 * 3
