"""What is taken for one report."""

import pytest
from made_up_paper import claim, paper
from made_up_reports import report_paper, rows

from lib.audit.exact.margins import F1_OF_MEANS
from lib.audit.reports import find_reports
from lib.papers.declare import classification_report

TWO = {"a": ("0.75", "0.75", "0.75", "4"), "b": ("0.83", "0.83", "0.83", "6")}


def _count(metric: str, printed: str, **changes):
    return claim(metric, printed, unit="count", **changes)


def test_a_report_has_its_rows_averages_accuracy_and_total():
    total = _count("support", "10", where="Table 1, row accuracy")
    elsewhere = claim("accuracy", "0.7", where="Abstract")
    (report,) = find_reports(
        report_paper(rows([[3, 1], [1, 5]]), "0.80", claims=[total, elsewhere])
    )
    assert list(report.rows) == ["a", "b"]
    assert list(report.averages) == ["macro avg", "weighted avg"]
    assert report.rows["b"]["precision"].printed == "0.83"
    assert [claim.printed for claim in report.accuracy] == ["0.80"]
    assert report.total == (total,)
    assert (report.supports, report.totals) == ((4, 6), {10})
    assert len(report.claims) == 16 + 2
    assert report.quoted[:2] == ("a: 0.75 0.75 0.75 4 (Table 1)", "b: 0.83 0.83 0.83 6 (Table 1)")


def test_reports_of_other_parts_places_and_arms_are_others():
    more = [
        *classification_report(TWO, where="Table 2", arm="net"),
        *classification_report(TWO, where="Table 1", arm="net", part="train"),
    ]
    changed = TWO | {"a": ("0.75", "0.75", "0.75", "5")}
    more += classification_report(changed, where="Table 3", arm="net")
    found = find_reports(report_paper(TWO, claims=more))
    assert [(report.where, report.part) for report in found] == [
        ("Table 1 and Table 2", "test"),  # number by number the same
        ("Table 1", "train"),
        ("Table 3", "test"),
    ]


def test_a_report_without_a_class_or_with_single_scores_is_none():
    assert (
        find_reports(paper(claims=[claim("f1", "1.00", of=name) for name in ("cat", "dog")])) == []
    )
    claims = report_paper(TWO).claims
    assert find_reports(paper(classes=("a", "b", "c"), claims=claims)) == []


def test_all_three_scores_make_a_report_without_supports():
    claims = [claim for claim in report_paper(TWO).claims if claim.metric != "support"]
    (report,) = find_reports(paper(classes=("a", "b"), claims=claims))
    assert (report.supports, report.totals) == (None, set())
    with pytest.raises(ValueError, match="Table 1 should give a number of images"):
        report.bounds(digits="rounded")


def test_totals_or_accuracies_that_differ_leave_no_bounds():
    total = _count("support", "11", where="Table 1, row accuracy")
    (report,) = find_reports(report_paper(TWO, "0.80", claims=[total]))
    assert report.totals == {10, 11}
    assert report.bounds(digits="mixed") is None
    other = claim("accuracy", "0.90", where="Table 1, below")
    (report,) = find_reports(report_paper(TWO, "0.80", claims=[other]))
    assert report.bounds(digits="mixed") is None


def test_bounds_tell_which_average_of_f1_is_meant():
    # 2 · 0.98 · 0.67 / (0.98 + 0.67) = 0.796; the mean of the F1-scores is 0.75.
    matrix = [[97, 0, 0], [1, 1, 0], [1, 0, 1]]
    (report,) = find_reports(report_paper(rows(matrix), "0.98"))
    mean = report.bounds(digits="rounded")
    of_means = report.bounds(digits="rounded", f1_of_means=("macro avg",))
    assert set(mean.macro) == set(mean.weighted) == {"precision", "recall", "f1"}
    assert set(of_means.macro) == {"precision", "recall", F1_OF_MEANS}
    assert of_means.macro[F1_OF_MEANS] == mean.macro["f1"]
    assert (of_means.weighted, of_means.rows) == (mean.weighted, mean.rows)
    assert (mean.total, mean.rows[1].support) == (101, 2)


def test_an_f1_worked_out_from_the_printed_averages_bounds_nothing_more():
    printed = rows([[3, 1], [1, 5]]) | {"macro avg": ("0.80", "0.60", "0.69", "10")}
    (report,) = find_reports(report_paper(printed))
    assert set(report.bounds(digits="rounded", f1_of_means=("macro avg",)).macro) == {
        "precision",
        "recall",
    }
