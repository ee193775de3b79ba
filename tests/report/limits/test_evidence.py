"""What else explains a score, and where it does not hold."""

import made_up_runs as made_up
import pytest

from lib.evidence.probes import find_description, probe_verdicts
from lib.report.limits import evidence
from lib.report.probes import probe_sentences


def test_a_control_set_that_scores_lower_on_the_same_classes_is_told():
    controls = [made_up.control(0.44, -0.5, -0.4), made_up.control(0.88, name="near")]
    (sentence,) = evidence.failed_controls(made_up.run(controls=controls))
    assert sentence.endswith(
        "net (published) has 0.440 [0.390, 0.490] on elsewhere and 0.890 [0.000, 1.000] on test images of the "
        "same classes (difference -0.450 [-0.500, -0.400])."
    )


def test_69_of_100_beside_48_of_60_of_one_class_is_no_limitation():
    """The difference is 0.69 - 0.80, and by Newcombe's interval from -0.23 to 0.04."""
    controls = [made_up.control(0.69, -0.23, 0.04)]
    assert list(evidence.failed_controls(made_up.run(controls=controls))) == []


@pytest.mark.parametrize(
    "changes", [{"by": "colour"}, {"protocol": "grouped"}], ids=["a probe", "not learnt"]
)
def test_a_control_set_is_told_of_the_papers_models_that_learnt(changes):
    learning = [made_up.learning(), made_up.learning(protocol="grouped", outcome="one answer")]
    controls = [made_up.control(0.44, -0.5, -0.4, **changes)]
    run = made_up.run(controls=controls, learning=learning)
    assert list(evidence.failed_controls(run)) == []


def _probed(*apart: tuple[str, float, float], **changes):
    """A network beside probes that are above chance: name, bounds of network less probe."""
    return made_up.run(
        probes=[made_up.probe(name, find_description(name).kind) for name, *_ in apart],
        comparisons=[made_up.comparison(*comparison) for comparison in apart],
        **changes,
    )


def test_the_limitations_are_those_that_the_section_on_probes_tells():
    """Each probe that is not beaten stands in one sentence, by what that means."""
    run = _probed(
        ("border", -0.02, 0.04),
        ("blurred", 0.001, 0.1),
        ("pixels", -0.3, -0.1),
        ("nearest neighbour", -0.1, 0.1),
        ("features", -0.1, 0.1),
    )
    shortcut, plain, copies = evidence.unbeaten_probes(run)
    assert shortcut.startswith(
        "net (published) does not clearly beat a simple classifier that sees only the border:"
    )
    assert plain.startswith(
        "net (published) is beaten by a simple classifier that sees only a thumbnail: nothing shows"
    )
    assert copies.startswith(
        "net (published) does not clearly beat a simple classifier that sees only the most similar training image: its"
    )
    (section,) = (
        " ".join(probe_sentences(verdicts, run.results, {}))
        for verdicts in [probe_verdicts(run.results, {})]
    )
    assert "No shortcut probe reaches" not in section
    assert plain in section


@pytest.mark.parametrize(
    "run",
    [
        _probed(("border", 0.001, 0.1), ("pixels", 0.1, 0.2)),
        _probed(("features", -0.3, -0.1)),  # a linear classifier on what a deep network sees
        _probed(("border", -0.3, -0.1), learning=[made_up.learning(outcome="one answer")]),
        _probed(("border", -0.3, -0.1), learning=[made_up.learning(test_majority=0.89)]),
    ],
    ids=["ahead", "features", "not learnt", "at chance"],
)
def test_no_limitation_is_made_of(run):
    assert list(evidence.unbeaten_probes(run)) == []


def test_the_worst_subgroup_is_told_where_it_lies_below_the_whole():
    worse = [made_up.subgroup("40X", 0.6, 0.5, 0.7), made_up.subgroup("400X", 0.5, 0.4, 0.6)]
    (sentence,) = evidence.weak_subgroups(made_up.run(subgroups=worse))
    assert sentence == (
        "The overall score hides unequal ones: magnification 400X 0.500 [0.400, 0.600] beside 0.900 "
        "[0.880, 0.920] over all (net, published)."
    )
    level = [made_up.subgroup("40X", 0.8, 0.7, 0.88)]
    assert list(evidence.weak_subgroups(made_up.run(subgroups=level))) == []
    silent = [made_up.learning(outcome="one answer")]
    assert list(evidence.weak_subgroups(made_up.run(subgroups=worse, learning=silent))) == []


@pytest.mark.parametrize(("low", "count"), [(0.051, 1), (0.05, 0)])
def test_probabilities_far_off_are_told(low, count):
    scores = [made_up.accuracy(), made_up.accuracy(0.1, low, 0.2, metric="ece")]
    silent = [made_up.learning(outcome="one answer")]
    assert list(evidence.miscalibration(made_up.run(scores=scores, learning=silent))) == []
    sentences = list(evidence.miscalibration(made_up.run(scores=scores)))
    assert len(sentences) == count
    assert all(
        f"off by 0.100 [{low:.3f}, 0.200] (net, published)" in sentence for sentence in sentences
    )


def test_without_a_control_set_nothing_is_known_of_other_images():
    (sentence,) = evidence.no_controls(made_up.run(controls=[]))
    assert sentence.startswith("No images of another origin were")
