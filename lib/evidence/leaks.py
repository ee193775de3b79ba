"""Test images that share something with a training image: how many, and how much easier they are.

Reads tables, as `lib.evaluation.scores`.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from lib.evaluation import intervals
from lib.evaluation.metrics import square_and_add
from lib.results import Leak, SharedBy, fold_name

# What a test image can share → the twins that count as that.
LEAKS: dict[SharedBy, tuple[str, ...]] = {
    "identical pixels": ("identical",),
    "near-duplicate": ("identical", "near"),
    "look-alike": ("identical", "near", "alike"),
}


FOLD = ("protocol", "seed", "fold")  # the columns that name one


class Ease(NamedTuple):
    """Accuracy on images that share something less that on the others, with its 95 % interval.

    The two are taken as independent. Where a group has images on both sides they are not, and the interval
    is rather too wide.
    """

    mean: float
    low: float
    high: float


def ease(leak: Leak) -> Ease | None:
    """How much easier images are that share something; None where one side has no images."""
    if leak.sharing is None or leak.others is None:
        return None
    sides = [(score.mean, score.low, score.high) for score in (leak.sharing, leak.others)]
    return Ease(leak.sharing.mean - leak.others.mean, *square_and_add(*sides))


def is_easier(leak: Leak) -> bool:
    """Whether images that share something are shown to be easier: the interval of `ease` lies above 0.

    Of too few groups on either side nothing is shown.
    """
    apart = ease(leak)
    sides = [side for side in (leak.sharing, leak.others) if side is not None]
    if apart is None or any(map(intervals.has_too_few, sides)):
        return False
    return apart.low > 0


def leak_records(
    tested: pd.DataFrame, splits: pd.DataFrame, group_noun: str, *, searched: bool
) -> list[Leak]:
    """Accuracy on test images that share something with a training image, and on the others.

    What was not looked at has its record, too, without a number.
    """
    has_groups = bool((splits["group"] != "").all())
    looked: dict[SharedBy, bool] = {"look-alike": searched, "group": has_groups}
    unseen = [by for by, seen in looked.items() if not seen]
    trained = _trained_groups(tested, splits) if has_groups else {}
    leaks = []
    for (arm, protocol), rows in tested.groupby(["arm", "protocol"], sort=False):
        shares = {by: rows["twin"].isin(twins) for by, twins in LEAKS.items() if by not in unseen}
        if has_groups:
            shares["group"] = _has_trained_sibling(rows, trained)
        for by, shared in shares.items():
            sharing, others = (
                intervals.accuracy_score(arm, protocol, rows[side], group_noun)
                if side.any()
                else None
                for side in (shared, ~shared)
            )
            leaks.append(
                Leak(
                    arm=arm,
                    protocol=protocol,
                    by=by,
                    share=float(shared.groupby(rows["seed"]).mean().mean()),
                    sharing=sharing,
                    others=others,
                )
            )
        leaks += [
            Leak(arm=arm, protocol=protocol, by=by, share=None, sharing=None, others=None)
            for by in unseen
        ]
    return leaks


def _has_trained_sibling(
    rows: pd.DataFrame, trained: Mapping[tuple[str, int, int], set[str]]
) -> pd.Series:
    """(rows,) bool: whether an image of the group was trained on in the row's fold."""
    columns = (rows[name].to_numpy(object) for name in (*FOLD, "group"))
    shared = [group in trained[tuple(fold)] for *fold, group in zip(*columns, strict=True)]
    return pd.Series(shared, index=rows.index)


def _trained_groups(
    tested: pd.DataFrame, splits: pd.DataFrame
) -> dict[tuple[str, int, int], set[str]]:
    """Fold → the groups that it trains on."""
    groups = splits["group"].to_numpy(object)
    folds = dict.fromkeys(zip(*(tested[name].to_numpy(object) for name in FOLD), strict=True))
    return {
        fold: set(groups[splits[fold_name(*fold)].to_numpy(object) == "train"]) for fold in folds
    }
