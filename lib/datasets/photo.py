"""One photograph that belongs to no split, to be classified by a trained model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.datasets.bit_depth import describe_range, settle_ranges
from lib.datasets.decoding import UnsettledError, decode, resize
from lib.datasets.folds import Fold
from lib.datasets.images import ImageSet
from lib.results import PixelRange
from lib.storage import DataError


@dataclass(frozen=True, kw_only=True)
class Photo:
    """One image, (size, size, 3) uint8, and in words where it is from."""

    pixels: np.ndarray
    origin: str


def load_photo(
    path: str | None,
    images: ImageSet,
    fold: Fold,
    name: str,
    draw: Callable[[], np.ndarray],
) -> Photo:
    """The photograph at `path`; without one a drawing for phantoms, else a test image of `fold`.

    Args:
        name: The class a test image is taken from.
        draw: Makes a drawing that is in no phantom set.

    Raises:
        DataError: There is no readable image at `path`, or no test image of the class.
    """
    size = images.pixels.shape[1]
    if path is not None:
        return _read(path, images)
    if images.kind == "phantom":
        return Photo(pixels=resize(draw(), size), origin="drawn for this purpose, in no split")
    tested = fold.test[images.labels[fold.test] == images.classes.index(name)]
    if not len(tested):
        raise DataError(f"the test part of seed {fold.seed} should hold a {name}; it holds none.")
    first = images.table["path"].iloc[tested[0]]
    return Photo(
        pixels=images.take(tested[:1])[0],
        origin=f"no new photograph was named, so a test image stands in: {first}",
    )


def _read(path: str, images: ImageSet) -> Photo:
    try:
        file = Path(path).expanduser()
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise ValueError("a device or a pipe, no plain file")  # reading one may never end
        pixels, remark = decode_beside(file, images.pixels.shape[1], images.pixel_ranges)
        return Photo(pixels=pixels, origin=f"your file {file.name}{remark and f', {remark}'}")
    except (OSError, ValueError, RuntimeError) as error:  # the last: a home that is not there
        raise DataError(f"`photo` should be the path of an image; {path}: {error}") from error


def decode_beside(file: Path, size: int, ranges: Sequence[PixelRange]) -> tuple[np.ndarray, str]:
    """An image that belongs to no set as (size, size, 3) uint8, and a remark where it was scaled by itself.

    Args:
        ranges: What becomes 0 and 255 of the kinds of more than 8 bits that the model has seen. An image
            of another kind is scaled by the range that it declares, else by its own values.

    Raises:
        ValueError, DataError, OSError: As `decode`.
    """
    try:
        return decode(file, size, None, ranges), ""
    except UnsettledError as unsettled:
        by_itself = settle_ranges([unsettled.extent])
    return decode(file, size, None, by_itself), f"scaled by itself: {describe_range(by_itself[0])}"
