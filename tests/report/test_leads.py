"""The sentence that each folded section begins with."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs as runs
import pytest

from lib import papers
from lib.report.leads import LEADS, lead_sentence
from lib.results import Leak, Rejected


def lead(title: str, paper=None, **changes) -> str:
    return lead_sentence(title, paper or runs.paper(), runs.results(**changes))


@pytest.mark.parametrize("title", LEADS)
def test_every_section_has_one_that_ends_as_a_sentence(title):
    text = lead(title)
    assert text.endswith(".")
    assert len(text.split()) <= 60


def test_a_section_of_one_notebook_has_none():
    assert lead("Something else") == ""


def test_slips_are_counted_and_not_the_checks_that_notice_them():
    paper = papers.load("kuncoro_white_blood_cells")
    assert "the audit found 2 slips" in lead("The paper and the audit", paper)
    assert "the audit found no slip" in lead(
        "The paper and the audit", papers.load("kumar_breakhis")
    )


def test_images_are_counted_and_those_left_out_named():
    data = runs.data(
        counts={"cat": 120, "dog": 80}, rejected=[Rejected(path="x.txt", reason="no image")]
    )
    assert lead("Images and split", data=data).startswith(
        "200 images in 2 classes of 80 to 120; 1 file left out."
    )


def test_what_is_shared_with_training_is_told_by_what_finds_most():
    def leak(by: str, share: float | None) -> Leak:
        return Leak(arm="net", protocol="published", by=by, share=share, sharing=None, others=None)

    leaks = [leak("near-duplicate", 0.2), leak("group", 0.75), leak("look-alike", None)]
    text = lead("Images and split", leaks=leaks)
    assert "75.0 % of the test images were found to have an image of the same patient" in text


def test_the_commonest_mistake_is_that_of_the_first_model_that_learnt():
    results = runs.results()
    confusion = results.confusions[0].model_copy(update={"counts": [[15, 5], [2, 18]]})
    text = lead("Results", confusions=[confusion])
    assert "Most often net calls cat dog (5 of 20 images, first seed)." in text
    silent = [record.model_copy(update={"outcome": "one answer"}) for record in results.learning]
    assert "Most often" not in lead("Results", confusions=[confusion], learning=silent)


def test_nothing_is_made_of_a_perfect_matrix():
    confusion = runs.results().confusions[0].model_copy(update={"counts": [[20, 0], [0, 20]]})
    assert "makes no mistake" in lead("Results", confusions=[confusion])


def test_a_network_stands_beside_its_rival_only_if_it_learnt():
    probes = [runs.probe("colour", "shortcut")]
    assert "net 0.900 beside 0.900 (overall colours)" in lead(
        "How far can it be trusted?", probes=probes
    )
    learning = [
        record.model_copy(update={"outcome": "one answer"}) for record in runs.results().learning
    ]
    text = lead("How far can it be trusted?", probes=probes, learning=learning)
    assert "beside" not in text


def test_verdicts_are_counted():
    claims = [made_up.result(), made_up.result(), made_up.result(verdict="inconclusive")]
    assert lead("Every number judged", claims=claims) == (
        "3 printed numbers: 2 reproduced and 1 inconclusive."
    )
    assert lead("Every number judged", claims=claims[:2]) == ("2 printed numbers, all reproduced.")
    assert "no number" in lead("Every number judged", claims=[])


def test_findings_are_counted_by_outcome():
    paper = replace(
        runs.paper(), claims=(made_up.claim("accuracy", "0.905"), made_up.claim("support", "40"))
    )
    assert lead("The paper and the audit", paper).startswith("The paper prints 2 numbers")
