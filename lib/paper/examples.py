"""Arithmetic that a paper works through on paper: checked by arithmetic, not by a run."""

from dataclasses import dataclass

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution worked out in a paper: one channel, one kernel, no bias.

    `image`, `kernel` and `output` hold one tuple a row, as printed; `stride` in pixels.
    """

    where: str
    image: Matrix
    kernel: Matrix
    output: Matrix
    stride: int = 1


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sides of the feature maps as a paper gives them, layer by layer.

    `steps` holds for each printed size what leads there ("convolution", "pooling"), its
    side in pixels, and its place.
    """

    where: str
    side: int
    steps: tuple[tuple[str, int, str], ...]
