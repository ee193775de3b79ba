"""Groups: from the user's groups.csv, a sidecar the paper declares, a shipped table, or the file's name."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lib.datasets import DataError
from lib.datasets.groups import find_groups
from lib.papers.declare import GroupInName, Origins, Paper, Sidecar

BY_FILE = Sidecar(name="labels.csv", path=("file",), group=("patient",))


@pytest.fixture
def declared(paper: Paper) -> Paper:
    """One sidecar declared; names like "P12_3.png" tell a group too."""
    return _declare(paper, BY_FILE)


def _declare(paper: Paper, *sidecars: Sidecar) -> Paper:
    rule = GroupInName(pattern=r"^(P\d+)_", where="made up")
    return replace(paper, dataset=replace(paper.dataset, group=rule, sidecars=tuple(sidecars)))


def _write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _groups(paper: Paper, folder: Path, *paths: str, root: str = "") -> list[str]:
    """The groups of images at `paths` below `root`; `root` is relative to `folder`."""
    return find_groups(paper, folder, folder / root, pd.DataFrame({"path": paths})).names


# Names


def test_the_pattern_is_searched_in_the_name_and_its_first_part_is_the_group(paper, tmp_path):
    paper = replace(
        paper, dataset=replace(paper.dataset, group=GroupInName(pattern=r"(P\d+)_([AB])", where=""))
    )
    found = _groups(paper, tmp_path, "monocyte/cell P12_A.png", "P3_A/4.png", "monocyte/P9.png")
    assert found == ["P12", "", ""]


def test_without_a_pattern_names_tell_nothing(paper, tmp_path):
    paper = replace(paper, dataset=replace(paper.dataset, group=None))
    assert _groups(paper, tmp_path, "monocyte/BloodImage_00001.png") == [""]


# Precedence


def test_groups_csv_outranks_a_sidecar_and_that_outranks_the_name(declared, tmp_path):
    paths = ("a/P1_1.png", "b/P2_1.png")
    assert _groups(declared, tmp_path, *paths) == ["P1", "P2"]
    _write(tmp_path / "labels.csv", "file,patient", "a/P1_1.png,sidecar 1", "b/P2_1.png,sidecar 2")
    assert _groups(declared, tmp_path, *paths) == ["sidecar 1", "sidecar 2"]
    _write(tmp_path / "groups.csv", "path,group", "a/P1_1.png,own 1", "b/P2_1.png,own 2")
    assert _groups(declared, tmp_path, *paths) == ["own 1", "own 2"]


def test_an_outer_groups_csv_outranks_an_inner_sidecar(declared, tmp_path):
    _write(tmp_path / "groups.csv", "path,group", "a/1.png,own")
    _write(tmp_path / "a" / "labels.csv", "file,patient", "1.png,sidecar")
    assert _groups(declared, tmp_path, "a/1.png") == ["own"]


def test_of_two_declared_sidecars_the_first_outranks(paper, tmp_path):
    both = (BY_FILE, Sidecar(name="films.csv", path=("film",), group=("woman",)))
    _write(tmp_path / "films.csv", "film,woman", "1.png,W1", "2.png,W2")
    _write(tmp_path / "labels.csv", "file,patient", "1.png,L1")
    assert _groups(_declare(paper, *both), tmp_path, "1.png", "2.png") == ["L1", "W2"]
    assert _groups(_declare(paper, *reversed(both)), tmp_path, "1.png", "2.png") == ["W1", "W2"]


def test_what_a_sidecar_leaves_out_is_told_by_its_name_or_by_nothing(declared, tmp_path):
    _write(tmp_path / "labels.csv", "file,patient", "P1_1.png,Ann", "P2_1.png,")
    found = _groups(declared, tmp_path, "P1_1.png", "P2_1.png", "P3_1.png", "cell.png")
    assert found == ["Ann", "P2", "P3", ""]


# Where a sidecar may lie


@pytest.mark.parametrize("name", ["labels.csv", "groups.csv"])
@pytest.mark.parametrize("place", ["", "archive", "archive/cells", "archive/cells/train/a"])
def test_a_sidecar_may_lie_in_any_folder_above_the_images(declared, tmp_path, name, place):
    header = "path,group" if name == "groups.csv" else "file,patient"
    _write(tmp_path / place / name, header, "1.png,G1", "2.png,G2")
    paths = ("train/a/1.png", "train/a/2.png")
    assert _groups(declared, tmp_path, *paths, root="archive/cells") == ["G1", "G2"]


@pytest.mark.parametrize("place", ["..", "b", "a/c"])
def test_a_sidecar_elsewhere_tells_nothing(declared, tmp_path, place):
    folder = tmp_path / "set"
    _write(folder / place / "labels.csv", "file,patient", "1.png,G1")
    (folder / "a").mkdir(parents=True, exist_ok=True)
    assert _groups(declared, folder, "a/1.png") == [""]


def test_a_sidecar_tells_of_the_images_below_it_only(declared, tmp_path):
    _write(tmp_path / "a" / "labels.csv", "file,patient", "1.png,G1")
    assert _groups(declared, tmp_path, "a/1.png", "b/1.png", "ab/1.png") == ["G1", "", ""]


@pytest.mark.parametrize("name", ["labels.csv", "groups.csv"])
def test_an_inner_sidecar_wins_over_an_outer_one(declared, tmp_path, name):
    header = "path,group" if name == "groups.csv" else "file,patient"
    _write(tmp_path / name, header, "1.png,outer")
    _write(tmp_path / "b" / "c" / name, header, "1.png,inner")
    paths = ("a/1.png", "b/1.png", "b/c/1.png", "b/c/d/1.png")
    assert _groups(declared, tmp_path, *paths) == ["outer", "outer", "inner", "inner"]


def test_what_an_inner_sidecar_leaves_out_the_outer_one_tells(declared, tmp_path):
    _write(tmp_path / "labels.csv", "file,patient", "1.png,outer", "2.png,outer")
    _write(tmp_path / "a" / "labels.csv", "file,patient", "1.png,inner", "2.png,")
    assert _groups(declared, tmp_path, "a/1.png", "a/2.png") == ["inner", "outer"]


# How a row names an image


def test_several_columns_may_name_an_image_and_its_group(paper, tmp_path):
    columns = Sidecar(
        name="labels.csv", path=("split", "class", "file"), group=("patient", "slide")
    )
    lines = ["slide,file,class,split,patient", "S1,1.png,MON,TRAIN,P1", "S2,1.png,MON,TEST,P1"]
    _write(tmp_path / "labels.csv", *lines)
    paths = ("TRAIN/MON/1.png", "TEST/MON/1.png", "TEST/LYM/1.png", "MON/1.png")
    assert _groups(_declare(paper, columns), tmp_path, *paths) == ["P1/S1", "P1/S2", "", ""]


def test_of_several_group_columns_some_may_be_empty_but_not_all(paper, tmp_path):
    columns = Sidecar(name="labels.csv", path=("file",), group=("patient", "slide"))
    _write(tmp_path / "labels.csv", "file,patient,slide", "1.png,P1,", "2.png,,", "3.png,,")
    found = _groups(_declare(paper, columns), tmp_path, "1.png", "2.png", "3.png")
    assert found[0].startswith("P1")
    assert found[1:] == ["", ""]


@pytest.mark.parametrize("named", ["a/1.jpeg", "a/1.jpg", "a/1", "1.jpeg", "1", "./a/1.png"])
def test_the_suffix_and_outer_folders_do_not_matter(declared, tmp_path, named):
    _write(tmp_path / "labels.csv", "file,patient", f"{named},G1")
    assert _groups(declared, tmp_path, "train/a/1.jpg", "train/a/11.jpg") == ["G1", ""]


def test_the_very_name_outranks_one_with_another_suffix(declared, tmp_path):
    _write(tmp_path / "labels.csv", "file,patient", "1.png,PNG", "1.jpg,JPG", "1.tif,TIF")
    assert _groups(declared, tmp_path, "a/1.png", "a/1.jpg", "a/1.tif") == ["PNG", "JPG", "TIF"]


def test_a_dot_within_a_name_is_no_suffix(declared, tmp_path):
    _write(tmp_path / "labels.csv", "file,patient", "cell.1,G1", "cell.2,G2", "cell.3.jpeg,G3")
    found = _groups(declared, tmp_path, "cell.1.png", "cell.2.png", "cell.3.png")
    assert found == ["G1", "G2", "G3"]


def test_what_looks_like_a_suffix_is_none_where_the_rest_is_listed_too(declared, tmp_path):
    _write(tmp_path / "groups.csv", "path,group", "p.1,G1", "p,G0", "p.2,G2", "q.png,G3")
    found = _groups(declared, tmp_path, "p.png", "p.1.png", "p.2.png", "q.jpg")
    assert found == ["G0", "G1", "G2", "G3"]


def test_of_two_rows_the_one_that_names_the_longer_end_wins(declared, tmp_path):
    rows = ["1.png,short", "b/a/1.png,longest", "a/1.png,long", "1.jpeg,short"]
    _write(tmp_path / "labels.csv", "file,patient", *rows)
    paths = ("c/b/a/1.png", "b/a/1.png", "c/a/1.png", "1.png", "x/1.png")
    expected = ["longest", "longest", "long", "short", "short"]
    assert _groups(declared, tmp_path, *paths) == expected
    without_suffix = (path.replace(".png", ".tif") for path in paths)
    assert _groups(declared, tmp_path, *without_suffix) == expected


def test_an_end_is_made_of_whole_names(declared, tmp_path):
    _write(tmp_path / "labels.csv", "file,patient", "b/1.png,G1", "2.png,G2")
    assert _groups(declared, tmp_path, "ab/1.png", "12.png", "c/b/1.png") == ["", "", "G1"]


def test_an_end_does_not_reach_above_the_sidecar(declared, tmp_path):
    _write(tmp_path / "a" / "labels.csv", "file,patient", "a/1.png,G1", "2.png,G2")
    assert _groups(declared, tmp_path, "a/1.png", "a/a/1.png", "a/2.png") == ["", "G1", "G2"]


# Files that cannot be used


def test_another_file_of_a_sidecars_name_is_ignored(declared, tmp_path):
    for header in ("file,label", "path,patient", ""):
        _write(tmp_path / "labels.csv", header, "P1_1.png,G1")
        assert _groups(declared, tmp_path, "P1_1.png") == ["P1"]
    (tmp_path / "labels.csv").write_text("")
    assert _groups(declared, tmp_path, "P1_1.png") == ["P1"]


@pytest.mark.parametrize("content", ["", "path,group\n"])
def test_an_empty_groups_csv_is_refused(paper, tmp_path, content):
    (tmp_path / "groups.csv").write_text(content)
    with pytest.raises(DataError, match=r"groups\.csv should (have the columns|give every image)"):
        _groups(paper, tmp_path, "1.png")


def test_an_image_of_two_groups_in_groups_csv_is_an_error_that_names_it(paper, tmp_path):
    _write(tmp_path / "groups.csv", "path,group", "a/1.png,G1", "2.png,G2", "a/1.png,G2")
    with pytest.raises(DataError, match=r"one group; a/1\.png has G1, G2\. Leave one"):
        _groups(paper, tmp_path, "a/1.png", "a/2.png")


@pytest.mark.parametrize("rows", [["a/1.png,G1"], ["a/1.png,G1", "a/2.png,", "b/1.png"]])
def test_groups_csv_must_give_every_image_below_it_a_group(declared, tmp_path, rows):
    file = tmp_path / "set" / "groups.csv"
    _write(file, "path,group", *rows)
    with pytest.raises(DataError) as caught:
        _groups(declared, tmp_path, "P1_1.png", "set/a/1.png", "set/a/2.png", "set/b/1.png")
    assert f"{file} should give every image a group; 2 have none" in str(caught.value)
    assert "the first is a/2.png. Add a row path,group for each." in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            ["C:\\me\\a\\1.png,G1"],
            "The first path in it, C:/me/a/1.png, is the end of no image's path.",
        ),
        (["1.png,", "b.png,G1"], "for each."),  # one of its paths is right
    ],
)
def test_paths_that_are_all_of_another_place_are_shown(paper, tmp_path, rows, told):
    _write(tmp_path / "groups.csv", "path,group", *rows)
    with pytest.raises(DataError) as caught:
        _groups(paper, tmp_path, "a/1.png")
    assert str(caught.value).endswith(told)


def test_groups_csv_need_not_tell_of_images_that_lie_elsewhere(declared, tmp_path):
    _write(tmp_path / "a" / "groups.csv", "path,group", "1.png,G1")
    assert _groups(declared, tmp_path, "a/1.png", "b/1.png", "b/P1_1.png") == ["G1", "", "P1"]


@pytest.mark.parametrize("name", ["labels.csv", "groups.csv"])
def test_more_columns_and_more_rows_do_not_matter(declared, tmp_path, name):
    header = "path,age,group" if name == "groups.csv" else "file,age,patient"
    rows = ["long gone.png,30,G9", "2.png,30,G2,too,many", '1.png,30,"G,1"', "3.png", ""]
    _write(tmp_path / name, header, *rows)
    assert _groups(declared, tmp_path, "1.png", "2.png") == ["G,1", "G2"]


@pytest.mark.parametrize("name", ["labels.csv", "groups.csv"])
@pytest.mark.parametrize("row", [",", "G3,", "G3", "G3,.", "G3,..", "G3,/"])
def test_a_row_that_names_no_image_does_not_matter(declared, tmp_path, name, row):
    """A spreadsheet often writes rows of nothing but commas below the last one."""
    header = "group,path" if name == "groups.csv" else "patient,file"
    _write(tmp_path / name, header, "G1,1.png", row, "G2,2.png")
    assert _groups(declared, tmp_path, "1.png", "a/2.png") == ["G1", "G2"]


# Numbers in a row, and tables shipped with the project


def test_images_with_numbers_in_a_row_are_one_group(paper, tmp_path):
    rule = GroupInName(pattern=r"^mdb(\d+)", consecutive=2, told_by="pairs", where="a note")
    paper = replace(paper, dataset=replace(paper.dataset, group=rule))
    names = ("mdb001.pgm", "mdb002.pgm", "mdb003_turned.pgm", "mdb010.pgm", "x1.pgm")
    assert _groups(paper, tmp_path, *names) == ["1-2", "1-2", "3-4", "9-10", ""]


@pytest.fixture
def shipped(paper: Paper, tmp_path: Path) -> Paper:
    """Ten images of a folder TRAIN/CELL are from two photographs; a name tells another group."""
    file = tmp_path / "origins.csv"
    names = " ".join(f"_0_{number}" for number in range(9))
    _write(
        file, "# How", "folder,original,files", f"TRAIN/CELL,A,{names}", "TRAIN/CELL,B,P1_9 P1_10"
    )
    origins = Origins(file=file, source="somewhere")
    paper = _declare(paper, BY_FILE)
    return replace(paper, dataset=replace(paper.dataset, origins=(origins,)))


def test_a_shipped_table_outranks_names_and_a_sidecar_outranks_it(shipped, tmp_path):
    folder = tmp_path / "set"
    paths = ("train/cell/_0_3.jpg", "TRAIN/CELL/P1_9.png", "TEST/CELL/P1_9.png")
    assert _groups(shipped, folder, *paths) == ["A", "B", "P1"]
    assert _groups(shipped, folder / "TRAIN", "CELL/P1_9.png") == ["B"]  # the part alone was given
    _write(folder / "labels.csv", "file,patient", "_0_3.jpg,Ann")
    assert _groups(shipped, folder, *paths) == ["Ann", "B", "P1"]


def test_a_shipped_table_is_not_believed_of_somebodys_own_copies(shipped, tmp_path):
    """Keras names copies as these are named; a few names are then the same by chance."""
    own = [f"TRAIN/CELL/_0_{number}.jpg" for number in range(8, 40)]
    assert set(_groups(shipped, tmp_path, *own)) == {""}
    nearly_all = [f"TRAIN/CELL/_0_{number}.jpg" for number in range(10)]
    assert _groups(shipped, tmp_path, *nearly_all) == ["A"] * 9 + [""]


# What tells


def test_what_tells_the_groups_is_named_once_each(shipped, tmp_path):
    def told_by(*paths: str) -> str:
        return find_groups(shipped, tmp_path, tmp_path, pd.DataFrame({"path": paths})).told_by

    table = "table shipped with the project (somewhere)"
    assert told_by("1.png") == ""
    assert told_by("P1_1.png", "P2_1.png", "x.png") == "file names (made up)"
    assert told_by("TRAIN/CELL/_0_1.png", "P1_1.png") == f"{table}; file names (made up)"
    _write(tmp_path / "labels.csv", "file,patient", "P1_1.png,Ann")
    assert told_by("TRAIN/CELL/_0_1.png", "P1_1.png") == f"{table}; labels.csv"
    _write(tmp_path / "Groups.csv", "path;group", "P1_1.png;1")
    assert told_by("P1_1.png") == "Groups.csv"
