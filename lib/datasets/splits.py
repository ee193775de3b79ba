"""Divides an image set into training and test images, reproducibly.

Every way of dividing returns folds that are disjoint, seeded and free of empty classes, or raises a
`SplitError` that names the class and the numbers. scikit-learn is imported where it divides: it
takes longer to load than the whole list of `python -m lib data`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lib.datasets.errors import SplitError
from lib.datasets.folds import Fold, checked
from lib.datasets.grouping import Units
from lib.datasets.images import ImageSet

Division = tuple[np.ndarray, np.ndarray]  # training rows, test rows


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
    folds = [
        Fold(protocol="published", seed=seed, fold=0, train=train, test=test)
        for seed in seeds
        for train, test in [_random(images, test_share, stratified, seed)]
    ]
    return checked(images, folds)


def divide(
    images: ImageSet,
    units: Units,
    *,
    protocols: Sequence[str],
    grouped_folds: int,
    test_share: float,
    stratified: bool,
    seeds: Sequence[int],
) -> list[Fold]:
    """The folds of every protocol: "published" as `split`, "grouped" as `grouped`.

    The latter with as many folds as `test_share` goes into 1, but at most `grouped_folds` and no more than
    the rarest class has units; at least two. It is left out where no such split can be made and
    another protocol was asked for, too: `units.record` says why.

    Args:
        units: What must not straddle a grouped split.
        test_share, stratified, seeds: As for `split`.

    Raises:
        SplitError: As for `split` and `grouped`, or only a grouped split was asked for and
            `units.of` is None.
        ValueError: Another protocol.
    """
    found = []
    for protocol in protocols:
        if protocol == "published":
            found += split(images, test_share=test_share, stratified=stratified, seeds=seeds)
        elif protocol != "grouped":
            raise ValueError(
                f"`protocols` should be among published, grouped; received {protocol!r}."
            )
        elif units.of is not None:
            number = min(grouped_folds, round(1 / test_share), _fewest(images, units.of))
            found += grouped(images, folds=max(2, number), seeds=seeds, units=units.of)
        elif len(protocols) == 1:
            raise SplitError(
                f"no grouped split can be made of {images.name}: {units.record.hindrance}. Put a "
                f"groups.csv (columns path,group) beside the class folders, or ask for the published "
                f"protocol."
            )
    return found


def _fewest(images: ImageSet, units: np.ndarray) -> int:
    """Units of the class that has the fewest."""
    return min(len(np.unique(units[images.labels == one])) for one in set(images.labels))


def official(images: ImageSet, *, seeds: Sequence[int]) -> list[Fold]:
    """The split that the images' own folders give, once a seed: train/ against test/, else val/.

    Where there are all three, val/ is left out: it is no training image and not the final test.

    Raises:
        SplitError: Some image's folder gives no split level, or one side lacks a class.
    """
    part = images.table["part"].to_numpy()
    astray = images.count(np.flatnonzero(part == ""))
    if any(astray.values()):
        listed = ", ".join(f"{number} of {name}" for name, number in astray.items() if number)
        raise SplitError(
            f"an official split needs every image below train/, val/ or test/; {listed} lie "
            f"below none of them. Move them, or split at random."
        )
    last = "test" if (part == "test").any() else "val"
    folds = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(images))
        train, test = order[part[order] == "train"], order[part[order] == last]
        folds.append(Fold(protocol="official", seed=seed, fold=0, train=train, test=test))
    return checked(images, folds)


def k_fold(
    images: ImageSet,
    *,
    folds: int,
    stratified: bool,
    seeds: Sequence[int],
    rows: np.ndarray | None = None,
) -> list[Fold]:
    """`folds` divisions a seed, without regard to groups: every image is tested on once.

    Args:
        rows: Divide only these rows of `images.table` (as the training part of an official split,
            whose test part then stays untouched); all by default.

    Raises:
        SplitError: A class has fewer images than there are folds, or is absent from one side.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    if stratified:
        _require_units(images, rows, folds, np.arange(len(images)), "images")
    kind = StratifiedKFold if stratified else KFold
    return _cross_validated(images, "k-fold", kind, folds, seeds, rows, groups=None)


