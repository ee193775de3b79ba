"""The batch: one failure stops no other run, sections are named, weights are found from anywhere."""

import os
import shutil
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest

from lib import runs
from lib.datasets import DataError, own_folder
from lib.runs import batch
from lib.runs.plan import Plan
from lib.settings import resolve


def plans(*slugs):
    return [SimpleNamespace(paper=SimpleNamespace(slug=slug)) for slug in slugs]


@pytest.fixture
def outcome(record, monkeypatch):
    """Slug → an error to raise, or None for a finished run."""
    raised = {}

    def finish(plan, *_):
        if raised.get(plan.paper.slug):
            raise raised[plan.paper.slug]
        return record.collect(), "done"

    monkeypatch.setattr(batch, "_make_run", finish)
    return raised


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DataError("no images [0, 1]"), "first: failed. no images [0, 1]"),
        (batch.RunError("In the section “Training”: it broke"), "first: failed. In the section"),
        (
            OSError(28, "No space left on device"),
            "first: failed. OSError: [Errno 28] No space left",
        ),
    ],
)
def test_one_failure_stops_no_other_run(outcome, tmp_path, capsys, error, told):
    outcome["first"] = error
    assert batch.run(plans("first", "second"), tmp_path / "reports", force=False) == 1
    shown = capsys.readouterr()
    assert told in shown.err
    assert "✓ second: done. mobilenetv2: accuracy 1.000" in shown.out
    assert (tmp_path / "reports" / "index.html").is_file()


def test_all_well_is_exit_code_0(outcome, tmp_path, capsys):
    assert batch.run(plans("first", "second"), tmp_path / "reports", force=False) == 0
    assert "spread over seeds 0.000, paper 94.839 %" in capsys.readouterr().out


def test_the_line_of_a_finished_run_names_its_arms_but_no_variants(
    outcome, with_variant, tmp_path, capsys
):
    assert batch.run(plans("first"), tmp_path / "reports", force=False) == 0
    told = capsys.readouterr().out
    assert "first: done. mobilenetv2: accuracy 1.000" in told
    assert "native" not in told


@pytest.fixture
def plan(paper, tmp_path, monkeypatch) -> Plan:
    """A run on phantoms, few of them in its control sets, too, on a machine without a GPU."""
    monkeypatch.setattr(
        "lib.machine.weights_fingerprint", lambda backbones: f"of {' '.join(backbones)}"
    )
    monkeypatch.setattr("lib.machine.gpu_name", lambda: None)
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 1)
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    settings = resolve(paper, phantoms_per_class=5)
    return Plan(paper=paper, notebook=path, settings=settings, data="phantom")


def test_the_key_knows_the_weights_of_every_trained_backbone(plan):
    found = batch._key_parts(plan)
    assert found["weights"] == "of MobileNetV2"
    assert (found["device"], found["kernel"]) == ("cpu", "")
    # a parameter that only this notebook knows is part of what was run
    with_photo = replace(plan, parameters={"photo": "cat.jpg", "data": "phantom"})
    assert _changed(plan, with_photo) == {"parameters"}


def _changed(before: Plan, after: Plan) -> set[str]:
    """The parts of the key that differ."""
    one, other = batch._key_parts(before), batch._key_parts(after)
    return {name for name in one if one[name] != other[name]}


def test_the_key_knows_the_images_of_every_control_set(plan, monkeypatch):
    before = batch._key_parts(plan)
    images, *controls = before["data"].split(" ")
    assert len(controls) == len(plan.paper.controls) == 2
    assert len({images, *controls}) == 3
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 2)
    after = batch._key_parts(plan)
    assert {name for name in before if before[name] != after[name]} == {"data"}
    other, *others = after["data"].split(" ")
    assert other == images
    assert not {*controls} & {*others}
    without = replace(plan, paper=replace(plan.paper, controls=()))
    assert batch._key_parts(without)["data"] == images


def test_of_real_images_the_key_knows_the_control_sets_that_are_there_and_draws_none(
    plan, make_folder, monkeypatch
):
    monkeypatch.setattr("lib.phantoms.control_folders", lambda _: 1 / 0)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    (images,) = batch._key_parts(real)["data"].split(" ")
    beside = replace(real, parameters={"controls": str(make_folder("beside/pbc").parent)})
    first, control = batch._key_parts(beside)["data"].split(" ")
    assert first == images != control
    # What is asked for by name is a parameter, too.
    assert _changed(real, beside) == {"data", "parameters"}
    shutil.copytree(make_folder("beside/pbc"), own_folder(plan.paper.controls[0]))
    assert batch._key_parts(real)["data"] == f"{first} {control}"


def test_a_control_set_that_cannot_be_read_is_an_error_before_anything_runs(
    plan, make_folder, tmp_path
):
    (tmp_path / "beside" / "pbc" / "basophil").mkdir(parents=True)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    broken = replace(real, parameters={"controls": str(tmp_path / "beside")})
    with pytest.raises(DataError, match="found none of basophil, eosinophil"):
        batch._key_parts(broken)


def test_a_run_without_one_of_its_files_is_not_whole(record, tmp_path):
    folder = runs.save(results := record.collect(), record.tables(), str(tmp_path / "run"))
    others = ["notebook.ipynb", "report.html"]
    for name in others:
        (folder / name).write_text("")
    assert batch._finished(folder) == results
    tables = ["evidence.csv", "history.csv", "predictions.csv", "splits.csv"]
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*others, *tables, "results.json"])
    for name in names:
        moved = (folder / name).rename(tmp_path / name)
        assert batch._finished(folder) is None, name
        moved.rename(folder / name)


def test_an_interrupt_is_no_failure_to_go_on_from(outcome, tmp_path):
    outcome["first"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch.run(plans("first", "second"), tmp_path / "reports", force=False)


def test_a_relative_weights_folder_is_found_from_the_kernels_folder(outcome, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIB_WEIGHTS", "some/weights")
    batch.run([], tmp_path / "reports", force=False)
    assert os.environ["LIB_WEIGHTS"] == str(tmp_path / "some" / "weights")


def test_every_cell_knows_its_section_and_the_injected_one_is_counted():
    md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    tagged = code("a = 1", metadata={"tags": ["parameters"]})
    cells = [
        md("# Title"),
        tagged,
        md("## One\n\ntext"),
        code("a"),
        md("more\n\n## Two"),
        code("b"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert batch._sections(notebook) == ["Start", "Start", "Start", "One", "One", "Two", "Two"]


@pytest.mark.parametrize(
    ("data", "there", "downloads"),
    [("kaggle", False, 1), ("kaggle", True, 0), ("auto", False, 0), ("phantom", False, 0)],
)
def test_only_kaggle_downloads_and_only_what_is_not_there(
    paper, monkeypatch, capsys, data, there, downloads
):
    asked = []

    def fetch(paper, echo):
        asked.append(paper.slug)
        echo("downloading [owner/name] …")

    monkeypatch.setattr(batch.kaggle, "fetch", fetch)
    if there:
        own_folder(paper).mkdir(parents=True)
    batch._fetch(SimpleNamespace(paper=paper, data=data), batch.Console(highlight=False))
    assert asked == [paper.slug] * downloads
    assert capsys.readouterr().out == "downloading [owner/name] …\n" * downloads
