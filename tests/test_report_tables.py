"""Tables of paper, run and verdicts: what they show for a small record, cell by cell."""

import pytest
from bs4 import BeautifulSoup

from lib import report
from lib.results import ClaimResult, LayerRow, Model

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
        layers=rows,
        parameters={"total": 2422597, "non-trainable": 2257984},
        weights=record.models[0].weights,
    )
    shown = report.layers(paper, model, MARK)
    assert cells(shown, "dense_1") == ["dense_1", "(None, 5)", "(None, 5)", "643", "645", "no"]
    assert cells(shown, "non-trainable parameters")[3:] == ["2257984", "2257984", "yes"]
    assert "Backbone weights: random" in shown.html


def test_the_classification_report_shows_mean_and_interval(record):
    shown = report.classification(record.collect().scores, MARK)
    row = cells(shown, "monocyte")
    assert row[1].startswith("1.000 [0.")
    assert row[1].endswith(", 1.000]")
    assert row[4] == "3 [3, 3]"
    assert cells(shown, "accuracy")[1:3] == ["–", "–"]


def test_seeds_show_each_run_and_the_spread(record):
    shown = report.seeds(record.collect().scores, [0, 1], MARK)
    assert cells(shown)[:4] == [
        ["0", "1.0000"],
        ["1", "1.0000"],
        ["mean", "1.0000"],
        ["standard deviation", "0.0000"],
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
    assert cells(shown, "mobilenetv2: trainable")[1] == "no"


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
