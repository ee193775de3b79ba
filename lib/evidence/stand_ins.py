"""Accuracy without the classes that other images stand in for.

Reads tables, as `lib.evaluation.scores`.
"""

from collections.abc import Collection

from lib.evaluation.intervals import accuracy_score
from lib.evaluation.rows import Rows, Table, among
from lib.results import OwnClasses


def own_class_records(
    tested: Table, stand_ins: Collection[str], group_noun: str
) -> list[OwnClasses]:
    """One for every arm and variant under every protocol; none where nothing stands in.

    Args:
        tested: Rows as in predictions.csv, of test images.
        stand_ins: Classes that are made of another's images, as the names in `ImageFacts.stand_ins`.
        group_noun: What a group is, for the name of the method.
    """
    tested = Rows.of(tested)
    own = tested.only(~among(tested["true"], stand_ins))
    if len(own) in (0, len(tested)):
        return []
    return [
        OwnClasses(
            arm=arm,
            protocol=protocol,
            images=len(rows) / rows.count("seed"),
            accuracy=accuracy_score(arm, protocol, rows, group_noun),
        )
        for (arm, protocol), rows in own.by("arm", "protocol")
    ]
