"""No two sentences of a report contradict each other: pairs of places that tell of one thing."""

import re
from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest
from report_html import cells, page

from lib import report
from lib.papers.declare import Attribute, Paper
from lib.report.alarms import alarms
from lib.report.limits import learning, limitations
from lib.results import Results

BOTH = ("published", "grouped")


def told(results: Results, paper: Paper | None = None) -> str:
    """All limitations, one a line."""
    return "\n".join(limitations(paper or made_up.paper(), results))


def silent(*arms: str) -> list:
    """That each of these arms gives one answer under both protocols."""
    return [
        made_up.learning(arm, protocol, outcome="one answer") for arm in arms for protocol in BOTH
    ]


# What a model that did not learn is not said to have done


def _suspicious(**changes) -> Results:
    """Everything that can be said against a score, of "net"."""
    tried = [made_up.choice("loss", "a", 0.9, used=True), made_up.choice("loss", "b", 0.1)]
    scores = [
        made_up.accuracy(0.9, 0.5, 0.92),
        made_up.accuracy(0.7, 0.5, 0.8, protocol="grouped"),
        made_up.accuracy(1.0, part="train"),
        made_up.accuracy(0.3, 0.2, 0.4, metric="ece"),
    ]
    values = {
        "scores": scores,
        "probes": [
            made_up.probe("majority", "baseline"),
            made_up.probe("colour", "shortcut"),
            made_up.probe("features", "baseline"),
            made_up.probe("nearest neighbour", "leak"),
        ],
        "comparisons": [
            made_up.comparison(name, -0.1, 0.1)
            for name in ("majority", "colour", "features", "nearest neighbour")
        ],
        "controls": [made_up.control(0.2, -0.8, -0.6)],
        "gaps": [made_up.gap(0.1, 0.3)],
        "choices": tried,
        "subgroups": [made_up.subgroup("40X", 0.1, 0.0, 0.2)],
    }
    return made_up.results(**values | changes)


def test_of_a_model_that_did_not_learn_one_sentence_is_said():
    assert len(_about_net(_suspicious())) > 4
    (sentence,) = _about_net(_suspicious(learning=silent("net")))
    assert sentence.startswith("net (published and grouped) is not shown to have learnt")


def _about_net(results: Results) -> list[str]:
    """The limitations that name the arm, or speak of the network."""
    sentences = limitations(made_up.paper(), results)
    return [sentence for sentence in sentences if re.search(r"\bnet(work)?\b", sentence)]


def test_where_no_model_learnt_every_section_is_a_sentence():
    results, paper = _suspicious(learning=silent("net")), made_up.paper()
    for shown in (
        report.best_epoch_table(results),
        report.choice_figure(results),
        report.subgroup_table(paper, results),
        report.failure_figure(results, _answers(), None),
        report.confused_pair_figure(results, _answers(), None),
        report.ranking_figure(_answers(), results.learning, paper, results.grouping, {"net": ""}),
        report.calibration_figure(
            _answers(), results.learning, paper, results.grouping, {"net": ""}
        ),
    ):
        assert page(shown).select("img, table") == []
        assert "not shown to have learnt" in shown.html


def _answers():
    table = made_up_paper.pd.DataFrame({"cat": [1.0], "dog": [0.0]})
    return table.assign(
        arm="net", protocol="published", part="test", seed=0, path="1", group="", true="cat",
        predicted="cat",
    )  # fmt: skip


# Limits beside sections


def _of_patients(groups: int | None) -> Results:
    subgroup = made_up.subgroup("40X", 0.1, 0.0, 0.2)
    return made_up.results(subgroups=[subgroup.model_copy(update={"groups": groups})])


@pytest.mark.parametrize(("groups", "judged"), [(1, False), (6, True), (None, True)])
def test_a_subgroup_that_is_not_judged_is_no_limitation(groups, judged):
    """Six images of one patient hid "unequal scores", above "fewer than 5 patients are not judged"."""
    results, paper = _of_patients(groups), _divided()
    assert ("hides unequal ones" in told(results, paper)) == judged
    shown = report.subgroup_table(paper, results)
    assert ("Apart from all test images" in shown.html) == judged
    assert ("are not judged" in shown.html) == (not judged)


def _divided() -> Paper:
    paper = made_up.paper()
    zoom = Attribute(name="magnification", pattern="x", where="file names")
    return replace(paper, dataset=replace(paper.dataset, subgroups=(zoom,)))


def test_a_subgroup_stands_apart_in_the_table_where_it_is_a_limitation():
    """One strays by chance out of twenty if it need only miss the mean."""
    for high, apart in ((0.87, True), (0.89, False)):
        results = made_up.results(subgroups=[made_up.subgroup("40X", 0.8, 0.7, high)])
        assert ("hides unequal ones" in told(results, _divided())) == apart
        assert cells(report.subgroup_table(_divided(), results))[1][-1].endswith("↓") == apart


def test_what_another_seed_gives_is_not_unknown_where_it_was_tried():
    settings = made_up.results().settings | {"seeds": [7]}
    tried = [
        made_up.choice("seed of the weights", "7", 0.9, used=True),
        made_up.choice("seed of the weights", "0", 0.87),
    ]
    for choices, unknown in ((tried, False), ([], True)):
        results = made_up.results(settings=settings, choices=choices)
        assert ("another would move the scores is unknown" in told(results)) == unknown
        assert ("settings that the paper leaves open were tried" in told(results)) == unknown
        sentences = report.choice_sentences(
            choices, results.learning, made_up.paper(), {"": ""}
        ).html
        assert ("unknown" in sentences) == unknown
        assert ("Not tried" in report.choice_figure(results).html) == unknown


def test_seeds_of_the_run_are_no_settings_that_were_not_tried():
    """The table of seeds stands below: only of settings may a report say that nothing is known."""
    text = told(made_up.results(choices=[]))
    assert "settings that the paper leaves open were tried with net," in text
    assert "seed" not in text


def test_an_unsettled_training_is_an_alarm_with_its_accuracies_and_a_limitation():
    moving = [made_up.last_epochs(0.62, 0.64, 0.32)]
    (limitation,) = learning.unsettled_training(made_up.run(last_epochs=moving))
    (alarm,) = alarms(made_up.results(last_epochs=moving))
    assert "0.620 → 0.640 → 0.320" in alarm.sentence
    assert limitation.startswith("net (published) had not settled")
