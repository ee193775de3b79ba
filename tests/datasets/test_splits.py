"""Dividing a set: disjoint, complete, seeded, in proportion, no group astride; refused with the numbers."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold, train_test_split

from lib.datasets import (
    Fold,
    ImageSet,
    SplitError,
    Twins,
    Units,
    divide,
    grouped,
    grouped_split,
    k_fold,
    official,
    split,
    units,
)


def _split(images: ImageSet, *, test_share=0.2, stratified=False, seeds=(0,)) -> list[Fold]:
    return split(images, test_share=test_share, stratified=stratified, seeds=seeds)


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
    assert "at least 2 images of every class; monocyte has 1 of 21 images" in text
    assert len(_split(image_set((2, 2)), test_share=0.5, stratified=True)) == 1


def test_fewer_tested_images_than_classes_cannot_be_stratified():
    text = _refused(_split, image_set((3, 3, 3)), stratified=True, seeds=(4,))
    assert "9 images ({'basophil': 3, 'monocyte': 3, 'neutrophil': 3}) cannot be split" in text
    assert "with seed 4: " in text


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
    folds = official(image_set((3, 3), parts=parts), seeds=(3, 4))
    assert _names(folds) == [("official", 3, 0), ("official", 4, 0)]
    assert _sides(folds) == [(train, test)] * 2


def test_only_the_order_of_an_official_split_depends_on_the_seed():
    images = image_set((40, 40), parts=["train", "test"] * 40)
    first, second, again = official(images, seeds=(0, 1, 0))
    assert first.train.tolist() == again.train.tolist()
    assert first.test.tolist() == again.test.tolist()
    assert first.train.tolist() not in (second.train.tolist(), sorted(first.train))
    assert first.test.tolist() not in (second.test.tolist(), sorted(first.test))


def test_images_outside_the_split_levels_are_counted_by_class():
    parts = ["train", "", "", "test", "train", "test", "train", ""]
    text = _refused(official, image_set((3, 2, 3), parts=parts))
    assert "below train/, val/ or test/; 2 of basophil, 1 of neutrophil lie below none" in text


@pytest.mark.parametrize(
    ("parts", "side", "missing"),
    [
        (["train", "test", "test", "test"], "train", "monocyte"),
        (["train", "val", "train", "train"], "test", "monocyte"),
        (["train", "val", "test", "train"], "test", "basophil"),
        (["train"] * 4, "test", "basophil"),
        (["test"] * 4, "train", "basophil"),
    ],
)
def test_an_official_split_needs_every_class_on_both_sides(parts, side, missing):
    text = _refused(official, image_set((2, 2), parts=parts), seeds=(6,))
    assert f"with seed 6 the {side} part of fold 0 (official) has no {missing} (of 2" in text


# k folds


def _k_fold(images: ImageSet, *, folds=5, stratified=True, seeds=(0,), rows=None) -> list[Fold]:
    return k_fold(images, folds=folds, stratified=stratified, seeds=seeds, rows=rows)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("folds", [2, 3, 7])
def test_every_image_is_tested_on_once_and_trained_on_otherwise(stratified, folds):
    divided = _k_fold(image_set((30, 41)), folds=folds, stratified=stratified, seeds=(4,))
    assert _names(divided) == [("k-fold", 4, number) for number in range(folds)]
    assert sorted(np.concatenate([one.test for one in divided])) == list(range(71))
    for one in divided:
        assert sorted([*one.train, *one.test]) == list(range(71))
        assert len(one.test) in (71 // folds, 71 // folds + 1)


def test_stratified_folds_hold_every_class_in_proportion():
    images = image_set((10, 20, 35))
    for one in _k_fold(images, seeds=range(3)):
        assert list(images.count(one.test).values()) == [2, 4, 7]


@pytest.mark.parametrize("stratified", [False, True])
def test_k_folds_are_those_that_scikit_learn_gives_for_the_seed(stratified):
    images = image_set((12, 20, 31))
    kind = StratifiedKFold if stratified else KFold
    expected = kind(n_splits=4, shuffle=True, random_state=9).split(np.arange(63), images.labels)
    folds = _k_fold(images, folds=4, stratified=stratified, seeds=(9,))
    assert _sides(folds) == [(set(train.tolist()), set(test.tolist())) for train, test in expected]


def test_folds_of_a_seed_are_the_same_again_and_others_for_another_seed():
    images = image_set((20, 20))
    both, alone, other = (_k_fold(images, seeds=seeds) for seeds in ((1, 2), (2,), (3,)))
    assert _names(both) == [("k-fold", seed, number) for seed in (1, 2) for number in range(5)]
    assert [one.train.tolist() for one in both[5:]] == [one.train.tolist() for one in alone]
    assert _sides(other) != _sides(alone)


def test_the_rows_of_a_fold_are_in_random_order():
    for one in _k_fold(image_set((30, 30))):
        assert one.train.tolist() != sorted(one.train)
        assert one.test.tolist() != sorted(one.test)


@pytest.mark.parametrize("stratified", [False, True])
def test_only_the_given_rows_are_divided_in_whatever_order_they_come(stratified):
    images, rows = image_set((30, 30)), np.arange(20, 60)
    divided = _k_fold(images, stratified=stratified, rows=rows)
    assert sorted(np.concatenate([one.test for one in divided])) == rows.tolist()
    for one in divided:
        assert sorted([*one.train, *one.test]) == rows.tolist()
        assert not stratified or list(images.count(one.test).values()) == [2, 6]
    shuffled = np.random.default_rng(0).permutation(rows)
    assert _sides(_k_fold(images, stratified=stratified, rows=shuffled)) == _sides(divided)


def test_a_class_with_fewer_images_than_folds_is_named_with_the_numbers():
    text = _refused(k_fold, image_set((9, 4, 9)), folds=5, stratified=True)
    assert "5 folds need at least 5 images of every class; monocyte has 4 (4 images)" in text
    assert "Ask for at most 4 folds" in text


def test_of_the_given_rows_only_their_images_count():
    text = _refused(_k_fold, image_set((9, 9)), rows=np.arange(12))
    assert "monocyte has 3 (3 images)" in text
    assert len(_k_fold(image_set((9, 9)), rows=np.arange(14))) == 5


def test_an_unstratified_fold_that_misses_a_class_is_named():
    text = _refused(_k_fold, image_set((2, 30)), stratified=False, seeds=(8,))
    assert "with seed 8 the test part of fold " in text
    assert "(k-fold) has no basophil (of 2 in all, 32 images)" in text


@pytest.mark.parametrize(
    ("folds", "rows"), [(1, None), (0, None), (-2, None), (9, None), (4, [0, 2, 5])]
)
def test_the_number_of_folds_is_from_2_to_the_number_of_images(folds, rows):
    there = 8 if rows is None else 3
    text = _refused(_k_fold, image_set((4, 4)), folds=folds, stratified=False, rows=rows)
    assert f"`folds` should be from 2 to the number of images, {there}; received {folds}" in text
    assert len(_k_fold(image_set((4,)), folds=4, stratified=False)) == 4


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
            found = grouped(images, folds=folds, seeds=(seed,))
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
    folds = grouped(images, folds=5, seeds=(0, 1))
    assert _names(folds) == [("grouped", seed, number) for seed in (0, 1) for number in range(5)]
    assert [list(images.count(one.test).values()) for one in folds] == [[6, 2, 4]] * 10


def test_grouped_folds_are_those_that_scikit_learn_gives_for_the_seed():
    rng = np.random.default_rng(1)
    images = image_set((50, 40, 30), rng.integers(0, 30, 120).astype(str))
    kind = StratifiedGroupKFold(n_splits=4, shuffle=True, random_state=5)
    expected = kind.split(np.arange(120), images.labels, images.groups)
    folds = grouped(images, folds=4, seeds=(5,))
    assert _sides(folds) == [(set(train.tolist()), set(test.tolist())) for train, test in expected]


def test_grouped_folds_of_the_given_rows_leave_the_others_out():
    images = _grouped_set([3] * 12, [3] * 12)
    rows = np.flatnonzero(np.arange(72) % 4)  # of every group one image is missing, or none
    divided = grouped(images, folds=3, seeds=(0,), rows=rows)
    assert sorted(np.concatenate([one.test for one in divided])) == rows.tolist()
    for one in divided:
        assert sorted([*one.train, *one.test]) == rows.tolist()
        assert one.shared_groups(images) == 0


@pytest.mark.parametrize("groups", [None, ["a", "b", "c", "", "e", "f"]])
@pytest.mark.parametrize("divide", [grouped, grouped_split])
def test_groups_must_be_known(divide, groups):
    number = {"folds": 2} if divide is grouped else {"test_share": 0.5}
    text = _refused(divide, image_set((3, 3), groups), **number)
    assert "which images belong together; made up does not tell" in text
    assert "groups.csv (columns path,group)" in text


def test_a_class_with_fewer_groups_than_folds_is_named_with_the_numbers():
    images = _grouped_set([9] * 9, [7, 7, 6])
    text = _refused(grouped, images, folds=4)
    assert (
        "4 folds need at least 4 groups (slide) of every class; monocyte has 3 (20 images)" in text
    )
    assert "Ask for at most 3 folds" in text
    assert len(grouped(images, folds=3, seeds=(0,))) == 3


def test_of_the_given_rows_only_their_groups_count():
    images = _grouped_set([2] * 6, [2] * 6)
    text = _refused(grouped, images, folds=4, rows=np.arange(18))
    assert "monocyte has 3 (6 images)" in text


def test_groups_that_classes_share_may_leave_no_way_to_divide():
    # Every class has a group for each fold, but no two of a, b and c may be in the same one.
    images = image_set((2, 2, 2), ["a", "b", "b", "c", "c", "a"])
    text = _refused(grouped, images, folds=2, seeds=(7,))
    assert re.search(
        r"with seed 7 the (train|test) part of fold [01] \(grouped\) has no \w+ ", text
    )
    assert "(of 2 in all, 6 images)" in text


def test_no_warning_of_scikit_learn_reaches_the_reader():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grouped(_grouped_set([1] * 3, [20] * 9), folds=3, seeds=range(3))
        _k_fold(image_set((5, 50)))


# One split by groups


@pytest.mark.parametrize(("share", "folds"), [(0.5, 2), (0.3, 3), (0.2, 5), (0.1, 10), (0.8, 2)])
def test_a_grouped_split_is_the_first_of_as_many_folds_as_the_share_goes_into_1(share, folds):
    images = _grouped_set([2] * 20, [1] * 20)
    divided = grouped_split(images, test_share=share, seeds=(4, 6))
    assert _names(divided) == [("grouped", 4, 0), ("grouped", 6, 0)]
    all_folds = grouped(images, folds=folds, seeds=(4, 6))
    assert _sides(divided) == _sides([all_folds[0], all_folds[folds]])


def test_a_grouped_split_needs_a_group_of_every_class_for_each_fold():
    images = _grouped_set([9] * 9, [7, 7, 6, 5])
    text = _refused(grouped_split, images, test_share=0.2)
    assert "5 groups (slide) of every class; monocyte has 4" in text


# The folds of several protocols


def _units(images: ImageSet, *pairs: tuple[int, int]) -> Units:
    """What must not straddle, where these pairs of rows show one picture."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=int)
    return units(images, Twins(pairs=table.assign(distance=0, identical=True), limit=0))


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
    assert _same(_divided(images, "published", **options), split(images, **options))


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
    assert _same(found, grouped(images, folds=folds, seeds=(4, 6)))
    assert sorted(np.concatenate([one.test for one in found])) == sorted([*range(60)] * 2)


