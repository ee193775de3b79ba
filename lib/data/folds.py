"""Divides an image set into training and test images, reproducibly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split

from lib.data.errors import SplitError
from lib.data.images import ImageSet
from lib.results import FoldCounts


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One division: `train` and `test` are disjoint rows of `ImageSet.table`, in random order."""

    protocol: str
    seed: int
    fold: int
    train: np.ndarray
    test: np.ndarray

    def shared_groups(self, images: ImageSet) -> float | None:
        """Share of the test images with an image of their group among the training images.

        This is the leak of a split that ignores groups: 0 where no group straddles it, None where
        groups are unknown.
        """
        if not images.has_groups:
            return None
        return float(np.isin(images.groups[self.test], images.groups[self.train]).mean())

    def summary(self, images: ImageSet) -> FoldCounts:
        """The fold in numbers, as it stands in results.json."""
        return FoldCounts(
            protocol=self.protocol,
            seed=self.seed,
            fold=self.fold,
            train=images.count(self.train),
            test=images.count(self.test),
            shared_groups=self.shared_groups(images),
        )


def split(
    images: ImageSet, *, test_share: float, stratified: bool, seeds: Sequence[int]
) -> list[Fold]:
    """One random split a seed: the `published` protocol.

    Args:
        test_share: Share of the images that is tested on, in (0, 1).
        stratified: Whether every class is divided in the same proportion.

    Raises:
        SplitError: A class would have no image on one side; the message names it.
    """
    folds = [_random(images, test_share, stratified, seed) for seed in seeds]
    for fold in folds:
        _require_both_sides(images, fold)
    return folds


def _random(images: ImageSet, test_share: float, stratified: bool, seed: int) -> Fold:
    single = [name for name, count in images.count().items() if count < 2]
    if stratified and single:
        raise SplitError(
            f"a stratified split needs at least 2 images of every class; {', '.join(single)} has 1 of "
            f"{len(images)} images. Give more images of it."
        )
    try:
        train, test = train_test_split(
            np.arange(len(images)),
            test_size=test_share,
            random_state=seed,
            stratify=images.labels if stratified else None,
        )
    except ValueError as error:
        raise SplitError(
            f"{len(images)} images ({images.count()}) cannot be split with seed {seed}: {error}"
        ) from error
    return Fold(protocol="published", seed=seed, fold=0, train=train, test=test)


def _require_both_sides(images: ImageSet, fold: Fold) -> None:
    total = images.count()
    for side in ("train", "test"):
        for name, count in images.count(getattr(fold, side)).items():
            if not count:
                raise SplitError(
                    f"every class should have images for training and for testing; with seed "
                    f"{fold.seed} the {side} part has no {name} (of {total[name]} in all, "
                    f"{len(images)} images). Give more images of it, or other seeds."
                )
