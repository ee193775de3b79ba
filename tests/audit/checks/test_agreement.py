"""One quantity at several places, losses beside accuracies, and what a report implies."""

from dataclasses import replace

import pytest
from made_up_paper import arm, claim, paper
from made_up_reports import accuracy, report_paper, rows

from lib.audit.checks.agreement import check_agreement, least_loss
from lib.audit.quantities import disagreeing, quoting
from lib.audit.solved import solved_reports
from lib.papers.declare import Assumed, Contradiction, Stated

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]


def _check(made) -> dict:
    return {one.topic: one for one in check_agreement(made, solved_reports(made))}


def _accuracies(*printed: str, **changes):
    return [
        claim("accuracy", one, where=f"§{place}", **changes) for place, one in enumerate(printed)
    ]


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
    found = _check(paper(claims=_accuracies(*printed)))
    assert [one.outcome for one in found.values()] == [outcome]


def test_percentages_and_fractions_are_compared():
    both = [*_accuracies("0.981"), *_accuracies("98,1", unit="percent")]
    assert disagreeing(paper(claims=both)) == []
    both = [*_accuracies("0.981"), *_accuracies("97,57", unit="percent")]
    assert disagreeing(paper(claims=both)) == [both]


def test_other_parts_classes_epochs_and_arms_are_other_quantities():
    claims = [
        *_accuracies("0.5"),
        *_accuracies("0.6", part="train"),
        *_accuracies("0.7", of="a"),
        *_accuracies("0.8", epoch=3),
        *_accuracies("0.9", arm="other"),
        *_accuracies("0.4", incomparable="one image"),
    ]
    assert _check(paper(arm("net"), arm("other"), claims=claims)) == {}


def test_a_disagreement_is_weighed_and_quoted():
    (found,) = _check(paper(claims=_accuracies("0.981", "0.9757"))).values()
    assert found.topic == "Accuracy on the test images"
    assert found.printed == ("0.981 (§0)", "0.9757 (§1)")
    assert found.weight == 3
    assert found.arithmetic == "no value prints as 0.981 and 0.9757, rounded or cut off"


def _declared(*readings: str):
    return Contradiction(
        topic="How good",
        readings=tuple(Stated(one, "§") for one in readings),
        used="b",
        reason="so",
    )


def test_a_declared_contradiction_that_quotes_the_numbers_is_told_with_them():
    claims = _accuracies("0.981", "0.9757")
    made = paper(claims=claims, contradictions=(_declared("0.981, 362/369", "0.9757 of all"),))
    assert quoting(made, claims) is made.contradictions[0]
    (found,) = _check(made).values()
    assert found.topic == "How good"
    assert found.sentence.endswith("Used here: b, since so.")


@pytest.mark.parametrize(
    "readings", [("0.981", "0.975"), ("0.9810", "0.9757"), ("10.981", "0.9757"), ("0.981",)]
)
def test_a_number_is_not_quoted_by_a_part_of_another(readings):
    claims = _accuracies("0.981", "0.9757")
    assert quoting(paper(claims=claims, contradictions=(_declared(*readings),)), claims) is None


def test_either_way_of_printing_a_number_quotes_it():
    claims = [*_accuracies("0.981", "0.9757"), *_accuracies("98.1", unit="percent")]
    assert quoting(paper(claims=claims, contradictions=(_declared("98.1 %", "0.9757"),)), claims)


def _losses(right: str, printed: str, **changes):
    return paper(
        arm(recipe=replace(arm().recipe, **changes)),
        classes=("a", "b", "c"),
        claims=[claim("accuracy", right), claim("loss", printed, unit="loss")],
    )


def test_every_error_costs_a_loss_of_ln_2():
    assert float(least_loss(claim("accuracy", "0.5000"))) == pytest.approx(
        0.4999 * 0.6931, abs=1e-4
    )
    topic = "Losses and accuracies"
    assert _check(_losses("0.5000", "0.33"))[topic].outcome == "impossible"
    assert _check(_losses("0.5000", "0.35"))[topic].outcome == "consistent"
    assert _check(_losses("1.00", "0.00"))[topic].outcome == "consistent"
    assumed = _losses("0.5000", "0.33", loss=Assumed("categorical_crossentropy", ""))
    assert _check(assumed)[topic].outcome == "undetermined"
    other = _losses("0.5000", "0.33", loss=Stated("binary_crossentropy", "§2"))
    assert _check(other)[topic].outcome == "undetermined"


def test_a_loss_is_held_against_the_accuracy_of_its_own_epoch():
    claims = [claim("accuracy", "0.10", epoch=1), claim("loss", "0.01", unit="loss", epoch=2)]
    assert _check(paper(claims=claims)) == {}


IMPLIED = "Accuracy implied by Table 1"


def _implied(printed: str, **changes):
    other = claim("accuracy", printed, **{"where": "Abstract"} | changes)
    return _check(report_paper(rows(MATRIX), accuracy(MATRIX), claims=[other])).get(IMPLIED)


def test_a_report_implies_an_accuracy():
    found = _implied("0.880")
    assert (found.outcome, found.arithmetic) == ("consistent", "88 of 100 images right, 0.8800")
    assert _implied("0.89").outcome == "impossible"
    assert _check(report_paper(rows(MATRIX), accuracy(MATRIX))).get(IMPLIED) is None


def test_the_last_epoch_of_a_curve_is_only_near_it():
    last = {"part": "validation", "epoch": 3}
    assert _implied("0.8800", **last).outcome == "consistent"
    found = _implied("0.8700", **last)
    assert found.outcome == "undetermined"
    assert found.sentence.startswith("The curve ends at 0.8700")
    assert _implied("0.8700", part="validation", epoch=2) is None
    assert _implied("0.8700", part="train", epoch=3) is None
    assert _implied("0.8700", part="train") is None


def test_a_number_that_fits_only_if_digits_were_cut_off_is_undetermined():
    matrix = [[95, 1], [3, 101]]  # 0.98
    other = claim("accuracy", "0.9", where="Abstract")
    found = _check(report_paper(rows(matrix), "0.980", claims=[other]))[IMPLIED]
    assert found.outcome == "undetermined"
    assert "digits were cut off" in found.sentence


def test_numbers_that_agree_are_one_finding():
    claims = [*_accuracies("0.98", "0.981"), *_accuracies("0.5", "0.5", part="train")]
    (found,) = _check(paper(claims=claims)).values()
    assert (found.outcome, found.weight) == ("consistent", 1)
    assert found.arithmetic.startswith("2 quantities")
