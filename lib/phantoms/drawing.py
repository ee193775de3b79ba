"""What the families of drawings share: the request, noise, outlines, paint and the camera.

A plane is a (height, width) float32 array. Colours of a picture being painted come first, as in
(3, height, width): painting is three times as fast that way.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

Span = tuple[float, float]  # (low, high) of a uniform draw
Colour = tuple[float, float, float]  # red, green, blue; 0 to 255

SMALLEST = 16  # pixels a side: in a smaller picture nothing of a cell or an ear is left

# Beta distribution of how far a picture's traits have moved from those of its own kind to those of
# another. It makes kinds overlap: 1 picture in 32 is past the half way, P(x > 1/2) = (1/2)^5.
DRIFT = (1.0, 5.0)


def check_request(kind: str, size: int, kinds: Sequence[str]) -> None:
    """Refuses what no family draws.

    Raises:
        ValueError: `kind` is none of `kinds`, or `size` is below `SMALLEST` pixels.
    """
    if kind not in kinds or size < SMALLEST:
        raise ValueError(
            f"expected a kind out of {', '.join(kinds)} and a size of at least {SMALLEST} pixels; "
            f"received {kind!r} and {size}."
        )


def resized(
    plane: np.ndarray,
    height: int,
    width: int,
    resample: Image.Resampling = Image.Resampling.BICUBIC,
) -> np.ndarray:
    """(height, width): the float32 plane, stretched or shrunk."""
    return np.asarray(Image.fromarray(plane).resize((width, height), resample))


def smooth_noise(rng: np.random.Generator, bumps: int, width: int) -> np.ndarray:
    """(width, width) noise of about unit spread, `bumps` bumps across and as many down."""
    return resized(rng.standard_normal((bumps, bumps), np.float32), width, width)


def coordinates(points: np.ndarray) -> list[Any]:
    """[x, y, x, y, ...] along the last axis of complex points: the form Pillow draws fastest."""
    return np.ascontiguousarray(points, complex).view(float).tolist()


def blend(planes: np.ndarray, cover: np.ndarray | np.floating, target: np.ndarray) -> None:
    """Moves `planes`, in place, towards `target`: all the way where `cover` is 1, nowhere at 0."""
    planes[...] += cover * (target - planes)


def averaged_down(planes: np.ndarray, factor: int) -> np.ndarray:
    """(n, side / factor, side / factor): the (n, side, side) planes with fewer, mean pixels."""
    count, side, _ = planes.shape
    stacked = Image.fromarray(planes.reshape(-1, side))
    return np.asarray(stacked.reduce(factor)).reshape(count, side // factor, side // factor)


def grey_levels(values: np.ndarray) -> np.ndarray:
    """uint8, cut off at 0 and 255; fractions are dropped, so round first where it matters."""
    return np.clip(values, 0, 255).astype(np.uint8)


def with_sensor_noise(rng: np.random.Generator, picture: Image.Image, spread: Span) -> np.ndarray:
    """(height, width, 3) uint8: the RGB picture with noise in every pixel and channel.

    Args:
        spread: Range of the noise's standard deviation, in grey levels.
    """
    noise = rng.standard_normal((picture.height, picture.width, 3), np.float32)
    noise = noise * rng.uniform(*spread)
    return grey_levels(np.rint(np.asarray(picture) + noise))
