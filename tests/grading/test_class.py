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
from handed_in import write_submission, zip_folder
from run_folders import change_table

from lib.grading.assess import assess
from lib.grading.likeness import SAME_RUN, find_likenesses
from lib.grading.rubric import Rubric, RubricItem
from lib.grading.verify import verify_path
from lib.report.page import RESULTS, escape_json
from lib.results import hash_text, load
from lib.runs.folders import write_checksums

pytestmark = pytest.mark.slow

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
    """Changes results.json, and makes notebook and page anew from it."""
    record = json.loads((folder / "results.json").read_text())
    change(record)
    (folder / "results.json").write_text(json.dumps(record))
    path = folder / "report.html"
    page = path.read_text(encoding="utf-8")
    visible, mark, rest = page.partition(RESULTS)
    tail = rest.partition("</script>")[2]
    inside = escape_json(load(folder).model_dump_json(indent=1))
    path.write_text(f"{visible}{mark}{inside}</script>{tail}", encoding="utf-8")


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


def longer_ago(record: dict) -> None:
    record["provenance"]["started"] = "2999-01-01T00:00:00+00:00"


def another_page(folder: Path) -> None:
    """The page of a run that agrees in all but who made it, and when."""
    path = folder / "report.html"
    page, started = path.read_text(encoding="utf-8"), load(folder).provenance.started
    page = page.replace(started, "2026-01-01T00:00:00+00:00")
    path.write_text(page.replace('"author": ""', '"author": "Ada"'), encoding="utf-8")


TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "a number on the page": lambda folder: change_page(folder, better_number),
    "the banner stripped": lambda folder: change_page(
        folder, lambda page: re.sub(r'<p class="status[^>]*>.*?</p>', "", page, flags=re.S)
    ),
    "a figure swapped": lambda folder: change_page(
        folder,
        lambda page: re.sub(r"(data:image/svg\+xml;base64,)[^\"]*", r"\1PHN2Zy8+", page, count=1),
    ),
    "the mark of the images taken off": lambda folder: change_page(
        folder, lambda page: re.sub(r'<strong class="mark".*?</strong>', "", page, flags=re.S)
    ),
    "a verdict on the page": lambda folder: change_page(
        folder,
        lambda page: re.sub(r'<span class="verdict[^>]*>[^<]*', '<span class="verdict yes">reproduced', page),
    ),
    "the conclusion": lambda folder: change_page(
        folder, lambda page: page.replace("</li>", " The paper is refuted.</li>", 1)
    ),
    "results and page alike": lambda folder: change_results(
        folder, lambda record: record["scores"][0].update(mean=0.999, high=1.0)
    ),
    "predictions and their hash": lambda folder: change_csv(folder, "predictions.csv", one_right),
    "curves and their hash": lambda folder: change_csv(folder, "history.csv", better_curve),
    "splits and their hash": lambda folder: change_csv(
        folder, "splits.csv", lambda table: table.drop(table.index[0])
    ),
    "the kind of the images": lambda folder: change_results(
        folder, lambda record: record["data"].update(kind="exact")
    ),
    "the time": lambda folder: change_results(folder, longer_ago),
    "another student's page": another_page,
    "the notebook deleted": lambda folder: (folder / "notebook.ipynb").unlink(),
    "locked code changed": lambda folder: change_notebook(
        folder, lambda notebook: cell(notebook, "results").update(source="results = mine")
    ),
    "a cell that was not run": lambda folder: change_notebook(
        folder, lambda notebook: cell(notebook, "results").update(execution_count=None)
    ),
}  # fmt: skip


@pytest.fixture
def honest(record: SimpleNamespace, tmp_path: Path) -> Path:
    """A run with mistakes, so that there is something to better; one exercise is answered, rightly."""
    record.predictions.loc[[0, 15, 16], "predicted"] = "neutrophil"
    return write_submission(record, tmp_path / "honest", {"answer-1": "number = 588"})


def tampered(folder: Path, name: str) -> Path:
    """A copy of the folder with one tampering, its checksums made to fit."""
    copy = folder.with_name(re.sub(r"\W", "_", name))
    shutil.copytree(folder, copy)
    TAMPERINGS[name](copy)
    if (copy / "notebook.ipynb").exists():
        write_checksums(copy)
    return copy


def test_every_tampering_is_caught_and_the_honest_run_is_not_accused(honest):
    assert verify_path(honest).overall == "consistent"
    uncaught = [
        name for name in TAMPERINGS if verify_path(tampered(honest, name)).overall == "consistent"
    ]
    assert uncaught == []


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
