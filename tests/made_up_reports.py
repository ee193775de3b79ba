"""Classification reports printed from a confusion matrix: for tests of what a printed report can be."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
from made_up_paper import arm, paper

from lib.paper import Claim, Paper, Stated, classification_report

CLASSES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def half_even(value: Fraction) -> int:
    return round(value)


def cut_off(value: Fraction) -> int:
    return floor(value)


ROUNDINGS = (half_up, half_even, cut_off)


def printed(value: Fraction, decimals: int, rounding=half_up) -> str:
    """A share with so many decimals."""
    units = rounding(value * 10**decimals)
    return f"{units // 10**decimals}.{units % 10**decimals:0{decimals}d}"


def rows(matrix: Sequence[Sequence[int]], decimals: int = 2, rounding=half_up) -> dict:
    """The rows of scikit-learn's report: classes, then both averages; supports last."""
    matrix = [[int(one) for one in row] for row in matrix]
    hits = [row[place] for place, row in enumerate(matrix)]
    called, supports = (
        [sum(each) for each in zip(*matrix, strict=True)],
        [sum(row) for row in matrix],
    )
    scores = [
        (_ratio(hit, call), _ratio(hit, n), _ratio(2 * hit, call + n))
        for hit, call, n in zip(hits, called, supports, strict=True)
    ]
    total, columns = sum(supports), list(zip(*scores, strict=True))
    macro = [sum(column) / len(column) for column in columns]
    weighted = [
        sum(one * n for one, n in zip(column, supports, strict=True)) / total for column in columns
    ]
    table = dict(zip(CLASSES, scores, strict=False)) | {
        "macro avg": macro,
        "weighted avg": weighted,
    }
    return {
        name: (*(printed(one, decimals, rounding) for one in row), str(n))
        for (name, row), n in zip(table.items(), [*supports, total, total], strict=True)
    }


def _ratio(above: int, below: int) -> Fraction:
    return Fraction(above, below) if below else Fraction(0)


def accuracy(matrix: Sequence[Sequence[int]], decimals: int = 2, rounding=half_up) -> str:
    """As the row "accuracy" prints it."""
    matrix = np.asarray(matrix)
    return printed(Fraction(int(np.trace(matrix)), int(matrix.sum())), decimals, rounding)


def report_paper(table: dict, right: str = "", part: str = "test", **changes) -> Paper:
    """A paper that prints such rows in Table 1, and `right` as their accuracy.

    Args:
        changes: More claims as `claims`, or other fields of `Paper`; the total is that of the rows.
    """
    names = [name for name in table if not name.endswith("avg")]
    common = {"where": "Table 1", "arm": "net", "part": part}
    claims = [*classification_report(table, **common)]
    if right:
        row = {**common, "where": "Table 1, row accuracy"}
        claims.append(Claim(metric="accuracy", printed=right, **row))
    claims += changes.pop("claims", ())
    total = str(sum(int(table[name][3]) for name in names))
    made = paper(arm("net"), classes=names, claims=tuple(claims), **changes)
    return replace(made, dataset=replace(made.dataset, total=Stated(total, "§1")))


def random_matrix(rng: np.random.Generator, classes: int, images: int, right: float) -> np.ndarray:
    """A confusion matrix drawn at random, about `right` of it on the diagonal; every class is there."""
    weights = rng.dirichlet(np.ones(classes * classes)).reshape(classes, classes)
    weights = weights * (1 - right) / weights.sum()
    weights[np.diag_indices(classes)] += right * rng.dirichlet(np.full(classes, 3.0))
    matrix = rng.multinomial(images, (weights / weights.sum()).ravel()).reshape(classes, classes)
    matrix[np.diag_indices(classes)] += matrix.sum(axis=1) == 0
    return matrix
