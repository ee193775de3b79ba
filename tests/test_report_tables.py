"""Tables of paper, run and verdicts: what they show for a small record, cell by cell."""

import dataclasses
import json
from collections.abc import Sequence

import pytest
from bs4 import BeautifulSoup

from lib import papers, report
from lib.paper import Paper
from lib.results import ClaimResult, LayerRow, Model, Results
from lib.settings import resolve

MARK = "Synthetic images"


def cells(shown, row=None):
    page = BeautifulSoup(shown.html, "html.parser")
    rows = [[cell.get_text() for cell in line.find_all("td")] for line in page.select("tbody tr")]
    return rows if row is None else next(line for line in rows if line[0] == row)


def test_the_brief_names_paper_authors_and_claim(paper):
    text = BeautifulSoup(report.brief(paper).html, "html.parser").get_text()
    for part in (paper.title, paper.title_english, *paper.authors, "94.8 %"):
        assert part in text


def test_printed_numbers_are_shown_as_printed(paper):
    shown = report.printed(paper)
    assert cells(shown)[0] == ["mobilenetv2", "94.839 %", "Fig. 8, below the table"]
    assert cells(shown, "eosinophil") == ["eosinophil", "0.86", "0.92", "0.89", "142"]


def test_layers_are_compared_with_the_papers(paper, record):
    rows = [LayerRow(name="dense_1", output="(None, 5)", parameters=645)]
    model = Model(
        arm="mobilenetv2",
        variant_of="",
        layers=rows,
        parameters={"total": 2422597, "non-trainable": 2257984},
        weights=record.models[0].weights,
    )
    shown = report.layers(paper, model, MARK)
    assert cells(shown, "dense_1") == ["dense_1", "(None, 5)", "(None, 5)", "643", "645", "no"]
    assert cells(shown, "non-trainable parameters")[3:] == ["2257984", "2257984", "yes"]
    assert "Backbone: random weights (none)." in shown.html
    assert "beside Fig. 5." in shown.html


def test_layers_of_a_variant_stand_beside_no_printed_ones(paper, record):
    rows = [LayerRow(name="dense_1", output="(None, 5)", parameters=645)]
    weights = record.models[0].weights.model_copy(update={"used": "torchvision", "source": "there"})
    model = Model(
        arm="mobilenetv2-native",
        variant_of="mobilenetv2",
        layers=rows,
        parameters={"total": 2422597},
        weights=weights,
    )
    shown = report.layers(paper, model, MARK)
    assert cells(shown, "dense_1") == ["dense_1", "–", "(None, 5)", "–", "645", "–"]
    assert cells(shown, "total parameters")[3:] == ["–", "2422597", "–"]
    assert "beside the paper." in shown.html
    assert "Backbone: torchvision&#x27;s ImageNet weights (there)." in shown.html


def test_the_classification_report_shows_mean_and_interval(record):
    shown = report.classification(record.collect().scores, "mobilenetv2", MARK)
    row = cells(shown, "monocyte")
    assert row[1].startswith("1.000 [0.")
    assert row[1].endswith(", 1.000]")
    assert row[4] == "3 [3, 3]"
    assert cells(shown, "accuracy")[1:3] == ["–", "–"]


def test_the_classification_report_is_that_of_the_arm_asked_for(with_variant):
    scores = with_variant.collect().scores
    shown = report.classification(scores, "mobilenetv2-native", MARK)
    # Of 3 basophils 2 are right with seed 0 and none with seed 1; all others are.
    assert cells(shown, "basophil")[2].startswith("0.333 [")
    assert cells(shown, "monocyte")[2].startswith("1.000 [")
    assert cells(shown, "accuracy")[3].startswith("0.867 [")
    other = report.classification(scores, "mobilenetv2", MARK)
    assert {row[2].split()[0] for row in cells(other)} == {"1.000", "–"}
    assert [row[0] for row in cells(other)] == [row[0] for row in cells(shown)]


