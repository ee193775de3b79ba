"""Dividing a set: disjoint, complete, seeded, in proportion, no group astride; refused with the numbers."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from lib.datasets import (
    Fold,
    ImageSet,
    SplitError,
    Twins,
    Units,
    divide,
    find_units,
    near_duplicates,
    split_grouped,
    split_official,
    split_published,
)


def _split(images: ImageSet, *, test_share=0.2, stratified=False, seeds=(0,)) -> list[Fold]:
    return split_published(images, test_share=test_share, stratified=stratified, seeds=seeds)


def _refused(divide, images: ImageSet, **options) -> str:
    with pytest.raises(SplitError) as caught:
        divide(images, **{"seeds": (0,)} | options)
    return str(caught.value)


def _sides(folds: list[Fold]) -> list[tuple[set[int], set[int]]]:
    return [(set(one.train.tolist()), set(one.test.tolist())) for one in folds]


def _names(folds: list[Fold]) -> list[tuple[str, int, int]]:
    return [(one.protocol, one.seed, one.fold) for one in folds]


def _grouped_set(*classes: list[int]) -> ImageSet:
    """Of each class the sizes of its groups, none of which it shares with another class."""
    names = [
        f"{label} {number}"
        for label, sizes in enumerate(classes)
        for number, size in enumerate(sizes)
        for _ in range(size)
    ]
    return image_set([sum(sizes) for sizes in classes], names)


def _with_parts(images: ImageSet, parts: list[str]) -> ImageSet:
    return replace(images, table=images.table.assign(part=parts))


# One random split


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_sides_are_disjoint_and_complete(stratified, seed):
    (fold,) = _split(image_set((30, 40, 33)), stratified=stratified, seeds=(seed,))
    assert sorted([*fold.train, *fold.test]) == list(range(103))


@pytest.mark.parametrize("stratified", [False, True])
def test_a_seed_determines_its_split_whatever_other_seeds_are_asked_for(stratified):
    images = image_set((30, 40, 30))
    first = _split(images, stratified=stratified, seeds=(3, 5))
    again = _split(images, stratified=stratified, seeds=(5,))
    np.testing.assert_array_equal(first[1].train, again[0].train)
    np.testing.assert_array_equal(first[1].test, again[0].test)


def test_each_seed_gives_one_fold_and_another_split():
    folds = _split(image_set((30, 40, 30)), seeds=(0, 1, 2))
    assert _names(folds) == [("published", 0, 0), ("published", 1, 0), ("published", 2, 0)]
    assert len({tuple(sorted(one.test)) for one in folds}) == 3


@pytest.mark.parametrize(("share", "tested"), [(0.2, 20), (0.25, 25), (0.5, 50)])
def test_the_share_is_tested_on(share, tested):
    (fold,) = _split(image_set((30, 40, 30)), test_share=share)
    assert (len(fold.train), len(fold.test)) == (100 - tested, tested)


def test_the_rows_are_in_random_order():
    (fold,) = _split(image_set((30, 40, 30)))
    assert fold.train.tolist() != sorted(fold.train)
    assert fold.test.tolist() != sorted(fold.test)


@pytest.mark.parametrize("seed", range(4))
def test_a_stratified_split_divides_every_class_in_proportion(seed):
    images = image_set((10, 20, 70))
    (fold,) = _split(images, stratified=True, seeds=(seed,))
    assert list(images.count(fold.test).values()) == [2, 4, 14]
    assert list(images.count(fold.train).values()) == [8, 16, 56]


@pytest.mark.parametrize("stratified", [False, True])
def test_a_split_is_the_one_that_scikit_learn_gives_for_the_seed(stratified):
    images = image_set((12, 20, 31))
    (fold,) = _split(images, test_share=0.3, stratified=stratified, seeds=(11,))
    train, test = train_test_split(
        np.arange(63),
        test_size=0.3,
        random_state=11,
        stratify=images.labels if stratified else None,
    )
    assert (fold.train.tolist(), fold.test.tolist()) == (train.tolist(), test.tolist())


def test_a_class_that_is_never_tested_on_is_named_with_the_seed_and_the_numbers():
    # Twenty seeds: the single basophil is sure to be left out of the test images of one of them.
    text = _refused(_split, image_set((1, 40, 40)), seeds=range(20))
    assert "with seed " in text
    assert "no basophil (of 1 in all, 81 images)" in text


def test_the_side_and_the_seed_named_are_the_ones_at_fault():
    images, sides = image_set((1, 30, 30)), set()
    for seed in range(8):
        train, _ = train_test_split(np.arange(61), test_size=0.5, random_state=seed)
        side = "test" if 0 in train else "train"
        text = _refused(_split, images, test_share=0.5, seeds=(seed,))
        assert f"with seed {seed} the {side} part of fold 0 (published) has no basophil" in text
        sides.add(side)
    assert sides == {"train", "test"}


def test_too_few_images_to_split_at_all_are_refused():
    text = _refused(_split, image_set((1,)))
    assert "1 images ({'basophil': 1}) cannot be split with seed 0: " in text


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5])
def test_a_share_outside_0_to_1_is_refused(share):
    assert "cannot be split" in _refused(_split, image_set((9, 9)), test_share=share)


def test_one_image_of_a_class_cannot_be_stratified():
    text = _refused(_split, image_set((10, 1, 10)), stratified=True)
    assert "at least 2 images of every class; monocyte has 1 image (of 21 images)" in text
    assert len(_split(image_set((2, 2)), test_share=0.5, stratified=True)) == 1


def test_fewer_tested_images_than_classes_cannot_be_stratified():
    text = _refused(_split, image_set((3, 3, 3)), stratified=True, seeds=(4,))
    assert "9 images ({'basophil': 3, 'monocyte': 3, 'neutrophil': 3}) cannot be split" in text
    assert "with seed 4: " in text


def test_several_classes_of_one_image_are_named_together():
    text = _refused(_split, image_set((1, 1, 10)), stratified=True)
    assert (
        "basophil and monocyte have 1 image each (of 12 images). Give more images of them." in text
    )


def _seed_that_leaves_out_a_class(images: ImageSet, share: float) -> int:
    for seed in range(100):
        train, test = train_test_split(np.arange(len(images)), test_size=share, random_state=seed)
        if not all(images.count(side)["basophil"] for side in (train, test)):
            return seed
    raise AssertionError


@pytest.mark.parametrize(
    ("basophils", "share", "helps"),
    [
        (3, 0.2, True),
        (2, 0.1, False),  # of two a stratified tenth is none either
        (1, 0.2, False),
    ],
)
def test_stratifying_is_offered_where_it_keeps_every_class_and_only_there(basophils, share, helps):
    images = image_set((basophils, 60, 60))
    bad = {"test_share": share, "seeds": (_seed_that_leaves_out_a_class(images, share),)}
    assert ("-p stratified True" in _refused(_split, images, **bad)) is helps
    if helps:
        assert len(_split(images, stratified=True, **bad)) == 1
    else:
        assert "-p stratified" not in _refused(_split, images, stratified=True, **bad)


def test_a_good_seed_does_not_excuse_a_bad_one():
    images = image_set((3, 12, 12))

    def works(seed: int) -> bool:
        try:
            _split(images, seeds=(seed,))
        except SplitError:
            return False
        return True

    good = next(seed for seed in range(100) if works(seed))
    bad = next(seed for seed in range(100) if not works(seed))
    assert f"with seed {bad} " in _refused(_split, images, seeds=(good, bad))


# The official split


@pytest.mark.parametrize(
    ("parts", "train", "test"),
    [
        (["train", "test", "train", "test", "test", "train"], {0, 2, 5}, {1, 3, 4}),
        (["val", "train", "train", "train", "train", "val"], {1, 2, 3, 4}, {0, 5}),
        (["train", "val", "test", "train", "val", "test"], {0, 3}, {2, 5}),  # val is left out
    ],
)
def test_the_official_split_is_the_one_of_the_folders(parts, train, test):
    folds = split_official(image_set((3, 3), parts=parts), seeds=(3, 4))
    assert _names(folds) == [("official", 3, 0), ("official", 4, 0)]
    assert _sides(folds) == [(train, test)] * 2


def test_only_the_order_of_an_official_split_depends_on_the_seed():
    images = image_set((40, 40), parts=["train", "test"] * 40)
    first, second, again = split_official(images, seeds=(0, 1, 0))
    assert first.train.tolist() == again.train.tolist()
    assert first.test.tolist() == again.test.tolist()
    assert first.train.tolist() not in (second.train.tolist(), sorted(first.train))
    assert first.test.tolist() not in (second.test.tolist(), sorted(first.test))


def test_images_outside_the_split_levels_are_counted_by_class():
    parts = ["train", "", "", "test", "train", "test", "train", ""]
    text = _refused(split_official, image_set((3, 2, 3), parts=parts))
    assert "2 of basophil, 1 of neutrophil are not" in text


def test_every_official_fold_of_a_table_is_a_split_of_all_images():
    parts = ["train test", "test train", "train train", "test train", "train test", "train train"]
    folds = split_official(image_set((3, 3), parts=parts), seeds=(3, 4))
    assert _names(folds) == [("official", seed, fold) for seed in (3, 4) for fold in (0, 1)]
    assert [(sorted(fold.train), sorted(fold.test)) for fold in folds] == [
        ([0, 2, 4, 5], [1, 3]),
        ([1, 2, 3, 5], [0, 4]),
    ] * 2


def test_an_image_with_fewer_official_folds_than_others_is_counted_by_class():
    parts = ["train test", "test", "test train", "train test", "test train", ""]
    text = _refused(split_official, image_set((3, 3), parts=parts))
    assert "1 of basophil, 1 of monocyte are not" in text


@pytest.mark.parametrize(
    ("parts", "side", "missing"),
    [
        (["train", "test", "test", "test"], "train", "monocyte"),
        (["train", "val", "train", "train"], "test", "monocyte"),
        (["train", "val", "test", "train"], "test", "basophil"),
    ],
)
def test_an_official_split_needs_every_class_on_both_sides(parts, side, missing):
    text = _refused(split_official, image_set((2, 2), parts=parts), seeds=(6,))
    assert f"with seed 6 the {side} part of fold 0 (official) has no {missing} (of 2" in text
    assert "Add images of it to that part" in text


@pytest.mark.parametrize(
    ("parts", "side"),
    [
        (["test"] * 4, "train"),
        (["val", "test"] * 2, "train"),
        (["train"] * 4, "test"),
        (["test test"] * 4, "train"),
    ],
)
def test_an_official_split_needs_both_sides(parts, side):
    text = _refused(split_official, image_set((2, 2), parts=parts))
    assert f"of the 4 images of made up none is in {side}/. Add them" in text
    assert """-p protocols '["published"]'""" in text


# Folds of groups


def test_no_group_straddles_whatever_the_set():
    """Random sets: any sizes of groups, some of them with images of several classes."""
    rng = np.random.default_rng(0)
    divided = 0
    for seed in range(60):
        counts = rng.integers(8, 60, rng.integers(1, 4))
        names = rng.integers(0, rng.integers(8, 40), counts.sum()).astype(str)
        images, folds = image_set(counts, names), int(rng.integers(2, 6))
        try:
            found = split_grouped(images, images.groups, folds=folds, seeds=(seed,))
        except SplitError:
            continue
        divided += 1
        assert len(found) == folds
        assert sorted(np.concatenate([one.test for one in found])) == list(range(len(images)))
        for one in found:
            assert sorted([*one.train, *one.test]) == list(range(len(images)))
            assert not set(names[one.train]) & set(names[one.test])
            assert (
                set(images.labels[one.train]) == set(images.labels[one.test]) == set(images.labels)
            )
    assert divided > 30


def test_folds_of_equal_groups_hold_every_class_in_proportion():
    images = _grouped_set([3] * 10, [2] * 5, [1] * 20)
    folds = split_grouped(images, images.groups, folds=5, seeds=(0, 1))
    assert _names(folds) == [("grouped", seed, number) for seed in (0, 1) for number in range(5)]
    assert [list(images.count(one.test).values()) for one in folds] == [[6, 2, 4]] * 10


def test_the_rows_of_a_grouped_fold_are_in_random_order_that_the_seed_determines():
    images = _grouped_set([2] * 20, [2] * 20)
    both, alone, other = (
        split_grouped(images, images.groups, folds=4, seeds=seeds) for seeds in ((1, 2), (2,), (3,))
    )
    assert _same(both[4:], alone)
    assert _sides(other) != _sides(alone)
    for fold in both:
        assert fold.train.tolist() != sorted(fold.train)
        assert fold.test.tolist() != sorted(fold.test)


def test_grouped_folds_are_those_that_scikit_learn_gives_for_the_seed():
    rng = np.random.default_rng(1)
    images = image_set((50, 40, 30), rng.integers(0, 30, 120).astype(str))
    kind = StratifiedGroupKFold(n_splits=4, shuffle=True, random_state=5)
    expected = kind.split(np.arange(120), images.labels, images.groups)
    folds = split_grouped(images, images.groups, folds=4, seeds=(5,))
    assert _sides(folds) == [(set(train.tolist()), set(test.tolist())) for train, test in expected]


def test_a_class_with_fewer_groups_than_folds_is_named_with_the_numbers():
    images = _grouped_set([9] * 9, [7, 7, 6])
    text = _refused(split_grouped, images, units=images.groups, folds=4)
    assert (
        "4 folds need at least 4 groups (slide) of every class; monocyte has 3 (20 images)" in text
    )
    assert "Ask for at most 3 folds" in text
    assert len(split_grouped(images, images.groups, folds=3, seeds=(0,))) == 3


def test_groups_that_classes_share_may_leave_no_way_to_divide():
    # Every class has a group for each fold, but no two of a, b and c may be in the same one.
    images = image_set((2, 2, 2), ["a", "b", "b", "c", "c", "a"])
    text = _refused(split_grouped, images, units=images.groups, folds=2, seeds=(7,))
    assert re.search(
        r"with seed 7 the (train|test) part of fold [01] \(grouped\) has no \w+ ", text
    )
    assert "(of 2 in all, 6 images)" in text


def test_no_warning_of_scikit_learn_reaches_the_reader():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = _grouped_set([1] * 3, [20] * 9)
        split_grouped(images, images.groups, folds=3, seeds=range(3))


# The folds of several protocols


def _units(images: ImageSet, *pairs: tuple[int, int]) -> Units:
    """What must not straddle, where these pairs of rows show one picture."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=int)
    return find_units(images, Twins(pairs=table.assign(distance=0, identical=True), limit=0))


