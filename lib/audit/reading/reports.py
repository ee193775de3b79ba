"""Classification reports: a row per class, a column per score, averages below, as scikit-learn prints them."""

import re
from collections.abc import Mapping, Sequence

from lib.audit.reading.entries import Entry, Place, count_entry
from lib.audit.reading.headers import Header, plain_words, read_header
from lib.audit.reading.numbers import read_count, read_number
from lib.audit.reading.unreadable import Unreadable

AVERAGES = {
    "macro avg": "macro avg",
    "weighted avg": "weighted avg",
    "weighted avg.": "weighted avg",  # Weka
    "micro avg": "micro avg",
    "samples avg": "samples avg",
    "avg / total": "weighted avg",  # scikit-learn before 0.20
    "macro average": "macro avg",
    "weighted average": "weighted avg",
    "micro average": "micro avg",
}
# An accuracy or area by class may be of the class alone or of it against the rest.
BY_CLASS = ("precision", "recall", "sensitivity", "f1", "support", "specificity", "npv")
CELL = r"(?:[<>~]?[+-]?[\d.,]*\d%?|-|–|—|\?|nan|n/a)"


def header_columns(text: str) -> list[Header]:
    """The columns of a line that heads a report without a name for its rows; [] for any other line."""
    for titles in (re.split(r"\s{2,}|\t", text.strip()), text.split()):
        headers = [header for title in titles if (header := read_header(title))]
        if len(headers) == len(titles):
            metrics = {header.metric for header in headers}
            return headers if {"precision", "recall"} <= metrics else []
    return []


def report_row(text: str, columns: Sequence[Header]) -> tuple[str, list[str]] | None:
    """Name and cells of a row of text; None for a line that is none.

    A name may have spaces and end in a number: the cells are counted from the right.
    """
    for count in (len(columns), 2):
        match = re.fullmatch(rf"\s*(.*?)((?:(?:^|\s+){CELL}){{{count}}})\s*", text, re.IGNORECASE)
        if not match:
            continue
        name = match[1].strip()
        if name and (count == len(columns) or name.lower() == "accuracy"):
            return name, match[2].split()
    return None


def row_entries(
    name: str, cells: Sequence[str], columns: Sequence[Header], *, where: str, line: int, arm: str,
    decimal_comma: bool = False,
) -> list[Entry]:  # fmt: skip
    """The numbers of one row: of a class, an average, or the accuracy with its number of images.

    Raises:
        Unreadable: A cell is no number.
    """
    if average_name(name) == "accuracy":
        return _accuracy_entries(
            cells, where=where, line=line, arm=arm, decimal_comma=decimal_comma
        )
    entries = []
    of = average_name(name) or name
    for header, cell in zip(columns, cells, strict=True):
        if header.metric not in BY_CLASS:
            continue
        place = Place(where=where, line=line, arm=arm, of=of)
        if header.metric == "support":
            if digits := read_count(cell, line, decimal_comma=decimal_comma):
                entries.append(count_entry("support", digits, **place))
        elif number := read_number(cell, line):
            entries.append(
                Entry(
                    metric="recall" if header.metric == "sensitivity" else header.metric,
                    number=number,
                    column="scores",
                    percent=header.percent,
                    **place,
                )
            )
    return entries


def average_name(name: str) -> str:
    """The average that a row's name stands for, "accuracy" for the row of it; "" for a class."""
    plain = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    return AVERAGES.get(plain, "accuracy" if plain == "accuracy" else "")


def _accuracy_entries(
    cells: Sequence[str], *, where: str, line: int, arm: str, decimal_comma: bool
) -> list[Entry]:
    """The last two cells that are not empty are the accuracy and the images; one is the accuracy."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) > 2 and len({cell.rstrip("0") for cell in filled}) == 1:
        filled = filled[:1]  # a DataFrame repeats it in every column, that of the images too
    place = Place(where=f"{where}, row accuracy", line=line, arm=arm)
    entries = []
    for cell in filled[:-1] or filled:
        if number := read_number(cell, line):
            entries.append(Entry(metric="accuracy", number=number, column="scores", **place))
            break
    if len(filled) > 1 and (digits := read_count(filled[-1], line, decimal_comma=decimal_comma)):
        entries.append(count_entry("support", digits, **place))
    return entries


def label_kind(scores: Mapping[str, Mapping[str, str]], has_accuracy: bool) -> str:
    """`Reading.labels` of a report, from its averages.

    A "samples avg" is printed for images with several labels only. A "micro avg" stands in the place of the
    accuracy where labels are left out or images have several; scikit-learn 0.20 prints it always.
    """
    if "samples avg" in scores:
        return "many"
    if "micro avg" in scores and not has_accuracy:
        return "some"
    return "all"


def refuse_row(text: str, columns: Sequence[Header], line: int) -> Unreadable:
    """For a row within a report that has too few or too many numbers."""
    return Unreadable(
        f"a row should have a name and {len(columns)} numbers "
        f"({', '.join(header.metric for header in columns)})",
        f"“{' '.join(plain_words(text)) or text.strip()}”",
        "complete the row, or leave it out",
        line,
    )
