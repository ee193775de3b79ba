"""The decoded store: every image decoded and resized once, into one memory-mapped uint8 array.

Keyed by the images' contents and the size, so a copy of the folder under another name finds the
same store. What is decoded are the bytes that were hashed, and what was kept is checked when it is
opened (`storage.open_entry`). Written to a temporary name and renamed when whole: a killed run leaves nothing that a
later one could mistake for a store, and of two runs that race, the second keeps the first's.

Images of more than 8 bits are read twice: first to learn which values all of them hold, then to
scale them alike.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2
import numpy as np
import PIL

from lib import storage
from lib.datasets.bit_depth import Extent, settle_ranges
from lib.datasets.decoding import WORKERS, UnsettledError, decode, unreadable
from lib.datasets.progress import phase
from lib.results import PixelRange
from lib.storage import DataError, array_writer, open_entry

PIXELS, REASONS, RANGES, LEVELS = "pixels.npy", "rejected.json", "ranges.json", "levels.json"
OUTLIERS = 0.001  # of all values, at either end, that `Store.brightness` leaves out
CHUNK = 8  # images a worker decodes before it writes them: memory stays flat as the set grows


@dataclass(frozen=True)
class Store:
    """The decoded images, read-only.

    Attributes:
        key: Hashes what the pixels depend on: the files' contents, the size, the decoders.
        pixels: (files, size, size, 3) uint8 RGB.
        reasons: Row → why it holds no image.
        ranges: How the files of more than 8 bits were scaled, by kind.
        levels: (256,) int: how often each value stands in `pixels`, rows without an image left out.
    """

    key: str
    pixels: np.ndarray
    reasons: dict[int, str]
    ranges: tuple[PixelRange, ...]
    levels: np.ndarray

    @property
    def brightness(self) -> tuple[int, int]:
        """Between which of 0…255 the values of `pixels` lie, all but 0.1 % at either end."""
        share = self.levels.cumsum() / max(1, self.levels.sum())
        return int((share > OUTLIERS).argmax()), int((share >= 1 - OUTLIERS).argmax())


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
        facts=(REASONS, RANGES, LEVELS),
        write=partial(_write, paths, hashes, size),
    )
    return Store(
        key=key,
        pixels=entry.arrays[PIXELS],
        reasons={int(row): reason for row, reason in entry.facts[REASONS].items()},
        ranges=tuple(PixelRange(**pixel_range) for pixel_range in entry.facts[RANGES]),
        levels=np.array(entry.facts[LEVELS]),
    )


def _key(hashes: Sequence[str], size: int) -> str:
    # The decoders' versions belong to the key: others may give other pixels. So does "v4", to be
    # raised when `lib.datasets.decoding` begins to accept other files or to decode them differently.
    decoder = f"pillow-{PIL.__version__} opencv-{cv2.__version__} pydicom-{_pydicom_version()}"
    text = "\n".join((f"v4 {size} bilinear {decoder}", *hashes))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _pydicom_version() -> str:
    """Without pydicom, files are refused that it could read."""
    try:
        return version("pydicom")
    except PackageNotFoundError:
        return "none"


def _write(paths: Sequence[Path], hashes: Sequence[str], size: int, folder: Path) -> None:
    decoding = _Decoding(folder / PIXELS, paths, hashes, size)
    decoding.decode_rows(range(len(paths)))
    ranges = settle_ranges(decoding.unsettled.values())
    decoding.decode_rows(sorted(decoding.unsettled), ranges)
    (folder / REASONS).write_text(json.dumps(dict(sorted(decoding.reasons.items()))))
    (folder / RANGES).write_text(json.dumps([pixel_range.model_dump() for pixel_range in ranges]))
    (folder / LEVELS).write_text(json.dumps(decoding.levels.tolist()))


class _Decoding:
    """Fills the .npy file of all images' pixels.

    Attributes:
        reasons: Row → why it holds no image.
        unsettled: Row → the values of an image that waits for the range of its kind.
        levels: (256,) int: how often each value has been written.
    """

    def __init__(
        self, target: Path, paths: Sequence[Path], hashes: Sequence[str], size: int
    ) -> None:
        self.paths, self.hashes, self.size = paths, hashes, size
        self.write = array_writer(target, (len(paths), size, size, 3), np.uint8)
        self.reasons: dict[int, str] = {}
        self.unsettled: dict[int, Extent] = {}
        self.levels = np.zeros(256, int)

    def decode_rows(self, rows: Sequence[int], ranges: Iterable[PixelRange] = ()) -> None:
        """Decodes these images, several at a time."""
        runs, done = list(_runs(np.asarray(rows, int))), 0
        with (
            phase(f"Decoding {len(rows):,} images", len(rows)) as work,
            ThreadPoolExecutor(WORKERS) as pool,
        ):
            decoded = pool.map(partial(self._decode_run, ranges), runs)
            for run, levels in zip(runs, decoded, strict=True):
                self.levels += levels
                done += len(run)
                work.advance(done)

    def _decode_run(self, ranges: Iterable[PixelRange], rows: Sequence[int]) -> np.ndarray:
        """Decodes rows that follow each other into the file; returns how often each value stands in them."""
        levels = np.zeros(256, int)
        pixels = np.zeros((len(rows), self.size, self.size, 3), np.uint8)
        for place, row in enumerate(rows):
            try:
                pixels[place] = self._decode(row, ranges)
                levels += _count_levels(pixels[place])
            except UnsettledError as unsettled:
                self.unsettled[row] = unsettled.extent
            except DataError:
                raise
            except ValueError as error:
                self.reasons[row] = str(error)
        self.write(rows[0], pixels)
        return levels

    def _decode(self, row: int, ranges: Iterable[PixelRange]) -> np.ndarray:
        try:
            return decode(self.paths[row], self.size, self.hashes[row], ranges)
        except OSError as error:
            raise unreadable(self.paths[row], error) from error


def _runs(rows: np.ndarray) -> Iterator[list[int]]:
    """Rows that follow each other, at most `CHUNK` at a time."""
    for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):
        for first in range(0, len(run), CHUNK):
            yield run[first : first + CHUNK].tolist()


def _count_levels(pixels: np.ndarray) -> np.ndarray:
    """(256,) int: how often each value stands in an array; up to 16 million values are counted exactly."""
    return cv2.calcHist([pixels.reshape(-1, 1)], [0], None, [256], [0, 256]).ravel().astype(int)
