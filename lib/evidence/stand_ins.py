"""Accuracy without the classes that other images stand in for.

Reads tables, as `lib.evaluation.scores`.
"""

from collections.abc import Collection

import pandas as pd

from lib.evaluation.intervals import accuracy_score
from lib.results import OwnClasses


def own_class_records(
    tested: pd.DataFrame, stand_ins: Collection[str], group_noun: str
) -> list[OwnClasses]:
    """One for every arm and variant under every protocol; none where nothing stands in.

    Args:
        tested: Rows as in predictions.csv, of test images.
        stand_ins: Classes that are made of another's images, as the names in `ImageFacts.stand_ins`.
        group_noun: What a group is, for the name of the method.
    """
    own = tested[~tested["true"].isin(stand_ins)]
    if len(own) in (0, len(tested)):
        return []
    return [
        OwnClasses(
            arm=arm,
            protocol=protocol,
            images=len(rows) / rows["seed"].nunique(),
            accuracy=accuracy_score(arm, protocol, rows, group_noun),
        )
        for (arm, protocol), rows in own.groupby(["arm", "protocol"], sort=False)
    ]
