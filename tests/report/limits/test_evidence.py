"""What else explains a score, and where it does not hold."""

import made_up_runs as made_up
import pytest

from lib.report.limits import evidence


def test_a_control_set_below_the_test_interval_is_told():
    controls = [made_up.control(right=[20.0, 24.0]), made_up.control(name="near", right=[44.0])]
    (sentence,) = evidence.failed_controls(made_up.run(controls=controls))
    assert sentence.endswith(
        "net is right on 44.0% of the 50 images of elsewhere and on 90.0% of its test images "
        "(published)."
    )
    assert list(evidence.failed_controls(made_up.run(controls=controls[1:]))) == []


def test_what_a_probe_makes_of_a_control_set_is_no_limitation_of_the_network():
    controls = [made_up.control(by="colour", right=[0.0])]
    assert list(evidence.failed_controls(made_up.run(controls=controls))) == []


def test_shortcuts_the_network_is_not_shown_to_beat_are_told_with_their_difference():
    facts = {
        "probes": [made_up.probe(name, "shortcut") for name in ("colour", "border", "blurred")],
        "comparisons": [
            made_up.comparison("colour", -0.02, 0.04),
            made_up.comparison("border", -0.3, -0.1),
            made_up.comparison("blurred", 0.001, 0.1),
            made_up.comparison("colour", -0.2, 0.0, arm="net-other"),
            made_up.comparison("net-other", -0.2, 0.0),
        ],
    }
    (sentence,) = evidence.unbeaten_probes(made_up.run(**facts))
    assert sentence == (
        "The network is not shown to be ahead of border and colour (2 of 3 comparisons; the least: net "
        "less border -0.200 [-0.300, -0.100] (published)). So its score may come from these instead of "
        "from what the images show."
    )


@pytest.mark.parametrize("kind", evidence.MEANINGS)
def test_each_kind_of_probe_means_something_else(kind):
    probes = [made_up.probe("it", kind)]
    (sentence,) = evidence.unbeaten_probes(
        made_up.run(probes=probes, comparisons=[made_up.comparison("it", -0.1, 0.1)])
    )
    assert sentence.endswith(f"So {evidence.MEANINGS[kind]}.")
    ahead = made_up.run(probes=probes, comparisons=[made_up.comparison("it", 0.01, 0.1)])
    assert list(evidence.unbeaten_probes(ahead)) == []


def test_the_worst_subgroup_is_told_where_it_lies_below_the_whole():
    worse = [made_up.subgroup("40X", 0.6, 0.5, 0.7), made_up.subgroup("400X", 0.5, 0.4, 0.6)]
    (sentence,) = evidence.weak_subgroups(made_up.run(subgroups=worse))
    assert sentence == (
        "One score hides unequal ones: magnification 400X 0.500 [0.400, 0.600] beside 0.900 [0.880, "
        "0.920] over all (net, published)."
    )
    level = [made_up.subgroup("40X", 0.8, 0.7, 0.88)]
    assert list(evidence.weak_subgroups(made_up.run(subgroups=level))) == []


@pytest.mark.parametrize(("low", "count"), [(0.051, 1), (0.05, 0)])
def test_probabilities_far_off_are_told(low, count):
    scores = [made_up.accuracy(), made_up.accuracy(0.1, low, 0.2, metric="ece")]
    sentences = list(evidence.miscalibration(made_up.run(scores=scores)))
    assert len(sentences) == count
    assert all(
        f"off by 0.100 [{low:.3f}, 0.200] (net, published)" in sentence for sentence in sentences
    )


def test_without_a_control_set_nothing_is_known_of_other_images():
    (sentence,) = evidence.no_controls(made_up.run(controls=[]))
    assert sentence.startswith("Only images of folder were tested")
