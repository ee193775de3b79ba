"""Tables with a header: of models with their scores, of classes as a report, or a confusion matrix."""

import re
from collections.abc import Sequence

from lib.audit.reading.entries import Entry, Reading
from lib.audit.reading.grids import Row, transposed
from lib.audit.reading.headers import Header, names_rows, nearest, plain_words, read_header
from lib.audit.reading.matrices import TITLES, TOTALS, NamedRow, matrix_entries
from lib.audit.reading.numbers import read_count, read_number, without_markup
from lib.audit.reading.reports import BY_CLASS, average_name, label_kind, row_entries
from lib.audit.reading.unreadable import Unreadable

ARM = "the model"
OF_CLASSES = {"class", "classes", "label", "labels", "category"}


def read_table(rows: Sequence[Row], decimal_comma: bool = False) -> Reading:
    """The numbers of a table; metrics may stand above the columns or before the rows.

    Raises:
        Unreadable: No column with a known name, or a cell of such a column that is no number.
    """
    start = _header_row(rows)
    if start is None and _header_row(turned := transposed(rows)) is not None:
        rows, start = turned, _header_row(turned)
    if start is None:
        return _read_matrix(rows, decimal_comma)
    headers = {
        place: header
        for place, text in enumerate(rows[start].cells)
        if (header := read_header(text))
    }
    names = _name_columns(rows[start], rows[start + 1 :], headers)
    notes = _left_out(rows[start], headers, names)
    body = [row for row in rows[start + 1 :] if any(cell.strip() for cell in row.cells[1:])]
    if not body:
        raise Unreadable(
            "a table should have rows below its header",
            "none",
            "paste the rows too",
            rows[start].line,
        )
    if _is_report(rows[start], body, headers, names):
        return _read_report(body, headers, names, notes, decimal_comma)
    groups = _groups(rows[:start], rows[start], headers)
    titles = [without_markup(text) for text in rows[start].cells]
    return _read_models(body, headers, names, groups, titles, notes, decimal_comma)


def _header_row(rows: Sequence[Row]) -> int | None:
    """The first row that names a score."""
    for place, row in enumerate(rows):
        headers = [read_header(text) for text in row.cells]
        if any(_is_number(text) for text in row.cells):
            continue
        # "P" or "R" alone may stand for anything.
        scores = [
            header
            for header, text in zip(headers, row.cells, strict=True)
            if header
            and header.metric != "support"
            and (len(text.strip()) > 1 or len([*filter(None, headers)]) > 1)
        ]
        if scores:
            return place
    return None


def _is_number(text: str) -> bool:
    plain = without_markup(text).replace(",", ".")
    return bool(re.match(r"[<>~±+-]?\s*\.?\d", plain))


def _name_columns(header: Row, body: Sequence[Row], headers: dict[int, Header]) -> list[int]:
    """The columns of words before the scores: model, data set."""
    places: list[int] = []
    for place, text in enumerate(header.cells):
        cells = [row.cells[place] for row in body if place < len(row.cells)]
        words = sum(
            any(character.isalpha() for character in without_markup(cell)) for cell in cells
        )
        if place not in headers and ((names_rows(text) and not places) or 2 * words > len(cells)):
            places.append(place)
    return places


def _left_out(header: Row, headers: dict[int, Header], names: Sequence[int]) -> list[str]:
    notes = []
    for place, text in enumerate(header.cells):
        title = without_markup(text)
        if place in headers or place in names or not title:
            continue
        known = nearest(title)
        more = f"; the nearest known name is “{known}”: use it if it is meant" if known else ""
        notes.append(f"The column “{title}” was not read: it is none that the audit knows{more}.")
    return notes


def _is_report(
    header: Row, body: Sequence[Row], headers: dict[int, Header], names: Sequence[int]
) -> bool:
    if any(average_name(_name(row, names)) for row in body):
        return True
    above = {word for place in names for word in plain_words(header.cells[place])}
    titles = {" ".join(plain_words(header.cells[place])) for place in headers}
    scores = {header.metric for header in headers.values()}
    return bool(above & OF_CLASSES) or ("support" in titles and {"precision", "recall"} <= scores)


def _read_report(
    body: Sequence[Row],
    headers: dict[int, Header],
    names: Sequence[int],
    notes: list[str],
    decimal_comma: bool,
) -> Reading:
    entries: list[Entry] = []
    classes: list[str] = []
    rows: dict[str, dict[str, str]] = {}
    columns = list(headers.values())
    if others := [header.metric for header in columns if header.metric not in BY_CLASS]:
        notes = [*notes, f"By class not used: {', '.join(others)}."]
    for row in body:
        name = _name(row, names) or f"class {len(classes) + 1}"
        cells = [row.cells[place] if place < len(row.cells) else "" for place in headers]
        found = row_entries(
            name,
            cells,
            columns,
            where="the report",
            line=row.line,
            arm=ARM,
            decimal_comma=decimal_comma,
        )
        entries += found
        rows[average_name(name) or name] = {entry.metric: entry.number.digits for entry in found}
        if not average_name(name) and name.lower() not in (
            "average",
            "avg",
            "mean",
            "overall",
            *TOTALS,
        ):
            classes.append(name)
    return Reading(
        source="a classification report",
        entries=tuple(entries),
        classes=tuple(classes),
        notes=tuple(notes),
        labels=label_kind(rows, "accuracy" in rows),
    )


