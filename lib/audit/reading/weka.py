"""Weka's output: the summary, the accuracy by class and the confusion matrix of one evaluation."""

import re
from collections.abc import Sequence

from lib.audit.reading.entries import Entry, Place, Reading, count_entry
from lib.audit.reading.headers import Header, read_header
from lib.audit.reading.matrices import NamedRow, matrix_entries
from lib.audit.reading.numbers import read_count, read_number
from lib.audit.reading.reports import row_entries
from lib.audit.reading.unreadable import Unreadable

ARM, PLACE = "Weka's model", "Weka's output"
SUMMARY = re.compile(
    r"\s*(Correctly Classified Instances|Kappa statistic|Total Number of Instances)\s+(\S+)(?:\s+(\S+)\s*%)?\s*"
)
MATRIX_ROW = re.compile(r"\s*([\d.\s]+?)\s*\|\s*(\w+) = (.+?)\s*")
COLUMNS = ("precision", "recall", "f1")  # the others are of one class against the rest, or areas


def is_weka(text: str) -> bool:
    """Whether Weka printed a text."""
    return any(
        title in text
        for title in (
            "Correctly Classified Instances",
            "=== Detailed Accuracy By Class ===",
            "<-- classified as",
        )
    )


def read_weka(lines: Sequence[tuple[int, str]]) -> Reading:
    """The last evaluation of an output: cross-validation stands behind the error on the training data.

    Raises:
        Unreadable: Numbers that are none, weighted instances, or no number at all.
    """
    starts = [
        place for place, (_, text) in enumerate(lines) if "Correctly Classified Instances" in text
    ]
    notes = [
        "Weka pools the images of all folds, so its numbers are those of one evaluation.",
        "TP and FP rate, MCC and areas by class were not used.",
    ]
    if len(starts) > 1:
        lines = lines[starts[-1] :]
        notes.append(f"The text holds {len(starts)} evaluations; the last one was read.")
    summary = [entry for line in lines for entry in _summary(*line)]
    cells, classes = _matrix(lines)
    scores = _by_class(lines)
    if not summary + cells + scores:
        raise Unreadable(
            "Weka's output should hold a summary, an accuracy by class or a confusion matrix",
            "none of them",
            "paste it from “=== Summary ===” on",
        )
    named = tuple(dict.fromkeys(entry.of for entry in scores if not entry.of.endswith("avg")))
    return Reading(
        source=PLACE,
        entries=(*summary, *scores, *cells),
        classes=named or classes,
        notes=tuple(notes),
    )


def _summary(number: int, text: str) -> list[Entry]:
    match = SUMMARY.fullmatch(text)
    if not match:
        return []
    name, first, share = match.groups()
    place = Place(line=number, where=f"{PLACE}, summary", arm=ARM)
    if name == "Kappa statistic":
        kappa = read_number(first, number)
        return [Entry(metric="kappa", number=kappa, column="kappa", **place)] if kappa else []
    count = read_count(first, number)
    if count is None:
        return []
    if name == "Total Number of Instances":
        return [count_entry("support", count, **place)]
    entries = [count_entry("correct", count, **place)]
    if share and (accuracy := read_number(share, number)):
        entries.append(
            Entry(metric="accuracy", number=accuracy, column="accuracy", percent=True, **place)
        )
    return entries


def _by_class(lines: Sequence[tuple[int, str]]) -> list[Entry]:
    """Precision, recall and F-measure of every class and their weighted average."""
    entries: list[Entry] = []
    columns: list[Header | None] = []
    for number, text in lines:
        if "TP Rate" in text and "Precision" in text:
            columns = [read_header(name) for name in re.split(r"\s{2,}", text.strip())][:-1]
            continue
        average = text.strip().startswith("Weighted Avg")
        cells = text.replace("Weighted Avg.", " ").split(maxsplit=len(columns))
        if not columns or not text.strip():
            columns = columns if not entries else []
            continue
        if len(cells) < len(columns) + (not average):
            columns = []
            continue
        name = "weighted avg" if average else cells[len(columns)].strip()
        kept = [
            (header, value)
            for place, (header, value) in enumerate(zip(columns, cells, strict=False))
            if header
            and header.metric in COLUMNS
            and place > 0  # the first one, TP Rate, is Recall again
        ]
        entries += row_entries(
            name,
            [value for _, value in kept],
            [header for header, _ in kept],
            where=PLACE,
            line=number,
            arm=ARM,
        )
    return entries


def _matrix(lines: Sequence[tuple[int, str]]) -> tuple[list[Entry], tuple[str, ...]]:
    rows = [
        NamedRow(number, match[3], tuple(match[1].split()))
        for number, text in lines
        if (match := MATRIX_ROW.fullmatch(text))
    ]
    return (
        matrix_entries(rows, (), arm=ARM, where=f"{PLACE}, confusion matrix") if rows else ([], ())
    )
