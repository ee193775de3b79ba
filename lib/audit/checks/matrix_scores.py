"""Scores printed beside a whole confusion matrix: each follows from its counts."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import isqrt
from typing import Any

from lib.audit.exact.margins import Margin
from lib.audit.findings import Finding, Outcome, quoted, weigh
from lib.audit.matrices import Cells, Matrix, find_matrices, matrix_margins
from lib.audit.misprints import mended, single_misprints
from lib.audit.rounding import Digits, bounds, decimal_text
from lib.papers.declare import Claim, Paper, out_of_range

OVERALL = ("accuracy", "kappa", "mcc", "balanced accuracy")
OF_CLASS = ("support", "precision", "recall", "f1", "sensitivity", "specificity", "npv")
SCALE = (
    10**24
)  # a square root is taken of so many times its square, and is off by less than 1 / 10^12
# By how well the scores fit, the best first: outcome and sentence.
VERDICTS: tuple[tuple[Digits, Outcome, str], ...] = (
    ("rounded", "consistent", "The confusion matrix gives these scores."),
    ("cut", "undetermined", "The confusion matrix gives these scores only if digits were cut off."),
    (
        "mixed",
        "undetermined",
        "The confusion matrix gives these scores only if some digits were rounded and others cut off.",
    ),
)
Values = Mapping[tuple[str, str], Fraction | None]


def check_matrix_scores(paper: Paper) -> Iterator[Finding]:
    """One finding per matrix that stands beside scores; of two classes, either may be the positive one.

    Rows may be true or predicted classes: whichever gives the scores is taken.
    """
    for matrix in find_matrices(paper):
        claims = [claim for claim in paper.claims if _is_beside(claim, matrix)]
        if claims:
            yield _finding(paper, matrix, claims)


def _is_beside(claim: Claim, matrix: Matrix) -> bool:
    same = (claim.arm, claim.part, claim.epoch) == (matrix.arm, matrix.part, None)
    if not same or not claim.kind.single or out_of_range(claim):
        return False
    if claim.metric in OVERALL:
        return not claim.of
    if claim.metric == "support":
        return claim.of in matrix.classes
    # Without a name, a score of several classes is an average of unknown kind.
    binary = claim.metric in OF_CLASS and not claim.of and len(matrix.classes) == 2
    return binary or (claim.metric in OF_CLASS and claim.of in matrix.classes)


def _finding(paper: Paper, matrix: Matrix, claims: list[Claim]) -> Finding:
    ways = [
        _values(cells, matrix.classes, positive)
        for cells, positive in product(
            (matrix.cells, tuple(zip(*matrix.cells, strict=True))), range(len(matrix.classes))
        )
    ]
    common: dict[str, Any] = {
        "check": "matrix",
        "topic": "Scores beside the confusion matrix",
        "printed": quoted(claims),
        "weight": weigh(paper, claims),
        "arm": matrix.arm,
    }
    for digits, outcome, sentence in VERDICTS:
        if any(not _misfits(claims, values, digits) for values in ways):
            return Finding(outcome=outcome, sentence=sentence, arithmetic="", **common)
    values = min(ways, key=lambda values: len(_misfits(claims, values, "mixed")))
    wrong = _misfits(claims, values, "mixed")
    told = (
        f"{claim.metric}{f' of {claim.of}' if claim.of else ''}: "
        f"{_told(value)}, printed {claim.text}"
        for claim in wrong
        if (value := values[claim.metric, claim.of]) is not None
    )
    changes = [
        (claim, misprint)
        for claim in wrong
        for misprint in single_misprints(claim)
        if len(wrong) == 1 and not _misfits([misprint], values, "rounded")
    ]
    return Finding(
        outcome="impossible",
        sentence=(
            "The confusion matrix does not give these scores, rounded or cut off: a count or a score is wrong, or they "
            "are of other images."
        ),
        arithmetic="; ".join(told),
        misprint=mended(changes),
        **common,
    )


def _misfits(claims: list[Claim], values: Values, digits: Digits) -> list[Claim]:
    """The claims that do not print their value; a score without a value (0 / 0) may be anything."""
    wrong = []
    for claim in claims:
        low, high = bounds(claim, digits)
        value = values[claim.metric, claim.of]
        if value is not None and not low <= value <= high:
            wrong.append(claim)
    return wrong


def _values(cells: Cells, classes: tuple[str, ...], positive: int) -> Values:
    """(metric, class) → value; class "" for the whole, or for the positive class of two."""
    margins = matrix_margins(cells)
    total = sum(margin.support for margin in margins)
    values = dict(zip([(metric, "") for metric in OVERALL], _overall(margins, total), strict=True))
    for label, (name, margin) in enumerate(zip(classes, margins, strict=True)):
        of_class = _of_class(margin, total)
        values |= {(metric, name): value for metric, value in of_class.items()}
        if label == positive:
            values |= {(metric, ""): value for metric, value in of_class.items()}
    return values


def _of_class(margin: Margin, total: int) -> dict[str, Fraction | None]:
    hits, predicted, support = margin
    clear = total - predicted - support + hits
    recall = _ratio(hits, support)
    return {
        "support": Fraction(support),
        "precision": _ratio(hits, predicted),
        "recall": recall,
        "sensitivity": recall,
        "f1": _ratio(2 * hits, predicted + support),
        "specificity": _ratio(clear, total - support),
        "npv": _ratio(clear, total - predicted),
    }


def _overall(margins: tuple[Margin, ...], total: int) -> tuple[Fraction | None, ...]:
    """In the order of `OVERALL`; kappa after Cohen (1960), Matthews' correlation after Gorodkin (2004)."""
    hits = sum(margin.hits for margin in margins)
    chance = sum(margin.support * margin.predicted for margin in margins)
    spread = (total**2 - sum(margin.predicted**2 for margin in margins)) * (
        total**2 - sum(margin.support**2 for margin in margins)
    )
    root = Fraction(isqrt(spread * SCALE), isqrt(SCALE))
    recalls = [Fraction(margin.hits, margin.support) for margin in margins if margin.support]
    return (
        _ratio(hits, total),
        _ratio(total * hits - chance, total**2 - chance),
        (total * hits - chance) / root if root else None,
        sum(recalls, Fraction(0)) / len(recalls) if recalls else None,
    )


def _told(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else decimal_text(value, 5)


def _ratio(above: int, below: int) -> Fraction | None:
    return Fraction(above, below) if below else None
