"""Images of more than 8 bits: the values that they hold, and which of these become 0 and 255.

A file's type seldom tells how bright its values are: 12-bit greys stand in 16-bit PNGs, floats in
[0, 1] or in anything else. So all files of one kind of a set share one range, and an image that is
darker than another stays darker. The range is what the files say, where they say it and all their
values lie within; else it reaches to the largest value among them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from lib.results import Data, PixelRange
from lib.words import counted

OWN_VALUES = "their own lowest and highest values"
LEAST_RANGE = 64  # of 256 values; images that use fewer are called faint
BLOCK = 1 << 22  # values that are scaled at a time: the array of floats in between stays small

# Tags. Source: TIFF 6.0 (1992), sections 4, 5 and 8.
BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
MIN_VALUE, MAX_VALUE, S_MIN_VALUE, S_MAX_VALUE = 280, 281, 340, 341
WHITE_IS_ZERO, UNSIGNED = 0, 1  # of PHOTOMETRIC and SAMPLE_FORMAT

# OpenCV writes what it thinks of a file's tags to stderr.
if hasattr(cv2.utils, "logging"):
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
else:  # OpenCV 4, which Colab has
    cv2.setLogLevel(2)  # type: ignore[attr-defined]  # the types are those of OpenCV 5


class RefusedError(ValueError):
    """Why an image is not used, although nothing in its file is broken."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Which values a file of more than 8 bits holds.

    Attributes:
        kind: In words. Files of one kind share one range.
        low: The lowest value, 0 if none is below.
        high: The highest value.
        declared: What the file says that its lowest and highest values can be; None where it does not.
        source: What in the file says so.
    """

    kind: str
    low: float
    high: float
    declared: tuple[float, float] | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class DeepImage:
    """The pixels of an image of more than 8 bits.

    Attributes:
        values: (height, width) greys or (height, width, 3) red, green and blue.
        extent: Of `values`.
        negative: Whether the lowest value is white.
        opacity: (height, width) uint8; None where all is opaque.
    """

    values: np.ndarray
    extent: Extent
    negative: bool = False
    opacity: np.ndarray | None = None


def read_deep(image: ImageFile.ImageFile, content: bytes) -> DeepImage | None:
    """The pixels of an image whose header Pillow has read; None where 8 bits are all that there is.

    Args:
        image: Opened, not loaded.
        content: Of its file.

    Raises:
        RefusedError: Some of its values are no numbers, or it is of a type that is not read.
        ValueError: Its pixels are incomplete. Pillow's decoders raise other errors too.
    """
    grey = image.mode.startswith(("I", "F"))
    if image.format == "PPM" and (grey or _maxval(image) > 255):
        return _read_netpbm(image, content)
    if not grey and not _has_deep_colours(image, content):
        return None
    image.load()
    if not grey:
        return _read_colours(image, content)
    return READERS.get(str(image.format), _read_grey)(image, content)


def settle_ranges(extents: Iterable[Extent]) -> list[PixelRange]:
    """One range for every kind of file, sorted by kind."""
    by_kind: dict[str, list[Extent]] = {}
    for extent in extents:
        by_kind.setdefault(extent.kind, []).append(extent)
    return [_settle(kind, of_kind) for kind, of_kind in sorted(by_kind.items())]


def scale(values: np.ndarray, pixel_range: PixelRange) -> np.ndarray:
    """uint8 of the same shape: `low` becomes 0, `high` 255, what lies beyond them the nearer of both."""
    scaled = np.empty(values.shape, np.uint8)
    rows = max(1, BLOCK // max(1, values[0].size))
    span = pixel_range.high - pixel_range.low
    for start in range(0, len(values), rows):
        block = values[start : start + rows].astype(float)
        block -= pixel_range.low
        block *= 255
        block /= span
        scaled[start : start + rows] = np.rint(block, out=block).clip(0, 255, out=block)
    return scaled


def describe_range(pixel_range: PixelRange) -> str:
    """Which files were scaled, from which range, and what told the range."""
    return (
        f"{counted(pixel_range.files, 'file')} ({pixel_range.kind}): values from {pixel_range.low:,.6g} to "
        f"{pixel_range.high:,.6g} became 0 to 255, a range taken from {pixel_range.source}"
    )


def warn_of_faint(data: Data) -> str:
    """A warning where the images use less than a quarter of 0…255; "" where they use more."""
    low, high = data.brightness
    if high - low >= LEAST_RANGE:
        return ""
    return (
        f"The images are faint: of 0…255, all but 0.2 % of their pixels' values lie between {low} and "
        f"{high}, which is less than a quarter. See whether the files hold what they should."
    )


def _settle(kind: str, extents: Sequence[Extent]) -> PixelRange:
    low, high = min(extent.low for extent in extents), max(extent.high for extent in extents)
    source = OWN_VALUES
    declared = [extent.declared for extent in extents if extent.declared]
    if len(declared) == len(extents):
        lowest, highest = min(ends[0] for ends in declared), max(ends[1] for ends in declared)
        if lowest <= low and high <= highest:
            low, high, source = lowest, highest, extents[0].source
    # All values are equal: whatever the range, the images are rejected.
    high = high if high > low else low + 1
    return PixelRange(kind=kind, files=len(extents), low=low, high=high, source=source)


def _extent(
    kind: str, values: np.ndarray, declared: tuple[float, float] | None = None, source: str = ""
) -> Extent:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite((low, high)).all():
        raise RefusedError("some of its values are no numbers (NaN or infinite)")
    return Extent(
        kind=kind,
        low=min(low, 0),
        high=high,
        declared=declared,
        source=source if declared else "",
    )


def _full_scale(bits: int) -> tuple[float, float]:
    return 0, 2**bits - 1


# PGM and PPM


def _maxval(image: ImageFile.ImageFile) -> int:
    """The value of white in the header of a PGM or PPM file."""
    arguments = image.tile[0].args
    if isinstance(arguments, tuple) and len(arguments) == 2:
        return arguments[1]
    return 65535 if arguments == "I;16B" else 255


def _read_netpbm(image: ImageFile.ImageFile, content: bytes) -> DeepImage:
    """Pillow would take seconds per million pixels of any maxval other than 65535."""
    if image.mode == "F":
        image.load()
        return _read_grey(image, content)
    maxval, offset = _maxval(image), image.tile[0].offset
    shape = (image.height, image.width) if image.mode == "I" else (image.height, image.width, 3)
    count = int(np.prod(shape))
    if content[:2] in (b"P2", b"P3"):  # decimal numbers
        numbers = (int(token[0]) for token in re.finditer(rb"\S+", content[offset:]))
        values = np.fromiter(numbers, np.int32, count)
    else:
        values = np.frombuffer(content, ">u2", count, offset)
    # Converters write 65535 whatever the values are.
    declared = (0, maxval) if maxval < 65535 else None
    name = "PGM" if len(shape) == 2 else "PPM"
    kind = f"16-bit {name} of maxval {maxval}"
    extent = _extent(kind, values, declared, "maxval in the header")
    return DeepImage(values=values.reshape(shape), extent=extent)


# Greys


def _read_grey(image: Image.Image, _: bytes) -> DeepImage:
    values = np.asarray(image)
    type_name = "float" if image.mode == "F" else f"{values.dtype.itemsize * 8}-bit"
    return DeepImage(values=values, extent=_extent(f"{type_name} {image.format}", values))


def _read_png(image: Image.Image, content: bytes) -> DeepImage:
    values = np.asarray(image)
    return DeepImage(values=values, extent=_png_extent("16-bit PNG", values, content))


def _png_extent(kind: str, values: np.ndarray, content: bytes) -> Extent:
    """The sBIT chunk tells how many of the 16 bits count.

    By the standard (W3C PNG, 11.3.3.4) the values are scaled up to 16 bits nevertheless; programs that
    do not do so are common. The values tell: those scaled up soon exceed what so few bits can hold.
    """
    bits = _significant_bits(content)
    if not bits or bits == 16:
        return _extent(kind, values)
    declared = _full_scale(bits) if values.max() < 2**bits else _full_scale(16)
    return _extent(f"{kind} with {bits} significant bits", values, declared, "the sBIT chunk")


def _significant_bits(content: bytes) -> int:
    """The largest number in a PNG's sBIT chunk; 0 where it has none."""
    place = 8
    while place + 8 <= len(content):
        length, name = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        if name == b"sBIT":
            return max(content[place + 8 : place + 8 + min(length, 3)], default=0)
        if name == b"IDAT":
            break
        place += length + 12  # length, name, checksum
    return 0


