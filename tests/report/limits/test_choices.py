"""What the paper leaves open, and what hangs on it."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest

from lib.papers.declare import Assumed, Contradiction, Split, Stated
from lib.report.facts import Run
from lib.report.limits import choices
from lib.results import Learning


def test_choices_that_leave_the_interval_are_told_with_the_accuracy_of_the_run():
    tried = [
        made_up.choice("batch size", "8", 0.85, used=True),
        made_up.choice("batch size", "64", 0.91),
        made_up.choice("learning rate", "0.01", 0.5),
        made_up.choice("epoch", "3", 0.95),
    ]
    (sentence,) = choices.open_choices(made_up.run(choices=tried))
    assert sentence.endswith(
        ": 0.500 with learning rate 0.01 and 0.950 with epoch 3 instead of 0.850 (net)."
    )
    assert list(choices.open_choices(made_up.run(choices=tried[:2]))) == []


def test_choices_that_were_not_tried_are_said_to_be_unknown_not_without_effect():
    (sentence,) = choices.untried_choices(made_up.run(choices=[]))
    assert "were tried with net," in sentence
    assert "unknown" in sentence
    tried = [made_up.choice("loss", "a", 0.9, used=True), made_up.choice("loss", "b", 0.8)]
    assert list(choices.untried_choices(made_up.run(choices=tried))) == []


def test_variants_that_were_trained_are_no_choices_left_untried():
    models = [made_up_paper.model(), made_up_paper.model("net-other", variant_of="net")]
    (sentence,) = choices.untried_choices(made_up.run(choices=[], models=models))
    assert sentence.startswith("Apart from the variants")


def test_of_a_model_that_did_not_learn_no_choice_is_told():
    tried = [made_up.choice("loss", "a", 0.5, used=True), made_up.choice("loss", "b", 0.1)]
    run = made_up.run(choices=tried, learning=_learning("one answer"))
    assert list(choices.open_choices(run)) == []
    assert list(choices.untried_choices(run)) == []


def _learning(*outcomes: str) -> list[Learning]:
    """Of "net" and "net-other" under both protocols; one outcome is of both."""
    arms = zip(("net", "net-other"), (*outcomes, *outcomes), strict=False)
    return [
        made_up.learning(arm, protocol, outcome=outcome)
        for arm, outcome in arms
        for protocol in ("published", "grouped")
    ]


def test_a_variant_that_differs_with_every_seed_is_told():
    def told(low: float, high: float, *per_seed: float, outcomes=("learnt",)) -> list[str]:
        return list(
            choices.variants(
                made_up.run(
                    comparisons=[made_up.comparison("net", low, high, arm="net-other")],
                    differences=[made_up.difference(*per_seed)],
                    learning=_learning(*outcomes),
                )
            )
        )

    (sentence,) = told(0.01, 0.05, 0.02, 0.04)
    assert sentence.endswith("net-other minus net +0.030 [+0.010, +0.050] (published).")
    assert "-0.030 [-0.050, -0.010]" in told(-0.05, -0.01, -0.02, -0.04)[0]
    assert told(0.01, 0.05, -0.01, 0.04) == []  # one seed says otherwise
    assert told(-0.01, 0.07, 0.02, 0.04) == []  # the test images are too few to tell
    assert told(0.01, 0.05, 0.03) == []  # one seed
    # A reading that makes a model learn is worth telling; of two that do not, nothing is.
    assert told(0.01, 0.05, 0.02, 0.04, outcomes=("one answer", "learnt"))
    assert told(0.01, 0.05, 0.02, 0.04, outcomes=("one answer",)) == []


def test_assumptions_behind_the_headline_are_counted_and_named():
    arm = made_up_paper.arm(
        "other", augmentation=Stated((), "§2"), dropout=Assumed((0,), "the paper names none")
    )
    split = Split(test_share=Assumed(0.2, "the usual share"), stratified=Stated(True, "§1"))
    paper = made_up.paper(split=split, claims=(made_up_paper.claim("accuracy", "1", arm="other"),))
    paper = replace(paper, arms=(*paper.arms, arm))
    results = made_up.results("net", "other")
    (sentence,) = choices.assumptions(Run(paper=paper, results=results))
    assert sentence == (
        "The headline, of other, rests on 3 assumptions about what the paper does not say."
    )


def test_without_the_headlines_model_the_assumptions_of_another_are_counted():
    arm = made_up_paper.arm("other", dropout=Assumed((0,), "the paper names none"))
    claims = (made_up_paper.claim("accuracy", "1", arm="net"),)
    paper = made_up.paper(claims=claims, arms=(*made_up.paper().arms, arm))
    (sentence,) = choices.assumptions(Run(paper=paper, results=made_up.results("other")))
    assert sentence.startswith("The recipe of other rests on 3 assumptions")


def test_nothing_is_assumed_where_no_model_of_the_paper_was_trained():
    run = Run(paper=made_up.paper(), results=made_up.results("kumar_breakhis/vgg16"))
    assert list(choices.assumptions(run)) == []


@pytest.mark.parametrize(
    ("trained", "told"),
    [
        (("a", "b", "c"), []),
        (
            ("b",),
            [
                "2 of the paper's 3 models were not trained here (a and c): their 3 printed numbers are not judged."
            ],
        ),
        (
            ("a", "b"),
            [
                "1 of the paper's 3 models was not trained here (c): its 1 printed number is not judged."
            ],
        ),
        (
            ("a", "c", "kumar_breakhis/vgg16"),
            ["1 of the paper's 3 models was not trained here (b)."],
        ),
    ],
)
def test_models_that_were_left_out_are_named_with_what_is_printed_of_them(trained, told):
    claims = [made_up_paper.claim("accuracy", "1", arm=arm) for arm in "aac"]
    run = Run(paper=made_up.paper(*"abc", claims=claims), results=made_up.results(*trained))
    assert list(choices.untrained_arms(run)) == told


def test_that_no_model_of_the_paper_was_trained_is_said_in_as_many_words():
    def told(*declared: str) -> str:
        claims = [made_up_paper.claim("accuracy", "1", arm=arm) for arm in declared]
        results = made_up.results("kumar_breakhis/vgg16")
        run = Run(paper=made_up.paper(*declared, claims=claims), results=results)
        (sentence,) = choices.untrained_arms(run)
        return sentence

    assert told("a").startswith(
        "The paper's model was not trained here (a): its 1 printed number is"
    )
    assert told("a", "b").startswith(
        "None of the paper's 2 models was trained here (a and b): their 2"
    )


def test_readings_of_a_model_that_was_left_out_are_not_missed():
    arms = [made_up_paper.arm(name) for name in "ab"]
    variants = tuple(arm.variant("other", "why") for arm in arms)
    paper = made_up.paper(arms=tuple(arms), variants=variants)
    (sentence,) = choices.untrained_variants(Run(paper=paper, results=made_up.results("b")))
    assert "(b-other)" in sentence


def test_contradictions_are_counted_and_named():
    readings = (Stated("1", "§1"), Stated("2", "§2"))
    contradictions = tuple(
        Contradiction(topic=topic, readings=readings, used="1", reason="why") for topic in "AB"
    )
    (sentence,) = choices.contradictions(made_up.run({"contradictions": contradictions}))
    assert sentence.startswith("The paper contradicts itself in 2 places, and")
    assert sentence.endswith("reading.")


def test_readings_that_were_not_run_are_named():
    (arm,) = made_up.paper().arms
    variants = (arm.variant("other", "it differs"), arm.variant("third", "it differs more"))
    models = [made_up_paper.model(), made_up_paper.model("net-third")]
    (sentence,) = choices.untrained_variants(made_up.run({"variants": variants}, models=models))
    assert sentence == "1 other reading of the paper was not run (net-other)."


def test_printed_validation_numbers_are_counted():
    claims = [made_up_paper.claim("loss", "1", part=part) for part in ("validation", "test")]
    (sentence,) = choices.validation_numbers(made_up.run({"claims": (*claims, *claims)}))
    assert "For 2 printed numbers on validation images, test images" in sentence
