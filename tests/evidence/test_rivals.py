"""The best simple classifier beside a network."""

import made_up_runs as runs

from lib.evidence.rivals import best_rival


def probe(name: str, mean: float, kind: str = "baseline", arm: str = "", protocol="published"):
    accuracy = runs.accuracy(mean, mean, mean, arm=name, protocol=protocol)
    return runs.probe(name, kind).model_copy(update={"accuracy": accuracy, "arm": arm})


def test_the_best_of_those_that_may_be_held_against_the_arm():
    probes = [
        probe("majority", 0.99),
        probe("random labels", 0.98, "random labels", "net"),
        probe("features", 0.97, arm="another"),
        probe("pixels", 0.96, protocol="grouped"),
        probe("colour", 0.8),
        probe("features", 0.85, arm="net"),
    ]
    rival = best_rival(runs.results(probes=probes), "net", "published")
    assert (rival.name, rival.arm, rival.accuracy.mean) == ("features", "net", 0.85)


def test_none_where_no_probe_was_run():
    assert best_rival(runs.results(), "net", "published") is None
