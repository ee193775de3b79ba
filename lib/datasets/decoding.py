"""One image file → RGB pixels: of the known formats only, of bounded size, and of the bytes that were hashed."""

import hashlib
import os
import re
import threading
import warnings
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import PIL
from PIL import ExifTags, Image, ImageFile, ImageOps

from lib.datasets import dicom
from lib.datasets.bit_depth import (
    DeepImage,
    Extent,
    RefusedError,
    read_deep,
    scale,
    settle_ranges,
)
from lib.results import PixelRange
from lib.storage import DataError

FORMATS = (
    *("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000"),
    dicom.FORMAT,
)
"""What is decoded. Pillow knows more; a file that it takes for PostScript it gives to Ghostscript to run.

"PPM" is PGM too.
"""

TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # of both byte orders; "+" is BigTIFF's

MAX_PIXELS = 89_000_000
"""Width × height of the largest image that is decoded: just below where Pillow begins to warn.

It does not depend on the machine, so that every machine accepts the same images. The largest
mammograms have 35 million.
"""
MAX_BYTES = 8 * MAX_PIXELS  # of a file: four channels of 16 bits, not compressed

BYTES_PER_PIXEL = 20  # that decoding may hold at once: several copies, of up to four channels each
BYTES_PER_DICOM_PIXEL = 48  # pydicom's window is computed on whole images of 64-bit floats
WORKERS = os.cpu_count() or 1  # threads that decode at the same time
UNKNOWN_MEMORY = 4 << 30  # bytes taken for granted where the system does not tell

_ALONE = threading.RLock()  # held while an image is decoded that needs more than a worker's share


# The reason that such an image gets says it better.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class UnsettledError(Exception):
    """An image has more than 8 bits, and what its values become is not settled for its kind.

    Attributes:
        extent: Of its values.
    """

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent.kind)
        self.extent = extent


class _TooLargeError(RefusedError):
    """An image of too many pixels."""

    def __init__(self, pixels: str) -> None:
        super().__init__(f"too large: {pixels} pixels; at most {MAX_PIXELS} are decoded")


def open_image(path: Path) -> ImageFile.ImageFile:
    """The image in a file that has been decoded before: its header is read, its pixels are not.

    Raises:
        DataError: It is not there any more, or is of none of `FORMATS`.
    """
    try:
        return _open(path)
    except OSError as error:  # Pillow's own for an unknown format is one
        raise unreadable(path, error) from error


def _open(source: Path | BytesIO) -> ImageFile.ImageFile:
    return Image.open(source, formats=FORMATS)


def decode(
    path: Path,
    size: int,
    sha256: str | None = None,
    ranges: Iterable[PixelRange] | None = None,
) -> np.ndarray:
    """One image as (size, size, 3) uint8 RGB; aspect not kept, bilinear; see `decode_whole`."""
    return resize(np.asarray(decode_whole(path, sha256, ranges)), size)


def decode_whole(
    path: Path, sha256: str | None = None, ranges: Iterable[PixelRange] | None = None
) -> Image.Image:
    """One image as RGB in its own size; first frame, upright.

    Transparent pixels are laid on white. Values of more than 8 bits are scaled (see `bit_depth`). The file
    is read once: what is decoded are the bytes that were compared with `sha256`.

    Args:
        sha256: What the file's content should hash to; None where nobody has hashed it.
        ranges: What becomes 0 and 255, for each kind of more than 8 bits; None for an image that
            belongs to no set: the range that it declares, else its own values.

    Raises:
        ValueError: No image, a truncated one, one that is too large, or one of a single colour.
        UnsettledError: It has more than 8 bits, and `ranges` does not tell its kind's.
        DataError: The content hashes to something else.
        OSError: The system failed to read the file.
    """
    with _alone(path.stat().st_size):
        image = _decode_content(_read(path, sha256), ranges)
    _require_content(np.asarray(image))
    return image


def resize(pixels: np.ndarray, size: int) -> np.ndarray:
    """(height, width, 3) uint8 → (size, size, 3) uint8, bilinear.

    Where Pillow has nothing to average, OpenCV computes the same six times as fast.
    """
    if max(pixels.shape[:2]) <= size:
        return cv2.resize(pixels, (size, size), interpolation=cv2.INTER_LINEAR)
    small = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(small)


def unreadable(path: Path, error: OSError) -> DataError:
    """What to raise where the system fails to read an image that had been listed."""
    fault = "it is no longer there" if isinstance(error, FileNotFoundError) else str(error)
    return DataError(
        f"{path} should be readable while a run looks at the images; {fault}. Put it back or make it "
        f"readable, and run again."
    )


