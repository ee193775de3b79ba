"""What the probes say of a network: three comparisons, one verdict, nothing of one that did not learn."""

import made_up_runs as made_up
import pytest

from lib.evidence.probes import ABOVE, AT_CHANCE, BEATS, REACHES, find_description, probe_verdicts
from lib.results import Comparison, Probe, Results

BOTH = ("colour", "texture")


def _probe(name: str, low: float = 0.7, protocol: str = "published", arm: str = "") -> Probe:
    accuracy = made_up.accuracy(low + 0.1, low, low + 0.2, arm=name, protocol=protocol)
    return Probe(name=name, kind=find_description(name).kind, arm=arm, accuracy=accuracy)


def _apart(name: str, low: float, protocol: str = "published", arm: str = "net") -> Comparison:
    return made_up.comparison(name, low, low + 0.1, protocol=protocol, arm=arm)


def _results(apart: dict[str, float], protocol: str = "published", **changes) -> Results:
    """A network that learnt, and probes: name → lower bound of network less probe."""
    return made_up.results(
        probes=[_probe(name, protocol=protocol) for name in apart],
        comparisons=[_apart(name, low, protocol) for name, low in apart.items()],
        **changes,
    )


def _reaching(results: Results, *defining: str) -> dict[str, list[str]]:
    """Role → probes that reach the only network."""
    (verdict,) = probe_verdicts(results, dict.fromkeys(defining, "reason"))
    roles = {rival.role: None for rival in verdict.rivals}
    names = {role: [rival.probe.name for rival in verdict.reaching(role)] for role in roles}
    return {role: found for role, found in names.items() if found}


def test_each_probe_is_compared_with_the_majority_and_with_the_network():
    """The best constant answer to the test images has 0.5."""
    results = made_up.results(
        probes=[
            *(_probe("border", 0.5), _probe("blurred", 0.51), _probe("pixels"), _probe("colour")),
            _probe("majority", 0.4),
        ],
        comparisons=[
            *(_apart("border", -0.05), _apart("blurred", 0.01), _apart("pixels", 0.0)),
            *(_apart("colour", -0.2), _apart("majority", 0.3), _apart("net-other", 0.1)),
        ],
    )
    (verdict,) = probe_verdicts(results, {})
    assert (verdict.arm, verdict.protocol, verdict.majority) == ("net", "published", 0.5)
    assert verdict.accuracy.mean == 0.9
    levels = {rival.probe.name: rival.level for rival in verdict.rivals}
    assert levels == {"colour": BEATS, "pixels": REACHES, "border": AT_CHANCE, "blurred": ABOVE}
    assert list(levels) == ["colour", "pixels", "border", "blurred"]  # the order of `PROBES`
    assert verdict.strongest.probe.name == "colour"


@pytest.mark.parametrize("outcome", ["one answer", "not above the majority"])
def test_nothing_is_said_of_an_arm_that_did_not_learn(outcome):
    learning = [
        made_up.learning(outcome=outcome),
        made_up.learning(protocol="grouped"),
    ]
    results = made_up.results(
        learning=learning,
        probes=[_probe("colour", protocol=name) for name in ("published", "grouped")],
        comparisons=[_apart("colour", -0.2, name) for name in ("published", "grouped")],
    )
    assert [verdict.protocol for verdict in probe_verdicts(results, {})] == ["grouped"]


def test_the_majority_is_the_better_of_the_two_constant_answers():
    learning = [made_up.learning(training_majority=0.72, test_majority=0.55)]
    results = _results({"colour": 0.0}, learning=learning)
    (verdict,) = probe_verdicts(results, {})
    assert verdict.majority == 0.72
    assert verdict.rivals[0].level == AT_CHANCE  # from 0.7 on


def test_the_role_of_a_probe_is_what_it_means_that_it_reaches_the_network():
    reached = dict.fromkeys(("pixels", "features", "border", "blurred", "nearest neighbour"), 0.0)
    assert _reaching(_results(reached)) == {
        "plain": ["pixels"],
        "features": ["features"],
        "shortcut": ["border", "blurred"],
        "look-alike": ["nearest neighbour"],
    }


def test_of_groups_that_are_kept_apart_the_nearest_neighbour_is_a_plain_classifier():
    results = _results({"nearest neighbour": 0.0}, "grouped")
    assert _reaching(results) == {"plain": ["nearest neighbour"]}
    unknown = _results(
        {"nearest neighbour": 0.0}, "grouped", grouping=made_up.grouping(basis="search")
    )
    assert _reaching(unknown) == {"look-alike": ["nearest neighbour"]}


def test_what_defines_the_classes_is_no_shortcut():
    reached = dict.fromkeys(("colour", "border"), 0.0)
    assert _reaching(_results(reached)) == {"shortcut": ["colour", "border"]}
    assert _reaching(_results(reached), "colour") == {"content": ["colour"], "shortcut": ["border"]}
    assert _reaching(_results({"patches": 0.0}), "colour") == {"shortcut": ["patches"]}
    assert _reaching(_results({"patches": 0.0}), *BOTH) == {"content": ["patches"]}


def test_a_probe_is_left_out_where_one_that_it_contains_does_as_much():
    colour = dict.fromkeys(("colour", "global", "patches"), 0.0)
    assert _reaching(_results(colour)) == {"shortcut": ["colour"]}
    # Colour defines the classes, so `global`, which sees it too, tells of no shortcut either.
    assert _reaching(_results(colour), "colour") == {"content": ["colour"]}
    assert _reaching(_results({"colour": 0.2, "global": 0.0})) == {"shortcut": ["global"]}
    beaten = _results({"colour": 0.0, "patches": -0.3})
    assert _reaching(beaten) == {"shortcut": ["colour", "patches"]}


def test_features_are_those_of_the_arm_itself():
    results = made_up.results(
        "net",
        "other",
        probes=[_probe("features", low, arm=arm) for arm, low in (("net", 0.8), ("other", 0.6))],
        comparisons=[_apart("features", 0.0, arm=arm) for arm in ("net", "other")],
    )
    lows = {of.arm: of.rivals[0].probe.accuracy.low for of in probe_verdicts(results, {})}
    assert lows == {"net": 0.8, "other": 0.6}
    assert probe_verdicts(results, {})[0].strongest is None
