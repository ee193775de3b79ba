"""Convolution and pooling by hand: what a paper works through on small numbers, computed again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lib.papers.declare import Convolution, Sizes

KERNEL, POOL = 3, 2  # sides that the steps of `Sizes` are counted with


@dataclass(frozen=True, kw_only=True)
class WorkedNumber:
    """One printed number beside the computed ones.

    Attributes:
        of: What it is: "row 1, column 2", "convolution of 64".
        where: Its place in the paper.
        printed: As printed.
        unpadded: Computed without padding; None where that gives no number.
        padded: Computed with so many zeros around that a convolution keeps the size.
    """

    of: str
    where: str
    printed: int
    unpadded: int | None
    padded: int | None

    @property
    def agrees(self) -> bool:
        """Whether one of the computed numbers is the printed one."""
        return self.printed in (self.unpadded, self.padded)


def convolve(image: ArrayLike, kernel: ArrayLike, stride: int = 1, padding: int = 0) -> np.ndarray:
    """Sums of the products of a kernel with the windows of an image that it is laid on.

    The kernel is not mirrored, as in every CNN: mathematicians call this cross-correlation.

    Args:
        image: (rows, columns).
        kernel: (rows, columns).
        stride: Pixels from one window to the next, down and across.
        padding: Rows and columns of zeros on each of the four sides of the image.

    Returns:
        (rows, columns), each side as `output_side` gives it.

    Raises:
        ValueError: One of the two is not a matrix, or the kernel does not fit into the image.

    Source: V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning, 2016.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(
            "`image` and `kernel` should be (rows, columns); "
            f"received {image.shape} and {kernel.shape}."
        )
    for image_side, kernel_side in zip(image.shape, kernel.shape, strict=True):
        output_side(image_side, kernel_side, stride, padding)  # raises where it does not fit
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, padding), kernel.shape)
    return np.einsum("abij,ij->ab", windows[::stride, ::stride], kernel)


def output_side(side: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Side of what a convolution gives.

    Args:
        side, kernel: Of the image and of the kernel, in pixels.
        stride, padding: As in `convolve`.

    Raises:
        ValueError: The kernel does not fit into the image, or a number is out of range.

    Source: Relationship 6 of Dumoulin and Visin (2016).
    """
    if stride < 1 or padding < 0:
        raise ValueError(
            f"`stride` should be at least 1 and `padding` 0; received {stride} and {padding}."
        )
    if not 1 <= kernel <= side + 2 * padding:
        raise ValueError(
            f"`kernel` should be in 1 … {side + 2 * padding}, the padded image; received {kernel}."
        )
    return (side + 2 * padding - kernel) // stride + 1


def pooled_side(side: int, pool: int = 2) -> int:
    """Side of what pooling by windows of `pool` pixels gives; windows that do not fit are dropped.

    Raises:
        ValueError: The window does not fit into the image.

    Source: Relationship 7 of Dumoulin and Visin (2016), windows side by side.
    """
    if not 1 <= pool <= side:
        raise ValueError(f"`pool` should be in 1 … {side}, the image; received {pool}.")
    return side // pool


def explain(example: Convolution | Sizes) -> list[WorkedNumber]:
    """Every number that the example prints, with what it should be.

    Of a convolution, printed and computed output are laid on one another by their centres where
    their shapes differ. Of sizes, each step starts from the printed size before it, so that one slip
    is counted once; kernels are taken for 3 × 3 and pooling for 2 × 2.

    Raises:
        ValueError: A step that is neither "convolution" nor "pooling".
    """
    return list(_outputs(example) if isinstance(example, Convolution) else _sides(example))


def _outputs(example: Convolution) -> Iterator[WorkedNumber]:
    shape = np.shape(example.output)
    unpadded, padded = (
        _centred(convolve(example.image, example.kernel, example.stride, padding), shape)
        for padding in (0, len(example.kernel) // 2)
    )
    for row, column in np.ndindex(shape):
        yield WorkedNumber(
            of=f"row {row + 1}, column {column + 1}",
            where=example.where,
            printed=example.output[row][column],
            unpadded=unpadded[row][column],
            padded=padded[row][column],
        )


def _centred(computed: np.ndarray, shape: tuple[int, int]) -> list[list[int | None]]:
    """The numbers of `computed` that lie on an array of `shape` with the same centre."""
    rows, columns = (
        [index + (computed_side - side) // 2 for index in range(side)]
        for computed_side, side in zip(computed.shape, shape, strict=True)
    )
    return [[_number_at(computed, row, column) for column in columns] for row in rows]


def _number_at(numbers: np.ndarray, row: int, column: int) -> int | None:
    inside = 0 <= row < numbers.shape[0] and 0 <= column < numbers.shape[1]
    return int(numbers[row, column]) if inside else None


def _sides(example: Sizes) -> Iterator[WorkedNumber]:
    side = example.side
    for step, printed, where in example.steps:
        unpadded, padded = _step_sides(step, side)
        yield WorkedNumber(
            of=f"{step} of {side}", where=where, printed=printed, unpadded=unpadded, padded=padded
        )
        side = printed


def _step_sides(step: str, side: int) -> tuple[int, int]:
    """The side after a step, without padding and with it."""
    if step == "convolution":
        return output_side(side, KERNEL), output_side(side, KERNEL, padding=KERNEL // 2)
    if step == "pooling":
        return pooled_side(side, POOL), pooled_side(side, POOL)
    raise ValueError(f"a step should be convolution or pooling; received {step!r}.")
