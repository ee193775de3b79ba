"""What follows from numbers that fit together."""

from made_up_paper import claim
from made_up_reports import report_paper, rows

from lib.audit import audit_claims

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]


def _follows(claims, **known) -> dict:
    return {found.topic: found for found in audit_claims(claims, **known)[1]}


def test_the_only_solution_of_a_report_is_told():
    found = _follows(report_paper(rows(MATRIX), "0.88").claims)
    assert found["hits and called"].values["a"] == {"hits": 30, "called": 34, "support": 35}
    assert found["baseline"].values == {"majority": "a", "share": 0.35}
    assert found["interval"].values["hits"] == [88, 88]


def test_nothing_follows_from_an_impossible_report():
    assert _follows(report_paper(rows(MATRIX), "0.71").claims) == {}


def test_the_only_table_of_two_classes_is_told():
    printed = {"accuracy": "0.9567", "sensitivity": "0.9700", "specificity": "0.9500"}
    claims = [claim(metric, number) for metric, number in printed.items()]
    found = _follows(claims, n=300, positives=100)["hits and called"]
    assert found.values == {
        "positive": {"hits": 97, "called": 107, "support": 100},
        "negative": {"hits": 190, "called": 193, "support": 200},
    }


def test_the_images_that_accuracies_fit_are_told_where_none_are_stated():
    numbers = ["0.875389", "0.811526", "0.858255"]
    claims = [claim("accuracy", number, arm=number) for number in numbers]
    assert _follows(claims)["images"].values["totals"][:2] == [642, 1284]
    assert "images" not in _follows(claims, n=642)