def _divided(images: ImageSet, *protocols: str, twins=(), **options) -> list[Fold]:
    usual = {"test_share": 0.2, "stratified": False, "seeds": (0,), "grouped_folds": 5}
    return divide(images, _units(images, *twins), protocols=protocols, **usual | options)


def _same(folds: list[Fold], others: list[Fold]) -> bool:
    return _names(folds) == _names(others) and all(
        (one.train == other.train).all() and (one.test == other.test).all()
        for one, other in zip(folds, others, strict=True)
    )


@pytest.mark.parametrize("stratified", [False, True])
def test_the_published_protocol_is_one_random_split_a_seed(stratified):
    images = image_set((30, 40, 33))
    options = {"test_share": 0.3, "stratified": stratified, "seeds": (0, 4)}
    assert _same(_divided(images, "published", **options), split_published(images, **options))


@pytest.mark.parametrize(
    ("share", "most", "folds"),
    [
        *((0.5, 5, 2), (0.3, 5, 3), (0.2, 5, 5), (0.1, 5, 5), (0.02, 5, 5), (0.8, 5, 2)),
        *((0.2, 2, 2), (0.2, 3, 3), (0.3, 10, 3), (0.1, 10, 10), (0.02, 30, 20)),
    ],
)
def test_the_grouped_protocol_tests_on_every_image_in_no_more_folds_than_asked(share, most, folds):
    images = _grouped_set([2] * 20, [1] * 20)
    found = _divided(images, "grouped", test_share=share, grouped_folds=most, seeds=(4, 6))
    assert _same(found, split_grouped(images, images.groups, folds=folds, seeds=(4, 6)))
    assert sorted(np.concatenate([one.test for one in found])) == sorted([*range(60)] * 2)


