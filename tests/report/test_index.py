"""The index: a card per paper, and one table over all models."""

import pytest
from bs4 import BeautifulSoup
from made_up_measurements import SLUG, kept, run

from lib import audit, papers
from lib.report import index
from lib.report.blocks import provenance_mark
from lib.report.typography import typeset


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


def test_the_index_leaves_variants_out(with_variant, shown):
    lines = shown(with_variant.collect()).select("#models tbody tr")
    assert [line.td.get_text() for line in lines] == ["mobilenetv2"]


def test_the_table_has_a_row_a_model_with_its_verdict_and_the_majority(results, shown, paper):
    (row,) = shown(results).select("#models tbody tr")
    cells = {cell["data-column"]: cell.get_text(" ", strip=True) for cell in row.select("td")}
    assert row.th.a.get_text() == paper.name
    assert row.th.a["href"] == f"{paper.slug}/report.html"
    assert (cells["Model"], cells["Protocol"]) == ("mobilenetv2", "published")
    assert cells["Printed"] == "94.839\u00a0%"
    assert cells["Reproduced"].startswith("1.000 [")
    assert cells["Verdict"] == "not comparable"
    fold = results.folds[0]
    assert cells["Majority"] == f"{max(fold.test.values()) / sum(fold.test.values()):.3f}"


def test_every_column_sorts_and_is_named_in_the_cards_of_a_phone(results, shown):
    (head,) = shown(results).select("#models thead tr")
    names = [button.get_text() for button in head.select("th > button")]
    (row,) = shown(results).select("#models tbody tr")
    assert names == ["Paper", *(cell["data-column"] for cell in row.select("td"))]


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
    assert texts["The paper"] == [typeset(paper.in_brief)]
    assert texts["Its own numbers"] == [typeset(audit.worst_finding(paper))]
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
    assert not soup.select(".card .mark, #models .mark")


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
    page = index.index_page([], [])
    assert "No finished run yet" in page
    assert 'id="comparison"' not in page


def test_the_papers_stand_beside_each_other_with_links_to_the_reports_that_are_there():
    html = index.index_page([run("phantom")], [kept(), kept(slug="kuncoro_white_blood_cells")])
    real, drawn = BeautifulSoup(html, "html.parser").select(".across")
    assert [link["href"] for link in real.select("a")] == [f"{SLUG}/report.html"]
    assert "91 of 100" in real.get_text()
    assert "Synthetic images" in drawn.get_text()


def test_a_card_holds_what_was_measured_on_real_images():
    references = [kept(), kept(title="Cells", slug="kuncoro_white_blood_cells")]
    card = BeautifulSoup(index.index_page([run("phantom")], references), "html.parser").select_one(
        ".card"
    )
    assert "Cats of a neighbour: mobilenetv2 0.900 [0.880, 0.920] published" in card.get_text()
    assert provenance_mark("substitute") in card.get_text()
    assert "Cells" not in card.get_text()


def test_without_a_run_the_kept_results_stand_there_alone():
    html = index.index_page([], [kept()])
    assert BeautifulSoup(html, "html.parser").select_one(".across tbody tr")


def test_a_report_that_is_out_of_date_is_marked_on_its_card_and_in_the_table(results, shown):
    stale = {results.slug: "keras 3.14 → <3.15>"}
    soup = shown(results, stale=stale)
    made, texts = card(soup)
    assert "keras 3.14 → <3.15>" in made.select(".status")[1].get_text()
    assert texts["This run"]  # its numbers stay
    (mark,) = soup.select('#models [data-column="Run"] strong')
    assert mark["title"] == stale[results.slug]
    assert "out of date" not in shown(results).get_text().lower()


def test_the_index_links_the_pages_of_sweeps(results, shown):
    soup = shown(results, sweeps={"epochs": "sweeps/epochs/index.html"})
    assert soup.find("a", string="epochs")["href"] == "sweeps/epochs/index.html"
    assert "Sweeps" not in shown(results).get_text()