@pytest.mark.parametrize(("groups", "folds"), [(5, 5), (4, 4), (3, 3), (2, 2)])
def test_the_grouped_protocol_has_no_more_folds_than_the_rarest_class_has_groups(groups, folds):
    images = _grouped_set([2] * 20, [6] * groups)
    found = _divided(images, "grouped", seeds=(4,))
    assert _same(found, grouped(images, folds=folds, seeds=(4,)))
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


def test_the_units_that_are_given_must_not_straddle_instead_of_the_groups():
    images, of = image_set((12, 12)), np.tile(np.arange(6), 4)  # without groups
    kind = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=5)
    expected = kind.split(np.arange(24), images.labels, of)
    folds = grouped(images, folds=3, seeds=(5,), units=of)
    assert _sides(folds) == [(set(train.tolist()), set(test.tolist())) for train, test in expected]
    named = image_set((12, 12), [f"{row}" for row in range(24)])
    assert _sides(grouped(named, folds=3, seeds=(5,), units=of)) == _sides(folds)
    text = _refused(grouped, images, folds=3, units=np.repeat([0, 1, 2, 3, 4], [6, 3, 3, 6, 6]))
    assert "3 folds need at least 3 groups (slide) of every class; monocyte has 2" in text


def test_protocols_come_in_the_order_asked_for():
    images = _grouped_set([2] * 10, [1] * 10)
    one, other = _divided(images, "published"), _divided(images, "grouped")
    assert _same(_divided(images, "published", "grouped"), one + other)
    assert _same(_divided(images, "grouped", "published"), other + one)
    assert len(one) == 1
    assert len(other) == 5


@pytest.mark.parametrize("protocols", [("official",), ("published", "official")])
def test_another_protocol_is_an_error_that_lists_the_known(protocols):
    with pytest.raises(ValueError, match="among published, grouped; received 'official'"):
        _divided(image_set((9, 9)), *protocols)
