"""The index: a card per paper, one table over all models, and the same as CSV."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up_paper import with_weights

from lib import audit, papers
from lib.report import index
from lib.results import FoldCounts


@pytest.fixture
def results(record):
    return record.collect()


@pytest.fixture
def shown(paper):
    """The page of one run."""

    def page(results, **options):
        html = index.index_page([(paper, results)], options.pop("references", ()), **options)
        return BeautifulSoup(html, "html.parser")

    return page


def test_the_summary_has_a_row_an_arm_and_a_variant_and_says_whose(with_variant):
    rows = index.summary_rows(with_weights(with_variant.collect(), "imagenet", "torchvision"))
    assert [(row["arm"], row["variant_of"]) for row in rows] == [
        ("mobilenetv2", ""),
        ("mobilenetv2-native", "mobilenetv2"),
    ]
    assert [row["weights"] for row in rows] == ["imagenet", "torchvision"]
    assert [row["accuracy"] for row in rows] == [1.0, 0.8667]
    assert [row["printed"] for row in rows] == ["94.839 %", ""]


def test_the_index_leaves_variants_out(with_variant, shown):
    rows = shown(with_variant.collect()).select("#models tbody tr")
    assert [row.td.get_text() for row in rows] == ["mobilenetv2"]


def test_the_results_table_marks_variants(with_variant, tmp_path):
    (tmp_path / "results.csv").write_text(index.summary_csv([with_variant.collect()]))
    table = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert table[["arm", "variant_of", "accuracy"]].to_numpy().tolist() == [
        ["mobilenetv2", "", 1.0],
        ["mobilenetv2-native", "mobilenetv2", 0.8667],
    ]


def test_the_table_has_a_row_a_model_with_its_verdict_and_the_majority(results, shown, paper):
    (row,) = shown(results).select("#models tbody tr")
    cells = {cell["data-column"]: cell.get_text(" ", strip=True) for cell in row.select("td")}
    assert row.th.a.get_text() == paper.name
    assert row.th.a["href"] == f"{paper.slug}/report.html"
    assert (cells["Model"], cells["Protocol"]) == ("mobilenetv2", "published")
    assert cells["Printed"] == "94.839 %"
    assert cells["Reproduced"].startswith("1.000 [")
    assert cells["Verdict"] == "not comparable"
    fold = results.folds[0]
    assert cells["Majority"] == f"{max(fold.test.values()) / sum(fold.test.values()):.3f}"


def test_every_column_sorts_and_is_named_in_the_cards_of_a_phone(results, shown):
    (head,) = shown(results).select("#models thead tr")
    names = [button.get_text() for button in head.select("th > button")]
    (row,) = shown(results).select("#models tbody tr")
    assert names == ["Paper", *(cell["data-column"] for cell in row.select("td"))]


def fold(train, test, protocol="published"):
    return FoldCounts(
        protocol=protocol,
        seed=0,
        fold=0,
        train=train,
        test=test,
        shared_groups=None,
        near_duplicates=0,
        look_alikes=None,
    )


def test_the_majority_is_that_of_the_training_images_scored_on_the_test_images(results):
    # "a" is the most frequent in training; of one seed 3 of 10 and 1 of 4 test images are "a"
    folds = [
        fold({"a": 5, "b": 4}, {"a": 3, "b": 7}),
        fold({"a": 9, "b": 1}, {"a": 1, "b": 3}),
        fold({"a": 9, "b": 1}, {"a": 4, "b": 0}, "grouped"),
    ]
    (row,) = index.summary_rows(results.model_copy(update={"folds": folds}))
    assert row["majority"] == pytest.approx(4 / 14, abs=5e-5)  # rounded


def card(soup):
    """The card, and what stands under each of its names."""
    (made,) = soup.select("article.card")
    texts = {}
    for tag in made.select("dl > *"):
        if tag.name == "dt":
            lines = texts.setdefault(tag.get_text(), [])
        else:
            lines.append(tag.get_text(" ", strip=True))
    return made, texts


def test_a_card_tells_claim_finding_run_and_status(results, shown, paper):
    made, texts = card(shown(results))
    assert made.h2.a["href"] == "kuncoro_white_blood_cells/report.html"
    assert made.h2.get_text() == paper.name
    assert made.select_one(".status").get_text().startswith("Other images than the paper's")
    assert texts["The paper"] == [paper.in_brief]
    assert texts["Its own numbers"] == [audit.worst_finding(paper)]
    (line,) = texts["This run"]
    assert line.startswith("mobilenetv2: 1.000 [")
    assert line.endswith("] published")
    assert f"{results.data.images} images, quick profile" in made.select_one(".foot").get_text()


def test_a_card_says_of_a_model_that_it_did_not_learn(results, shown):
    silent = [record.model_copy(update={"outcome": "one answer"}) for record in results.learning]
    _, texts = card(shown(results.model_copy(update={"learning": silent})))
    assert texts["This run"][0].endswith("published (not shown to have learnt)")


def test_a_mark_stands_once_a_card_and_not_in_every_row(results, shown):
    soup = shown(results)
    assert len(soup.select(".status")) == 1
    assert not soup.select(".mark")


def test_a_paper_that_has_nothing_to_show_says_why(paper, results):
    unshown = index.Unshown(
        paper=paper, reason="Its last run <b>failed</b>.", links={"The notebook": "failed/x.ipynb"}
    )
    soup = BeautifulSoup(index.index_page([], [], [unshown]), "html.parser")
    made, _ = card(soup)
    assert "Its last run <b>failed</b>." in made.get_text()
    assert made.select_one("a")["href"] == "failed/x.ipynb"
    assert not soup.select("#models")


def test_every_paper_of_this_study_has_one_name_on_its_card():
    names = [papers.load(slug).name for slug in papers.slugs()]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 60


def test_an_empty_index_says_so():
    assert "No finished run yet" in index.index_page([], [])
    assert index.summary_csv([]).strip() == ""


def test_the_results_table_has_a_row_an_arm(results, tmp_path):
    (tmp_path / "results.csv").write_text(index.summary_csv([results]))
    table = pd.read_csv(tmp_path / "results.csv")
    assert table[["slug", "arm", "kind", "accuracy"]].to_numpy().tolist() == [
        ["kuncoro_white_blood_cells", "mobilenetv2", "substitute", 1.0]
    ]
