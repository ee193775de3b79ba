"""The notebook and the page of a run against its record and its tables: what a reader sees."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

import nbformat

from lib import papers, storage
from lib.grading.artefacts import ArtefactError, parse_json
from lib.grading.changes import Changes
from lib.grading.displays import FROM_PAPER, FROM_RECORD, WITHOUT_PIXELS, Known, build
from lib.grading.elements import differences, elements
from lib.grading.items import VERSION, Fault, Item, differing
from lib.papers.declare import Paper
from lib.report import page, summary_block
from lib.report.blocks import Block, style_element
from lib.report.embedding import SOURCE, laid_out_as, photographs, undrawn
from lib.report.typography import typeset
from lib.results import Reference, Results, hash_text, load_references
from lib.runs.key import code_hash

DISPLAY = re.compile(r"^report\.(\w+)\(", re.M)
SUMMARY = "summary_block"
HAND_IN = "hand-in"  # the id of the cell
RUN_LATER = re.compile(rf"answer-|check-\d|{HAND_IN}")
COLAB = re.compile(r'<a href="(https://colab\.research\.google\.com/[^"<>\s]*)">open in Colab</a>')
DRAWING = re.compile(r' src="data:image/svg\+xml;base64,[^"]*"')
BEHIND_SUMMARY = '<p class="links">'
DRAWN = re.compile(r' (?:src|width|height)="[^"]*"')  # of a picture
PICTURE = re.compile(r"<img\b[^>]*>")
NUMBERED = re.compile(r"(Figure|Table) \d+\.|#")
MOST_CELLS = 1000


@dataclass(frozen=True)
class Cell:
    """A cell of a submitted notebook, as far as it is looked at.

    Attributes:
        count: Its execution count, None where it was not run.
        html: What it displays as HTML, "" for nothing.
        errors: Names of the errors that it ended with.
    """

    id: str
    is_code: bool
    source: str
    count: int | None
    html: str
    errors: tuple[str, ...]


def parse_cells(content: bytes) -> list[Cell]:
    """The cells of a notebook. Raises: ArtefactError where it is none."""
    try:
        cells = parse_json(content)["cells"]
        if len(cells) > MOST_CELLS:
            raise ArtefactError(f"notebook.ipynb should have at most {MOST_CELLS} cells")
        return [_cell(raw) for raw in cells]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, ArtefactError):
            raise
        raise ArtefactError(f"notebook.ipynb is not a notebook: {type(error).__name__}") from error


def order_items(cells: Sequence[Cell], slug: str) -> Iterator[Item]:
    """Whether all code was run once, from top to bottom, without an error.

    The cells of exercises are run again when they are answered, and the one that hands in while the notebook is
    saved: neither need be in order.
    """
    code = [cell for cell in cells if cell.is_code and cell.source.strip()]
    later = cells_run_later(slug)
    faults = [
        Fault(f"cell {cell.id} ended with {error}", error, "no error", f"notebook.ipynb: {cell.id}")
        for cell in code
        for error in cell.errors
    ]
    idle = [cell.id for cell in code if cell.count is None and cell.id != HAND_IN]
    if idle:
        faults.append(Fault(f"cells were not run: {', '.join(idle[:8])}", where="notebook.ipynb"))
    ordered = [
        (place, cell.count)
        for place, cell in enumerate(code, 1)
        if cell.count is not None and cell.id not in later
    ]
    counts = [count for _, count in ordered]
    if counts != sorted(set(counts)):
        shown, expected = (", ".join(map(str, of)) for of in (counts, sorted(set(counts))))
        said = "cells were not run in order"
        faults.append(Fault(said, shown, expected, "notebook.ipynb: execution counts"))
    yield from (differing("notebook", fault) for fault in faults)
    if faults:
        return
    # A cell that was run later leaves its first number free.
    if all(count == place for place, count in ordered):
        yield Item("notebook", "ok", "All code cells were run once, in order, without an error.")
    else:
        said = "The cells were run in order, but others were run before or between them."
        yield Item("notebook", "cannot tell", said, where="notebook.ipynb: execution counts")


def code_items(
    notebook: bytes, record: Results, changes: Changes, other_code: str
) -> Iterator[Item]:
    """Whether the notebook's code is that of the run key, and what of code and prose is not the paper's notebook's.

    A student may change both, but for cells that are locked; what changed prose says is for a reader to judge.

    Args:
        changes: Of the notebook.
    """
    recorded = record.provenance.key_parts.get("notebook", "")
    if recorded:
        here = code_hash(parse_json(notebook)["cells"])
        if here == recorded:
            yield Item("code", "ok", "The notebook's code is the one that the run key names.")
        else:
            said = "the notebook's code is not the one that the run key names: it was changed after the run"
            where = "results.json: provenance.key_parts.notebook"
            yield differing("code", Fault(said, recorded, here, where))
    if changes.hindrance:  # anybody can write another version into a notebook
        yield Item(VERSION, "cannot tell", changes.hindrance, where="notebook.ipynb: metadata")
        return
    locked = locked_cells(record.slug)
    for topic, of_topic in (("code", changes.code), ("prose", changes.prose)):
        for change in of_topic:
            where = f"notebook.ipynb: {change.what}"
            said = f"{topic} of the cell {change.what} was {change.kind}"
            item = differing(topic, Fault(said, change.after, change.before, where))
            told = change.what in locked and not other_code
            yield item if told else replace(item, state="cannot tell")
        if not of_topic:
            yield Item(topic, "ok", f"{topic}: as in the paper's notebook.")


def clock_faults(notebook: bytes, record: Results) -> Iterator[Fault]:
    """Whether the run lies within the time that the batch noted in the notebook; a notebook run by hand has none."""
    noted = parse_json(notebook).get("metadata", {}).get("papermill", {})
    if not {"start_time", "end_time"} <= set(noted):
        return
    begun, ended = (datetime.fromisoformat(noted[name]) for name in ("start_time", "end_time"))
    started = datetime.fromisoformat(record.provenance.started)
    finished = started + timedelta(seconds=record.provenance.seconds)
    # `started` is cut off to whole seconds.
    if started + timedelta(seconds=1) < begun or finished > ended + timedelta(seconds=1):
        yield Fault(
            "the run lies outside the time in which the batch ran its notebook",
            f"{record.provenance.started}, {record.provenance.seconds:g} s",
            f"between {noted['start_time']} and {noted['end_time']}",
            "results.json: provenance.started, provenance.seconds",
        )


def display_items(cells: Sequence[Cell], known: Known, other_code: str) -> Iterator[Item]:
    """Whether every cell of the paper's notebook displays what follows from the record and the tables.

    Args:
        other_code: Why the code that is here may display something else than the run's; "" if it is the same.
    """
    by_id = {cell.id: cell for cell in cells}
    untold, rebuilt = [], 0  # names of displays; a number of them
    for cell_id, display in expected_displays(known.paper.slug).items():
        where = f"notebook.ipynb: {cell_id}"
        cell = by_id.get(cell_id)
        if cell is None:
            missing = Fault(f"the cell {cell_id} ({display}) is missing", where=where)
            yield from _as_items([missing], other_code)
            continue
        stored = _without_own_style(cell.html)
        with laid_out_as(SOURCE.findall(stored)):
            ours = _shown(display, known)
        if ours is None:
            untold.append(display)
            continue
        if display in WITHOUT_PIXELS:
            stored, ours = (PICTURE.sub("<img>", html) for html in (stored, ours))
        elif ours != stored:  # perhaps by its layout alone
            ours = _shown(display, known) or ours
        items = _compared(stored, ours, where, known.results, other_code)
        yield from items
        rebuilt += not items
    yield Item("page", "ok", f"{rebuilt} displays are what the record and the tables give.")
    if untold:
        said = f"not rebuilt, since no table tells them: {', '.join(untold)}"
        yield Item("page", "cannot tell", said, where="notebook.ipynb")


def picture_items(cells: Sequence[Cell], record: Results, other_code: str) -> Iterator[Item]:
    """Whether the pictures that show images are those that the record names; what they show, no table tells."""
    shown = {cell.id: list(map(hash_text, photographs(cell.html))) for cell in cells}
    faults = []
    for cell in {**shown, **record.pictures}:
        named, here = record.pictures.get(cell, []), shown.get(cell, [])
        if named != here:
            said = f"the cell {cell} shows other pictures of images than results.json names"
            where = f"notebook.ipynb: {cell}"
            faults.append(Fault(said, " ".join(here), " ".join(named), where))
    yield from _as_items(faults, other_code)
    if not faults:
        number = sum(map(len, shown.values()))
        said = f"{number} pictures of images have the SHA-256 that results.json names."
        yield Item("page", "ok", said, where="results.json: pictures")


def summary_cell_items(
    cells: Sequence[Cell], html: str, known: Known, other_code: str
) -> Iterator[Item]:
    """Whether the summary at the end of the notebook is that of the record; its page has one of its own.

    The student may have had none of what was measured on real images.

    Args:
        html: The page, "" for none. Drawings that its summary shows too are not drawn again here: they are for it.
    """
    slug = known.paper.slug
    stored = next(
        (_without_own_style(cell.html) for cell in cells if cell.id == summary_cell(slug)), ""
    )
    drawings = SOURCE.findall(stored)
    as_on_page = drawings == SOURCE.findall(_top(html))
    found: list[Item] = []
    for references in ([each for each in kept_references() if each.slug == slug], []):
        with undrawn() if as_on_page else laid_out_as(drawings):
            summary = summary_block(known.paper, known.results, references)
        theirs, ours = stored, _without_own_style(summary._repr_html_())
        if as_on_page:
            theirs, ours = (DRAWN.sub("", side) for side in (theirs, ours))
        items = _compared(theirs, ours, "notebook.ipynb: summary", known.results, other_code)
        if not items:
            yield Item("page", "ok", "The notebook's summary is that of the record.")
            return
        found = found or items
    yield from found


def _shown(display: str, known: Known) -> str | None:
    """What a cell with this display shows, without its style; None where that cannot be told."""
    block = build(display, known)
    return None if block is None else _without_own_style(Block(block.html)._repr_html_())


def _without_own_style(html: str) -> str:
    """Without the style that blocks have by this code; any other stays, since it can hide what it likes."""
    return html.replace(style_element(), "")


def page_items(
    html: str, notebook: bytes, paper: Paper, record: Results, other_code: str
) -> Iterator[Item]:
    """Whether report.html is what this notebook and this record make, element by element."""
    # Not `nbformat.reads`, which only logs what is invalid: `render` raises it.
    tree = nbformat.convert(nbformat.reader.reads(notebook.decode("utf-8")), 4)
    colab = next(iter(COLAB.findall(html)), "")
    items: list[Item] = []
    kept = kept_references()  # the student may have had none
    for references in (kept, ()) if kept else ((),):
        with laid_out_as(SOURCE.findall(_top(html))):
            expected = page.render(tree, paper, record, references, colab=colab)
        if expected != html:
            expected = page.render(tree, paper, record, references, colab=colab)
        found = _compared(html, expected, "report.html", record, other_code, _top_undrawn)
        if not found:
            yield Item("page", "ok", "report.html is what notebook.ipynb and results.json make.")
            return
        items = items or found
    yield from items


def summary_items(html: str, paper: Paper, record: Results, other_code: str) -> Iterator[Item]:
    """Of a page without notebook and tables: whether its summary, and what else the record tells, is shown.

    The texts of a display must stand in the page one after another.
    """
    colab = next(iter(COLAB.findall(html)), "")
    empty = nbformat.v4.new_notebook()
    found: list[list[Item]] = []
    for references in (kept_references(), ()):
        with laid_out_as(SOURCE.findall(_top(html))):
            expected = page.render(empty, paper, record, references, colab=colab)
        found.append(_compared(_top(html), _top(expected), "report.html", record, other_code))
    yield from min(found, key=len)
    texts, faults = _texts(html), []
    known = Known(paper, record, None, {})
    displays = [
        name
        for name in expected_displays(paper.slug).values()
        if name in FROM_PAPER or name in FROM_RECORD
    ]
    for display in displays:
        block = build(display, known)
        if block is None or _texts(typeset(block.html)) not in texts:
            faults.append(Fault(f"report.html shows another {display} than its own record gives"))
    strange = {*map(hash_text, photographs(html))} - {
        digest for hashes in record.pictures.values() for digest in hashes
    }
    if strange:
        said = "report.html shows pictures of images that its own record does not name"
        faults.append(Fault(said, " ".join(sorted(strange)), where="report.html"))
    yield from _as_items(faults, other_code)
    right = len(displays) - sum("shows another" in fault.sentence for fault in faults)
    yield Item("page", "ok", f"{right} displays are what the record in the page gives.")


def _top(html: str) -> str:
    return html.partition('<div id="top">')[2].partition(BEHIND_SUMMARY)[0]


def _undrawn(html: str) -> str:
    return DRAWING.sub("", html)


def _top_undrawn(html: str) -> str:
    """Without the drawings of the summary: those below it are copies of the notebook's."""
    top, behind, rest = html.partition(BEHIND_SUMMARY)
    return _undrawn(top) + behind + rest


