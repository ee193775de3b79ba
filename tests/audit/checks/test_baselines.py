"""Baselines: by hand, then against scikit-learn."""

import numpy as np
import pytest
from made_up_reports import random_matrix, report_paper, rows
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, matthews_corrcoef

from lib.audit.checks import baselines
from lib.audit.checks.baselines import balanced_accuracy, check_baselines, kappa, matthews
from lib.audit.exact.margins import Margin
from lib.audit.matrices import matrix_margins
from lib.audit.solved_reports import solve_reports
from lib.papers.declare import confusion_matrix

MATRIX = [[30, 10], [5, 55]]


def _check(made) -> dict:
    return {finding.topic: finding for finding in check_baselines(made, solve_reports(made))}


def test_scores_counted_by_hand():
    margins = matrix_margins(tuple(map(tuple, MATRIX)))
    assert baselines.accuracy(margins) == 0.85
    assert balanced_accuracy(margins) == pytest.approx((30 / 40 + 55 / 60) / 2)
    # Chance: 0.4 · 0.35 + 0.6 · 0.65 = 0.53.
    assert kappa(margins) == pytest.approx((0.85 - 0.53) / (1 - 0.53))
    assert matthews(margins) == pytest.approx((30 * 55 - 10 * 5) / (40 * 60 * 35 * 65) ** 0.5)


@pytest.mark.parametrize("seed", range(8))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, int(rng.integers(2, 6)), 150, rng.uniform(0.1, 0.95))
    y_true, y_pred = (
        np.repeat(labels.ravel(), matrix.ravel()) for labels in np.indices(matrix.shape)
    )
    margins = matrix_margins(tuple(map(tuple, matrix.tolist())))
    assert kappa(margins) == pytest.approx(cohen_kappa_score(y_true, y_pred))
    assert matthews(margins) == pytest.approx(matthews_corrcoef(y_true, y_pred))
    assert balanced_accuracy(margins) == pytest.approx(balanced_accuracy_score(y_true, y_pred))


def test_where_all_is_one_class_nothing_is_above_chance():
    margins = (Margin(5, 5, 5), Margin(0, 0, 0))
    assert kappa(margins) == matthews(margins) == 0
    assert balanced_accuracy(margins) == 1


def test_a_report_is_told_with_its_baselines():
    found = _check(report_paper(rows(MATRIX, 4)))["Baselines of Table 1"]
    assert found.outcome == "consistent"
    assert found.arithmetic == (
        "always b: 0.600; accuracy 0.850; balanced accuracy 0.833; Cohen's kappa 0.681; Matthews' "
        "correlation 0.685; 95 % interval of the accuracy [0.767, 0.907]"
    )
    assert found.printed == ("a: 40 (Table 1)", "b: 60 (Table 1)")
    assert "right for 60.0 % of them" in found.sentence
    assert found.sentence.endswith("it may be right for 76.7 % to 90.7 %.")


def test_no_interval_is_drawn_from_training_images():
    found = _check(report_paper(rows(MATRIX, 4), part="train"))["Baselines of Table 1"]
    assert "interval" not in found.arithmetic
    assert "it was trained on" in found.sentence


def test_a_network_no_better_than_the_most_frequent_class_is_undetermined():
    found = _check(report_paper(rows([[10, 30], [5, 55]], 4)))["Baselines of Table 1"]
    assert found.outcome == "undetermined"
    assert "not surely better" in found.sentence


def test_several_solutions_give_ranges():
    found = _check(report_paper(rows([[950, 25], [30, 995]])))["Baselines of Table 1"]
    assert "kappa 0.9" in found.arithmetic
    assert " … 0.9" in found.arithmetic.split("kappa")[1].split(";")[0]


def test_a_matrix_is_told_in_place_of_the_report_it_gives():
    cells = confusion_matrix(
        {"a": {"a": "30", "b": "10"}, "b": {"a": "5", "b": "55"}}, where="Fig. 2", arm="net"
    )
    assert list(_check(report_paper(rows(MATRIX), claims=cells))) == [
        "Baselines of the confusion matrix"
    ]
    other = report_paper(rows([[31, 9], [5, 55]]), claims=cells)
    assert list(_check(other)) == ["Baselines of Table 1", "Baselines of the confusion matrix"]
