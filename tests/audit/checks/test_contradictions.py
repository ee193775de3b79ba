"""Declared contradictions: none is lost, none overstated."""

from types import SimpleNamespace

import pytest
from made_up_paper import claim, paper

from lib.audit.checks.contradictions import check_contradictions
from lib.papers.declare import Contradiction, Stated


def _declared(*readings: str, **more):
    values = {"topic": "Size", "used": "64", "reason": "it fits"} | more
    return Contradiction(readings=tuple(Stated(reading, "§2") for reading in readings), **values)


def test_two_readings_are_told_with_the_one_that_is_used():
    (finding,) = check_contradictions(paper(contradictions=(_declared("64", "200"),)))
    assert finding.outcome == "undetermined"
    assert finding.printed == ("64 (§2)", "200 (§2)")
    assert finding.sentence == "The paper says two things. Used here: 64, since it fits."


def test_a_relation_makes_them_impossible_if_it_holds():
    declared = vars(_declared("64", "200", "300"))
    made = paper(contradictions=(SimpleNamespace(**declared | {"excludes": "64 != 200"}),))
    (finding,) = check_contradictions(made)
    assert (finding.outcome, finding.arithmetic, finding.weight) == ("impossible", "64 != 200", 2)
    assert finding.sentence.startswith("The paper says three things that exclude each other.")
    made = paper(contradictions=(SimpleNamespace(**declared | {"excludes": "64 > 200"}),))
    with pytest.raises(
        ValueError, match=r"`excludes` of 'Size' should hold however .* received '64 > 200'"
    ):
        list(check_contradictions(made))


def test_what_was_told_with_its_numbers_is_not_told_again():
    claims = [claim("accuracy", "0.98"), claim("accuracy", "0.95", where="Abstract")]
    quoting, other = _declared("0.98 in Table 1", "0.95"), _declared("0.98", "0.9")
    (finding,) = check_contradictions(paper(claims=claims, contradictions=(quoting, other)))
    assert finding.printed == ("0.98 (§2)", "0.9 (§2)")


@pytest.mark.parametrize(("where", "expected"), [("Abstract, §2", 3), ("CONCLUSION", 3), ("§2", 2)])
def test_a_reading_of_abstract_or_conclusion_weighs_most(where, expected):
    readings = (Stated("64", "§1"), Stated("200", where))
    declared = Contradiction(topic="Size", readings=readings, used="64", reason="it fits")
    (finding,) = check_contradictions(paper(contradictions=(declared,)))
    assert finding.weight == expected


def test_a_relation_rests_on_numbers_of_the_readings():
    declared = vars(_declared("64", "200")) | {"excludes": "64 < 201"}
    made = paper(contradictions=(SimpleNamespace(**declared),))
    with pytest.raises(ValueError, match="received 201, which no reading has"):
        list(check_contradictions(made))


def test_what_was_computed_here_is_not_called_a_reading_of_the_paper():
    readings = (Stated("64 pixels", "§2"), Stated("a kernel leaves 62", "arithmetic"))
    declared = Contradiction(topic="Size", readings=readings, used="64", reason="it fits")
    (finding,) = check_contradictions(paper(contradictions=(declared,)))
    assert finding.printed == ("64 pixels (§2)",)
    assert finding.arithmetic == "a kernel leaves 62"
    assert finding.sentence.startswith("The paper says one thing, and arithmetic another.")
