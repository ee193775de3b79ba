"""What each probe sees of an image: a few numbers that leave out what the paper is about.

Every function turns (images, side, side, 3) uint8 pixels into (images, numbers) float arrays, each
image on its own. The side may be any, from one pixel on.
"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

from lib.datasets import ImageSet
from lib.datasets.images import BLACK

CHUNK = 64  # images read at a time: memory stays flat as the set grows
SIDE = 16  # of the thumbnails, in pixels: too small for most of what a diagnosis rests on
CELLS = 4  # a side, that `blurred` and `patches` cut an image into
FRAME = 0.06  # width of the border, as a share of the side
SEGMENTS = 16  # of the border, all the way round


def image_features(images: ImageSet) -> dict[str, np.ndarray]:
    """Name of a feature → (images, numbers) float32, rows as `images.table`; pixels are read once."""
    chunks = []
    for start in range(0, len(images), CHUNK):
        pixels = images.take(np.arange(start, min(start + CHUNK, len(images))))
        chunks.append(
            {name: compute(pixels).astype(np.float32) for name, compute in FEATURES.items()}
        )
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in FEATURES}


def colour(pixels: np.ndarray) -> np.ndarray:
    """(images, 6): mean and standard deviation of red, green and blue, in 0…255."""
    return np.stack([_moments(image) for image in pixels])


def near_black(pixels: np.ndarray) -> np.ndarray:
    """(images, 1): share of the pixels with no channel above `BLACK`."""
    dark = [cv2.inRange(image, (0, 0, 0), (BLACK,) * 3) for image in pixels]
    return np.array([[cv2.countNonZero(mask) / mask.size] for mask in dark])


def border(pixels: np.ndarray) -> np.ndarray:
    """(images, 51): the outer frame alone: colour of `SEGMENTS` pieces of it, and its spread.

    The frame is `FRAME` of the side wide, at least one pixel.
    """
    strips = [_frame(image) for image in pixels]
    segments = [_averaged(strip, SEGMENTS, 1).ravel() for strip in strips]
    spread = [_moments(strip)[3:] for strip in strips]
    return np.hstack([segments, spread])


def blurred(pixels: np.ndarray) -> np.ndarray:
    """(images, 48): colour of `CELLS` x `CELLS` areas: where it is light or dark, without detail."""
    return thumbnail(pixels, CELLS)


def patches(pixels: np.ndarray) -> np.ndarray:
    """(images, 96): colour and roughness of `CELLS` x `CELLS` patches, in no order.

    Mean and standard deviation of each channel in each patch; each of these six numbers is sorted
    over the patches. That is what remains however the patches are shuffled, so no shuffling is drawn:
    a linear classifier would learn less from patches that lie elsewhere in every image.
    """
    return np.stack([np.sort(_patch_features(image), axis=0).ravel() for image in pixels])


def thumbnail(pixels: np.ndarray, side: int = SIDE) -> np.ndarray:
    """(images, 3 side²): the image averaged down to `side` x `side`, rows of RGB."""
    return np.stack([_averaged(image, side, side).ravel() for image in pixels])


def frame_mask(side: int) -> np.ndarray:
    """(side, side) bool: the outer frame that `border` sees."""
    mask = np.ones((side, side), bool)
    width = _frame_width(side)
    mask[width : side - width, width : side - width] = False
    return mask


def _moments(image: np.ndarray) -> np.ndarray:
    """(6,): mean and standard deviation of each channel."""
    return np.concatenate(cv2.meanStdDev(image)).ravel()


def _averaged(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """(height, width, 3) float32: means over areas."""
    whole = image.astype(np.float32)
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _frame(image: np.ndarray) -> np.ndarray:
    """(width, 4 side, 3): top, bottom, left and right edge one after another, the outside up."""
    width = _frame_width(len(image))
    sides = (image, image[::-1], image.swapaxes(0, 1), image.swapaxes(0, 1)[::-1])
    return np.concatenate([side[:width] for side in sides], axis=1)


def _frame_width(side: int) -> int:
    return max(1, round(FRAME * side))


def _patch_features(image: np.ndarray) -> np.ndarray:
    """(patches, 6): mean and standard deviation of each channel in each patch."""
    if len(image) < CELLS:
        image = image.repeat(CELLS, 0).repeat(CELLS, 1)
    edges = np.linspace(0, len(image), CELLS + 1).round().astype(int)
    spans = [slice(*pair) for pair in pairwise(edges)]
    return np.stack([_moments(image[rows, columns]) for rows in spans for columns in spans])


FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "colour": colour,
    "near black": near_black,
    "border": border,
    "blurred": blurred,
    "patches": patches,
    "thumbnail": thumbnail,
}
