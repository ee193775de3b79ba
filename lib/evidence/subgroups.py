"""Scores of subgroups: images divided by what their paths tell beside class and group, and which lie apart.

Reads tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from lib.evaluation.intervals import TOO_FEW_GROUPS, accuracy_score, clusters
from lib.evaluation.rows import Rows, Table
from lib.papers.declare import Attribute, Paper
from lib.results import Score, Subgroup

Side = Literal["lower", "higher", ""]


def attribute_values(
    attributes: Sequence[Attribute], paths: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Name of the attribute → path → its value; without the paths that do not tell it."""
    known = list(dict.fromkeys(paths))
    return {
        attribute.name: {path: value for path in known if (value := attribute.value_of(path))}
        for attribute in attributes
    }


def subgroup_scores(paper: Paper, predictions: Table, group_noun: str) -> list[Subgroup]:
    """Accuracy on the test images of every value of the paper's attributes, by arm and protocol.

    An attribute of which only one value occurs divides nothing and is left out. Of a value, a seed
    that tested none of its images is left out.

    Args:
        predictions: Rows as in predictions.csv: arm, protocol, seed, fold, part, path, group, true,
            predicted.
        group_noun: What a group is, for the name of the method.

    Returns:
        By attribute and value in the order of their declaration (a value that is not declared
        behind those, by name), then by arm and protocol in the order of the table.
    """
    predictions = Rows.of(predictions)
    test = predictions.only(predictions["part"] == "test")
    paths, subgroups = test["path"].tolist(), list[Subgroup]()
    for name, values in attribute_values(paper.dataset.subgroups, paths).items():
        value_of_row = np.array([values.get(path) for path in paths])
        order = _ordered(paper, name, set(values.values()))
        if len(order) > 1:
            for value in order:
                subgroups += _subgroup(name, value, test.only(value_of_row == value), group_noun)
    return subgroups


def _ordered(paper: Paper, name: str, values: set[str]) -> list[str]:
    attribute = next(known for known in paper.dataset.subgroups if known.name == name)
    declared = dict.fromkeys(attribute.labels.values())
    return [*(value for value in declared if value in values), *sorted(values - set(declared))]


def _subgroup(name: str, value: str, rows: Rows, group_noun: str) -> Iterator[Subgroup]:
    for (arm, protocol), of_arm in rows.by("arm", "protocol"):
        groups, known = clusters(of_arm)
        yield Subgroup(
            name=name,
            value=value,
            images=of_arm.count("path"),
            groups=len(np.unique(groups)) if known else None,
            accuracy=accuracy_score(arm, protocol, of_arm, group_noun),
        )


def is_judged(subgroup: Subgroup) -> bool:
    """Whether its interval may be relied upon: it has enough groups, or groups are unknown."""
    return subgroup.groups is None or subgroup.groups >= TOO_FEW_GROUPS


def side_of(subgroup: Subgroup, whole: Score) -> Side:
    """On which side of all test images a subgroup lies; "" where that cannot be told.

    Their intervals must not overlap: a strict rule, since among many subgroups some stray by chance.
    """
    if not is_judged(subgroup):
        return ""
    if subgroup.accuracy.high < whole.low:
        return "lower"
    return "higher" if subgroup.accuracy.low > whole.high else ""
