"""Control sets: found by any name, known by their files alone, without what the run has seen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import phantoms, storage
from lib.datasets import (
    ControlSet,
    DataError,
    ImageSet,
    control_folders,
    control_sets,
    load,
    own_folder,
    scan_control,
)
from lib.datasets.controls import FEWEST, left_out
from lib.papers.declare import ClassName, Paper
from lib.papers.declare.known_sets import PBC, PBC_CELLS, control

CLASSES = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")
PBC_NAMES = "BA_{number:06d}"
PHOTOGRAPH = "BloodImage_{number:05d}_1"


def _folder(
    root: Path,
    classes: Sequence[str] = CLASSES,
    per_class: int = 3,
    *,
    first: int = 0,
    stem: str = "image_{number:03d}",
) -> Path:
    """Noise, another in each image of a class; `first` numbers them, and two of one number are alike."""
    for label, name in enumerate(classes):
        for number in range(first, first + per_class):
            rng = np.random.default_rng([CLASSES.index(name) if name in CLASSES else label, number])
            path = root / name / f"{stem.format(number=number)}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
    return root


def _images(paper: Paper, root: Path, **options) -> ImageSet:
    return load(paper, _folder(root / "images", **options), 32)


def _shown(paper: Paper, images: ImageSet, where: Path) -> list[ControlSet]:
    return control_sets(paper, images, control_folders(paper, str(where)), str(where))


# Where they are found


def test_without_folders_a_run_on_real_images_has_no_control_set(paper, tmp_path):
    assert control_folders(paper, "auto") == {}
    assert control_sets(paper, _images(paper, tmp_path), {}, "auto") == []


def test_declared_sets_are_found_by_their_names_below_the_data(paper):
    place = own_folder(paper.controls[1])
    assert place == storage.DATA / "controls" / "bccd_originals"
    _folder(place)
    assert control_folders(paper, "auto") == {"bccd_originals": place}


def test_a_folder_with_class_folders_is_one_set_called_like_it(paper, tmp_path):
    root = _folder(tmp_path / "from Oslo", CLASSES[:2])
    assert control_folders(paper, str(root)) == {"from Oslo": root}
    below_a_level = _folder(tmp_path / "other" / "test", CLASSES[:2]).parent
    assert control_folders(paper, str(below_a_level)) == {"other": below_a_level}


def test_a_folder_with_such_folders_is_several_sets(paper, tmp_path):
    root = tmp_path / "elsewhere"
    oslo, rome = _folder(root / "Oslo", CLASSES[3:]), _folder(root / "Rome" / "cells", CLASSES[:1])
    _folder(root / "cats", ["Sphynx"])
    assert control_folders(paper, str(root)) == {"Oslo": oslo, "Rome": rome.parent}


def test_a_folder_whose_file_names_tell_the_class_is_one_set(paper, tmp_path):
    root = tmp_path / "flat"
    _folder(root, ["."], 3, stem="neutrophil_{number}")
    assert control_folders(paper, str(root)) == {"flat": root}


def test_a_relative_folder_is_made_whole(paper, monkeypatch, tmp_path):
    _folder(tmp_path / "beside" / "Oslo")
    monkeypatch.chdir(tmp_path)
    assert control_folders(paper, "beside") == {"Oslo": tmp_path / "beside" / "Oslo"}


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("nowhere", "nowhere is not there"),
        ("file", "file is a file"),
        ("cats", "has none"),
        ("empty", "has none"),
    ],
)
def test_a_folder_without_the_papers_classes_is_a_sentence_that_names_them(
    paper, tmp_path, folder, told
):
    _folder(tmp_path / "cats", ["Sphynx", "Persian"])
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="basophil, eosinophil, lymphocyte") as error:
        control_folders(paper, str(tmp_path / folder))
    assert told in str(error.value)


def test_a_run_on_drawings_has_every_declared_set_drawn(paper):
    # Even one that is there: real cells say nothing of a model that knows drawings.
    _folder(own_folder(paper.controls[0]))
    folders = phantoms.control_folders(paper)
    assert list(folders) == ["pbc", "bccd_originals"]
    assert len(set(folders.values())) == 2
    assert {folder.parent for folder in folders.values()} == {storage.phantoms()}


# What they are


def test_a_set_of_some_of_the_classes_is_read_at_the_size_of_the_images(paper, tmp_path):
    images = _images(paper, tmp_path)
    root = _folder(tmp_path / "Oslo", ["neutrophil", "monocyte"], 6, first=50)
    (shown,) = _shown(paper, images, root)
    assert (shown.name, shown.collection) == ("Oslo", "")
    assert shown.images.pixels.shape[1:] == (32, 32, 3)
    assert shown.images.classes == ("monocyte", "neutrophil")
    assert shown.expected.tolist() == ["monocyte"] * 6 + ["neutrophil"] * 6
    facts = shown.summary()
    assert facts.counts == {"monocyte": 6, "neutrophil": 6}
    assert (facts.kind, left_out(facts)) == ("substitute", "")


def test_what_is_not_recognised_is_not_taken_for_a_declared_set_whatever_it_is_called(
    paper, tmp_path
):
    images = _images(paper, tmp_path)
    named_alike = _folder(tmp_path / "a" / "pbc", per_class=4, first=50)
    (shown,) = _shown(paper, images, named_alike)
    assert (shown.name, shown.collection) == ("pbc", "")
    by_its_files = _folder(tmp_path / "b" / "Oslo", per_class=4, first=50, stem=PBC_NAMES)
    (shown,) = _shown(paper, images, by_its_files)
    assert (shown.name, shown.collection) == ("Oslo", "pbc")


def test_a_few_files_of_other_names_do_not_matter(paper, tmp_path):
    images = _images(paper, tmp_path)
    root = _folder(tmp_path / "Oslo", ["basophil"], 18, first=50, stem=PBC_NAMES)
    _folder(root, ["monocyte"], 2, first=50)  # one of ten
    assert _shown(paper, images, root)[0].collection == "pbc"
    _folder(root, ["monocyte"], 1, first=60)
    assert _shown(paper, images, root)[0].collection == ""


def test_classes_of_a_recognised_set_may_be_called_something_else_by_the_paper(paper, tmp_path):
    images = _images(paper, tmp_path)
    healthy = dict.fromkeys(CLASSES, "healthy") | {"monocyte": "ill"}
    paper = replace(
        paper,
        classes=(ClassName(name="healthy"), ClassName(name="ill")),
        controls=(control("pbc", PBC, "Are they healthy?", file_names=PBC_CELLS, **healthy),),
    )
    root = _folder(tmp_path / "Oslo", CLASSES[2:4], 6, first=50, stem=PBC_NAMES)
    (shown,) = _shown(paper, images, root)
    assert shown.expected.tolist() == ["healthy"] * 6 + ["ill"] * 6
    assert shown.summary().counts == {"healthy": 6, "ill": 6}


def test_what_stands_in_for_a_class_is_not_shown_as_that_class(paper, tmp_path):
    classes = (replace(paper.classes[0], stand_ins=("mast cell",)), *paper.classes[1:])
    paper, images = replace(paper, classes=classes), _images(paper, tmp_path)
    root = _folder(tmp_path / "Oslo", ["mast cell", "monocyte"], 12, first=50)
    (shown,) = _shown(paper, images, root)
    assert set(shown.expected) == {"monocyte"}


def test_drawn_control_sets_are_those_that_are_declared(paper, monkeypatch, tmp_path):
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 3)
    images = _images(paper, tmp_path)
    drawn = control_sets(paper, images, phantoms.control_folders(paper), "auto")
    assert [shown.collection for shown in drawn] == ["pbc", "bccd_originals"]
    assert {shown.summary().kind for shown in drawn} == {"phantom"}
    assert [len(shown.images) for shown in drawn] == [15, 15]


# What the run has seen


def test_identical_and_nearly_identical_images_are_left_out_and_counted(paper, tmp_path):
    """Of 6 neutrophils and 6 monocytes two are the run's own, and one is one of its images, brighter."""
    images = _images(paper, tmp_path)
    root = _folder(
        tmp_path / "Oslo", ["monocyte", "neutrophil"], 6, first=1
    )  # 0, 1, 2 are the run's
    near = root / "neutrophil" / "image_002.png"
    pixels = np.asarray(Image.open(near)).astype(float)
    Image.fromarray((pixels * 0.9 + 20).astype(np.uint8)).save(near)
    Image.fromarray(np.asarray(Image.open(near)).swapaxes(0, 1)).save(near)  # and mirrored
    images_left = _folder(root, ["basophil"], 3, first=50)
    (shown,) = _shown(paper, images, images_left)
    facts = shown.summary()
    assert (facts.identical, facts.near_duplicates, facts.shared_groups) == (3, 1, 0)
    assert facts.counts == {"basophil": 3, "monocyte": 4, "neutrophil": 4}
    assert left_out(facts) == "3 identical to images of the run, 1 nearly so"
    assert "neutrophil/image_002.png" not in set(shown.images.table["path"])
    assert len(shown.expected) == len(shown.images) == 11


