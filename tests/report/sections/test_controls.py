"""Images of another origin: what they are called, what is known of them, and what they show."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs
import pytest
from bs4 import BeautifulSoup
from report_html import cells, page

from lib import report
from lib.papers.declare import Control as Declared
from lib.papers.declare import Dataset, Source, Stated
from lib.results import Control, ControlSetFacts


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
        file_names="far_.*",
    )


def _page(
    *declared: Declared,
    sets: tuple[ControlSetFacts, ...] = (),
    controls: tuple[Control, ...] = (),
    **changes,
) -> BeautifulSoup:
    results = made_up_runs.results(control_sets=list(sets), controls=list(controls), **changes)
    return page(report.control_table(made_up.paper(controls=declared), results))


def _texts(shown: BeautifulSoup) -> list[str]:
    return [tag.get_text() for tag in shown.find_all("p")]


FAR = made_up_runs.control_set()


def test_a_row_tells_the_accuracy_there_that_on_the_same_classes_and_the_difference():
    control = made_up_runs.control(0.6, -0.4, -0.2)
    shown = _page(sets=(FAR,), controls=(control,))
    head = [tag.get_text() for tag in shown.table.select("th")]
    assert head[2:] == ["On elsewhere", "On the test images", "Difference"]
    assert cells(shown)[0] == [
        *("net", "published", "0.600 [0.550, 0.650]", "0.900 [0.000, 1.000]"),
        "-0.300 [-0.400, -0.200]",
    ]
    assert "0.600" in shown.caption.get_text()  # its majority


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((-0.4, -0.2), "does not carry over to elsewhere"),
        ((0.1, 0.3), "is higher on elsewhere"),
        ((-0.25, 0.03), "stays open"),
    ],
)
def test_what_it_shows_is_said_by_the_interval_of_the_difference(bounds, expected):
    shown = _page(sets=(FAR,), controls=(made_up_runs.control(0.6, *bounds),))
    (sentence,) = (text for text in _texts(shown) if "net (published)" in text)
    assert expected in sentence


def test_probes_stand_below_the_models_and_recalls_are_folded_away():
    apart = made_up_runs.accuracy(0.9, 0.8, 1.0, metric="recall", of="cat")
    alike = made_up_runs.control(0.6, called={"dog": 1.0})
    control = alike.model_copy(update={"recalls": [apart, alike.recalls[1]]})
    by_probe = made_up_runs.control(0.5, by="colour")
    shown = _page(sets=(FAR,), controls=(control, by_probe))
    accuracies, recalls = shown.select("table")
    assert [row[0] for row in cells(accuracies)] == ["net", "colour"]
    assert recalls.find_parent("details")
    assert cells(recalls) == [["net", "published", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"]]


def test_recalls_that_do_not_differ_are_a_sentence():
    shown = _page(sets=(FAR,), controls=(made_up_runs.control(0.6),))
    assert len(shown.select("table")) == 1
    assert "recalls of 0.600 to 0.600 on elsewhere" in _texts(shown)[-1]


def test_of_a_model_that_did_not_learn_nothing_is_said():
    controls = (made_up_runs.control(0.6, -0.4, -0.2), made_up_runs.control(0.5, by="colour"))
    silent = [made_up_runs.learning(outcome="one answer")]
    shown = _page(sets=(FAR,), controls=controls, learning=silent)
    assert shown.table is None
    assert len(_texts(shown)) == 1


def test_nothing_is_attributed_to_a_collection_that_was_not_recognised():
    declared, control = _declared("elsewhere"), made_up_runs.control()
    unknown = _page(declared, sets=(FAR,), controls=(control,))
    first, *_, last = _texts(unknown)
    assert first.startswith("elsewhere: 50 images (cat 30 and dog 20), whose origin is not known")
    assert "Photographs of" not in first
    assert last.startswith(
        "Not shown: Photographs of elsewhere"
    )  # what is declared is another thing
    facts = FAR.model_copy(update={"collection": "elsewhere"})
    known = _page(declared, sets=(facts,), controls=(control,))
    assert "by their file names" in _texts(known)[0]
    assert "Photographs of elsewhere" in _texts(known)[0]
    assert "Are they recognised?" in _texts(known)[0]
    assert "Not shown" not in known.get_text()


def test_drawn_images_are_called_drawn():
    facts = FAR.model_copy(update={"kind": "phantom", "collection": "elsewhere"})
    shown = _page(_declared("elsewhere"), sets=(facts,), controls=(made_up_runs.control(),))
    assert "drawn by a program" in _texts(shown)[0]
    assert "Photographs of" not in shown.get_text()


def test_what_was_left_out_is_told():
    facts = FAR.model_copy(update={"identical": 3, "near_duplicates": 2})
    assert (
        "Left out: 3 identical to images of the run, 2 nearly so."
        in _texts(_page(sets=(facts,)))[0]
    )


def test_every_set_has_a_table_and_what_is_declared_and_not_there_a_sentence():
    near = FAR.model_copy(update={"name": "near"})
    shown = _page(
        _declared("nowhere"),
        sets=(near, FAR),
        controls=(made_up_runs.control(), made_up_runs.control(name="near")),
    )
    tables = [tag for tag in shown.select("table") if not tag.find_parent("details")]
    assert [tag.select("th")[2].get_text() for tag in tables] == ["On near", "On elsewhere"]
    missing = shown.find_all("p")[-1]
    assert missing.code.get_text() == "data/controls/nowhere/"
    assert "https://example.org/nowhere" in missing.get_text()


def test_without_any_set_there_is_a_sentence():
    (text,) = _texts(_page())
    assert "none were given" in text


def test_words_of_a_declaration_are_no_markup():
    facts = FAR.model_copy(update={"collection": "far"})
    shown = _page(replace(_declared("far"), asks="Is a < b?"), sets=(facts,))
    assert "Is a < b?" in _texts(shown)[0]
