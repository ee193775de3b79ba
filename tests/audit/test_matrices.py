"""What is taken for one matrix, its margins, and the reports it gives."""

from fractions import Fraction

import numpy as np
import pytest
from made_up_paper import paper
from made_up_reports import random_matrix, report_paper

from lib.audit.exact.margins import SCORES, Margin
from lib.audit.matrices import find_matrices, matrix_margins, misfits
from lib.audit.reports import find_reports
from lib.evaluation import metrics
from lib.papers.declare import confusion_matrix

MATRIX = ((30, 3, 2), (4, 25, 1), (0, 2, 33))
CELLS = {"cat": {"cat": "3", "dog": "1"}, "dog": {"cat": "2", "dog": "4"}}


def test_a_whole_matrix_has_its_cells_in_the_order_of_the_classes():
    backwards = {"dog": CELLS["dog"], "cat": CELLS["cat"]}
    claims = confusion_matrix(backwards, where="Fig. 2 (twice)", arm="net")
    (matrix,) = find_matrices(paper(claims=claims))
    assert matrix.cells == ((3, 1), (2, 4))
    assert matrix.quoted == ("cat: 3 1 (Fig. 2 (twice))", "dog: 2 4 (Fig. 2 (twice))")


def test_a_matrix_with_a_missing_cell_is_none():
    claims = confusion_matrix(CELLS, where="Fig. 2", arm="net")
    assert find_matrices(paper(claims=claims[:-1])) == []
    train = confusion_matrix(CELLS, where="Fig. 2", arm="net", part="train")
    assert [matrix.part for matrix in find_matrices(paper(claims=[*claims, *train]))] == [
        "test",
        "train",
    ]


def test_margins_of_a_matrix_are_its_diagonal_columns_and_rows():
    assert matrix_margins(MATRIX) == (Margin(30, 34, 35), Margin(25, 30, 30), Margin(33, 36, 35))


def test_scores_of_the_margins_are_those_of_the_metrics():
    matrix = random_matrix(np.random.default_rng(0), 4, 200, 0.7)
    margins = matrix_margins(tuple(map(tuple, matrix.tolist())))
    for score in SCORES:
        values = [float(Fraction(*margin.fraction(score))) for margin in margins]
        assert values == pytest.approx(getattr(metrics, score)(metrics.tallies(matrix)).tolist())


def test_numbers_that_were_cut_off_fit():
    (report,) = find_reports(
        report_paper({"a": ("0.66", "0.66", "0.66", "3"), "b": ("0.83", "0.83", "0.83", "6")})
    )
    assert misfits(((2, 1), (1, 5)), report) == []
    assert [claim.printed for claim in misfits(((2, 2), (1, 5)), report)] == [
        "0.66",
        "0.66",
        "3",
        "0.83",
        "0.83",
    ]