@pytest.mark.parametrize(("groups", "folds"), [(5, 5), (4, 4), (3, 3), (2, 2)])
def test_the_grouped_protocol_has_no_more_folds_than_the_rarest_class_has_groups(groups, folds):
    images = _grouped_set([2] * 20, [6] * groups)
    found = _divided(images, "grouped", seeds=(4,))
    assert _same(found, split_grouped(images, images.groups, folds=folds, seeds=(4,)))
    # With a larger share to be tested on there are fewer folds still.
    assert len(_divided(images, "grouped", test_share=0.5)) == 2


def test_the_grouped_protocol_counts_and_keeps_together_what_twins_join():
    """The last five of eight groups show pictures of each other: four units are left."""
    images = _grouped_set([2] * 20, [6] * 8)
    joined = [(40 + 6 * number, 46 + 6 * number) for number in range(3, 7)]
    found = _divided(images, "grouped", twins=joined, seeds=(4,))
    assert len(found) == 4
    for one in found:
        assert len({*range(58, 88)} & set(one.test.tolist())) in (0, 30)
        assert one.shared_groups(images) == 0


def test_without_groups_twins_alone_must_not_straddle():
    images, twins = image_set((10, 10)), [(0, 1), (1, 15)]
    found = _divided(images, "grouped", twins=twins, seeds=range(4))
    assert _names(found) == [("grouped", seed, fold) for seed in range(4) for fold in range(5)]
    assert all(len({0, 1, 15} & set(one.test.tolist())) in (0, 3) for one in found)
    assert all(one.shared_groups(images) is None for one in found)


