"""Each formula once, on numpy arrays.

A confusion matrix is (..., classes, classes), rows true, columns predicted; leading axes (seeds,
bootstrap replicates) pass through every score. A score whose denominator is 0 is 0, as in
scikit-learn's `classification_report`.
"""

from statistics import NormalDist

import numpy as np


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray, n_classes: int) -> np.ndarray:
    """(classes, classes) int: how many images of class i (row) were called j (column).

    Args:
        y_true: (images,) int labels in 0 … n_classes - 1; `y_pred` likewise.

    Raises:
        ValueError: The two differ in length, or a label is out of range.
    """
    y_true, y_pred = np.asarray(y_true, dtype=int), np.asarray(y_pred, dtype=int)
    if y_true.shape != y_pred.shape or y_true.ndim != 1:
        raise ValueError(
            f"`y_true` and `y_pred` should be of one length; received {y_true.shape} and {y_pred.shape}."
        )
    both = np.concatenate([y_true, y_pred])
    if both.size and not (both.min() >= 0 and both.max() < n_classes):
        raise ValueError(
            f"labels should be in 0 … {n_classes - 1}; received {both.min()} … {both.max()}."
        )
    cells = np.bincount(y_true * n_classes + y_pred, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


def accuracy(matrix: np.ndarray) -> np.ndarray:
    """(...,): share of all images on the diagonal."""
    return _ratio(_hits(matrix).sum(-1), matrix.sum((-2, -1)))


def precision(matrix: np.ndarray) -> np.ndarray:
    """(..., classes): of the images called j, the share that is j."""
    return _ratio(_hits(matrix), matrix.sum(-2))


def recall(matrix: np.ndarray) -> np.ndarray:
    """(..., classes): of the images of class i, the share called i."""
    return _ratio(_hits(matrix), support(matrix))


def f1(matrix: np.ndarray) -> np.ndarray:
    """(..., classes): harmonic mean of precision and recall, as 2 TP / (2 TP + FP + FN)."""
    return _ratio(2 * _hits(matrix), matrix.sum(-2) + support(matrix))


def support(matrix: np.ndarray) -> np.ndarray:
    """(..., classes): images of each class."""
    return matrix.sum(-1)


def macro(scores: np.ndarray) -> np.ndarray:
    """(...,): plain mean over the classes, the last axis."""
    return scores.mean(-1)


def weighted(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(...,): mean over the classes, the last axis, weighted by support."""
    return _ratio((scores * weights).sum(-1), weights.sum(-1))


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson, JASA 22, 1927, p. 209).

    Args:
        successes: Number of successes, 0 … n; need not be whole.
        n: Number of independent trials, > 0.

    Raises:
        ValueError: `n` is not positive or `successes` not in 0 … n.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"`successes` should be in 0 … n with n > 0; received {successes} of {n}.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At 0 and n the bound is exactly 0 or 1, which rounding would miss.
    low = 0.0 if successes == 0 else float(centre - half)
    return low, 1.0 if successes == n else float(centre + half)


def bootstrap_matrices(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    groups: np.ndarray,
    n_classes: int,
    replicates: int,
    seed: int,
) -> np.ndarray:
    """(replicates, classes, classes) int: confusion matrices of resampled groups.

    Whole groups are drawn with replacement (cluster bootstrap; Efron and Tibshirani, 1993), since
    images of one group are not independent. Give each image its own group to resample images.
    """
    _, code = np.unique(groups, return_inverse=True)
    n_groups = code.max() + 1
    cells = np.zeros((n_groups, n_classes**2), dtype=np.int64)
    np.add.at(cells, (code, y_true * n_classes + y_pred), 1)
    rng = np.random.default_rng(seed)
    # One replicate at a time: the drawn weights of all at once would grow with the data set.
    drawn = [
        np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups) @ cells
        for _ in range(replicates)
    ]
    return np.stack(drawn).reshape(replicates, n_classes, n_classes)


def cross_entropy(probability: np.ndarray) -> np.ndarray:
    """(images,): the loss of each image, from the probability its true class was given.

    Clipped to 1e-7 … 1 - 1e-7, as Keras does.
    """
    return -np.log(np.clip(probability, 1e-7, 1 - 1e-7))


def bootstrap_means(
    values: np.ndarray, groups: np.ndarray, replicates: int, seed: int
) -> np.ndarray:
    """(replicates,): means of `values` (one an image) over resampled groups, as `bootstrap_matrices`."""
    _, code = np.unique(groups, return_inverse=True)
    sums, sizes = np.bincount(code, weights=values), np.bincount(code)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(len(sizes), size=len(sizes)) for _ in range(replicates))
    return np.array([sums[one].sum() / sizes[one].sum() for one in drawn])


def percentile_interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """The central `confidence` share of `values` (percentile bootstrap)."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _hits(matrix: np.ndarray) -> np.ndarray:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    below = np.asarray(below)
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)
