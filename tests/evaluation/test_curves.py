"""Curves and best epochs: counted by hand, from tables small enough to count."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest

from lib.evaluation import curves
from lib.results import Score


def _bounds(score: Score) -> tuple[float, float]:
    return score.low, score.high


def _history() -> pd.DataFrame:
    rows = [  # seed, epoch, accuracy, loss, val_accuracy, val_loss
        (0, 1, 0.50, 0.90, 0.40, 1.00),
        (0, 2, 0.75, 0.60, 0.70, 0.80),
        (1, 1, 0.70, 0.70, 0.60, 0.90),
        (1, 2, 0.95, 0.20, 0.80, 0.50),
    ]
    columns = ["seed", "epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    return pd.DataFrame(rows, columns=columns).assign(arm="net", protocol="published", fold=0)


@pytest.mark.parametrize(
    ("epoch", "metric", "part", "values"),
    [
        (1, "accuracy", "train", [0.50, 0.70]),
        (1, "accuracy", "validation", [0.40, 0.60]),
        (1, "loss", "train", [0.90, 0.70]),
        (1, "loss", "validation", [1.00, 0.90]),
        (2, "accuracy", "train", [0.75, 0.95]),
        (2, "accuracy", "validation", [0.70, 0.80]),
        (2, "loss", "train", [0.60, 0.20]),
        (2, "loss", "validation", [0.80, 0.50]),
    ],
)
def test_curves_average_each_epoch_and_range_over_seeds(epoch, metric, part, values):
    found = curves.epoch_scores(_history())
    assert len(found) == 8
    (score,) = (s for s in found if (s.epoch, s.metric, s.part) == (epoch, metric, part))
    assert score.per_seed == values
    assert score.mean == pytest.approx(sum(values) / 2)
    assert score.sd == pytest.approx(abs(values[0] - values[1]) / np.sqrt(2))
    assert _bounds(score) == (min(values), max(values))
    assert score.method == curves.RANGE
    assert (score.arm, score.protocol, score.of) == ("net", "published", "")


def test_curves_of_one_seed_have_no_spread():
    found = curves.epoch_scores(_history().query("seed == 0"))
    assert all(score.sd is None and score.low == score.mean == score.high for score in found)


# The best epoch


def _fits(*val_accuracies: list[float], seeds: list[int], folds: list[int]) -> pd.DataFrame:
    """One fit a list: its validation accuracy in epochs 1, 2, …; the loss is the epoch's number / 10."""
    rows = [
        (seed, fold, epoch, 0.5, 0.5, accuracy, epoch / 10)
        for accuracies, seed, fold in zip(val_accuracies, seeds, folds, strict=True)
        for epoch, accuracy in enumerate(accuracies, start=1)
    ]
    columns = ["seed", "fold", "epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    return pd.DataFrame(rows, columns=columns).assign(arm="net", protocol="published")


def _best(history: pd.DataFrame, arm: str = "net") -> dict[str, Score]:
    return {one.metric: one for one in curves.best_epoch_scores(history) if one.arm == arm}


def test_the_best_epoch_of_each_seed_has_the_highest_validation_accuracy():
    found = _best(_fits([0.4, 0.8, 0.7], [0.5, 0.3, 0.9], seeds=[0, 1], folds=[0, 0]))
    assert found["epoch"].per_seed == [2, 3]
    assert found["accuracy"].per_seed == [0.8, 0.9]
    assert found["loss"].per_seed == [0.2, 0.3]
    assert [one.mean for one in found.values()] == pytest.approx([2.5, 0.85, 0.25])
    assert found["epoch"].sd == pytest.approx(1 / np.sqrt(2))


def test_best_epochs_are_of_the_validation_images_and_range_over_seeds():
    found = curves.best_epoch_scores(_fits([0.4, 0.8], [0.9, 0.3], seeds=[0, 1], folds=[0, 0]))
    assert [one.metric for one in found] == ["epoch", "accuracy", "loss"]
    for score in found:
        assert (score.arm, score.protocol) == ("net", "published")
        assert (score.of, score.part, score.epoch) == ("best epoch", "validation", None)
        assert score.method == curves.RANGE
        assert _bounds(score) == (min(score.per_seed), max(score.per_seed))


def test_of_equally_good_epochs_the_first_is_the_best():
    found = _best(_fits([0.4, 0.7, 0.7, 0.6], [0.9] * 4, seeds=[0, 1], folds=[0, 0]))
    assert found["epoch"].per_seed == [2, 1]
    assert found["loss"].per_seed == [0.2, 0.1]


def test_each_fold_has_a_best_epoch_of_its_own_and_a_seed_their_mean():
    fits = [[0.5, 0.6], [0.9, 0.1], [0.2, 0.3], [0.4, 0.8]]
    found = _best(_fits(*fits, seeds=[0, 0, 1, 1], folds=[0, 1, 0, 1]))
    assert found["epoch"].per_seed == [1.5, 2]
    assert found["accuracy"].per_seed == pytest.approx([0.75, 0.55])
    assert found["loss"].per_seed == pytest.approx([0.15, 0.2])


def test_the_best_epoch_is_chosen_by_validation_accuracy_alone():
    history = _history()
    history.loc[history["epoch"] == 1, ["accuracy", "val_loss"]] = [1.0, 0.0]
    assert _best(history)["epoch"].per_seed == [2, 2]
    assert _best(history)["loss"].per_seed == [0.8, 0.5]


def test_best_epochs_of_arms_and_protocols_stand_apart():
    one = _fits([0.4, 0.8], seeds=[0], folds=[0])
    other = _fits([0.9, 0.8], seeds=[0], folds=[0]).assign(arm="other")
    grouped = _fits([0.1], seeds=[0], folds=[0]).assign(protocol="grouped")
    found = curves.best_epoch_scores(pd.concat([one, other, grouped], ignore_index=True))
    epochs = {(s.arm, s.protocol): s.mean for s in found if s.metric == "epoch"}
    assert epochs == {("net", "published"): 2, ("other", "published"): 1, ("net", "grouped"): 1}
    assert all(one.sd is None for one in found)


def test_best_epochs_from_a_stored_csv_are_the_same():
    history = _history()
    again = pd.read_csv(StringIO(history.to_csv(index=False)))
    assert curves.best_epoch_scores(again) == curves.best_epoch_scores(history)


def test_curves_of_a_seed_are_the_means_of_its_folds():
    fits = [[0.4, 0.8], [0.6, 0.6], [0.5, 0.9], [0.5, 0.5]]
    found = curves.epoch_scores(_fits(*fits, seeds=[0, 0, 1, 1], folds=[0, 1, 0, 1]))
    accuracy = {
        one.epoch: one.per_seed
        for one in found
        if (one.metric, one.part) == ("accuracy", "validation")
    }
    assert accuracy == {1: pytest.approx([0.5, 0.5]), 2: pytest.approx([0.7, 0.7])}


def test_curves_of_arms_and_protocols_stand_apart():
    one = _fits([0.4, 0.8], seeds=[0], folds=[0])
    other, grouped = one.assign(arm="other"), one.assign(protocol="grouped", val_accuracy=0.25)
    found = curves.epoch_scores(pd.concat([one, other, grouped], ignore_index=True))
    last = {
        (score.arm, score.protocol): score.mean
        for score in found
        if (score.metric, score.part, score.epoch) == ("accuracy", "validation", 2)
    }
    assert last == {
        ("net", "published"): 0.8,
        ("other", "published"): 0.8,
        ("net", "grouped"): 0.25,
    }
    assert len(found) == 3 * 2 * 4


# The last epochs


def _tested(*images: int) -> pd.DataFrame:
    """As many test images of seed 0, seed 1, …"""
    seeds = [seed for seed, number in enumerate(images) for _ in range(number)]
    return pd.DataFrame({"seed": seeds}).assign(arm="net", protocol="published", fold=0)


def test_the_last_five_epochs_of_every_fit_are_told_in_order():
    seven = [0.1, 0.2, 0.914, 0.905, 0.895, 0.871, 0.852]
    history = _fits(seven, [0.5, 0.6], seeds=[0, 1], folds=[0, 0])
    history.loc[:6, "accuracy"] = [0.01 * epoch for epoch in range(1, 8)]
    long, short = curves.last_epochs(history, _tested(15, 20))
    assert (long.images, short.images) == (15, 20)
    assert (long.arm, long.protocol, long.seed, long.fold) == ("net", "published", 0, 0)
    assert (long.epochs, long.validation) == ([3, 4, 5, 6, 7], seven[2:])
    assert long.train == pytest.approx([0.03, 0.04, 0.05, 0.06, 0.07])
    assert (short.epochs, short.validation) == ([1, 2], [0.5, 0.6])


def test_the_spread_is_that_of_one_fit_whatever_their_number():
    history = _fits([0.852, 0.914, 0.9], [0.95, 0.92, 0.93], seeds=[0, 1], folds=[0, 0])
    fits = curves.last_epochs(history, _tested(20, 20))
    one, both = (curves.epoch_spread(some, "net", "published") for some in (fits[:1], fits))
    assert one == (0.852, 0.914, 1, 3)
    assert both == pytest.approx((0.886, 0.932, 1, 3))  # (0.852 + 0.92) / 2, (0.914 + 0.95) / 2
    assert curves.epoch_spread(fits, "net", "published", "train") == (0.5, 0.5, 1, 3)
    assert curves.epoch_spread(fits, "net", "grouped") is None
    assert curves.epoch_spread(fits, "other", "published") is None


def test_folds_count_by_their_test_images_as_they_do_in_the_accuracy():
    history = _fits([0.4, 0.5], [0.8, 0.9], seeds=[0, 0], folds=[0, 1])
    tested = _tested(30, 10).assign(seed=0, fold=[0] * 30 + [1] * 10)
    spread = curves.epoch_spread(curves.last_epochs(history, tested), "net", "published")
    assert spread == pytest.approx((0.5, 0.6, 1, 2))  # (30 * 0.4 + 10 * 0.8) / 40


def test_a_fit_without_predictions_was_tested_on_no_image():
    """As in a folder whose predictions were edited, which `verify` must read."""
    (fit,) = curves.last_epochs(_fits([0.9], seeds=[2], folds=[0]), _tested(5, 5))
    assert fit.images == 0


def test_one_epoch_has_no_spread():
    history = _fits([0.9], [0.8], seeds=[0, 1], folds=[0, 0])
    fits = curves.last_epochs(history, _tested(5, 5))
    assert curves.epoch_spread(fits, "net", "published") is None
