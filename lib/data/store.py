"""The decoded store: every image decoded and resized once, into one memory-mapped uint8 array.

Keyed by the images' contents and the size, so a copy of the folder under another name finds the
same store. Written to a temporary name and renamed when whole: a killed run leaves nothing that a
later one could mistake for a store, and of two runs that race, the second keeps the first's.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

from lib import ROOT
from lib.atomic import new_folder
from lib.data.errors import DataError

STORE = ROOT / "data" / "store"
CHUNK = 256  # images decoded between two writes: memory stays flat as the set grows


@dataclass(frozen=True)
class Store:
    """`pixels`: (files, size, size, 3) uint8 RGB, read-only; `reasons`: row → why it holds no image."""

    pixels: np.ndarray
    reasons: dict[int, str]


def open_store(paths: Sequence[Path], hashes: Sequence[str], size: int) -> Store:
    """The decoded images of `paths` (their SHA-256 in `hashes`), squares of `size` pixels.

    Raises:
        DataError: A file cannot be read, or the disk is full or not writable.
    """
    folder = STORE / _key(hashes, size)
    if not folder.is_dir():
        try:
            with new_folder(folder) as temporary:
                reasons = _write_pixels(temporary / "pixels.npy", paths, size)
                (temporary / "rejected.json").write_text(json.dumps(reasons))
        except OSError as error:
            raise DataError(
                f"{len(paths)} images should be read and their pixels written to {STORE} "
                f"({len(paths) * size * size * 3 / 1e6:.0f} MB); it failed: {error}. Make room on the "
                f"disk, or give a smaller `image_size`, and run again."
            ) from error
    reasons = json.loads((folder / "rejected.json").read_text())
    return Store(
        pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
        reasons={int(row): reason for row, reason in reasons.items()},
    )


def decode(path: Path, size: int) -> np.ndarray:
    """One image as (size, size, 3) uint8 RGB; first frame, upright, aspect not kept, bilinear.

    Transparent pixels are laid on white; 16-bit greys keep their high byte.

    Raises:
        ValueError: No image, a truncated one, or one too large to be opened safely.
        OSError: The system failed to read the file.
    """
    if path.stat().st_size == 0:
        raise ValueError("empty file (0 bytes)")
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return np.asarray(_rgb(upright).resize((size, size), Image.Resampling.BILINEAR))
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


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype("uint8")).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _key(hashes: Sequence[str], size: int) -> str:
    # Pillow's version belongs to the key: another decoder may give other pixels.
    text = "\n".join((f"v1 {size} bilinear pillow-{PIL.__version__}", *hashes))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write_pixels(target: Path, paths: Sequence[Path], size: int) -> dict[int, str]:
    """Writes the .npy file chunk by chunk; row → reason for the images that cannot be decoded.

    Through a file, not a memory map: on a full disk a map ends the process instead of raising.
    """
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(paths), size, size, 3)}
    buffer = np.zeros((CHUNK, size, size, 3), np.uint8)
    workers, reasons = os.cpu_count() or 1, {}
    with target.open("wb") as file, ThreadPoolExecutor(workers) as pool:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(paths), CHUNK):
            chunk = paths[start : start + CHUNK]
            # One long task a worker: many short ones would spend their time handing over.
            shares = np.array_split(np.arange(len(chunk)), workers)
            for refused in pool.map(partial(_fill, buffer, chunk), shares):
                reasons |= {start + row: reason for row, reason in refused.items()}
            file.write(buffer[: len(chunk)].data)
    return reasons


def _fill(buffer: np.ndarray, paths: Sequence[Path], rows: Sequence[int]) -> dict[int, str]:
    """Decodes `paths[row]` into `buffer[row]`; row → reason where there is no image, left black."""
    reasons = {}
    for row in map(int, rows):
        try:
            buffer[row] = decode(paths[row], buffer.shape[1])
        except ValueError as error:
            buffer[row] = 0
            reasons[row] = str(error)
    return reasons
