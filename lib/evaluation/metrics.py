"""Each formula once, on numpy arrays.

A confusion matrix is (..., classes, classes), rows true, columns predicted; leading axes (seeds,
bootstrap replicates) pass through every score of its `Tallies`. A score whose denominator is 0 is 0, as in
scikit-learn's `classification_report`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import comb
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Z = NormalDist().inv_cdf(0.975)  # of a two-sided 95 % interval

# If two classifiers differ on six images, all six speak for the same one by chance once in 32 times.
# With fewer, no two-sided sign test can reach 5 %, and a bootstrap has too little to draw from.
FEW = 6

AT_ONCE = 500_000  # groups that are drawn at a time: some megabytes


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


class Tallies(NamedTuple):
    """All of confusion matrices that the scores of a report need, (..., classes) each.

    They grow with the classes, where matrices grow with their square.

    Attributes:
        hits: Images of each class that were called it.
        support: Images of each class.
        called: Images that were called each class.
    """

    hits: np.ndarray
    support: np.ndarray
    called: np.ndarray


def tallies(matrix: np.ndarray) -> Tallies:
    """Of confusion matrices, (..., classes, classes)."""
    return Tallies(np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1), matrix.sum(-2))


def accuracy(counts: Tallies) -> np.ndarray:
    """(...,): share of all images on the diagonal."""
    return _ratio(counts.hits.sum(-1), counts.support.sum(-1))


def precision(counts: Tallies) -> np.ndarray:
    """(..., classes): of the images called j, the share that is j."""
    return _ratio(counts.hits, counts.called)


def recall(counts: Tallies) -> np.ndarray:
    """(..., classes): of the images of class i, the share called i."""
    return _ratio(counts.hits, counts.support)


def f1(counts: Tallies) -> np.ndarray:
    """(..., classes): harmonic mean of precision and recall, as 2 TP / (2 TP + FP + FN)."""
    return _ratio(2 * counts.hits, counts.called + counts.support)


def macro(scores: np.ndarray) -> np.ndarray:
    """(...,): plain mean over the classes, the last axis."""
    return scores.mean(-1)


def weighted(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(...,): mean over the classes, the last axis, weighted by support."""
    return _ratio((scores * weights).sum(-1), weights.sum(-1))


def cross_entropy(probability: np.ndarray) -> np.ndarray:
    """(images,): the loss of each image, from the probability that its true class was given.

    Clipped to 1e-7 … 1 - 1e-7, as Keras does.
    """
    return -np.log(np.clip(probability, 1e-7, 1 - 1e-7))


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


