"""Which margins of a confusion matrix give a printed classification report: exact, in whole numbers.

Of each class, the margins are the images of it (support), the images called so, and the hits among both.
Precision, recall and F1-score are shares of them. One joint set of margins has to give every printed
number, its hits and misses have to add up, and a matrix with these margins has to exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from lib.audit.rounding import Bounds, shares

SCORES = ("precision", "recall", "f1")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is printed of one class: bounds of its scores by name, and its images where known."""

    scores: dict[str, Bounds]
    support: int | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A report. `macro` and `weighted`: bounds of the averages by score; `total`: images in all."""

    rows: tuple[Row, ...]
    total: int
    accuracy: Bounds | None = None
    macro: dict[str, Bounds]
    weighted: dict[str, Bounds]


class Margin(NamedTuple):
    """The margins of one class, in images."""

    hits: int
    called: int
    support: int


@dataclass(frozen=True, kw_only=True)
class Solutions:
    """Sets of margins that give the report.

    Attributes:
        count: How many were found.
        complete: Whether these are all; else the search was given up.
        found: The first thousand, one margin a class.
        empty: Indices of the classes that no margins fit, even by themselves.
    """

    count: int
    complete: bool
    found: tuple[tuple[Margin, ...], ...] = ()
    empty: tuple[int, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether it is shown that there is none."""
        return self.complete and not self.count

    @property
    def hits(self) -> tuple[int, ...]:
        """The numbers of images called rightly, of all classes together."""
        return tuple(sorted({sum(one.hits for one in each) for each in self.found}))


def right(table: Table) -> range:
    """The numbers of hits that accuracy and weighted recall allow; both are the same share."""
    rows = [one for one in (table.accuracy, table.weighted.get("recall")) if one]
    allowed = [shares(table.total, one) for one in rows] or [range(table.total + 1)]
    return range(max(one.start for one in allowed), min(one.stop for one in allowed))


def margins(row: Row, table: Table, right: range) -> Iterator[Margin]:
    """The margins that one row allows by itself, given the hits that all classes may have together."""
    known = row.support is not None
    missed = table.total - right.start if right else 0
    for n in [row.support] if known else range(table.total + 1):
        recall = row.scores.get("recall")
        for hits in shares(n, recall) if recall else range(n + 1):
            for called in _called(row, hits, n, table.total):
                # No more can be wrong about a class than is wrong at all.
                if called + n - 2 * hits <= missed:
                    yield Margin(hits, called, n)


def _called(row: Row, hits: int, n: int, total: int) -> range:
    """How many images can be called so: precision is hits / called, F1 2 hits / (called + n)."""
    least, most = hits, total - n + hits
    for score, above, added in (("precision", hits, 0), ("f1", 2 * hits, n)):
        if score not in row.scores:
            continue
        low, high = row.scores[score]
        if above == 0:  # a score of 0 whatever the number of calls
            if low > 0:
                return range(0)
            continue
        if high <= 0:
            return range(0)
        least = max(least, ceil(above / high) - added)
        if low > 0:
            most = min(most, floor(above / low) - added)
    return range(least, most + 1)
