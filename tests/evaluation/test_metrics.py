"""Every formula against numbers counted by hand, then against scikit-learn and statsmodels."""

from operator import attrgetter

import numpy as np
import pytest
from scipy.stats import norm, sem, t
from sklearn.metrics import classification_report, log_loss, precision_recall_fscore_support
from sklearn.metrics import confusion_matrix as sklearn_matrix
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from lib.evaluation import metrics

# Ten images of three classes; rows true, columns predicted.
#   class 0: 4 images, 3 found; called 0: 3 + 1 + 0 = 4
#   class 1: 3 images, 2 found; called 1: 1 + 2 + 0 = 3
#   class 2: 3 images, 3 found; called 2: 0 + 0 + 3 = 3
COUNTED = np.array([[3, 1, 0], [1, 2, 0], [0, 0, 3]])
# Class 1 is never predicted, class 2 has no images but is predicted once.
LOPSIDED = np.array([[5, 0, 1], [2, 0, 0], [0, 0, 0]])


def _labels_of(matrix) -> tuple[np.ndarray, np.ndarray]:
    y_true, y_pred = np.nonzero(matrix)
    times = matrix[y_true, y_pred]
    return np.repeat(y_true, times), np.repeat(y_pred, times)


def _random_labels(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """True and predicted labels, half of them right; the last class is often missing."""
    rng = np.random.default_rng(seed)
    n_classes, n = int(rng.integers(2, 7)), int(rng.integers(1, 60))
    y_true = rng.integers(n_classes - seed % 2, size=n)
    y_pred = np.where(rng.random(n) < 0.5, y_true, rng.integers(n_classes, size=n))
    return y_true, y_pred, n_classes


def test_confusion_matrix_has_true_rows_and_predicted_columns():
    # 0 → 0, 0 → 1, 0 → 1, 1 → 0, 2 → 2
    found = metrics.confusion_matrix(np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 0, 2]), 3)
    assert found.tolist() == [[1, 2, 0], [1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (metrics.accuracy, 8 / 10),
        (metrics.precision, [3 / 4, 2 / 3, 1]),
        (metrics.recall, [3 / 4, 2 / 3, 1]),
        (metrics.f1, [6 / 8, 4 / 6, 1]),
        (attrgetter("support"), [4, 3, 3]),
        (attrgetter("called"), [4, 3, 3]),
    ],
)
def test_scores_equal_those_counted_by_hand(formula, expected):
    assert formula(metrics.tallies(COUNTED)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (metrics.accuracy, 5 / 8),
        (metrics.precision, [5 / 7, 0, 0]),  # class 1: 0 of 0; class 2: 0 of 1
        (metrics.recall, [5 / 6, 0, 0]),  # class 1: 0 of 2; class 2: 0 of 0
        (metrics.f1, [10 / 13, 0, 0]),  # class 0: 2 · 5 / (7 called + 6 there)
        (attrgetter("support"), [6, 2, 0]),
        (attrgetter("called"), [7, 0, 1]),
    ],
)
def test_class_never_predicted_and_class_without_images_score_zero(formula, expected):
    assert formula(metrics.tallies(LOPSIDED)) == pytest.approx(expected)


def test_precision_is_of_columns_and_recall_of_rows():
    counts = metrics.tallies(np.array([[2, 2], [0, 6]]))
    assert metrics.precision(counts) == pytest.approx([2 / 2, 6 / 8])
    assert metrics.recall(counts) == pytest.approx([2 / 4, 6 / 6])
    assert metrics.f1(counts) == pytest.approx([4 / 6, 12 / 14])


def test_macro_is_the_plain_and_weighted_the_supported_mean():
    recall, support = np.array([0.5, 1.0]), np.array([4, 6])
    assert metrics.macro(recall) == pytest.approx(0.75)
    assert metrics.weighted(recall, support) == pytest.approx((0.5 * 4 + 1.0 * 6) / 10)
    assert metrics.weighted(recall, np.zeros(2, int)) == 0


@pytest.mark.parametrize("n", [1, 7])
def test_perfect_predictions_score_exactly_one(n):
    counts = metrics.tallies(n * np.eye(3, dtype=int))
    for formula in (metrics.accuracy, metrics.precision, metrics.recall, metrics.f1):
        assert np.all(formula(counts) == 1)


