"""The notebook and the page of a run: order, code and times of the cells, and all that they display."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from lib import papers
from lib.grading import pages
from lib.grading.artefacts import ArtefactError
from lib.grading.changes import find_changes
from lib.grading.displays import Known, build
from lib.grading.items import VERSION, Item
from lib.report import drawing, page
from lib.report.embedding import SVG as SVG_ADDRESS
from lib.report.embedding import laid_out_as, places_in
from lib.results import Results, hash_text

SVG = re.compile(r"(data:image/svg\+xml;base64,)[^\"]*")
OTHER_DRAWING = r"\1PHN2Zy8+"
SLUG = papers.runnable()[0]
FOR_CELLS = {"protocols": "protocol_table", "curves": "curve_figure", "failures": "failure_figure"}


def code(cell_id: str, count: int | None, source: str = "1", **more) -> dict:
    cell = {"id": cell_id, "cell_type": "code", "metadata": {}, "source": source}
    return {**cell, "execution_count": count, "outputs": [], **more}


def notebook(cells: list[dict], **metadata) -> bytes:
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole).encode()


def states(items) -> list[str]:
    return [item.state for item in items]


@pytest.fixture
def known(record: SimpleNamespace) -> Known:
    return Known(record.paper, record.collect(), record.settings, record.tables())


@pytest.fixture
def displayed(known, monkeypatch) -> list[dict]:
    """The cells of three displays, as a run shows them."""
    monkeypatch.setattr(pages, "expected_displays", lambda slug: FOR_CELLS)
    return [
        code(cell, count, outputs=[shown(build(display, known)._repr_html_())])
        for count, (cell, display) in enumerate(FOR_CELLS.items(), start=1)
    ]


def drawn_by(known: Known, matplotlib: str) -> Known:
    """The same run, made by hand with this version."""
    versions = {"matplotlib": matplotlib}
    provenance = known.results.provenance.model_copy(update={"versions": versions})
    return replace(known, results=known.results.model_copy(update={"provenance": provenance}))


def shown(html: str) -> dict:
    return {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}


# Order


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ([1, 2, 3], "ok"),
        ([4, 5, 6], "cannot tell"),
        ([1, 2, 5], "cannot tell"),
        ([1, 3, 2], "differs"),
        ([1, 1, 2], "differs"),
        ([1, 2, None], "differs"),
    ],
)
def test_cells_should_have_been_run_once_and_in_order(counts, state):
    content = notebook([code(f"c{place}", count) for place, count in enumerate(counts)])
    assert states(pages.order_items(pages.parse_cells(content), SLUG)) == [state]


GUIDED = ("train", "answer-1", "check-1", "hand-in", "summary")  # in this order in a notebook


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ([1, 2, 3, 4, 5], "ok"),
        (
            [1, 6, 7, 8, 5],
            "ok",
        ),  # as the guide says: run all, answer, run what was answered, hand in
        ([1, 6, 9, None, 5], "ok"),  # the notebook is saved while the last cell runs
        ([6, 2, 3, 4, 5], "differs"),
        ([1, 6, None, 8, 5], "differs"),
        ([3, 6, 7, 8, 5], "cannot tell"),
    ],
)
def test_exercises_and_the_handing_in_may_be_run_once_more(counts, state):
    cells = [code(name, count) for name, count in zip(GUIDED, counts, strict=True)]
    items = pages.order_items(pages.parse_cells(notebook(cells)), SLUG)
    assert states(items) == [state]


def test_a_cell_that_ended_with_an_error_is_named():
    error = {"output_type": "error", "ename": "KeyError", "evalue": "", "traceback": []}
    content = notebook([code("a", 1), code("train", 2, outputs=[error])])
    (item,) = pages.order_items(pages.parse_cells(content), SLUG)
    assert (item.state, item.stored, item.where) == ("differs", "KeyError", "notebook.ipynb: train")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"cells": [1]}', b"[" * 90_000, b"\xff"])
def test_what_is_no_notebook_is_a_fault(content):
    with pytest.raises(ArtefactError, match=r"notebook\.ipynb is not a notebook"):
        pages.parse_cells(content)


# Times


@pytest.mark.parametrize(
    ("begun", "ended", "faults"),
    [("09:59:58", "11:00:00", 0), ("10:00:03", "11:00:00", 1), ("09:59:58", "10:00:05", 1)],
)
def test_a_run_should_lie_within_the_time_of_its_notebook(begun, ended, faults):
    provenance = SimpleNamespace(started="2026-01-01T10:00:00+00:00", seconds=60)
    noted = {
        "start_time": f"2026-01-01T{begun}+00:00",
        "end_time": f"2026-01-01T{ended}+00:00",
    }
    found = pages.clock_faults(
        notebook([], papermill=noted), SimpleNamespace(provenance=provenance)
    )
    assert len(list(found)) == faults


# Code


def told_of_code(content: bytes, run: SimpleNamespace) -> list[Item]:
    return list(pages.code_items(content, run, find_changes(content, run.slug), ""))


def keyed(slug: str, cells: list[dict]) -> SimpleNamespace:
    code_of_run = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    parts = {"notebook": hash_text(json.dumps(code_of_run))}
    return SimpleNamespace(slug=slug, provenance=SimpleNamespace(key_parts=parts))


def test_code_that_was_changed_after_the_run_is_not_that_of_the_run_key():
    slug = papers.runnable()[0]
    cells = [
        code("a", 1, "x = 1"),
        code("b", 2, "y = 2", metadata={"tags": ["injected-parameters"]}),
    ]
    run = keyed(slug, cells[:1])
    first = told_of_code(notebook(cells), run)[0]
    assert (first.topic, first.state) == ("code", "ok")
    cells[0]["source"] = "x = 2"
    first = told_of_code(notebook(cells), run)[0]
    assert (first.topic, first.state) == ("code", "differs")


def test_the_papers_own_notebook_has_its_own_code_and_prose():
    slug = papers.runnable()[0]
    content = (papers.NOTEBOOKS / f"{slug}.ipynb").read_bytes()
    run = SimpleNamespace(slug=slug, provenance=SimpleNamespace(key_parts={}))
    assert states(told_of_code(content, run)) == ["ok", "ok"]


def test_a_notebook_that_names_another_version_is_held_against_none():
    run = SimpleNamespace(slug=SLUG, provenance=SimpleNamespace(key_parts={}))
    (item,) = told_of_code(notebook([code("a", 1)], reference={"sha256": "0" * 64}), run)
    assert (item.topic, item.state) == (VERSION, "cannot tell")


def test_changed_prose_is_for_a_reader_to_judge_but_not_where_it_is_locked():
    slug = papers.runnable()[0]
    run = SimpleNamespace(slug=slug, provenance=SimpleNamespace(key_parts={}))
    whole = json.loads((papers.NOTEBOOKS / f"{slug}.ipynb").read_bytes())
    prose = [cell for cell in whole["cells"] if cell["cell_type"] == "markdown"]
    locked = pages.locked_cells(slug)
    free = next(
        cell for cell in prose if cell["id"] not in locked and "nbgrader" not in cell["metadata"]
    )
    fixed = next(cell for cell in prose if cell["id"] in locked)
    for cell in (free, fixed):
        cell["source"] = "The paper is right."
    told = {
        item.where: item.state
        for item in told_of_code(json.dumps(whole).encode(), run)
        if item.topic == "prose"
    }
    assert told[f"notebook.ipynb: {free['id']}"] == "cannot tell"
    assert told[f"notebook.ipynb: {fixed['id']}"] == "differs"


# Displays


def test_displays_that_follow_from_record_and_tables_are_ok(known, displayed):
    cells = pages.parse_cells(notebook(displayed))
    items = list(pages.display_items(cells, known, ""))
    assert "differs" not in states(items)
    assert items[0].sentence.startswith("3 displays")


@pytest.mark.parametrize("cell", range(len(FOR_CELLS)))
def test_a_number_more_in_any_display_is_found_or_untold_of_other_code(known, displayed, cell):
    data = displayed[cell]["outputs"][0]["data"]
    data["text/html"] = data["text/html"].removesuffix("</div>") + "<p>99.9 %</p></div>"
    cells = pages.parse_cells(notebook(displayed))
    found = [item for item in pages.display_items(cells, known, "") if item.state == "differs"]
    assert any("99.9 %" in item.stored for item in found)
    assert "differs" not in states(pages.display_items(cells, known, "lib/report changed"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("</style>", ".lib-mark {display: none}</style>"),
        ("<style", "<style>p {opacity: 0}</style><style"),
    ],
)
def test_a_style_that_hides_something_is_found(known, displayed, before, after):
    html = "".join(displayed[0]["outputs"][0]["data"]["text/html"])
    cells = [{**displayed[0], "outputs": [shown(html.replace(before, after, 1))]}, *displayed[1:]]
    items = pages.display_items(pages.parse_cells(notebook(cells)), known, "")
    assert "differs" in states(items)


def test_a_drawing_by_an_unknown_version_cannot_be_told_but_what_stands_beside_it_can(
    known, displayed
):
    """Of a run by hand, whose key would tell of all versions."""

    def item(run: Known) -> Item:
        items = pages.display_items(pages.parse_cells(notebook(displayed)), run, "")
        return next(item for item in items if item.where.startswith("notebook.ipynb: curves"))

    by_hand, same = drawn_by(known, "1.0"), drawn_by(known, version("matplotlib"))
    data = displayed[1]["outputs"][0]["data"]
    data["text/html"] = SVG.sub(OTHER_DRAWING, data["text/html"], 1)
    assert (item(by_hand).topic, item(by_hand).state) == (VERSION, "cannot tell")
    assert "matplotlib 1.0 →" in item(by_hand).sentence
    assert item(same).state == "differs"
    data["text/html"] = data["text/html"].replace("<figcaption>", "<figcaption>99 %", 1)
    assert (item(by_hand).topic, item(by_hand).state) == ("page", "differs")


def curves_at(known: Known, change: Callable[[float], float]) -> str:
    """The curves, drawn with every end of their axes at another place."""
    (address,) = pages.SOURCE.findall(build("curve_figure", known).html)
    places = places_in(address)
    other = " ".join(str(change(float(end))) for end in places.split())
    text = base64.b64decode(address.removeprefix(SVG_ADDRESS)).decode()
    changed = base64.b64encode(text.replace(places, other).encode()).decode()
    with laid_out_as([SVG_ADDRESS + changed]):
        return build("curve_figure", known)._repr_html_()


def test_axes_may_stand_where_they_can_be_read_but_not_upon_each_other(
    known, displayed, monkeypatch
):
    """Only then is the drawing laid out anew, which takes as long as all the rest."""
    cell = displayed[list(FOR_CELLS).index("curves")]
    for change, state in (
        (lambda end: 0.99 * end, "ok"),
        (lambda end: 0.5 + 0.01 * end, "differs"),
    ):
        with monkeypatch.context() as forging:
            forging.setattr(drawing, "_possible", as_told)
            html = curves_at(known, change)
        assert html != cell["outputs"][0]["data"]["text/html"]
        moved = [{**each, "outputs": [shown(html)]} if each is cell else each for each in displayed]
        items = [*pages.display_items(pages.parse_cells(notebook(moved)), known, "")]
        assert states(items)[0] == state


def as_told(figure: Figure, places: str) -> list[Bbox]:
    ends = np.array(places.split(), float).reshape(-1, 4)
    return [Bbox.from_extents(*of_axes) for of_axes in ends]


def test_a_display_that_was_taken_out_is_missed(known, displayed):
    cells = pages.parse_cells(notebook(displayed[1:]))
    (item,) = [item for item in pages.display_items(cells, known, "") if item.state == "differs"]
    assert "protocols" in item.sentence


def with_pictures(known: Known, **pictures: list[str]) -> Results:
    return known.results.model_copy(update={"pictures": pictures})


@pytest.mark.parametrize(
    ("address", "cell", "state"),
    [
        ("data:image/webp;base64,AAAA", "gallery", "ok"),
        ("data:image/webp;base64,BBBB", "gallery", "differs"),
        ("data:image/webp;base64,AAAA", "samples", "differs"),
        ("data:image/svg+xml;base64,BBBB", "samples", "differs"),  # a drawing in its place
    ],
)
def test_pictures_of_images_are_those_that_the_record_names(known, address, cell, state):
    named = hash_text("data:image/webp;base64,AAAA")
    cells = [code(cell, 1, outputs=[shown(f'<img src="{address}">')])]
    items = pages.picture_items(
        pages.parse_cells(notebook(cells)), with_pictures(known, gallery=[named]), ""
    )
    assert set(states(items)) == {state}


# The page


@pytest.fixture
def rendered(known, displayed) -> tuple[str, bytes]:
    prose = {"id": "h", "cell_type": "markdown", "metadata": {}, "source": "## Results\n\nProse."}
    content = notebook([prose, *displayed])
    tree = nbformat.reads(content.decode(), as_version=4)
    return page.render(tree, known.paper, known.results, pages.kept_references()), content


def test_the_page_that_the_notebook_makes_is_ok(known, rendered):
    html, content = rendered
    items = pages.page_items(html, content, known.paper, known.results, "")
    assert states(items) == ["ok"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Prose.", "The paper is reproduced."),
        ("</h1>", "</h1><p>Real images.</p>"),
        ('<p class="links">', '<p class="links" hidden>'),
        ("</main>", "<p>99 %</p></main>"),
        ("</style>", ".mark { display: none }</style>"),
    ],
)
def test_a_page_that_was_changed_is_found(known, rendered, before, after):
    html, content = rendered
    changed = html.replace(before, after, 1)
    assert changed != html
    items = pages.page_items(changed, content, known.paper, known.results, "")
    assert set(states(items)) == {"differs"}


def test_of_a_page_by_an_unknown_version_a_copied_drawing_is_told_one_made_here_is_not(
    known, rendered
):
    content, results = rendered[1], drawn_by(known, "1.0").results
    tree = nbformat.reads(content.decode(), as_version=4)
    html = page.render(tree, known.paper, results, pages.kept_references())
    top, behind, rest = html.partition(pages.BEHIND_SUMMARY)

    def told(changed: str) -> list[str]:
        return states(pages.page_items(changed, content, known.paper, results, ""))

    assert told(html) == ["ok"]
    assert told(SVG.sub(OTHER_DRAWING, top, 1) + behind + rest) == ["cannot tell"]
    assert told(top + behind + SVG.sub(OTHER_DRAWING, rest, 1)) == ["differs"]


def test_of_a_page_alone_the_summary_is_made_again(known, rendered):
    html, _ = rendered
    top = pages._top(html)
    items = list(pages.summary_items(html, known.paper, known.results, ""))
    assert [
        item for item in items if "another" not in item.sentence and item.state == "differs"
    ] == []
    changed = html.replace(top, top.replace("<h1>", "<h1 hidden>", 1))
    items = list(pages.summary_items(changed, known.paper, known.results, ""))
    assert any("<h1 hidden" in item.stored for item in items)


def test_of_a_page_alone_pictures_that_its_record_does_not_name_are_found(known, rendered):
    html, _ = rendered
    picture = "data:image/webp;base64,AAAA"
    html = html.replace("</main>", f'<img alt="" src="{picture}"></main>')

    def told(results: Results) -> bool:
        items = pages.summary_items(html, known.paper, results, "")
        return any("pictures" in item.sentence for item in items if item.state == "differs")

    assert told(known.results)
    assert not told(with_pictures(known, gallery=[hash_text(picture)]))
