"""What is handed in is a checked run in one zip file of known names, the same bytes for the same run."""

import json
import os
import sys
import zipfile
from types import ModuleType, SimpleNamespace

import nbformat
import pytest

from lib import __main__ as commands
from lib.grading import hand_in as module
from lib.grading.exercises import BY_NBGRADER
from lib.grading.hand_in import (
    HAND_IN,
    HANDED_IN,
    HandInError,
    hand_in,
    hand_in_name,
    hand_in_notebook,
    read_hand_in,
)
from lib.grading.items import Item, Verification
from lib.runs.record import ENVIRONMENT

DIFFERENCE = Item("scores", "differs", "scores: results.json says 1; the files give 0.")


@pytest.fixture
def found(monkeypatch) -> list[Item]:
    """What the check finds; it has tests of its own."""
    items: list[Item] = []

    def verify(submission):
        record = None
        if b"slug" in submission.files["results.json"]:
            told = json.loads(submission.files["results.json"])
            provenance = SimpleNamespace(assignment=told["provenance"]["assignment"])
            record = SimpleNamespace(slug=told["slug"], provenance=provenance)
        return Verification(submission.name, tuple(items), record)

    monkeypatch.setattr("lib.grading.consistency.verify", verify)
    return items


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A run folder with a file of every name, in the working folder."""
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    for name in HANDED_IN[:-1]:
        (run / name).write_text(f"{name}\n")
    record = {"slug": "kuncoro_white_blood_cells", "provenance": {"assignment": "cnn-1"}}
    (run / "results.json").write_text(json.dumps(record))
    return run


def test_the_zip_file_holds_the_run_and_whose_it_is(folder, found):
    (folder / ".DS_Store").write_text("of the system")
    target = hand_in(folder, " s123 ")
    with zipfile.ZipFile(target) as archive:
        assert tuple(archive.namelist()) == HANDED_IN
        assert archive.read("predictions.csv") == b"predictions.csv\n"
        told = read_hand_in(archive.read(HAND_IN))
    assert target.name == "kuncoro_white_blood_cells_s123.zip"
    assert (told.student, told.assignment, told.differs) == ("s123", "cnn-1", [])


def test_the_same_run_makes_the_same_bytes_whenever(folder, found, tmp_path):
    first = hand_in(folder, "s123", tmp_path / "first.zip").read_bytes()
    for path in folder.iterdir():
        os.utime(path, (0, 10**9))
    assert hand_in(folder, "s123", tmp_path / "second.zip").read_bytes() == first


def test_what_differs_is_handed_in_only_when_told_to_and_stands_in_it(folder, found):
    found.append(DIFFERENCE)
    with pytest.raises(HandInError, match=r"scores: results.json says 1.*--although-different"):
        hand_in(folder, "s123")
    assert [*folder.parent.glob("*.zip")] == []
    target = hand_in(folder, "s123", although_different=True)
    with zipfile.ZipFile(target) as archive:
        assert read_hand_in(archive.read(HAND_IN)).differs == [DIFFERENCE.sentence]


def test_what_cannot_be_read_is_refused_whatever_is_told(folder, found):
    (folder / "results.json").write_text("{}")
    with pytest.raises(HandInError, match="cannot"):
        hand_in(folder, "s123", although_different=True)


@pytest.mark.parametrize("name", ["report.html", "predictions.csv", "checksums.json"])
def test_a_run_that_is_not_whole_is_told_how_to_become_it(folder, found, name):
    (folder / name).unlink()
    with pytest.raises(HandInError, match=rf"lacks {name}.*lib render"):
        hand_in(folder, "s123")


def test_names_are_safe_and_two_students_never_share_one():
    names = [
        hand_in_name("p", who) for who in ("s1", "../s1", "s1/", "Ä", "Ö", "-s1", "a b", "a-b")
    ]
    assert names[0] == "p_s1.zip"
    assert len(set(names)) == len(names)
    assert all(module.NOT_IN_A_NAME.search(name) is None for name in names)


@pytest.mark.parametrize("student", ["", "  ", "a\nb", "x" * 201])
def test_an_unusable_id_is_refused(folder, found, student):
    with pytest.raises(HandInError, match="--as should be"):
        hand_in(folder, student)


@pytest.mark.parametrize("out", ["mine.txt", "nowhere/mine.zip"])
def test_an_unusable_target_is_refused(folder, found, out, tmp_path):
    with pytest.raises(HandInError, match="--out should be"):
        hand_in(folder, "s123", tmp_path / out)


def test_a_disk_that_fails_leaves_nothing(folder, found, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(module.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        hand_in(folder, "s123")
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_the_command_names_the_file_or_one_sentence(folder, found, capsys):
    assert commands.main(["hand-in", str(folder), "--as", "s123"]) == 0
    assert "kuncoro_white_blood_cells_s123.zip" in capsys.readouterr().out
    assert commands.main(["hand-in", str(folder / "no"), "--as", "s123"]) == 1
    assert "Traceback" not in capsys.readouterr().err


# In a notebook


@pytest.fixture
def by_hand(record, tmp_path, monkeypatch, found):
    """A run by hand: its results, its tables and its notebook, saved beside the working folder."""
    for name in (ENVIRONMENT, BY_NBGRADER, module.PATH_BY_JUPYTER):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    record.author = "s123"
    results = record.collect()
    provenance = results.provenance.model_copy(update={"author": "s123"})
    results = results.model_copy(update={"provenance": provenance})
    path = tmp_path / "mine.ipynb"

    def write(started: str) -> None:
        new = nbformat.v4
        shown = new.new_output("stream", text=f"Started {started}")
        cells = [new.new_markdown_cell("## Results"), new.new_code_cell("1", outputs=[shown])]
        nbformat.write(new.new_notebook(cells=cells), path)

    write(results.provenance.started)
    return SimpleNamespace(results=results, tables=record.tables(), path=path, write=write)


def test_a_run_by_hand_becomes_a_zip_file(by_hand, tmp_path):
    namespace = {"__session__": str(by_hand.path)}
    shown = hand_in_notebook(by_hand.results, by_hand.tables, namespace)
    (target,) = tmp_path.glob("*.zip")
    assert target.name in shown.html
    with zipfile.ZipFile(target) as archive:
        assert tuple(archive.namelist()) == HANDED_IN
        assert b"Started" in archive.read("report.html")


def test_a_notebook_that_is_not_saved_is_told_to_be(by_hand, tmp_path, monkeypatch):
    monkeypatch.setenv(module.PATH_BY_JUPYTER, str(by_hand.path))
    by_hand.write("2001-01-01")
    shown = hand_in_notebook(by_hand.results, by_hand.tables, {})
    assert module.SAVE in shown.html
    assert [*tmp_path.glob("*.zip")] == []


def test_a_notebook_that_is_found_nowhere_is_told_another_way(by_hand):
    shown = hand_in_notebook(by_hand.results, by_hand.tables, {"__session__": "/no/such.ipynb"})
    assert "python -m lib render" in shown.html


def test_colab_is_asked_for_the_notebook_and_offers_the_file(by_hand, tmp_path, monkeypatch):
    document, offered = json.loads(by_hand.path.read_text()), []
    by_hand.path.unlink()
    message = SimpleNamespace(blocking_request=lambda *_, **__: {"ipynb": document})
    colab = ModuleType("google.colab")
    colab._message, colab.files = message, SimpleNamespace(download=offered.append)
    monkeypatch.setitem(sys.modules, "google", ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    hand_in_notebook(by_hand.results, by_hand.tables, {})
    (target,) = tmp_path.glob("*.zip")
    assert [os.path.basename(path) for path in offered] == [target.name]


def test_without_a_name_a_person_is_asked_for_it(by_hand):
    provenance = by_hand.results.provenance.model_copy(update={"author": ""})
    nameless = by_hand.results.model_copy(update={"provenance": provenance})
    assert "author" in hand_in_notebook(nameless, by_hand.tables, {}).html


@pytest.mark.parametrize("name", [ENVIRONMENT, BY_NBGRADER])
def test_a_batch_and_nbgrader_are_shown_nothing(by_hand, monkeypatch, name):
    monkeypatch.setenv(name, "{}")
    assert hand_in_notebook(by_hand.results, by_hand.tables, {}) is None
