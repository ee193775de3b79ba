"""Scores of two classes in one line."""

import numpy as np
import pytest
from made_up_paper import claim
from sklearn import metrics

from lib.audit.checks.two_classes import check_two_classes
from lib.audit.claimed import table_paper

# Of mlscorecheck's README: no table of 100 positive and 200 negative images gives them.
README = {"accuracy": "0.9567", "sensitivity": "0.8545", "specificity": "0.9734"}


def _check(scores: dict[str, str], **known):
    claims = [claim(metric, printed) for metric, printed in scores.items()]
    return list(check_two_classes(table_paper(claims, **known)))


def test_the_first_example_of_mlscorecheck_is_impossible():
    (found,) = _check(README, n=300, positives=100)
    assert found.outcome == "impossible"
    (found,) = _check(README, n=300, classes=("ill", "well"))  # any number of ill ones
    assert found.outcome == "impossible"


def test_of_an_unknown_number_of_classes_it_stays_open():
    (found,) = _check(README, n=300)
    assert found.outcome == "undetermined"
    assert "averages over more classes may" in found.sentence
    (found,) = _check(README, n=300, classes=("a", "b", "c"))
    assert found.outcome == "not checkable"


def test_the_digit_that_mends_it_is_named():
    right = {"accuracy": "0.9567", "sensitivity": "0.9700", "specificity": "0.9500"}
    (found,) = _check(right, n=300, positives=100)
    assert (found.outcome, found.misprint) == ("consistent", "")
    (found,) = _check(right | {"accuracy": "0.9867"}, n=300, positives=100)
    assert found.outcome == "impossible"
    assert "0.9867 → 0.9567 (Table 1)" in found.misprint


def test_without_a_number_of_images_identities_are_asked():
    low = {"accuracy": "0.70", "sensitivity": "0.80", "specificity": "0.90"}
    (found,) = _check(low, classes=("a", "b"))
    assert found.outcome == "impossible"
    assert found.arithmetic == "accuracy lies between sensitivity and specificity"
    (found,) = _check(low)
    assert found.outcome == "undetermined"
    (found,) = _check(low | {"accuracy": "0.85"}, classes=("a", "b"))
    assert found.outcome == "not checkable"
    assert found.sentence.startswith("not checkable: ")
    balanced = {"sensitivity": "0.80", "specificity": "0.90", "balanced accuracy": "0.83"}
    (found,) = _check(balanced, classes=("a", "b"))
    assert found.outcome == "impossible"


@pytest.mark.parametrize(("auc", "outcome"), [("0.89", "impossible"), ("0.91", "consistent")])
def test_a_roc_curve_through_one_point_has_no_smaller_area(auc, outcome):
    # 0.95 · 0.95 = 0.9025
    scores = {"sensitivity": "0.950", "specificity": "0.950", "auc": auc}
    found = _check(scores, classes=("a", "b"))[-1]
    assert (found.topic[:4], found.outcome) == ("Area", outcome)


def test_nor_a_greater_one():
    scores = {"sensitivity": "0.500", "specificity": "0.500", "auc": "0.76"}
    assert _check(scores, classes=("a", "b"))[-1].outcome == "impossible"


@pytest.mark.parametrize("average", ["binary", "macro", "weighted", "micro"])
def test_what_scikit_learn_prints_is_never_impossible(average):
    rng = np.random.default_rng(4)
    for trial in range(12):
        n, digits = int(rng.integers(10, 150)), 2 + trial % 3
        y_true = (rng.random(n) < 0.4).astype(int)
        y_true[:2] = 0, 1
        proba = np.clip(0.4 * y_true + rng.normal(0.3, 0.25, n), 0, 1)
        y_pred = (proba > 0.5).astype(int)
        scores = {
            "accuracy": metrics.accuracy_score(y_true, y_pred),
            "sensitivity": metrics.recall_score(y_true, y_pred),
            "specificity": metrics.recall_score(y_true, y_pred, pos_label=0),
            "precision": metrics.precision_score(y_true, y_pred, average=average, zero_division=0),
            "f1": metrics.f1_score(y_true, y_pred, average=average),
            "mcc": metrics.matthews_corrcoef(y_true, y_pred),
            "kappa": metrics.cohen_kappa_score(y_true, y_pred),
            "balanced accuracy": metrics.balanced_accuracy_score(y_true, y_pred),
            "auc": metrics.roc_auc_score(y_true, proba),
        }
        printed = {score: f"{value:.{digits}f}" for score, value in scores.items()}
        for known in ({"positives": int(y_true.sum())}, {"classes": ("a", "b")}, {}):
            outcomes = [finding.outcome for finding in _check(printed, n=n, **known)]
            assert "impossible" not in outcomes
            if average == "binary":
                assert set(outcomes) == {"consistent"}