# No grouped split can be made of these.
UNKNOWN = image_set((9, 9)), "which images belong together is not known"
ONE_GROUP = _grouped_set([2] * 20, [30]), "all images of monocyte come from one slide"


@pytest.mark.parametrize(("images", "told"), [UNKNOWN, ONE_GROUP])
def test_the_grouped_protocol_alone_is_refused_where_no_such_split_can_be_made(images, told):
    with pytest.raises(SplitError, match=f"no grouped split can be made of made up: {told}") as one:
        _divided(images, "grouped")
    assert "groups.csv (columns path,group)" in str(one.value)
    assert "ask for the published protocol" in str(one.value)


@pytest.mark.parametrize("images", [UNKNOWN[0], ONE_GROUP[0]])
@pytest.mark.parametrize("protocols", [("published", "grouped"), ("grouped", "published")])
def test_beside_another_protocol_the_grouped_one_is_left_out_there(images, protocols):
    assert _same(_divided(images, *protocols), _divided(images, "published"))


def test_whatever_is_given_as_units_must_not_straddle():
    images, units = image_set((12, 12)), np.tile(np.arange(6), 4)  # without groups
    splitter = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=5)
    expected = splitter.split(np.arange(24), images.labels, units)
    folds = split_grouped(images, units, folds=3, seeds=(5,))
    assert _sides(folds) == [(set(train.tolist()), set(test.tolist())) for train, test in expected]
    named = image_set((12, 12), [f"{row}" for row in range(24)])
    assert _sides(split_grouped(named, units, folds=3, seeds=(5,))) == _sides(folds)
    units = np.repeat([0, 1, 2, 3, 4], [6, 3, 3, 6, 6])
    text = _refused(split_grouped, images, units=units, folds=3)
    assert "3 folds need at least 3 groups (slide) of every class; monocyte has 2" in text


