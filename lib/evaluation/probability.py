"""Each formula on probabilities once, on numpy arrays: how well they rank, and how far to trust them.

A threshold calls positive what scores at least as much; images with equal scores cross it together.
Weights are whole numbers, how often an image counts: a bootstrap is a reweighting.
"""

import numpy as np

BINS = 15  # as Guo et al. 2017


def roc_curve(positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate at every threshold, the highest first, after (0, 0).

    Args:
        positive: (images,) bool.
        score: (images,), higher for what is more likely positive.

    Raises:
        ValueError: All images are positive, or none is.
    """
    hits, alarms = _called(positive, score)
    if not (hits[-1] and alarms[-1]):
        raise ValueError(
            f"`positive` should hold both kinds; received {hits[-1]} positive of {len(positive)}."
        )
    return np.r_[0, alarms / alarms[-1]], np.r_[0, hits / hits[-1]]


def precision_recall_curve(
    positive: np.ndarray, score: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at every threshold, the highest first, after (0, 1).

    Args:
        positive, score: As for `roc_curve`.

    Raises:
        ValueError: No image is positive.
    """
    hits, alarms = _called(positive, score)
    if not hits[-1]:
        raise ValueError(f"`positive` should hold some; received none of {len(positive)}.")
    return np.r_[0, hits / hits[-1]], np.r_[1, hits / (hits + alarms)]


def auc(positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(...,): area under the ROC curve; NaN where all images are positive, or none is.

    The share of pairs, one positive and one not, in which the positive scores higher; equal scores
    count half (Hanley and McNeil, Radiology 143, 1982, p. 29).

    Args:
        positive, score: As for `roc_curve`.
        weights: (..., images) int, once each by default.
    """
    return areas(positive, score, weights)[0]


def average_precision(
    positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """(...,): precision at each threshold, weighted by the recall it adds; NaN where none is positive.

    No interpolation between thresholds, which would be too kind (Davis and Goadrich, ICML 2006).

    Args:
        positive, score, weights: As for `auc`.
    """
    return areas(positive, score, weights)[1]


def areas(
    positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """`auc` and `average_precision` of the same images: both count the same calls at each threshold."""
    hits, alarms = _called(positive, score, weights)
    found, new, total = _steps(hits), _steps(alarms), hits + alarms
    twice = 2 * hits - found  # twice the mean height above a step to the right
    positives, others = hits[..., -1], alarms[..., -1]
    under_curve = _share((new * twice).sum(-1), 2 * positives * others)
    return under_curve, _share((found * (hits / np.maximum(total, 1))).sum(-1), positives)


def calibration(
    confidence: np.ndarray, correct: np.ndarray, bins: int = BINS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(bins,) each: images, their mean confidence, and the share that is correct; NaN in an empty bin.

    Bins of equal width; an edge belongs to the bin below it (Guo et al., ICML 2017, eq. 2).

    Args:
        confidence: (images,) probability given to the class that is called, in 0 … 1.
        correct: (images,) bool.
    """
    place = _bins(confidence, bins)
    counts = np.bincount(place, minlength=bins)
    confident, right = (
        np.bincount(place, weights=values, minlength=bins) for values in (confidence, correct)
    )
    return counts, _share(confident, counts), _share(right, counts)


def expected_calibration_error(
    confidence: np.ndarray,
    correct: np.ndarray,
    weights: np.ndarray | None = None,
    bins: int = BINS,
) -> np.ndarray:
    """(...,): distance between confidence and share correct in each bin, weighted by its images.

    Naeini, Cooper and Hauskrecht, AAAI 2015, p. 2901; for the class that is called: Guo et al.,
    ICML 2017, eq. 3. It is never below 0, so chance alone makes it positive where images are few.

    Args:
        confidence, correct, bins: As for `calibration`.
        weights: As for `auc`.
    """
    weights = _or_once(weights, len(confidence))
    place = _bins(confidence, bins)
    order = np.argsort(place, kind="stable")
    off = np.take(weights, order, axis=-1) * (np.asarray(confidence, float) - correct)[order]
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    apart = np.abs(np.add.reduceat(off, starts, axis=-1))  # in images
    return _share(apart.sum(-1), weights.sum(-1))


def _called(
    positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(..., thresholds) each: positives and others that score at least as much, the highest first."""
    order = np.argsort(-np.asarray(score, dtype=float), kind="stable")
    ranked = np.asarray(score, dtype=float)[order]
    ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])  # the last of equal scores
    # np.take: four times as fast as an index, and these are what takes the time.
    weights = np.take(_or_once(weights, len(order)), order, axis=-1)
    kinds = np.asarray(positive, dtype=bool)[order]
    hits, all_called = (
        np.take(np.cumsum(counts, axis=-1), ends, axis=-1) for counts in (weights * kinds, weights)
    )
    return hits, all_called - hits


def _steps(counts: np.ndarray) -> np.ndarray:
    """(..., thresholds): what each threshold adds. np.diff(counts, prepend=0) takes twice as long."""
    steps = counts.copy()
    steps[..., 1:] -= counts[..., :-1]
    return steps


def _or_once(weights: np.ndarray | None, images: int) -> np.ndarray:
    return np.ones(images, dtype=int) if weights is None else np.asarray(weights)


def _bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    return np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence)


def _share(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    below = np.asarray(below)
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
