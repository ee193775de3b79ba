"""Who handed in what: names of Moodle and Canvas, class lists, several tries, times."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from lib.grading.roster import Upload, find_uploads, read_class, roll_call
from lib.grading.sheets import SheetError

ZONE = timezone(timedelta(hours=1))


def upload(**told) -> Upload:
    return Upload(path=Path("x.zip"), **{"order": (0.0,)} | told)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def class_list(tmp_path):
    def read(text: str):
        path = tmp_path / "class.csv"
        path.write_text(text)
        return read_class(path, ZONE)[0]

    return read


def touch(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("")


@pytest.mark.parametrize(
    ("name", "student", "number", "is_late"),
    [
        ("Ada B. Lovelace_4711_assignsubmission_file_/run.zip", "Ada B. Lovelace", "4711", False),
        ("Ada_X_4711_assignsubmission_file_/report.html", "Ada_X", "4711", False),
        ("Ada Lovelace_4711_assignsubmission_file_run.zip", "Ada Lovelace", "4711", False),
        ("lovelaceada_4711_90210_run-1.zip", "lovelaceada", "4711", False),
        ("lovelaceada_LATE_4711_90210_run.zip", "lovelaceada", "4711", True),
        ("run.zip", "", "", False),
    ],
)
def test_names_of_platforms_tell_the_student(folder, name, student, number, is_late):
    touch(folder / name)
    (found,) = find_uploads(folder)
    assert (found.name, found.number, found.is_late) == (student, number, is_late)
    assert found.path == folder / name


def test_a_moodle_folder_may_be_the_run_itself(folder):
    run = folder / "Ada_1_assignsubmission_file_"
    for name in ("results.json", "report.html", "predictions.csv"):
        touch(run / name)
    (found,) = find_uploads(folder)
    assert (found.path, found.name) == (run, "Ada")


def test_an_empty_folder_is_said(folder, tmp_path):
    with pytest.raises(SheetError, match="holds none"):
        find_uploads(folder)
    with pytest.raises(SheetError, match="there is none at"):
        find_uploads(tmp_path / "nowhere")


def test_who_is_on_the_list_and_handed_in_nothing_is_an_entry(class_list):
    students = class_list("student,name\n1,Ada\n2,Alan\n")
    missing, present = sorted(
        roll_call([(upload(), "Ada")], students), key=lambda entry: -int(entry.id)
    )
    assert (present.id, present.name, present.notes) == ("1", "Ada", ())
    assert (missing.id, missing.upload) == ("2", None)


def test_who_is_not_on_the_list_follows_with_a_note(class_list):
    students = class_list("student\n1\n")
    *_, stranger = roll_call([(upload(), "Eve")], students)
    assert (stranger.id, stranger.notes) == ("Eve", ("not on the class list",))


def test_the_platform_is_believed_before_the_file(class_list):
    students = class_list("student,name\n1,Ada\n2,Alan\n")
    entries = roll_call([(upload(name="Alan", number="2"), "Ada")], students)
    ada, alan = entries
    assert ada.upload is None
    assert alan.notes == ("handed in as 2, but signed 'Ada'",)


def test_the_latest_of_several_counts(class_list, folder):
    for number in (9, 10, 8):
        touch(folder / f"lovelaceada_1_{number}_run.zip")
    entry, *others = roll_call([(found, "") for found in find_uploads(folder)], [])
    assert others == []
    assert entry.upload.path.name == "lovelaceada_1_10_run.zip"
    assert [earlier.path.name[14:-8] for earlier in entry.superseded] == ["8", "9"]
    assert entry.notes == ("3 submissions; the latest counts",)


def test_without_a_platform_the_files_time_tells_the_latest(folder):
    for name, time in (("a.zip", 2000), ("b.zip", 1000)):
        touch(folder / name)
        os.utime(folder / name, (time, time))
    (entry,) = roll_call([(found, "Ada") for found in find_uploads(folder)], [])
    assert entry.upload.path.name == "a.zip"


def test_moodles_worksheet_is_a_class_list(class_list):
    (student,) = class_list(
        "Identifier,Full name,Email address,Last modified (submission),Grade\n"
        'Participant 4711,Ada Lovelace,ada@x,"Friday, 18 December 2026, 11:59 PM",\n'
    )
    assert (student.id, student.name) == ("Participant 4711", "Ada Lovelace")
    assert student.handed_in == datetime(2026, 12, 18, 22, 59, tzinfo=UTC)
    (entry,) = roll_call([(upload(name="Ada Lovelace", number="4711"), "")], [student])
    assert entry.id == "Participant 4711"


def test_a_student_is_known_by_all_names_but_what_a_file_beside_a_platform_says(class_list):
    (student,) = class_list("Identifier,Full name\nParticipant 7,Ada B.\n")
    (entry,) = roll_call([(upload(name="Ada B.", number="7"), "Bo")], [student])
    assert {"7", "ada b.", "ada b. (7)"} <= entry.known_as
    assert "bo" not in entry.known_as
    (entry,) = roll_call([(upload(), "Bo")], [])
    assert "bo" in entry.known_as


def test_canvas_gradebook_is_a_class_list_without_its_rows_about_assignments(class_list):
    (student,) = class_list(
        'Student,ID,SIS Login ID,Section,Lab 1 (7)\n,,,,Manual Posting\n"    Points Possible",,,,20\n'
        '"Lovelace, Ada",4711,al,A,\n'
    )
    assert (student.id, student.name) == ("al", "Lovelace, Ada")
    (entry,) = roll_call([(upload(name="lovelaceada", number="99"), "")], [student])
    assert entry.id == "al"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pupil\nAda\n", "should have a column `student`"),
        ("student\n1\n1\n", "'1' stands there twice"),
        ("student,name\n,Ada\n", "stands there empty"),
        ("student,handed_in\n1,yesterday\n", "handed_in should be a time"),
    ],
)
def test_a_list_that_cannot_be_used_is_said(class_list, text, said):
    with pytest.raises(SheetError, match=said):
        class_list(text)
