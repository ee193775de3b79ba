"""The points of a class: what the checks give, what the teacher gave instead, what lateness costs.

A teacher's entries stand in teacher.csv of the output folder, which `grade` reads back and only ever adds rows to.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from lib.grading.assess import Assessment
from lib.grading.roster import Entry, name_key
from lib.grading.rubric import Rubric, RubricItem, nearest
from lib.grading.sheets import SheetError, read_sheet, sheet_text
from lib.storage import write_text

COLUMNS = ("student", "item", "points", "comment")
WHOLE = ""  # the item of a comment on the whole submission


@dataclass(frozen=True, kw_only=True)
class TeacherEntry:
    """What a teacher gave a student for an item; points of None leave the check's."""

    points: float | None
    comment: str


UNSAID = TeacherEntry(points=None, comment="")
TeacherEntries = Mapping[tuple[str, str], TeacherEntry]  # (student, item) → entry


@dataclass(frozen=True, kw_only=True)
class ItemPoints:
    """The points of one item; None as long as the teacher has not judged it."""

    item: RubricItem
    points: float | None
    found: str
    comment: str
    by_teacher: bool


@dataclass(frozen=True, kw_only=True)
class Grade:
    """All that a student gets.

    Attributes:
        assessment: None where nothing came in.
        late_points: Taken off for lateness.
        comment: The teacher's, on the whole.
    """

    entry: Entry
    assessment: Assessment | None
    items: tuple[ItemPoints, ...]
    days_late: int
    late_points: float
    comment: str

    @property
    def open_items(self) -> int:
        """How many items wait for the teacher."""
        return sum(item.points is None for item in self.items)

    @property
    def points(self) -> float:
        """Of all items judged so far, before lateness."""
        return sum(item.points or 0.0 for item in self.items)

    @property
    def total(self) -> float:
        """What the student gets; open items count nothing yet."""
        return max(0.0, self.points - self.late_points)

    @property
    def status(self) -> str:
        """missing, broken, open (the teacher has items to judge) or graded."""
        if self.assessment is None:
            return "missing"
        if self.assessment.problem:
            return "broken"
        return "open" if self.open_items else "graded"


def grade_student(
    entry: Entry, assessment: Assessment | None, rubric: Rubric, entries: TeacherEntries
) -> Grade:
    """The grade of one student; a missing submission gets nothing for what the teacher did not enter."""
    items = tuple(_item_points(entry.id, assessment, rubric, entries))
    days = _days_late(entry, rubric)
    whole = entries.get((entry.id, WHOLE))
    points = sum(item.points or 0.0 for item in items)
    return Grade(
        entry=entry,
        assessment=assessment,
        items=items,
        days_late=days,
        late_points=min(days * rubric.late_per_day, rubric.late_most, points),
        comment=whole.comment if whole else "",
    )


def _item_points(
    student: str, assessment: Assessment | None, rubric: Rubric, entries: TeacherEntries
) -> Iterator[ItemPoints]:
    for number, item in enumerate(rubric.items):
        outcome = assessment.outcomes[number] if assessment else None
        share = outcome.share if outcome else 0.0
        entry = entries.get((student, item.name))
        given = entry.points if entry else None
        computed = None if share is None else share * item.points
        yield ItemPoints(
            item=item,
            points=computed if given is None else given,
            found=outcome.found if outcome else "Nothing was handed in.",
            comment=entry.comment if entry else "",
            by_teacher=given is not None,
        )


def _days_late(entry: Entry, rubric: Rubric) -> int:
    """Started days after the deadline; 0 where the time is not known."""
    if rubric.due is None or entry.handed_in is None or entry.upload is None:
        return 0
    return max(0, math.ceil((entry.handed_in - rubric.due) / timedelta(days=1)))


# teacher.csv


def read_entries(path: Path, rubric: Rubric) -> TeacherEntries:
    """What a teacher entered so far; nothing where there is no file yet.

    Raises:
        SheetError: It names an item that the rubric lacks, more points than an item has, or no number.
            Rows of students who are not there any more are kept, and say nothing.
    """
    if not path.exists():
        return {}
    entries: dict[tuple[str, str], TeacherEntry] = {}
    items = {item.name: item for item in rubric.items}
    for number, row in enumerate(read_sheet(path, COLUMNS).rows, 2):
        where = f"{path.name}, row {number}"
        student, name = row["student"].strip(), row["item"].strip()
        if name != WHOLE and name not in items:
            raise SheetError(
                f"{where}: item should be one of the rubric's, or empty; it is {name!r}{nearest(name, items)}."
            )
        if (student, name) in entries:
            raise SheetError(
                f"{where}: {student!r} has a row for {name!r} already. Remove one of the two."
            )
        points = _points(row["points"], items.get(name), where)
        entries[student, name] = TeacherEntry(points=points, comment=row["comment"].strip())
    return entries


def of_students(entries: TeacherEntries, roll: Sequence[Entry]) -> TeacherEntries:
    """The entries under the ids that the students have in this call: another class list has other ids for them.

    What stands under the id itself goes first. A name that two students have is left alone.
    """
    ids = {entry.id for entry in roll}
    students = Counter(name for entry in roll for name in entry.known_as)
    by_name = {name: entry.id for entry in roll for name in entry.known_as if students[name] == 1}
    known = dict(entries)
    for (student, item), given in entries.items():
        student_id = by_name.get(name_key(student))
        if student not in ids and student_id and known.get((student_id, item), UNSAID) == UNSAID:
            known[student_id, item] = given
    return known


def _points(text: str, item: RubricItem | None, where: str) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        points = float(text)
    except ValueError:
        points = math.nan
    most = item.points if item else 0.0
    if item is None or not 0 <= points <= most:
        expected = f"a number from 0 to {most:g}" if item else "empty for the whole submission"
        raise SheetError(f"{where}: points should be {expected}; they are {text!r}.")
    return points


def add_rows(path: Path, grades: Sequence[Grade], entries: TeacherEntries) -> int:
    """Adds a row to teacher.csv for each item that waits for the teacher; how many were added.

    What stands there keeps every byte, spreadsheet's or not.
    """
    rows = [
        {"student": grade.entry.id, "item": item.item.name}
        for grade in grades
        if grade.assessment is not None
        for item in grade.items
        if item.points is None and (grade.entry.id, item.item.name) not in entries
    ]
    if not path.exists():
        write_text(path, sheet_text(COLUMNS, rows))
    elif rows:
        sheet = read_sheet(path, COLUMNS)
        text = path.read_bytes().decode("utf-8")
        added = sheet_text(sheet.columns, rows, sheet.delimiter).partition("\n")[2]
        write_text(path, text + ("" if text.endswith("\n") else "\n") + added)
    return len(rows)
