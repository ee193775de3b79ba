"""Levels of probes: the rule at its edges."""

import pytest

from lib.evidence.probes import (
    ABOVE,
    AT_CHANCE,
    BEATS,
    REACHES,
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


def test_a_probe_beats_the_network_where_the_whole_interval_lies_below_0():
    assert probe_level(_score(0.8), 0.5, _apart(-0.4, -0.2)) == BEATS
    assert probe_level(_score(0.8), 0.5, _apart(-0.4, 0.0)) == REACHES  # it touches 0
    assert probe_level(_score(0.5), 0.5, _apart(-0.4, -0.2)) == AT_CHANCE


@pytest.mark.parametrize(
    ("grouped", "tells"),
    [
        ((0.40, 0.60), True),
        ((0.48, 0.72), True),  # the intervals meet, but 0.2 is more than √(0.1² + 0.12²)
        ((0.40, 0.80), False),
        ((0.70, 0.90), False),
    ],
)
def test_a_leak_is_told_where_the_interval_of_the_difference_lies_above_0(grouped, tells):
    published, other = _score(0.7, 0.9), _score(*grouped)
    assert indicates_leak(published, other) == tells
    assert not indicates_leak(other, published)
