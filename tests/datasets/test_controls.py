"""Control sets: found, drawn where the run is on drawings, without what the run's own images share."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib import phantoms, storage
from lib.datasets import (
    ControlSet,
    DataError,
    ImageSet,
    control_folders,
    control_sets,
    load,
    own_folder,
)
from lib.papers.declare import Paper
from lib.papers.declare.known_sets import PBC, control

PHOTOGRAPH = "BloodImage_{number:05d}"
CLASSES = ("basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil")


# Where they are found


def test_without_folders_a_run_on_real_images_has_no_control_set(paper):
    assert control_folders(paper, "auto") == {}


def test_control_sets_are_found_by_their_names_below_the_data(paper, make_folder):
    second = paper.controls[1]
    place = own_folder(second)
    assert place == storage.DATA / "controls" / "bccd_originals"
    shutil.copytree(make_folder(), place)
    assert control_folders(paper, "auto") == {"bccd_originals": place}


def test_control_sets_are_found_in_a_folder_that_is_given(paper, make_folder):
    root = make_folder("beside/pbc").parent
    make_folder("beside/another set")
    assert control_folders(paper, str(root)) == {"pbc": root / "pbc"}
    make_folder("beside/bccd_originals")
    assert list(control_folders(paper, str(root))) == ["pbc", "bccd_originals"]


def test_a_relative_folder_is_made_whole(paper, make_folder, monkeypatch, tmp_path):
    make_folder("beside/pbc")
    monkeypatch.chdir(tmp_path)
    assert control_folders(paper, "beside") == {"pbc": tmp_path / "beside" / "pbc"}


@pytest.mark.parametrize(
    ("folder", "told"), [("images", "images has none of them"), ("nowhere", "nowhere is no folder")]
)
def test_a_folder_without_a_control_set_is_an_error_that_names_the_sets(
    paper, make_folder, folder, told
):
    root = make_folder("images").parent / folder
    with pytest.raises(DataError, match=r"control set \(pbc, bccd_originals\)") as error:
        control_folders(paper, str(root))
    assert told in str(error.value)
    assert control_folders(replace(paper, controls=()), str(root)) == {}


def test_a_run_on_drawings_has_every_control_set_drawn(paper, make_folder):
    # Even one that is there: real cells say nothing of a model that knows drawings.
    shutil.copytree(make_folder(), own_folder(paper.controls[0]))
    folders = phantoms.control_folders(paper)
    assert list(folders) == ["pbc", "bccd_originals"]
    assert len(set(folders.values())) == 2
    assert {folder.parent for folder in folders.values()} == {storage.phantoms()}


# What is shown


def _control_sets(paper: Paper, images: ImageSet, root: Path) -> list[ControlSet]:
    """The control sets in the sub-folders of `root`."""
    return control_sets(paper, images, control_folders(paper, str(root)))


def _images(paper, make_folder, name="images", per_class=3, stem=PHOTOGRAPH):
    return load(paper, make_folder(name, per_class, stem=stem, size=16), 16)


def test_a_control_set_is_read_at_the_size_of_the_images_and_tells_what_each_is(paper, make_folder):
    images = _images(paper, make_folder)
    root = make_folder("beside/pbc", counts=dict.fromkeys(CLASSES[:4], 2) | {CLASSES[4]: 1}).parent
    (found,) = _control_sets(paper, images, root)
    assert found.name == "pbc"
    assert found.images.pixels.shape[1:] == (16, 16, 3)
    assert found.images.classes == CLASSES
    assert found.expected.tolist() == [*np.repeat(CLASSES[:4], 2), "neutrophil"]
    assert found.images.table["path"].str.split("/").str[0].tolist() == found.expected.tolist()
    assert found.images.group_noun == "group"  # its own, not that of the paper's images


def test_its_classes_may_be_called_something_else_by_the_paper(paper, make_folder):
    asks = "Are healthy cells called healthy?"
    healthy = dict.fromkeys(CLASSES, "healthy") | {"monocyte": "ill"}
    paper = replace(paper, controls=(control("pbc", PBC, asks, **healthy),))
    root = make_folder("beside/pbc", per_class=2).parent
    (found,) = _control_sets(paper, _images(paper, make_folder), root)
    assert found.expected.tolist() == ["healthy"] * 6 + ["ill"] * 2 + ["healthy"] * 2
    assert found.images.classes == CLASSES


def test_photographs_that_are_among_the_images_are_left_out(paper, make_folder):
    """Of five photographs three are the images': a model may know them by heart."""
    images = _images(paper, make_folder)
    root = make_folder("beside/bccd_originals", 5, stem=PHOTOGRAPH, size=12).parent
    (found,) = _control_sets(paper, images, root)
    expected = [f"{name}/BloodImage_{number:05d}.png" for name in CLASSES for number in (3, 4)]
    assert found.images.table["path"].tolist() == expected
    assert found.expected.tolist() == np.repeat(CLASSES, 2).tolist()
    assert not set(found.images.groups) & set(images.groups)
    # The pixels are those of the images that are left.
    whole = load(paper.controls[1], root / "bccd_originals", 16)
    rows = np.array([3, 4, 8, 9, 13, 14, 18, 19, 23, 24])
    np.testing.assert_array_equal(found.images.take(np.arange(10)), whole.take(rows))


def test_a_set_of_nothing_but_shared_photographs_is_not_shown(paper, make_folder):
    images = _images(paper, make_folder)
    root = make_folder("beside/bccd_originals", 2, stem=PHOTOGRAPH, size=12).parent
    assert _control_sets(paper, images, root) == []


def test_images_of_unknown_group_are_kept_whatever_the_others_are(paper, make_folder):
    root = make_folder("beside/pbc", 4, size=12).parent
    for stem in (PHOTOGRAPH, "image_{number}"):
        images = _images(paper, make_folder, f"images {len(stem)}", stem=stem)
        (found,) = _control_sets(paper, images, root)
        assert len(found.images) == 20


def test_the_set_that_is_trained_on_is_no_control(paper, make_folder):
    images = _images(paper, make_folder, stem="image_{number}")
    root = make_folder("beside/pbc", 3, stem="image_{number}", size=16).parent
    make_folder("beside/bccd_originals", 4, stem=PHOTOGRAPH)
    found = _control_sets(paper, images, root)
    assert [control.name for control in found] == ["bccd_originals"]


def test_drawn_control_sets_are_shown_like_others(paper, make_folder, monkeypatch):
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 2)
    images = _images(paper, make_folder)
    drawn = control_sets(paper, images, phantoms.control_folders(paper))
    assert [control.name for control in drawn] == ["pbc", "bccd_originals"]
    assert {control.images.kind for control in drawn} == {"phantom"}
    assert [len(control.images) for control in drawn] == [10, 10]


def test_without_folders_there_is_nothing_to_show(paper, make_folder):
    assert control_sets(paper, _images(paper, make_folder), {}) == []


def test_a_control_set_that_lacks_a_class_is_an_error(paper, make_folder):
    root = make_folder("beside/pbc", counts={"basophil": 2}).parent
    with pytest.raises(DataError, match="found none of eosinophil, lymphocyte"):
        _control_sets(paper, _images(paper, make_folder), root)
