"""Accuracy without the classes that other images stand in for, counted by hand."""

import pandas as pd
import pytest

from lib.evaluation.intervals import accuracy_score
from lib.evidence.stand_ins import own_class_records


def _rows(true: str, predicted: str, arm: str = "net", protocol: str = "published", seed: int = 0):
    """Test images: a letter of each for its class."""
    return pd.DataFrame(
        {
            "arm": arm,
            "protocol": protocol,
            "seed": seed,
            "path": [f"{number}.png" for number in range(len(true))],
            "group": "",
            "true": list(true),
            "predicted": list(predicted),
        }
    )


def test_images_of_a_class_that_others_stand_in_for_are_left_out_not_the_answers_that_name_it():
    """Of a and b 3 of 4 are right; one a is called c, the class that others stand in for."""
    rows = _rows("aabbcc", "acbbcc")
    (own,) = own_class_records(rows, {"c": ["d"]}, "cat")
    assert (own.arm, own.protocol, own.images) == ("net", "published", 4)
    assert own.accuracy == accuracy_score("net", "published", rows[:4], "cat")
    assert own.accuracy.mean == 3 / 4


def test_every_arm_and_protocol_has_one_with_its_images_per_seed():
    rows = pd.concat(
        [
            _rows("aac", "aac"),
            _rows("abbbc", "aaaac", seed=1),
            _rows("aac", "aaa", arm="other"),
            _rows("aac", "caa", protocol="grouped"),
        ]
    )
    found = own_class_records(rows, ["c"], "cat")
    assert [(own.arm, own.protocol, own.images) for own in found] == [
        ("net", "published", 3),
        ("other", "published", 2),
        ("net", "grouped", 2),
    ]
    assert found[0].accuracy.per_seed == [1, 1 / 4]


@pytest.mark.parametrize("stand_ins", [[], ["a", "c"], ["x"]])
def test_where_nothing_or_everything_stands_in_there_is_none(stand_ins):
    assert own_class_records(_rows("aacc", "aacc"), stand_ins, "cat") == []