def square_and_add(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Interval of a difference from the intervals of its two sides, taken as independent.

    Newcombe's method 10 where these are Wilson's (Statistics in Medicine 17, 1998, p. 873); for any
    others Zou and Donner, Statistics in Medicine 27, 2008, p. 1693.

    Args:
        first: Value, lower and upper bound of what is subtracted from.
        second: The same of what is subtracted.
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    low = a - b - np.hypot(a - a_low, b_high - b)
    return float(low), float(a - b + np.hypot(a_high - a, b - b_low))


def newcombe(
    shares: Sequence[float], images: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the difference of two proportions, the first less the second.

    Method 10 of Newcombe, Statistics in Medicine 17, 1998, p. 873: `square_and_add` of Wilson's
    intervals. For two shares of 0 it is ± Wilson's upper bound of 0 of n, 3.84 / (n + 3.84): the rule
    of three (Hanley and Lippman-Hand, JAMA 249, 1983, p. 1743) for two sides.

    Args:
        shares: The two proportions, 0 … 1.
        images: How many images, or other independent trials, each is a share of.

    Raises:
        ValueError: As `wilson`.
    """
    sides = [
        (share, *wilson(share * n, n, confidence)) for share, n in zip(shares, images, strict=True)
    ]
    return square_and_add(*sides)


def newcombe_p(shares: Sequence[float], images: Sequence[float]) -> float:
    """Two-sided p of equal proportions: 1 less the confidence at which `newcombe`'s interval reaches 0.

    Args:
        shares, images: As for `newcombe`.

    Raises:
        ValueError: As `wilson`.
    """
    if shares[0] == shares[1]:
        return 1.0
    first, second = (0, 1) if shares[0] > shares[1] else (1, 0)
    ordered = [shares[first], shares[second]], [images[first], images[second]]
    above, below = 0.0, 1 - 1e-12  # confidences at which the lower bound lies above 0, and below it
    while below - above > 1e-12:
        halfway = (above + below) / 2
        if newcombe(*ordered, halfway)[0] > 0:
            above = halfway
        else:
            below = halfway
    return 1 - below


def mcnemar(b: int, c: int) -> float:
    """Two-sided p of McNemar's exact test: twice the smaller binomial tail, at most 1.

    Are two classifiers right equally often on the same images? The images on which both are right or
    both wrong tell nothing; of the others, each of the two is right on half (McNemar, Psychometrika
    12, 1947, p. 153; exact: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13, 2013,
    no. 91).

    Args:
        b: Images on which only the first is right; `c`, on which only the second is.

    Raises:
        ValueError: A count is negative.
    """
    if min(b, c) < 0:
        raise ValueError(f"`b` and `c` should be counts; received {b} and {c}.")
    n = int(b + c)
    tail = sum(comb(n, k) for k in range(int(min(b, c)) + 1))
    return min(1.0, 2 * tail / 2**n)  # of whole numbers: no rounding before the division


def holm(p_values: np.ndarray) -> np.ndarray:
    """(tests,): p-values adjusted for their number (Holm, Scandinavian Journal of Statistics 6, 1979, p. 65).

    The smallest is multiplied by their number, the next by one less, and so on; none falls below
    the one before. Valid whatever the tests share.

    Raises:
        ValueError: A p-value is not in 0 … 1.
    """
    p_values = np.asarray(p_values, dtype=float)
    if not ((p_values >= 0) & (p_values <= 1)).all():
        raise ValueError(f"`p_values` should be in 0 … 1; received {p_values.tolist()}.")
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted


def group_sums(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(groups, columns): sums of `values`, (images, columns), over the images of each group."""
    _, code = np.unique(groups, return_inverse=True)
    return np.column_stack([np.bincount(code, weights=column) for column in values.T])


def group_tallies(
    y_true: np.ndarray, y_pred: np.ndarray, groups: np.ndarray, n_classes: int
) -> Tallies:
    """(groups, classes) each: of the images of each group."""
    return _split(_group_tallies(y_true, y_pred, groups, n_classes).toarray())


def _group_tallies(
    y_true: np.ndarray, y_pred: np.ndarray, groups: np.ndarray, n_classes: int
) -> "csr_array":
    """(groups, 3 · classes): hits, support and called beside one another; of many classes nearly all are 0."""
    from scipy.sparse import csr_array  # here, since the audit needs this module and no scipy

    names, code = np.unique(groups, return_inverse=True)
    columns = np.concatenate([y_true, n_classes + y_true, 2 * n_classes + y_pred])
    ones = np.concatenate([y_true == y_pred, np.ones(2 * len(code), dtype=bool)]).astype(float)
    return csr_array((ones, (np.tile(code, 3), columns)), (len(names), 3 * n_classes))


def _split(counts: np.ndarray) -> Tallies:
    return Tallies(*np.split(counts, 3, axis=-1))


def jackknife_variance(above: np.ndarray, below: np.ndarray) -> float:
    """Sampling variance of a ratio of sums over groups, from leaving out one group at a time.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 11. It is rather too large than
    too small, which few groups need (Bell and McCaffrey, Survey Methodology 28, 2002, p. 169).

    Args:
        above: (groups,) what each group adds above the line; `below`, below it, each > 0.
    """
    if len(above) < 2:
        return 0.0
    without = (above.sum() - above) / (below.sum() - below)
    return float((len(above) - 1) / len(above) * ((without - without.mean()) ** 2).sum())


def effective_number(sizes: np.ndarray) -> float:
    """How many groups of equal size tell as much as these (Kish, Survey Sampling, 1965, ch. 11).

    Args:
        sizes: (groups,) their sizes, none negative and some positive.
    """
    return float(sizes.sum() ** 2 / (sizes**2).sum())


@lru_cache(1000)
def student_t(units: float, confidence: float = 0.95) -> float:
    """Student's t of a two-sided interval from so many groups: one degree of freedom less, at least one."""
    from scipy.special import stdtrit  # here, since the audit needs this module and no scipy

    return float(stdtrit(max(units - 1, 1.0), (1 + confidence) / 2))


def clustered_wilson(
    above: np.ndarray, below: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """Wilson's interval of a share whose images come in groups, at the effective number of images.

    That is the number of independent images that would scatter as much as these groups do, less what
    Student's t takes for having it estimated from few groups (Korn and Graubard, Survey Methodology
    24, 1998, p. 193, with Wilson's interval: Franco et al., Journal of Survey Statistics and
    Methodology 7, 2019, p. 334). It never exceeds the number of images, nor that of groups where
    these do not differ, or fewer than `FEW` of them hold a right or a wrong answer: how far groups
    differ is then not known.

    Args:
        above: (groups,) what each group adds to the share; `below`, what it is a share of.
    """
    above, below = (side[below > 0] for side in (above, below))
    share, images, groups = above.sum() / below.sum(), below.sum(), len(below)
    variance = jackknife_variance(above, below)
    telling = min(np.count_nonzero(above), np.count_nonzero(above < below))
    effective = images
    if variance > 0:
        t = student_t(effective_number(below), confidence)
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        effective = min(images, share * (1 - share) / variance * (z / t) ** 2)
    if variance == 0 or telling < FEW:
        effective = min(effective, groups)
    return wilson(share * effective, effective, confidence)


def student_interval(
    above: np.ndarray, below: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """Student's t interval of a mean over images that come in groups, from the sums of the groups.

    As for the ratio of a cluster sample (Cochran, Sampling Techniques, 3rd ed. 1977, ch. 9 A), by the
    jackknife.

    Args:
        above: (groups,) sums; `below`, their images.
    """
    mean = above.sum() / below.sum()
    half = student_t(effective_number(below), confidence) * jackknife_variance(above, below) ** 0.5
    return float(mean - half), float(mean + half)


def bootstrap_sums(
    tables: Sequence[tuple[np.ndarray, np.ndarray]], replicates: int, seed: int
) -> list[np.ndarray]:
    """Of each table (replicates, columns): sums of its values over resampled groups.

    Whole groups are drawn with replacement (cluster bootstrap; Efron and Tibshirani, 1993), since
    images of one group are not independent. Give each image its own group to resample images. Tables
    of as many groups share one draw.

    Args:
        tables: Values, (images, columns), and (images,) what each image belongs to.
    """
    sums = [group_sums(values, groups) for values, groups in tables]
    return _resample(sums, np.hstack, replicates, seed)


def bootstrap_tallies(
    samples: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    n_classes: int,
    replicates: int,
    seed: int,
) -> list[Tallies]:
    """Of each sample (replicates, classes) each: of resampled groups.

    Args:
        samples: True and predicted labels and groups, (images,) each; drawn as in `bootstrap_sums`.
    """
    from scipy.sparse import hstack

    sums = [_group_tallies(*sample, n_classes) for sample in samples]
    return [*map(_split, _resample(sums, hstack, replicates, seed))]


def _resample(
    sums: Sequence[Any], beside: Callable[[Sequence[Any]], Any], replicates: int, seed: int
) -> list[np.ndarray]:
    """Of each table (replicates, columns): sums over groups that are drawn with replacement.

    Args:
        sums: (groups, columns) each, dense or sparse.
        beside: Puts tables of as many groups beside one another.
    """
    drawn = [np.empty((replicates, of_table.shape[1])) for of_table in sums]
    for n_groups in sorted({of_table.shape[0] for of_table in sums}):
        alike = [table for table, of_table in enumerate(sums) if of_table.shape[0] == n_groups]
        columns = beside([sums[table] for table in alike])
        ends = np.cumsum([sums[table].shape[1] for table in alike])[:-1]
        done = 0
        for times in _draws(n_groups, replicates, seed):
            rows = slice(done, done + len(times))
            for table, part in zip(alike, np.split(times @ columns, ends, axis=1), strict=True):
                drawn[table][rows] = part
            done = rows.stop
    return drawn


def bootstrap_weights(groups: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """(replicates, images) int: how often each image is drawn where groups are, as `bootstrap_sums`."""
    _, code = np.unique(groups, return_inverse=True)
    drawn = [times[:, code] for times in _draws(code.max() + 1, replicates, seed)]
    return np.concatenate(drawn).astype(int)


def percentile_interval(
    values: np.ndarray, confidence: float = 0.95, units: float | None = None
) -> tuple[float, float]:
    """The central `confidence` share of `values`, replicates of a score (percentile bootstrap).

    Of few units a bootstrap is too narrow: its variance is too small by one part in their number, and
    it has no Student's t. Both are made up for by reaching further into the tails (the expanded
    percentile interval of Hesterberg, The American Statistician 69, 2015, p. 371), at most to the
    least and the greatest replicate.

    Args:
        units: How many groups, or images, were resampled; None for so many that it is no matter.
    """
    (bounds,) = percentile_intervals(values, [confidence], units)
    return bounds


def percentile_intervals(
    values: np.ndarray, confidences: Sequence[float], units: float | None = None
) -> list[tuple[float, float]]:
    """`percentile_interval` at each of these levels."""
    tails = [_tail(confidence, units) for confidence in confidences]
    ends = np.quantile(values, [end for tail in tails for end in (tail, 1 - tail)])
    return [(float(low), float(high)) for low, high in ends.reshape(-1, 2)]


@lru_cache(1000)
def _tail(confidence: float, units: float | None) -> float:
    """The share of replicates beyond either bound of `percentile_interval`."""
    if units is None:
        return (1 - confidence) / 2
    units = max(units, 2.0)
    return NormalDist().cdf(-np.sqrt(units / (units - 1)) * student_t(units, confidence))


def _draws(n_groups: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """(some replicates, groups) float: how often each group is drawn, for all replicates in turn.

    Floats, since products of whole matrices of them are fast; `AT_ONCE` draws at a time, since those
    of all replicates would grow with the data set. Few draws are kept for the next that asks for them.
    """
    few = n_groups * replicates <= AT_ONCE
    yield from _few_draws(n_groups, replicates, seed) if few else _drawn(n_groups, replicates, seed)


@lru_cache(8)
def _few_draws(n_groups: int, replicates: int, seed: int) -> list[np.ndarray]:
    return list(_drawn(n_groups, replicates, seed))


def _drawn(n_groups: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    rng, some = np.random.default_rng(seed), max(1, AT_ONCE // n_groups)
    for start in range(0, replicates, some):
        number = min(some, replicates - start)
        drawn = rng.integers(n_groups, size=(number, n_groups))
        drawn += n_groups * np.arange(number)[:, None]
        times = np.bincount(drawn.ravel(), minlength=number * n_groups)
        yield times.reshape(number, n_groups).astype(float)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    below = np.asarray(below)
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)
