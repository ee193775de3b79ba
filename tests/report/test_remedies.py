"""What is said to help a model that did not learn."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest

from lib.papers.declare import Assumed
from lib.report.remedies import remedy_sentence


def said(*failed: str, paper=None, used: str = "imagenet", **training) -> str:
    """Of a run of "a" and "b" in which `failed` did not learn; "a" was trained otherwise by `training`."""
    trained = {"a": {**made_up.TRAINING, **training}, "b": made_up.TRAINING}
    results = made_up.results("a", "b")
    results = made_up.results(
        *("a", "b"),
        learning=[
            made_up.learning(arm, outcome="one answer" if arm in failed else "learnt")
            for arm in "ab"
        ],
        models=[made_up_paper.model("a", used=used), made_up_paper.model("b")],
        settings={**results.settings, "training": trained},
    )
    return remedy_sentence(paper or made_up.paper("a", "b"), results)


def of_recipe(**changes):
    """The paper with another recipe of its arms."""
    paper = made_up.paper("a", "b")
    arms = [replace(arm, recipe=replace(arm.recipe, **changes)) for arm in paper.arms]
    return replace(paper, arms=tuple(arms))


def test_what_learnt_needs_none():
    assert said(epochs=1) == ""
    assert "for b" not in said("a", epochs=1)


def test_missing_weights_come_first():
    assert said("a", used="random", epochs=1) == (
        "For a: Keras' ImageNet weights (python -m lib weights fetches them or says why it cannot)."
    )


def test_what_the_run_changed_is_told_with_both_values():
    assert said("a", epochs=1, optimizer="sgd") == (
        'For a: optimizer = "adam" (here "sgd") and epochs = 3 (here 1), as in the paper.'
    )


def test_a_range_of_pixels_that_the_weights_do_not_know_is_told_where_nothing_was_changed():
    text = said("a", "b")
    assert text.startswith('For a and b: pixel_scaling = "native"')
    assert "[-1, 1]" in text
    assert "pixel_scaling" not in said("a", used="random")


@pytest.mark.parametrize("assumed", [True, False])
def test_a_rate_that_the_paper_leaves_open_is_the_last_thing_to_try(assumed):
    rate = {"learning_rate": Assumed(0.001, "usual")} if assumed else {}
    paper = of_recipe(**rate, pixel_scaling=Assumed("native", "usual"))
    text = said("a", paper=paper, pixel_scaling="[-1, 1]")
    assert ("another learning_rate" in text) == assumed
    assert (text == "") != assumed
