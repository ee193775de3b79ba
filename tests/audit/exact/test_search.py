"""The search for joint margins: by hand, against every matrix there is, and against scikit-learn's print."""

import time
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from made_up_reports import ROUNDINGS, accuracy, random_matrix, report_paper, rows
from sklearn.metrics import classification_report

from lib.audit.exact import search
from lib.audit.exact.margins import F1_OF_MEANS, ClassBounds, Margin, ReportBounds, Solutions
from lib.audit.exact.search import solve
from lib.audit.reports import find_reports


def _printed_bounds(printed: dict, right: str = "", digits: str = "rounded") -> ReportBounds:
    (report,) = find_reports(report_paper(printed, right))
    return report.bounds(digits)


def _margins(matrix) -> tuple[Margin, ...]:
    matrix = np.asarray(matrix)
    return tuple(
        Margin(*map(int, counts))
        for counts in zip(matrix.diagonal(), matrix.sum(0), matrix.sum(1), strict=True)
    )


# By hand


def test_a_report_of_two_classes_has_the_one_solution_counted_by_hand():
    # 3 of 4 and 5 of 6 right: 3/4 and 5/6 both ways.
    found = solve(_printed_bounds(rows([[3, 1], [1, 5]]), "0.80"))
    margins = (Margin(3, 4, 4), Margin(5, 6, 6))
    assert (found.count, found.complete, found.found, found.hits) == (1, True, (margins,), (8,))


def test_calls_have_to_add_up():
    # Each row alone is possible, but 3 calls of a and 6 of b are not ten images.
    printed = rows([[3, 1], [1, 5]])
    printed = {"a": ("1.00", "0.75", "0.86", "4"), "b": printed["b"]}
    found = solve(_printed_bounds(printed))
    assert found.impossible
    assert found.empty == ()


def test_a_row_that_is_impossible_alone_is_named():
    printed = rows([[3, 1], [1, 5]]) | {"b": ("0.83", "0.84", "0.83", "6")}
    found = solve(_printed_bounds(printed))
    assert (found.impossible, found.empty) == (True, (1,))


