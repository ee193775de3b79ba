"""The decoded store: every image decoded and resized once, into one memory-mapped uint8 array.

Keyed by the images' contents and the size, so a copy of the folder under another name finds the
same store. Written to a temporary name and renamed when whole: a killed run leaves nothing that a
later one could mistake for a store, and of two runs that race, the second keeps the first's.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import PIL
from PIL import Image, ImageOps

from lib import storage
from lib.storage import array_writer, explain_disk_failure, new_folder

CHUNK = 8  # images a worker decodes before it writes them: memory stays flat as the set grows


@dataclass(frozen=True)
class Store:
    """`pixels`: (files, size, size, 3) uint8 RGB, read-only; `reasons`: row → why it holds no image.

    `key` hashes what the pixels depend on: the files' contents, the size, the decoders.
    """

    key: str
    pixels: np.ndarray
    reasons: dict[int, str]


def open_store(paths: Sequence[Path], hashes: Sequence[str], size: int) -> Store:
    """The decoded images of `paths` (their SHA-256 in `hashes`), squares of `size` pixels.

    Raises:
        DataError: A file cannot be read, or the disk is full or not writable.
    """
    key = _key(hashes, size)
    folder = storage.store() / key
    if not folder.is_dir():
        megabytes = len(paths) * size * size * 3 / 1e6
        what = f"the pixels of {len(paths)} images ({megabytes:.0f} MB)"
        with explain_disk_failure(what), new_folder(folder) as temporary:
            reasons = _write_pixels(temporary / "pixels.npy", paths, size)
            (temporary / "rejected.json").write_text(json.dumps(reasons))
    reasons = json.loads((folder / "rejected.json").read_text())
    return Store(
        key=key,
        pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
        reasons={int(row): reason for row, reason in reasons.items()},
    )


def decode(path: Path, size: int) -> np.ndarray:
    """One image as (size, size, 3) uint8 RGB; aspect not kept, bilinear; see `decode_whole`.

    Raises:
        ValueError: No image, a truncated one, or one too large to be opened safely.
        OSError: The system failed to read the file.
    """
    return resize(np.asarray(decode_whole(path)), size)


def decode_whole(path: Path) -> Image.Image:
    """One image as RGB in its own size; first frame, upright.

    Transparent pixels are laid on white; 16-bit greys keep their high byte.

    Raises:
        ValueError: No image, a truncated one, or one too large to be opened safely.
        OSError: The system failed to read the file.
    """
    if path.stat().st_size == 0:
        raise ValueError("empty file (0 bytes)")
    try:
        with Image.open(path) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)  # copies nothing where it is upright
            return _rgb(image)
    except Image.DecompressionBombError as error:
        raise ValueError(f"too large: {error}") from error
    except PIL.UnidentifiedImageError as error:
        raise ValueError("not an image: its content is of no known format") from error
    except MemoryError:
        raise
    # Pillow's decoders raise many kinds of error on broken content (OSError, SyntaxError, …). An
    # error of the system has a number; it says nothing about the image and must not be stored.
    except Exception as error:
        if getattr(error, "errno", None) is not None:
            raise
        raise ValueError(f"broken image: {error}") from error


def resize(pixels: np.ndarray, size: int) -> np.ndarray:
    """(height, width, 3) uint8 → (size, size, 3) uint8, bilinear.

    Where Pillow has nothing to average, OpenCV computes the same six times as fast.
    """
    if max(pixels.shape[:2]) <= size:
        return cv2.resize(pixels, (size, size), interpolation=cv2.INTER_LINEAR)
    small = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(small)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype("uint8")).convert("RGB")
    if image.mode == "RGB" and "transparency" not in image.info:
        return image  # convert() would copy it
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _key(hashes: Sequence[str], size: int) -> str:
    # The decoders' versions belong to the key: others may give other pixels.
    decoder = f"pillow-{PIL.__version__} opencv-{cv2.__version__}"
    text = "\n".join((f"v2 {size} bilinear {decoder}", *hashes))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write_pixels(target: Path, paths: Sequence[Path], size: int) -> dict[int, str]:
    """Writes the .npy file; row → reason for the images that cannot be decoded."""
    write = array_writer(target, (len(paths), size, size, 3), np.uint8)
    workers, reasons = os.cpu_count() or 1, {}
    shares = np.array_split(np.arange(len(paths)), workers)
    with ThreadPoolExecutor(workers) as pool:
        decode_share = partial(_decode_share, write, paths, size)
        for refused in pool.map(decode_share, filter(len, shares)):
            reasons |= refused
    return reasons


def _decode_share(
    write: Callable[[int, np.ndarray], None], paths: Sequence[Path], size: int, rows: np.ndarray
) -> dict[int, str]:
    """Decodes consecutive rows into their place in the file, through one small buffer used again."""
    buffer, reasons = np.zeros((CHUNK, size, size, 3), np.uint8), {}
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK].tolist()
        for place, row in enumerate(chunk):
            try:
                buffer[place] = decode(paths[row], size)
            except ValueError as error:
                buffer[place], reasons[row] = 0, str(error)
        write(chunk[0], buffer[: len(chunk)])
    return reasons
