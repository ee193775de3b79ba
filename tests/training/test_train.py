"""The tables of a run: a row an epoch, a row a test image, a row a piece of evidence, counted by hand."""

from dataclasses import replace
from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest

from lib.datasets import ControlSet, Fold, ImageSet, Twins, tables
from lib.training import train

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


def twins(*pairs: tuple[int, int], identical: tuple[int, ...] = ()) -> Twins:
    """Pairs of rows; those at the places `identical` are the same pixel for pixel."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=int).assign(distance=0)
    return Twins(pairs=table.assign(identical=table.index.isin(identical)), limit=7)


NONE = twins()


def fold(seed: int, number: int = 0) -> Fold:
    return Fold(
        protocol="published",
        seed=seed,
        fold=number,
        train=np.array([5, 0, 2]),
        test=np.array([4, 1, 3]),
    )


def trained(
    arm: str,
    seed: int,
    folds: int = 1,
    on_training: np.ndarray | None = None,
    controls: dict[str, np.ndarray] | None = None,
) -> SimpleNamespace:
    """What `training.train_arm` returns, as far as tables are made of it: two epochs a fold."""
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
            fold=fold(seed, number),
            history=history,
            probabilities=PROBABILITIES,
            on_training=on_training,
            controls=controls or {},
        )
        for number in range(folds)
    ]
    return SimpleNamespace(model=SimpleNamespace(arm=arm), fits=fits)


def test_history_has_a_row_an_epoch_of_every_fit():
    table = train.history([trained("one", 0, folds=2), trained("two", 7)])
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
    table = train.predictions(images, NONE, [trained("one", 0), trained("two", 7)])
    assert list(table) == [
        *("arm", "protocol", "seed", "fold", "part", "twin", "path", "group", "true", "predicted"),
        *("a", "b", "c"),
    ]
    assert table["arm"].tolist() == ["one"] * 3 + ["two"] * 3
    assert set(table["part"]) == {"test"}
    assert set(table["twin"]) == {""}
    assert table["path"].tolist() == ["4.png", "1.png", "3.png"] * 2
    assert table["group"].tolist() == ["g3", "g1", "g2"] * 2
    assert table["true"].tolist() == ["b", "b", "a"] * 2
    assert table["predicted"].tolist() == ["b", "c", "a"] * 2
    assert table.index.tolist() == list(range(6))


def test_training_images_have_rows_of_their_own_behind_the_test_images_of_their_fit(images):
    arms = [trained("one", 0, folds=2, on_training=ON_TRAINING), trained("two", 7)]
    table = train.predictions(images, NONE, arms)
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


def test_a_test_image_tells_whether_its_picture_was_trained_on(images):
    """1 and 2 are the same, 3 and 5 alike; 4 is like 1 and 3, which are tested on as it is."""
    pairs = twins((1, 2), (3, 5), (1, 4), (3, 4), identical=(0, 2))
    arms = [trained("one", 0, folds=2, on_training=ON_TRAINING), trained("two", 7)]
    table = train.predictions(images, pairs, arms)
    tested = table[table["part"] == "test"]
    assert tested["path"].tolist() == ["4.png", "1.png", "3.png"] * 3
    assert tested["twin"].tolist() == ["", "identical", "near"] * 3
    # Of training images it tells nothing: each would be its own twin.
    assert set(table.loc[table["part"] == "train", "twin"]) == {""}


def test_every_fold_has_its_own_twins(images):
    """1 is a twin of 2: tested on in one fold, trained on in the other."""
    arm = trained("one", 0, folds=2)
    arm.fits[1].fold = replace(
        arm.fits[1].fold, train=np.array([1, 4, 3]), test=np.array([5, 0, 2])
    )
    table = train.predictions(images, twins((1, 2)), [arm])
    assert table.loc[table["twin"] == "near", ["fold", "path"]].values.tolist() == [
        [0, "1.png"],
        [1, "2.png"],
    ]


# Evidence


COLUMNS = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]


def test_evidence_has_a_row_a_test_image(images):
    called = np.array(["b", "c", "a"])
    table = tables.evidence("probe", "colour", "", images, fold(7, 2), called)
    assert table.values.tolist() == [
        ["probe", "colour", "", "published", 7, 2, "4.png", "g3", "b", "b"],
        ["probe", "colour", "", "published", 7, 2, "1.png", "g1", "b", "c"],
        ["probe", "colour", "", "published", 7, 2, "3.png", "g2", "a", "a"],
    ]
    assert list(table) == COLUMNS == tables.EVIDENCE


def _control(name: str, *expected: str) -> ControlSet:
    """Images of another origin; classes of its own, which need not be the paper's."""
    made = made_up.image_set(classes=2, number=len(expected))
    made.table["group"] = [f"other {row}" for row in range(len(expected))]
    return ControlSet(name=name, images=made, expected=np.array(expected))


def test_controls_have_a_row_an_image_and_fit_of_every_set(images):
    sets = [_control("far", "c", "c", "b"), _control("near", "a")]
    far = np.float32([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]])
    near = np.float32([[0.1, 0.2, 0.7]])
    arms = [
        trained("one", 0, folds=2, controls={"near": near, "far": far}),
        trained("two", 7, controls={"far": far[::-1], "near": near}),
    ]
    table = train.controls(sets, images, arms)
    assert list(table) == COLUMNS
    assert set(table["kind"]) == {"control"}
    assert table["name"].tolist() == ["far"] * 9 + ["near"] * 3
    assert table["arm"].tolist() == ["one"] * 6 + ["two"] * 3 + ["one", "one", "two"]
    assert table["seed"].tolist() == [0] * 6 + [7] * 3 + [0, 0, 7]
    assert table["fold"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert set(table["protocol"]) == {"published"}
    assert table["path"].tolist() == ["0.png", "1.png", "2.png"] * 3 + ["0.png"] * 3
    assert table["group"].tolist() == ["other 0", "other 1", "other 2"] * 3 + ["other 0"] * 3
    assert table["true"].tolist() == ["c", "c", "b"] * 3 + ["a"] * 3
    # The paper's classes, of which there are more than the set's own.
    assert table["predicted"].tolist() == [*"acb", *"acb", *"bca", *"ccc"]
    assert table.index.tolist() == list(range(12))


def test_without_a_control_set_there_are_the_columns_and_no_rows(images):
    for table in (train.controls([], images, [trained("one", 0)]), tables.joined([])):
        assert list(table) == COLUMNS
        assert table.empty


def test_joined_tables_stand_one_below_the_other_whatever_the_order_of_their_columns(images):
    called = np.array(["b", "c", "a"])
    one = tables.evidence("probe", "colour", "", images, fold(0), called)
    other = tables.evidence("choice", "batch size=64", "net", images, fold(1), called)
    table = tables.joined([one, other[COLUMNS[::-1]]])
    assert list(table) == COLUMNS
    assert table["kind"].tolist() == ["probe"] * 3 + ["choice"] * 3
    assert table["seed"].tolist() == [0] * 3 + [1] * 3
    assert table.index.tolist() == list(range(6))


def test_probabilities_are_rounded_to_six_decimals(images):
    table = train.predictions(images, NONE, [trained("one", 0)])
    assert table["b"].tolist() == [0.7, 0.25, 0.1]  # not 0.699999988
    assert table["a"].tolist() == [0.1, 0.25, 0.9]


def test_the_tables_do_not_change_what_they_are_made_of(images):
    arm = trained("one", 0)
    before = arm.fits[0].history.copy()
    train.history([arm])
    train.predictions(images, NONE, [arm])
    pd.testing.assert_frame_equal(arm.fits[0].history, before)
