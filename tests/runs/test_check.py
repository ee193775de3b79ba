"""Whether a run must be made: the parts of its key, and what there is of an earlier run, trusted only whole."""

import shutil
from dataclasses import replace

import pytest
from finished_runs import write_run

from lib.datasets import DataError, own_folder
from lib.runs import check
from lib.runs.folders import ARTEFACTS, CHECKSUMS
from lib.runs.plan import Plan


def changed(before: Plan, after: Plan) -> set[str]:
    """The parts of the key that differ."""
    return {name for name, _ in check.parts_of(before).items() ^ check.parts_of(after).items()}


def test_the_key_knows_the_weights_of_every_trained_backbone(plan):
    parts = check.parts_of(plan)
    assert parts["weights"] == "of MobileNetV2"
    assert (parts["device"], parts["kernel"]) == ("cpu", "")
    # a parameter that only this notebook knows is part of what was run
    with_photo = replace(plan, parameters={"photo": "cat.jpg", "data": "phantom"})
    assert changed(plan, with_photo) == {"parameter photo"}


def test_the_key_knows_the_images_of_every_control_set(plan, monkeypatch):
    before = check.parts_of(plan)
    images, *controls = before["data"].split(" ")
    assert len(controls) == len(plan.paper.controls) == 2
    assert len({images, *controls}) == 3
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 2)
    after = check.parts_of(plan)
    assert {name for name in before if before[name] != after[name]} == {"data"}
    other, *others = after["data"].split(" ")
    assert other == images
    assert not {*controls} & {*others}
    without = replace(plan, paper=replace(plan.paper, controls=()))
    assert check.parts_of(without)["data"] == images


def test_of_real_images_the_key_knows_the_control_sets_that_are_there_and_draws_none(
    plan, make_folder, monkeypatch
):
    monkeypatch.setattr("lib.phantoms.control_folders", lambda _: 1 / 0)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    (images,) = check.parts_of(real)["data"].split(" ")
    beside = replace(real, parameters={"controls": str(make_folder("beside/pbc").parent)})
    first, control = check.parts_of(beside)["data"].split(" ")
    assert first == images != control
    # What is asked for by name is a parameter, too.
    assert changed(real, beside) == {"data", "parameter controls"}
    shutil.copytree(make_folder("beside/pbc"), own_folder(plan.paper.controls[0]))
    assert check.parts_of(real)["data"] == f"{first} {control}"


def test_a_run_on_drawings_is_shown_the_control_sets_that_are_named(plan, make_folder, monkeypatch):
    monkeypatch.setattr("lib.phantoms.control_folders", lambda _: 1 / 0)
    named = replace(plan, parameters={"controls": str(make_folder("Oslo"))})
    assert len(check.parts_of(named)["data"].split(" ")) == 2


def test_a_control_set_that_cannot_be_read_is_an_error_before_anything_runs(
    plan, make_folder, tmp_path
):
    (tmp_path / "beside" / "pbc" / "basophil").mkdir(parents=True)
    real = replace(plan, data=str(make_folder("real", per_class=2)))
    broken = replace(real, parameters={"controls": str(tmp_path / "beside")})
    with pytest.raises(DataError, match="has none"):
        check.parts_of(broken)


def test_what_changed_since_a_run_is_told_and_images_are_read_last(plan, record, monkeypatch):
    finished = record.collect()
    known = finished.model_copy(
        update={
            "provenance": finished.provenance.model_copy(update={"key_parts": check.parts_of(plan)})
        }
    )
    assert check.change_since(plan, known) == ""
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 2)
    assert check.change_since(plan, known) == "the control images are others"
    monkeypatch.setattr(check, "_data", lambda _: pytest.fail("images were read"))
    other = replace(plan, kernel="lab")
    assert check.change_since(other, known) == "kernel: this Python → lab"


@pytest.mark.parametrize(
    ("command", "data", "reads"),
    [
        ("python run_all.py SLUG --data phantom", "phantom", False),
        ("python run_all.py SLUG --data ./phantom", "phantom", True),
        ("", "phantom", True),
        ("python run_all.py SLUG --data phantom", "real", True),
    ],
)
def test_images_that_the_library_drew_and_draws_are_not_read_again(
    plan, record, make_folder, monkeypatch, command, data, reads
):
    parts = check.parts_of(plan)
    finished = record.collect()
    provenance = finished.provenance.model_copy(update={"key_parts": parts, "command": command})
    known = finished.model_copy(update={"provenance": provenance})
    read = []
    monkeypatch.setattr(check, "_data", lambda made: read.append(made) or parts["data"])
    where = str(make_folder("real", per_class=2)) if data == "real" else data
    assert check.change_since(replace(plan, data=where), known) == ""
    assert bool(read) == reads


def test_a_run_without_one_of_its_files_is_not_whole(record, tmp_path):
    folder = tmp_path / "run"
    results = write_run(record, folder)
    assert check.finished_run(folder) == results
    assert check.fault_of(folder) == ""
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*ARTEFACTS, CHECKSUMS])
    for name in names:
        moved = (folder / name).rename(tmp_path / name)
        assert check.finished_run(folder) is None, name
        assert name in check.fault_of(folder)
        moved.rename(folder / name)


def test_where_no_run_is_there_is_no_fault(tmp_path):
    assert check.fault_of(tmp_path / "none") == check.fault_of(tmp_path) == ""
    assert check.finished_run(tmp_path) is None
