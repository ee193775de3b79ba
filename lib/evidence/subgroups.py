"""Scores of subgroups: images divided by what their paths tell beside class and group. Reads tables."""

import re
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from lib.evaluation.intervals import accuracy, clusters
from lib.papers.declare import Attribute, Paper
from lib.results import Subgroup


def of_paths(attributes: Sequence[Attribute], paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """Name of the attribute → path → its value; without the paths that do not tell it."""
    known = list(dict.fromkeys(paths))
    return {
        one.name: {path: value for path in known if (value := _value(one, path))}
        for one in attributes
    }


def subgroups(paper: Paper, predictions: pd.DataFrame, group_noun: str) -> list[Subgroup]:
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
    test = predictions[predictions["part"] == "test"]
    found = []
    for name, values in of_paths(paper.dataset.subgroups, test["path"]).items():
        told = test["path"].map(values)
        order = _ordered(paper, name, set(values.values()))
        if len(order) > 1:
            for value in order:
                found += _of_value(name, value, test[told == value], group_noun)
    return found


def _value(attribute: Attribute, path: str) -> str:
    match = re.search(attribute.pattern, path)
    told = match.group(1) if match else ""
    return attribute.labels.get(told.lower(), told)


def _ordered(paper: Paper, name: str, values: set[str]) -> list[str]:
    attribute = next(one for one in paper.dataset.subgroups if one.name == name)
    declared = dict.fromkeys(attribute.labels.values())
    return [*(one for one in declared if one in values), *sorted(values - set(declared))]


def _of_value(name: str, value: str, rows: pd.DataFrame, group_noun: str) -> Iterator[Subgroup]:
    for (arm, protocol), of_arm in rows.groupby(["arm", "protocol"], sort=False):
        groups, known = clusters(of_arm)
        yield Subgroup(
            name=name,
            value=value,
            images=of_arm["path"].nunique(),
            groups=len(set(groups)) if known else None,
            accuracy=accuracy(arm, protocol, of_arm, group_noun),
        )
