"""The answer first: status, alarms, one row per model, kept results on real images."""

import made_up_paper as made_up
import made_up_runs as runs
import pytest
from bs4 import BeautifulSoup

from lib.papers.declare import WorstFinding
from lib.report.summary import status_reason, summary_block
from lib.results import Reference


def shown(paper=None, results=None, references=()):
    block = summary_block(paper or runs.paper(), results or runs.results(), references)
    return BeautifulSoup(block.html, "html.parser")


def rows(summary) -> list[dict[str, str]]:
    """One per model: column → text, the first under "Model"."""
    return [
        {
            cell.get("data-column", "Model"): cell.get_text(" ", strip=True)
            for cell in row.select("th, td")
        }
        for row in summary.select("tbody tr")
    ]


def test_a_model_has_one_row_with_all_that_decides():
    (row,) = rows(shown())
    assert row == {
        "Model": "net",
        "Printed": "0.90",
        "Published split": "0.900 [0.880, 0.920] n = 40, trained on 160",
        "Grouped split": "0.900 [0.880, 0.920] n = 40, trained on 160",
        "Majority": "0.500",
        "Verdict": "reproduced",
    }


def test_a_variant_has_a_row_and_no_verdict():
    models = [made_up.model("net"), made_up.model("net-other", variant_of="net")]
    results = runs.results("net", "net-other", models=models)
    assert [(row["Model"], row["Verdict"]) for row in rows(shown(results=results))] == [
        ("net", "reproduced"),
        ("net-other variant of net", "–"),
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("exact", "Reproduced."),
        ("phantom", "Demonstration on drawn images"),
        ("substitute", "Other images than the paper's"),
    ],
)
def test_the_status_stands_once_and_first(kind, words):
    summary = shown(results=runs.results(data=runs.data(kind=kind)))
    (status,) = summary.select(".status")
    assert summary.section.find(True) == status
    assert status.strong.get_text().startswith(words)


def test_the_reason_names_the_numbers_that_decide():
    claims = [
        made_up.result(reason="inside the margin"),
        made_up.result(
            arm="other", printed="0.70", verdict="not reproduced", reason="outside the margin"
        ),
    ]
    reason = status_reason(runs.results("net", "other", claims=claims))
    assert "0.70 (other, Table 1)" in reason
    assert "outside the margin" in reason
    assert "inside" not in reason.replace("outside", "")


def test_the_audits_worst_finding_is_said_and_escaped():
    worst = WorstFinding(topic="t", sentence="Its <b>30</b> accuracies fit 31 images", where="§1")
    text = shown(runs.paper(worst=worst)).select_one("ul.lead").get_text()
    assert "Its <b>30</b> accuracies fit 31 images (§1)." in text


def test_alarms_come_first_and_a_model_that_did_not_learn_has_no_rival_and_no_outcome():
    accuracy = runs.accuracy(0.5, 0.45, 0.55)
    learning = [
        record.model_copy(update={"outcome": "one answer", "answer_share": 1.0})
        for record in runs.results().learning
    ]
    results = runs.results(
        scores=[accuracy, accuracy.model_copy(update={"protocol": "grouped"})],
        learning=learning,
        probes=[runs.probe("colour", "shortcut")],
    )
    summary = shown(results=results)
    first, *others = summary.select("ul.lead li")
    assert first["class"] == ["grave"]
    assert not any("What came out" in item.get_text() for item in others)
    assert not any("come about" in item.get_text() for item in others)
    (row,) = rows(summary)
    assert "Best simple rival" not in row  # a column of dashes alone
    assert others[0].b.get_text() == "What to try."


def test_a_headline_of_training_images_stands_beside_ours():
    on_training = runs.accuracy(0.996, 0.99, 1.0, part="train")
    results = runs.results()
    claims = [made_up.result(part="train", printed="98.01", unit="percent"), *results.claims]
    changes = {"scores": [*results.scores, on_training], "claims": claims}
    text = shown(results=runs.results(**changes)).get_text()
    assert "On the images that it was trained on, net reaches 0.996 (printed: 98.01 %)." in text


def test_who_made_the_run_is_said_only_where_it_is_known():
    named = runs.results(provenance=runs.provenance(author="A. <Student>", assignment="<Week> 3"))
    facts = shown(results=named).select_one("dl.run").get_text(" ")
    assert "A. <Student>" in facts
    assert "<Week> 3" in facts
    assert " By " not in shown().select_one("dl.run").get_text(" ")


def reference(**changes) -> Reference:
    """What a run of "net" measured on 200 real images."""
    results = runs.results()
    scores = [
        {
            "protocol": protocol,
            "accuracy": runs.accuracy(mean, mean, mean, protocol=protocol),
            "test_images": 40,
            "majority": 0.5,
            "on_training": None,
            "last_epochs": [],
            "best_probe": None,
            "leaks": {},
        }
        for protocol, mean in (("published", 0.8), ("grouped", 0.7))
    ]
    arm = {
        "arm": "net",
        "variant_of": "",
        "weights": results.models[0].weights,
        "printed": None,
        "printed_on_training": None,
        "scores": scores,
        "gap": None,
    }
    values = {
        "slug": "made_up",
        "name": "real",
        "title": "real cats",
        "data": {
            name: value
            for name, value in runs.data(kind="substitute").model_dump().items()
            if name != "rejected"
        },
        "rejected": 0,
        "near_duplicates": {},
        "look_alikes": {},
        "grouping": results.grouping,
        "profile": "paper",
        "settings": results.settings,
        "changed": [],
        "arms": [arm],
        "controls": [],
        "run_key": "",
        "versions": {},
        "backend": "tensorflow",
        "device": "CPU",
        "started": "2026-01-02T00:00:00",
        "seconds": 1.0,
    }
    return Reference(**values | changes)


def test_kept_results_stand_in_a_column_that_is_absent_without_them():
    (row,) = rows(shown(references=[reference()]))
    assert row["Kept result on real images"] == "0.800 published 0.700 grouped"
    (without,) = rows(shown(references=[reference(slug="another")]))
    assert "Kept result on real images" not in without


def test_of_several_kept_results_that_of_the_runs_own_images_is_shown():
    larger = reference(data=reference().data.model_copy(update={"sha256": "1", "images": 10**6}))
    arm = reference().arms[0]
    worse = [score.model_copy(update={"accuracy": runs.accuracy(0.6)}) for score in arm.scores]
    larger = larger.model_copy(update={"arms": [arm.model_copy(update={"scores": worse})]})
    (row,) = rows(shown(references=[larger, reference()]))
    assert row["Kept result on real images"].startswith("0.800")
    assert (
        "the images of this run" in shown(references=[reference()]).select_one("caption").get_text()
    )


def test_agreement_with_a_kept_run_on_the_same_images_is_told_below_the_table():
    def caption(**changes):
        return shown(references=[reference(**changes)]).select_one("caption").get_text()

    assert "This run differs from the kept run on the same images" in caption()
    assert "not the paper's" in caption()
    assert "This run" not in caption(data=reference().data.model_copy(update={"sha256": "1"}))
