"""The verdict on a printed classification report."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from made_up_reports import (
    ROUNDINGS,
    accuracy,
    cut_off,
    printed,
    random_matrix,
    report_paper,
    rows,
)

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


def _with_f1_of_means(matrix, name: str, decimals: int = 2, by_hand: bool = False) -> dict:
    """A printed report whose average of F1 is that of the mean precision and recall."""
    table = rows(matrix, decimals)
    precision, recall, _, total = table[name]
    # Twelve decimals are as good as all.
    means = table[name] if by_hand else rows(matrix, 12)[name]
    first, second = (Fraction(mean) for mean in means[:2])
    f1 = printed(2 * first * second / (first + second), decimals)
    return table | {name: (precision, recall, f1, total)}


@pytest.mark.parametrize("name", ["macro avg", "weighted avg"])
def test_an_f1_of_the_mean_precision_and_recall_is_undetermined(name):
    matrix = [[60, 2], [20, 18]]
    table = _with_f1_of_means(matrix, name)
    assert table[name] != rows(matrix)[name]
    finding = _check(table)
    assert finding.outcome == "undetermined"
    assert "F1-score of the mean precision and the mean recall" in finding.sentence
    assert finding.arithmetic.endswith("78 of 100 images right, 0.7800")


@pytest.mark.parametrize("name", ["macro avg", "weighted avg"])
def test_an_average_of_f1_that_is_neither_is_impossible_and_its_misprint_named(name):
    table = rows([[95, 3, 2], [4, 95, 1], [0, 5, 95]])
    precision, recall, f1, total = table[name]
    assert f1 == "0.95"
    finding = _check(table | {name: (precision, recall, "0.05", total)})
    assert finding.outcome == "impossible"
    assert finding.misprint == "0.05 → 0.95 (Table 1)"


@pytest.mark.parametrize("by_hand", [False, True])
def test_no_f1_of_mean_precision_and_recall_is_called_impossible(by_hand):
    rng = np.random.default_rng(3)
    for trial in range(60):
        matrix = random_matrix(
            rng, int(rng.integers(2, 6)), int(rng.integers(5, 300)), rng.random()
        )
        name = ["macro avg", "weighted avg"][trial % 2]
        table = _with_f1_of_means(matrix, name, 2 + trial % 3, by_hand)
        assert _check(table).outcome != "impossible"


def test_a_search_that_was_given_up_is_undetermined(monkeypatch):
    monkeypatch.setattr(solved_reports, "solve", lambda table: Solutions(count=0, complete=False))
    finding = _check(rows(MATRIX))
    assert finding.outcome == "undetermined"
    assert "given up" in finding.sentence


def test_a_count_that_is_not_whole_says_so(monkeypatch):
    whole = solve_reports(report_paper(rows(MATRIX)))[0].solutions
    some = replace(whole, complete=False)
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
