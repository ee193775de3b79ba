"""How much of a difference between the protocols their numbers of training images explain."""

import pandas as pd

from lib.evaluation.intervals import accuracy_score
from lib.evidence.comparisons import compare
from lib.results import SizeControl, fold_name

FEWER = "fewer training images"  # what an arm is compared with: itself, trained on these
PLACE = ["protocol", "seed", "fold"]


def size_records(
    fewer: pd.DataFrame, tested: pd.DataFrame, splits: pd.DataFrame, group_noun: str
) -> list[SizeControl]:
    """One for every arm that was trained again on fewer images.

    Args:
        fewer: Rows as in evidence.csv, of kind "size".
        tested: Rows as in predictions.csv, of test images.
        splits: As splits.csv.
        group_noun: What a group is, for the names of methods.
    """
    records = []
    for arm, rows in fewer.groupby("arm", sort=False):
        fits = rows.drop_duplicates(PLACE)
        left = fits["name"].str.partition("=")[2].astype(int)
        whole = [(splits[fold_name(*place)] == "train").sum() for place in fits[PLACE].to_numpy()]
        as_run = tested[tested["arm"] == arm].merge(fits[PLACE])
        both = pd.concat([as_run, rows.assign(arm=FEWER)], ignore_index=True)
        (difference,) = compare([(arm, FEWER)], both, group_noun)
        records.append(
            SizeControl(
                arm=arm,
                images=float(left.mean()),
                of_images=float(pd.Series(whole).mean()),
                accuracy=accuracy_score(arm, "published", rows, group_noun),
                difference=difference,
            )
        )
    return records
