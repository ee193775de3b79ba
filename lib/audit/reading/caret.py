"""What R's caret prints of a confusion matrix: its columns are the true classes."""

import re
from collections.abc import Sequence

from lib.audit.reading.entries import Entry, Place, Reading, count_entry
from lib.audit.reading.numbers import read_count, read_number
from lib.audit.reading.unreadable import Unreadable
from lib.papers.declare import cell

ARM = "caret's model"
OVERALL = {"accuracy": "accuracy", "kappa": "kappa"}
OF_CLASS = {
    "sensitivity": "recall",
    "recall": "recall",
    "specificity": "specificity",
    "pos pred value": "precision",
    "precision": "precision",
    "neg pred value": "npv",
    "f1": "f1",
}  # the balanced accuracy is, here, of each class against the rest
FIELD = re.compile(r"\s*('?[A-Za-z][\w' -]*?)\s+:\s+(.*?)\s*")


def is_caret(text: str) -> bool:
    """Whether caret printed a text."""
    return "Confusion Matrix and Statistics" in text or (
        re.search(r"^\s*Reference\s*$", text, re.MULTILINE) is not None
        and re.search(r"^Prediction\b", text, re.MULTILINE) is not None
    )


def read_caret(lines: Sequence[tuple[int, str]]) -> Reading:
    """The matrix, the statistics over all classes and those of each.

    Raises:
        Unreadable: No matrix, or a number that is none.
    """
    cells, classes = _matrix(lines)
    fields = {match[1].strip(" '").lower(): (number, match[2]) for number, text in lines
              if (match := FIELD.fullmatch(text))}  # fmt: skip
    entries = list(cells)
    for name, metric in OVERALL.items():
        if name in fields:
            entries += _score(metric, fields[name][1], fields[name][0], "")
    positive = re.sub(
        r"[‘’']", "", fields.get("positive' class", fields.get("positive class", (0, "")))[1]
    )
    for name, metric in OF_CLASS.items():
        if name in fields and positive in classes:
            entries += _score(metric, fields[name][1], fields[name][0], positive)
    entries += _by_class(lines, classes)
    return Reading(
        source="caret's confusionMatrix",
        entries=tuple(entries),
        classes=classes,
        notes=(
            "Rows of caret's matrix are predictions; they were turned round.",
            "Interval, P-values, prevalence and rates of detection were not used.",
        ),
    )


def _matrix(lines: Sequence[tuple[int, str]]) -> tuple[list[Entry], tuple[str, ...]]:
    start = next(
        (place for place, (_, text) in enumerate(lines) if text.startswith("Prediction")), None
    )
    if start is None:
        raise Unreadable(
            "caret's output should hold the matrix under “Prediction”",
            "none",
            "paste the output from “Confusion Matrix and Statistics” on",
        )
    number, heading = lines[start]
    size = len(heading.split()) - 1
    rows: list[tuple[int, str, list[str]]] = []
    for line, text in lines[start + 1 :]:
        match = re.fullmatch(rf"\s*(\S.*?)((?:\s+\S+){{{size}}})\s*", text)
        if not match or len(rows) == size:
            break
        rows.append(
            (line, match[1], [read_count(count, line) or "0" for count in match[2].split()])
        )
    if len(rows) != size or size < 2:
        raise Unreadable(
            f"the matrix should have {size} rows, as many as columns",
            f"{len(rows)}",
            "paste the whole matrix; names of classes must not hold spaces",
            number,
        )
    classes = tuple(name for _, name, _ in rows)
    entries = [
        count_entry("cell", digits, of=cell(true, predicted), line=line, where="matrix", arm=ARM)
        for line, predicted, counts in rows
        for true, digits in zip(classes, counts, strict=True)
    ]
    return entries, classes


def _by_class(lines: Sequence[tuple[int, str]], classes: Sequence[str]) -> list[Entry]:
    """The table "Statistics by Class", whose columns are "Class: a" and so on."""
    entries, columns = [], []
    for number, text in lines:
        if "Class: " in text:
            columns = [name.strip() for name in text.split("Class: ")[1:]]
            continue
        match = re.fullmatch(
            r"([A-Z][A-Za-z0-9 ]*?)((?:\s+(?:-?[\d.]+(?:e-?\d+)?|NA|NaN))+)\s*", text
        )
        if not match or not columns or match[1].lower() not in OF_CLASS:
            continue
        values = match[2].split()
        if len(values) == len(columns):
            for name, value in zip(columns, values, strict=True):
                if name in classes:
                    entries += _score(OF_CLASS[match[1].lower()], value, number, name)
    return entries


def _score(metric: str, text: str, line: int, of: str) -> list[Entry]:
    number = read_number(text, line)
    if number is None:
        return []
    place = Place(where="statistics", line=line, arm=ARM, of=of)
    return [Entry(metric=metric, number=number, column=metric, **place)]
