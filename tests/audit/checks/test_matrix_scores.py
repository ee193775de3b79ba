"""Scores beside a whole confusion matrix, worked out by hand and by scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_paper import claim, paper
from sklearn import metrics

from lib.audit.checks.matrix_scores import check_matrix_scores
from lib.papers.declare import Kind, confusion_matrix

# 8 cats, 6 of them right; 12 dogs, 9 of them right.
ROWS = {"cat": {"cat": "6", "dog": "2"}, "dog": {"cat": "3", "dog": "9"}}
GENUINE = {
    ("accuracy", ""): "0.750",
    ("recall", "cat"): "0.750",
    ("precision", "cat"): "0.667",
    ("specificity", "cat"): "0.750",
    ("npv", "cat"): "0.818",
    ("f1", "dog"): "0.783",
    ("kappa", ""): "0.490",  # 15/20 by hits, 0.51 by chance
    ("balanced accuracy", ""): "0.750",
}


def findings(printed, rows=ROWS, **changes):
    claims = [claim(metric, number, of=of) for (metric, of), number in printed.items()]
    matrix = confusion_matrix(rows, where="Fig. 1", arm="net")
    return [
        *check_matrix_scores(
            paper(claims=[*matrix, *(replace(score, **changes) for score in claims)])
        )
    ]


def test_what_the_counts_give_is_consistent():
    (finding,) = findings(GENUINE)
    assert finding.outcome == "consistent"


@pytest.mark.parametrize("key", GENUINE)
def test_one_wrong_score_is_impossible_and_named_with_what_the_matrix_gives(key):
    (finding,) = findings(GENUINE | {key: "0.555"})
    assert finding.outcome == "impossible"
    assert finding.arithmetic.startswith(key[0])
    assert "printed 0.555" in finding.arithmetic


def test_one_digit_that_mends_it_is_named():
    (finding,) = findings(GENUINE | {("accuracy", ""): "0.950"})
    assert finding.misprint == "0.950 → 0.750 (Table 1)"


def test_cut_digits_leave_it_open():
    (finding,) = findings({("precision", "cat"): "0.666"})
    assert finding.outcome == "undetermined"


def test_rows_may_be_predictions_and_either_class_positive():
    swapped = {("precision", "cat"): "0.750", ("recall", "cat"): "0.667"}
    positive = {("sensitivity", ""): "0.75", ("specificity", ""): "0.75", ("precision", ""): "0.82"}
    for printed in (swapped, positive):
        (finding,) = findings(printed)
        assert finding.outcome == "consistent"


def test_what_is_no_score_of_these_images_is_not_asked():
    assert findings({("accuracy", ""): "0.1"}, part="train") == []
    assert findings({("accuracy", ""): "0.1"}, kind=Kind(mean_over="folds", times=5)) == []
    assert findings({("auc", ""): "0.1"}) == []


@pytest.mark.parametrize("seed", range(20))
def test_as_scikit_learn_counts(seed):
    rng = np.random.default_rng(seed)
    names, true = ["a", "b", "c"], rng.integers(0, 3, 50)
    guessed = np.where(rng.random(50) < 0.7, true, rng.integers(0, 3, 50))
    counts = metrics.confusion_matrix(true, guessed, labels=[0, 1, 2])
    rows = {
        name: dict(zip(names, map(str, row), strict=True))
        for name, row in zip(names, counts, strict=True)
    }
    scores = {
        ("accuracy", ""): metrics.accuracy_score(true, guessed),
        ("kappa", ""): metrics.cohen_kappa_score(true, guessed),
        ("mcc", ""): metrics.matthews_corrcoef(true, guessed),
        ("balanced accuracy", ""): metrics.balanced_accuracy_score(true, guessed),
        ("f1", "b"): metrics.f1_score(true, guessed, average=None)[1],
    }
    claims = [claim(metric, f"{value:.6f}", of=of) for (metric, of), value in scores.items()]
    matrix = confusion_matrix(rows, where="Fig. 1", arm="net")
    (finding,) = check_matrix_scores(paper(classes=names, claims=[*matrix, *claims]))
    assert finding.outcome == "consistent"
