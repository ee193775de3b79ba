"""Bounds of reports of any size: by hand, and never against a matrix that is there."""

import numpy as np
import pytest
from made_up_reports import ROUNDINGS, accuracy, random_matrix, report_paper, rows

from lib.audit.exact.relaxed import is_excluded
from lib.audit.exact.search import solve
from lib.audit.reports import find_reports

LARGE = [[30_000, 400], [700, 18_900]]


def _bounds(table: dict, right: str = ""):
    (report,) = find_reports(report_paper(table, right))
    return report.bounds("mixed")


def test_averages_lie_between_the_rows_however_many_images_there_are():
    table = rows(LARGE)
    assert not is_excluded(_bounds(table))
    for name in ("macro avg", "weighted avg"):
        wrong = table | {name: (table[name][0], "0.91", *table[name][2:])}
        assert is_excluded(_bounds(wrong))
        assert solve(_bounds(wrong)).impossible


def test_calls_add_up_to_all_images():
    # Half as precise, a would be called twice as often.
    table = rows(LARGE)
    assert is_excluded(_bounds({"a": ("0.49", *table["a"][1:]), "b": table["b"]}))


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_no_report_of_a_matrix_is_excluded(rounding):
    rng = np.random.default_rng(2)
    for trial in range(60):
        matrix = random_matrix(
            rng, int(rng.integers(2, 7)), int(rng.integers(5, 300)), rng.random()
        )
        decimals = 2 + trial % 3
        table = rows(matrix, decimals, rounding)
        assert not is_excluded(_bounds(table, accuracy(matrix, decimals, rounding)))
