"""Splits: disjoint, complete, seeded, in the stated proportion, with the leak of groups measured."""

import numpy as np
import pandas as pd
import pytest

from lib.data import Fold, ImageSet, SplitError, split

CLASSES = ("basophil", "monocyte", "neutrophil")


def _images(counts: tuple[int, ...], groups: list[str] | None = None) -> ImageSet:
    labels = np.repeat(np.arange(len(counts)), counts)
    table = pd.DataFrame(
        {
            "path": [f"{row}.png" for row in range(len(labels))],
            "label": labels,
            "group": groups or [""] * len(labels),
            "part": "",
        }
    )
    return ImageSet(
        name="made up",
        kind="substitute",
        classes=CLASSES[: len(counts)],
        table=table,
        pixels=np.zeros((len(labels), 2, 2, 3), np.uint8),
        rows=np.arange(len(labels)),
        rejected=pd.DataFrame({"path": [], "reason": []}),
        sha256="",
        group_noun="slide",
    )


def _fold(train: list[int], test: list[int]) -> Fold:
    return Fold(protocol="published", seed=7, fold=0, train=np.array(train), test=np.array(test))


def _split(images: ImageSet, *, test_share=0.2, stratified=False, seeds=(0,)) -> list[Fold]:
    return split(images, test_share=test_share, stratified=stratified, seeds=seeds)


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_sides_are_disjoint_and_complete(stratified, seed):
    (fold,) = _split(_images((30, 40, 33)), stratified=stratified, seeds=(seed,))
    assert sorted([*fold.train, *fold.test]) == list(range(103))


@pytest.mark.parametrize("stratified", [False, True])
def test_a_seed_determines_its_split_whatever_other_seeds_are_asked_for(stratified):
    images = _images((30, 40, 30))
    first = _split(images, stratified=stratified, seeds=(3, 5))
    again = _split(images, stratified=stratified, seeds=(5,))
    np.testing.assert_array_equal(first[1].train, again[0].train)
    np.testing.assert_array_equal(first[1].test, again[0].test)


def test_each_seed_gives_one_fold_and_another_split():
    folds = _split(_images((30, 40, 30)), seeds=(0, 1, 2))
    assert [(one.protocol, one.seed, one.fold) for one in folds] == [
        ("published", 0, 0),
        ("published", 1, 0),
        ("published", 2, 0),
    ]
    assert len({tuple(sorted(one.test)) for one in folds}) == 3


@pytest.mark.parametrize(("share", "tested"), [(0.2, 20), (0.25, 25), (0.5, 50)])
def test_the_share_is_tested_on(share, tested):
    (fold,) = _split(_images((30, 40, 30)), test_share=share)
    assert len(fold.test) == tested
    assert len(fold.train) == 100 - tested


def test_the_rows_are_in_random_order():
    (fold,) = _split(_images((30, 40, 30)))
    assert fold.train.tolist() != sorted(fold.train)
    assert fold.test.tolist() != sorted(fold.test)


@pytest.mark.parametrize("seed", range(4))
def test_a_stratified_split_divides_every_class_in_proportion(seed):
    images = _images((10, 20, 70))
    (fold,) = _split(images, stratified=True, seeds=(seed,))
    assert list(images.count(fold.test).values()) == [2, 4, 14]
    assert list(images.count(fold.train).values()) == [8, 16, 56]


def test_an_unstratified_split_does_not():
    images = _images((30, 30, 40))
    counts = {tuple(images.count(one.test).values()) for one in _split(images, seeds=range(6))}
    assert len(counts) > 1


def _refused(images: ImageSet, **options) -> str:
    with pytest.raises(SplitError) as caught:
        _split(images, **options)
    return str(caught.value)


def test_a_class_that_is_never_tested_on_is_named_with_the_seed_and_the_numbers():
    # Twenty seeds: the single basophil is sure to be left out of the test images of one of them.
    text = _refused(_images((1, 40, 40)), seeds=range(20))
    assert "with seed " in text
    assert "no basophil (of 1 in all, 81 images)" in text


def test_the_side_and_the_seed_named_are_the_ones_at_fault():
    images = _images((1, 30, 30))
    said = {seed: _refused(images, test_share=0.5, seeds=(seed,)) for seed in range(8)}
    sides = set()
    for seed, text in said.items():
        assert f"with seed {seed} the " in text
        sides.add("train" if "the train part has no basophil" in text else "test")
        assert "part has no basophil" in text
    assert sides == {"train", "test"}


def test_too_few_images_to_split_at_all_are_refused():
    assert "cannot be split" in _refused(_images((1,)))


def test_one_image_of_a_class_cannot_be_stratified():
    assert "21 images" in _refused(_images((1, 10, 10)), stratified=True)


def test_a_good_seed_does_not_excuse_a_bad_one():
    images = _images((3, 12, 12))

    def works(seed: int) -> bool:
        try:
            _split(images, seeds=(seed,))
        except SplitError:
            return False
        return True

    good = next(seed for seed in range(100) if works(seed))
    bad = next(seed for seed in range(100) if not works(seed))
    assert f"with seed {bad} " in _refused(images, seeds=(good, bad))


@pytest.mark.parametrize(
    ("train", "test", "shared"),
    [
        ([0, 2, 4], [1, 3, 5], 2 / 3),  # a|a, b|b, c|d: two of three test images are seen before
        ([0, 1, 4], [2, 3, 5], 0.0),
        ([0, 2, 4, 5], [1, 3], 1.0),
        ([0, 2], [1, 4, 5], 1 / 3),
    ],
)
def test_shared_groups_are_the_test_images_with_kin_in_training(train, test, shared):
    images = _images((6,), list("aabbcd"))
    assert _fold(train, test).shared_groups(images) == pytest.approx(shared)


@pytest.mark.parametrize("groups", [None, ["a", "a", ""]])
def test_shared_groups_are_unknown_unless_every_group_is_known(groups):
    assert _fold([0, 2], [1]).shared_groups(_images((3,), groups)) is None


def test_the_summary_counts_both_sides():
    summary = _fold([0, 1, 4], [2, 3]).summary(_images((3, 2), list("aabbc")))
    assert summary.model_dump() == {
        "protocol": "published",
        "seed": 7,
        "fold": 0,
        "train": {"basophil": 2, "monocyte": 1},
        "test": {"basophil": 1, "monocyte": 1},
        "shared_groups": 0.0,
    }
