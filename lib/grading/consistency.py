"""What was handed in, held against itself: does all that it says and shows follow from its own files?

Whoever computes everything again from forged predictions is consistent, too; only running again
(`lib.grading.rerun`) tells. A submission may come from a stranger: whatever lies in it ends as
an item of this submission, and nothing of it is executed.
"""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pandas as pd
from pydantic import ValidationError

from lib import papers
from lib.evidence import derive
from lib.grading.artefacts import (
    CHECKED,
    CHECKSUMS,
    TABLE_FILES,
    ArtefactError,
    hash_faults,
    parse_checksums,
    require_digests,
)
from lib.grading.changes import Changes, find_changes
from lib.grading.displays import Known
from lib.grading.facts import fact_items, odd_times, strange_rows, time_faults
from lib.grading.items import ALONE, DONE, VERSION, Fault, Item, Verification, differing
from lib.grading.pages import (
    clock_faults,
    code_items,
    display_items,
    order_items,
    page_items,
    parse_cells,
    picture_items,
    summary_cell_items,
    summary_items,
)
from lib.grading.parameters import parameter_items
from lib.grading.submissions import Submission
from lib.grading.tables import read_tables
from lib.papers.declare import Paper
from lib.report.page import embedded_json
from lib.results import SCHEMA_VERSION, Record, Results
from lib.runs.key import code_here, library_change
from lib.settings import recorded
from lib.words import listed

# A record may make the schema list one error of 1 kB for every value, ten for every object. Full runs have some
# 50,000 values and 5,000 objects.
MOST_VALUES = 1_000_000
MOST_OBJECTS = 100_000
MOST_FOLDS = 1000  # 5 seeds have up to 35
# Of scores computed twice: numpy's libraries add up in another order on another processor, which changes the last
# of some sixteen digits. Three or four are ever shown.
CLOSE = 1e-9


def verify(submission: Submission) -> Verification:
    """Holds a submission against itself; whatever lies in it, nothing is raised.

    Derives every score, confusion matrix, verdict and piece of evidence of results.json again from
    predictions.csv, evidence.csv, history.csv, splits.csv and the paper's declaration; compares what the
    files tell twice (`lib.grading.facts`); builds all that notebook.ipynb and report.html show again
    (`lib.grading.pages`).
    """
    items = [differing("files", Fault(sentence)) for sentence in submission.faults]
    record = None
    if items and "results.json" not in submission.files:
        return Verification(submission.name, tuple(items), None)
    try:
        record = read_record(submission)
        for item in check(submission, record):
            items.append(item)  # one by one: what was found before something fails is kept
    except ArtefactError as error:
        items.append(differing("files" if record else "record", Fault(str(error))))
    except Exception as error:  # a stranger's file can fail anywhere; others are still to come
        said = f"the rest cannot be checked: {type(error).__name__}: {error}"
        items.append(differing("files", Fault(said)))
    return Verification(submission.name, tuple(items), record)


def read_record(submission: Submission) -> Results:
    """The record of a submission: results.json, or of a page alone the one inside it. Raises: ArtefactError."""
    if "results.json" in submission.files:
        return _parse_record(submission.files["results.json"], "results.json")
    if submission.kind != "page" or "report.html" not in submission.files:
        raise ArtefactError("results.json is missing")
    return _embedded(submission.files["report.html"])


def check(submission: Submission, record: Results) -> Iterator[Item]:
    """What is checked, the cheapest first. Raises: ArtefactError where the rest cannot be checked."""
    files = submission.files
    paper = papers.load(record.slug)
    require_digests(record.files, TABLE_FILES, "`files` of results.json")
    _require_plausible(record, paper)
    yield Item("record", "ok", f"results.json follows schema version {SCHEMA_VERSION}.")
    if submission.kind == "page":
        yield from _page_alone(files["report.html"], record, paper)
        return
    yield from _file_items(submission, record)
    if "report.html" in files:
        yield from _copy_items(files["report.html"], record)
    lacking = [name for name in TABLE_FILES if name not in files]
    if not lacking:
        tables = read_tables(record, files)
        yield from _table_items(record, paper, tables)
        yield from _shown_items(files, record, paper, tables)


