"""Tables beside the images: found, read whatever program wrote them, and looked up by image.

A user's own are `classes.csv` (columns path and class) and `groups.csv` (path and group); a declaration
names the tables that come with a collection (`Sidecar`).
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath, PurePosixPath

from lib.datasets.names import plain_name
from lib.papers.declare import Sidecar
from lib.storage import DataError

CLASSES = Sidecar(name="classes.csv", path=("path",), label="class")
GROUPS = Sidecar(name="groups.csv", path=("path",), group=("group",))
OWN = (CLASSES, GROUPS)  # a user's: what cannot be used of them is an error
DELIMITERS = ",;\t"
MOST_BYTES = 100_000_000  # of a table: a row each for a million images
LONGEST = 200  # characters of a first line that are shown
Row = dict[str, str]  # column, as compared → cell


@dataclass(frozen=True, kw_only=True)
class Table:
    """One file that a sidecar names.

    Attributes:
        sidecar: What it is.
        file: Where it lies.
        place: The folder, relative to the one that was given, that its paths start from.
        rows: Path of an image or folder as parts, with and without the suffix → its rows; as listed
            first.
    """

    sidecar: Sidecar
    file: Path
    place: PurePath
    rows: dict[tuple[str, ...], list[Row]]

    def rows_of(self, path: PurePath) -> list[Row]:
        """The rows of an image: those of the longest end of its path that is listed.

        Args:
            path: Relative to the folder that was given, and below `place`.
        """
        path = path.relative_to(self.place)
        if self.sidecar.names_folder:
            candidates: tuple[tuple[str, ...], ...] = (path.parent.parts,)
        else:
            candidates = (path.parts, path.with_suffix("").parts)
        ends = (parts[start:] for parts in candidates for start in range(len(parts)))
        return next((self.rows[end] for end in ends if end in self.rows), [])

    def misfit(self, paths: Iterable[PurePath]) -> str:
        """A sentence with an example of what it lists where that is none of these images, else ""."""
        if not self.rows or any(self.rows_of(path) for path in paths):
            return ""
        first = PurePosixPath(*next(iter(self.rows)))
        return f"The first path in it, {first.as_posix()}, is the end of no image's path."

    def values(self, rows: Iterable[Row], columns: Sequence[str]) -> list[str]:
        """The different values of these columns, joined by "/", in the order of the rows; no empty ones."""
        joined = ("/".join(row[plain_name(column)] for column in columns) for row in rows)
        return [value for value in dict.fromkeys(joined) if value.strip("/")]


def find_tables(
    sidecars: Sequence[Sidecar], folder: Path, paths: Iterable[PurePath]
) -> Iterator[tuple[Table, list[PurePath]]]:
    """Every file that one of the sidecars names in a folder above the images, with the images below.

    The last of the sidecars comes first, and an outer folder before an inner one: whoever takes them in
    this order and lets later ones win gives the first sidecar and the innermost folder the last word.

    Args:
        folder: The folder that was given.
        paths: Of the images, relative to it.

    Raises:
        DataError: A user's table cannot be read, or lacks a column.
    """
    paths = list(paths)
    above = {place for parent in {path.parent for path in paths} for place in _up(parent)}
    listed: dict[Path, list[str]] = {}
    for sidecar in reversed(sidecars):
        for place in sorted(above):
            for file in _matching(folder / place, sidecar.name, listed):
                rows = _read(file, sidecar)
                if rows is not None:
                    table = Table(sidecar=sidecar, file=file, place=place, rows=rows)
                    yield table, [path for path in paths if path.is_relative_to(place)]


def _up(folder: PurePath) -> list[PurePath]:
    return [folder, *folder.parents]


def _matching(folder: Path, name: str, listed: dict[Path, list[str]]) -> list[Path]:
    """The files of this name, whatever its case; `listed` keeps what was seen of a folder."""
    inner, _, pattern = name.rpartition("/")
    place = folder / inner
    if place not in listed:
        listed[place] = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    names = (known for known in listed[place] if fnmatch(known.lower(), pattern.lower()))
    return [place / known for known in names if (place / known).is_file()]


def _read(file: Path, sidecar: Sidecar) -> dict[tuple[str, ...], list[Row]] | None:
    """The rows by path; None where a declared table is another file of the same name.

    Raises:
        DataError: A user's table cannot be read, or lacks a column.
    """
    text = _text(file)
    rows = _matched_lines(text, sidecar) if sidecar.line else _csv_rows(file, text, sidecar)
    if rows is None:
        return None
    # Spreadsheets append empty rows.
    named = [(path, row) for row in rows if (path := _path(row, sidecar)).name]
    by_path: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for path, row in named:
        by_path[path.parts].append(row)
    if not sidecar.names_folder:
        # What looks like a suffix is none where the rest is listed, too: p and p.1.
        whole = set(by_path)
        for path, row in named:
            if (stem := path.with_suffix("").parts) not in whole:
                by_path[stem].append(row)
    return dict(by_path)


def _text(file: Path) -> str:
    """The text of a file in UTF-8, or as Excel writes it: UTF-16 with a mark, or Windows-1252."""
    with file.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)  # whatever its size
    if len(content) > MOST_BYTES:
        raise DataError(
            f"{file} should have at most {MOST_BYTES / 1e6:.0f} MB; it has more. Leave path and class or "
            f"group of each image."
        )
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for name in (encoding, "cp1252"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(
        f"{file} should be a text file in UTF-8, UTF-16 or Windows-1252; it is none. Save it as "
        f"CSV in UTF-8."
    )


def _matched_lines(text: str, sidecar: Sidecar) -> list[Row] | None:
    matches = filter(None, (re.search(sidecar.line, line) for line in text.splitlines()))
    rows = [
        {plain_name(column): value or "" for column, value in match.groupdict().items()}
        for match in matches
    ]
    return rows or None


def _csv_rows(file: Path, text: str, sidecar: Sidecar) -> list[Row] | None:
    """The rows of a CSV file, by the delimiter whose header has the columns."""
    text = re.sub(r"\A\s*sep=.\s*?\n", "", text, flags=re.IGNORECASE)  # Excel's own hint
    needed = {plain_name(column) for column in sidecar.columns}
    for delimiter in DELIMITERS:
        lines = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True
        )
        with suppress(csv.Error):
            columns = [plain_name(column) for column in next(lines, [])]
            # No others are kept: of thousands of columns and rows, memory could not hold all.
            places = {column: place for place, column in enumerate(columns) if column in needed}
            if needed <= places.keys():
                if sidecar in OWN:
                    _require_once(file, columns, sidecar)
                return [_cells(row, places) for row in lines]
    if sidecar in OWN:
        raise DataError(
            f"{file} should have the columns {' and '.join(sidecar.columns)}, divided by commas, "
            f"semicolons or tabs; its first line is {text.partition(chr(10))[0].strip()[:LONGEST]!r}. Write "
            f"{','.join(sidecar.columns)} into the first line."
        )
    return None


def _require_once(file: Path, columns: Sequence[str], sidecar: Sidecar) -> None:
    twice = [column for column in sidecar.columns if columns.count(plain_name(column)) > 1]
    if twice:
        raise DataError(
            f"{file} should have one column {twice[0]}; it has several. Rename or remove the others."
        )


def _cells(row: Sequence[str], places: Mapping[str, int]) -> Row:
    """The cells at these places; "" for those that a short row lacks."""
    return {
        column: row[place].strip() if place < len(row) else "" for column, place in places.items()
    }


def _path(row: Row, sidecar: Sidecar) -> PurePosixPath:
    joined = "/".join(row[plain_name(column)] for column in sidecar.path).replace("\\", "/")
    match = re.search(sidecar.within or r"(.*)", joined.strip())
    return PurePosixPath(match.group(1) if match else "")
