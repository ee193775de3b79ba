"""Tables of the arithmetic that a paper works through: printed beside computed."""

from collections.abc import Sequence

from lib import arithmetic
from lib.paper import Convolution, Paper, Sizes
from lib.report.shown import Shown, table


def examples(paper: Paper) -> Shown:
    """Every worked example of the paper, number by number; nothing where it has none."""
    return Shown("".join(_one(one).html for one in paper.examples))


def _one(example: Convolution | Sizes) -> Shown:
    rows = [
        (one.of, one.printed, one.unpadded, one.padded, "yes" if one.agrees else "no", one.where)
        for one in arithmetic.explain(example)
    ]
    columns = ("Number", "Printed", "Without padding", "With padding", "Agrees", "Where")
    if isinstance(example, Sizes):
        caption = (
            f"Sides of the feature maps, step by step from {example.side} pixels ({example.where}): "
            f"each step starts from the printed size before it."
        )
        return table(rows, columns, caption, numeric=(1, 2, 3))
    caption = (
        "The output of the convolution: printed, and computed from input and kernel. Where shapes "
        "differ, the two are laid on one another by their centres; a dash: there is no such number."
    )
    image, kernel = (
        _matrix(f"{name} ({example.where}).", matrix)
        for name, matrix in (("Input", example.image), ("Kernel", example.kernel))
    )
    return image + kernel + table(rows, columns, caption, numeric=(1, 2, 3))


def _matrix(caption: str, matrix: Sequence[Sequence[int]]) -> Shown:
    rows = [(f"row {number}", *row) for number, row in enumerate(matrix, 1)]
    columns = ("", *(f"column {number}" for number in range(1, len(matrix[0]) + 1)))
    return table(rows, columns, caption, numeric=range(1, len(columns)))