def _texts(html: str) -> str:
    """What is read, without the numbers of figures and tables."""
    texts = (element.value for element in elements(html) if element.kind == "text")
    return " ".join(text for text in texts if not NUMBERED.fullmatch(text))


@cache
def kept_references() -> tuple[Reference, ...]:
    """What was measured on real images, of all papers."""
    return tuple(load_references(storage.references()))


@cache
def expected_displays(slug: str) -> Mapping[str, str]:
    """Cell → function of `lib.report` that it calls last, in the paper's notebook of this checkout.

    Not of the summary: `summary_cell_items`.
    """
    cells = _reference_cells(slug)
    found = {cell["id"]: DISPLAY.findall("".join(cell["source"])) for cell in cells}
    return {cell: calls[-1] for cell, calls in found.items() if calls and calls[-1] != SUMMARY}


@cache
def summary_cell(slug: str) -> str:
    """The id of the cell that shows the summary, in the paper's notebook of this checkout."""
    return next(cell["id"] for cell in _reference_cells(slug) if SUMMARY in "".join(cell["source"]))


@cache
def cells_run_later(slug: str) -> frozenset[str]:
    """The cells of exercises and the one that hands in, in the paper's notebook of this checkout."""
    return frozenset(cell["id"] for cell in _reference_cells(slug) if RUN_LATER.match(cell["id"]))


