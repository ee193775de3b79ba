"""A generated class: every tampering that consistency can show is shown, and no honest submission is accused.

A forger here knows the checks: whatever is changed, checksums.json fits afterwards. What the table in
docs/teaching.md says is caught is caught here.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from handed_in import PICTURE, write_notebook, write_submission, zip_folder
from run_folders import change_table

from lib import papers
from lib.grading.assess import assess
from lib.grading.likeness import SAME_RUN, find_likenesses
from lib.grading.rubric import Rubric, RubricItem
from lib.grading.verify import verify_path
from lib.report.page import RESULTS, escape_json
from lib.results import hash_text, load
from lib.runs.folders import write_checksums
from lib.runs.render import write_report
from lib.settings import recorded

pytestmark = pytest.mark.slow

ANSWERS = {"answer-1": "number = 588"}
RUBRIC = Rubric(
    assignment="",
    total=3,
    items=(
        RubricItem(check="consistent", points=1, name="Consistent"),
        RubricItem(check="exercise", exercise="exercise-1", points=1, name="Exercise 1"),
        RubricItem(check="interval quoted", points=1, name="Interval"),
    ),
)


# What a forger does to a folder


def change_page(folder: Path, change: Callable[[str], str]) -> None:
    """Changes the visible part of the page, and nothing of the record inside it."""
    path = folder / "report.html"
    visible, mark, rest = path.read_text(encoding="utf-8").partition(RESULTS)
    changed = change(visible)
    assert changed != visible
    path.write_text(changed + mark + rest, encoding="utf-8")


def change_results(folder: Path, change: Callable[[dict], object]) -> None:
    """Changes results.json, and makes all that the notebook and the page show anew from it."""
    record = json.loads((folder / "results.json").read_text())
    change(record)
    (folder / "results.json").write_text(json.dumps(record))
    results, paper = load(folder), papers.load(record["slug"])
    made = SimpleNamespace(paper=paper, settings=recorded(results.settings))
    write_notebook(made, folder, ANSWERS)
    write_report(folder, paper)


def change_notebook(folder: Path, change: Callable[[dict], object]) -> None:
    path = folder / "notebook.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def change_csv(folder: Path, name: str, change: Callable[[pd.DataFrame], object]) -> None:
    """Changes a table, and the hash of it in the record."""
    change_table(folder / name, change)
    digest = hash_text((folder / name).read_text())
    change_results(folder, lambda record: record["files"].update({name: digest}))


def cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell.get("id") == name)


def better_number(visible: str) -> str:
    """The first accuracy that a sentence of the page tells."""
    start = visible.index("<main")
    return visible[:start] + re.sub(r"0\.\d\d\d", "0.999", visible[start:], count=1)


def better_curve(table: pd.DataFrame) -> None:
    table["val_loss"] = "0.0001"


def one_right(table: pd.DataFrame) -> None:
    row = table.index[table["predicted"] == table["true"]][0]
    other = next(name for name in table["true"].unique() if name != table.loc[row, "true"])
    table.loc[row, "predicted"] = other


def reword(cell: dict, before: str, after: str) -> None:
    source = "".join(cell["source"])
    assert before in source
    cell["source"] = source.replace(before, after)


def later(record: dict) -> None:
    record["provenance"]["started"] = "2999-01-01T00:00:00+00:00"


def another_page(folder: Path) -> None:
    """The page of a run that agrees in all but who made it, and when."""
    path = folder / "report.html"
    page, started = path.read_text(encoding="utf-8"), load(folder).provenance.started
    page = page.replace(started, "2026-02-01T00:00:00+00:00")
    path.write_text(page.replace('"author": ""', '"author": "Ada"'), encoding="utf-8")


def pictures_alike(folder: Path) -> None:
    """In the notebook and in the page made of it."""
    named = load(folder).pictures
    change_notebook(
        folder,
        lambda notebook: [
            output["data"].update({"text/html": swapped(output["data"]["text/html"])})
            for cell in notebook["cells"]
            for output in cell.get("outputs", [])
        ],
    )
    write_report(folder, papers.load("kuncoro_white_blood_cells"))
    record = json.loads((folder / "results.json").read_text()) | {"pictures": named}
    (folder / "results.json").write_text(json.dumps(record))
    page = (folder / "report.html").read_text(encoding="utf-8")
    visible, mark, rest = page.partition(RESULTS)
    inside = escape_json(load(folder).model_dump_json(indent=1))
    tail = rest.partition("</script>")[2]
    (folder / "report.html").write_text(f"{visible}{mark}{inside}</script>{tail}", encoding="utf-8")


def swapped(html: str | list[str]) -> str:
    return "".join(html).replace(PICTURE, PICTURE.replace("UklGRg", "AAAAAA"))


def better_summary(notebook: dict) -> None:
    (output,) = cell(notebook, "summary")["outputs"]
    html = "".join(output["data"]["text/html"])
    output["data"]["text/html"] = re.sub(r"0\.\d\d\d", "0.999", html, count=1)


def other_version(notebook: dict) -> None:
    """With it, changed code of a locked cell would pass for that of the other version."""
    notebook["metadata"]["reference"]["sha256"] = "0" * 64
    cell(notebook, "results").update(source="results = mine")


# Name → what is done, and the topic of what is found.
TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a number on the page": (lambda folder: change_page(folder, better_number), "page"),
    "the banner stripped": (
        lambda folder: change_page(
            folder, lambda page: re.sub(r'<p class="status[^>]*>.*?</p>', "", page, flags=re.S)
        ),
        "page",
    ),
    "a figure swapped": (
        lambda folder: change_page(
            folder,
            lambda page: re.sub(
                r"(data:image/svg\+xml;base64,)[^\"]*", r"\1PHN2Zy8+", page, count=1
            ),
        ),
        "page",
    ),
    "pictures of images swapped, in notebook and page alike": (pictures_alike, "page"),
    "the summary in the notebook, which the page does not show": (
        lambda folder: change_notebook(folder, better_summary),
        "page",
    ),
    "the mark of the images taken off": (
        lambda folder: change_page(
            folder, lambda page: re.sub(r'<strong class="mark".*?</strong>', "", page, flags=re.S)
        ),
        "page",
    ),
    "a verdict on the page": (
        lambda folder: change_page(
            folder,
            lambda page: re.sub(
                r'<span class="verdict[^>]*>[^<]*', '<span class="verdict yes">reproduced', page
            ),
        ),
        "page",
    ),
    "the conclusion": (
        lambda folder: change_page(
            folder, lambda page: page.replace("</li>", " The paper is refuted.</li>", 1)
        ),
        "page",
    ),
    "results and page alike": (
        lambda folder: change_results(
            folder, lambda record: record["scores"][0].update(mean=0.999, high=1.0)
        ),
        "scores",
    ),
    "predictions and their hash": (
        lambda folder: change_csv(folder, "predictions.csv", one_right),
        "predictions",
    ),
    "curves and their hash": (
        lambda folder: change_csv(folder, "history.csv", better_curve),
        "scores",
    ),
    "splits and their hash": (
        lambda folder: change_csv(folder, "splits.csv", lambda table: table.drop(table.index[0])),
        "splits",
    ),
    "the kind of the images": (
        lambda folder: change_results(folder, lambda record: record["data"].update(kind="exact")),
        "claims",
    ),
    "the time": (lambda folder: change_results(folder, later), "times"),
    "the seeds that the notebook names": (
        lambda folder: change_notebook(
            folder, lambda notebook: reword(cell(notebook, "parameters"), "[0, 1]", "[2, 3]")
        ),
        "parameters",
    ),
    "who made it": (
        lambda folder: change_results(
            folder, lambda record: record["provenance"].update(author="Eve")
        ),
        "parameters",
    ),
    "another student's page": (another_page, "page"),
    "the notebook deleted": (lambda folder: (folder / "notebook.ipynb").unlink(), "files"),
    "locked code changed": (
        lambda folder: change_notebook(
            folder, lambda notebook: cell(notebook, "results").update(source="results = mine")
        ),
        "code",
    ),
    "a cell that was not run": (
        lambda folder: change_notebook(
            folder, lambda notebook: cell(notebook, "results").update(execution_count=None)
        ),
        "notebook",
    ),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the honest run lies once a test has made it."""
    return tmp_path_factory.mktemp("class") / "honest"


