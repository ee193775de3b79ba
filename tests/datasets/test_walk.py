"""Walking a folder: which folders hold which class, which files are images, and what lies astray."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from lib import papers
from lib.datasets import DataError
from lib.datasets.walk import (
    folders,
    list_images,
    plain_name,
    split_level,
    stray_images,
    unwrap,
    whole_sets,
)
from lib.papers.declare import Paper

OUTSIDE = "an image outside the class folders"
NO_CLASS = (
    "a folder that is none of the classes basophil, eosinophil, lymphocyte, monocyte, neutrophil"
)


@pytest.fixture
def cats() -> Paper:
    """Two of its breeds have a stand-in."""
    return papers.load("sulistiana_cat_breeds")


def _touch(root: Path, *paths: str) -> Path:
    """Empty files: the walk goes by names and opens nothing."""
    root.mkdir(parents=True, exist_ok=True)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def _one_each(root: Path, paper: Paper) -> Path:
    return _touch(root, *(f"{name}/1.png" for name in paper.class_names))


def _found(paper: Paper, root: Path) -> pd.DataFrame:
    """The images by path, where nothing is refused."""
    table, refused = list_images(paper, root)
    assert refused == []
    return table.set_index("path")


# The folder that holds the classes


@pytest.mark.parametrize("wrapped_in", ["archive", "archive/data set v2/cells"])
@pytest.mark.parametrize("first", ["monocyte", "train/monocyte", "train"])
def test_folders_that_only_wrap_one_folder_are_stepped_into(paper, tmp_path, wrapped_in, first):
    _touch(tmp_path / wrapped_in / first, "1.png")
    assert unwrap(paper, tmp_path) == tmp_path / wrapped_in


def test_files_and_system_folders_beside_the_one_folder_do_not_matter(paper, tmp_path):
    _touch(tmp_path, "README.txt", ".git/config", "__MACOSX/monocyte/1.png", "cells/monocyte/1.png")
    assert unwrap(paper, tmp_path) == tmp_path / "cells"


def test_a_folder_with_two_folders_wraps_none(paper, tmp_path):
    _touch(tmp_path, "bccd/monocyte/1.png", "pbc/monocyte/1.png")
    assert unwrap(paper, tmp_path) == tmp_path


def test_a_stand_in_alone_is_a_known_folder_and_no_wrapper(cats, tmp_path):
    _touch(tmp_path, "Birman/1.png")
    assert unwrap(cats, tmp_path) == tmp_path
    assert _found(cats, tmp_path)["stand_in"].tolist() == ["Birman"]


def test_the_folder_wrapped_may_be_a_link(paper, tmp_path):
    _touch(tmp_path / "elsewhere", "monocyte/1.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "cells").symlink_to(tmp_path / "elsewhere")
    assert unwrap(paper, tmp_path / "here") == tmp_path / "here" / "cells"


def test_folders_are_sorted_and_without_the_systems_own(tmp_path):
    _touch(tmp_path, "b/1.png", "a/1.png", ".hidden/1.png", "__MACOSX/1.png", "c.png")
    assert folders(tmp_path) == [tmp_path / "a", tmp_path / "b"]


# Classes


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        *((0, name) for name in ("Basophil", "BASOPHILS", "basofil", "ba")),
        *((0, name) for name in ("baso phil", "Baso_Phil", "-baso-phil_ ")),
        *((1, name) for name in ("EOS", "eosinofil")),
        *((2, name) for name in ("Limfosit", "LYT")),
        *((3, name) for name in ("mo", "monosit")),
        *((4, name) for name in ("NEU", "Neutro Fil")),
    ],
)
def test_a_class_folder_may_carry_an_alias(paper, tmp_path, label, folder):
    _touch(tmp_path, f"{folder}/1.png", f"{folder}/2.png")
    expected = {f"{folder}/1.png": label, f"{folder}/2.png": label}
    assert _found(paper, tmp_path)["label"].to_dict() == expected


@pytest.mark.parametrize("folder", ["basophilia", "bas.ophil", "b", "neubas"])
def test_a_name_that_only_resembles_a_class_is_none(paper, tmp_path, folder):
    _touch(tmp_path, f"{folder}/1.png", "monocyte/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["monocyte/1.png"]
    assert refused == [(f"{folder}/", NO_CLASS)]


def test_names_are_compared_without_case_spaces_underscores_and_hyphens():
    assert plain_name(" Sphynx - Hairless_Cat\t") == "sphynxhairlesscat"
    assert plain_name("bas.ophil+2") == "bas.ophil+2"


def test_two_folders_of_one_class_are_one_class(paper, tmp_path):
    _touch(tmp_path, "monocyte/1.png", "MON/1.png", "MON/2.png")
    assert _found(paper, tmp_path)["label"].tolist() == [3, 3, 3]


def test_images_in_sub_folders_of_a_class_count_sorted_by_their_whole_path(paper, tmp_path):
    paths = ["monocyte/1.png", "monocyte/slide 1/1.png", "monocyte/slide/a/b/1.png"]
    _touch(tmp_path, *reversed(paths), "neutrophil/basophil/1.png")
    found = _found(paper, tmp_path)["label"]
    assert found.index.tolist() == [*paths, "neutrophil/basophil/1.png"]
    assert found.tolist() == [3, 3, 3, 4]


# Split levels


@pytest.mark.parametrize(
    ("level", "part"),
    [
        *((name, "train") for name in ("train", "TRAIN", "Training")),
        *((name, "val") for name in ("val", "Valid", "VALIDATION")),
        *((name, "test") for name in ("test", "Testing")),
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "{}/monocyte/1.png",
        "monocyte/{}/1.png",
        "monocyte/slide 1/{}/1.png",
        "scanner a/{}/monocyte/1.png",
        "{}/scanner a/monocyte/1.png",
    ],
)
def test_a_split_level_above_or_below_the_class_is_the_part_of_its_images(
    paper, tmp_path, path, level, part
):
    _touch(tmp_path, path.format(level))
    found = _found(paper, tmp_path)
    assert found.index.tolist() == [path.format(level)]
    assert found[["label", "part"]].values.tolist() == [[3, part]]


def test_of_two_split_levels_the_outer_one_counts(paper, tmp_path):
    _touch(tmp_path, "test/monocyte/train/1.png", "test/train/monocyte/1.png")
    assert _found(paper, tmp_path)["part"].tolist() == ["test", "test"]


def test_a_class_may_be_in_one_part_only_or_in_none(paper, tmp_path):
    _touch(tmp_path, "train/basophil/1.png", "Test/monocyte/1.png", "neutrophil/1.png")
    assert _found(paper, tmp_path)["part"].to_dict() == {
        "Test/monocyte/1.png": "test",
        "neutrophil/1.png": "",
        "train/basophil/1.png": "train",
    }


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("monocyte/1.png", ""),
        ("monocyte/train", ""),  # a file of that name
        ("trainee/monocyte/1.png", ""),
        ("a/b/VALID/c/1.png", "val"),
    ],
)
def test_only_a_whole_folder_name_is_a_split_level(path, part):
    assert split_level(path) == part


# Source folders


def test_source_folders_side_by_side_make_one_set(paper, tmp_path):
    paths = ("bccd/v2/train/MON/1.png", "pbc/BA/1.png", "pbc/MON/1.png")
    _touch(tmp_path, *paths)
    assert _found(paper, tmp_path)["label"].to_dict() == dict(zip(paths, (3, 0, 3), strict=True))


def test_beside_a_class_folder_no_folder_is_a_source(paper, tmp_path):
    _touch(tmp_path, "basophil/1.png", "pbc/monocyte/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["basophil/1.png"]
    assert refused == [("pbc/", NO_CLASS)]


def test_folders_that_wrap_and_hold_every_class_are_whole_sets(paper, tmp_path):
    for name in ("pbc", "bccd/v2", "part/train", "Train"):
        _one_each(tmp_path / name, paper)
    shutil.rmtree(tmp_path / "part" / "train" / "monocyte")
    _touch(tmp_path, "part/train/basophil/2.png", "pbc/basophil/2.png")
    files, _ = list_images(paper, tmp_path)
    assert whole_sets(paper, files) == []  # beside Train/, the others are strangers
    (tmp_path / "Train").rename(tmp_path / "more")
    files, _ = list_images(paper, tmp_path)
    assert whole_sets(paper, files) == ["bccd/v2", "more", "pbc"]


# Stand-ins


def test_a_stand_in_is_used_and_named_where_its_class_is_absent(cats, tmp_path):
    _touch(tmp_path, "train/Birman/1.jpg", "val/birman/1.jpg", "train/Scottish Fold/1.jpg")
    found = _found(cats, tmp_path)
    assert found["label"].tolist() == [0, 3, 0]
    assert found["stand_in"].to_dict() == {
        "train/Birman/1.jpg": "Birman",
        "train/Scottish Fold/1.jpg": "",
        "val/birman/1.jpg": "birman",
    }


@pytest.mark.parametrize("own", ["American Curl", "america_curl"])
def test_a_stand_in_is_left_out_where_its_class_is_there_in_any_part(cats, tmp_path, own):
    _touch(tmp_path, f"train/{own}/1.jpg", "val/Birman/1.jpg", "val/British_Shorthair/1.jpg")
    table, refused = list_images(cats, tmp_path)
    assert table[["label", "stand_in"]].values.tolist() == [[0, ""], [3, "British_Shorthair"]]
    reason = "stands in for American Curl only where that is not there itself"
    assert refused == [("val/Birman/", reason)]


# Strangers and strays


@pytest.mark.parametrize("above", ["", "train/", "scanner a/"])
def test_a_stranger_among_classes_is_refused_as_a_whole(paper, tmp_path, above):
    _touch(tmp_path, f"{above}monocyte/1.png", f"{above}platelet/1.png", f"{above}platelet/a/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == [f"{above}monocyte/1.png"]
    assert refused == [(f"{above}platelet/", NO_CLASS)]


def test_a_stranger_alone_below_a_split_level_is_refused(paper, tmp_path):
    _touch(tmp_path, "train/monocyte/1.png", "test/platelet/1.png")
    assert list_images(paper, tmp_path)[1] == [("test/platelet/", NO_CLASS)]


def test_up_to_three_stray_images_in_one_place_are_listed_singly(paper, tmp_path):
    _touch(tmp_path, "monocyte/1.png", "b.JPG", "a.tif", "c.png", "notes.txt", ".hidden.png")
    assert list_images(paper, tmp_path)[1] == [
        ("a.tif", OUTSIDE),
        ("b.JPG", OUTSIDE),
        ("c.png", OUTSIDE),
    ]


def test_more_stray_images_in_one_place_are_summed_up(paper, tmp_path):
    _touch(tmp_path, "train/monocyte/1.png", *(f"{number}.png" for number in range(4)))
    _touch(tmp_path, *(f"train/{number}.png" for number in range(10)), "train/notes.txt")
    _touch(tmp_path, "extra/a/1.png", "extra/b/__MACOSX/1.png", "extra/Thumbs.db")
    assert list_images(paper, tmp_path)[1] == [
        ("extra/", NO_CLASS),
        ("./", "4 images outside the class folders"),
        ("train/", "10 images outside the class folders"),
    ]


def test_a_source_folder_without_class_folders_gives_stray_images(paper, tmp_path):
    _touch(tmp_path, "bccd/monocyte/1.png", "more/1.png", "other/platelet/2.png", "bccd/3.png")
    assert list_images(paper, tmp_path)[1] == [
        ("bccd/3.png", OUTSIDE),
        ("more/1.png", OUTSIDE),
        ("other/platelet/2.png", OUTSIDE),
    ]


# Files


@pytest.mark.parametrize(
    "name", ["1.jpg", "1.JPG", "1.jpeg", "1.PnG", "1.gif", "1.bmp", "1.tif", "1.tiff", "1.webp"]
)
def test_image_suffixes_count_in_any_case(paper, tmp_path, name):
    _touch(tmp_path, f"monocyte/{name}")
    assert _found(paper, tmp_path).index.tolist() == [f"monocyte/{name}"]


@pytest.mark.parametrize(
    ("name", "ending"), [("notes.txt", "'.txt'"), ("a.png.zip", "'.zip'"), ("LICENCE", "''")]
)
def test_a_file_that_is_no_image_by_its_name_is_refused_with_the_reason(
    paper, tmp_path, name, ending
):
    _touch(tmp_path, "monocyte/1.png", f"monocyte/{name}", f"monocyte/slide/{name}")
    table, refused = list_images(paper, tmp_path)
    reason = f"not an image file: its name ends in {ending}"
    assert sorted(refused) == [(f"monocyte/{name}", reason), (f"monocyte/slide/{name}", reason)]
    assert list(table["path"]) == ["monocyte/1.png"]


@pytest.mark.parametrize(
    "path",
    [
        *("monocyte/Thumbs.db", "monocyte/desktop.ini", "monocyte/Desktop.INI"),
        *("monocyte/.DS_Store", "monocyte/._1.png", "monocyte/.ipynb_checkpoints/1.png"),
        *("monocyte/slide/.thumbs/a/1.png", "__MACOSX/monocyte/1.png", ".monocyte/1.png"),
        *("__macosx/1.png", ".1.png"),
    ],
)
def test_what_a_system_leaves_is_neither_image_nor_refused(paper, tmp_path, path):
    _touch(tmp_path, "monocyte/1.png", path)
    assert _found(paper, tmp_path).index.tolist() == ["monocyte/1.png"]


def test_a_set_below_a_hidden_folder_is_read_all_the_same(paper, tmp_path):
    root = _touch(tmp_path / ".cache" / "cells", "monocyte/1.png")
    assert _found(paper, root).index.tolist() == ["monocyte/1.png"]


# Links


@pytest.mark.parametrize("linked", ["cells", "cells/train", "cells/train/monocyte"])
def test_a_set_a_part_and_a_class_may_be_links(paper, tmp_path, linked):
    _touch(tmp_path / "there", "cells/train/monocyte/a/1.png", "cells/train/monocyte/2.png")
    (tmp_path / "here" / linked).parent.mkdir(parents=True)
    (tmp_path / "here" / linked).symlink_to(tmp_path / "there" / linked)
    found = _found(paper, tmp_path / "here")
    expected = ["cells/train/monocyte/2.png", "cells/train/monocyte/a/1.png"]
    assert found.index.tolist() == expected
    assert found[["label", "part"]].values.tolist() == [[3, "train"]] * 2


def test_an_image_may_be_a_link(paper, tmp_path):
    _touch(tmp_path, "there.png", "cells/monocyte/1.png")
    (tmp_path / "cells" / "monocyte" / "2.png").symlink_to(tmp_path / "there.png")
    assert _found(paper, tmp_path / "cells").index.tolist() == ["monocyte/1.png", "monocyte/2.png"]


def test_images_in_a_linked_folder_below_a_class_are_not_lost(paper, tmp_path):
    _touch(tmp_path, "there/2.png", "cells/monocyte/1.png")
    (tmp_path / "cells" / "monocyte" / "slide").symlink_to(tmp_path / "there")
    table, refused = list_images(paper, tmp_path / "cells")
    listed = [*table["path"], *(path for path, _ in refused)]
    assert any(path.startswith("monocyte/slide") for path in listed)


def test_a_link_to_an_image_that_is_gone_is_listed(paper, tmp_path):
    _touch(tmp_path, "monocyte/1.png")
    (tmp_path / "monocyte" / "2.png").symlink_to(tmp_path / "gone.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["monocyte/1.png"]
    assert [path for path, _ in refused] == ["monocyte/2.png"]


def test_stray_images_in_a_linked_source_folder_are_listed(paper, tmp_path):
    _touch(tmp_path / "there", "monocyte/1.png", "2.png")
    _touch(tmp_path / "here", "pbc/basophil/1.png")
    (tmp_path / "here" / "bccd").symlink_to(tmp_path / "there")
    table, refused = list_images(paper, tmp_path / "here")
    assert list(table["path"]) == ["bccd/monocyte/1.png", "pbc/basophil/1.png"]
    assert refused == [("bccd/2.png", OUTSIDE)]


# Empty folders


def test_an_empty_folder_holds_nothing_and_refuses_nothing(paper, tmp_path):
    table, refused = list_images(paper, tmp_path)
    assert list(table.columns) == ["path", "label", "part", "stand_in"]
    assert len(table) == 0
    assert refused == []


@pytest.mark.parametrize("empty", ["monocyte", "train", "train/monocyte", "neutrophil/slide"])
def test_an_empty_class_part_or_sub_folder_adds_nothing(paper, tmp_path, empty):
    _touch(tmp_path, "neutrophil/1.png")
    (tmp_path / empty).mkdir(parents=True)
    assert _found(paper, tmp_path).index.tolist() == ["neutrophil/1.png"]


def test_an_empty_folder_beside_classes_is_a_stranger_and_beside_sources_nothing(paper, tmp_path):
    _touch(tmp_path, "a/neutrophil/1.png")
    (tmp_path / "b").mkdir()
    assert _found(paper, tmp_path).index.tolist() == ["a/neutrophil/1.png"]
    (tmp_path / "a" / "b").mkdir()
    assert list_images(paper, tmp_path)[1] == [("a/b/", NO_CLASS)]


def test_an_empty_folder_of_the_class_itself_does_not_keep_its_stand_in_out(tmp_path):
    paper = papers.load("sulistiana_cat_breeds")
    _touch(tmp_path, "Birman/1.png", "Sphynx/1.png")
    (tmp_path / "American Curl").mkdir()
    table, refused = list_images(paper, tmp_path)
    assert table.loc[table["stand_in"] == "Birman", "path"].tolist() == ["Birman/1.png"]
    assert refused == []


def test_a_link_that_leads_back_is_not_followed(paper, tmp_path):
    _touch(tmp_path, "train/monocyte/1.png")
    (tmp_path / "train" / "train").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "train" / "monocyte" / "more").symlink_to(tmp_path / "train")
    assert list(list_images(paper, tmp_path)[0]["path"]) == ["train/monocyte/1.png"]


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
    assert len(_found(paper, root)) == 5


def test_of_folders_that_link_to_each_other_every_image_is_listed_and_no_way_is_endless(
    paper, tmp_path
):
    _touch(tmp_path, "monocyte/1.png", "neutrophil/2.png")
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
    _touch(tmp_path, "0.png", "outer/1.png", "outer/readme.txt", "outer/inner/monocyte/2.png")
    root = unwrap(paper, tmp_path)
    assert root == tmp_path / "outer" / "inner"
    listed = sorted(stray_images(tmp_path, root))
    assert listed == [
        ("../../0.png", "an image outside the class folders"),
        ("../1.png", "an image outside the class folders"),
    ]
    assert stray_images(root, root) == []
