"""What the paper leaves open, and what hangs on it."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up

from lib.papers.declare import Assumed, Contradiction, Split, Stated
from lib.report.facts import Run
from lib.report.limits import choices


def test_choices_that_leave_the_interval_are_told_with_the_accuracy_of_the_run():
    tried = [
        made_up.choice("batch size", "8", 0.85, used=True),
        made_up.choice("batch size", "64", 0.91),
        made_up.choice("learning rate", "0.01", 0.5),
        made_up.choice("epoch", "3", 0.95),
    ]
    (sentence,) = choices.open_choices(made_up.run(choices=tried))
    assert sentence.endswith(": learning rate 0.01 0.500 and epoch 3 0.950 instead of 0.850 (net).")
    assert list(choices.open_choices(made_up.run(choices=tried[:2]))) == []


def test_choices_that_were_not_tried_are_said_to_be_unknown_not_without_effect():
    settings = made_up.results().settings | {"choices": False}
    (sentence,) = choices.untried_choices(made_up.run(settings=settings))
    assert "not tried in this run" in sentence
    assert "unknown" in sentence
    assert list(choices.untried_choices(made_up.run())) == []


def test_a_variant_that_differs_with_every_seed_is_told():
    (sentence,) = choices.variants(made_up.run(differences=[made_up.difference(0.02, 0.04)]))
    assert sentence.endswith(": net-other +0.030 [+0.020, +0.040] (published).")
    (sentence,) = choices.variants(made_up.run(differences=[made_up.difference(-0.02, -0.04)]))
    assert "net-other -0.030 [-0.040, -0.020]" in sentence
    unsure = [made_up.difference(-0.01, 0.04), made_up.difference(0.04)]
    assert list(choices.variants(made_up.run(differences=unsure))) == []


def test_assumptions_behind_the_headline_are_counted_and_named():
    arm = made_up_paper.arm(
        "other", augmentation=Stated((), "§2"), dropout=Assumed((0,), "the paper names none")
    )
    split = Split(test_share=Assumed(0.2, "the usual share"), stratified=Stated(True, "§1"))
    paper = made_up.paper(split=split, claims=(made_up_paper.claim("accuracy", "1", arm="other"),))
    paper = replace(paper, arms=(*paper.arms, arm))
    (sentence,) = choices.assumptions(Run(paper=paper, results=made_up.results()))
    assert sentence == (
        "The headline, of other, hangs on 3 assumptions about what the paper does not say: test share, "
        "dropout and output."
    )


def test_contradictions_are_counted_and_named():
    readings = (Stated("1", "§1"), Stated("2", "§2"))
    contradictions = tuple(
        Contradiction(topic=topic, readings=readings, used="1", reason="why") for topic in "AB"
    )
    (sentence,) = choices.contradictions(made_up.run({"contradictions": contradictions}))
    assert sentence.startswith("The paper contradicts itself in 2 places, and")
    assert sentence.endswith(": A; B.")


def test_readings_that_were_not_run_are_named():
    (arm,) = made_up.paper().arms
    variants = (arm.variant("other", "it differs"), arm.variant("third", "it differs more"))
    models = [made_up_paper.model(), made_up_paper.model("net-third")]
    (sentence,) = choices.untrained_variants(made_up.run({"variants": variants}, models=models))
    assert sentence == "Not run here: 1 other reading of the paper (net-other)."


def test_printed_validation_numbers_are_counted():
    claims = [made_up_paper.claim("loss", "1", part=part) for part in ("validation", "test")]
    (sentence,) = choices.validation_numbers(made_up.run({"claims": (*claims, *claims)}))
    assert "in 2 printed numbers: a best epoch" in sentence
