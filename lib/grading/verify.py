"""Checks a run folder against itself: can every number be recomputed from the files beside it?

A folder may come from a stranger, and anything may stand in it: whatever that is, it ends as a fault
of this folder.
"""

import argparse
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

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
    read_artefact,
    read_checksums,
    require_digests,
)
from lib.grading.facts import fact_faults, strange_rows
from lib.grading.tables import read_tables
from lib.papers.declare import Paper
from lib.report.page import embedded_json
from lib.results import SCHEMA_VERSION, Record, Results
from lib.settings import Settings, Training
from lib.words import listed, printable

# A record may make the schema list one error of 1 kB for every value, ten for every object. Full runs have some
# 50,000 values and 5,000 objects.
MOST_VALUES = 1_000_000
MOST_OBJECTS = 100_000
MOST_FOLDS = 1000  # 5 seeds have up to 35
# Of scores computed twice: numpy's libraries add up in another order on another processor, which changes the last
# of some sixteen digits. Three or four are ever shown.
CLOSE = 1e-9
LONGEST = 600  # characters of a sentence that is printed
NOT_CHECKED = (
    "Not checked: whether what report.html and notebook.ipynb show follows from results.json; what no table tells: "
    "the images' kind and content, rejected files, near-duplicates by name, weights, costs, device and times."
)


class Verification(NamedTuple):
    """What came of checking a run folder, in sentences.

    Attributes:
        faults: What is wrong; none if the run is consistent.
        notes: What is known of its page, where nothing is wrong with that.
    """

    faults: list[str]
    notes: list[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run folders."""
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="reports/SLUG")


def run_command(options: argparse.Namespace) -> int:
    """Prints what is wrong with each folder; 0 if nothing is, else 1."""
    consistent = True
    for folder in options.folders:
        faults, notes = check_run(folder)
        consistent = consistent and not faults
        print(f"{printable(str(folder))}: {'NOT consistent' if faults else 'consistent'}")
        for sentence in (*faults, *notes):
            print(f"  {_shortened(printable(sentence))}")
    print(NOT_CHECKED)
    return 0 if consistent else 1


def check_run(folder: Path) -> Verification:
    """Holds the run in `folder` against itself; whatever lies there, nothing is raised.

    Derives every score, confusion matrix, verdict and piece of evidence of results.json again from
    predictions.csv, evidence.csv, history.csv, splits.csv and the paper's declaration; compares what the
    files tell twice (`lib.grading.facts`), report.html's own copy of the record with the file, and every file with its
    SHA-256.
    """
    faults, notes = [], []
    try:
        for fault in find_faults(folder, notes):
            faults.append(fault)  # one by one: what was found before something fails is kept
    except ArtefactError as error:
        faults.append(str(error))
    except (
        Exception
    ) as error:  # a stranger's file can fail anywhere; other folders are still to come
        faults.append(f"the rest cannot be checked: {type(error).__name__}: {error}")
    return Verification(faults, notes)


def find_faults(folder: Path, notes: list[str]) -> Iterator[str]:
    """What is wrong with the run in `folder`, the cheapest to find first.

    Args:
        notes: What is known of the page is added to it.

    Raises:
        ArtefactError: Something is wrong that keeps the rest from being checked.
    """
    if not folder.is_dir():
        raise ArtefactError("it should be the folder of a run; there is no such folder")
    record = _parse_record(read_artefact(folder, "results.json"), "results.json")
    require_digests(record.files, TABLE_FILES, "`files` of results.json")
    checksums = read_checksums(folder)
    names = CHECKED if checksums else ("report.html", "results.json", *TABLE_FILES)
    contents = {name: read_artefact(folder, name) for name in names}
    changed = hash_faults(contents, record.files, checksums)
    yield from changed
    if checksums is None:
        notes.append(
            f"report.html: whether it is the page that the run wrote is not recorded (no {CHECKSUMS})"
        )
    elif not any(sentence.startswith("report.html") for sentence in changed):
        notes.append(f"report.html is the page that the run wrote (by {CHECKSUMS})")
    yield from _page_faults(contents["report.html"], record)
    paper = papers.load(record.slug)
    _require_plausible(record, paper)
    tables = read_tables(record, contents)
    strange = list(strange_rows(record, tables))
    yield from strange
    yield from fact_faults(record, paper, tables)
    if not strange:
        yield from _derived_faults(record, paper, tables)


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


def _page_faults(content: bytes, record: Results) -> Iterator[str]:
    try:
        html = content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"report.html is not UTF-8 text: {error.reason}"
        return
    try:
        if _parse_record(embedded_json(html), "the record in report.html") != record:
            yield "report.html holds other results than results.json"
    except ValueError as error:
        yield f"report.html: {error}"


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


def _derived_faults(
    record: Results, paper: Paper, tables: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    """Fields that do not follow from the tables."""
    data = record.data
    try:
        derived = derive(
            paper,
            _settings(record),
            record.models,
            tables,
            kind=data.kind,
            group_noun=data.group_noun,
            searched=record.look_alikes.pairs is not None,
            stand_ins=data.stand_ins,
        )
        for field, expected in derived:
            stored = getattr(record, field)
            if not _agree(stored, expected):
                yield f"{field}: {_first_difference(stored, expected)}"
    except Exception as error:  # the tables do not belong together, in whatever way
        yield (f"the rest of the record cannot be computed again: {type(error).__name__}: {error}")


def _settings(record: Results) -> Settings:
    values = record.settings
    training = {arm: Training(**of_arm) for arm, of_arm in values["training"].items()}
    plain = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Settings(**plain | {"training": training})


def _first_difference(stored: list, expected: list) -> str:
    if len(stored) != len(expected):
        return f"{len(stored)} stand in results.json, {len(expected)} follow from the files"
    pairs = zip(stored, expected, strict=True)
    in_record, in_files = next(pair for pair in pairs if not _agree(*pair))
    return f"results.json says {in_record}; the files give {in_files}"


def _agree(stored: object, expected: object) -> bool:
    """Whether two values are equal; numbers with a point, but for what another order of summing changes."""
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
    return stored == expected


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]} …"
