"""Predictions and histories → scores with intervals. Reads tables, so a stored CSV serves as well.

An interval is that of one run: what a single test set of this size can tell. Each seed gets its own
and the bounds are averaged over seeds; more seeds do not narrow it, since they share images.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib import metrics
from lib.results import Confusion, Difference, Model, Score

REPLICATES = 2000
AVERAGES = ("macro avg", "weighted avg")
KEYS = ["arm", "protocol"]
WILSON = "Wilson 95 %"
BOOTSTRAP = "bootstrap 95 %, resampling {}s"
BOUND = "Wilson 95 % (the bootstrap has no spread)"
RANGE = "range over seeds"
EXACT = "exact"
CURVES = {  # column of history.csv → what it is
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


def of_run(
    predictions: pd.DataFrame,
    history: pd.DataFrame,
    models: Sequence[Model],
    classes: Sequence[str],
    group_noun: str,
) -> list[Score]:
    """Every score of a run: of its predictions, of its training curves, and its parameter counts."""
    return [
        *scores(predictions, classes, group_noun),
        *curves(history),
        *best_epochs(history),
        *parameters(models),
    ]


def scores(
    predictions: pd.DataFrame, classes: Sequence[str], group_noun: str = "group"
) -> list[Score]:
    """Accuracy and the classification report, averaged over seeds, each with an interval.

    Args:
        predictions: Rows as in predictions.csv: arm, protocol, seed, fold, path, group, true,
            predicted (class names), and one probability column a class.
        classes: Class names in label order.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: A class in the table that is none of `classes`.
    """
    found = []
    for (arm, protocol), rows in predictions.groupby(KEYS, sort=False):
        runs = [_one_run(part, classes, group_noun) for _, part in rows.groupby("seed", sort=False)]
        for key in runs[0]:
            values, lows, highs, methods = zip(*(run[key] for run in runs), strict=True)
            counted = key[0] == "support"
            found.append(
                _score(
                    (arm, protocol, *key, "test", None),
                    values,
                    min(values) if counted else float(np.mean(lows)),
                    max(values) if counted else float(np.mean(highs)),
                    RANGE if counted else max(methods, key=methods.count),
                )
            )
    return found


def curves(history: pd.DataFrame) -> list[Score]:
    """Accuracy and loss of every epoch, averaged over seeds; the interval is the range over seeds."""
    found = []
    for (arm, protocol, epoch), rows in history.groupby([*KEYS, "epoch"], sort=False):
        for column, (metric, part) in CURVES.items():
            values = rows.groupby("seed", sort=False)[column].mean().tolist()
            key = (arm, protocol, metric, "", part, int(epoch))
            found.append(_score(key, values, min(values), max(values), RANGE))
    return found


def best_epochs(history: pd.DataFrame) -> list[Score]:
    """Accuracy, loss and number of the epoch with the highest validation accuracy, over seeds.

    The first such epoch of each fold. Where the validation images are the test images, as in these
    papers, to report this epoch is to choose on the test set.
    """
    found = []
    for (arm, protocol), rows in history.groupby(KEYS, sort=False):
        fits = rows.groupby(["seed", "fold"], sort=False)["val_accuracy"]
        best = rows.loc[fits.idxmax()].groupby("seed", sort=False)
        for column, (metric, part) in BEST.items():
            values = best[column].mean().tolist()
            key = (arm, protocol, metric, BEST_EPOCH, part, None)
            found.append(_score(key, values, min(values), max(values), RANGE))
    return found


def differences(scores: Sequence[Score], models: Sequence[Model]) -> list[Difference]:
    """How far every variant's test accuracy lies from that of its arm, seed by seed."""
    headline = {
        (one.arm, one.protocol): one.per_seed
        for one in scores
        if (one.metric, one.of, one.part, one.epoch) == ("accuracy", "", "test", None)
    }
    origins = {one.arm: one.variant_of for one in models if one.variant_of}
    found = []
    for (arm, protocol), values in headline.items():
        base = headline.get((origins.get(arm, ""), protocol))
        if base and len(base) == len(values):
            per_seed = [one - other for one, other in zip(values, base, strict=True)]
            found.append(
                Difference(
                    arm=arm,
                    versus=origins[arm],
                    protocol=protocol,
                    mean=float(np.mean(per_seed)),
                    per_seed=per_seed,
                    low=min(per_seed),
                    high=max(per_seed),
                )
            )
    return found


def parameters(models: Sequence[Model]) -> list[Score]:
    """Parameter counts of layers and totals: exact numbers that no data can change."""
    found = []
    for model in models:
        rows = {layer.name: layer.parameters for layer in model.layers} | model.parameters
        for of, count in rows.items():
            key = (model.arm, "published", "parameters", of, "", None)
            found.append(_score(key, [count], count, count, EXACT))
    return found


