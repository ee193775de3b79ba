"""`python -m lib grade` on a folder as a platform exports it: a row per student, whatever came in."""

import csv
import io
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from handed_in import zip_folder
from run_folders import finish, write_run

from lib import __main__ as commands
from lib.grading.grade import GRADES, OVERVIEW, TEACHER_FILE

RUBRIC = """
total: 6
due: "2026-12-18T23:59+00:00"
late: {per_day: 1}
items:
  - {check: seeds, at_least: 4, points: 4}
  - {check: teacher, name: Discussion, points: 2}
"""


@pytest.fixture
def course(record: SimpleNamespace, tmp_path: Path) -> Path:
    """Rubric, class list, and four submissions: two good ones, a bomb, a text that calls itself a zip."""
    run = write_run(record, tmp_path / "run")
    finish(run)
    inside = tmp_path / "in"
    inside.mkdir()
    zip_folder(run, inside / "Ada_1_assignsubmission_file_run.zip", "Ada")
    shutil.copytree(run, inside / "=cmd()_2_assignsubmission_file_")
    with zipfile.ZipFile(
        inside / "Bomb_3_assignsubmission_file_x.zip", "w", zipfile.ZIP_DEFLATED
    ) as bomb:
        bomb.writestr("results.json", b"0" * 50_000_000)
        bomb.writestr("../../escaped", b"")
    (inside / "Eve<b>_4_assignsubmission_file_x.zip").write_text("<script>planted()</script>")
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    (tmp_path / "class.csv").write_text(
        "student,name,handed_in\n1,Ada,2026-12-20T00:00+00:00\n2,=cmd(),\n5,Missing,\n"
    )
    return tmp_path


def grade(course: Path, *more: str) -> int:
    """In this process, since the fixtures have fewer replicates."""
    fixed = [course / "in", "--rubric", course / "rubric.yaml", "--out", course / "out"]
    command = ["grade", *map(str, fixed), "--jobs", "1", *more]
    return commands.main(command)


def with_list(course: Path, *more: str) -> int:
    return grade(course, "--class", str(course / "class.csv"), *more)


def rows(path: Path) -> dict[str, dict[str, str]]:
    """By the first column."""
    table = csv.DictReader(io.StringIO(path.read_text()))
    return {row[table.fieldnames[0]]: row for row in table}


def test_everybody_is_a_row_and_one_broken_stops_no_other(course, capsys):
    assert with_list(course) == 0
    told = rows(course / "out" / GRADES)
    statuses = {student: row["status"] for student, row in told.items()}
    assert statuses == {
        "1": "open",
        "2": "open",
        "5": "missing",
        "Bomb (3)": "broken",
        "Eve<b> (4)": "broken",
    }
    assert told["1"]["At least 4 seeds"] == "2"  # of four asked for there are two
    assert (told["1"]["late_points"], told["1"]["total"]) == ("2", "0")
    assert told["2"]["total"] == "2"
    assert not (course.parent / "escaped").exists()
    assert "Traceback" not in capsys.readouterr().err


def test_nothing_a_stranger_wrote_is_active(course):
    with_list(course)
    assert "\n2,'=cmd()," in (course / "out" / GRADES).read_text()
    pages = [*(course / "out" / "feedback").iterdir(), course / "out" / OVERVIEW]
    assert len(pages) == 6
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<b>" not in text


def test_regrading_keeps_what_the_teacher_entered(course):
    with_list(course)
    sheet = course / "out" / TEACHER_FILE
    typed = sheet.read_text().replace("2,Discussion,,", "2,Discussion,1.5,well argued")
    sheet.write_text(typed)
    with_list(course)
    assert sheet.read_text() == typed
    row = rows(course / "out" / GRADES)["2"]
    assert (row["status"], row["total"], row["Discussion"]) == ("graded", "3.5", "1.5")
    page = (course / "out" / "feedback" / "feedback_2.html").read_text(encoding="utf-8")
    assert "well argued" in page


def test_moodles_worksheet_comes_back_with_grades(course):
    (course / "class.csv").write_text(
        "Identifier,Full name,Grade,Maximum Grade\nParticipant 1,Ada,,6\nParticipant 9,Bob,,6\n"
    )
    assert with_list(course, "--lms", "moodle") == 0
    assert (course / "out" / GRADES).read_text().splitlines() == [
        "Identifier,Full name,Grade,Maximum Grade,Feedback comments",
        "Participant 1,Ada,,6,",  # the teacher has an item to judge
        "Participant 9,Bob,0,6,",
    ]


def test_canvas_gradebook_comes_back_with_a_column(course):
    (course / "class.csv").write_text(
        "Student,ID,SIS Login ID,Section\n    Points Possible,,,\nBob,9,bob,A\n"
    )
    assert with_list(course, "--lms", "canvas", "--column", "Lab 1 (77)") == 0
    assert (course / "out" / GRADES).read_text().splitlines() == [
        "Student,ID,SIS Login ID,Section,Lab 1 (77)",
        "    Points Possible,,,,6",
        "Bob,9,bob,A,0",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--lms", "moodle"], "needs --class"),
        (["--class", "nowhere.csv"], "should be a CSV file"),
        (["--out", "in/grades"], "should lie apart"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_nothing_is_written(
    course, capsys, monkeypatch, more, said
):
    monkeypatch.chdir(course)
    assert grade(course, *more) == 1
    assert said in capsys.readouterr().err
    assert not (course / "out").exists()


def test_no_processes_are_a_usage_error_and_nothing_is_written(course, capsys):
    with pytest.raises(SystemExit) as stopped:
        grade(course, "--jobs", "0")
    assert stopped.value.code == 2
    assert "should be a whole number from 1 on; received '0'" in capsys.readouterr().err
    assert not (course / "out").exists()


def test_a_folder_with_something_else_is_not_written_to(course, capsys):
    (course / "out").mkdir()
    (course / "out" / "thesis.tex").write_text("mine")
    assert grade(course) == 1
    assert "thesis.tex" in capsys.readouterr().err
    assert [path.name for path in (course / "out").iterdir()] == ["thesis.tex"]


def test_an_entry_that_cannot_be_meant_stops_before_anything_is_written(course, capsys):
    with_list(course)
    before = (course / "out" / GRADES).read_bytes()
    sheet = course / "out" / TEACHER_FILE
    sheet.write_text(sheet.read_text().replace("2,Discussion,,", "2,Discussion,9,"))
    assert with_list(course) == 1
    assert "from 0 to 2; they are '9'" in capsys.readouterr().err
    assert (course / "out" / GRADES).read_bytes() == before
