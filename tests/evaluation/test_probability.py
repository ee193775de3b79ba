"""Formulas on probabilities: against numbers counted by hand, then against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve

from lib.evaluation import probability

# Six images by falling score; the third and the fourth share one.
#   score     0.9  0.8  0.6  0.6  0.3  0.1
#   positive    1    0    1    0    1    0
POSITIVE = np.array([1, 0, 1, 0, 1, 0], dtype=bool)
SCORE = np.array([0.9, 0.8, 0.6, 0.6, 0.3, 0.1])


def _drawn(seed: int, images: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positives, scores with many ties, and weights, some of them 0."""
    rng = np.random.default_rng(seed)
    positive = np.r_[True, False, rng.random(images - 2) < 0.3]
    score = (rng.random(images) + 0.3 * positive).round(1)
    weights = rng.integers(0, 4, images)
    weights[:2] = 1
    return positive, score, weights


# ROC


def test_roc_curve_by_hand():
    fpr, tpr = probability.roc_curve(POSITIVE, SCORE)
    assert fpr == pytest.approx([0, 0, 1 / 3, 2 / 3, 2 / 3, 1])
    assert tpr == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 1, 1])


def test_auc_counts_pairs_and_halves_of_ties():
    # 0.9 is above three others, 0.6 above one and level with one, 0.3 above one.
    assert probability.auc(POSITIVE, SCORE) == pytest.approx((3 + 1.5 + 1) / 9)


def test_auc_counts_an_image_as_often_as_it_weighs():
    # The negative at 0.8 counts twice: of 3 × 4 pairs 0.9 wins four, 0.6 1.5 and 0.3 one.
    assert probability.auc(POSITIVE, SCORE, np.array([1, 2, 1, 1, 1, 1])) == pytest.approx(6.5 / 12)


def test_auc_of_the_best_the_worst_and_no_order():
    assert probability.auc(POSITIVE, POSITIVE.astype(float)) == 1
    assert probability.auc(POSITIVE, -POSITIVE.astype(float)) == 0
    assert probability.auc(POSITIVE, np.full(6, 0.2)) == 0.5


def test_replicates_pass_through():
    weights = np.array([[1, 1, 1, 1, 1, 1], [1, 2, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1]])
    with np.errstate(all="raise"):
        areas = probability.auc(POSITIVE, SCORE, weights)
        means = probability.average_precision(POSITIVE, SCORE, weights)
    assert areas[:2] == pytest.approx([5.5 / 9, 6.5 / 12])
    assert means[0] == probability.average_precision(POSITIVE, SCORE)
    assert means[1] == probability.average_precision(POSITIVE, SCORE, weights[1])
    # The third has lost all positives: neither is defined.
    assert np.isnan([areas[2], means[2]]).all()


def test_an_area_without_others_is_not_defined():
    assert np.isnan(probability.auc(np.ones(3, bool), np.arange(3.0)))
    assert np.isnan(probability.auc(np.zeros(3, bool), np.arange(3.0)))
    assert np.isnan(probability.average_precision(np.zeros(3, bool), np.arange(3.0)))


@pytest.mark.parametrize("positive", [np.ones(3, bool), np.zeros(3, bool)])
def test_a_roc_curve_of_one_kind_is_an_error(positive):
    with pytest.raises(
        ValueError, match=f"hold both kinds; received {positive.sum()} positive of 3"
    ):
        probability.roc_curve(positive, np.arange(3.0))


@pytest.mark.parametrize("seed", range(8))
def test_ranking_agrees_with_scikit_learn(seed):
    positive, score, weights = _drawn(seed)
    ours = probability.roc_curve(positive, score)
    fpr, tpr, _ = sklearn_metrics.roc_curve(positive, score, drop_intermediate=False)
    assert np.allclose(ours, [fpr, tpr])
    precision, recall, _ = sklearn_metrics.precision_recall_curve(positive, score)
    ours = probability.precision_recall_curve(positive, score)
    assert np.allclose(ours, [recall[::-1], precision[::-1]])
    for formula, theirs in (
        (probability.auc, sklearn_metrics.roc_auc_score),
        (probability.average_precision, sklearn_metrics.average_precision_score),
    ):
        assert formula(positive, score) == pytest.approx(theirs(positive, score))
        expected = theirs(positive, score, sample_weight=weights)
        assert formula(positive, score, weights) == pytest.approx(expected)
        repeated = formula(np.repeat(positive, weights), np.repeat(score, weights))
        assert formula(positive, score, weights) == pytest.approx(repeated)


