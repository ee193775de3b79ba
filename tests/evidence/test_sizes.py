"""How much the number of training images explains: counted by hand."""

import pandas as pd
import pytest

from lib.evidence.sizes import size_records


def _rows(right: str, seed: int, **more) -> pd.DataFrame:
    """Test images of the published split: "+" is right."""
    return pd.DataFrame(
        {
            **{"arm": "net", "protocol": "published", "seed": seed, "fold": 0} | more,
            "path": [f"{number}.png" for number in range(len(right))],
            "group": "",
            "true": "cat",
            "predicted": ["cat" if sign == "+" else "dog" for sign in right],
        }
    )


def _fewer(right: str, images: int, seed: int, arm: str = "net") -> pd.DataFrame:
    return _rows(right, seed, arm=arm, kind="size", name=f"training images={images}")


SPLITS = pd.DataFrame(
    {
        "path": [f"{number}.png" for number in range(12)],
        "published 0 0": ["train"] * 8 + ["test"] * 4,
        "published 1 0": ["train"] * 7 + ["test"] * 5,
        "published 2 0": ["train"] * 6 + ["test"] * 6,
    }
)
TESTED = pd.concat(
    [_rows("++++", 0), _rows("+++-", 1), _rows("----", 2), _rows("----", 0, protocol="grouped")]
)


def test_an_arm_is_held_against_itself_with_the_same_seeds():
    fewer = pd.concat([_fewer("++--", 4, 0), _fewer("++--", 5, 1)])
    (control,) = size_records(fewer, TESTED, SPLITS, "patient")
    assert (control.arm, control.images, control.of_images) == ("net", 4.5, 7.5)
    assert control.accuracy.per_seed == [0.5, 0.5]
    assert control.difference.per_seed == [0.5, 0.25]
    assert control.difference.mean == pytest.approx(0.375)
    assert control.difference.low < 0.375 < control.difference.high


def test_every_arm_that_was_trained_again_has_its_own():
    other = TESTED.assign(arm="other")
    fewer = pd.concat([_fewer("++--", 4, 0), _fewer("+---", 4, 0, arm="other")])
    controls = size_records(fewer, pd.concat([TESTED, other]), SPLITS, "patient")
    assert [(control.arm, control.accuracy.mean) for control in controls] == [
        ("net", 0.5),
        ("other", 0.25),
    ]


def test_without_such_a_training_there_is_none():
    assert size_records(_fewer("", 4, 0), TESTED, SPLITS, "patient") == []
