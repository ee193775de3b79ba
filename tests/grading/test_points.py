"""Points: what the checks give, what the teacher gives instead, lateness; and that no entry is ever lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lib.grading.assess import Assessment
from lib.grading.checks import Outcome
from lib.grading.points import (
    UNSAID,
    TeacherEntry,
    add_rows,
    grade_student,
    of_students,
    read_entries,
)
from lib.grading.roster import Entry, Upload
from lib.grading.rubric import Rubric, RubricItem
from lib.grading.sheets import SheetError

DUE = datetime(2026, 12, 18, 23, 59, tzinfo=UTC)
RUBRIC = Rubric(
    assignment="",
    total=10,
    items=(
        RubricItem(check="seeds", points=4, name="Seeds"),
        RubricItem(check="teacher", points=6, name="Discussion"),
    ),
    due=DUE,
    late_per_day=2,
    late_most=5,
)
UPLOAD = Upload(path=Path("x.zip"))


def entry(late: timedelta | None = timedelta(), upload: Upload | None = UPLOAD) -> Entry:
    return Entry(id="ada", name="", upload=upload, handed_in=None if late is None else DUE + late)


def assessment(*shares: float | None) -> Assessment:
    outcomes = tuple(Outcome(share=share, found="") for share in shares)
    return Assessment(path=UPLOAD.path, overall="consistent", items=(), outcomes=outcomes)


def graded(entries=None, **of_entry):
    return grade_student(entry(**of_entry), assessment(0.5, None), RUBRIC, entries or {})


def test_a_share_of_the_points_is_given_and_open_items_wait():
    grade = graded()
    assert [item.points for item in grade.items] == [2, None]
    assert (grade.total, grade.open_items, grade.status) == (2, 1, "open")


def test_the_teachers_points_stand_before_the_machines():
    entries = {
        ("ada", "Seeds"): TeacherEntry(points=3, comment="oral"),
        ("ada", "Discussion"): TeacherEntry(points=0, comment=""),
        ("ada", ""): TeacherEntry(points=None, comment="Well done"),
    }
    grade = graded(entries)
    assert [(item.points, item.by_teacher) for item in grade.items] == [(3, True), (0, True)]
    assert (grade.total, grade.status, grade.comment) == (3, "graded", "Well done")


def test_entries_follow_a_student_to_the_ids_of_another_class_list():
    """Judged by name, graded again with Moodle's worksheet; nobody gets what stands under a name that two have."""
    judged = TeacherEntry(points=3, comment="oral")
    roll = [
        Entry(id="Participant 7", name="", upload=UPLOAD, known_as=frozenset({"7", "ada b."})),
        Entry(id="Participant 8", name="", upload=UPLOAD, known_as=frozenset({"8", "bo"})),
        Entry(id="Bo (9)", name="", upload=UPLOAD, known_as=frozenset({"9", "bo"})),
    ]
    given = {("Ada  B.", "Seeds"): judged, ("Bo", "Seeds"): judged, ("8", "Discussion"): judged}
    found = of_students({**given, ("Participant 7", "Seeds"): UNSAID}, roll)
    assert found["Participant 7", "Seeds"] == judged
    assert found["Participant 8", "Discussion"] == judged
    assert ("Participant 8", "Seeds") not in found
    assert ("Bo (9)", "Seeds") not in found
    own = TeacherEntry(points=1, comment="")
    assert (
        of_students({**given, ("Participant 7", "Seeds"): own}, roll)["Participant 7", "Seeds"]
        == own
    )


def test_a_comment_alone_leaves_the_machines_points():
    grade = graded({("ada", "Seeds"): TeacherEntry(points=None, comment="see me")})
    assert (grade.items[0].points, grade.items[0].comment) == (2, "see me")


@pytest.mark.parametrize(
    ("late", "days", "taken"),
    [
        (timedelta(minutes=-1), 0, 0),
        (timedelta(0), 0, 0),
        (timedelta(seconds=1), 1, 2),
        (timedelta(days=1), 1, 2),
        (timedelta(days=1, seconds=1), 2, 4),
        (timedelta(days=30), 30, 5),  # the most
        (None, 0, 0),  # the time is not known
    ],
)
def test_every_started_day_costs(late, days, taken):
    full = {("ada", "Discussion"): TeacherEntry(points=6, comment="")}
    grade = graded(full, late=late)
    assert (grade.days_late, grade.late_points, grade.total) == (days, taken, 8 - taken)


def test_lateness_costs_no_more_than_was_given():
    assert graded(late=timedelta(days=9)).total == 0


def test_missing_and_broken_get_nothing_but_what_the_teacher_enters():
    missing = grade_student(entry(upload=None), None, RUBRIC, {})
    assert (missing.status, missing.total, missing.open_items) == ("missing", 0, 0)
    excused = {("ada", "Discussion"): TeacherEntry(points=6, comment="ill")}
    assert grade_student(entry(upload=None), None, RUBRIC, excused).total == 6


# teacher.csv


def test_what_waits_for_the_teacher_gets_a_row(tmp_path):
    path = tmp_path / "teacher.csv"
    assert add_rows(path, [graded()], {}) == 1
    assert path.read_text() == "student,item,points,comment\nada,Discussion,,\n"
    assert read_entries(path, RUBRIC) == {
        ("ada", "Discussion"): TeacherEntry(points=None, comment="")
    }


def test_what_a_teacher_typed_keeps_every_byte(tmp_path):
    path = tmp_path / "teacher.csv"
    typed = b'\xef\xbb\xbfstudent;item;points;comment\r\n"eve";Discussion;"5,5";"\'=ok; x"\r\n'
    path.write_bytes(typed)
    entries = read_entries(path, RUBRIC)
    assert entries == {("eve", "Discussion"): TeacherEntry(points=5.5, comment="=ok; x")}
    add_rows(path, [graded()], entries)
    assert path.read_bytes() == typed + b"ada;Discussion;;\n"
    again = read_entries(path, RUBRIC)
    assert add_rows(path, [graded(again)], again) == 0
    assert path.read_bytes() == typed + b"ada;Discussion;;\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("ada,Discusion,1,", "it is 'Discusion'; the nearest is 'Discussion'"),
        ("ada,Discussion,7,", "a number from 0 to 6; they are '7'"),
        ("ada,Discussion,-1,", "a number from 0 to 6"),
        ("ada,Discussion,nan,", "a number from 0 to 6"),
        ("ada,Discussion,good,", "a number from 0 to 6"),
        ("ada,,1,", "empty for the whole submission"),
        ("ada,Seeds,1,\nada,Seeds,2,", "row 3: 'ada' has a row for 'Seeds' already"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_said(tmp_path, row, said):
    path = tmp_path / "teacher.csv"
    path.write_text(f"student,item,points,comment\n{row}\n")
    with pytest.raises(SheetError, match=said):
        read_entries(path, RUBRIC)