def confusions(predictions: pd.DataFrame, classes: Sequence[str]) -> list[Confusion]:
    """The confusion matrix of each arm's and protocol's first seed and fold: one run, as a paper shows."""
    found = []
    for (arm, protocol), rows in predictions.groupby(KEYS, sort=False):
        seed, fold = rows["seed"].iloc[0], rows["fold"].iloc[0]
        one = rows[(rows["seed"] == seed) & (rows["fold"] == fold)]
        matrix = metrics.confusion_matrix(*_labels(one, classes), len(classes))
        found.append(
            Confusion(arm=arm, protocol=protocol, seed=seed, fold=fold, counts=matrix.tolist())
        )
    return found


def _labels(rows: pd.DataFrame, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    label = {name: number for number, name in enumerate(classes)}
    unknown = sorted({*rows["true"], *rows["predicted"]} - set(label))
    if unknown:
        raise ValueError(
            f"classes should be among {', '.join(label)}; received {', '.join(map(str, unknown))}."
        )
    return rows["true"].map(label).to_numpy(int), rows["predicted"].map(label).to_numpy(int)


def _score(key: tuple, values: Sequence[float], low: float, high: float, method: str) -> Score:
    arm, protocol, metric, of, part, epoch = key
    return Score(
        arm=arm,
        protocol=protocol,
        metric=metric,
        of=of,
        part=part,
        epoch=epoch,
        mean=float(np.mean(values)),
        low=float(low),
        high=float(high),
        sd=float(np.std(values, ddof=1)) if len(values) > 1 else None,
        per_seed=[float(value) for value in values],
        method=method,
    )


def _one_run(rows: pd.DataFrame, classes: Sequence[str], group_noun: str) -> dict:
    """(metric, of) → (value, low, high, method) for the predictions of one seed."""
    y_true, y_pred = _labels(rows, classes)
    matrix = metrics.confusion_matrix(y_true, y_pred, len(classes))
    named = rows["group"].notna() & (rows["group"] != "")  # read_csv gives NaN for an empty group
    known = bool(named.all())
    groups = (rows["group"] if known else rows["path"]).to_numpy()
    drawn = metrics.bootstrap_matrices(y_true, y_pred, groups, len(classes), REPLICATES, seed=0)
    # A replicate that lost a class has no recall for it and a macro average of fewer classes.
    present = metrics.support(matrix) > 0
    drawn = drawn[(metrics.support(drawn)[:, present] > 0).all(-1)]
    values, trials, spread = (
        _report(matrix, classes),
        _trials(matrix, classes),
        _report(drawn, classes),
    )
    bootstrap = BOOTSTRAP.format(group_noun if known else "image")
    found = {}
    for key, value in values.items():
        low, high = metrics.percentile_interval(spread[key]) if len(drawn) else (value, value)
        method = bootstrap
        if key[0] != "support" and trials[key] and (low == high or (not known and _is_share(key))):
            method = BOUND if low == high else WILSON
            low, high = metrics.wilson(value * trials[key], trials[key])
        found[key] = (float(value), low, high, method)
    return found


def _is_share(key: tuple[str, str]) -> bool:
    """Whether the score is a plain share of images, for which Wilson's interval is made."""
    return key[0] in ("accuracy", "precision", "recall") and key[1] not in AVERAGES


def _report(matrix: np.ndarray, classes: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """(metric, of) → (...,): the rows and columns of a classification report."""
    support = metrics.support(matrix)
    found = {("accuracy", ""): metrics.accuracy(matrix), ("support", ""): support.sum(-1)}
    for metric in ("precision", "recall", "f1"):
        by_class = getattr(metrics, metric)(matrix)
        found |= {(metric, name): by_class[..., label] for label, name in enumerate(classes)}
        found[metric, "macro avg"] = metrics.macro(by_class)
        found[metric, "weighted avg"] = metrics.weighted(by_class, support)
    found |= {("support", name): support[..., label] for label, name in enumerate(classes)}
    return found | {("support", average): support.sum(-1) for average in AVERAGES}


def _trials(matrix: np.ndarray, classes: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many images each score is a share of: the n of its interval."""
    total = int(matrix.sum())
    trials = dict.fromkeys(_report(matrix, classes), total)
    for label, name in enumerate(classes):
        called, there = int(matrix[:, label].sum()), int(matrix[label].sum())
        trials |= {("precision", name): called, ("recall", name): there, ("f1", name): there}
    return trials
