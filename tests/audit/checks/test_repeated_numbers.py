"""One quantity at several places."""

import pytest
from made_up_paper import arm, paper
from made_up_reports import accuracies, contradiction

from lib.audit.checks.repeated_numbers import check_repeated_numbers
from lib.audit.quantities import declared_contradiction


def _check(made) -> dict:
    return {finding.topic: finding for finding in check_repeated_numbers(made)}


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        (("0.981", "0.9757"), "impossible"),
        (("0.98", "0.9757"), "consistent"),
        (("0.97", "0.9757"), "undetermined"),  # cut off
        (("0.97", "0.9757", "0.98"), "undetermined"),
        (("0.97", "0.99"), "impossible"),
    ],
)
def test_one_quantity_is_one_number(printed, outcome):
    found = _check(paper(claims=accuracies(*printed)))
    assert [finding.outcome for finding in found.values()] == [outcome]


def test_other_parts_classes_epochs_and_arms_are_other_quantities():
    claims = [
        *accuracies("0.5"),
        *accuracies("0.6", part="train"),
        *accuracies("0.7", of="a"),
        *accuracies("0.8", epoch=3),
        *accuracies("0.9", arm="other"),
        *accuracies("0.4", incomparable="one image"),
    ]
    assert _check(paper(arm("net"), arm("other"), claims=claims)) == {}


def test_a_disagreement_is_weighed_and_quoted():
    (finding,) = _check(paper(claims=accuracies("0.981", "0.9757"))).values()
    assert finding.topic == "Accuracy on the test images"
    assert finding.printed == ("0.981 (§0)", "0.9757 (§1)")
    assert finding.weight == 3
    assert finding.arithmetic == "no value prints as 0.981 and 0.9757, rounded or cut off"


def test_a_declared_contradiction_that_quotes_the_numbers_is_told_with_them():
    claims = accuracies("0.981", "0.9757")
    made = paper(claims=claims, contradictions=(contradiction("0.981, 362/369", "0.9757 of all"),))
    assert declared_contradiction(made, claims) is made.contradictions[0]
    (finding,) = _check(made).values()
    assert finding.topic == "How good"
    assert finding.sentence.endswith("Used here: b, since so.")


def test_numbers_that_agree_are_one_finding():
    claims = [*accuracies("0.98", "0.981"), *accuracies("0.5", "0.5", part="train")]
    (finding,) = _check(paper(claims=claims)).values()
    assert (finding.outcome, finding.weight) == ("consistent", 1)
    assert finding.arithmetic.startswith("2 quantities")
