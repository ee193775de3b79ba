"""Numbers as they were read, and the claims that they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict, Unpack

from lib.audit.reading.numbers import PrintedNumber
from lib.audit.reading.unreadable import Unreadable
from lib.papers.declare import COUNTS


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A number and what it is of; fields that `Claim` has too are as there.

    Attributes:
        number: As read.
        line: Where it stands in the text, counted from 1.
        column: What shares its unit: numbers of one column are all in per cent, or all fractions.
        percent: Whether its column says that it is in per cent.
        n: Images that it was measured on, where its row says so.
        kind: What kind of number it is said to be, in the words of the text; "" for nothing said.
    """

    metric: str
    number: PrintedNumber
    line: int
    where: str
    arm: str = ""
    of: str = ""
    part: str = "test"
    column: str = ""
    percent: bool = False
    n: int | None = None
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read from a text.

    Attributes:
        source: What it was taken for: "scikit-learn's classification_report".
        entries: Its numbers.
        classes: Names of the classes, where they are printed.
        notes: What was decided or left out, in sentences.
        labels: "all": every image has one label, and every class a row; "some": classes may be missing;
            "many": an image may have several.
    """

    source: str
    entries: tuple[Entry, ...]
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    labels: str = "all"


class Place(TypedDict, total=False):
    """What several entries have in common; as in `Entry`."""

    line: Required[int]
    where: Required[str]
    arm: str
    of: str
    part: str


def count_entry(metric: str, digits: str, **place: Unpack[Place]) -> Entry:
    """A number of images."""
    return Entry(metric=metric, number=PrintedNumber(digits=digits), column="images", **place)


def percent_columns(entries: Iterable[Entry]) -> dict[str, bool]:
    """Column → whether its numbers are in per cent: it says so, or one of them is over 1.

    Raises:
        Unreadable: Fractions and percentages in one column.
    """
    columns: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.metric not in COUNTS and not entry.metric.startswith("loss"):
            columns.setdefault(entry.column, []).append(entry)
    return {column: _is_percent(column_entries) for column, column_entries in columns.items()}


def _is_percent(entries: Sequence[Entry]) -> bool:
    said = any(entry.percent or entry.number.percent for entry in entries)
    over = [entry for entry in entries if abs(entry.number.value) > 1]
    small = [entry for entry in entries if 0 < abs(entry.number.value) <= 1]
    if over and small and not said:
        raise Unreadable(
            "a column should be all fractions or all percentages",
            f"“{small[0].number.digits}” beside “{over[0].number.digits}” (line {over[0].line})",
            "correct the number that is wrong, or write % behind the percentages",
            small[0].line,
        )
    return said or bool(over)
