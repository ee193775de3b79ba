"""`python -m lib grade`: submissions and a rubric become grades.csv, a page per student, and one of the class.

Points and comments that a teacher types into teacher.csv of the output folder are kept, however often it is run.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lib.grading.assess import Assessment, assess_all
from lib.grading.feedback import FOLDER, feedback_page, notes_of, page_name
from lib.grading.overview import overview_page, summary
from lib.grading.points import Grade, add_rows, grade_student, of_students, read_entries
from lib.grading.processes import add_jobs_argument
from lib.grading.roster import POINTS_POSSIBLE, Student, find_uploads, read_class, roll_call
from lib.grading.rubric import Rubric, load_rubric
from lib.grading.sheets import Sheet, SheetError, sheet_text
from lib.storage import replace_folder, temporary_folder, write_text
from lib.words import counted, printable

GRADES, OVERVIEW, TEACHER_FILE = "grades.csv", "overview.html", "teacher.csv"
WRITTEN = (GRADES, OVERVIEW, TEACHER_FILE, FOLDER)
OWN = ("student", "name", "status", "total", "of", "points", "late_points", "open_items", "notes")
MOODLE_GRADE, MOODLE_COMMENTS = "Grade", "Feedback comments"
MOODLE_COLUMNS = ("Identifier", MOODLE_GRADE)
CANVAS_COLUMNS = ("Student", "ID", "Section")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is graded, by which rubric, and where the grades go."""
    parser.add_argument(
        "submissions",
        metavar="SUBMISSIONS",
        type=Path,
        help="a folder of zips, run folders and pages, named as you like or as Moodle and Canvas do",
    )
    parser.add_argument("--rubric", metavar="FILE", type=Path, required=True, help="a YAML file")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="for the grades")
    parser.add_argument(
        "--class",
        dest="class_list",
        metavar="FILE",
        type=Path,
        help="a CSV file with the column student, Moodle's grading worksheet, or Canvas's gradebook",
    )
    parser.add_argument(
        "--lms",
        choices=("moodle", "canvas"),
        help="write grades.csv as this platform imports it, from the file that --class gives",
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        help="of the assignment in Canvas's gradebook, with its number: 'Lab 1 (4711)'",
    )
    add_jobs_argument(parser)


def run_command(options: argparse.Namespace) -> int:
    """Grades; 0. That a student hands in nothing, or something broken, is a row and no failure.

    Raises:
        RubricError, SheetError: From what the teacher gives.
    """
    rubric = load_rubric(options.rubric)
    _check_out(options.out, options.submissions)
    students, sheet = _class_list(options, rubric)
    uploads = find_uploads(options.submissions)
    assessments = assess_all([upload.path for upload in uploads], rubric, options.jobs)
    of_path = {assessment.path: assessment for assessment in _told(assessments, len(uploads))}
    signed = [(upload, of_path[upload.path].signed) for upload in uploads]
    entries = roll_call(signed, students)
    by_teacher = of_students(read_entries(options.out / TEACHER_FILE, rubric), entries)
    grades = [
        grade_student(
            entry, of_path[entry.upload.path] if entry.upload else None, rubric, by_teacher
        )
        for entry in entries
    ]
    text = _grades_text(grades, rubric, options.lms, options.column, sheet)
    options.out.mkdir(parents=True, exist_ok=True)
    added = add_rows(options.out / TEACHER_FILE, grades, by_teacher)
    _write(options.out, grades, rubric, text)
    _report(options.out, grades, added)
    return 0


def _check_out(out: Path, submissions: Path) -> None:
    """Raises: SheetError where something else lies in the output folder, or it lies among the submissions."""
    if out.exists() and not out.is_dir():
        raise SheetError(f"--out should be a folder; {out} is a file. Give another.")
    place, others = out.resolve(), submissions.resolve()
    if place == others or others in place.parents or place in others.parents:
        raise SheetError(
            f"--out should lie apart from the submissions; {out} and {submissions} lie in one another. Give "
            f"another folder."
        )
    inside = {path.name for path in out.glob("*") if not path.name.startswith(".")}
    strangers = sorted(inside - {*WRITTEN})
    if strangers:
        raise SheetError(
            f"--out should be empty or hold earlier grades; {out} also holds {strangers[0]!r}. Move that away, "
            f"or give another folder."
        )