def test_protocols_come_in_the_order_asked_for():
    images = _grouped_set([2] * 10, [1] * 10)
    one, other = _divided(images, "published"), _divided(images, "grouped")
    assert _same(_divided(images, "published", "grouped"), one + other)
    assert _same(_divided(images, "grouped", "published"), other + one)
    assert len(one) == 1
    assert len(other) == 5


@pytest.mark.parametrize("protocols", [("official",), ("grouped", "official", "published")])
def test_the_official_protocol_is_the_split_of_the_folders_once_a_seed(protocols):
    images = _with_parts(_grouped_set([2] * 10, [1] * 20), ["train", "test", "train", "val"] * 10)
    folds = _divided(images, *protocols, seeds=(3, 4))
    assert list(dict.fromkeys(fold.protocol for fold in folds)) == list(protocols)
    official = [fold for fold in folds if fold.protocol == "official"]
    assert _same(official, split_official(images, seeds=(3, 4)))


def test_the_official_protocol_is_refused_where_folders_give_no_split():
    with pytest.raises(SplitError, match="9 of basophil, 9 of monocyte are not"):
        _divided(image_set((9, 9)), "published", "official")


@pytest.mark.parametrize("protocols", [("k-fold",), ("published", "k-fold")])
def test_another_protocol_is_an_error_that_lists_the_known(protocols):
    with pytest.raises(ValueError, match="among published, official, grouped; received 'k-fold'"):
        _divided(image_set((9, 9)), *protocols)


def test_images_that_all_look_the_same_are_one_unit_and_divided_at_random_alone():
    images = image_set([12, 12])
    same = replace(images, pixels=np.broadcast_to(images.pixels[:1], images.pixels.shape))
    twins = near_duplicates(same)
    assert len(twins.pairs) == 24 * 23 // 2
    folds = divide(
        same,
        find_units(same, twins),
        protocols=("published", "grouped"),
        grouped_folds=5,
        test_share=0.2,
        stratified=True,
        seeds=(0,),
    )
    assert [(fold.protocol, len(fold.test)) for fold in folds] == [("published", 5)]
