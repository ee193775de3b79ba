"""How a report may be read: uniformly rounded or cut off before a mixture, and the definitions of F1."""

import pytest
from made_up_paper import claim
from made_up_reports import accuracy, cut_off, report_paper, rows

from lib.audit.solved_reports import solve_reports

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]


def _solved(table: dict, right: str = ""):
    (solved,) = solve_reports(report_paper(table, right))
    return solved


def test_digits_of_a_whole_table_are_made_in_one_way():
    assert _solved(rows(MATRIX)).reading.condition == ""
    cut = _solved(rows(MATRIX, 3, cut_off), accuracy(MATRIX, 3, cut_off))
    assert cut.reading.digits == "cut"
    assert cut.reading.condition == "digits were cut off"
    mixed = rows(MATRIX, 3) | {"a": rows(MATRIX, 3, cut_off)["a"]}
    assert _solved(mixed, accuracy(MATRIX, 3)).reading.digits == "mixed"


def test_a_report_that_is_rounded_is_not_mixed_to_make_an_accuracy_fit():
    # 362 of 371 images are 0.976, and 364 would be 0.981.
    table = {
        "a": ("0.95", "0.97", "0.96", "95"),
        "b": ("0.98", "0.97", "0.97", "93"),
        "c": ("0.99", "0.98", "0.99", "183"),
    }
    solved = _solved(table)
    assert solved.fits(claim("accuracy", "0.976"), plainly=False) is True
    assert solved.fits(claim("accuracy", "0.981"), plainly=False) is False


@pytest.mark.parametrize("zero_division", [0, 1])
def test_a_class_that_is_never_called(zero_division):
    # Of 2 classes, 6 and 4 images, all are called a.
    undefined = f"{zero_division}.00"
    table = {"a": ("0.60", "1.00", "0.75", "6"), "b": (undefined, "0.00", "0.00", "4")}
    precision = "0.80" if zero_division else "0.30"
    table["macro avg"] = (precision, "0.50", "0.38", "10")
    solved = _solved(table)
    assert solved.solutions.count == 1
    assert solved.reading.zero_division == zero_division