@pytest.mark.parametrize("row", ["macro avg", "weighted avg"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_average_counts(row, place):
    printed = rows([[30, 3, 2], [4, 25, 1], [0, 2, 33]])
    wrong = list(printed[row])
    wrong[place] = f"{float(wrong[place]) - 0.02:.2f}"
    assert solve(_printed_bounds(printed)).count
    assert solve(_printed_bounds(printed | {row: tuple(wrong)})).impossible


def test_the_accuracy_counts():
    printed = rows([[30, 3, 2], [4, 25, 1], [0, 2, 33]])
    assert solve(_printed_bounds(printed, "0.88")).count
    assert solve(_printed_bounds(printed, "0.87")).impossible


def test_a_matrix_with_these_margins_has_to_exist():
    # Of 10 images 2 are wrong; both b and c would need a wrong call that only a's one miss can be.
    report = ReportBounds(
        rows=(
            ClassBounds(scores={}, support=4),
            ClassBounds(scores={}, support=3),
            ClassBounds(scores={}, support=3),
        ),
        total=10,
        accuracy=(Fraction(8, 10), Fraction(8, 10)),
        macro={},
        weighted={},
    )
    found = solve(report)
    assert (Margin(4, 4, 4), Margin(2, 3, 3), Margin(2, 3, 3)) in found.found
    assert (Margin(4, 4, 4), Margin(3, 3, 3), Margin(1, 3, 3)) not in found.found


def test_numbers_of_hits_that_exclude_each_other_are_no_fault_of_a_row():
    found = solve(_printed_bounds(rows([[30, 3, 2], [4, 25, 1], [0, 2, 33]]), "0.50"))
    assert (found.impossible, found.empty) == (True, ())


def test_f1_of_means_has_the_solution_counted_by_hand():
    # Precision and recall of a: 1 and 1/2; of b: 2/3 and 1. Their means 5/6 and 3/4 have an F1-score
    # of 15/19 = 0.789; the mean of the F1-scores 2/3 and 4/5 is 0.733.
    margins = (Margin(1, 1, 2), Margin(2, 3, 2))
    rows_alone = tuple(ClassBounds(scores={}, support=2) for _ in "ab")
    for name, value in ((F1_OF_MEANS, Fraction(15, 19)), ("f1", Fraction(11, 15))):
        report = ReportBounds(rows=rows_alone, total=4, macro={name: (value, value)}, weighted={})
        assert margins in solve(report).found


def test_figures_of_the_papers_have_the_solutions_that_were_found_by_hand():
    figure_13 = {
        "benign": ("0.42", "0.50", "0.46", "38"),
        "malignant": ("0.55", "0.27", "0.36", "44"),
        "normal": ("0.73", "0.87", "0.80", "78"),
    }
    found = solve(_printed_bounds(figure_13))
    assert (found.count, found.complete, found.hits) == (1, True, (99,))
    assert [margin.hits for margin in found.found[0]] == [19, 12, 68]


# Against every matrix


def _every(supports: tuple[int, ...]):
    """All margins of all matrices with these supports."""
    choices = [
        [row for row in product(range(n + 1), repeat=len(supports)) if sum(row) == n]
        for n in supports
    ]
    return {_margins(matrix) for matrix in product(*choices)}


@pytest.mark.parametrize("supports", [(4, 5), (2, 3, 3), (1, 4, 2), (0, 3, 4)])
def test_all_margins_are_those_of_all_matrices(supports):
    report = ReportBounds(
        rows=tuple(ClassBounds(scores={}, support=n) for n in supports),
        total=sum(supports),
        macro={},
        weighted={},
    )
    found = solve(report)
    assert found.complete
    assert set(found.found) == _every(supports)
    assert found.count == len(found.found)


def _share(margin: Margin, score: str) -> Fraction:
    above, below = margin.fraction(score)
    return Fraction(above, below) if below else Fraction(0)


def _f1_of_means(margins: tuple[Margin, ...], weighted: bool) -> Fraction:
    weights = [margin.support if weighted else 1 for margin in margins]
    precision, recall = (
        sum(weight * _share(margin, score) for weight, margin in zip(weights, margins, strict=True))
        / sum(weights)
        for score in ("precision", "recall")
    )
    return 2 * precision * recall / (precision + recall) if precision + recall else Fraction(0)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("supports", [(4, 5), (2, 3, 3)])
def test_f1_of_means_keeps_the_margins_of_the_matrices_that_have_it(supports, weighted):
    for low in range(0, 10, 2):
        within = (Fraction(low, 10), Fraction(low + 1, 10))
        averages = {"macro": {}, "weighted": {}}
        averages["weighted" if weighted else "macro"] = {F1_OF_MEANS: within}
        classes = tuple(ClassBounds(scores={}, support=n) for n in supports)
        found = solve(ReportBounds(rows=classes, total=sum(supports), **averages))
        assert found.complete
        assert set(found.found) == {
            margins
            for margins in _every(supports)
            if within[0] <= _f1_of_means(margins, weighted) <= within[1]
        }


@pytest.mark.parametrize("seed", range(12))
def test_the_solutions_are_all_matrices_that_print_so(seed):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, 3, 8, 0.6)
    printed, right = rows(matrix, 1), accuracy(matrix, 1)
    found = solve(_printed_bounds(printed, right))
    choices = [
        [row for row in product(range(n + 1), repeat=3) if sum(row) == n] for n in matrix.sum(1)
    ]
    alike = {
        _margins(other)
        for other in product(*choices)
        if rows(other, 1) == printed and accuracy(other, 1) == right
    }
    assert alike
    assert alike <= set(found.found)
    # Half to even may print a share on the edge either way, so that a few more are allowed.
    for margins in set(found.found) - alike:
        assert sum(margin.predicted for margin in margins) == matrix.sum()


@pytest.mark.parametrize(("decimals", "images"), [(3, 60), (1, 16)])
@pytest.mark.parametrize("seed", range(4))
def test_unknown_supports_are_found(seed, decimals, images):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, 2, images, 0.8)
    report = _printed_bounds(rows(matrix, decimals), accuracy(matrix, decimals))
    unknown = tuple(replace(row, support=None) for row in report.rows)
    found = solve(replace(report, rows=unknown, macro={}, weighted={}))
    assert _margins(matrix) in found.found
    assert all(sum(margin.support for margin in margins) == matrix.sum() for margins in found.found)


