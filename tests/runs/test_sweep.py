"""A sweep's runs: which there are, where they lie, and what a call notes before the first of them."""

import json

import pytest

from lib.runs.folders import FolderError
from lib.runs.sweep import (
    ASKED,
    asked_for,
    begin_sweep,
    check_sweep,
    failed_folder,
    run_folder,
    sweep_folder,
    sweep_links,
    sweep_plans,
    task_name,
)
from lib.storage import InUseError, only_process


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports" / "sweeps" / "epochs"


@pytest.fixture
def planned(plan):
    """One plan per number of epochs; its settings are those of the plan."""
    return lambda *epochs: [(plan, {"epochs": number}) for number in epochs]


def test_every_run_has_its_values_and_papers_take_turns(monkeypatch, plan):
    made = []
    monkeypatch.setattr("lib.runs.sweep.varied", lambda plan, point: (plan.paper.slug, point))
    monkeypatch.setattr(
        "lib.runs.sweep.sweep_points",
        lambda slug, sweep: [{"x": x} for x in made.append(slug) or range(len(made) + 1)],
    )
    assert sweep_plans([plan, plan], [("x", [0])]) == [
        ((plan.paper.slug, {"x": 0}), {"x": 0}),
        ((plan.paper.slug, {"x": 0}), {"x": 0}),
        ((plan.paper.slug, {"x": 1}), {"x": 1}),
        ((plan.paper.slug, {"x": 1}), {"x": 1}),
        ((plan.paper.slug, {"x": 2}), {"x": 2}),
    ]


def test_a_run_and_its_failure_lie_in_the_sweeps_folder(tmp_path):
    folder = sweep_folder(tmp_path, [("epochs", [1, 2])])
    assert folder == tmp_path / "sweeps" / "epochs"
    assert run_folder(folder, "cats", {"epochs": 2}) == folder / "cats" / "epochs=2"
    assert failed_folder(folder, "cats", {"epochs": 2}) == folder / "failed" / "cats" / "epochs=2"
    assert task_name("cats", {"epochs": 2}) == "cats epochs=2"


@pytest.mark.parametrize("place", [run_folder, failed_folder])
def test_nothing_that_no_run_wrote_is_replaced(folder, planned, place):
    ((plan, point),) = planned(1)
    strange = place(folder, plan.paper.slug, point)
    strange.mkdir(parents=True)
    check_sweep(folder, [(plan, point)])
    (strange / "thesis.docx").touch()
    with pytest.raises(FolderError, match=r"thesis\.docx"):
        check_sweep(folder, [(plan, point)])


def test_the_last_call_is_told_from_earlier_ones(folder, planned, plan):
    begin_sweep(folder, planned(1, 2))
    begin_sweep(folder, planned(3, 2))
    asked = asked_for(folder)
    slug = plan.paper.slug
    assert asked.parameters == ["epochs"]
    assert asked.last == {slug: ["epochs=3", "epochs=2"]}
    assert asked.points == {
        slug: {"epochs=3": {"epochs": 3}, "epochs=2": {"epochs": 2}, "epochs=1": {"epochs": 1}}
    }


def test_a_call_leaves_what_was_asked_of_other_papers(folder, planned, plan):
    begin_sweep(folder, planned(1))
    notes = json.loads((folder / ASKED).read_text())
    for field in ("points", "last"):
        notes[field]["sulistiana_cat_breeds"] = notes[field].pop(plan.paper.slug)
    (folder / ASKED).write_text(json.dumps(notes))
    begin_sweep(folder, planned(2))
    assert asked_for(folder).last == {
        "sulistiana_cat_breeds": ["epochs=1"],
        plan.paper.slug: ["epochs=2"],
    }


@pytest.mark.parametrize("damaged", ["", "[]", '{"parameters": []}', "{"])
def test_damaged_notes_are_begun_anew(folder, planned, damaged):
    folder.mkdir(parents=True)
    (folder / ASKED).write_text(damaged)
    begin_sweep(folder, planned(1))
    assert list(asked_for(folder).last.values()) == [["epochs=1"]]


def test_two_calls_at_once_wait_for_each_other(folder, planned, monkeypatch):
    monkeypatch.setattr("lib.runs.sweep.WAIT_S", 0.2)
    folder.mkdir(parents=True)
    with only_process(folder / ".publish.lock"), pytest.raises(InUseError):
        begin_sweep(folder, planned(1))
    begin_sweep(folder, planned(1))


def test_the_index_finds_every_sweep_that_has_a_page(tmp_path):
    for name in ("optimizer", "epochs", "begun"):
        (tmp_path / "sweeps" / name).mkdir(parents=True)
    for name in ("optimizer", "epochs"):
        (tmp_path / "sweeps" / name / "index.html").touch()
    assert sweep_links(tmp_path) == {
        "epochs": "sweeps/epochs/index.html",
        "optimizer": "sweeps/optimizer/index.html",
    }
