"""How much of a difference between the protocols their numbers of training images explain."""

import numpy as np

from lib.evaluation.intervals import accuracy_score
from lib.evaluation.rows import Rows, Table, joined
from lib.evidence.comparisons import compare
from lib.evidence.trained import trained_on
from lib.results import ANSWER, FOLD, SizeControl

FEWER = "fewer training images"  # what an arm is compared with: itself, trained on these


def size_records(fewer: Table, tested: Table, splits: Table, group_noun: str) -> list[SizeControl]:
    """One for every arm that was trained again on fewer images.

    Args:
        fewer: Rows as in evidence.csv, of kind "size".
        tested: Rows as in predictions.csv, of test images.
        splits: As splits.csv.
        group_noun: What a group is, for the names of methods.
    """
    records, tested, splits = [], Rows.of(tested), Rows.of(splits)
    for arm, rows in Rows.of(fewer).by("arm"):
        names = {place: of_fit["name"][0] for place, of_fit in rows.by(*FOLD)}
        left = np.array([name.partition("=")[2] for name in names.values()], object).astype(int)
        whole = [len(paths) for paths in trained_on(rows, splits, "path").values()]
        own = tested.only(tested["arm"] == arm)
        as_run = [of_fit for place, of_fit in own.by(*FOLD) if place in names]
        both = joined([*as_run, rows], ANSWER)
        both["arm"] = np.repeat(np.array([arm, FEWER], object), [sum(map(len, as_run)), len(rows)])
        (difference,) = compare([(arm, FEWER)], both, group_noun)
        records.append(
            SizeControl(
                arm=arm,
                images=float(left.mean()),
                of_images=float(np.mean(whole)),
                accuracy=accuracy_score(arm, "published", rows, group_noun),
                difference=difference,
            )
        )
    return records