@cache
def locked_cells(slug: str) -> frozenset[str]:
    """The cells that a student must not edit, in the paper's notebook of this checkout."""
    cells = _reference_cells(slug)
    return frozenset(
        cell["id"] for cell in cells if cell["metadata"].get("nbgrader", {}).get("locked")
    )


def _reference_cells(slug: str) -> list[dict[str, Any]]:
    return json.loads((papers.NOTEBOOKS / f"{slug}.ipynb").read_text(encoding="utf-8"))["cells"]


def _cell(raw: Mapping[str, Any]) -> Cell:
    outputs = raw.get("outputs", [])
    html = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    errors = [str(output["ename"]) for output in outputs if output["output_type"] == "error"]
    count = raw.get("execution_count")
    return Cell(
        id=str(raw.get("id") or raw.get("metadata", {}).get("id", "")),
        is_code=raw["cell_type"] == "code",
        source="".join(raw["source"]),
        count=count if isinstance(count, int) else None,
        html="".join(html),
        errors=tuple(errors),
    )


def _compared(
    stored: str,
    expected: str,
    where: str,
    record: Results,
    other_code: str,
    without_drawings: Callable[[str], str] = _undrawn,
) -> list[Item]:
    """Where `stored` shows something else than `expected`.

    A drawing that another version of matplotlib made is no fault: where nothing else differs, it cannot be told.

    Args:
        without_drawings: Takes out of a piece of HTML the drawings that are made here to be compared.
    """
    items = list(_as_items(differences(stored, expected, where), other_code))
    others = "" if other_code or not items else _other_matplotlib(record)
    if not others:
        return items
    stored, expected = without_drawings(stored), without_drawings(expected)
    said = f"{where} has other drawings than are made here, by another version: {others}"
    rest = list(_as_items(differences(stored, expected, where), ""))
    return rest or [Item(VERSION, "cannot tell", said, where=where)]


def _other_matplotlib(record: Results) -> str:
    """How the version that drew a run's figures differs from the one here; "" where it does not.

    Of a run with a key all versions are compared already, with the code.
    """
    then, now = record.provenance.versions.get("matplotlib"), version("matplotlib")
    if record.provenance.key_parts or then == now:
        return ""
    return f"matplotlib {then or 'unknown'} → {now}"


def _as_items(faults: Iterable[Fault], other_code: str) -> Iterator[Item]:
    """Of a run of other code, a display that is another cannot be told: this code may give it otherwise."""
    for fault in faults:
        item = differing("page", fault)
        yield replace(item, state="cannot tell") if other_code else item
