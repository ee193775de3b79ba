"""Precision, recall and F1-score in one line."""

import numpy as np
import pytest
from made_up_paper import claim, paper
from sklearn.metrics import precision_recall_fscore_support

from lib.audit.checks.rows import check_rows
from lib.papers.declare import Kind

NAMES = ("precision", "recall", "f1")


def _check(*printed: str, **changes):
    claims = [claim(name, number, **changes) for name, number in zip(NAMES, printed, strict=True)]
    return list(check_rows(paper(claims=claims)))


@pytest.mark.parametrize(
    ("f1", "outcome"),
    [("0.9940", "impossible"), ("0.9975", "consistent"), ("0.9980", "impossible")],
)
def test_an_f1_score_lies_below_the_harmonic_mean_and_above_the_sum_less_one(f1, outcome):
    (found,) = _check("0.9975", "0.9975", f1)
    assert found.outcome == outcome


def test_the_digit_that_mends_it_is_named():
    (found,) = _check("0.90", "0.90", "0.99")
    assert found.misprint.startswith("0.99 → 0.9") or found.misprint == ""
    (found,) = _check("0.900", "0.900", "0.990")
    assert found.outcome == "impossible"


def test_means_over_folds_are_asked_class_by_class():
    kind = Kind(mean_over="folds", times=5)
    (found,) = _check("0.80", "0.70", "0.79", of="a", kind=kind)  # the harmonic mean is 0.747
    assert found.outcome == "impossible"
    assert _check("0.80", "0.70", "0.79", of="a") == []  # a row of a report


@pytest.mark.parametrize("average", ["binary", "macro", "weighted", "micro"])
def test_no_line_of_scikit_learn_is_impossible(average):
    rng = np.random.default_rng(3)
    for trial in range(40):
        classes = 2 if average == "binary" else int(rng.integers(2, 6))
        y_true, other = rng.integers(0, classes, (2, 60))
        y_pred = np.where(rng.random(60) < rng.random(), y_true, other)
        for zero_division in (0, 1):
            scores = precision_recall_fscore_support(
                y_true, y_pred, average=average, zero_division=zero_division
            )[:3]
            (found,) = _check(*(f"{score:.{2 + trial % 3}f}" for score in scores))
            assert found.outcome == "consistent"


def test_the_weighted_recall_is_the_accuracy():
    recall = claim("recall", "0.90", of="weighted avg")
    (found,) = check_rows(paper(claims=[recall, claim("accuracy", "0.92")]))
    assert found.outcome == "impossible"
    (found,) = check_rows(paper(claims=[recall, claim("accuracy", "0.904")]))
    assert found.outcome == "consistent"
