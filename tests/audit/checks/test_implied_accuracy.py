"""What a report implies about the accuracies printed elsewhere."""

import numpy as np
import pytest
from made_up_paper import claim
from made_up_reports import ROUNDINGS, accuracy, cut_off, random_matrix, report_paper, rows
from sklearn.metrics import accuracy_score, classification_report

from lib.audit.checks.implied_accuracy import check_implied_accuracies
from lib.audit.exact import search
from lib.audit.solved_reports import solve_reports

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]
IMPLIED = "Accuracy implied by Table 1"


def _check(made) -> dict:
    findings = check_implied_accuracies(made, solve_reports(made))
    return {finding.topic: finding for finding in findings}


def _implied(printed: str, **changes):
    other = claim("accuracy", printed, **{"where": "Abstract"} | changes)
    return _check(report_paper(rows(MATRIX), accuracy(MATRIX), claims=[other])).get(IMPLIED)


def test_a_report_implies_an_accuracy():
    found = _implied("0.880")
    assert (found.outcome, found.arithmetic) == ("consistent", "88 of 100 images right, 0.8800")
    assert _implied("0.89").outcome == "impossible"
    assert _check(report_paper(rows(MATRIX), accuracy(MATRIX))).get(IMPLIED) is None


def test_the_last_epoch_of_a_curve_is_only_near_it():
    last = {"part": "validation", "epoch": 3}
    assert _implied("0.8800", **last).outcome == "consistent"
    found = _implied("0.8700", **last)
    assert found.outcome == "undetermined"
    assert found.sentence.startswith("The curve ends at 0.8700")
    assert _implied("0.8700", part="validation", epoch=2) is None
    assert _implied("0.8700", part="train", epoch=3) is None
    assert _implied("0.8700", part="train") is None


def test_a_number_that_fits_only_if_digits_were_cut_off_is_undetermined():
    matrix = [[95, 1], [3, 101]]  # 0.98
    other = claim("accuracy", "0.9", where="Abstract")
    found = _check(report_paper(rows(matrix), "0.980", claims=[other]))[IMPLIED]
    assert found.outcome == "undetermined"
    assert "digits were cut off" in found.sentence


# Reports with more solutions than are kept

LARGE = [[625, 20, 20], [20, 624, 20], [20, 20, 624]]  # 1,993 images, recalls of 0.94


def _large(printed: str, **changes):
    other = claim("accuracy", printed, where="Abstract", **changes)
    return report_paper(rows(LARGE), claims=[other])


def test_every_solution_counts_however_many_there_are():
    (solved,) = solve_reports(_large("0.5003"))
    assert solved.solutions.count > search.KEPT
    found = _check(_large("0.5003"))[IMPLIED]
    assert found.outcome == "impossible"
    # 622 … 628 of 665 and 621 … 627 of 664 images are 0.94.
    assert found.arithmetic == "1,864 … 1,882 of 1,993 images right, 0.9353 … 0.9443"
    assert _check(_large("0.9398"))[IMPLIED].outcome == "consistent"
    assert _check(_large("0.9353"))[IMPLIED].outcome == "consistent"  # 1,864
    assert _check(_large("0.9348"))[IMPLIED].outcome == "impossible"  # 1,863


def test_a_search_that_was_given_up_leaves_it_open_unless_the_recalls_exclude_it(monkeypatch):
    monkeypatch.setattr(search, "MOST_MARGINS", 10)  # as for a hundred thousand images
    found = _check(_large("0.9398"))[IMPLIED]
    assert found.outcome == "undetermined"
    assert "stays open" in found.sentence
    found = _check(_large("0.5003"))[IMPLIED]
    assert found.outcome == "impossible"
    assert found.arithmetic == "by its recalls, between 1,864 and 1,891 of 1,993 images right"


def test_an_accuracy_beside_a_report_with_f1_of_means_is_judged_too():
    table = rows([[60, 2], [20, 18]])
    precision, recall, f1, total = table["macro avg"]
    assert (precision, recall, f1) == ("0.83", "0.72", "0.73")
    table |= {"macro avg": (precision, recall, "0.77", total)}  # 2 · 0.83 · 0.72 / (0.83 + 0.72)
    outcomes = {}
    for printed in ("0.7800", "0.7100"):
        made = report_paper(table, claims=[claim("accuracy", printed, where="Abstract")])
        outcomes[printed] = _check(made)[IMPLIED].outcome
    assert outcomes == {"0.7800": "undetermined", "0.7100": "impossible"}


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_no_accuracy_of_the_matrix_itself_is_called_impossible(rounding):
    rng = np.random.default_rng(7)
    for trial in range(20):
        matrix = random_matrix(
            rng, int(rng.integers(2, 6)), int(rng.integers(20, 2000)), rng.uniform(0.3, 0.99)
        )
        other = claim("accuracy", accuracy(matrix, 2 + trial % 4, rounding), where="Abstract")
        found = _check(report_paper(rows(matrix, 2, rounding), claims=[other]))[IMPLIED]
        assert found.outcome != "impossible"
        if rounding is not cut_off:
            assert found.outcome == "consistent"


@pytest.mark.parametrize("digits", [2, 4])
def test_no_accuracy_that_scikit_learn_prints_is_called_impossible(digits):
    rng = np.random.default_rng(5)
    for images in (40, 300, 1993):
        for right in (0.5, 0.9):
            y_true = rng.integers(3, size=images)
            y_pred = np.where(rng.random(images) < right, y_true, rng.integers(3, size=images))
            text = classification_report(y_true, y_pred, target_names=list("abc"), digits=digits)
            lines = [line.rsplit(maxsplit=4) for line in text.splitlines() if line.strip()]
            table = {line[0].strip(): tuple(line[1:]) for line in lines if len(line) == 5}
            other = f"{accuracy_score(y_true, y_pred):.6f}"
            made = report_paper(
                {name: row for name, row in table.items() if name != "accuracy"},
                claims=[claim("accuracy", other, where="Abstract")],
            )
            assert _check(made)[IMPLIED].outcome == "consistent"
