"""The 2 × 2 tables of two classes, counted: which of them give all printed scores?

Positives and negatives are images; tp and tn are those called rightly. All of sensitivity, specificity,
predictive values, F1, balanced accuracy, kappa and Matthews' correlation follow from the four numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lib.audit.rounding import Bounds, whole

SLACK = 1e-9  # of scores in double precision
MOST_TABLES = 1_000_000  # beyond these the search is given up
MOST_IMAGES = 2_000  # up to which every number of positives is tried where it is not known
# How precision, recall and F1-score are meant; the other scores have one meaning.
DEFINITIONS = ("positive", "negative", "macro", "weighted", "micro")
AMBIGUOUS = ("precision", "recall", "f1")


@dataclass(frozen=True, kw_only=True)
class Tables:
    """2 × 2 tables that may give the scores, one place each in every array."""

    positives: np.ndarray
    negatives: np.ndarray
    tp: np.ndarray
    tn: np.ndarray

    def scores(self, definition: str = "positive") -> dict[str, np.ndarray]:
        """Score → its value of every table; nan where it is not defined."""
        p, n, tp, tn = (
            array.astype(float) for array in (self.positives, self.negatives, self.tp, self.tn)
        )
        fn, fp = p - tp, n - tn
        with np.errstate(divide="ignore", invalid="ignore"):
            positive = {"precision": tp / (tp + fp), "recall": tp / p, "f1": 2 * tp / (p + tp + fp)}
            negative = {"precision": tn / (tn + fn), "recall": tn / n, "f1": 2 * tn / (n + tn + fn)}
            chance = p * (tp + fp) + n * (tn + fn)
            images = p + n
            spread = np.sqrt((tp + fp) * p * n * (tn + fn))
            accuracy = (tp + tn) / images
            averaged = _averaged(positive, negative, p / images, definition)
            if definition == "micro":
                averaged = dict.fromkeys(AMBIGUOUS, accuracy)
            return averaged | {
                "accuracy": accuracy,
                "sensitivity": tp / p,
                "specificity": tn / n,
                "npv": tn / (tn + fn),
                "balanced accuracy": (tp / p + tn / n) / 2,
                "mcc": (tp * tn - fp * fn) / spread,
                "kappa": (images * (tp + tn) - chance) / (images**2 - chance),
            }


def _averaged(
    positive: dict[str, np.ndarray],
    negative: dict[str, np.ndarray],
    share: np.ndarray,
    definition: str,
) -> dict[str, np.ndarray]:
    """Precision, recall and F1-score by one definition; `share` is that of the positive images."""
    if definition == "positive":
        return positive
    if definition == "negative":
        return negative
    weight = 0.5 if definition == "macro" else share
    return {
        score: weight * np.nan_to_num(positive[score])
        + (1 - weight) * np.nan_to_num(negative[score])
        for score in AMBIGUOUS
    }


def candidates(positives: int | None, images: int, within: Mapping[str, Bounds]) -> Tables | None:
    """The tables that accuracy, sensitivity and specificity allow; None where they are too many.

    Args:
        positives: Images of the positive class, None where only their sum with the others is known.
        images: Images in all.
        within: Bounds by score, wide enough for every way to make digits.
    """
    if positives is None and images > MOST_IMAGES:
        return None
    blocks, count = [], 0
    for number in range(images + 1) if positives is None else (positives,):
        block = _block(number, images - number, within)
        count += len(block[2])
        if count > MOST_TABLES:
            return None
        blocks.append(block)
    p, n, tp, tn = map(np.concatenate, zip(*blocks, strict=True))
    return Tables(positives=p, negatives=n, tp=tp, tn=tn)


def _block(p: int, n: int, within: Mapping[str, Bounds]) -> tuple[np.ndarray, ...]:
    """All tables of so many positive and negative images."""
    tp = _hits(p, within.get("sensitivity"))
    of_n = _hits(n, within.get("specificity"))
    if not (len(tp) and len(of_n)):
        return (np.empty(0, int),) * 4
    low = np.full(len(tp), of_n.start)
    high = np.full(len(tp), of_n.stop - 1)
    rights = np.arange(tp.start, tp.stop)
    if "accuracy" in within:
        least, most = (bound * (p + n) for bound in within["accuracy"])
        right = whole(least, most)
        low, high = np.maximum(low, right.start - rights), np.minimum(high, right.stop - 1 - rights)
    lengths = np.maximum(high - low + 1, 0)
    total = int(lengths.sum())
    if total > MOST_TABLES:  # more than enough to give up: none is made
        lengths[:] = 0
        return (np.zeros(total, np.int8),) * 4
    every_tp = np.repeat(rights, lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    tn = np.arange(total) - starts + np.repeat(low, lengths)
    return np.full(total, p), np.full(total, n), every_tp, tn


def _hits(images: int, within: Bounds | None) -> range:
    if within is None or not images:
        return range(images + 1)
    low, high = (bound * images for bound in within)
    found = whole(max(low, Fraction(0)), min(high, Fraction(images)))
    return found if len(found) else range(0)


def fitting(
    tables: Tables, within: Mapping[str, Bounds], definition: str = "positive"
) -> np.ndarray:
    """Whether each table gives every score; a score that is not defined may print as anything."""
    fits = np.ones(len(tables.tp), bool)
    for score, values in tables.scores(definition).items():
        if score in within:
            low, high = map(float, within[score])
            fits &= ~((values < low - SLACK) | (values > high + SLACK))
    return fits


def readings(names: Mapping[str, object]) -> Iterator[str]:
    """The definitions that a set of scores can be read by, that of the positive class first."""
    yield from DEFINITIONS if set(AMBIGUOUS) & names.keys() else DEFINITIONS[:1]
