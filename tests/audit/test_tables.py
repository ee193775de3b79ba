"""What is taken for one report or one matrix."""

import pytest
from made_up_paper import claim, paper
from made_up_reports import report_paper, rows

from lib.audit.tables import matrices, reports
from lib.papers.declare import classification_report, confusion_matrix

TWO = {"a": ("0.75", "0.75", "0.75", "4"), "b": ("0.83", "0.83", "0.83", "6")}


def _count(metric: str, printed: str, **changes):
    return claim(metric, printed, unit="count", **changes)


def test_a_report_has_its_rows_averages_accuracy_and_total():
    total = _count("support", "10", where="Table 1, row accuracy")
    elsewhere = claim("accuracy", "0.7", where="Abstract")
    (found,) = reports(report_paper(rows([[3, 1], [1, 5]]), "0.80", claims=[total, elsewhere]))
    assert list(found.rows) == ["a", "b"]
    assert list(found.averages) == ["macro avg", "weighted avg"]
    assert found.rows["b"]["precision"].printed == "0.83"
    assert [one.printed for one in found.accuracy] == ["0.80"]
    assert found.total == (total,)
    assert (found.supports, found.totals) == ((4, 6), {10})
    assert len(found.claims) == 16 + 2
    assert found.quoted[:2] == ("a: 0.75 0.75 0.75 4 (Table 1)", "b: 0.83 0.83 0.83 6 (Table 1)")


def test_reports_of_other_parts_places_and_arms_are_others():
    more = [
        *classification_report(TWO, where="Table 2", arm="net"),
        *classification_report(TWO, where="Table 1", arm="net", part="train"),
    ]
    changed = TWO | {"a": ("0.75", "0.75", "0.75", "5")}
    more += classification_report(changed, where="Table 3", arm="net")
    found = reports(report_paper(TWO, claims=more))
    assert [(one.where, one.part) for one in found] == [
        ("Table 1 and Table 2", "test"),  # number by number the same
        ("Table 1", "train"),
        ("Table 3", "test"),
    ]


def test_a_report_without_a_class_or_with_single_scores_is_none():
    assert reports(paper(claims=[claim("f1", "1.00", of=one) for one in ("cat", "dog")])) == []
    claims = report_paper(TWO).claims
    assert reports(paper(classes=("a", "b", "c"), claims=claims)) == []


def test_all_three_scores_make_a_report_without_supports():
    claims = [one for one in report_paper(TWO).claims if one.metric != "support"]
    (found,) = reports(paper(classes=("a", "b"), claims=claims))
    assert (found.supports, found.totals) == (None, set())
    with pytest.raises(ValueError, match="Table 1 should give a number of images"):
        found.table(cut=False)


def test_totals_or_accuracies_that_differ_leave_no_table():
    total = _count("support", "11", where="Table 1, row accuracy")
    (found,) = reports(report_paper(TWO, "0.80", claims=[total]))
    assert found.totals == {10, 11}
    assert found.table(cut=True) is None
    other = claim("accuracy", "0.90", where="Table 1, below")
    (found,) = reports(report_paper(TWO, "0.80", claims=[other]))
    assert found.table(cut=True) is None


def test_a_table_leaves_the_averages_of_a_score_out():
    (found,) = reports(report_paper(rows([[3, 1], [1, 5]]), "0.80"))
    whole, less = found.table(cut=False), found.table(cut=False, without=("f1",))
    assert set(whole.macro) == {"precision", "recall", "f1"}
    assert set(less.macro) == set(less.weighted) == {"precision", "recall"}
    assert set(less.rows[0].scores) == {"precision", "recall", "f1"}
    assert (whole.total, whole.rows[1].support) == (10, 6)


CELLS = {"cat": {"cat": "3", "dog": "1"}, "dog": {"cat": "2", "dog": "4"}}


def test_a_whole_matrix_has_its_cells_in_the_order_of_the_classes():
    backwards = {"dog": CELLS["dog"], "cat": CELLS["cat"]}
    claims = confusion_matrix(backwards, where="Fig. 2 (twice)", arm="net")
    (found,) = matrices(paper(claims=claims))
    assert found.cells == ((3, 1), (2, 4))
    assert found.quoted == ("cat: 3 1 (Fig. 2 (twice))", "dog: 2 4 (Fig. 2 (twice))")


def test_a_matrix_with_a_missing_cell_is_none():
    claims = confusion_matrix(CELLS, where="Fig. 2", arm="net")
    assert matrices(paper(claims=claims[:-1])) == []
    train = confusion_matrix(CELLS, where="Fig. 2", arm="net", part="train")
    assert [one.part for one in matrices(paper(claims=[*claims, *train]))] == ["test", "train"]
