"""Losses beside accuracies."""

from dataclasses import replace

import pytest
from made_up_paper import arm, claim, paper

from lib.audit.checks.losses import check_losses, least_loss
from lib.papers.declare import Assumed, Stated


def _check(made) -> dict:
    return {finding.topic: finding for finding in check_losses(made)}


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