@pytest.mark.parametrize(("called", "expected"), [(0, 1.0), (1, 0.0)])
def test_one_image_is_right_or_wrong(called, expected):
    matrix = metrics.confusion_matrix(np.array([0]), np.array([called]), 2)
    assert matrix.sum() == 1
    assert metrics.accuracy(metrics.tallies(matrix)) == expected
    assert metrics.recall(metrics.tallies(matrix)).tolist() == [expected, 0]


def test_no_images_give_zeros_and_no_warning():
    nothing = np.array([], dtype=int)
    matrix = metrics.confusion_matrix(nothing, nothing, 2)
    assert matrix.tolist() == [[0, 0], [0, 0]]
    with np.errstate(all="raise"):
        assert metrics.accuracy(metrics.tallies(matrix)) == 0
        assert metrics.f1(metrics.tallies(matrix)).tolist() == [0, 0]


def test_leading_axes_pass_through_every_formula():
    stack = np.stack([[COUNTED, LOPSIDED], [LOPSIDED, COUNTED], [COUNTED, COUNTED]])
    counts = metrics.tallies(stack)
    for formula in (metrics.accuracy, metrics.precision, metrics.recall, metrics.f1):
        one_by_one = [[formula(metrics.tallies(matrix)) for matrix in row] for row in stack]
        assert np.array_equal(formula(counts), one_by_one)
    recall = metrics.recall(counts)
    assert metrics.macro(recall).shape == metrics.weighted(recall, counts.support).shape == (3, 2)
    assert metrics.weighted(recall, counts.support)[0, 1] == pytest.approx(5 / 8)


@pytest.mark.parametrize("seed", range(40))
def test_scores_agree_with_scikit_learn(seed):
    y_true, y_pred, n_classes = _random_labels(seed)
    labels = range(n_classes)
    matrix = metrics.confusion_matrix(y_true, y_pred, n_classes)
    assert np.array_equal(matrix, sklearn_matrix(y_true, y_pred, labels=labels))

    counts = metrics.tallies(matrix)
    ours = [formula(counts) for formula in (metrics.precision, metrics.recall, metrics.f1)]
    *theirs, their_support = precision_recall_fscore_support(
        y_true, y_pred, labels=labels, zero_division=0
    )
    assert np.allclose(ours, theirs, rtol=0, atol=1e-12)
    assert np.array_equal(counts.support, their_support)

    report = classification_report(y_true, y_pred, labels=labels, zero_division=0, output_dict=True)
    for name, scores in zip(("precision", "recall", "f1-score"), ours, strict=True):
        assert metrics.macro(scores) == pytest.approx(report["macro avg"][name])
        assert metrics.weighted(scores, counts.support) == pytest.approx(
            report["weighted avg"][name]
        )
    assert metrics.accuracy(counts) == pytest.approx(np.mean(y_true == y_pred))


def test_labels_of_different_lengths_are_an_error():
    with pytest.raises(ValueError, match=r"of one length; received \(3,\) and \(2,\)"):
        metrics.confusion_matrix(np.array([0, 1, 0]), np.array([0, 1]), 2)


def test_labels_in_a_table_are_an_error():
    table = np.zeros((2, 2), dtype=int)
    with pytest.raises(ValueError, match="of one length"):
        metrics.confusion_matrix(table, table, 2)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "found"),
    [([0, 2], [0, 1], "0 … 2"), ([0, 1], [0, 2], "0 … 2"), ([-1, 1], [0, 1], "-1 … 1")],
)
def test_labels_out_of_range_are_an_error(y_true, y_pred, found):
    with pytest.raises(ValueError, match=f"in 0 … 1; received {found}"):
        metrics.confusion_matrix(np.array(y_true), np.array(y_pred), 2)


def test_wilson_equals_a_worked_example():
    # 8 of 10, z = 1.96, z² = 3.8416: centre (0.8 + 3.8416 / 20) / (1 + 3.8416 / 10) = 0.71674,
    # half-width 1.96 · sqrt(0.8 · 0.2 / 10 + 3.8416 / 400) / (1 + 3.8416 / 10) = 0.22658.
    assert metrics.wilson(8, 10) == pytest.approx((0.49016, 0.94332), abs=2e-5)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 2, 10, 620])
