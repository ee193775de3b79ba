"""CSV files that teachers open in a spreadsheet: read in whatever form it saves them, written so that nothing runs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet may take for the start of one
GUARD = "'"  # in front of it, the cell is text
LARGEST = 5_000_000  # bytes of a sheet


class SheetError(ValueError):
    """A CSV file that cannot be used: what was expected, what is there, what to do."""


class Sheet(NamedTuple):
    """A CSV file.

    Attributes:
        columns: Their names, in order.
        rows: Column → cell, of every row.
        delimiter: Between two cells: a comma, or a semicolon or tab, as some spreadsheets save.
    """

    columns: list[str]
    rows: list[dict[str, str]]
    delimiter: str


def read_sheet(path: Path, needed: Sequence[str] = ()) -> Sheet:
    """A CSV file in UTF-8, with or without a byte-order mark.

    Raises:
        SheetError: It is none, is ragged, or lacks one of the columns `needed`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path} should be a CSV file; {error.strerror}. Give another.") from error
    if len(content) > LARGEST:
        raise SheetError(f"{path} should have at most {LARGEST:,} bytes; it has {len(content):,}.")
    try:
        text = content.decode("utf-8-sig")
        head = text.partition("\n")[0]
        delimiter = max(",;\t", key=head.count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetError(f"{path} should be CSV in UTF-8; {error}. Save it so.") from error
    columns = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in needed if name not in columns]
    if missing or len(set(columns)) < len(columns):
        raise SheetError(
            f"{path} should have the columns {', '.join(needed)}, each once; it has "
            f"{', '.join(columns) or 'none'}."
        )
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(columns):
            raise SheetError(
                f"{path}, row {number}, should have {len(columns)} cells; it has {len(line)}. Mend it."
            )
        rows.append({name: unguarded(cell) for name, cell in zip(columns, line, strict=True)})
    return Sheet(columns, rows, delimiter)


def sheet_text(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], delimiter: str = ","
) -> str:
    """The CSV file; in every cell, and in the names of columns, formulas are defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow([guarded(name) for name in columns])
    writer.writerows([guarded(row.get(name, "")) for name in columns] for row in rows)
    return buffer.getvalue()


def guarded(cell: object) -> str:
    """The cell as text that no spreadsheet takes for a formula; numbers and a lone dash stay as they are."""
    text = "" if cell is None else f"{round(cell, 2):g}" if isinstance(cell, float) else str(cell)
    if not text.lstrip(" ").startswith(FORMULA) or text == "-" or _is_number(text):
        return text
    return GUARD + text


def unguarded(cell: str) -> str:
    """What stood there before `guarded`."""
    return cell[1:] if cell.startswith(GUARD) and guarded(cell[1:]) == cell else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
