"""Divides an image set into training and test images, reproducibly.

Every way of dividing returns folds that are disjoint, seeded and free of empty classes, or raises a
`SplitError` that names the class and the numbers. scikit-learn is imported where it divides: it
takes longer to load than the whole list of `python -m lib data`.
"""

from collections.abc import Sequence

import numpy as np

from lib.datasets.folds import Fold, SplitError, checked
from lib.datasets.images import ImageSet
from lib.datasets.official_split import missing_side
from lib.datasets.units import Units
from lib.settings import PROTOCOLS
from lib.words import listed

SPLIT_AT_RANDOM = """split at random (`-p protocols '["published"]'`)"""
Division = tuple[np.ndarray, np.ndarray]  # training rows, test rows


def divide(
    images: ImageSet,
    units: Units | None,
    *,
    protocols: Sequence[str],
    grouped_folds: int,
    test_share: float,
    stratified: bool,
    seeds: Sequence[int],
) -> list[Fold]:
    """The folds of every protocol, one protocol after another.

    - "published": as `split_published`.
    - "official": as `split_official`.
    - "grouped": as `split_grouped`, with as many folds as `test_share` goes into 1, but at most
      `grouped_folds` and no more than the rarest class has units; at least two. It is left out where
      no such split can be made and another protocol was asked for, too: `units.record` says why.

    Args:
        units: What must not straddle a grouped split; None where none is asked for.
        test_share, stratified: As for `split_published`.

    Raises:
        SplitError: As for these functions, or only a grouped split was asked for and `units.ids` is
            None.
        ValueError: Another protocol, or a grouped split without units.
    """
    folds = []
    for protocol in protocols:
        if protocol == "published":
            folds += split_published(
                images, test_share=test_share, stratified=stratified, seeds=seeds
            )
        elif protocol == "official":
            folds += split_official(images, seeds=seeds)
        elif protocol != "grouped":
            raise ValueError(
                f"`protocols` should be among {', '.join(PROTOCOLS)}; received {protocol!r}."
            )
        elif units is None:
            raise ValueError("`units` should be given for a grouped split; it is None.")
        elif units.ids is not None:
            number = min(grouped_folds, round(1 / test_share), _fewest(images, units.ids))
            folds += split_grouped(images, units.ids, folds=max(2, number), seeds=seeds)
        elif len(protocols) == 1:
            raise SplitError(
                f"no grouped split can be made of {images.name}: {units.record.hindrance}. Put a "
                f"groups.csv (columns path,group) beside the class folders, or ask for the published "
                f"protocol."
            )
    return folds


def split_published(
    images: ImageSet, *, test_share: float, stratified: bool, seeds: Sequence[int]
) -> list[Fold]:
    """One random split per seed, without regard to groups: what most papers do.

    Args:
        test_share: Share of the images that is tested on, in (0, 1).
        stratified: Whether every class is divided in the same proportion.

    Raises:
        SplitError: A class would have no image on one side; the message names it.
    """
    folds = _at_random(images, test_share, stratified, seeds)
    return checked(images, folds, lambda: _remedy(images, test_share, stratified, seeds))


def split_official(images: ImageSet, *, seeds: Sequence[int]) -> list[Fold]:
    """The split that the images' own folders or a table give, once per seed: train against test, else val.

    Where there are all three, val is left out: it is no training image and not the final test. A table
    may give several folds, each of which is a split of all images.

    Raises:
        SplitError: Some image has no split level, or fewer folds than others, or one side lacks a class,
            as it does in a folder of test images alone.
    """
    parts = images.table["part"].str.split()
    astray = images.count(np.flatnonzero(parts.str.len() < max(1, parts.str.len().max())))
    if any(astray.values()):
        without_level = ", ".join(
            f"{number} of {name}" for name, number in astray.items() if number
        )
        raise SplitError(
            f"an official split needs every image below train/, val/ or test/, or in a table of folds; "
            f"{without_level} are not. Move them, or {SPLIT_AT_RANDOM}."
        )
    side = missing_side(parts.explode())
    if side:
        raise SplitError(
            f"an official split needs images in train/ and others in test/ or val/; of the {len(images)} "
            f"images of {images.name} none is in {side}/. Add them, or {SPLIT_AT_RANDOM}."
        )
    folds = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(images))
        for number, of_fold in enumerate(zip(*parts, strict=True)):
            part = np.array(of_fold)[order]
            last = "test" if (part == "test").any() else "val"
            train, test = order[part == "train"], order[part == last]
            folds.append(Fold(protocol="official", seed=seed, fold=number, train=train, test=test))
    return checked(images, folds, lambda: f"Add images of it to that part, or {SPLIT_AT_RANDOM}.")


def split_grouped(
    images: ImageSet, units: np.ndarray, *, folds: int, seeds: Sequence[int]
) -> list[Fold]:
    """`folds` divisions per seed in which no unit straddles, stratified by class as far as units allow.

    Args:
        units: (images,) what must not straddle: `Units.ids`, or the images' groups.

    Raises:
        SplitError: A class has fewer units than there are folds, or is absent from one side.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    _require_units(images, units, folds)
    divided = []
    for seed in seeds:
        splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
        rng = np.random.default_rng(seed)
        for number, (train, test) in enumerate(splitter.split(images.labels, images.labels, units)):
            train, test = rng.permutation(train), rng.permutation(test)
            divided.append(Fold(protocol="grouped", seed=seed, fold=number, train=train, test=test))
    return checked(images, divided, lambda: "Give more images of it, other seeds, or fewer folds.")


def _fewest(images: ImageSet, units: np.ndarray) -> int:
    """Units of the class that has the fewest."""
    return min(len(np.unique(units[images.labels == label])) for label in set(images.labels))


def _remedy(images: ImageSet, test_share: float, stratified: bool, seeds: Sequence[int]) -> str:
    """What to do where a random split leaves out a class: to stratify, where trying it shows that it helps."""
    more = "Give more images of it, or ask for other seeds."
    if stratified:
        return more
    try:
        split_published(images, test_share=test_share, stratified=True, seeds=seeds)
    except SplitError:
        return more
    return (
        "Ask for `-p stratified True`, which divides every class alike, or give more images of it."
    )


def _at_random(
    images: ImageSet, test_share: float, stratified: bool, seeds: Sequence[int]
) -> list[Fold]:
    folds = []
    for seed in seeds:
        train, test = _random(images, test_share, stratified, seed)
        folds.append(Fold(protocol="published", seed=seed, fold=0, train=train, test=test))
    return folds


def _random(images: ImageSet, test_share: float, stratified: bool, seed: int) -> Division:
    from sklearn.model_selection import train_test_split

    single = [name for name, count in images.count().items() if count < 2]
    if stratified and single:
        has, them = ("has 1 image", "it") if len(single) == 1 else ("have 1 image each", "them")
        raise SplitError(
            f"a stratified split needs at least 2 images of every class; {listed(single)} {has} (of "
            f"{len(images)} images). Give more images of {them}."
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


def _require_units(images: ImageSet, units: np.ndarray, folds: int) -> None:
    """Every class needs as many units as there are folds."""
    for label, name in enumerate(images.classes):
        of_class = units[images.labels == label]
        number = len(np.unique(of_class))
        if number < folds:
            raise SplitError(
                f"{folds} folds need at least {folds} groups ({images.group_noun}) of every class; "
                f"{name} has {number} ({len(of_class)} images). Ask for at most {number} folds, or "
                f"give more of it."
            )
