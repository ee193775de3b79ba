"""Levels of probes: the rule at its edges, and the sentences it leads to."""

import pytest

from lib.evidence.probes import (
    ABOVE,
    AT_CHANCE,
    REACHES,
    conclusion,
    indicates_leak,
    probe_level,
)
from lib.results import Comparison, Score


def _score(low: float, high: float = 1.0) -> Score:
    key = ("colour", "published", "accuracy", "", "test", None)
    return Score.over_seeds(key, [(low + high) / 2], low, high, "by hand")


def _apart(low: float, high: float = 0.5) -> Comparison:
    return Comparison.model_construct(mean=(low + high) / 2, low=low, high=high)


@pytest.mark.parametrize(
    ("low", "apart", "expected"),
    [
        (0.51, 0.01, ABOVE),
        (0.51, 0.0, REACHES),  # an interval that touches 0 includes it
        (0.51, -0.3, REACHES),
        (0.51, None, ABOVE),
        (0.5, 0.01, AT_CHANCE),  # an interval that touches the majority includes it
        (0.5, -0.3, AT_CHANCE),  # as good as a network that is itself at chance: nothing was learnt
        (0.2, None, AT_CHANCE),
    ],
)
def test_a_level_is_told_by_the_lower_bounds(low, apart, expected):
    difference = None if apart is None else _apart(apart)
    assert probe_level(_score(low), 0.5, difference) == expected


def test_a_probe_that_beats_the_network_reaches_it():
    assert probe_level(_score(0.8), 0.5, _apart(-0.4, -0.2)) == REACHES


@pytest.mark.parametrize(("low", "high", "tells"), [(0.7, 0.6, True), (0.6, 0.6, False)])
def test_a_leak_is_told_where_the_intervals_lie_apart(low, high, tells):
    assert indicates_leak(_score(low, 0.9), _score(0.4, high)) == tells
    assert not indicates_leak(_score(0.4, high), _score(low, 0.9))


def test_without_a_shortcut_the_sentence_promises_no_more_than_was_looked_for():
    told = conclusion(["vgg16 (published)", "resnet50 (published)"], [])
    assert told.startswith(
        "vgg16 (published) and resnet50 (published): no shortcut probe reaches the networks,"
    )
    assert told.endswith("A shortcut that none of them sees is not ruled out.")


def test_the_sentence_names_what_reaches_and_what_may_have_been_learnt_instead():
    one = conclusion(["cnn (grouped)"], ["border"])
    assert one.startswith("cnn (grouped): border reaches the network, so on these images it may")
    assert one.endswith("the margin of each class's pictures: frame, corners, background.")
    three = conclusion(["a (grouped)", "b (grouped)"], ["colour", "file", "border"])
    assert "colour, file and border reach the networks, so on these images they may have" in three
    assert "the light, stain or camera of each class's pictures; the size or compression" in three
    assert "; or the margin of" in three