def _file_items(submission: Submission, record: Results) -> Iterator[Item]:
    """Whether all files are there, and are those of the run by their SHA-256."""
    files, faults = submission.files, submission.faults
    unread = [name for name in CHECKED if any(fault.startswith(name) for fault in faults)]
    missing = [name for name in CHECKED if name not in (*files, *unread)]
    for name in missing:
        yield differing(
            "files", Fault(f"{name} is missing", "", "a file that every run writes", name)
        )
    checksums = parse_checksums(files[CHECKSUMS]) if CHECKSUMS in files else {}
    changed = list(
        hash_faults(
            {name: files[name] for name in CHECKED if name in files}, record.files, checksums
        )
    )
    yield from (differing("files", fault) for fault in changed)
    if not checksums:
        said = (
            f"whether report.html and notebook.ipynb were changed is not recorded (no {CHECKSUMS})"
        )
        yield Item("files", "cannot tell", said, where=CHECKSUMS)
    elif not changed and not missing:
        yield Item(
            "files", "ok", f"All files have the SHA-256 that {CHECKSUMS} and results.json give."
        )


def _copy_items(content: bytes, record: Results) -> Iterator[Item]:
    """Whether the record in report.html is that of results.json."""
    try:
        copied = _embedded(content)
    except ArtefactError as error:
        yield differing("page", Fault(str(error), where="report.html"))
        return
    if copied != record:
        said = "report.html holds other results than results.json"
        yield differing("page", Fault(said, where="report.html: the record in it"))


def _table_items(
    record: Results, paper: Paper, tables: Mapping[str, pd.DataFrame]
) -> Iterator[Item]:
    strange = list(strange_rows(record, tables))
    yield from (differing("record", fault) for fault in strange)
    yield from fact_items(record, paper, tables)
    yield from odd_times(record)
    if not strange:
        yield from _derived_items(record, paper, tables)


def _shown_items(
    files: Mapping[str, bytes], record: Results, paper: Paper, tables: Mapping[str, pd.DataFrame]
) -> Iterator[Item]:
    """Whether notebook and page show what record and tables say."""
    if "notebook.ipynb" not in files:
        return
    notebook = files["notebook.ipynb"]
    cells, other_code = parse_cells(notebook), _other_code(record)
    if other_code:
        said = f"the run was made by other code, which may show other things than this one: {other_code}"
        yield Item(VERSION, "cannot tell", said, where="results.json: provenance.key_parts")
    changes = find_changes(notebook, record.slug)
    other_code = other_code or changes.hindrance
    yield from code_items(notebook, record, changes, other_code)
    yield from parameter_items(record, paper, changes, other_code)
    yield from _done_items(record, changes)
    yield from order_items(cells, record.slug)
    yield from (differing("times", fault) for fault in clock_faults(notebook, record))
    known = Known(paper, record, recorded(record.settings), tables)
    yield from display_items(cells, known, other_code)
    html = files["report.html"].decode("utf-8") if "report.html" in files else ""
    yield from summary_cell_items(cells, html, known, other_code)
    yield from picture_items(cells, record, other_code)
    if html:
        yield from page_items(html, notebook, paper, record, other_code)


def _done_items(record: Results, changes: Changes) -> Iterator[Item]:
    """What a student did: which parameters were changed, and which exercises have an answer."""
    parameters = [f"{change.what} = {change.after or 'nothing'}" for change in changes.parameters]
    if parameters:
        yield Item(DONE, "ok", f"Parameters changed: {'; '.join(parameters)}.")
    answered = [answer.exercise for answer in changes.answers if not answer.is_empty]
    if answered or record.provenance.author:
        empty = [answer.exercise for answer in changes.answers if answer.is_empty]
        said = (
            f"Answered: {listed(answered) or 'no exercise'}. Left empty: {listed(empty) or 'none'}."
        )
        yield Item(DONE, "ok", said)


def _other_code(record: Results) -> str:
    """Why the code that is here may show the run otherwise than the code that made it; "" where it is the same.

    A run by hand keeps no hash of the code.
    """
    return library_change(record, _code_here(record.slug, tuple(record.settings.get("arms", ()))))


_code_here = cache(code_here)  # which no check changes