def _read_tiff(image: TiffImageFile, _: bytes) -> DeepImage:
    tags, values = image.tag_v2, np.asarray(image)
    bits = max(tags.get(BITS, (1,)))
    if bits == 32 and tags.get(SAMPLE_FORMAT, (UNSIGNED,))[0] == UNSIGNED:
        values = values.view(np.uint32)  # Pillow takes all 32-bit integers for signed ones
    kind = "float TIFF" if image.mode == "F" else f"{bits}-bit TIFF"
    declared, source = _tiff_range(tags, bits)
    return DeepImage(
        values=values,
        extent=_extent(kind, values, declared, source),
        negative=tags.get(PHOTOMETRIC) == WHITE_IS_ZERO,  # which Pillow heeds up to 8 bits
    )


def _tiff_range(tags: Mapping[int, Any], bits: int) -> tuple[tuple[float, float] | None, str]:
    """The range that a TIFF declares and the tag that does; all bits of 16 or 32 are no declaration."""
    for name, low, high in (
        ("SMaxSampleValue", S_MIN_VALUE, S_MAX_VALUE),
        ("MaxSampleValue", MIN_VALUE, MAX_VALUE),
    ):
        if high in tags:
            declared = float(_first(tags.get(low, 0))), float(_first(tags[high]))
            if declared[0] < declared[1] and declared[1] != 2**bits - 1:
                return declared, name
    return (_full_scale(bits), "BitsPerSample") if bits < 16 else (None, "")


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