# Whatever is printed from a matrix is possible


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("decimals", [2, 3, 4])
@pytest.mark.parametrize("classes", [2, 3, 5, 10])
def test_what_was_printed_from_a_matrix_is_never_impossible(rounding, decimals, classes):
    rng = np.random.default_rng([decimals, classes])
    for images in (12, 100, 900):
        for _ in range(4):
            matrix = random_matrix(rng, classes, images, rng.uniform(0.1, 0.99))
            printed = rows(matrix, decimals, rounding)
            right = accuracy(matrix, decimals, rounding)
            digits = "cut" if rounding.__name__ == "cut_off" else "rounded"
            found = solve(_printed_bounds(printed, right, digits))
            assert not found.impossible
            if found.complete and found.count <= search.KEPT:
                assert _margins(matrix) in found.found


@pytest.mark.parametrize("digits", [2, 4])
def test_what_scikit_learn_prints_is_possible(digits):
    rng = np.random.default_rng(5)
    for _ in range(15):
        y_true = rng.integers(4, size=90)
        y_pred = np.where(rng.random(90) < 0.7, y_true, rng.integers(4, size=90))
        text = classification_report(y_true, y_pred, target_names=list("abcd"), digits=digits)
        lines = [line.rsplit(maxsplit=4) for line in text.splitlines() if line.strip()]
        printed = {line[0].strip(): tuple(line[1:]) for line in lines if len(line) == 5}
        (right,) = (line[-2] for line in lines if line[0].strip() == "accuracy")
        assert solve(_printed_bounds(printed, right)).count


# Speed, and what is given up


@pytest.mark.parametrize(("classes", "images"), [(2, 10_000), (3, 10_000), (10, 10_000)])
@pytest.mark.parametrize("wrong", [False, True])
def test_ten_classes_and_ten_thousand_images_are_decided_in_seconds(classes, images, wrong):
    matrix = random_matrix(np.random.default_rng(1), classes, images, 0.8)
    printed, right = rows(matrix), accuracy(matrix)
    if wrong:
        right = f"{float(right) - 0.1:.2f}"
    start = time.process_time()  # whatever else the machine does
    found = solve(_printed_bounds(printed, right))
    assert time.process_time() - start < 5
    assert found.impossible is wrong
    assert bool(found.count) is not wrong


def test_a_search_that_grows_too_long_says_so(monkeypatch):
    matrix = random_matrix(np.random.default_rng(1), 3, 3000, 0.8)
    report = _printed_bounds(rows(matrix, 2))
    whole = solve(report)
    monkeypatch.setattr(search, "MOST_MARGINS", 10)
    assert solve(report) == Solutions(count=0, complete=False)
    monkeypatch.undo()
    short = solve(report, steps=50)
    assert not short.complete
    assert short.count < whole.count


def test_a_search_stops_when_it_has_enough():
    report = _printed_bounds(rows(random_matrix(np.random.default_rng(1), 2, 3000, 0.8), 2))
    whole, few = solve(report), solve(report, enough=3)
    assert (few.count, few.complete, few.found) == (3, False, whole.found[:3])


def test_without_the_sets_of_sums_the_solutions_are_the_same(monkeypatch):
    matrix = random_matrix(np.random.default_rng(2), 4, 80, 0.7)
    report = replace(_printed_bounds(rows(matrix, 1), accuracy(matrix, 3)), macro={}, weighted={})
    whole = solve(report)
    assert whole.complete
    monkeypatch.setattr(search, "MOST_BITS", 0)
    assert sorted(solve(report).found) == sorted(whole.found)


def test_many_solutions_are_counted_but_not_all_kept(monkeypatch):
    report = _printed_bounds(rows([[1300, 200], [300, 1200]], 2))
    whole = solve(report)
    monkeypatch.setattr(search, "KEPT", 5)
    few = solve(report)
    assert (few.count, few.found) == (whole.count, whole.found[:5])
    assert whole.count == len(whole.found) > 5
    hits = {sum(margin.hits for margin in margins) for margins in whole.found}
    assert few.hits == whole.hits == tuple(sorted(hits))
    assert len(hits) > 5  # more than the kept ones can have
