"""Confusion matrices: as NumPy, pandas or a table prints them, with or without names and totals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib.audit.reading.entries import Entry, count_entry
from lib.audit.reading.numbers import read_count
from lib.audit.reading.unreadable import Unreadable
from lib.papers.declare import cell

TOTALS = {"all", "total", "totals", "sum", "σ"}
TITLES = {
    "predicted",
    "actual",
    "true",
    "prediction",
    "reference",
    "true class",
    "actual class",
    "true label",
}


@dataclass(frozen=True)
class NamedRow:
    """A row of a matrix: its line, its name ("" for none) and its cells."""

    line: int
    name: str
    cells: tuple[str, ...]


def matrix_row(number: int, text: str) -> NamedRow | None:
    """A line with two or more whole numbers at its end, perhaps within brackets; None for any other."""
    bare = re.sub(r"array\(|[\[\]),;|]", " ", text)
    match = re.fullmatch(r"(.*?)((?:(?:^|\s+)\d+){2,})", bare.strip())
    return NamedRow(number, match[1].strip(" :="), tuple(match[2].split())) if match else None


def matrix_entries(
    rows: Sequence[NamedRow],
    names: Sequence[str],
    *,
    arm: str,
    where: str,
    decimal_comma: bool = False,
) -> tuple[list[Entry], tuple[str, ...]]:
    """The cells of a square table of counts, with the totals of its rows, and the names of its classes.

    Args:
        rows: Those of the true classes, where the text does not say otherwise.
        names: Above the columns; none, or one for each.
        arm, where: As in `Claim`.
        decimal_comma: As in `read_count`.

    Raises:
        Unreadable: A cell is no whole number, or the table is not square.
    """
    width = len(rows[0].cells)
    for row in rows:
        if len(row.cells) != width:
            raise Unreadable(
                f"a row of the confusion matrix should have {width} numbers, as the first one has",
                f"{len(row.cells)}",
                "complete the row",
                row.line,
            )
    row_totals = rows[-1].name.lower() in TOTALS
    column_totals = (bool(names) and names[-1].lower() in TOTALS) or (
        row_totals and len(rows) == width
    )
    size = width - 1 if column_totals else width
    if len(rows) < size or size < 2:
        raise Unreadable(
            "a confusion matrix should have as many rows as columns",
            f"{len(rows)} rows of {width}",
            "give the whole matrix",
            rows[0].line,
        )
    classes = _class_names(rows[:size], names[:size], size)
    entries = []
    for row, true in zip(rows[:size], classes, strict=True):
        counts = [
            read_count(text, row.line, decimal_comma=decimal_comma) or "0" for text in row.cells
        ]
        entries += [
            count_entry(
                "cell", digits, line=row.line, where=where, arm=arm, of=cell(true, predicted)
            )
            for predicted, digits in zip(classes, counts, strict=False)
        ]
        if size < width:
            support = count_entry(
                "support", counts[-1], line=row.line, where=where, arm=arm, of=true
            )
            entries.append(support)
    if row_totals and column_totals and len(rows) > size:
        total = read_count(rows[-1].cells[-1], rows[-1].line, decimal_comma=decimal_comma) or "0"
        entries.append(count_entry("support", total, line=rows[-1].line, where=where, arm=arm))
    return entries, classes


def _class_names(rows: Sequence[NamedRow], names: Sequence[str], size: int) -> tuple[str, ...]:
    """Those of the rows, else those of the columns, else "class 1" and so on."""
    for candidates in ([row.name for row in rows], list(names)):
        plain = [name for name in candidates if name and name.lower() not in TITLES]
        if len(plain) == size == len(set(plain)):
            return tuple(plain)
    return tuple(f"class {number}" for number in range(1, size + 1))
