"""Who handed in what: names as learning platforms export them, the class list, times, several tries of one student."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from lib.grading.sheets import Sheet, SheetError, read_sheet
from lib.grading.submissions import list_submissions

# Moodle: "Ada Lovelace_4711_assignsubmission_file_/x.zip", or with "x.zip" behind it where folders are not asked for.
MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_file_(?P<file>.*)", re.S)
# Canvas: "lovelaceada_LATE_4711_90210_x.zip"; the second number grows with every upload.
CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.S
)
# Of a class list: our own, Moodle's worksheet, Canvas's gradebook; the first that is filled names a student.
ID_COLUMNS = ("student", "ID number", "Identifier", "SIS User ID", "SIS Login ID", "ID")
NAME_COLUMNS = ("name", "Full name", "Student")
OTHER_COLUMNS = ("email", "Email address")
TIME_COLUMNS = ("handed_in", "Last modified (submission)")
MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M")  # in an English Moodle
NO_TIME = ("", "-")
POINTS_POSSIBLE = "Points Possible"  # in Canvas's column of students


@dataclass(frozen=True, kw_only=True)
class Student:
    """A row of the class list.

    Attributes:
        known_as: All that a submission may call the student, in lower case.
        row: Column → cell of the class list.
    """

    id: str
    name: str
    known_as: frozenset[str]
    handed_in: datetime | None
    row: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file or folder that was handed in.

    Attributes:
        name, number: Of the student, as the platform names the file; "" where it does not.
        order: Grows from one upload of a student to the next.
        is_late: Whether the platform says so.
    """

    path: Path
    name: str = ""
    number: str = ""
    order: tuple[float, ...] = ()
    is_late: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One student, and what counts of what came in.

    Attributes:
        upload: The latest; None where there is none.
        superseded: Earlier ones.
        notes: What a teacher should know of how it was found.
        known_as: Other names of the student, in lower case: with another class list, one of them is the id.
    """

    id: str
    name: str
    upload: Upload | None
    superseded: tuple[Upload, ...] = ()
    handed_in: datetime | None = None
    notes: tuple[str, ...] = ()
    known_as: frozenset[str] = frozenset()
    row: Mapping[str, str] = field(default_factory=dict)


def find_uploads(folder: Path) -> list[Upload]:
    """All that lies in the folder of an assignment, with what the names tell; nothing is opened.

    Raises:
        SheetError: It is no folder, or nothing in it can be a submission.
    """
    if not folder.is_dir():
        raise SheetError(f"SUBMISSIONS should be a folder; there is none at {folder}. Give one.")
    uploads = []
    for path in list_submissions(folder):
        moodle = MOODLE.fullmatch(path.name)
        inside = _inside(path) if path.is_dir() else (path,)
        if moodle and inside:
            uploads += [
                _upload(file, name=moodle["name"], number=moodle["number"]) for file in inside
            ]
        else:
            uploads.append(_named(path))
    if not uploads:
        raise SheetError(
            f"SUBMISSIONS should hold run folders, zips or pages (*.html); {folder} holds none. Unpack what "
            f"the platform gave you, and give that folder."
        )
    return uploads


def _inside(folder: Path) -> tuple[Path, ...]:
    """What a student's folder holds: a run, or the page alone, or files to choose from."""
    names = {path.name for path in folder.iterdir()}
    if "report.html" in names and not names & {"results.json", "notebook.ipynb"}:
        return (folder / "report.html",)
    return list_submissions(folder)


def _named(path: Path) -> Upload:
    match = CANVAS.fullmatch(path.name) or MOODLE.fullmatch(path.name)
    if not match:
        return _upload(path)
    told = match.groupdict()
    order = (float(told["upload"]),) if "upload" in told else None
    upload = _upload(path, name=told["name"], number=told["number"], is_late=bool(told.get("late")))
    return replace(upload, order=order) if order else upload


def _upload(path: Path, **told: Any) -> Upload:
    return Upload(path=path, order=(_modified(path),), **told)


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def read_class(path: Path, zone: tzinfo | None) -> tuple[list[Student], Sheet]:
    """The students of a class list, and the list itself.

    Args:
        path: A CSV file with the column `student` (and, if you like, `name`, `email`, `handed_in`), Moodle's
            grading worksheet or Canvas's exported gradebook.
        zone: Of times without one; None leaves them unknown.

    Raises:
        SheetError: It is none of them, or names a student twice.
    """
    sheet = read_sheet(path)
    known = [column for column in ID_COLUMNS if column in sheet.columns]
    if not known:
        raise SheetError(
            f"{path} should have a column `student`, or be Moodle's or Canvas's own list; it has the columns "
            f"{', '.join(sheet.columns)}."
        )
    rows = [row for row in sheet.rows if not _is_about_assignments(row)]
    students = [_student(row, known, zone) for row in rows]
    ids = [student.id for student in students]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice or "" in ids:
        raise SheetError(
            f"{path} should name every student once, in the column {known[0]}; "
            f"{', '.join(map(repr, twice or ['']))} stands there {'twice' if twice else 'empty'}."
        )
    return students, sheet


