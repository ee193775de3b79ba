"""The page that a student gets back: points, what was checked, comments, their own figures; nothing in it is active."""

import re
from functools import cache

from lib.grading.hand_in import hand_in_name
from lib.grading.output import MEANING
from lib.grading.points import Grade
from lib.grading.rubric import Rubric
from lib.report.frame import environment, page_style

FOLDER = "feedback"  # in the output folder
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
MOST_ITEMS = 50  # of what differs or cannot be told


def page_name(student: str) -> str:
    """The file of a student's page, safe on every system."""
    return re.sub(r"\.zip$", ".html", hand_in_name(FOLDER, student))


def feedback_page(grade: Grade, rubric: Rubric) -> str:
    """The HTML page of one student; every text of the submission is escaped."""
    assessment = grade.assessment
    checked = assessment.items if assessment else ()
    return (
        environment()
        .get_template("feedback_page.html.j2")
        .render(
            policy=POLICY,
            style=_style(),
            grade=grade,
            rubric=rubric,
            student=grade.entry.id,
            name=grade.entry.name,
            notes=notes_of(grade, rubric),
            assessment=assessment,
            meaning=MEANING,
            differing=[item for item in checked if item.state == "differs"][:MOST_ITEMS],
            untold=[item for item in checked if item.state == "cannot tell"][:MOST_ITEMS],
            ok=sum(item.state == "ok" for item in checked),
        )
    )


def notes_of(grade: Grade, rubric: Rubric) -> list[str]:
    """What a teacher and a student should know of how a submission came in, without the last full stop."""
    assessment, entry = grade.assessment, grade.entry
    notes = list(entry.notes)
    if assessment is None:
        notes.append("nothing was handed in")
        return [_capital(note) for note in notes]
    if assessment.problem:
        notes.append(f"not readable: {assessment.problem.rstrip('.')}")
    elif rubric.assignment and assessment.assignment != rubric.assignment:
        made_for = (
            f"the assignment {assessment.assignment!r}"
            if assessment.assignment
            else "no assignment"
        )
        notes.append(f"made for {made_for}, not for {rubric.assignment!r}")
    if rubric.due and entry.handed_in is None:
        late = "; the platform calls it late" if entry.upload and entry.upload.is_late else ""
        notes.append(f"when it was handed in is not known, so nothing is taken off{late}")
    return [_capital(note) for note in notes]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _style() -> str:
    return page_style()
