"""Folders of phantoms: complete, marked, reproducible, named after what was drawn."""

import json
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

from lib import phantoms
from lib.data.folder import scan
from lib.paper import ClassName


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_holds_the_asked_number_of_distinct_images_of_every_class(paper):
    files = scan(paper, phantoms.folder(paper, 3)).files
    assert files["label"].value_counts().to_dict() == dict.fromkeys(range(5), 3)
    assert files["sha256"].nunique() == 15


def test_the_images_have_the_declared_size(paper):
    paths = list(phantoms.folder(paper, 1).rglob("*.png"))
    assert len(paths) == 5
    for path in paths:
        with Image.open(path) as image:
            assert (image.size, image.mode) == ((phantoms.SIZE, phantoms.SIZE), "RGB")


def test_the_mark_says_what_was_drawn_and_makes_the_set_a_phantom(paper):
    folder = phantoms.folder(paper, 2)
    assert json.loads((folder / "PHANTOM.json").read_text()) == {
        "family": "white_blood_cells",
        "seed": phantoms.SEED,
        "per_class": 2,
        "size": phantoms.SIZE,
    }
    assert scan(paper, folder).kind == "phantom"


def test_the_same_bytes_are_drawn_again(paper):
    folder = phantoms.folder(paper, 2)
    first = _contents(folder)
    shutil.rmtree(folder)
    assert phantoms.folder(paper, 2) == folder
    assert _contents(folder) == first
    assert len(first) == 11


def test_a_folder_that_is_there_is_not_drawn_again(paper, monkeypatch):
    folder = phantoms.folder(paper, 1)
    monkeypatch.setattr("lib.phantoms.white_blood_cells.draw", pytest.fail)
    assert phantoms.folder(paper, 1) == folder


def test_fewer_phantoms_are_the_first_of_more(paper):
    fewer, more = (_contents(phantoms.folder(paper, number)) for number in (1, 2))
    del fewer["PHANTOM.json"]
    assert fewer.items() <= more.items()


def test_the_name_changes_with_the_number_and_the_classes(paper):
    fewer_classes = replace(paper, classes=paper.classes[:2])
    other_order = replace(paper, classes=paper.classes[::-1])
    folders = [phantoms.folder(paper, number) for number in (1, 2)]
    folders += [phantoms.folder(other, 1) for other in (fewer_classes, other_order)]
    assert len(set(folders)) == 4
    assert [len(list(folder.rglob("*.png"))) for folder in folders] == [5, 10, 2, 5]


@pytest.mark.parametrize(("name", "value"), [("SEED", 1), ("SIZE", 20)])
def test_the_name_changes_with_seed_and_size(paper, monkeypatch, name, value):
    before = phantoms.folder(paper, 1)
    monkeypatch.setattr(phantoms, name, value)
    assert phantoms.folder(paper, 1) != before


def test_the_name_changes_with_the_familys_code(paper, monkeypatch, tmp_path):
    before = phantoms.folder(paper, 1)
    family = import_module("lib.phantoms.white_blood_cells")
    copy = tmp_path / "white_blood_cells.py"
    copy.write_text(f"{Path(family.__file__).read_text()}# changed\n")
    monkeypatch.setattr(family, "__file__", str(copy))
    assert phantoms.folder(paper, 1) != before


def test_a_class_the_family_does_not_know_is_refused_and_nothing_stays(paper):
    other = replace(paper, classes=(*paper.classes, ClassName(name="platelet")))
    with pytest.raises(ValueError, match="platelet"):
        phantoms.folder(other, 1)
    assert list(phantoms.PHANTOMS.iterdir()) == []