def _read_jpeg2000(image: Image.Image, content: bytes) -> DeepImage:
    """Pillow shifts values of fewer bits up to 16."""
    values, bits = np.asarray(image), _precision(content)
    declared = (0, (2**bits - 1) << (16 - bits)) if bits < 16 else None
    kind = f"{bits}-bit JPEG 2000"
    return DeepImage(values=values, extent=_extent(kind, values, declared, "precision"))


def _precision(content: bytes) -> int:
    """Bits per value in a JPEG 2000 codestream (ITU-T T.800, A.5.1: Ssiz, in the marker segment SIZ)."""
    start_and_size = content.find(b"\xff\x4f\xff\x51")
    return (content[start_and_size + 42] & 0x7F) + 1


def _read_dicom(image: Any, _: bytes) -> DeepImage:
    """`image` is a `lib.datasets.dicom.DicomImageFile`."""
    values = np.asarray(image)
    extent = _extent(image.kind, values, image.declared, image.source)
    return DeepImage(values=values, extent=extent, negative=image.negative)


READERS: dict[str, Callable[[Any, bytes], DeepImage]] = {
    "PNG": _read_png,
    "TIFF": _read_tiff,
    "JPEG2000": _read_jpeg2000,
    "DICOM": _read_dicom,
}


# Colours


def _has_deep_colours(image: Image.Image, content: bytes) -> bool:
    """Whether red, green and blue have 16 bits each, of which Pillow would keep the upper 8."""
    if image.mode not in ("RGB", "RGBA"):
        return False
    if image.format == "PNG":
        return content[24] == 16  # bit depth, in the chunk IHDR
    return isinstance(image, TiffImageFile) and max(image.tag_v2.get(BITS, (1,))) == 16


def _read_colours(image: Image.Image, content: bytes) -> DeepImage:
    """OpenCV keeps all 16 bits; Pillow has found the pixels complete, which OpenCV does not require."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise RefusedError("its colours of 16 bits cannot be read")
    whole = pixels.view(np.uint16)  # which it is, and says so to the type checker
    values = np.ascontiguousarray(whole[..., 2::-1])  # OpenCV's order is blue, green, red
    kind = f"16-bit colour {image.format}"
    return DeepImage(
        values=values,
        extent=_extent(kind, values, *_tiff_range(image.tag_v2, 16))
        if isinstance(image, TiffImageFile)
        else _png_extent(kind, values, content),
        opacity=(whole[..., 3] >> 8).astype(np.uint8) if pixels.shape[2] == 4 else None,
    )
