"""The tables of trained arms: a row an epoch, a row a test image, counted by hand."""

from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest

from lib import outcomes
from lib.data import Fold, ImageSet

# Probabilities of a, b, c for test images 4, 1, 3, whose classes are b, b, a; the first and the
# third are right.
PROBABILITIES = np.float32([[0.1, 0.7, 0.2], [0.25, 0.25, 0.5], [0.9, 0.1, 0.0]])


@pytest.fixture
def images() -> ImageSet:
    """Six images of the classes a, b, c, a, b, c, two to a group."""
    made = made_up.image_set(number=6)
    made.table["group"] = ["g1", "g1", "g2", "g2", "g3", "g3"]
    return made


# Of the training images 5, 0, 2, whose classes are c, a, c; the last is wrong.
ON_TRAINING = np.float32([[0.1, 0.1, 0.8], [0.6, 0.4, 0.0], [0.0, 0.7, 0.3]])


def trained(
    arm: str, seed: int, folds: int = 1, on_training: np.ndarray | None = None
) -> SimpleNamespace:
    """What `training.train` returns, as far as tables are made of it: two epochs a fold."""
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "accuracy": [1 / 3, 2 / 3],
            "loss": [1.25, 0.5],
            "val_accuracy": [0.5, 0.75],
            "val_loss": [2.0, 1.0],
        }
    )
    fits = [
        SimpleNamespace(
            fold=Fold(
                protocol="published",
                seed=seed,
                fold=number,
                train=np.array([5, 0, 2]),
                test=np.array([4, 1, 3]),
            ),
            history=history,
            probabilities=PROBABILITIES,
            on_training=on_training,
        )
        for number in range(folds)
    ]
    return SimpleNamespace(model=SimpleNamespace(arm=arm), fits=fits)


def test_history_has_a_row_an_epoch_of_every_fit():
    table = outcomes.history([trained("one", 0, folds=2), trained("two", 7)])
    assert list(table) == [
        *("arm", "protocol", "seed", "fold"),
        *("epoch", "accuracy", "loss", "val_accuracy", "val_loss"),
    ]
    assert table["arm"].tolist() == ["one"] * 4 + ["two"] * 2
    assert table["seed"].tolist() == [0, 0, 0, 0, 7, 7]
    assert table["fold"].tolist() == [0, 0, 1, 1, 0, 0]
    assert table["epoch"].tolist() == [1, 2, 1, 2, 1, 2]
    assert table["loss"].tolist() == [1.25, 0.5] * 3
    assert table["accuracy"].tolist() == [0.333333, 0.666667] * 3  # six decimals
    assert table.index.tolist() == list(range(6))


def test_predictions_have_a_row_a_test_image_of_every_fit(images):
    table = outcomes.predictions(images, [trained("one", 0), trained("two", 7)])
    assert list(table) == [
        *("arm", "protocol", "seed", "fold", "part", "path", "group", "true", "predicted"),
        *("a", "b", "c"),
    ]
    assert table["arm"].tolist() == ["one"] * 3 + ["two"] * 3
    assert set(table["part"]) == {"test"}
    assert table["path"].tolist() == ["4.png", "1.png", "3.png"] * 2
    assert table["group"].tolist() == ["g3", "g1", "g2"] * 2
    assert table["true"].tolist() == ["b", "b", "a"] * 2
    assert table["predicted"].tolist() == ["b", "c", "a"] * 2
    assert table.index.tolist() == list(range(6))


def test_training_images_have_rows_of_their_own_behind_the_test_images_of_their_fit(images):
    arms = [trained("one", 0, folds=2, on_training=ON_TRAINING), trained("two", 7)]
    table = outcomes.predictions(images, arms)
    assert table["arm"].tolist() == ["one"] * 12 + ["two"] * 3
    assert table["fold"].tolist() == [0] * 6 + [1] * 6 + [0] * 3
    assert table["part"].tolist() == (["test"] * 3 + ["train"] * 3) * 2 + ["test"] * 3
    seen = table[table["part"] == "train"]
    assert seen["path"].tolist() == ["5.png", "0.png", "2.png"] * 2
    assert seen["group"].tolist() == ["g3", "g1", "g2"] * 2
    assert seen["true"].tolist() == ["c", "a", "c"] * 2
    assert seen["predicted"].tolist() == ["c", "a", "b"] * 2
    assert seen["b"].tolist() == [0.1, 0.4, 0.7] * 2
    assert table.index.tolist() == list(range(15))


def test_probabilities_are_rounded_to_six_decimals(images):
    table = outcomes.predictions(images, [trained("one", 0)])
    assert table["b"].tolist() == [0.7, 0.25, 0.1]  # not 0.699999988
    assert table["a"].tolist() == [0.1, 0.25, 0.9]


def test_the_tables_do_not_change_what_they_are_made_of(images):
    arm = trained("one", 0)
    before = arm.fits[0].history.copy()
    outcomes.history([arm])
    outcomes.predictions(images, [arm])
    pd.testing.assert_frame_equal(arm.fits[0].history, before)