def grouped(
    images: ImageSet,
    *,
    folds: int,
    seeds: Sequence[int],
    rows: np.ndarray | None = None,
    units: np.ndarray | None = None,
) -> list[Fold]:
    """`folds` divisions a seed in which no group straddles, stratified by class as far as groups allow.

    Args:
        rows: As for `k_fold`.
        units: (images,) what must not straddle instead of the groups, as `Units.of`.

    Raises:
        SplitError: Groups are unknown, or a class has fewer groups than there are folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if units is None:
        _require_groups(images)
        units = images.groups
    _require_units(images, rows, folds, units, f"groups ({images.group_noun})")
    return _cross_validated(
        images, "grouped", StratifiedGroupKFold, folds, seeds, rows, groups=units
    )


def grouped_split(images: ImageSet, *, test_share: float, seeds: Sequence[int]) -> list[Fold]:
    """One division a seed in which no group straddles: one fold of as many as `test_share` goes into 1.

    Raises:
        SplitError: As for `grouped`.
    """
    folds = max(2, round(1 / test_share))
    return [one for one in grouped(images, folds=folds, seeds=seeds) if one.fold == 0]


def _random(images: ImageSet, test_share: float, stratified: bool, seed: int) -> Division:
    from sklearn.model_selection import train_test_split

    single = [name for name, count in images.count().items() if count < 2]
    if stratified and single:
        raise SplitError(
            f"a stratified split needs at least 2 images of every class; {', '.join(single)} has 1 of "
            f"{len(images)} images. Give more images of it."
        )
    try:
        return train_test_split(
            np.arange(len(images)),
            test_size=test_share,
            random_state=seed,
            stratify=images.labels if stratified else None,
        )
    except ValueError as error:
        raise SplitError(
            f"{len(images)} images ({images.count()}) cannot be split with seed {seed}: {error}"
        ) from error


def _cross_validated(
    images: ImageSet,
    protocol: str,
    kind: Callable,
    folds: int,
    seeds: Sequence[int],
    rows: np.ndarray | None,
    groups: np.ndarray | None,
) -> list[Fold]:
    rows = np.arange(len(images)) if rows is None else np.sort(rows)
    if not 2 <= folds <= len(rows):
        raise SplitError(
            f"`folds` should be from 2 to the number of images, {len(rows)}; received {folds}."
        )
    found = []
    for seed in seeds:
        divided = kind(n_splits=folds, shuffle=True, random_state=seed).split(
            rows, images.labels[rows], None if groups is None else groups[rows]
        )
        rng = np.random.default_rng(seed)
        for number, (train, test) in enumerate(divided):
            train, test = rng.permutation(rows[train]), rng.permutation(rows[test])
            found.append(Fold(protocol=protocol, seed=seed, fold=number, train=train, test=test))
    return checked(images, found)


def _require_groups(images: ImageSet) -> None:
    if not images.has_groups:
        raise SplitError(
            f"a grouped split needs to know which images belong together; {images.name} does not "
            f"tell. Put a groups.csv (columns path,group) beside the class folders, or split by image."
        )


def _require_units(
    images: ImageSet, rows: np.ndarray | None, folds: int, units: np.ndarray, noun: str
) -> None:
    """Every class needs as many units (images, groups) as there are folds."""
    rows = np.arange(len(images)) if rows is None else rows
    labels = images.labels[rows]
    for label, name in enumerate(images.classes):
        there = len(np.unique(units[rows][labels == label]))
        if there < folds:
            raise SplitError(
                f"{folds} folds need at least {folds} {noun} of every class; {name} has {there} "
                f"({(labels == label).sum()} images). Ask for at most {there} folds, or give more of it."
            )