def _class_list(
    options: argparse.Namespace, rubric: Rubric
) -> tuple[Sequence[Student], Sheet | None]:
    if options.class_list is None:
        if options.lms:
            raise SheetError(
                f"--lms {options.lms} needs --class FILE, the list that the platform exports; there is none."
            )
        return (), None
    students, sheet = read_class(options.class_list, rubric.due.tzinfo if rubric.due else None)
    needed = {"moodle": MOODLE_COLUMNS, "canvas": CANVAS_COLUMNS}.get(options.lms, ())
    missing = [column for column in needed if column not in sheet.columns]
    if missing:
        raise SheetError(
            f"--class should be the list that {options.lms.capitalize()} exports, with the columns "
            f"{', '.join(needed)}; {options.class_list} lacks {', '.join(missing)}."
        )
    if options.lms == "canvas" and not options.column:
        raise SheetError(
            "--lms canvas needs --column NAME, the assignment's column in the gradebook with its number."
        )
    return students, sheet


def _told(assessments: Iterable[Assessment], number: int) -> Iterator[Assessment]:
    """The assessments; on a terminal it is told how many are done."""
    for done, assessment in enumerate(assessments, 1):
        if sys.stderr.isatty():
            end = "\n" if done == number else ""
            print(f"\r{done} of {number} submissions", end=end, file=sys.stderr, flush=True)
        yield assessment


# grades.csv


def _grades_text(
    grades: Sequence[Grade],
    rubric: Rubric,
    lms: str | None,
    column: str | None,
    sheet: Sheet | None,
) -> str:
    by_id = {grade.entry.id: grade for grade in grades if grade.entry.row}
    if lms == "moodle" and sheet:
        columns = list(dict.fromkeys((*sheet.columns, MOODLE_COMMENTS)))
        return sheet_text(columns, _moodle_rows(by_id.values()))
    if lms == "canvas" and sheet and column:
        columns = list(dict.fromkeys((*sheet.columns, column)))
        return sheet_text(columns, _canvas_rows(sheet, by_id.values(), rubric, column))
    items = [item.name for item in rubric.items]
    return sheet_text([*OWN, *items], (_own_row(grade, rubric) for grade in grades))


def _own_row(grade: Grade, rubric: Rubric) -> Mapping[str, object]:
    return {
        "student": grade.entry.id,
        "name": grade.entry.name,
        "status": grade.status,
        "total": grade.total,
        "of": rubric.total,
        "points": grade.points,
        "late_points": grade.late_points,
        "open_items": grade.open_items,
        "notes": "; ".join(notes_of(grade, rubric)),
        **{item.item.name: item.points for item in grade.items},
    }


def _moodle_rows(grades: Iterable[Grade]) -> Iterator[Mapping[str, object]]:
    """The worksheet's own rows, with grade and comments; with open items, a student keeps the grade that is there."""
    for grade in grades:
        row = dict(grade.entry.row)
        if not grade.open_items:
            row[MOODLE_GRADE] = f"{grade.total:g}"
        row[MOODLE_COMMENTS] = grade.comment or row.get(MOODLE_COMMENTS, "")
        yield row


def _canvas_rows(
    sheet: Sheet, grades: Iterable[Grade], rubric: Rubric, column: str
) -> Iterator[Mapping[str, object]]:
    totals = {id(grade.entry.row): grade for grade in grades}
    for row in sheet.rows:
        graded = totals.get(id(row))
        if row["Student"].strip() == POINTS_POSSIBLE:
            yield {**row, column: f"{rubric.total:g}"}
        elif graded and not graded.open_items:
            yield {**row, column: f"{graded.total:g}"}
        else:
            yield {column: "", **row}


# Output


def _write(out: Path, grades: Sequence[Grade], rubric: Rubric, text: str) -> None:
    with temporary_folder(out) as folder:
        pages = folder / FOLDER
        pages.mkdir()
        for grade in grades:
            path = pages / page_name(grade.entry.id)
            path.write_text(feedback_page(grade, rubric), encoding="utf-8")
        replace_folder(pages, out / FOLDER)
    write_text(out / OVERVIEW, overview_page(grades, rubric))
    write_text(out / GRADES, text)


def _report(out: Path, grades: Sequence[Grade], added: int) -> None:
    """What came of it, in a few lines."""
    print(summary(grades))
    for grade in grades:
        if grade.assessment and grade.assessment.problem:
            print(f"  broken: {printable(f'{grade.entry.id}: {grade.assessment.problem}')[:300]}")
    if added:
        print(
            f"{counted(added, 'item')} to judge: type points and comments into {out / TEACHER_FILE}, and give the "
            f"same command again."
        )
    print(f"Grades: {out / GRADES}   Class: {out / OVERVIEW}   Students: {out / FOLDER}/")
