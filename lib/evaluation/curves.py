"""Training histories → scores of every epoch and of the best one, and how far the last ones lie apart.

Reads tables, as `scores` does.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.evaluation.rows import Rows, Table
from lib.results import FIT, ClaimResult, LastEpochs, Score, ScoreKey

LAST_EPOCHS = 5  # at the end of a training, any of which a paper might have reported
RANGE = "range over seeds"
CURVES = {  # column of history.csv → metric, part
    "accuracy": ("accuracy", "train"),
    "val_accuracy": ("accuracy", "validation"),
    "loss": ("loss", "train"),
    "val_loss": ("loss", "validation"),
}
BEST_EPOCH = "best epoch"
BEST = {
    "epoch": ("epoch", "validation"),
    "val_accuracy": ("accuracy", "validation"),
    "val_loss": ("loss", "validation"),
}


def epoch_scores(history: pd.DataFrame) -> list[Score]:
    """Accuracy and loss of every epoch, averaged over seeds; the interval is the range over seeds."""
    keys = ["arm", "protocol", "epoch", "seed"]
    means = history.groupby(keys, sort=False)[list(CURVES)].mean()
    by_epoch: dict[tuple[str, str, int], list[list[float]]] = {}  # a row per seed, a column a curve
    for (arm, protocol, epoch, _), row in zip(means.index, means.to_numpy().tolist(), strict=True):
        by_epoch.setdefault((arm, protocol, int(epoch)), []).append(row)
    return [
        _ranged((arm, protocol, metric, "", part, epoch), values)
        for (arm, protocol, epoch), rows in by_epoch.items()
        for (metric, part), values in zip(CURVES.values(), zip(*rows, strict=True), strict=True)
    ]


def best_epoch_scores(history: pd.DataFrame) -> list[Score]:
    """Accuracy, loss and number of the epoch with the highest validation accuracy, over seeds.

    The first such epoch of each fold. Where the validation images are the test images, as in these
    papers, to report this epoch is to choose on the test set.
    """
    best = history.loc[history.groupby(list(FIT), sort=False)["val_accuracy"].idxmax()]
    means = best.groupby(["arm", "protocol", "seed"], sort=False)[list(BEST)].mean()
    by_arm: dict[tuple[str, str], list[list[float]]] = {}  # a row per seed, a column each of `BEST`
    for (arm, protocol, _), row in zip(means.index, means.to_numpy().tolist(), strict=True):
        by_arm.setdefault((arm, protocol), []).append(row)
    return [
        _ranged((arm, protocol, metric, BEST_EPOCH, part, None), values)
        for (arm, protocol), rows in by_arm.items()
        for (metric, part), values in zip(BEST.values(), zip(*rows, strict=True), strict=True)
    ]


def last_epochs(history: Table, tested: Table) -> list[LastEpochs]:
    """Every fit's accuracy after each of its last epochs.

    Args:
        history: Rows as in history.csv.
        tested: Rows of predictions.csv, test images alone.
    """
    fits, images = [], {fit: len(rows) for fit, rows in Rows.of(tested).by(*FIT)}
    for (arm, protocol, seed, fold), rows in Rows.of(history).by(*FIT):
        last = rows.only(np.argsort(rows["epoch"])[-LAST_EPOCHS:])
        fits.append(
            LastEpochs(
                arm=arm,
                protocol=protocol,
                seed=seed,
                fold=fold,
                images=images.get((arm, protocol, seed, fold), 0),
                epochs=last["epoch"].tolist(),
                train=last["accuracy"].tolist(),
                validation=last["val_accuracy"].tolist(),
            )
        )
    return fits


class EpochSpread(NamedTuple):
    """Between which accuracies one fit moves in its last epochs.

    Attributes:
        low: The lowest, mean over fits.
        high: The highest, mean over fits.
        first: The first of these epochs.
        last: The last one.
    """

    low: float
    high: float
    first: int
    last: int


def spread_around(
    number: Score | ClaimResult, fits: Iterable[LastEpochs], protocol: str
) -> EpochSpread | None:
    """The `epoch_spread` to be told beside an accuracy of ours that is one epoch's; None for other numbers.

    So are the accuracy after training, which is the last epoch's, and that of the best epoch.

    Args:
        number: The accuracy, or the record of the claim that it was held against.
        protocol: Under which it was measured.
    """
    if number.metric != "accuracy" or number.of not in ("", BEST_EPOCH):
        return None
    # After training, training images are classified anew, without dropout: that is on no curve.
    if number.part == "train" and number.epoch is None:
        return None
    # In these papers the validation images are the test images.
    part = "train" if number.part == "train" else "validation"
    spread = epoch_spread(fits, number.arm, protocol, part)
    early = spread and number.epoch is not None and number.epoch < spread.first
    return None if early else spread


def epoch_spread(
    fits: Iterable[LastEpochs], arm: str, protocol: str, part: str = "validation"
) -> EpochSpread | None:
    """How far a single reported epoch of one fit may move; None where fewer than two epochs were run.

    As with intervals, every fit has its own bounds and these are averaged, by their numbers of test
    images: more seeds do not narrow what one run may report.

    Args:
        part: "train" or "validation".
    """
    fits = [fit for fit in fits if (fit.arm, fit.protocol) == (arm, protocol)]
    if not fits or len(fits[0].epochs) < 2:
        return None
    accuracies, images = [getattr(fit, part) for fit in fits], [fit.images for fit in fits]
    return EpochSpread(
        low=fmean(map(min, accuracies), images),
        high=fmean(map(max, accuracies), images),
        first=fits[0].epochs[0],
        last=fits[0].epochs[-1],
    )


def _ranged(key: ScoreKey, values: Sequence[float]) -> Score:
    return Score.over_seeds(key, values, min(values), max(values), RANGE)
