"""How findings are ranked and numbers are quoted."""

from dataclasses import asdict
from json import dumps

import pytest
from made_up_paper import claim, paper

from lib.audit.findings import Finding, quoted, quoted_rows, ranked, weigh
from lib.words import percent


def _finding(outcome: str, weight: int, topic: str = "") -> Finding:
    return Finding(
        check="sizes",
        topic=topic,
        outcome=outcome,
        printed=(),
        arithmetic="",
        sentence="",
        weight=weight,
    )


def test_the_impossible_comes_first_and_the_weightier_before_the_lighter():
    findings = [
        _finding("consistent", 3),
        _finding("undetermined", 1, "first"),
        _finding("impossible", 1),
        _finding("undetermined", 1, "second"),
        _finding("impossible", 3),
    ]
    assert [(finding.outcome, finding.weight, finding.topic) for finding in ranked(findings)] == [
        ("impossible", 3, ""),
        ("impossible", 1, ""),
        ("undetermined", 1, "first"),
        ("undetermined", 1, "second"),
        ("consistent", 3, ""),
    ]


def test_a_finding_can_be_written_as_json():
    assert '"weight": 2' in dumps(asdict(_finding("consistent", 2)))


def test_numbers_are_quoted_as_printed_each_once():
    claims = [
        claim("accuracy", "97,57", unit="percent"),
        claim("accuracy", "97,57", unit="percent"),
        claim("memory", "9.24", unit="MB", of="total", where="Fig. 5"),
    ]
    assert quoted(claims) == ("“97,57 %” (Table 1)", "total: 9.24 MB (Fig. 5)")


def test_rows_of_a_table_are_quoted_together():
    row = [claim("precision", "0.95"), claim("support", "95", unit="count")]
    assert quoted_rows({"benign": row}, "Fig. 12") == ("benign: 0.95 95 (Fig. 12)",)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Abstract (twice)", 3),
        ("CONCLUSION", 3),
        ("§Simpulan", 3),
        ("Kesimpulan", 3),
        ("Table 1", 2),
    ],
)
def test_what_stands_in_abstract_or_conclusion_weighs_most(where, expected):
    first, other = claim("accuracy", "0.9"), claim("accuracy", "0.8", where=where)
    assert weigh(paper(claims=[first, other]), [other]) == expected


def test_the_headline_weighs_most_wherever_it_stands():
    first, other = claim("accuracy", "0.9"), claim("loss", "0.9")
    made = paper(claims=[first, other])
    assert weigh(made, [other, first]) == 3
    assert weigh(made, [other]) == 2


def test_shares_in_words():
    assert percent(0.4875) == "48.8 %"