def _read(path: Path, sha256: str | None) -> bytes:
    """The file's content, which hashes to `sha256`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = b"" if size > MAX_BYTES else file.read()
        if sha256 is not None:
            digest = hashlib.sha256(content)
            if size > MAX_BYTES:
                digest = hashlib.file_digest(file, "sha256")
            if digest.hexdigest() != sha256:
                raise DataError(
                    f"{path} should stay as it is while a run reads it; it changed after the run "
                    f"had listed it. Wait until nothing writes to the images, and run again."
                )
    # Only now: a reason is kept with the hash that the file had when it was listed.
    if size > MAX_BYTES:
        raise ValueError(f"too large: a file of {size} bytes; at most {MAX_BYTES} are read")
    if not content:
        raise ValueError("empty file (0 bytes)")
    return content


def _decode_content(content: bytes, ranges: Iterable[PixelRange] | None) -> Image.Image:
    try:
        with _open(BytesIO(content)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _TooLargeError(f"{width} × {height}")
            is_dicom = image.format == dicom.FORMAT
            with _alone(width * height * (BYTES_PER_DICOM_PIXEL if is_dicom else BYTES_PER_PIXEL)):
                deep = read_deep(image, content)
                if deep is not None:
                    return _upright(_scaled(deep, ranges), image)
                image.load()
                # Copies nothing where it is upright.
                ImageOps.exif_transpose(image, in_place=True)
                return _rgb(image)
    # Pillow looks at the size before it hands the image over, and raises from twice its own limit on.
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _TooLargeError(re.findall(r"\d+", str(error))[0]) from error
    except PIL.UnidentifiedImageError as error:
        if content.startswith(TIFF_MARKS):
            raise ValueError(
                "a TIFF whose type of values is not read, as 64-bit floats; save it with 8, 16 or 32 bits"
            ) from error
        known = ", ".join(FORMATS)
        raise ValueError(f"not an image: its content is of no known format ({known})") from error
    except (MemoryError, UnsettledError, RefusedError):
        raise
    # Pillow's decoders raise many kinds of error on broken content (OSError, SyntaxError, …). An
    # error of the system has a number; it says nothing about the image and must not be stored.
    except Exception as error:
        if getattr(error, "errno", None) is not None:
            raise
        raise ValueError(f"broken image: {error}") from error


def _scaled(deep: DeepImage, ranges: Iterable[PixelRange] | None) -> Image.Image:
    """The image in 8 bits, RGB, on white."""
    if ranges is None:
        ranges = settle_ranges([deep.extent])
    by_kind = {pixel_range.kind: pixel_range for pixel_range in ranges}
    if deep.extent.kind not in by_kind:
        raise UnsettledError(deep.extent)
    pixels = scale(deep.values, by_kind[deep.extent.kind])
    image = Image.fromarray(255 - pixels if deep.negative else pixels).convert("RGB")
    if deep.opacity is None:
        return image
    white = Image.new("RGB", image.size, "white")
    return Image.composite(image, white, Image.fromarray(deep.opacity))


def _upright(image: Image.Image, original: Image.Image) -> Image.Image:
    """The image turned as the file of `original` asks for, where reading it has not done so."""
    orientation = original.getexif().get(ExifTags.Base.Orientation)
    if orientation is not None:
        image.getexif()[ExifTags.Base.Orientation] = orientation
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image  # convert() would copy it
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _require_content(pixels: np.ndarray) -> None:
    """Refuses an image whose pixels are all alike: nothing can be seen on it."""
    height, width = pixels.shape[:2]
    sample = pixels[:: height // 16 + 1, :: width // 16 + 1]  # tells at once, of most images
    if (sample == sample[0, 0]).all() and (pixels == pixels[0, 0]).all():
        red, green, blue = pixels[0, 0].tolist()
        value = str(red) if red == green == blue else f"({red}, {green}, {blue})"
        raise RefusedError(f"nothing to see: all its pixels are {value}, of 255")


def _alone(needed: int) -> AbstractContextManager[object]:
    """Held by one worker at a time where `needed` bytes are more than half of its share of the memory."""
    return _ALONE if needed > _memory() // (2 * WORKERS) else nullcontext()


@cache
def _memory() -> int:
    """Bytes of memory of the machine, or of the container this process runs in."""
    limits = []
    with suppress(AttributeError, ValueError, OSError):  # not told on every system
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):  # "max" where the container has no limit
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min((limit for limit in limits if limit > 0), default=UNKNOWN_MEMORY)
