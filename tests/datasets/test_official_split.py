"""The official split: by folders, by a table of folds, by tables of one part each."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lib.datasets.official_split import count_parts, find_parts, folder_part
from lib.papers.declare import Paper, Sidecar

FOLDS = Sidecar(name="Folds.csv", path=("filename",), part="grp", fold="fold")


def _with(paper: Paper, *sidecars: Sidecar) -> Paper:
    return replace(paper, dataset=replace(paper.dataset, sidecars=sidecars))


def _write(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("monocyte/1.png", ""),
        ("monocyte/train", ""),  # a file of that name
        ("trainee/monocyte/1.png", ""),
        ("a/b/VALID/c/1.png", "val"),
        ("Test_set/train/1.png", "test"),
    ],
)
def test_the_outermost_folder_that_is_a_split_level_tells_the_part(path, part):
    assert folder_part(path) == part


def test_a_table_of_folds_gives_the_levels_of_every_fold_in_order(paper, tmp_path):
    rows = ["2,40,train,b/1.png", "1,40,test,b/1.png", "10,40,test,b/1.png", "1,40,train,b/2.png"]
    _write(tmp_path / "Folds.csv", "fold,mag,grp,filename", *rows)
    paths = ["train/a/b/1.png", "a/b/2.png", "train/a/b/3.png", "a/b/4.png"]
    found = find_parts(_with(paper, FOLDS), tmp_path, tmp_path, paths)
    assert found == ["test train test", "train", "train", ""]


def test_a_table_with_a_level_that_is_none_tells_nothing(paper, tmp_path):
    _write(tmp_path / "Folds.csv", "fold,grp,filename", "1,train,1.png", "2,spare,1.png")
    assert find_parts(_with(paper, FOLDS), tmp_path, tmp_path, ["1.png"]) == [""]


def test_a_table_may_be_of_one_part(paper, tmp_path):
    sides = (
        Sidecar(name=f"*_{part}_set.csv", path=("file",), level=part) for part in ("train", "test")
    )
    _write(tmp_path / "mass_train_set.csv", "file", "1.png")
    _write(tmp_path / "calc_test_set.csv", "file", "2.png")
    paths = ["a/1.png", "a/2.png", "a/3.png"]
    found = find_parts(_with(paper, *sides), tmp_path, tmp_path / "a", ["1.png", "2.png", "3.png"])
    assert dict(zip(paths, found, strict=True)) == {
        "a/1.png": "train",
        "a/2.png": "test",
        "a/3.png": "",
    }


def test_images_are_counted_by_level_and_by_fold_where_there_are_several():
    assert count_parts(pd.Series(["train", "", "test", "train"])) == {"train": 2, "test": 1}
    assert count_parts(pd.Series(["train test", "train train", ""])) == {
        "fold 1 train": 2,
        "fold 2 train": 1,
        "fold 2 test": 1,
    }
    assert count_parts(pd.Series(["", ""])) == {}
