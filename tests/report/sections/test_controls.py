"""What models and probes call images of another origin: the cells of the tables, counted by hand."""

from types import SimpleNamespace

import made_up_paper as made_up
import pytest
from bs4 import BeautifulSoup

from lib import report
from lib.papers.declare import Control as Declared
from lib.papers.declare import Dataset, Source, Stated
from lib.results import Control


def _declared(name: str, asks: str = "Are they recognised?") -> Declared:
    source = Source(
        title=f"Photographs of {name}",
        address=f"https://example.org/{name}",
        licence="",
        citation="",
    )
    return Declared(
        name=name,
        asks=asks,
        classes=made_up.paper().classes,
        dataset=Dataset(
            sources=(source,),
            counts={},
            total=Stated("5", "§1"),
            side=Stated(32, "§1"),
        ),
        phantom="cats",
        expected={"cat": "cat", "dog": "dog"},
    )


def _control(**changes) -> Control:
    values = {
        "name": "far",
        "kind": "substitute",
        "by": "net",
        "protocol": "published",
        "images": 20,
        "right": [14, 17, 11],
        "called": {"cat": 0.75, "dog": 0.25},
    }
    return Control(**values | changes)


def _shown(declared: tuple[Declared, ...], *found: Control, mark: str = ""):
    paper = made_up.paper(controls=declared)
    return report.controls(paper, SimpleNamespace(controls=found), mark)


def _page(*given, **options) -> BeautifulSoup:
    return BeautifulSoup(_shown(*given, **options).html, "html.parser")


def _rows(page: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in row.find_all("td")] for row in page.tbody.find_all("tr")]


def test_a_row_tells_how_many_are_called_right_and_what_else_they_are_called():
    page = _page((_declared("far"),), _control(), mark="Synthetic images")
    assert [one.get_text() for one in page.find_all("th")] == [
        *("Model or probe", "Called right", "Of all", "cat", "dog")
    ]
    assert _rows(page) == [["net", "14 (11 to 17) of 20", "70.0%", "75%", "25%"]]
    caption = page.figcaption.get_text()
    assert caption.startswith("Synthetic images. Are they recognised? 20 images of ")
    assert "Photographs of far" in caption
    assert "drawn" not in caption
    assert "Protocol: published." in caption


def test_a_single_seed_has_no_range():
    page = _page((_declared("far"),), _control(right=[3], called={"dog": 1}))
    assert _rows(page) == [["net", "3 of 20", "15.0%", "0%", "100%"]]


def test_right_ones_are_a_mean_over_seeds_and_folds():
    page = _page((_declared("far"),), _control(right=[0.5, 0.7]))
    assert _rows(page)[0][1:3] == ["1 (0 to 1) of 20", "3.0%"]


def test_every_model_and_probe_has_a_row_in_the_order_of_the_record():
    found = [
        _control(by=by, right=[right]) for by, right in (("net", 9), ("other", 8), ("colour", 7))
    ]
    page = _page((_declared("far"),), *found)
    assert [row[:2] for row in _rows(page)] == [
        ["net", "9 of 20"],
        ["other", "8 of 20"],
        ["colour", "7 of 20"],
    ]


@pytest.mark.parametrize(
    ("protocols", "shown"),
    [(("published", "grouped"), "published"), (("grouped", "published"), "published")],
)
def test_of_two_protocols_the_papers_is_shown(protocols, shown):
    rights = {"published": [9], "grouped": [5]}
    found = [_control(protocol=one, right=rights[one]) for one in protocols]
    page = _page((_declared("far"),), *found)
    assert [row[1] for row in _rows(page)] == ["9 of 20"]
    assert f"Protocol: {shown}." in page.figcaption.get_text()


def test_where_only_the_grouped_protocol_was_run_it_is_shown():
    page = _page((_declared("far"),), _control(protocol="grouped"))
    assert len(_rows(page)) == 1
    assert "Protocol: grouped." in page.figcaption.get_text()


def test_drawn_images_are_called_drawn():
    page = _page((_declared("far"),), _control(kind="phantom"))
    assert ", drawn. Called right" in page.figcaption.get_text()


def test_every_set_has_a_table_or_says_what_it_would_take():
    declared = (_declared("near", "And these?"), _declared("far"), _declared("nowhere"))
    page = _page(declared, _control(), _control(name="near", images=7, right=[7]))
    captions = [one.get_text() for one in page.find_all("figcaption")]
    assert [one.split("?")[0] for one in captions] == ["And these", "Are they recognised"]
    assert "7 images of " in captions[0]
    (missing,) = page.find_all("p")
    assert "Not shown: Photographs of nowhere" in missing.get_text()
    assert missing.code.get_text() == "data/controls/nowhere/"
    assert "https://example.org/nowhere" in missing.get_text()


def test_a_set_whose_images_are_not_at_hand_is_no_table():
    page = _page((_declared("far"),))
    assert page.find("table") is None
    assert "Not shown" in page.get_text()


def test_without_a_declared_set_there_is_a_sentence():
    assert _shown(()).html == "<p>No control set is declared for this paper.</p>"


def test_words_of_a_declaration_are_no_markup():
    page = _page((_declared("far", "Is a < b?"),), _control())
    assert "Is a < b?" in page.figcaption.get_text()


def test_the_tables_of_a_run_are_those_of_its_record(with_evidence):
    results = with_evidence.collect()
    page = BeautifulSoup(report.controls(with_evidence.paper, results, "").html, "html.parser")
    assert _rows(page) == [
        # 20 answers each, for five classes
        ["mobilenetv2", "5 (4 to 6) of 10", "50.0%", "50%", "0%", "0%", "0%", "50%"],
        ["colour", "0 (0 to 0) of 10", "0.0%", "0%", "0%", "0%", "0%", "100%"],
    ]
    assert "data/controls/bccd_originals/" in page.get_text()