@pytest.fixture
def honest(record: SimpleNamespace, kept: Path, tmp_path: Path) -> Path:
    """A run with mistakes, so that there is something to better; one exercise is answered, rightly."""
    if not kept.exists():
        record.predictions.loc[[0, 15, 16], "predicted"] = "neutrophil"
        write_submission(record, kept, ANSWERS)
    return Path(shutil.copytree(kept, tmp_path / "honest"))


def tampered(folder: Path, name: str) -> Path:
    """A copy of the folder with one tampering, its checksums made to fit."""
    copy = folder.with_name(re.sub(r"\W", "_", name))
    shutil.copytree(folder, copy)
    TAMPERINGS[name][0](copy)
    if (copy / "notebook.ipynb").exists():
        write_checksums(copy)
    return copy


def test_the_honest_run_is_not_accused(honest):
    checked = verify_path(honest)
    assert (checked.overall, checked.differing) == ("consistent", ())


@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_tampering_is_caught_where_it_was_made(honest, name):
    checked = verify_path(tampered(honest, name))
    assert checked.overall == "not consistent"
    assert TAMPERINGS[name][1] in {item.topic for item in checked.differing}


def test_a_notebook_of_another_version_is_neither_accused_nor_called_consistent(honest):
    """Anybody can name one, and locked cells may then say anything."""
    change_notebook(honest, other_version)
    write_report(honest, papers.load("kuncoro_white_blood_cells"))
    checked = verify_path(honest)
    assert (checked.overall, checked.differing) == ("cannot tell", ())


def test_everything_recomputed_is_consistent(record, tmp_path):
    """The limit of all that is checked without training; tests/grading/test_rerun.py shows what a rerun says."""
    record.predictions["predicted"] = record.predictions["true"]
    forged = write_submission(record, tmp_path / "forged")
    assert verify_path(forged).overall == "consistent"


def test_a_sloppy_run_loses_points_a_copy_is_told_and_neither_is_accused(honest, tmp_path):
    """Ada answers one exercise, Eve hands in Ada's run as hers, with the answer taken out."""
    ada = assess(zip_folder(honest, tmp_path / "renamed by a browser (1).zip", "Ada"), RUBRIC)
    assert (ada.overall, ada.signed) == ("consistent", "Ada")
    assert [outcome.share for outcome in ada.outcomes] == [1, 1, 0]
    blank = {"source": "number = None  # replace None by your number"}
    change_notebook(honest, lambda notebook: cell(notebook, "answer-1").update(blank))
    write_checksums(honest)
    eve = assess(zip_folder(honest, tmp_path / "Eve.zip", "Eve"), RUBRIC)
    assert [outcome.share for outcome in eve.outcomes] == [1, 0, 0]
    (likeness,) = find_likenesses({"Ada": ada.traces, "Eve": eve.traces})
    assert (likeness.students, likeness.meaning) == (("Ada", "Eve"), SAME_RUN)
