"""One photograph that belongs to no split, to be classified by a trained model."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.datasets.bit_depth import describe_range, settle_ranges
from lib.datasets.decoding import UnsettledError, decode, resize
from lib.datasets.folds import Fold
from lib.datasets.images import ImageSet
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
        return _decode(file, images)
    except (OSError, ValueError, RuntimeError) as error:  # the last: a home that is not there
        raise DataError(f"`photo` should be the path of an image; {path}: {error}") from error


def _decode(file: Path, images: ImageSet) -> Photo:
    """A file of more than 8 bits is scaled as those of its kind among the images, else on its own."""
    size, origin = images.pixels.shape[1], f"your file {file.name}"
    try:
        return Photo(pixels=decode(file, size, None, images.pixel_ranges), origin=origin)
    except UnsettledError as unsettled:
        ranges = settle_ranges([unsettled.extent])
    return Photo(
        pixels=decode(file, size, None, ranges),
        origin=f"{origin}, scaled by itself: {describe_range(ranges[0])}",
    )
