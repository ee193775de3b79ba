"""One division of an image set into training and test images, and the record of it by image."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from lib import PlainError
from lib.datasets.duplicates import Twins
from lib.datasets.images import ImageSet
from lib.results import FoldCounts, fold_name

ENOUGH = (
    0.9  # of the training images of another protocol: from so many on, their number explains little
)


class SplitError(PlainError, ValueError):
    """A split cannot be made: the class, the numbers, what to do."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One division: `train` and `test` are disjoint rows of `ImageSet.table`, in random order."""

    protocol: str
    seed: int
    fold: int
    train: np.ndarray
    test: np.ndarray

    @property
    def name(self) -> str:
        """The fold's column in the table of assignments: protocol, seed, fold."""
        return fold_name(self.protocol, self.seed, self.fold)

    def shared_groups(self, images: ImageSet) -> float | None:
        """Share of the test images with an image of their group among the training images.

        This is the leak of a split that ignores groups: 0 where no group straddles it, None where
        groups are unknown.
        """
        if not images.has_groups:
            return None
        return float(np.isin(images.groups[self.test], images.groups[self.train]).mean())

    def summary(self, images: ImageSet, twins: Twins) -> FoldCounts:
        """The fold in numbers, as it stands in results.json."""
        near, alike = twins.count_leaked(self.train, self.test)
        return FoldCounts(
            protocol=self.protocol,
            seed=self.seed,
            fold=self.fold,
            train=images.count(self.train),
            test=images.count(self.test),
            shared_groups=self.shared_groups(images),
            near_duplicates=near,
            look_alikes=alike,
        )


def checked(images: ImageSet, folds: Iterable[Fold], remedy: Callable[[], str]) -> list[Fold]:
    """The folds, if every class has images on both sides of each.

    Args:
        remedy: Gives what to do where a class has none, as sentences.

    Raises:
        SplitError: A class has none.
    """
    folds = list(folds)
    for fold in folds:
        for side in ("train", "test"):
            _require_every_class(images, fold, side, remedy)
    return folds


def _require_every_class(
    images: ImageSet, fold: Fold, side: str, remedy: Callable[[], str]
) -> None:
    total = images.count()
    for name, count in images.count(getattr(fold, side)).items():
        if not count:
            raise SplitError(
                f"every class should have images for training and for testing; with seed "
                f"{fold.seed} the {side} part of fold {fold.fold} ({fold.protocol}) has no {name} "
                f"(of {total[name]} in all, {len(images)} images). {remedy()}"
            )