def _read_models(
    body: Sequence[Row],
    headers: dict[int, Header],
    names: Sequence[int],
    groups: dict[int, str],
    titles: Sequence[str],
    notes: list[str],
    decimal_comma: bool,
) -> Reading:
    entries, above, named = [], "", set()
    for number, row in enumerate(body, start=1):
        first = row.cells[names[0]] if names and names[0] < len(row.cells) else ""
        above = first or above  # a merged cell: the name stands in the first of its rows only
        name = _name(row, names, above) or f"row {number}"
        if name in named:
            name = f"{name} (row {number})"
        named.add(name)
        counts = [
            read_count(row.cells[place], row.line_of(place), decimal_comma=decimal_comma)
            for place, header in headers.items()
            if header.metric == "support" and place < len(row.cells)
        ]
        n = next((int(count) for count in counts if count), None)
        for place, header in headers.items():
            text = row.cells[place] if place < len(row.cells) else ""
            if header.metric != "support" and (score := read_number(text, row.line_of(place))):
                entries.append(
                    Entry(
                        metric=header.metric,
                        number=score,
                        line=row.line_of(place),
                        where=f"the table, {titles[place]}",
                        arm=f"{name}, {groups[place]}" if groups.get(place) else name,
                        of=header.of,
                        part=header.part,
                        column=f"{place}",
                        percent=header.percent,
                        n=n,
                    )
                )
    if not entries:
        raise Unreadable(
            "a table should hold scores", "none", "paste a table with numbers", body[0].line
        )
    return Reading(source="a table of models", entries=tuple(entries), notes=tuple(notes))


def _groups(above: Sequence[Row], header: Row, headers: dict[int, Header]) -> dict[int, str]:
    """Column → the heading that spans it, where two columns have one name.

    Raises:
        Unreadable: Two columns have one name and nothing above tells them apart.
    """
    titles = [" ".join(plain_words(header.cells[place])) for place in headers]
    if len(set(titles)) == len(titles):
        return {}
    groups, group = {}, ""
    for place in range(len(header.cells)):
        text = above[-1].cells[place] if above and place < len(above[-1].cells) else ""
        group = without_markup(text) or group
        groups[place] = group
    keys = [(title, groups[place]) for title, place in zip(titles, headers, strict=True)]
    if len(set(keys)) < len(keys):
        twice = next(title for title in titles if titles.count(title) > 1)
        raise Unreadable(
            "columns should have different names",
            f"“{twice}” twice",
            "say in the names what differs, or give one table for each",
            header.line,
        )
    return groups


def _name(row: Row, names: Sequence[int], first: str = "") -> str:
    """The cells of the name columns, joined; `first` stands for an empty first one."""
    texts = [row.cells[place] if place < len(row.cells) else "" for place in names]
    if texts and not texts[0]:
        texts[0] = first
    return ", ".join(plain for text in texts if (plain := without_markup(text)))


def _read_matrix(rows: Sequence[Row], decimal_comma: bool) -> Reading:
    """A table of counts; names above and beside it are optional.

    Raises:
        Unreadable: It is none.
    """
    width = max(len(row.cells) for row in rows)
    plain = [[without_markup(cell) for cell in row.cells] for row in rows]
    numeric = [
        [cell.replace(",", "").replace(".", "").isdigit() for cell in cells] for cells in plain
    ]
    named = not all(flags[0] for flags in numeric[1:])
    first = int(named)
    body = [
        NamedRow(row.line, cells[0] if named else "", tuple(cells[first:]))
        for row, cells, flags in zip(rows, plain, numeric, strict=True)
        if len(flags) > first and all(flags[first:]) and len(flags) == width
    ]
    heading = next(
        (cells[first:] for cells, flags in zip(plain, numeric, strict=True) if not any(flags)), []
    )
    if len(body) < 2 or len({len(row.cells) for row in body}) > 1:
        raise Unreadable(
            "a table should have a column that the audit knows (accuracy, precision, recall, F1, specificity, "
            "NPV, AUC, MCC, kappa), or be a confusion matrix of whole numbers",
            f"“{' | '.join(plain[0])}”",
            "name the columns so"
            + "".join(
                f"; “{name}” may mean “{nearest(name)}”" for name in plain[0] if nearest(name)
            ),
            rows[0].line,
        )
    names = [name for name in heading if name.lower() not in TITLES]
    entries, classes = matrix_entries(
        body, names, arm=ARM, where="the matrix", decimal_comma=decimal_comma
    )
    return Reading(source="a confusion matrix", entries=tuple(entries), classes=classes)
