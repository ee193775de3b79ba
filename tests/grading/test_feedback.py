"""A student's page carries nothing active, whoever wrote what stands in it."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from lib.grading.assess import Assessment, Traces
from lib.grading.changes import Answer
from lib.grading.checks import Outcome
from lib.grading.feedback import feedback_page, page_name
from lib.grading.figures import SafeFigure
from lib.grading.items import Item
from lib.grading.overview import overview_page
from lib.grading.points import TeacherEntry, grade_student
from lib.grading.roster import Entry, Upload
from lib.grading.rubric import Rubric, RubricItem

HOSTILE = (
    "<script>planted()</script>",
    "<img src=x onerror=planted()>",
    '"><svg onload=planted()>',
    "[a](javascript:planted())",
    "</pre><iframe src=javascript:planted()>",
    "{{ planted }}{% planted %}",
)
RUBRIC = Rubric(
    assignment="lab", total=1, items=(RubricItem(check="teacher", points=1, name="Text"),)
)


def grade(text: str):
    """All that a submission says is `text`."""
    assessment = Assessment(
        path=Path("x"),
        overall="not consistent",
        items=(Item("page", "differs", text, text, text, text), Item("x", "cannot tell", text)),
        outcomes=(Outcome(share=None, found=text),),
        signed=text,
        assignment=text,
        answers=(Answer(exercise=text, points=1, asks_for="text", text=text),),
        figures=(SafeFigure(address="data:image/webp;base64,AA==", description=text),),
        traces=Traces(run=text, predictions=text),
    )
    entry = Entry(id=text, name=text, upload=Upload(path=Path("x")), notes=(text,))
    return grade_student(
        entry, assessment, RUBRIC, {(text, "Text"): TeacherEntry(points=1, comment=text)}
    )


def active(html: str) -> list[str]:
    """Whatever of a page could run or load something."""
    page = BeautifulSoup(html, "html.parser")
    elements = page.select("script, iframe, object, embed, form, base, link, svg, foreignObject")
    found = [str(element) for element in elements]
    for element in page.find_all(True):
        for name, value in element.attrs.items():
            loads = name in ("src", "href") and not str(value).startswith(
                ("data:image/webp", "data:image/svg", "feedback/", "#")
            )
            if name.startswith("on") or loads:
                found.append(f"{element.name} {name}={value}")
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_stranger_wrote_is_text(text):
    student, of_class = feedback_page(grade(text), RUBRIC), overview_page([grade(text)] * 2, RUBRIC)
    assert active(student) == []
    assert active(of_class) == []
    for html in (student, of_class):
        page = BeautifulSoup(html, "html.parser")
        assert text in page.get_text()
        policy = page.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy


def test_points_comments_and_figures_stand_on_the_page():
    page = BeautifulSoup(feedback_page(grade("Ada"), RUBRIC), "html.parser")
    assert "1 of 1 points" in page.select_one(".status").get_text()
    assert [cell.get_text() for cell in page.select_one("tbody tr").select("td")][:3] == [
        "Text",
        "1",
        "1",
    ]
    (figure,) = page.select("figure.fig")
    assert figure.figcaption.get_text(strip=True) == "Figure 1 of the submission."


def test_an_open_item_is_a_box():
    entry = Entry(id="a", name="", upload=None)
    waiting = Assessment(
        path=Path("x"), overall="", items=(), outcomes=(Outcome(share=None, found=""),)
    )
    page = feedback_page(grade_student(entry, waiting, RUBRIC, {}), RUBRIC)
    assert "☐" in page


def test_names_of_pages_are_safe_and_never_the_same():
    names = {
        page_name(student) for student in ("../../etc/passwd", "..", "a/b", "a-b", "a b", "A", "=x")
    }
    assert len(names) == 7
    assert all(name == Path(name).name and name.endswith(".html") for name in names)
