"""One division: what it counts, the leak it measures, its record by image, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set

from lib.datasets import Fold, SplitError, Twins, split_table
from lib.datasets.folds import checked

NONE = {"first": [], "second": [], "distance": [], "identical": np.array([], bool)}
NO_TWINS = Twins(pairs=pd.DataFrame(NONE), limit=32)


def _fold(train: list[int], test: list[int], **options) -> Fold:
    names = {"protocol": "published", "seed": 7, "fold": 0} | options
    return Fold(**names, train=np.array(train, int), test=np.array(test, int))


# The leak


@pytest.mark.parametrize(
    ("train", "test", "shared"),
    [
        ([0, 2, 4], [1, 3, 5], 2 / 3),  # a|a, b|b, c|d: two of three test images are seen before
        ([0, 1, 4], [2, 3, 5], 0.0),
        ([0, 2, 4, 5], [1, 3], 1.0),
        ([0, 2], [1, 4, 5], 1 / 3),
        ([1], [0, 2, 3], 1 / 3),
    ],
)
def test_shared_groups_are_the_test_images_with_kin_in_training(train, test, shared):
    images = image_set((6,), list("aabbcd"))
    assert _fold(train, test).shared_groups(images) == pytest.approx(shared)


@pytest.mark.parametrize("groups", [None, ["a", "a", ""]])
def test_shared_groups_are_unknown_unless_every_group_is_known(groups):
    assert _fold([0, 2], [1]).shared_groups(image_set((3,), groups)) is None


def test_shared_groups_are_those_counted_one_by_one():
    rng = np.random.default_rng(0)
    for _ in range(20):
        names = rng.integers(0, 25, 60).astype(str)
        train, test, _ = np.split(rng.permutation(60), [30, 50])
        seen = set(names[train])
        expected = sum(name in seen for name in names[test]) / 20
        assert _fold(train, test).shared_groups(image_set((60,), names)) == pytest.approx(expected)


# Numbers


def test_the_summary_counts_both_sides():
    pairs = pd.DataFrame({"first": [0, 0, 1], "second": [1, 2, 2], "distance": [0, 4, 9]})
    pairs["identical"] = [True, False, False]
    fold = _fold([0, 1, 4], [2, 3], seed=3, fold=2)
    summary = fold.summary(image_set((3, 2), list("aabbc")), Twins(pairs=pairs, limit=32))
    assert summary.model_dump() == {
        "protocol": "published",
        "seed": 3,
        "fold": 2,
        "train": {"basophil": 2, "monocyte": 1},
        "test": {"basophil": 1, "monocyte": 1},
        "shared_groups": 0.0,
        "near_duplicates": 1,  # image 2, twice; 0 and 1 are both trained on
        "look_alikes": None,
    }


def test_the_summary_tells_no_shared_groups_where_there_are_none_to_tell():
    summary = _fold([0, 2], [1, 3]).summary(image_set((2, 2)), NO_TWINS)
    assert summary.shared_groups is None
    assert summary.near_duplicates == 0


# The record by image


def test_assignments_name_each_images_side_in_each_fold():
    images = image_set((2, 3), list("aabbc"))
    folds = [
        _fold([4, 0, 3], [2, 1]),
        _fold([1, 2], [0, 3], protocol="k-fold", seed=0, fold=1),  # 4 is on neither side
    ]
    assert split_table(images, folds).to_dict("list") == {
        "path": ["0.png", "1.png", "2.png", "3.png", "4.png"],
        "group": ["a", "a", "b", "b", "c"],
        "true": ["basophil", "basophil", "monocyte", "monocyte", "monocyte"],
        "published 7 0": ["train", "test", "test", "train", "train"],
        "k-fold 0 1": ["test", "train", "train", "test", ""],
    }


def test_assignments_without_a_fold_still_list_the_images():
    images = image_set((2, 1))
    table = split_table(images, [])
    assert list(table.columns) == ["path", "group", "true"]
    assert table["group"].tolist() == [""] * 3
    assert list(images.table.columns) == ["path", "label", "stand_in", "group", "part"]  # as it was


def test_folds_that_differ_in_one_thing_have_a_column_each():
    differing = [{}, {"protocol": "official"}, {"seed": 8}, {"fold": 1}]
    folds = [_fold([0], [1], **options) for options in differing]
    assert len(split_table(image_set((2,)), folds).columns) == 3 + 4


def test_assignments_survive_a_csv_file(tmp_path):
    table = split_table(image_set((2, 2), list("abcd")), [_fold([0, 3], [1])])
    table.to_csv(tmp_path / "splits.csv", index=False)
    again = pd.read_csv(tmp_path / "splits.csv", keep_default_na=False)
    assert again.to_dict("list") == table.to_dict("list")


# What is refused


def test_folds_with_every_class_on_both_sides_are_handed_on():
    folds = [_fold([0, 2], [1, 3]), _fold([1, 3], [2, 0], fold=1)]
    assert checked(image_set((2, 2)), iter(folds), _no_remedy) == folds
    assert checked(image_set((2, 2)), [], _no_remedy) == []


def _no_remedy() -> str:
    raise AssertionError("asked for where nothing is wrong")


@pytest.mark.parametrize(
    ("train", "test", "side", "missing"),
    [
        ([0, 2, 4], [1, 3], "test", "neutrophil"),
        ([0, 4], [1, 2, 3, 5], "train", "monocyte"),
        ([0, 1], [2, 3, 4, 5], "train", "monocyte"),  # the first of two
        ([0, 1, 2, 3, 4, 5], [], "test", "basophil"),
    ],
)
def test_the_class_that_is_missing_on_one_side_is_named(train, test, side, missing):
    good = _fold([0, 2, 4], [1, 3, 5])
    bad = _fold(train, test, protocol="grouped", seed=3, fold=4)
    with pytest.raises(SplitError) as caught:
        checked(image_set((2, 2, 2)), [good, bad], lambda: "Give more.")
    text = str(caught.value)
    assert f"with seed 3 the {side} part of fold 4 (grouped) has no {missing} (of 2 in all" in text
    assert text.endswith("6 images). Give more.")
