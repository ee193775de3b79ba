"""Predictions and histories → scores with intervals. Reads tables, so a stored CSV serves as well.

An interval is that of one run: what a single test set of this size can tell. Each seed gets its own
and the bounds are averaged over seeds; more seeds do not narrow it, since they share images.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from lib.evaluation import metrics, ranking
from lib.evaluation.curves import RANGE, best_epochs, curves
from lib.evaluation.intervals import (
    BOOTSTRAP,
    BOUND,
    REPLICATES,
    WILSON,
    averaged,
    clusters,
)
from lib.papers.declare import COUNTS, SHARES, cell
from lib.results import Confusion, Difference, Model, Score

AVERAGES = ("macro avg", "weighted avg")
KEYS = ["arm", "protocol", "part"]
EXACT = "exact"
FLOAT32 = 4  # bytes a parameter


def of_run(
    predictions: pd.DataFrame,
    history: pd.DataFrame,
    models: Sequence[Model],
    classes: Sequence[str],
    group_noun: str,
) -> list[Score]:
    """Every score of a run: of its answers, their probabilities, its curves, and its parameter counts."""
    return [
        *scores(predictions, classes, group_noun),
        *ranking.scores(predictions, classes, group_noun),
        *curves(history),
        *best_epochs(history),
        *parameters(models),
    ]


def scores(
    predictions: pd.DataFrame, classes: Sequence[str], group_noun: str = "group"
) -> list[Score]:
    """Accuracy, loss, classification report and confusion matrix, averaged over seeds, with intervals.

    Args:
        predictions: Rows as in predictions.csv: arm, protocol, seed, fold, part, path, group, true,
            predicted (class names), and one probability column a class.
        classes: Class names in label order.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: A class in the table that is none of `classes`.
    """
    found = []
    for (arm, protocol, part), rows in predictions.groupby(KEYS, sort=False):
        runs = [_one_run(one, classes, group_noun) for _, one in rows.groupby("seed", sort=False)]
        for key in runs[0]:
            values, low, high, method = averaged([run[key] for run in runs])
            if key[0] in COUNTS:
                low, high = min(values), max(values)
            name = (arm, protocol, *key, part, None)
            found.append(Score.over_seeds(name, values, low, high, method))
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
    """Parameter counts of layers and totals, and the totals' memory: numbers that no data can change."""
    return [one for model in models for one in _parameters(model)]


def _parameters(model: Model) -> Iterator[Score]:
    rows = {layer.name: layer.parameters for layer in model.layers} | model.parameters
    counts = {("parameters", of): count for of, count in rows.items()}
    counts |= {("memory", of): FLOAT32 * count for of, count in model.parameters.items()}
    for named, count in counts.items():
        key = (model.arm, "published", *named, "", None)
        yield Score.over_seeds(key, [count], count, count, EXACT)


def confusions(predictions: pd.DataFrame, classes: Sequence[str]) -> list[Confusion]:
    """The confusion matrix of each arm's, protocol's and part's first seed and fold: one run."""
    found = []
    for (arm, protocol, part), rows in predictions.groupby(KEYS, sort=False):
        seed, fold = rows["seed"].iloc[0], rows["fold"].iloc[0]
        one = rows[(rows["seed"] == seed) & (rows["fold"] == fold)]
        matrix = metrics.confusion_matrix(*_labels(one, classes), len(classes))
        found.append(
            Confusion(
                arm=arm,
                protocol=protocol,
                part=part,
                seed=seed,
                fold=fold,
                counts=matrix.tolist(),
            )
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


def _one_run(rows: pd.DataFrame, classes: Sequence[str], group_noun: str) -> dict:
    """(metric, of) → (value, low, high, method) for the predictions of one seed."""
    y_true, y_pred = _labels(rows, classes)
    matrix = metrics.confusion_matrix(y_true, y_pred, len(classes))
    groups, known = clusters(rows)
    bootstrap = BOOTSTRAP.format(group_noun if known else "image")
    drawn = metrics.bootstrap_matrices(y_true, y_pred, groups, len(classes), REPLICATES, seed=0)
    # A replicate that lost a class has no recall for it and a macro average of fewer classes.
    present = metrics.support(matrix) > 0
    drawn = drawn[(metrics.support(drawn)[:, present] > 0).all(-1)]
    # Of k folds an image is trained on in k - 1: as many rows, but one image.
    repeats = len(rows) / rows["path"].nunique()
    values, spread = _report(matrix, classes), _report(drawn, classes)
    trials = {key: number / repeats for key, number in _trials(matrix, classes).items()}
    found = {}
    for key, value in values.items():
        low, high = metrics.percentile_interval(spread[key]) if len(drawn) else (value, value)
        method = bootstrap
        if trials[key] and (low == high or (not known and _is_share(key))):
            method = BOUND if low == high else WILSON
            low, high = metrics.wilson(value * trials[key], trials[key])
        found[key] = (float(value), low, high, method)
    found["loss", ""] = (*_loss(rows[list(classes)].to_numpy(float), y_true, groups), bootstrap)
    return found | {key: (one, one, one, RANGE) for key, one in _counts(matrix, classes)}


def _is_share(key: tuple[str, str]) -> bool:
    """Whether the score is a plain share of images, for which Wilson's interval is made."""
    return key[0] in SHARES and key[1] not in AVERAGES


def _report(matrix: np.ndarray, classes: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """(metric, of) → (...,): the scores of a classification report."""
    support = metrics.support(matrix)
    found = {("accuracy", ""): metrics.accuracy(matrix)}
    for metric in ("precision", "recall", "f1"):
        by_class = getattr(metrics, metric)(matrix)
        found |= {(metric, name): by_class[..., label] for label, name in enumerate(classes)}
        found[metric, "macro avg"] = metrics.macro(by_class)
        found[metric, "weighted avg"] = metrics.weighted(by_class, support)
    return found


def _counts(matrix: np.ndarray, classes: Sequence[str]) -> Iterator[tuple[tuple[str, str], float]]:
    """(metric, of) and images: supports, hits, misses, and every cell of the matrix."""
    support, total = metrics.support(matrix), int(matrix.sum())
    for of in ("", *AVERAGES):
        yield ("support", of), total
    yield ("correct", ""), int(np.trace(matrix))
    yield ("misclassified", ""), total - int(np.trace(matrix))
    for row, name in enumerate(classes):
        yield ("support", name), int(support[row])
        yield ("misclassified", name), int(support[row] - matrix[row, row])
        for column, predicted in enumerate(classes):
            yield ("cell", cell(name, predicted)), int(matrix[row, column])


def _loss(
    probabilities: np.ndarray, y_true: np.ndarray, groups: np.ndarray
) -> tuple[float, float, float]:
    """Mean cross-entropy and its interval."""
    losses = metrics.cross_entropy(probabilities[np.arange(len(y_true)), y_true])
    spread = metrics.bootstrap_means(losses, groups, REPLICATES, seed=0)
    return float(losses.mean()), *metrics.percentile_interval(spread)


def _trials(matrix: np.ndarray, classes: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many images each score is a share of: the n of its interval."""
    total = int(matrix.sum())
    trials = dict.fromkeys(_report(matrix, classes), total)
    for label, name in enumerate(classes):
        called, there = int(matrix[:, label].sum()), int(matrix[label].sum())
        trials |= {("precision", name): called, ("recall", name): there, ("f1", name): there}
    return trials