def test_the_best_epoch_is_no_row_of_the_classification_report(with_variant):
    scores = with_variant.collect().scores
    shown = report.classification(scores, "mobilenetv2", MARK)
    assert [row[0] for row in cells(shown)][-3:] == ["macro avg", "weighted avg", "accuracy"]
    assert len(cells(shown)) == 5 + 3


def test_seeds_show_each_run_and_the_spread(record):
    shown = report.seeds(record.collect().scores, "mobilenetv2", [0, 1], MARK)
    assert cells(shown)[:4] == [
        ["0", "1.0000"],
        ["1", "1.0000"],
        ["mean", "1.0000"],
        ["standard deviation", "0.0000"],
    ]


def test_seeds_are_those_of_the_arm_asked_for(with_variant):
    shown = report.seeds(with_variant.collect().scores, "mobilenetv2-native", [0, 1], MARK)
    # 14/15 and 12/15 lie 2/15 apart: a standard deviation of 2/15 / sqrt(2).
    assert cells(shown)[:6] == [
        ["0", "0.9333"],
        ["1", "0.8000"],
        ["mean", "0.8667"],
        ["standard deviation", "0.0943"],
        ["lowest", "0.8000"],
        ["highest", "0.9333"],
    ]


def claim(**changes) -> ClaimResult:
    values = {
        "arm": "mobilenetv2",
        "metric": "accuracy",
        "of": "",
        "part": "test",
        "epoch": None,
        "unit": "percent",
        "printed": "94.839",
        "where": "Fig. 8",
        "tolerance": 0.02,
        "reproduced": 0.9477,
        "low": 0.9194,
        "high": 0.9684,
        "verdict": "inconclusive",
        "reason": "why",
    }
    return ClaimResult(**values | changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            [
                "Accuracy",
                "94.839 %",
                "94.8 %",
                "91.9 – 96.8",
                "-0.1",
                "± 2",
                "inconclusive",
                "Fig. 8",
            ],
        ),
        (
            {"unit": "fraction", "printed": "0.95"},
            [
                "Accuracy",
                "0.95",
                "0.948",
                "0.919 – 0.968",
                "-0.002",
                "± 0.02",
                "inconclusive",
                "Fig. 8",
            ],
        ),
        (
            {
                "metric": "support",
                "of": "basophil",
                "unit": "count",
                "printed": "71",
                "tolerance": 0,
            }
            | {"reproduced": 141.8, "low": 132, "high": 158},
            [
                "Support basophil",
                "71",
                "141.8",
                "132 – 158",
                "+70.8",
                "± 0",
                "inconclusive",
                "Fig. 8",
            ],
        ),
        (
            {
                "metric": "parameters",
                "of": "dense",
                "unit": "count",
                "printed": "163968",
                "tolerance": 0,
            }
            | {"reproduced": 163968, "low": 163968, "high": 163968, "verdict": "reproduced"},
            ["Parameters dense", "163968", "163968", "–", "0", "± 0", "reproduced", "Fig. 8"],
        ),
        (
            {"reproduced": 0.94838, "low": 0.9, "high": 0.99},
            [
                "Accuracy",
                "94.839 %",
                "94.8 %",
                "90.0 – 99.0",
                "0.0",
                "± 2",
                "inconclusive",
                "Fig. 8",
            ],
        ),
        (
            {"reproduced": None, "low": None, "high": None, "verdict": "not comparable"},
            ["Accuracy", "94.839 %", "–", "–", "–", "± 2", "not comparable", "Fig. 8"],
        ),
    ],
)
def test_a_claim_is_shown_in_the_unit_it_was_printed_in(record, changes, expected):
    results = record.collect().model_copy(update={"claims": [claim(**changes)]})
    assert cells(report.verdicts(results, MARK)) == [expected]


def test_single_epochs_stand_in_a_table_of_their_own(record):
    results = record.collect()
    shown = report.training_table(results, MARK)
    assert len(cells(shown)) == 60
    assert "The 60 numbers of single epochs" in shown.html
    assert len(cells(report.verdicts(results, MARK))) == len(results.claims) - 60


