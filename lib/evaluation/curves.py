"""Training histories → scores of every epoch and of the best one. Reads tables, as `scores` does."""

import pandas as pd

from lib.results import Score

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
    scores = []
    for (arm, protocol, epoch), rows in history.groupby(["arm", "protocol", "epoch"], sort=False):
        for column, (metric, part) in CURVES.items():
            values = rows.groupby("seed", sort=False)[column].mean().tolist()
            scores.append(_ranged((arm, protocol, metric, "", part, int(epoch)), values))
    return scores


def best_epoch_scores(history: pd.DataFrame) -> list[Score]:
    """Accuracy, loss and number of the epoch with the highest validation accuracy, over seeds.

    The first such epoch of each fold. Where the validation images are the test images, as in these
    papers, to report this epoch is to choose on the test set.
    """
    scores = []
    for (arm, protocol), rows in history.groupby(["arm", "protocol"], sort=False):
        fits = rows.groupby(["seed", "fold"], sort=False)["val_accuracy"]
        best = rows.loc[fits.idxmax()].groupby("seed", sort=False)
        for column, (metric, part) in BEST.items():
            values = best[column].mean().tolist()
            scores.append(_ranged((arm, protocol, metric, BEST_EPOCH, part, None), values))
    return scores


def _ranged(key: tuple, values: list[float]) -> Score:
    return Score.over_seeds(key, values, min(values), max(values), RANGE)