# Precision and recall


def test_precision_recall_curve_by_hand():
    recall, precision = probability.precision_recall_curve(POSITIVE, SCORE)
    assert recall == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 1, 1])
    assert precision == pytest.approx([1, 1, 1 / 2, 2 / 4, 3 / 5, 3 / 6])


def test_average_precision_by_hand():
    # A third of the recall each at precision 1, 2/4 and 3/5.
    assert probability.average_precision(POSITIVE, SCORE) == pytest.approx((1 + 0.5 + 0.6) / 3)
    # Scores that are all equal make one threshold: the share of positives.
    assert probability.average_precision(POSITIVE, np.zeros(6)) == 0.5


def test_a_precision_recall_curve_without_positives_is_an_error():
    with pytest.raises(ValueError, match="should hold some; received none of 3"):
        probability.precision_recall_curve(np.zeros(3, bool), np.arange(3.0))


# Calibration

# Two bins: 0.5 is the edge and belongs to the lower one.
SURE = np.array([0.3, 0.5, 0.6, 0.8, 1.0])
RIGHT = np.array([1, 0, 1, 1, 0], dtype=bool)


def test_calibration_by_hand():
    counts, confidence, accuracy = probability.calibration(SURE, RIGHT, bins=2)
    assert counts.tolist() == [2, 3]
    assert confidence == pytest.approx([0.4, 0.8])
    assert accuracy == pytest.approx([1 / 2, 2 / 3])


def test_an_empty_bin_has_neither_confidence_nor_accuracy():
    with np.errstate(all="raise"):
        counts, confidence, accuracy = probability.calibration(SURE, RIGHT, bins=10)
    assert counts.tolist() == [0, 0, 1, 0, 1, 1, 0, 1, 0, 1]
    assert np.isnan(confidence[counts == 0]).all()
    assert accuracy[counts > 0].tolist() == [1, 0, 1, 1, 0]


def test_probabilities_of_0_and_1_lie_in_the_outer_bins():
    counts, *_ = probability.calibration(np.array([0, 1, 1]), np.ones(3, bool))
    assert (len(counts), counts[0], counts[-1]) == (15, 1, 2)


def test_expected_calibration_error_by_hand():
    # |0.4 - 0.5| of two images and |0.8 - 2/3| of three.
    found = probability.expected_calibration_error(SURE, RIGHT, bins=2)
    assert found == pytest.approx((2 * 0.1 + 3 * (0.8 - 2 / 3)) / 5)
    # The last image counts three times: |0.4 - 0.5| of two, |0.88 - 0.4| of five.
    weights = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 3], [0, 0, 1, 1, 0]])
    found = probability.expected_calibration_error(SURE, RIGHT, weights, bins=2)
    assert found[1] == pytest.approx((2 * 0.1 + 5 * 0.48) / 7)
    assert found[2] == pytest.approx(0.3)  # both right, at 0.7 on average


def test_too_sure_and_too_unsure_do_not_cancel_between_bins():
    sure, right = np.array([0.4, 0.4, 0.9, 0.9]), np.array([1, 0, 1, 0], dtype=bool)
    found = probability.expected_calibration_error(sure, right)
    assert found == pytest.approx((2 * 0.1 + 2 * 0.4) / 4)


@pytest.mark.parametrize("bins", [5, 15])
@pytest.mark.parametrize("seed", range(4))
def test_calibration_agrees_with_scikit_learn(seed, bins):
    rng = np.random.default_rng(seed)
    sure = rng.random(80).round(2)  # on edges, too
    right = rng.random(80) < sure**2
    counts, confidence, accuracy = probability.calibration(sure, right, bins)
    theirs = calibration_curve(right, sure, n_bins=bins)
    filled = counts > 0
    assert np.allclose([accuracy[filled], confidence[filled]], theirs)
    error = (counts[filled] * np.abs(theirs[0] - theirs[1])).sum() / 80
    assert probability.expected_calibration_error(sure, right, bins=bins) == pytest.approx(error)
