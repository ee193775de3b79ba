"""What holds for means: by hand, then against means that were made."""

from fractions import Fraction

import numpy as np
import pytest

from lib.audit.exact.averages import f1_range, greatest_sd, harmonic_mean, is_mean_of_shares

HALF = Fraction(1, 2)


def _near(value: float, width: float = 1e-9):
    return Fraction(value - width), Fraction(value + width)


def test_a_mean_f1_lies_between_the_sum_less_one_and_the_harmonic_mean():
    assert f1_range((HALF, HALF), (Fraction(1), Fraction(1))) == (HALF, Fraction(2, 3))
    assert f1_range((Fraction(0),) * 2, (Fraction(0),) * 2) == (0, 0)
    assert harmonic_mean(Fraction(0), Fraction(0)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_no_weighted_mean_of_f1_scores_leaves_the_range(seed):
    rng = np.random.default_rng(seed)
    for _ in range(200):
        classes = int(rng.integers(1, 6))
        precision, recall = rng.beta(0.4, 0.4, (2, classes))
        weights = rng.dirichlet(np.ones(classes))
        f1 = weights @ (2 * precision * recall / (precision + recall))
        low, high = f1_range(_near(weights @ precision), _near(weights @ recall))
        assert low - 1e-8 <= f1 <= high + 1e-8


def test_a_mean_of_equal_shares_is_a_share_of_all_images():
    # 5 times 20 images: hundredths, so 0.875 is none and 0.87 is one.
    assert is_mean_of_shares((20,) * 5, _near(0.87)) is True
    assert is_mean_of_shares((20,) * 5, _near(0.875)) is False


def test_a_mean_over_two_sizes_is_counted():
    # 1 of 2 and 2 of 3: (1/2 + 2/3) / 2 = 7/12, which is no share of 5.
    assert is_mean_of_shares((2, 3), _near(7 / 12)) is True
    assert is_mean_of_shares((2, 3), _near(3 / 5)) is False
    assert is_mean_of_shares((2, 3, 4), _near(3 / 5)) is None  # three sizes: too close together


@pytest.mark.parametrize("seed", range(5))
def test_no_mean_over_folds_is_refused(seed):
    rng = np.random.default_rng(seed)
    for _ in range(30):
        size, folds = int(rng.integers(3, 60)), int(rng.integers(2, 8))
        sizes = tuple(int(size + extra) for extra in rng.integers(0, 2, folds))
        mean = np.mean([rng.integers(0, n + 1) / n for n in sizes])
        assert is_mean_of_shares(sizes, _near(mean, 5e-5)) is True


def test_numbers_at_both_ends_of_the_range_scatter_most():
    # 0 and 1: mean 0.5, sample sd √0.5.
    most = greatest_sd((HALF, HALF), 2, 0, 1)
    assert float(most) == pytest.approx(0.5**0.5, abs=1e-9)
    assert most >= Fraction(np.std([0, 1], ddof=1))
    assert greatest_sd((HALF, HALF), None, 0, 1) == most  # two scatter most
    assert float(greatest_sd((Fraction(1), Fraction(1)), 5, 0, 1)) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_no_sample_scatters_more(seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        scores = rng.beta(0.3, 0.3, int(rng.integers(2, 9)))
        most = greatest_sd(_near(scores.mean()), len(scores), 0, 1)
        assert np.std(scores, ddof=1) <= float(most) + 1e-9
