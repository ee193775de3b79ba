"""Printed confusion matrices against the margins that printed reports leave."""

from lib.audit.exact.margins import Margin
from lib.audit.rounding import bounds
from lib.audit.tables import Report
from lib.papers.declare import Claim

Cells = tuple[tuple[int, ...], ...]


def margins_of(cells: Cells) -> tuple[Margin, ...]:
    """One margin a class; rows are true classes."""
    return tuple(
        Margin(row[place], sum(other[place] for other in cells), sum(row))
        for place, row in enumerate(cells)
    )


def score(margin: Margin, name: str) -> tuple[int, int]:
    """Numerator and denominator of a score of one class."""
    return {
        "precision": (margin.hits, margin.called),
        "recall": (margin.hits, margin.support),
        "f1": (2 * margin.hits, margin.called + margin.support),
    }[name]


def misfits(cells: Cells, report: Report) -> list[Claim]:
    """The numbers of a report's classes that a matrix cannot give, rounded or cut off."""
    found = []
    for margin, row in zip(margins_of(cells), report.rows.values(), strict=True):
        for name, claim in row.items():
            above, below = (margin.support, 1) if name == "support" else score(margin, name)
            low, high = bounds(claim, cut=True)
            if not low * below <= above <= high * below:
                found.append(claim)
    return found
