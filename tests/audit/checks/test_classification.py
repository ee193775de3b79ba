"""The verdict on a printed classification report."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_reports import ROUNDINGS, accuracy, cut_off, random_matrix, report_paper, rows

from lib.audit import solved_reports
from lib.audit.checks import classification
from lib.audit.checks.classification import check_reports
from lib.audit.exact.margins import Solutions
from lib.audit.solved_reports import solve_reports

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]


def _check(printed: dict, right: str = "", **changes):
    paper = report_paper(printed, right, **changes)
    (finding,) = check_reports(paper, solve_reports(paper))
    return finding


def test_a_report_from_a_matrix_is_consistent_and_tells_its_hits():
    finding = _check(rows(MATRIX), accuracy(MATRIX))
    assert finding.outcome == "consistent"
    assert (
        finding.arithmetic
        == "1 set of margins gives every number by rounding; 88 of 100 images right, 0.8800"
    )
    assert finding.sentence.startswith("One way of counting")
    assert finding.printed[-1] == "0.88 (Table 1, row accuracy)"
    assert (finding.topic, finding.misprint) == ("Classification report of Table 1", "")


def test_several_solutions_are_counted_with_the_range_of_their_hits():
    matrix = [[950, 25], [30, 995]]
    finding = _check(rows(matrix), accuracy(matrix))
    assert finding.outcome == "consistent"
    assert " sets of margins give every number by rounding; 1,9" in finding.arithmetic
    assert " … 1,9" in finding.arithmetic


@pytest.mark.parametrize(
    ("row", "place", "wrong", "named"),
    [
        ("b", 1, "0.84", "the row of b"),
        ("b", 3, "31", "rows together"),
        ("macro avg", 0, "0.98", "these rows together"),
    ],
)
def test_a_wrong_number_makes_a_report_impossible_and_is_found(row, place, wrong, named):
    printed = rows(MATRIX)
    changed = list(printed[row])
    changed[place] = wrong
    finding = _check(printed | {row: tuple(changed)}, accuracy(MATRIX))
    assert finding.outcome == "impossible"
    if place < 3:
        assert named in finding.sentence


def test_a_misprint_is_named():
    printed = rows(MATRIX)
    finding = _check(printed | {"macro avg": ("0.98", *printed["macro avg"][1:])}, accuracy(MATRIX))
    assert finding.misprint == "0.98 → 0.88 (Table 1)"


def test_only_a_row_that_is_impossible_alone_is_searched_for_its_misprint():
    printed = rows([[30, 3, 2], [4, 25, 1], [0, 2, 33]], 4)
    precision, _, f1, support = printed["b"]
    finding = _check(printed | {"b": (precision, "0.8343", f1, support)}, accuracy(MATRIX, 4))
    assert finding.sentence.startswith("No confusion matrix gives the row of b")
    assert finding.misprint == "0.8343 → 0.8333 (Table 1)"


def test_totals_that_differ_are_impossible():
    printed = rows(MATRIX)
    finding = _check(printed | {"macro avg": (*printed["macro avg"][:3], "101")})
    assert finding.outcome == "impossible"
    assert finding.arithmetic == "numbers of images in all: 100 and 101"
    assert "101 → 100 (Table 1)" in finding.misprint


def test_numbers_that_were_cut_off_are_undetermined():
    matrix = [[2, 1], [1, 5]]  # 0.666… and 0.833…
    finding = _check(rows(matrix, rounding=cut_off), accuracy(matrix, rounding=cut_off))
    assert finding.outcome == "undetermined"
    assert "digits were cut off" in finding.sentence
    assert finding.misprint == ""


def test_another_average_of_f1_is_undetermined():
    matrix = [[60, 2], [20, 18]]
    printed = rows(matrix)
    precision, recall, f1, total = printed["macro avg"]
    harmonic = 2 * float(precision) * float(recall) / (float(precision) + float(recall))
    assert f"{harmonic:.2f}" != f1
    finding = _check(printed | {"macro avg": (precision, recall, f"{harmonic:.2f}", total)})
    assert finding.outcome == "undetermined"
    assert "averages of F1" in finding.sentence


def test_a_search_that_was_given_up_is_undetermined(monkeypatch):
    monkeypatch.setattr(solved_reports, "solve", lambda table: Solutions(count=0, complete=False))
    finding = _check(rows(MATRIX))
    assert finding.outcome == "undetermined"
    assert "given up" in finding.sentence


def test_a_count_that_is_not_whole_says_so(monkeypatch):
    whole = solve_reports(report_paper(rows(MATRIX)))[0].rounded
    some = Solutions(count=1, complete=False, found=whole.found)
    monkeypatch.setattr(solved_reports, "solve", lambda table: some)
    finding = _check(rows(MATRIX))
    assert finding.arithmetic.startswith("at least 1 sets")
    assert finding.arithmetic.endswith("among those found")
    assert finding.sentence.startswith("Several ways")


def test_misprints_are_not_looked_for_in_large_reports(monkeypatch):
    printed = rows(MATRIX)
    wrong = printed | {"macro avg": ("0.98", *printed["macro avg"][1:])}
    monkeypatch.setattr(classification, "LARGEST", 99)
    assert _check(wrong).misprint == ""


def test_a_report_without_images_is_left_out():
    paper = report_paper(rows(MATRIX))
    claims = [claim for claim in paper.claims if claim.metric != "support"]
    assert solve_reports(replace(paper, claims=tuple(claims))) == []


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_what_was_printed_from_a_matrix_is_never_called_impossible(rounding):
    rng = np.random.default_rng(11)
    for _ in range(30):
        matrix = random_matrix(
            rng, int(rng.integers(2, 6)), int(rng.integers(5, 400)), rng.random()
        )
        decimals = int(rng.integers(2, 5))
        finding = _check(rows(matrix, decimals, rounding), accuracy(matrix, decimals, rounding))
        assert finding.outcome != "impossible"
        if rounding is not cut_off:
            assert finding.outcome == "consistent"
