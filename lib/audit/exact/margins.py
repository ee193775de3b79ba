"""Which margins of a confusion matrix give a printed classification report: exact, in whole numbers.

The margins of a class are the images of it (support), the images predicted as it, and the hits among
both. Precision, recall and F1-score are shares of them. One joint set of margins has to give every
printed number, its hits and misses have to add up, and a matrix with these margins has to exist.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil, floor
from typing import NamedTuple

from lib.audit.rounding import Bounds, shares

SCORES = ("precision", "recall", "f1")
F1_OF_MEANS = "f1 of means"


@dataclass(frozen=True, kw_only=True)
class ClassBounds:
    """What is printed of one class: bounds of its scores by name, and its images where known."""

    scores: dict[str, Bounds]
    support: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReportBounds:
    """What is printed in a report.

    Attributes:
        rows: One per class.
        total: Images in all.
        accuracy: Bounds of the accuracy, where it is printed.
        macro, weighted: Bounds of the averages over the classes, by score. `F1_OF_MEANS` bounds the
            F1-score of the mean precision and the mean recall, which some print as the mean F1-score.
        zero_division: The score of a class without images or predictions.
    """

    rows: tuple[ClassBounds, ...]
    total: int
    accuracy: Bounds | None = None
    macro: dict[str, Bounds]
    weighted: dict[str, Bounds]
    zero_division: int = 0


class Margin(NamedTuple):
    """The margins of one class, in images."""

    hits: int
    predicted: int
    support: int

    def fraction(self, score: str) -> tuple[int, int]:
        """Numerator and denominator of a score; the denominator may be 0."""
        return score_fraction(score, *self)


@dataclass(frozen=True, kw_only=True)
class Solutions:
    """Sets of margins that give the report.

    Attributes:
        count: How many were found.
        complete: Whether these are all; else the search was given up.
        found: The first thousand, one margin per class.
        hits: The numbers of images predicted rightly, of all classes together, in all that were
            counted, in rising order.
        ranges: Score → the least and the greatest in all that were counted, as `lib.audit.exact.agreement`
            has them.
        empty: Indices of the classes that no margins fit, even by themselves.
    """

    count: int
    complete: bool
    found: tuple[tuple[Margin, ...], ...] = ()
    hits: tuple[int, ...] = ()
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    empty: tuple[int, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether it is shown that there is none."""
        return self.complete and not self.count


def score_fraction(score: str, hits: int, predicted: int, support: int) -> tuple[int, int]:
    """Numerator and denominator of one of `SCORES` of a class, from its margins."""
    return {
        "precision": (hits, predicted),
        "recall": (hits, support),
        "f1": (2 * hits, predicted + support),
    }[score]


def possible_hits(report: ReportBounds) -> range:
    """The numbers of hits that accuracy, weighted recall and the recall of every class allow.

    The first two are the same share. No set of margins has another number of hits.
    """
    printed = [within for within in (report.accuracy, report.weighted.get("recall")) if within]
    by_class = [_class_hits(row, report.total) for row in report.rows]
    if not all(by_class):
        return range(0)
    ranges = [
        range(report.total + 1),
        range(sum(hits[0] for hits in by_class), sum(hits[-1] for hits in by_class) + 1),
        *(shares(report.total, within) for within in printed),
    ]
    return range(max(hits.start for hits in ranges), min(hits.stop for hits in ranges))


def _class_hits(row: ClassBounds, total: int) -> range:
    """The numbers of hits that the recall of a class allows."""
    if row.support is None:
        return range(total + 1)
    recall = row.scores.get("recall")
    return shares(row.support, recall) if recall else range(row.support + 1)


def class_margins(row: ClassBounds, report: ReportBounds, all_hits: range) -> Iterator[Margin]:
    """The margins that one row allows by itself.

    Args:
        all_hits: The numbers of hits that all classes may have together, one or more.
    """
    supports = range(report.total + 1) if row.support is None else [row.support]
    missed = report.total - all_hits.start
    for support in supports:
        recall = row.scores.get("recall")
        for hits in shares(support, recall) if recall else range(support + 1):
            for predicted in _predicted(row, hits, support, report):
                # No more can be wrong about a class than is wrong at all.
                if predicted + support - 2 * hits <= missed:
                    yield Margin(hits, predicted, support)


def _predicted(row: ClassBounds, hits: int, support: int, report: ReportBounds) -> Iterable[int]:
    """How many images can be predicted as a class."""
    counted = _predicted_some(row, hits, support, report.total)
    if report.zero_division and not hits and 0 not in counted and _fits_undefined(row, support):
        return (0, *counted)
    return counted


def _fits_undefined(row: ClassBounds, support: int) -> bool:
    """Whether a class without predictions, and so without hits, prints as 1 what is not defined."""
    undefined = {"precision": 1, "f1": 0 if support else 1}
    return all(
        low <= undefined[score] <= high
        for score, (low, high) in row.scores.items()
        if score in undefined
    )


def _predicted_some(row: ClassBounds, hits: int, support: int, total: int) -> range:
    """As `_predicted`, where a score that is not defined is printed as 0."""
    least, most = hits, total - support + hits
    for score in ("precision", "f1"):
        if score not in row.scores:
            continue
        low, high = row.scores[score]
        # Either denominator is what it is without a prediction, and the predictions.
        above, added = score_fraction(score, hits, 0, support)
        if above == 0:  # a score of 0 whatever the number of predictions
            if low > 0:
                return range(0)
            continue
        if high <= 0:
            return range(0)
        least = max(least, ceil(above / high) - added)
        if low > 0:
            most = min(most, floor(above / low) - added)
    return range(least, most + 1)