def _is_about_assignments(row: Mapping[str, str]) -> bool:
    """Whether it is one of Canvas's rows that name no student: the points, and who posts the grades."""
    if "Student" not in row:
        return False
    return row["Student"].strip() == POINTS_POSSIBLE or not any(
        row.get(column, "").strip() for column in ("Student", *ID_COLUMNS)
    )


def _student(row: Mapping[str, str], known: Sequence[str], zone: tzinfo | None) -> Student:
    filled = next((column for column in known if row[column].strip()), known[0])
    name = next((row[column] for column in NAME_COLUMNS if row.get(column)), "")
    names = {row.get(column, "") for column in (*known, *NAME_COLUMNS, *OTHER_COLUMNS)}
    # Moodle's "Participant 4711" is the 4711 in the names of its files; Canvas's "Lovelace, Ada" is "lovelaceada".
    names |= {cell.removeprefix("Participant ") for cell in names}
    names |= {re.sub(r"[\W_]", "", cell) for cell in names}
    return Student(
        id=row[filled].strip(),
        name=name.strip(),
        known_as=frozenset(name_key(cell) for cell in names if cell.strip()),
        handed_in=_time(row, zone),
        row=row,
    )


def _time(row: Mapping[str, str], zone: tzinfo | None) -> datetime | None:
    """Raises: SheetError for a `handed_in` that is no time; what Moodle writes in another language is unknown."""
    column = next((name for name in TIME_COLUMNS if row.get(name, "").strip() not in NO_TIME), None)
    if column is None:
        return None
    text, time = row[column].strip(), None
    with suppress(ValueError):
        time = datetime.fromisoformat(text)
    for form in MOODLE_TIMES if time is None else ():
        with suppress(ValueError):
            time = datetime.strptime(text, form)
    if time is None and column == "handed_in":
        raise SheetError(
            f'handed_in should be a time, "2026-12-18T20:15"; it is {text!r}. Write it so, or leave it empty.'
        )
    if time is not None and time.tzinfo is None:
        time = time.replace(tzinfo=zone) if zone else None
    return time


def roll_call(uploads: Iterable[tuple[Upload, str]], students: Sequence[Student]) -> list[Entry]:
    """One entry per student, in the order of the class list; who is not on it follows.

    Of several uploads of a student the latest counts: by the platform's number, else by the file's time.

    Args:
        uploads: Each with what the submission itself says who made it; "" where it does not.
    """
    by_name: dict[str, Student] = {}
    for student in students:
        for name in student.known_as:
            by_name.setdefault(name, student)
    of_student: dict[str, list[tuple[Upload, str]]] = {student.id: [] for student in students}
    for upload, signed in uploads:
        # The platform knows who uploaded a file; the file only says who made it.
        called = [name for name in (upload.number, upload.name) if name] or [signed]
        owner = next(
            (by_name[name_key(name)] for name in called if name_key(name) in by_name), None
        )
        key = owner.id if owner else _unlisted_id(upload, signed)
        of_student.setdefault(key, []).append((upload, signed))
    listed_students = {student.id: student for student in students}
    return [
        _entry(key, came, listed_students.get(key), bool(students))
        for key, came in of_student.items()
    ]


def _unlisted_id(upload: Upload, signed: str) -> str:
    """What a student is called that no class list names."""
    own = upload.name or signed or upload.path.stem
    return f"{own} ({upload.number})" if upload.number else own


def _entry(
    key: str, came: Sequence[tuple[Upload, str]], student: Student | None, has_list: bool
) -> Entry:
    ordered = sorted(came, key=lambda pair: pair[0].order)
    notes = []
    if has_list and student is None:
        notes.append("not on the class list")
    if len(ordered) > 1:
        notes.append(f"{len(ordered)} submissions; the latest counts")
    upload, signed = ordered[-1] if ordered else (None, "")
    name, number = (upload.name, upload.number) if upload else ("", "")
    called = student.known_as if student else {name_key(name), name_key(number)}
    if upload and upload.number and signed and not _is_called(signed, called):
        notes.append(f"handed in as {key}, but signed {signed!r}")
    return Entry(
        id=key,
        name=student.name if student else name,
        upload=upload,
        superseded=tuple(earlier for earlier, _ in ordered[:-1]),
        handed_in=student.handed_in if student else None,
        notes=tuple(notes),
        known_as=_known_as(student, came),
        row=student.row if student else {},
    )


def _known_as(student: Student | None, came: Sequence[tuple[Upload, str]]) -> frozenset[str]:
    """By the class list, and by the platform; who signs a file may be anybody and counts without a platform alone."""
    names = {name for upload, _ in came for name in (upload.name, upload.number) if name}
    names |= {_unlisted_id(upload, signed) for upload, signed in came}
    return frozenset(map(name_key, names)) | (student.known_as if student else frozenset())


def _is_called(signed: str, called: Iterable[str]) -> bool:
    return bool({name_key(signed), name_key(re.sub(r"[\W_]", "", signed))} & {*called})


def name_key(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.split()).casefold()
