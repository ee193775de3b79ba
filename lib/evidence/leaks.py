"""Test images that share something with a training image: how many, and how much easier they are.

Reads tables, as `lib.evaluation.scores`.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from lib.evaluation import intervals
from lib.evaluation.metrics import square_and_add
from lib.evaluation.rows import Rows, Table, among
from lib.evidence.trained import trained_on
from lib.results import FOLD, Leak, SharedBy

# What a test image can share → the twins that count as that.
LEAKS: dict[SharedBy, tuple[str, ...]] = {
    "identical pixels": ("identical",),
    "near-duplicate": ("identical", "near"),
    "look-alike": ("identical", "near", "alike"),
}


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


def leak_records(tested: Table, splits: Table, group_noun: str, *, searched: bool) -> list[Leak]:
    """Accuracy on test images that share something with a training image, and on the others.

    What was not looked at has its record, too, without a number.
    """
    tested, splits = Rows.of(tested), Rows.of(splits)
    has_groups = bool((splits["group"] != "").all())
    looked: dict[SharedBy, bool] = {"look-alike": searched, "group": has_groups}
    unseen = [by for by, seen in looked.items() if not seen]
    of_training = trained_on(tested, splits, "group") if has_groups else {}
    trained = {fold: set(groups.tolist()) for fold, groups in of_training.items()}
    leaks = []
    for (arm, protocol), rows in tested.by("arm", "protocol"):
        _, seed = np.unique(rows["seed"], return_inverse=True)
        shares = {by: among(rows["twin"], twins) for by, twins in LEAKS.items() if by not in unseen}
        if has_groups:
            shares["group"] = _has_trained_sibling(rows, trained)
        for by, shared in shares.items():
            sharing, others = (
                intervals.accuracy_score(arm, protocol, rows.only(side), group_noun)
                if side.any()
                else None
                for side in (shared, ~shared)
            )
            leaks.append(
                Leak(
                    arm=arm,
                    protocol=protocol,
                    by=by,
                    share=float(np.mean(np.bincount(seed, shared) / np.bincount(seed))),
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
    rows: Rows, trained: Mapping[tuple[str, int, int], Collection[str]]
) -> np.ndarray:
    """(rows,) bool: whether an image of the group was trained on in the row's fold."""
    columns = (rows[name].tolist() for name in (*FOLD, "group"))
    return np.array([group in trained[tuple(fold)] for *fold, group in zip(*columns, strict=True)])