def test_wilson_agrees_with_statsmodels(n, confidence):
    for successes in sorted({0, 1, n // 3, n - 1, n}):
        expected = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
        assert metrics.wilson(successes, n, confidence) == pytest.approx(expected, abs=1e-12)


def test_wilson_takes_shares_that_are_not_whole():
    below, between, above = (metrics.wilson(successes, 10) for successes in (7, 7.5, 8))
    assert below[0] < between[0] < above[0]
    assert below[1] < between[1] < above[1]


@pytest.mark.parametrize("n", [1, 3, 71, 620, 700])
def test_wilson_stays_within_zero_and_one(n):
    low, high = metrics.wilson(n, n)
    assert 0 < low < high <= 1
    assert high == pytest.approx(1, abs=1e-12)
    low, high = metrics.wilson(0, n)
    assert 0 <= low < high < 1
    assert low == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 0), (1, 0), (0, -1), (-1, 5), (6, 5), (float("nan"), 5)]
)
def test_wilson_of_impossible_counts_is_an_error(successes, n):
    with pytest.raises(ValueError, match=f"received {successes} of {n}"):
        metrics.wilson(successes, n)


def _bootstrap(matrix, groups=None, replicates=2000, seed=0):
    y_true, y_pred = _labels_of(matrix)
    groups = np.arange(len(y_true)) if groups is None else np.asarray(groups)
    sample = y_true, y_pred, groups
    (drawn,) = metrics.bootstrap_tallies([sample], len(matrix), replicates, seed)
    return drawn


def test_groups_of_one_image_resample_images():
    drawn = _bootstrap(10 * COUNTED, replicates=4000)  # 100 images, 80 of them right
    expected = metrics.tallies(10 * COUNTED)
    assert np.all(drawn.support.sum(1) == 100)
    assert np.all(drawn.called.sum(1) == 100)
    for counts, of_all in zip(drawn, expected, strict=True):
        # Each is binomial: its mean is its count, its variance n · p · (1 - p).
        assert counts.shape == (4000, 3)
        assert counts.mean(0) == pytest.approx(of_all, abs=0.4)
        assert counts.var(0) == pytest.approx(of_all * (1 - of_all / 100), abs=2)
    accuracy = metrics.accuracy(drawn)
    assert accuracy.mean() == pytest.approx(0.8, abs=0.003)
    assert accuracy.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 100), abs=0.002)


def test_images_of_a_group_are_drawn_together():
    # Group "a" holds three images, all right; group "b" two, both wrong. Two draws of two groups
    # give aa, ab or bb, and nothing between.
    y_true, y_pred = np.array([0, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 0])
    groups = np.array(["a", "a", "a", "b", "b"])
    (drawn,) = metrics.bootstrap_tallies([(y_true, y_pred, groups)], 2, 1000, seed=0)
    found, times = np.unique(np.hstack(drawn), axis=0, return_counts=True)
    # Hits, support and called of the classes 0 and 1.
    assert found.tolist() == [[0, 0, 2, 2, 2, 2], [2, 1, 3, 2, 3, 2], [4, 2, 4, 2, 4, 2]]
    # A quarter, a half and a quarter of the draws.
    assert times == pytest.approx([250, 500, 250], abs=60)


def test_grouped_images_spread_wider_than_single_ones():
    matrix = np.array([[30, 10], [10, 30]])
    y_true, y_pred = _labels_of(matrix)
    tens = np.arange(len(y_true)) // 10  # ten images a group, all right or all wrong
    assert len({(g, t == p) for g, t, p in zip(tens, y_true, y_pred, strict=True)}) == 8
    single, grouped = _bootstrap(matrix), _bootstrap(matrix, tens)
    ratio = metrics.accuracy(grouped).std() / metrics.accuracy(single).std()
    assert ratio == pytest.approx(np.sqrt(10), rel=0.1)


def test_one_group_has_no_spread():
    drawn = _bootstrap(COUNTED, groups=["all"] * 10, replicates=20)
    for counts, of_all in zip(drawn, metrics.tallies(COUNTED), strict=True):
        assert np.array_equal(counts, np.broadcast_to(of_all, counts.shape))


