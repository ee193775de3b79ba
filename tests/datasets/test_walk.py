"""Walking a folder: which folder holds the classes, what only wraps, and what never comes to an end."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from declarations import touch

from lib import papers
from lib.datasets import DataError
from lib.datasets.classes import list_images
from lib.datasets.walk import folders, stray_images, unwrap, whole_sets
from lib.papers.declare import Paper


def _one_each(root: Path, paper: Paper) -> Path:
    return touch(root, *(f"{name}/1.png" for name in paper.class_names))


# The folder that holds the classes


@pytest.mark.parametrize("wrapped_in", ["archive", "archive/data set v2/cells"])
@pytest.mark.parametrize("first", ["monocyte", "train/monocyte", "train"])
def test_folders_that_only_wrap_one_folder_are_stepped_into(paper, tmp_path, wrapped_in, first):
    touch(tmp_path / wrapped_in / first, "1.png")
    assert unwrap(paper, tmp_path) == tmp_path / wrapped_in


def test_files_and_system_folders_beside_the_one_folder_do_not_matter(paper, tmp_path):
    touch(tmp_path, "README.txt", ".git/config", "__MACOSX/monocyte/1.png", "cells/monocyte/1.png")
    assert unwrap(paper, tmp_path) == tmp_path / "cells"


def test_a_folder_with_two_folders_wraps_none(paper, tmp_path):
    touch(tmp_path, "bccd/monocyte/1.png", "pbc/monocyte/1.png")
    assert unwrap(paper, tmp_path) == tmp_path


def test_a_stand_in_alone_is_a_known_folder_and_no_wrapper(tmp_path):
    cats = papers.load("sulistiana_cat_breeds")
    touch(tmp_path, "Birman/1.png")
    assert unwrap(cats, tmp_path) == tmp_path
    assert list_images(cats, tmp_path)[0]["stand_in"].tolist() == ["Birman"]


def test_a_folder_that_holds_many_images_itself_wraps_none(paper, tmp_path):
    """A flat set has no class folders, and what lies beside its images is not the set."""
    touch(tmp_path, *(f"monocyte_{number}.png" for number in range(4)), "masks/1.png")
    assert unwrap(paper, tmp_path) == tmp_path


def test_the_folder_wrapped_may_be_a_link(paper, tmp_path):
    touch(tmp_path / "elsewhere", "monocyte/1.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cells").symlink_to(tmp_path / "elsewhere")
    assert unwrap(paper, tmp_path / "here") == tmp_path / "here" / "cells"


def test_folders_are_sorted_and_without_the_systems_own(tmp_path):
    touch(tmp_path, "b/1.png", "a/1.png", ".hidden/1.png", "__MACOSX/1.png", "c.png")
    assert folders(tmp_path) == [tmp_path / "a", tmp_path / "b"]


# Whole sets


def test_folders_that_wrap_and_hold_every_class_are_whole_sets(paper, tmp_path):
    for name in ("pbc", "bccd/v2", "part/train", "Train"):
        _one_each(tmp_path / name, paper)
    shutil.rmtree(tmp_path / "part" / "train" / "monocyte")
    touch(tmp_path, "part/train/basophil/2.png", "pbc/basophil/2.png")
    files, _ = list_images(paper, tmp_path)
    assert whole_sets(paper, files) == []  # beside Train/, the others are strangers
    (tmp_path / "Train").rename(tmp_path / "more")
    files, _ = list_images(paper, tmp_path)
    assert whole_sets(paper, files) == ["bccd/v2", "more", "pbc"]


# Folders without end


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder 1,500 deep below tmp_path / "cells"; Python's own way to make and remove it recurses."""
    folder = (tmp_path / "cells").joinpath(*["d"] * 1500)
    subprocess.run(["mkdir", "-p", folder], check=True)
    yield folder
    subprocess.run(["rm", "-r", tmp_path / "cells"], check=True)


@pytest.mark.parametrize("beside", [True, False], ids=["beside the classes", "around them"])
def test_folders_far_too_deep_are_an_error_in_words(paper, tmp_path, deep, beside):
    root = tmp_path / "cells"
    _one_each(root if beside else deep, paper)
    with pytest.raises(DataError, match=r"cells should hold images at most 32 folders") as caught:
        unwrap(paper, root)
    assert len(str(caught.value)) < 500


def test_folders_as_deep_as_allowed_are_read(paper, tmp_path):
    _one_each(tmp_path.joinpath(*["d"] * 31), paper)
    root = unwrap(paper, tmp_path)
    assert root == tmp_path.joinpath(*["d"] * 31)
    table, refused = list_images(paper, root)
    assert len(table) == 5
    assert refused == []


def test_of_folders_that_link_to_each_other_every_image_is_listed_and_no_way_is_endless(
    paper, tmp_path
):
    touch(tmp_path, "monocyte/1.png", "neutrophil/2.png")
    (tmp_path / "monocyte" / "x").symlink_to(tmp_path / "neutrophil")
    (tmp_path / "neutrophil" / "y").symlink_to(tmp_path / "monocyte")
    assert unwrap(paper, tmp_path) == tmp_path
    assert list(list_images(paper, tmp_path)[0]["path"]) == [
        "monocyte/1.png",
        "monocyte/x/2.png",
        "neutrophil/2.png",
        "neutrophil/y/1.png",
    ]


def test_many_folders_that_all_link_to_each_other_are_an_error_in_words(paper, tmp_path):
    root = _one_each(tmp_path / "cells", paper)
    names = [*paper.class_names, *"abcdefg"]
    for name in names:
        (root / name).mkdir(exist_ok=True)
        for other in names:
            if other != name:
                (root / name / other).symlink_to(root / other)
    with pytest.raises(
        DataError, match=r"links lead to .* in more than 16 ways\. Remove the links"
    ):
        unwrap(paper, root)


def test_a_folder_that_cannot_be_listed_is_an_error_that_names_it(paper, tmp_path, monkeypatch):
    root = _one_each(tmp_path, paper)

    def refused(self: Path, whole=Path.iterdir):
        if self.name == "monocyte":
            raise PermissionError(13, "Permission denied")
        return whole(self)

    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(DataError, match="monocyte: Permission denied"):
        unwrap(paper, root)


def test_images_beside_a_wrapped_folder_are_listed(paper, tmp_path):
    touch(tmp_path, "0.png", "outer/1.png", "outer/readme.txt", "outer/inner/monocyte/2.png")
    root = unwrap(paper, tmp_path)
    assert root == tmp_path / "outer" / "inner"
    listed = sorted(stray_images(tmp_path, root))
    assert listed == [
        ("../../0.png", "an image outside the class folders"),
        ("../1.png", "an image outside the class folders"),
    ]
    assert stray_images(root, root) == []
