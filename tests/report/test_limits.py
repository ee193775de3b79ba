"""The whole list: nothing without a fact for it, the gravest first, no sentence twice."""

import re

import made_up_paper
import made_up_runs as made_up
import pytest

from lib import papers
from lib.report.facts import Run
from lib.report.limits import TOPICS, limitations

DRAWN = made_up.data(kind="phantom", groups=None, group_counts=None)


def test_of_a_run_without_a_flaw_only_its_one_machine_is_told():
    assert limitations(made_up.paper(), made_up.results()) == [made_up.DEVICE]


def test_what_is_told_comes_in_the_order_of_gravity():
    training = {"net": made_up.TRAINING | {"epochs": 2}}
    sentences = limitations(
        made_up.paper(),
        made_up.results(
            data=DRAWN,
            settings=made_up.results().settings | {"training": training},
            models=[made_up_paper.model(used="random")],
            learning=[
                made_up.learning("net"),
                made_up.learning("net", "grouped", outcome="one answer"),
            ],
            last_epochs=[made_up.last_epochs(0.9, 0.2)],
            changed=["epochs"],
            folds=[made_up.fold(near_duplicates=4)],
            controls=[],
        ),
    )
    assert [" ".join(sentence.split()[:2]) for sentence in sentences] == [
        "All 200",
        "This run",
        "net (grouped)",
        "Under the",
        "Which images",
        "No images",
        "Everything was",
    ]


def test_every_limit_is_asked_for_once_and_topics_are_twelve_at_most():
    limits = [limit for topic in TOPICS for limit in topic]
    assert len(set(limits)) == len(limits)
    assert len(TOPICS) <= 12


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_sentence_about_a_real_paper_is_one_and_said_once(slug):
    paper = papers.load(slug)
    names = [arm.name for arm in paper.arms]
    results = made_up.results(
        *names, data=DRAWN, claims=[made_up_paper.result(verdict="not comparable")]
    )
    sentences = limitations(paper, results)
    assert len(set(sentences)) == len(sentences) > 3
    for sentence in sentences:
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert "None" not in sentence
        assert not re.search(r"  |\.\.|\{|\}|_", sentence)
    assert any("rests on" in sentence for sentence in sentences)


def test_arms_and_accuracies_are_those_of_the_paper_without_variants():
    variant = made_up.accuracy(arm="net-other")
    run = made_up.run(scores=[made_up.accuracy(), variant, made_up.accuracy(metric="loss")])
    assert isinstance(run, Run)
    assert run.arms == ["net"]
    assert list(run.accuracies) == [("net", "published")]
