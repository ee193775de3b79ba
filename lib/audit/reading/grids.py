"""Tables in Markdown, LaTeX, CSV or columns apart by spaces → rows of cells with their lines."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from lib.audit.reading.headers import read_header
from lib.audit.reading.numbers import without_markup

RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\}|cmidrule(?:\([^()]*\))?\{[^{}]*\})"
)
CELL = re.compile(r"[<>~]?[+-]?[\d.,]*\d%?\*?|-|–|—|nan|n/a", re.IGNORECASE)
BOX = str.maketrans({"│": "|", "┃": "|", "║": "|", "｜": "|"})
LINES = re.compile(r"[\s|:+=─━═┼╋┬┴├┤┌┐└┘╭╮╰╯┏┓┗┛┡┩╇╪╞╡╟╢╠╣╔╗╚╝-]+")


@dataclass(frozen=True)
class Row:
    """The cells of a row and its line, counted from 1; `lines` are those of the cells where they differ."""

    line: int
    cells: tuple[str, ...]
    lines: tuple[int, ...] = ()

    def line_of(self, place: int) -> int:
        """The line of a cell."""
        return self.lines[place] if self.lines else self.line


def read_grid(lines: Sequence[tuple[int, str]]) -> list[Row]:
    """The rows of the table that lines hold, by what parts its cells; [] where nothing does.

    Lines outside a Markdown or LaTeX table are left out.
    """
    for reader in (_markdown, _latex, _separated, _spaced):
        rows = [row for row in reader(lines) if any(cell.strip() for cell in row.cells)]
        if len(rows) > 1:
            return rows
    return []


def transposed(rows: Sequence[Row]) -> list[Row]:
    """Columns as rows; the end of a short row is filled with empty cells."""
    width = max(len(row.cells) for row in rows)
    filled = [(*row.cells, *[""] * (width - len(row.cells))) for row in rows]
    lines = tuple(row.line for row in rows)
    return [Row(rows[0].line, cells, lines) for cells in zip(*filled, strict=True)]


def _markdown(lines: Sequence[tuple[int, str]]) -> Iterator[Row]:
    for number, text in lines:
        text = text.translate(BOX).strip()
        if "|" in text and not LINES.fullmatch(text):
            inner = text.removeprefix("|").removesuffix("|")
            yield Row(number, tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", inner)))


def _latex(lines: Sequence[tuple[int, str]]) -> Iterator[Row]:
    """A row ends in two backslashes, perhaps some lines below; the first line of it counts."""
    start, gathered = 0, ""
    for number, text in lines:
        text = RULES.sub("", re.sub(r"(?<!\\)%.*", "", text)).strip()
        if "&" not in text and not gathered:
            continue
        start, gathered = (start, f"{gathered} {text}") if gathered else (number, text)
        if re.search(r"\\\\(?:\[[^\[\]]*\])?$", text):
            yield _latex_row(start, gathered)
            gathered = ""
    if "&" in gathered:  # the last row of some has no backslashes
        yield _latex_row(start, gathered)


def _latex_row(line: int, text: str) -> Row:
    text = re.sub(r"\\\\(?:\[[^\[\]]*\])?$", "", text.strip())
    cells = []
    for cell in re.split(r"(?<!\\)&", text):
        cell = re.sub(r"\\multirow\{[^{}]*\}\{[^{}]*\}\{([^{}]*)\}", r"\1", cell)
        span = re.search(r"\\multicolumn\{(\d+)\}\{[^{}]*\}\{(.*)\}", cell)
        cells.append(span[2] if span else cell)
        cells += [""] * (min(int(span[1]), 100) - 1 if span else 0)
    return Row(line, tuple(cell.strip() for cell in cells))


def _separated(lines: Sequence[tuple[int, str]]) -> Iterator[Row]:
    """Tabs, else semicolons, else commas: whichever stands in the first line and parts all lines alike."""
    filled = [(number, text) for number, text in lines if text.strip()]
    if not filled:
        return
    for delimiter in "\t;,":
        if delimiter not in filled[0][1]:
            continue
        cells = [
            next(csv.reader([text.strip("\r\n")], delimiter=delimiter, skipinitialspace=True), [])
            for _, text in filled
        ]
        if delimiter == "\t" or len({len(row) for row in cells}) == 1:
            for (number, _), row in zip(filled, cells, strict=True):
                yield Row(number, tuple(cell.strip() for cell in row))
            return


def _spaced(lines: Sequence[tuple[int, str]]) -> Iterator[Row]:
    """Two spaces or more between cells, or one; from a header on, and as far as rows have as many cells."""
    filled = [(number, without_markup(text)) for number, text in lines if text.strip()]
    for pattern in (r"\s{2,}", r"\s+"):
        cells = [(number, re.split(pattern, text)) for number, text in filled]
        if len({len(row) for _, row in cells}) == 1 and len(cells[0][1]) > 1:
            yield from (Row(number, tuple(row)) for number, row in cells)
            return
    for place, (number, text) in enumerate(filled):
        for pattern in (r"\s{2,}", r"\s+"):
            header = re.split(pattern, text)
            known = len(list(takewhile(read_header, reversed(header))))
            # Names of rows may hold spaces, so that cells are counted from the right.
            rows = list(
                takewhile(len, (_cells_at_end(*line, known) for line in filled[place + 1 :]))
            )
            if known and rows:
                yield Row(number, (" ".join(header[:-known]), *header[-known:]))
                yield from (Row(line, tuple(row)) for line, *row in rows)
                return


def _cells_at_end(number: int, text: str, count: int) -> list[Any]:
    """The line, the name and the last cells of a row; [] for a line that has not as many numbers."""
    cells = text.split()[-count:] if count else []
    if len(cells) < count or not all(CELL.fullmatch(cell) for cell in cells):
        return []
    return [number, " ".join(text.split()[:-count]), *cells]
