"""The decoded store: every image decoded and resized once, into one memory-mapped uint8 array.

Keyed by the images' contents and the size, so a copy of the folder under another name finds the
same store. What is decoded are the bytes that were hashed, and what was kept is checked when it is
opened (`storage.open_entry`). Written to a temporary name and renamed when whole: a killed run leaves nothing that a
later one could mistake for a store, and of two runs that race, the second keeps the first's.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import PIL

from lib import storage
from lib.datasets.decoding import WORKERS, decode, unreadable
from lib.storage import DataError, array_writer, open_entry

PIXELS, REASONS = "pixels.npy", "rejected.json"  # files of an entry
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
        DataError: A file has gone or changed since it was hashed, or cannot be read; or the disk is
            full or not writable.
    """
    key = _key(hashes, size)
    shape, megabytes = (len(paths), size, size, 3), len(paths) * size * size * 3 / 1e6
    entry = open_entry(
        storage.store() / key,
        f"the pixels of {len(paths)} images ({megabytes:.0f} MB)",
        arrays={PIXELS: (shape, "|u1")},
        facts=(REASONS,),
        write=partial(_write, paths, hashes, size),
    )
    return Store(
        key=key,
        pixels=entry.arrays[PIXELS],
        reasons={int(row): reason for row, reason in entry.facts[REASONS].items()},
    )


def _key(hashes: Sequence[str], size: int) -> str:
    # The decoders' versions belong to the key: others may give other pixels. So does "v3", to be
    # raised when `lib.datasets.decoding` begins to accept other files or to decode them differently.
    decoder = f"pillow-{PIL.__version__} opencv-{cv2.__version__}"
    text = "\n".join((f"v3 {size} bilinear {decoder}", *hashes))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _write(paths: Sequence[Path], hashes: Sequence[str], size: int, folder: Path) -> None:
    reasons = _write_pixels(folder / PIXELS, paths, hashes, size)
    (folder / REASONS).write_text(json.dumps(reasons))


def _write_pixels(
    target: Path, paths: Sequence[Path], hashes: Sequence[str], size: int
) -> dict[int, str]:
    """Writes the .npy file; row → reason for the images that cannot be decoded."""
    write, reasons = array_writer(target, (len(paths), size, size, 3), np.uint8), {}
    shares = np.array_split(np.arange(len(paths)), WORKERS)
    with ThreadPoolExecutor(WORKERS) as pool:
        decode_share = partial(_decode_share, write, paths, hashes, size)
        for refused in pool.map(decode_share, filter(len, shares)):
            reasons |= refused
    return reasons


def _decode_share(
    write: Callable[[int, np.ndarray], None],
    paths: Sequence[Path],
    hashes: Sequence[str],
    size: int,
    rows: np.ndarray,
) -> dict[int, str]:
    """Decodes consecutive rows into their place in the file, through one small buffer used again."""
    buffer, reasons = np.zeros((CHUNK, size, size, 3), np.uint8), {}
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK].tolist()
        for place, row in enumerate(chunk):
            try:
                buffer[place] = _decode(paths[row], hashes[row], size)
            except DataError:
                raise
            except ValueError as error:
                buffer[place], reasons[row] = 0, str(error)
        write(chunk[0], buffer[: len(chunk)])
    return reasons


def _decode(path: Path, sha256: str, size: int) -> np.ndarray:
    try:
        return decode(path, size, sha256)
    except OSError as error:
        raise unreadable(path, error) from error
