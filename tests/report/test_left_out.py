"""Reports of a run that leaves models of the paper out, or borrows one of another paper."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest
from report_html import page

from lib import report
from lib.papers.declare import Paper
from lib.report.leads import LEADS, lead_sentence
from lib.results import Results

BORROWED = "kumar_breakhis/mobilenetv3"
CHOICES = [("b",), ("c", "b"), ("b", BORROWED), (BORROWED,)]
chosen = pytest.mark.parametrize("arms", CHOICES, ids=" ".join)


def _paper() -> Paper:
    """Three models, of which the first has the headline; of each an accuracy is printed."""
    claims = tuple(
        made_up_paper.claim("accuracy", f"0.9{place}", arm=arm) for place, arm in enumerate("abc")
    )
    paper = made_up.paper(*"abc", claims=claims)
    profile = made_up_paper.paper().profiles
    return replace(paper, profiles=profile)


def _results(*arms: str) -> Results:
    own = [arm for arm in arms if "/" not in arm]
    claims = [made_up_paper.result(arm=arm, printed="0.9") for arm in own]
    subgroups = []
    return made_up.results(*arms, claims=claims, subgroups=subgroups)


@chosen
def test_the_summary_has_a_row_for_each_model_that_was_trained_and_no_other(arms):
    summary = page(report.summary_block(_paper(), _results(*arms), []))
    rows = [row.th.find(string=True) for row in summary.select("table.stack tbody tr")]
    assert rows == list(arms)
    caption = summary.select_one("figure.fig figcaption").get_text()
    assert ("the paper's number" in caption) == (arms != (BORROWED,))
    for row, arm in zip(summary.select("table.stack tbody tr"), arms, strict=True):
        printed = row.find(attrs={"data-column": "Printed"})  # none where nothing is printed at all
        assert (printed is None or printed.get_text() == "–") == (arm == BORROWED)
        assert (row.select_one(".verdict") is None) == (arm == BORROWED)
        assert ("another paper" in row.th.get_text()) == (arm == BORROWED)


@chosen
@pytest.mark.parametrize("title", LEADS)
def test_every_section_has_its_sentence_without_the_models_that_were_left_out(title, arms):
    sentence = lead_sentence(title, _paper(), _results(*arms))
    assert sentence.endswith(".")
    if title in ("Model and training", "Results"):
        assert [arm for arm in ("a:", "a 0.9") if arm in sentence] == []
        assert all(arm in sentence for arm in arms)


@chosen
@pytest.mark.parametrize(
    "make",
    [
        report.limitation_list,
        report.checklist_table,
        report.assumption_table,
        report.variant_table,
        report.subgroup_table,
        report.verdict_summary,
    ],
)
def test_every_block_of_paper_and_run_is_made(make, arms):
    assert page(make(_paper(), _results(*arms))).get_text()


@chosen
def test_what_is_printed_of_models_that_were_left_out_is_one_sentence_and_no_verdict(arms):
    text = page(report.verdict_summary(_paper(), _results(*arms))).p.get_text()
    own = [arm for arm in arms if arm != BORROWED]
    number = f"{3 - len(own)} of" if own else "None of"
    assert f"{number} the paper's 3 models" in text
    assert (f"Of {len(own)} printed number" in text) == bool(own)


@chosen
def test_what_is_assumed_is_told_of_the_papers_models_that_were_trained(arms):
    paper = _paper()
    first = replace(paper.arms[0], recipe=made_up_paper.recipe(epochs=77))
    paper = replace(paper, arms=(first, *paper.arms[1:]))
    text = page(report.assumption_table(paper, _results(*arms))).get_text()
    assert "77" not in text
    assert ("epochs" in text) == (arms != (BORROWED,))


def test_a_borrowed_model_is_described_with_whose_it_is():
    models = [made_up_paper.model(arm) for arm in ("b", BORROWED)]
    shown = page(report.layer_table(_paper(), models, dict.fromkeys(("b", BORROWED), "")))
    own, borrowed = (part.get_text() for part in shown.find_all("h4"))
    assert (own, borrowed) == ("b", BORROWED)
    assert shown.get_text().count("Model and recipe are those of Kumar, Reddy and Reddy") == 1
