"""What holds for means of ratios, whatever they are means over: classes, folds or seeds."""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from lib.audit.rounding import Bounds, whole

ROOT_SCALE = 10**12  # square roots are taken in these units, rounded up


def weighted_mean(scores: Sequence[Bounds], weights: Sequence[int]) -> Bounds:
    """The least and the greatest mean of scores that lie within these bounds; the weights are not all 0."""
    low, high = (
        sum(bound * weight for bound, weight in zip(ends, weights, strict=True))
        / Fraction(sum(weights))
        for ends in zip(*scores, strict=True)
    )
    return low, high


def f1_range(precision: Bounds, recall: Bounds) -> Bounds:
    """The F1-scores that go with a mean precision and a mean recall over the same classes or folds.

    Each F1-score is the harmonic mean of its pair. That mean is concave, so the mean F1-score is at most
    the harmonic mean of the two means (Jensen), and at least their sum minus 1, since no harmonic mean of
    two shares is less than that. Any weights do. The F1-score of one class is the greatest of these.
    """
    low = max(Fraction(0), precision[0] + recall[0] - 1)
    return low, harmonic_mean(*(min(Fraction(1), bound[1]) for bound in (precision, recall)))


def harmonic_mean(first: Fraction, second: Fraction) -> Fraction:
    """Of two shares; 0 where both are 0."""
    return 2 * first * second / (first + second) if first + second > 0 else Fraction(0)


def greatest_sd(mean: Bounds, times: int | None, least: int, greatest: int) -> Fraction:
    """The greatest sample standard deviation of numbers within a range that have this mean.

    Half of the numbers at either end would have it (Bhatia and Davis, A better bound on the variance,
    2000). The sample's sd is that of the population times √(k / (k - 1)).

    Args:
        mean: Bounds of the mean.
        times: How many numbers, None where that is not known: then two, which may scatter most.
        least, greatest: The range.
    """
    low, high = max(mean[0], Fraction(least)), min(mean[1], Fraction(greatest))
    middle = Fraction(least + greatest, 2)
    nearest = min(max(middle, low), high)  # the greatest variance among the means that are possible
    k = max(times or 2, 2)
    variance = (greatest - nearest) * (nearest - least) * Fraction(k, k - 1)
    return Fraction(isqrt(int(variance * ROOT_SCALE**2) + 1) + 1, ROOT_SCALE)


def is_mean_of_shares(sizes: tuple[int, ...], within: Bounds) -> bool | None:
    """Whether the plain mean of shares of so many images each can lie in `within`.

    None where more than two sizes differ: sums of such shares lie too close together to tell.
    """
    different = sorted(set(sizes))
    if len(different) > 2:
        return None
    smaller, larger = different[0], different[-1]
    low, high = (bound * len(sizes) for bound in within)
    if smaller == larger:
        return bool(
            whole(max(low * smaller, Fraction(0)), min(high * smaller, Fraction(sum(sizes))))
        )
    of_larger, of_smaller = (sizes.count(size) * size for size in (larger, smaller))
    for hits in range(of_larger + 1):
        rest = Fraction(hits, larger)
        if whole(
            max((low - rest) * smaller, Fraction(0)),
            min((high - rest) * smaller, Fraction(of_smaller)),
        ):
            return True
    return False
