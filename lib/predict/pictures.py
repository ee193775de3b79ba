"""The images that are asked about: listed, and decoded a few ahead of those that are looked at."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib.datasets import walk
from lib.datasets.decoding import WORKERS
from lib.datasets.photo import decode_beside
from lib.predict.chosen import PredictError
from lib.results import PixelRange
from lib.words import printable

AHEAD = 64  # images that are decoded or being decoded before they are asked for: two batches


class Picture(NamedTuple):
    """One image that is asked about.

    Attributes:
        file: Where it lies.
        pixels: (size, size, 3) uint8; None where it cannot be read.
        remark: Why it cannot be read, or how its values were scaled; "" for nothing.
    """

    file: Path
    pixels: np.ndarray | None
    remark: str


def list_pictures(given: Iterable[str | Path]) -> list[Path]:
    """The files that are named, and the images in the folders that are named and below them, each once.

    Raises:
        PredictError: A path leads nowhere, or a folder holds no image.
        DataError: Folders lie too deep in each other or cannot be listed (see `walk.require_walkable`).
    """
    files: list[Path] = []
    for path in map(Path, given):
        if path.is_dir():
            files += _images_below(path)
        elif path.exists():
            files.append(path)
        else:
            raise PredictError(
                f"IMAGE_OR_FOLDER should be an image or a folder; there is no {printable(str(path))}. "
                f"Give another path."
            )
    return list(dict.fromkeys(files))


def _images_below(folder: Path) -> list[Path]:
    walk.require_walkable(folder)
    images = [path for path in walk.files_below(folder) if walk.is_image(path.name)]
    if not images:
        suffixes = ", ".join(sorted(walk.IMAGE_SUFFIXES))
        raise PredictError(
            f"{printable(str(folder))} should hold images ({suffixes}); none was found in it or below it. "
            f"Give another folder, or name the files."
        )
    return images


def read_ahead(
    files: Sequence[Path], size: int, ranges: Sequence[PixelRange] = ()
) -> Iterator[Picture]:
    """The images in the order of `files`, as squares of `size` pixels; never more than `AHEAD` at once.

    Args:
        ranges: What becomes 0 and 255 of images of more than 8 bits, for each kind that the model has
            seen; another kind is scaled by its own values.
    """
    pool, left = ThreadPoolExecutor(WORKERS), iter(files)
    waiting: deque[Future[Picture]] = deque()
    try:
        for file in islice(left, AHEAD):
            waiting.append(pool.submit(_read, file, size, ranges))
        while waiting:
            picture = waiting.popleft().result()
            for file in islice(left, 1):
                waiting.append(pool.submit(_read, file, size, ranges))
            yield picture
    finally:
        pool.shutdown(cancel_futures=True)


def _read(file: Path, size: int, ranges: Sequence[PixelRange]) -> Picture:
    try:
        if file.exists() and not file.is_file():  # reading a device or a pipe may never end
            raise ValueError("a device or a pipe, no plain file")
        return Picture(file, *decode_beside(file, size, ranges))
    except MemoryError:
        return Picture(file, None, "it takes more memory than there is")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Picture(file, None, reason)