def test_the_summary_counts_verdicts_by_reason_and_prints_the_rule(record):
    results = record.collect()
    shown = report.verdict_summary(results, MARK)
    assert sum(int(row[2]) for row in cells(shown)) == len(results.claims)
    assert results.verdict_rule[:60] in shown.html


def test_assumptions_separate_stated_assumed_and_changed(record, paper):
    results = record.collect()
    shown = report.assumptions(paper, results)
    assert cells(shown, "epochs") == ["epochs", "15", "15", "stated", "§III, Table 1"]
    assert cells(shown, "batch size")[3] == "assumed"
    assert cells(shown, "seeds")[1:4] == ["0, 1, 2, 3, 4", "0, 1", "assumed, changed for this run"]
    assert cells(shown, "trainable")[1] == "no"
    assert cells(shown, "augmentation")[1:4] == ["none", "none", "assumed"]
    assert cells(shown, "dropout")[1] == "0, 0"


def _run_of(record, paper: Paper, **changes) -> Results:
    """A record of another paper, as far as its settings go."""
    settings = resolve(paper, "paper", **changes)
    plain = json.loads(json.dumps(dataclasses.asdict(settings)))
    update = {"settings": plain, "changed": list(settings.changed)}
    return record.collect().model_copy(update=update)


def _settings_shown(shown) -> Sequence[str]:
    return [row[0] for row in cells(shown)]


def test_assumptions_of_several_arms_stand_once_where_they_agree_and_by_arm_where_not(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumptions(paper, _run_of(record, paper))
    assert cells(shown, "alexnet: epochs")[1:4] == ["40", "40", "stated"]
    assert cells(shown, "resnet50: epochs")[1:4] == ["150", "150", "stated"]
    assert cells(shown, "image size")[1:4] == ["227", "227", "stated"]
    assert cells(shown, "alexnet: dense")[1] == "4096, 4096"
    assert cells(shown, "resnet50: dense")[1] == "none"
    names = _settings_shown(shown)
    assert "alexnet: filters" in names
    assert "resnet50: filters" not in names
    assert not {"epochs", "dense", "filters", "alexnet: image size"} & set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("slug", papers.slugs())
def test_every_declared_setting_of_every_arm_is_among_the_assumptions(record, slug):
    paper = papers.load(slug)
    names = set(_settings_shown(report.assumptions(paper, _run_of(record, paper))))
    assert {"seeds", "test share", "stratified"} <= names
    for arm in paper.arms:
        for name in (one.replace("_", " ") for one in arm.settings):
            assert {name, f"{arm.name}: {name}"} & names


def test_a_change_is_told_of_every_arm_that_declares_its_own(record):
    paper = papers.load("hulu_breast_mammography")
    shown = report.assumptions(paper, _run_of(record, paper, epochs=3))
    changed = "stated, changed for this run"
    assert cells(shown, "alexnet: epochs")[1:4] == ["40", "3", changed]
    assert cells(shown, "resnet50: epochs")[1:4] == ["150", "3", changed]
    assert cells(shown, "batch size")[3] == "assumed"


def test_pixels_that_every_arm_scales_in_its_own_way_are_told_by_arm(record):
    paper = papers.load("kumar_breakhis")
    rows = cells(report.assumptions(paper, _run_of(record, paper)))
    told = {row[0]: row[1:3] for row in rows if row[0].endswith("pixel scaling")}
    assert told == {
        "vgg16: pixel scaling": ["native", "BGR - mean"],
        "mobilenetv3: pixel scaling": ["native", "[0, 255]"],
        "resnet50v2: pixel scaling": ["native", "[-1, 1]"],
    }


def test_provenance_names_all_that_made_the_numbers(record):
    results = record.collect()
    text = report.provenance(results).html
    for part in (
        "CPU: test",
        "0, 1",
        results.data.sha256,
        results.files["predictions.csv"],
        "run by hand",
    ):
        assert part in text