def test_other_images_of_a_photograph_that_the_run_has_are_left_out(paper, tmp_path):
    """Of four photographs of each class two are the run's: a model may know them by heart."""
    images = _images(paper, tmp_path, per_class=2, stem=PHOTOGRAPH)
    root = _folder(tmp_path / "Oslo", per_class=2, first=2, stem=PHOTOGRAPH)
    for name in CLASSES:
        for number in range(2):  # other pixels of photographs 0 and 1
            rng = np.random.default_rng([9, CLASSES.index(name), number])
            path = root / name / f"{PHOTOGRAPH.format(number=number)}.png"
            Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
    (shown,) = _shown(paper, images, root)
    facts = shown.summary()
    assert (facts.identical, facts.near_duplicates, facts.shared_groups) == (0, 0, 10)
    assert facts.counts == dict.fromkeys(CLASSES, 2)
    assert not set(shown.images.groups) & set(images.groups)


def test_of_images_that_are_left_their_own_pixels_are_shown(paper, tmp_path):
    images = _images(paper, tmp_path)
    root = _folder(tmp_path / "Oslo", ["monocyte"], 14)
    (shown,) = _shown(paper, images, root)
    assert len(shown.images) == 11
    last = np.asarray(Image.open(root / "monocyte" / "image_013.png"))
    np.testing.assert_array_equal(shown.images.take(np.array([10]))[0], last)


@pytest.mark.parametrize(("new", "shown"), [(FEWEST, 1), (FEWEST - 1, 0)])
def test_a_set_of_which_little_is_left_is_refused_where_it_was_named(paper, tmp_path, new, shown):
    images = _images(paper, tmp_path)
    place = _folder(own_folder(paper.controls[0]), ["monocyte"], 3 + new)
    assert len(control_sets(paper, images, control_folders(paper, "auto"), "auto")) == shown
    if shown:
        assert len(_shown(paper, images, place)) == 1
    else:
        with pytest.raises(DataError, match=r"9 are left of .*3 identical to images of the run"):
            _shown(paper, images, place)


def test_the_hash_of_a_control_set_is_that_of_its_images(paper, tmp_path):
    root = _folder(tmp_path / "Oslo", ["monocyte", "neutrophil"])
    before = scan_control(paper, "Oslo", root).sha256
    assert scan_control(paper, "Oslo", root).sha256 == before
    _folder(root, ["monocyte"], 1, first=9)
    assert scan_control(paper, "Oslo", root).sha256 != before