def test_bootstrap_is_determined_by_its_seed():
    first, again, other = (
        np.hstack(_bootstrap(COUNTED, replicates=50, seed=seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("at_once", [1, 30, 10_000])
def test_however_many_are_drawn_at_once_each_replicate_is_the_next_of_the_generator(
    monkeypatch, at_once
):
    """Kept runs were drawn one replicate at a time: theirs must be found again, to the last bit."""
    monkeypatch.setattr(metrics, "AT_ONCE", at_once)
    y_true, y_pred, n_classes = _random_labels(1)
    groups = np.arange(len(y_true)) // 3
    rng, by_group = np.random.default_rng(7), np.eye(n_classes**2)[y_true * n_classes + y_pred]
    sums = np.stack([by_group[groups == group].sum(0) for group in range(groups.max() + 1)])
    expected = [sums[rng.integers(len(sums), size=len(sums))].sum(0) for _ in range(50)]
    (drawn,) = metrics.bootstrap_tallies([(y_true, y_pred, groups)], n_classes, 50, seed=7)
    matrices = np.reshape(expected, (50, n_classes, n_classes))
    assert np.array_equal(np.hstack(drawn), np.hstack(metrics.tallies(matrices)))
    weights = metrics.bootstrap_weights(groups, 50, seed=7)
    assert np.array_equal(weights @ by_group, expected)


def test_bootstrap_keeps_a_class_without_images():
    drawn = _bootstrap(LOPSIDED, replicates=30)
    assert drawn.support.shape == (30, 3)
    assert np.all(drawn.support[:, 2] == 0)


# The loss


def test_cross_entropy_is_minus_the_natural_logarithm():
    found = metrics.cross_entropy(np.array([1 / np.e, 0.5, 0.25]))
    assert found == pytest.approx([1, np.log(2), 2 * np.log(2)])


def test_cross_entropy_of_0_and_1_stops_where_kerass_does():
    found = metrics.cross_entropy(np.array([0, 1e-8, 1e-7, 1 - 1e-7, 1]))
    assert found == pytest.approx([16.118096] * 3 + [1e-7] * 2, rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_mean_cross_entropy_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([0.5] * 4, size=60).clip(1e-6)
    shares /= shares.sum(1, keepdims=True)
    labels = rng.integers(4, size=60)
    found = metrics.cross_entropy(shares[np.arange(60), labels]).mean()
    assert found == pytest.approx(log_loss(labels, shares, labels=range(4)))


def test_percentile_interval_cuts_the_tails():
    values = np.arange(101.0)
    assert metrics.percentile_interval(values) == pytest.approx((2.5, 97.5))
    assert metrics.percentile_interval(values, 0.8) == pytest.approx((10, 90))
    assert metrics.percentile_interval(np.full(5, 0.7)) == (0.7, 0.7)


def test_of_few_units_the_percentile_interval_reaches_further_into_the_tails():
    """Of 9, √(9 / 8) times Student's t with 8 degrees of freedom, 2.306, is 2.446 standard deviations."""
    values = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert metrics.percentile_interval(values, units=9) == pytest.approx((-2.446, 2.446), abs=1e-3)
    assert metrics.percentile_interval(values, units=1) == (values[0], values[-1])
    many = metrics.percentile_interval(values, units=1e6)
    assert many == pytest.approx(metrics.percentile_interval(values), abs=1e-3)


@pytest.mark.parametrize("groups", [8, 15, 40])
def test_the_expanded_percentile_interval_holds_a_mean_over_groups(groups):
    rng, held, plain = np.random.default_rng(groups), 0, 0
    for sample in range(300):
        values = np.repeat(rng.normal(size=groups), 3)
        columns = np.column_stack([values, np.ones(len(values))])
        table = columns, np.repeat(np.arange(groups), 3)
        (sums,) = metrics.bootstrap_sums([table], 500, seed=sample)
        means = sums[:, 0] / sums[:, 1]
        low, high = metrics.percentile_interval(means, units=groups)
        held += low <= 0 <= high
        low, high = metrics.percentile_interval(means)
        plain += low <= 0 <= high
    assert plain <= held
    assert held / 300 > 0.92


# Images in groups


def test_the_jackknife_of_a_mean_is_its_variance():
    values = np.array([1.0, 4.0, 2.0, 7.0])
    found = metrics.jackknife_variance(values, np.ones(4))
    assert found == pytest.approx(values.var(ddof=1) / 4)
    assert metrics.jackknife_variance(values[:1], np.ones(1)) == 0


def test_the_jackknife_of_a_ratio_is_about_that_of_a_regression_with_clustered_errors():
    rng = np.random.default_rng(0)
    sizes = rng.integers(5, 15, 60)
    groups = np.repeat(np.arange(60), sizes)
    values = rng.normal(size=60)[groups] + rng.normal(size=len(groups))
    fit = OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    above, below = metrics.group_sums(np.column_stack([values, np.ones(len(values))]), groups).T
    assert metrics.jackknife_variance(above, below) == pytest.approx(fit.bse[0] ** 2, rel=0.05)


def test_groups_of_unequal_size_tell_less():
    assert metrics.effective_number(np.full(7, 3)) == pytest.approx(7)
    assert metrics.effective_number(np.array([10, 1, 1])) == pytest.approx(144 / 102)


def test_a_mean_of_groups_of_equal_size_has_students_interval():
    means = np.array([0.2, 0.5, 0.4, 0.9])
    expected = t(3, means.mean(), sem(means)).interval(0.95)
    found = metrics.student_interval(means * 5, np.full(4, 5.0))
    assert found == pytest.approx(expected)


def test_tallies_of_groups_add_up_to_the_whole():
    y_true, y_pred = _labels_of(COUNTED)
    groups = np.array(list("aabbbcccde"))
    found = metrics.group_tallies(y_true, y_pred, groups, 3)
    first = metrics.tallies(metrics.confusion_matrix(y_true[:2], y_pred[:2], 3))
    for counts, of_all, of_first in zip(found, metrics.tallies(COUNTED), first, strict=True):
        assert np.array_equal(counts.sum(0), of_all)
        assert np.array_equal(counts[0], of_first)


# Draws as weights and as sums


def test_weights_of_resampled_groups_are_those_of_their_images():
    # Group a: images 0, 1 and 3; group b: image 2. Draws of two groups give aa, ab or bb.
    drawn = metrics.bootstrap_weights(np.array(["a", "a", "b", "a"]), 1000, seed=0)
    found, times = np.unique(drawn, axis=0, return_counts=True)
    assert found.tolist() == [[0, 0, 2, 0], [1, 1, 1, 1], [2, 2, 0, 2]]
    assert times == pytest.approx([250, 500, 250], abs=60)


def test_sums_weights_and_tallies_are_of_the_same_draws():
    y_true, y_pred = _labels_of(COUNTED)
    groups, hits = np.array(list("aabbbcccde")), (y_true == y_pred).astype(float)
    columns = np.column_stack([hits, np.ones(10), np.arange(10)])
    (sums,) = metrics.bootstrap_sums([(columns, groups)], 100, seed=3)
    weights = metrics.bootstrap_weights(groups, 100, seed=3)
    assert sums == pytest.approx(weights @ columns)
    (drawn,) = metrics.bootstrap_tallies([(y_true, y_pred, groups)], 3, 100, seed=3)
    assert sums[:, :2] == pytest.approx(np.stack([drawn.hits.sum(1), drawn.support.sum(1)], 1))


def test_tables_drawn_together_are_drawn_as_each_alone():
    """Of as many groups or of others, in any order: what stands beside a table changes nothing in it."""
    tables = [
        (np.arange(12.0).reshape(6, 2), np.arange(6)),
        (np.ones((4, 1)), np.arange(4)),
        (np.arange(18.0).reshape(6, 3) ** 2, np.array([0, 1, 2, 3, 4, 4])),
        (np.eye(6), np.arange(6)),
    ]
    together = metrics.bootstrap_sums(tables, 20, seed=1)
    for table, sums in zip(tables, together, strict=True):
        np.testing.assert_array_equal(metrics.bootstrap_sums([table], 20, seed=1)[0], sums)


# Differences


def test_square_and_add_by_hand():
    # 0.7 - 0.5; below: 0.3 of the first and 0.4 of the second; above: 0.05 and 0.12.
    found = metrics.square_and_add((0.7, 0.4, 0.75), (0.5, 0.38, 0.9))
    assert found == pytest.approx((0.2 - 0.5, 0.2 + 0.13))


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize(
    ("b", "n", "c", "m"),
    [
        (9, 10, 3, 10),
        (0, 10, 0, 20),
        (10, 10, 0, 10),
        (56, 70, 48, 80),
        (125, 160, 99, 160),
        (551, 642, 562, 642),
    ],
)
def test_newcombes_interval_agrees_with_statsmodels(b, n, c, m, confidence):
    expected = confint_proportions_2indep(b, n, c, m, method="newcomb", alpha=1 - confidence)
    found = metrics.newcombe((b / n, c / m), (n, m), confidence)
    assert found == pytest.approx(expected, abs=1e-12)
    sides = [(k / size, *metrics.wilson(k, size, confidence)) for k, size in ((b, n), (c, m))]
    assert found == metrics.square_and_add(*sides)


def test_newcombes_interval_of_no_hits_is_the_rule_of_three_on_both_sides():
    bound = 3.8415 / (50 + 3.8415)
    assert metrics.newcombe((0, 0), (50, 50)) == pytest.approx((-bound, bound), abs=1e-5)


@pytest.mark.parametrize(("shares", "images"), [((0.5,), (10, 10)), ((1.5, 0.5), (10, 10))])
def test_newcombes_interval_needs_two_proportions(shares, images):
    with pytest.raises(ValueError, match=r"zip\(\)|`successes`"):
        metrics.newcombe(shares, images)


@pytest.mark.parametrize(
    ("shares", "images"),
    [((0.9, 0.8), (100, 120)), ((0.3, 0.5), (40, 44)), ((1, 0.9), (20, 30)), ((0.6, 0.59), (9, 9))],
)
def test_the_p_of_two_shares_is_where_their_interval_reaches_0(shares, images):
    p = metrics.newcombe_p(shares, images)
    low, high = metrics.newcombe(shares, images, 1 - p)
    assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-9)
    assert metrics.newcombe_p(shares[::-1], images[::-1]) == pytest.approx(p)
    hits = [share * n for share, n in zip(shares, images, strict=True)]
    _, reference = proportions_ztest(hits, images)  # another test of the same
    assert p == pytest.approx(reference, abs=0.03)


def test_equal_shares_have_p_1_and_the_surest_difference_has_a_number():
    assert metrics.newcombe_p((0.5, 0.5), (10, 1000)) == 1
    assert 0 < metrics.newcombe_p((1, 0), (10_000, 10_000)) < 1e-11


@pytest.mark.parametrize(
    ("b", "c", "p"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (5, 0, 2 / 32),
        (0, 6, 2 / 64),
        (6, 1, 2 * (1 + 7) / 128),
        (2, 2, 1),  # twice 11/16
        (3, 1, 2 * (1 + 4) / 16),
    ],
)
def test_mcnemar_equals_tosses_of_a_coin_counted_by_hand(b, c, p):
    assert metrics.mcnemar(b, c) == pytest.approx(p)
    assert metrics.mcnemar(c, b) == pytest.approx(p)


@pytest.mark.parametrize("c", [0, 1, 7, 40, 300])
@pytest.mark.parametrize("b", [1, 2, 30, 41])
def test_mcnemar_agrees_with_statsmodels(b, c):
    expected = mcnemar([[50, b], [c, 9]], exact=True).pvalue
    assert metrics.mcnemar(b, c) == pytest.approx(expected)


def test_mcnemar_of_thousands_of_images_neither_overflows_nor_vanishes():
    assert metrics.mcnemar(3000, 3000) == 1
    assert 0 < metrics.mcnemar(2000, 1000) < 1e-70
    assert metrics.mcnemar(np.int64(40), np.int64(300)) == metrics.mcnemar(40, 300)


def test_mcnemar_of_negative_counts_is_an_error():
    with pytest.raises(ValueError, match="should be counts; received -1 and 3"):
        metrics.mcnemar(-1, 3)


def test_fewer_than_few_discordant_images_never_reach_five_per_cent():
    assert metrics.mcnemar(metrics.FEW - 1, 0) > 0.05 > metrics.mcnemar(metrics.FEW, 0)


@pytest.mark.parametrize(
    ("given", "adjusted"),
    [
        ([0.02], [0.02]),
        ([0.01, 0.02], [0.02, 0.02]),
        ([0.03, 0.01, 0.02], [0.04, 0.03, 0.04]),  # 3 × 0.01, 2 × 0.02, and no less than that
        ([0.5, 0.9], [1, 1]),
        ([], []),
    ],
)
def test_holm_by_hand(given, adjusted):
    assert metrics.holm(np.array(given)) == pytest.approx(np.array(adjusted))


@pytest.mark.parametrize("seed", range(5))
def test_holm_agrees_with_statsmodels(seed):
    p_values = np.random.default_rng(seed).beta(0.3, 2, size=9).round(2)  # with ties
    assert metrics.holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_holm_of_no_p_value_is_an_error(wrong):
    with pytest.raises(ValueError, match="should be in 0 … 1; received"):
        metrics.holm(np.array([0.5, wrong]))
