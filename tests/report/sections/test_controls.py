"""What models and probes call images of another origin: the cells of the tables, counted by hand."""

from types import SimpleNamespace

import made_up_paper as made_up
import pytest
from bs4 import BeautifulSoup
from report_html import cells, columns, page

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


def _shown(declared: tuple[Declared, ...], *controls: Control, kind: str = "exact"):
    """The tables of a run on images of this kind."""
    results = SimpleNamespace(controls=controls, data=made_up.data(kind=kind), models=[])
    return report.control_table(made_up.paper(controls=declared), results)


def _page(*given, **options) -> BeautifulSoup:
    return page(_shown(*given, **options))


def test_a_row_tells_how_many_are_called_right_and_what_else_they_are_called():
    shown = _page((_declared("far"),), _control(), kind="phantom")
    assert columns(shown) == [*("Model or probe", "Called right", "Of all", "cat", "dog")]
    assert cells(shown) == [["net", "14 (11 to 17) of 20", "70.0%", "75%", "25%"]]
    caption = shown.figcaption.get_text()
    assert caption.startswith("Synthetic images (phantoms). Are they recognised? 20 images of ")
    assert "Photographs of far" in caption
    assert "drawn" not in caption
    assert "Protocol: published." in caption


def test_a_single_seed_has_no_range():
    shown = _page((_declared("far"),), _control(right=[3], called={"dog": 1}))
    assert cells(shown) == [["net", "3 of 20", "15.0%", "0%", "100%"]]


def test_right_ones_are_a_mean_over_seeds_and_folds():
    shown = _page((_declared("far"),), _control(right=[0.5, 0.7]))
    assert cells(shown)[0][1:3] == ["1 (0 to 1) of 20", "3.0%"]


def test_every_model_and_probe_has_a_row_in_the_order_of_the_record():
    controls = [
        _control(by=by, right=[right]) for by, right in (("net", 9), ("other", 8), ("colour", 7))
    ]
    shown = _page((_declared("far"),), *controls)
    assert [row[:2] for row in cells(shown)] == [
        ["net", "9 of 20"],
        ["other", "8 of 20"],
        ["colour", "7 of 20"],
    ]


@pytest.mark.parametrize("protocols", [("published", "grouped"), ("grouped", "published")])
def test_of_two_protocols_the_papers_is_shown(protocols):
    rights = {"published": [9], "grouped": [5]}
    controls = [_control(protocol=protocol, right=rights[protocol]) for protocol in protocols]
    shown = _page((_declared("far"),), *controls)
    assert [row[1] for row in cells(shown)] == ["9 of 20"]
    assert "Protocol: published." in shown.figcaption.get_text()


def test_where_only_the_grouped_protocol_was_run_it_is_shown():
    shown = _page((_declared("far"),), _control(protocol="grouped"))
    assert len(cells(shown)) == 1
    assert "Protocol: grouped." in shown.figcaption.get_text()


def test_drawn_images_are_called_drawn():
    shown = _page((_declared("far"),), _control(kind="phantom"))
    assert ", drawn. Called right" in shown.figcaption.get_text()


def test_every_set_has_a_table_or_says_what_it_would_take():
    declared = (_declared("near", "And these?"), _declared("far"), _declared("nowhere"))
    shown = _page(declared, _control(), _control(name="near", images=7, right=[7]))
    captions = [tag.get_text() for tag in shown.find_all("figcaption")]
    assert [caption.split("?")[0] for caption in captions] == ["And these", "Are they recognised"]
    assert "7 images of " in captions[0]
    (missing,) = shown.find_all("p")
    assert "Not shown: Photographs of nowhere" in missing.get_text()
    assert missing.code.get_text() == "data/controls/nowhere/"
    assert "https://example.org/nowhere" in missing.get_text()


def test_a_set_whose_images_are_not_at_hand_is_no_table():
    shown = _page((_declared("far"),))
    assert shown.find("table") is None
    assert "Not shown" in shown.get_text()


def test_without_a_declared_set_there_is_a_sentence():
    assert _shown(()).html == "<p>No control set is declared for this paper.</p>"


def test_words_of_a_declaration_are_no_markup():
    shown = _page((_declared("far", "Is a < b?"),), _control())
    assert "Is a < b?" in shown.figcaption.get_text()


def test_the_tables_of_a_run_are_those_of_its_record(with_evidence):
    results = with_evidence.collect()
    shown = page(report.control_table(with_evidence.paper, results))
    assert cells(shown) == [
        # 20 answers each, for five classes
        ["mobilenetv2", "5 (4 to 6) of 10", "50.0%", "50%", "0%", "0%", "0%", "50%"],
        ["colour", "0 (0 to 0) of 10", "0.0%", "0%", "0%", "0%", "0%", "100%"],
    ]
    assert "data/controls/bccd_originals/" in shown.get_text()
