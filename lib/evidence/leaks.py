"""Test images that share something with a training image: how many, and how much easier they are.

Reads tables, as `lib.evaluation.scores`.
"""

import pandas as pd

from lib.evaluation import intervals
from lib.results import Leak, fold_name

LEAKS = {  # what a test image can share → the twins that count as that
    "identical pixels": ("identical",),
    "near-duplicate": ("identical", "near"),
    "look-alike": ("identical", "near", "alike"),
}


def leak_records(
    tested: pd.DataFrame, splits: pd.DataFrame, group_noun: str, *, searched: bool
) -> list[Leak]:
    """Accuracy on test images that share something with a training image, and on the others.

    What was not looked at has its record, too, without a number.
    """
    has_groups = bool((splits["group"] != "").all())
    unseen = [by for by, seen in (("look-alike", searched), ("group", has_groups)) if not seen]
    leaks = []
    for (arm, protocol), rows in tested.groupby(["arm", "protocol"], sort=False):
        shares = {by: rows["twin"].isin(twins) for by, twins in LEAKS.items() if by not in unseen}
        if has_groups:
            shares["group"] = _has_trained_sibling(rows, splits)
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


def _has_trained_sibling(rows: pd.DataFrame, splits: pd.DataFrame) -> pd.Series:
    """(rows,) bool: whether an image of the group was trained on in the row's fold."""
    trained = {}
    for fold in rows[["protocol", "seed", "fold"]].drop_duplicates().itertuples(index=False):
        trained[tuple(fold)] = set(splits.loc[splits[fold_name(*fold)] == "train", "group"])
    keys = rows[["protocol", "seed", "fold", "group"]].itertuples(index=False)
    return pd.Series([group in trained[tuple(fold)] for *fold, group in keys], index=rows.index)
