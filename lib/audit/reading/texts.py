"""What a program prints: reports, matrices, single scores and tables, in any order, in one text."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from lib.audit.reading.entries import Entry, Place, Reading, count_entry
from lib.audit.reading.grids import Row, read_grid
from lib.audit.reading.headers import Header, read_header
from lib.audit.reading.matrices import matrix_entries, matrix_row
from lib.audit.reading.numbers import read_count, read_number
from lib.audit.reading.reports import (
    average_name,
    header_columns,
    label_kind,
    refuse_row,
    report_row,
    row_entries,
)
from lib.audit.reading.tables import ARM, read_table
from lib.audit.reading.unreadable import Unreadable
from lib.words import listed

Lines = Sequence[tuple[int, str]]
PAIR = re.compile(
    r"\s*([A-Za-zκ][\w \-().%']*?)\s*(?:[:=]\s*|\s+)([<>~≈]?\s*[+-]?[\d.,]+\d?\s*%?(?:\s*(?:±|\+/-)\s*[\d.,]+)?)\s*"
)
KNOWN = (
    "a classification report of scikit-learn, output of caret or Weka, a confusion matrix, a table in CSV, "
    "Markdown or LaTeX, or claims in TOML"
)


def read_text(lines: Lines, decimal_comma: bool = False) -> Reading:
    """Everything of a text that is known; what is not is named in the notes.

    Raises:
        Unreadable: Nothing is known, or a number within something known is none.
    """
    reports, left = _taken([part for line in lines for part in _list_rows(*line)], _report_end)
    matrices, left = _taken(left, _matrix_end)
    readings = [
        _read_report(block, name, decimal_comma) for name, block in _named(reports, "report")
    ]
    kind = "report" if len(matrices) == len(reports) else "matrix"
    readings += [_read_matrix(block, name, decimal_comma) for name, block in _named(matrices, kind)]
    _check_classes(readings)
    pairs = [(number, text) for number, text in left if _pair(text)]
    grid = read_grid([line for line in left if line not in pairs])
    if grid and not _is_prose(left, grid):
        readings.append(read_table(grid, decimal_comma))
        used = {row.line for row in grid}
        left = [line for line in left if line[0] not in used]
    arm = ARM if len(reports) < 2 else "single lines"  # of which report they are is not said
    single = [
        entry for number, text in pairs for entry in _pair_entries(number, text, arm, decimal_comma)
    ]
    if single:
        readings.append(Reading(source="single scores", entries=tuple(single)))
        left = [line for line in left if line not in pairs]
    if not readings:
        _refuse_shares(left)
        first = next((number, text) for number, text in lines if text.strip())
        raise Unreadable(f"a text should be {KNOWN}", f"“{first[1].strip()[:60]}”",
                         "paste the numbers with their header", first[0])  # fmt: skip
    return _joined(readings, left)


def _named(blocks: Sequence[Lines], kind: str) -> list[tuple[str, Lines]]:
    """The first block is about "the model", others about "report 2" and so on."""
    return [
        (ARM if place == 1 else f"{kind} {place}", block)
        for place, block in enumerate(blocks, start=1)
    ]


def _check_classes(readings: Sequence[Reading]) -> None:
    """Raises: Unreadable: reports of different classes stand in one text."""
    for reading in readings[1:]:
        first = readings[0]
        if reading.source == first.source and reading.classes != first.classes:
            raise Unreadable(
                "reports in one text should have the same classes",
                f"{listed(first.classes)}, then {listed(reading.classes)}",
                "audit them one at a time",
                reading.entries[0].line,
            )


def _list_rows(number: int, text: str) -> list[tuple[int, str]]:
    """A line, or the rows of a matrix that stand in it as a list of lists."""
    if not re.search(r"\]\s*,?\s*\[", text) or re.search(r"[A-Za-z|&]", text.replace("array", "")):
        return [(number, text)]
    return [(number, row) for row in re.split(r"(?<=\])\s*,?\s*(?=\[)", text)]


def _refuse_shares(lines: Lines) -> None:
    """Raises: Unreadable: rows of decimals, as of a confusion matrix divided by its row sums."""
    for number, text in lines:
        cells = re.sub(r"array\(|[\[\]),;]", " ", text).split()
        if len(cells) > 1 and all(re.fullmatch(r"\d*\.\d*", cell) for cell in cells[-2:]):
            read_count(cells[-1], number)


def _is_prose(lines: Lines, grid: Sequence[Row]) -> bool:
    """Whether what looks like a table has neither numbers nor a known column, nor marks of a table."""
    cells = [cell for row in grid for cell in row.cells]
    if any(read_header(cell) or re.match(r"[<>~±+-]?[.,]?\d", cell) for cell in cells):
        return False
    return not any("|" in text or "&" in text for _, text in lines)


def _taken(lines: Lines, find_end: Callable[[Lines, int], int]) -> tuple[list[Lines], Lines]:
    """The blocks of lines that begin something, each up to where `find_end` says, and the lines left."""
    blocks, left, place = [], [], 0
    while place < len(lines):
        end = find_end(lines, place)
        if end > place:
            blocks.append(lines[place:end])
            place = end
        else:
            left.append(lines[place])
            place += 1
    return blocks, left


def _report_end(lines: Lines, start: int) -> int:
    """Behind the last row of the report that begins at `start`; `start` where none does."""
    text = lines[start][1]
    columns = [] if "|" in text or "&" in text else header_columns(text)
    if not columns:
        return start
    end = last = start + 1
    while end < len(lines):
        row = lines[end][1]
        if row.strip():
            if not report_row(row, columns):
                if re.search(r"\d\s*$", row) and not matrix_row(*lines[end]) and not _pair(row):
                    raise refuse_row(row, columns, lines[end][0])
                break
            last = end + 1
        end += 1
    return last if last > start + 1 else start


def _matrix_end(lines: Lines, start: int) -> int:
    """Behind the rows of whole numbers from `start` on, as many as they are wide."""
    first = matrix_row(*lines[start])
    if (
        not first
        or ("," in lines[start][1] and "[" not in lines[start][1])
        or "|" in lines[start][1]
    ):
        return start
    end = start
    while (
        end < len(lines) and (row := matrix_row(*lines[end])) and len(row.cells) == len(first.cells)
    ):
        end += 1
    return (
        end
        if end - start in (len(first.cells), len(first.cells) - 1) and end - start > 1
        else start
    )


def _read_report(lines: Lines, arm: str, decimal_comma: bool) -> Reading:
    columns = header_columns(lines[0][1])
    entries, classes, rows = [], [], {}
    for number, text in lines[1:]:
        row = report_row(text, columns)
        if row is None:
            continue
        name, cells = row
        found = row_entries(
            name,
            cells,
            columns,
            where="the report",
            line=number,
            arm=arm,
            decimal_comma=decimal_comma,
        )
        entries += found
        rows[average_name(name) or name] = {entry.metric: entry.number.digits for entry in found}
        if not average_name(name):
            if name in classes:
                raise Unreadable(
                    "a class should have one row",
                    f"“{name}” twice",
                    "name the classes apart",
                    number,
                )
            classes.append(name)
    return Reading(
        source="scikit-learn's classification_report",
        entries=tuple(entries),
        classes=tuple(classes),
        labels=label_kind(rows, "accuracy" in rows),
    )


def _read_matrix(lines: Lines, arm: str, decimal_comma: bool) -> Reading:
    rows = [row for number, text in lines if (row := matrix_row(number, text))]
    entries, classes = matrix_entries(
        rows, (), arm=arm, where="the matrix", decimal_comma=decimal_comma
    )
    note = "The rows of the matrix were taken for the true classes."
    return Reading(
        source="a confusion matrix", entries=tuple(entries), classes=classes, notes=(note,)
    )


def _pair(text: str) -> tuple[str, Header, str] | None:
    """Name, what it means and number of "Accuracy: 0.95"; None for any other line."""
    match = PAIR.fullmatch(text)
    header = read_header(match[1]) if match else None
    return (match[1], header, match[2]) if match and header else None


def _pair_entries(number: int, text: str, arm: str, decimal_comma: bool) -> Iterator[Entry]:
    pair = _pair(text)
    if pair is None:
        return
    name, header, value = pair
    place = Place(line=number, where=f"the line “{name}”", arm=arm, part=header.part)
    if header.metric == "support":
        if digits := read_count(value, number, decimal_comma=decimal_comma):
            yield count_entry("support", digits, **place)
    elif score := read_number(value, number):
        place["of"] = header.of
        percent = header.percent
        yield Entry(metric=header.metric, number=score, column=name, percent=percent, **place)


def _joined(readings: Sequence[Reading], left: Lines) -> Reading:
    """All of them as one; a matrix without names has those of a report of as many classes."""
    classes = next((reading.classes for reading in readings if reading.classes), ())
    entries = []
    for reading in readings:
        own = reading.classes
        rename = dict(zip(own, classes, strict=True)) if len(own) == len(classes) else {}
        entries += [_renamed(entry, rename) for entry in reading.entries]
    notes = [note for reading in readings for note in reading.notes]
    unread = [number for number, text in left if re.search(r"\d", re.sub(r"\\.*|\[.*\]", "", text))]
    if unread:
        notes.append(f"Not read: line{'s' * (len(unread) > 1)} {_ranges(unread)}.")
    sources = dict.fromkeys(reading.source for reading in readings)
    labels = [reading.labels for reading in readings if reading.labels != "all"]
    return Reading(
        source=" and ".join(sources),
        entries=tuple(entries),
        classes=classes,
        notes=tuple(dict.fromkeys(notes)),
        labels=labels[0] if labels else "all",
    )


def _renamed(entry: Entry, rename: dict[str, str]) -> Entry:
    if entry.metric == "cell":
        true, _, predicted = entry.of.partition(" → ")
        return replace(entry, of=f"{rename.get(true, true)} → {rename.get(predicted, predicted)}")
    return replace(entry, of=rename.get(entry.of, entry.of))


def _ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 7 → "1 to 3, 7"."""
    texts = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        lines = [number for _, number in run]
        texts.append(f"{lines[0]} to {lines[-1]}" if len(lines) > 1 else f"{lines[0]}")
    return ", ".join(texts)