def _page_alone(content: bytes, record: Results, paper: Paper) -> Iterator[Item]:
    """Of a page without its tables only what follows from the record in it can be told."""
    yield from (differing("times", fault) for fault in time_faults(record))
    yield from summary_items(content.decode("utf-8"), paper, record, _other_code(record))
    said = (
        "the page came alone: without the run's tables and notebook no number can be computed again"
    )
    yield Item(ALONE, "cannot tell", said, where="report.html")


def _embedded(content: bytes) -> Results:
    try:
        return _parse_record(embedded_json(content.decode("utf-8")), "the record in report.html")
    except UnicodeDecodeError as error:
        raise ArtefactError(f"report.html is not UTF-8 text: {error.reason}") from error
    except ValueError as error:
        raise ArtefactError(f"report.html: {error}") from error


def _parse_record(content: bytes | str, where: str) -> Results:
    text = content if isinstance(content, bytes) else content.encode()
    if text.count(b",") > MOST_VALUES or text.count(b"{") > MOST_OBJECTS:
        raise ArtefactError(
            f"{where} should have at most {MOST_VALUES:,} values and {MOST_OBJECTS:,} objects; it has more"
        )
    try:
        return Results.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise ArtefactError(
            f"{where} should follow schema version {SCHEMA_VERSION}; {place}: {first['msg']} "
            f"({error.error_count():,} faults)"
        ) from error


def _require_plausible(record: Results, paper: Paper) -> None:
    """The paper's classes, no more models than it has, and no more folds than any run: checking comes to an end."""
    if record.classes != list(paper.class_names):
        raise ArtefactError(
            f"classes: results.json says {listed(record.classes)}; the paper's declaration gives "
            f"{listed(paper.class_names)}"
        )
    most = len(paper.every_arm) + len(papers.arms_elsewhere(paper.slug))
    if len(record.models) > most or len(record.folds) > MOST_FOLDS:
        raise ArtefactError(
            f"results.json should have at most {most} models and {MOST_FOLDS:,} folds; it has "
            f"{len(record.models):,} and {len(record.folds):,}"
        )


def _derived_items(
    record: Results, paper: Paper, tables: Mapping[str, pd.DataFrame]
) -> Iterator[Item]:
    """Fields that follow from the tables, or do not."""
    data = record.data
    try:
        derived = derive(
            paper,
            recorded(record.settings),
            record.models,
            tables,
            kind=data.kind,
            group_noun=data.group_noun,
            searched=record.look_alikes.pairs is not None,
            stand_ins=data.stand_ins,
        )
        for field, expected in derived:
            stored = getattr(record, field)
            if _agree(stored, expected):
                yield Item(field, "ok", f"{field}: {len(expected)} follow from the tables.")
            else:
                yield differing(field, _first_difference(field, stored, expected))
    except Exception as error:  # the tables do not belong together, in whatever way
        said = f"the rest of the record cannot be computed again: {type(error).__name__}: {error}"
        yield differing("record", Fault(said))


def _first_difference(field: str, stored: list[Any], expected: list[Any]) -> Fault:
    where = f"results.json: {field}"
    if len(stored) != len(expected):
        counts = len(stored), len(expected)
        said = f"{field}: {counts[0]} stand in results.json, {counts[1]} follow from the files"
        return Fault(said, str(counts[0]), str(counts[1]), where)
    pairs = enumerate(zip(stored, expected, strict=True))
    place, (in_record, in_files) = next(pair for pair in pairs if not _agree(*pair[1]))
    said = f"{field}: results.json says {in_record}; the files give {in_files}"
    return Fault(said, str(in_record), str(in_files), f"{where}.{place}")


def _agree(stored: object, expected: object) -> bool:
    """Whether two values are equal; numbers with a point, but for what another order of summing changes."""
    if stored == expected:
        return True
    if isinstance(stored, Record) and type(stored) is type(expected):
        return _agree(dict(stored), dict(expected))
    if isinstance(stored, float) and isinstance(expected, float):
        return math.isclose(stored, expected, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(stored, dict) and isinstance(expected, dict):
        return stored.keys() == expected.keys() and all(
            _agree(value, expected[name]) for name, value in stored.items()
        )
    if isinstance(stored, list | tuple) and type(stored) is type(expected):
        return len(stored) == len(expected) and all(map(_agree, stored, expected))
    return False
