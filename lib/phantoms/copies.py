"""Augmented copies of an image, as data sets are padded with: turned, mirrored, corners filled."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

MIRRORS = {
    "horizontal": Image.Transpose.FLIP_LEFT_RIGHT,
    "vertical": Image.Transpose.FLIP_TOP_BOTTOM,
}


def augmented(
    image: Image.Image,
    rng: np.random.Generator,
    *,
    rotation: float,
    flips: Sequence[str],
    fill: Sequence[int],
) -> Image.Image:
    """A copy of the RGB `image`, of its size, mirrored and turned at random.

    Args:
        image: Stays as it is.
        rng: The only source of chance.
        rotation: Degrees. The copy is turned about its centre by an angle drawn evenly from
            -rotation to rotation; pixels are interpolated bilinearly.
        flips: Axes, keys of `MIRRORS`; half of the copies are mirrored along each.
        fill: RGB of the corners that turning leaves empty.
    """
    for axis in flips:
        if rng.random() < 0.5:
            image = image.transpose(MIRRORS[axis])
    angle = rng.uniform(-rotation, rotation)
    return image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=tuple(fill))
