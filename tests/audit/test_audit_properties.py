"""Properties of the audit, on examples that hypothesis looks for, and an oracle for binary reports."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from logging import disable

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from made_up_reports import ROUNDINGS, accuracy, cut_off, report_paper, rows

from lib.audit.checks.classification import check_reports
from lib.audit.exact.search import solve
from lib.audit.reports import find_reports
from lib.audit.solved_reports import solve_reports


@st.composite
def matrices(draw):
    """A confusion matrix of two to five classes, none of them empty."""
    size = draw(st.integers(2, 5))
    cells = st.lists(st.integers(0, 60), min_size=size, max_size=size).filter(any)
    return draw(st.lists(cells, min_size=size, max_size=size))


@hypothesis.given(matrices(), st.integers(2, 4), st.sampled_from(ROUNDINGS))
def test_what_was_printed_from_a_matrix_is_never_impossible(matrix, decimals, rounding):
    paper = report_paper(rows(matrix, decimals, rounding), accuracy(matrix, decimals, rounding))
    (finding,) = check_reports(paper, solve_reports(paper))
    assert finding.outcome != "impossible"
    if rounding is not cut_off:
        assert finding.outcome == "consistent"


@hypothesis.given(matrices(), st.integers(2, 4), st.data())
def test_numbers_rounded_each_in_its_own_way_are_never_impossible(matrix, decimals, data):
    tables = [rows(matrix, decimals, rounding) for rounding in ROUNDINGS]
    mixed = {
        name: tuple(
            data.draw(st.sampled_from(numbers))
            for numbers in zip(*(table[name] for table in tables), strict=True)
        )
        for name in tables[0]
    }
    paper = report_paper(mixed)
    (finding,) = check_reports(paper, solve_reports(paper))
    assert finding.outcome != "impossible"


@hypothesis.given(
    st.integers(1, 60), st.integers(1, 60), st.integers(2, 4), st.floats(0, 1), st.floats(0, 1),
    st.sampled_from([0, 0, 1, -1, 7]),
)  # fmt: skip
def test_binary_reports_are_judged_as_by_mlscorecheck(
    positive, negative, decimals, hit, spared, off
):
    oracle = pytest.importorskip(
        "mlscorecheck.check.binary", reason="mlscorecheck is not installed"
    )
    disable()
    hits, clear = round(hit * positive), round(spared * negative)
    matrix = np.array([[hits, positive - hits], [negative - clear, clear]])
    hypothesis.assume(hits and clear)
    right = Decimal(accuracy(matrix, decimals)) + Decimal(off).scaleb(-decimals)
    hypothesis.assume(0 <= right <= 1)
    printed = rows(matrix, decimals)
    classes = {name: row for name, row in printed.items() if not name.endswith("avg")}
    (report,) = find_reports(report_paper(classes, str(right)))
    # The oracle knows the scores of the positive class alone.
    printed_bounds = report.bounds(digits="rounded")
    positive_row, negative_row = printed_bounds.rows
    rows_alone = (positive_row, replace(negative_row, scores={}))
    ours = solve(replace(printed_bounds, rows=rows_alone)).impossible
    precision, recall, f1, _ = map(float, classes["a"])
    theirs = oracle.check_1_testset_no_kfold(
        testset={"p": positive, "n": negative},
        scores={"acc": float(right), "sens": recall, "ppv": precision, "f1": f1},
        eps=float(Fraction(1, 2 * 10**decimals)),
    )
    assert ours is theirs["inconsistency"]
