"""What a report implies about the accuracies printed elsewhere."""

from made_up_paper import claim
from made_up_reports import accuracy, report_paper, rows

from lib.audit.checks.implied_accuracy import check_implied_accuracies
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
