"""Predictions and histories → scores with intervals. Reads tables, so a stored CSV serves as well.

An interval is that of one run, averaged over seeds: see `lib.evaluation.intervals`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from lib.evaluation import metrics
from lib.evaluation.curves import RANGE, best_epoch_scores, epoch_scores
from lib.evaluation.intervals import (
    BOOTSTRAP,
    BY_GROUP,
    COUNTED,
    REPLICATES,
    STUDENT,
    WILSON,
    Run,
    average_over_seeds,
    clusters,
    named,
)
from lib.evaluation.ranking import MACRO, ranking_scores
from lib.evaluation.rows import Rows, Table
from lib.papers.declare import COUNTS, SHARES, cell
from lib.results import Confusion, Difference, Model, Score

WEIGHTED = "weighted avg"
AVERAGES = (MACRO, WEIGHTED)
KEYS = ["arm", "protocol", "part"]
CERTAIN = "exact"  # the method of what no data can change
MOST_CELLS_OF = 100  # classes; of more most cells of a confusion matrix are empty
FLOAT32 = 4  # bytes per parameter


def all_scores(
    predictions: Table,
    history: Table,
    models: Sequence[Model],
    classes: Sequence[str],
    group_noun: str,
) -> list[Score]:
    """Every score of a run: of its answers, their probabilities, its curves, and its parameter counts."""
    return [
        *score_predictions(predictions, classes, group_noun),
        *ranking_scores(predictions, classes, group_noun),
        *epoch_scores(history),
        *best_epoch_scores(history),
        *parameter_scores(models),
    ]


def score_predictions(
    predictions: Table, classes: Sequence[str], group_noun: str = "group"
) -> list[Score]:
    """Accuracy, loss, classification report and confusion matrix, averaged over seeds, with intervals.

    Args:
        predictions: Rows as in predictions.csv: arm, protocol, seed, fold, part, path, group, true,
            predicted (class names), and one probability column per class.
        classes: Class names in label order.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: A class in the table that is none of `classes`.
    """
    by_seed = [
        (key, of_seed)
        for key, rows in Rows.of(predictions).by(*KEYS)
        for _, of_seed in rows.by("seed")
    ]
    units = [clusters(rows) for _, rows in by_seed]
    samples = [
        (*_labels(rows, classes), groups)
        for (_, rows), (groups, _) in zip(by_seed, units, strict=True)
    ]
    drawn = metrics.bootstrap_tallies(samples, len(classes), REPLICATES, seed=0)
    runs = defaultdict(list)
    for (key, rows), (_, known), sample, replicates in zip(
        by_seed, units, samples, drawn, strict=True
    ):
        noun = group_noun if known else "image"
        runs[key].append(_score_run(rows, sample, replicates, classes, noun, known))
    scores = []
    for (arm, protocol, part), of_seeds in runs.items():
        for metric, of in of_seeds[0]:
            values, low, high, method = average_over_seeds([run[metric, of] for run in of_seeds])
            if metric in COUNTS:
                low, high = min(values), max(values)
            key = (arm, protocol, metric, of, part, None)
            scores.append(Score.over_seeds(key, values, low, high, method))
    return scores


def confusion_matrices(predictions: Table, classes: Sequence[str]) -> list[Confusion]:
    """The confusion matrix of the first seed, all folds together, of each arm, protocol and part."""
    confusions = []
    for (arm, protocol, part), rows in Rows.of(predictions).by(*KEYS):
        seed, of_seed = next(rows.by("seed"))
        matrix = metrics.confusion_matrix(*_labels(of_seed, classes), len(classes))
        confusions.append(
            Confusion(
                arm=arm,
                protocol=protocol,
                part=part,
                seed=seed,
                folds=of_seed.count("fold"),
                counts=matrix.tolist(),
            )
        )
    return confusions


def variant_differences(scores: Sequence[Score], models: Sequence[Model]) -> list[Difference]:
    """How far every variant's test accuracy lies from that of its arm, seed by seed."""
    accuracies = {
        (score.arm, score.protocol): score.per_seed for score in scores if score.is_headline
    }
    origins = {model.arm: model.variant_of for model in models if model.variant_of}
    differences = []
    for (arm, protocol), values in accuracies.items():
        base = accuracies.get((origins.get(arm, ""), protocol))
        if base and len(base) == len(values):
            per_seed = [value - other for value, other in zip(values, base, strict=True)]
            differences.append(
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
    return differences


def parameter_scores(models: Sequence[Model]) -> list[Score]:
    """Parameter counts of layers and totals, and the totals' memory: numbers that no data can change."""
    scores = []
    for model in models:
        rows = {layer.name: layer.parameters for layer in model.layers} | model.parameters
        counts = {("parameters", of): count for of, count in rows.items()}
        counts |= {("memory", of): FLOAT32 * count for of, count in model.parameters.items()}
        for (metric, of), count in counts.items():
            key = (model.arm, "published", metric, of, "", None)
            scores.append(Score.over_seeds(key, [count], count, count, CERTAIN))
    return scores


def _labels(rows: Rows, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    label = {name: number for number, name in enumerate(classes)}
    true, predicted = rows["true"].tolist(), rows["predicted"].tolist()
    unknown = sorted({*true, *predicted} - set(label))
    if unknown:
        raise ValueError(
            f"classes should be among {', '.join(label)}; received {', '.join(map(str, unknown))}."
        )
    return np.array([label[name] for name in true]), np.array([label[name] for name in predicted])


def _score_run(
    rows: Rows,
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
    drawn: metrics.Tallies,
    classes: Sequence[str],
    noun: str,
    known: bool,
) -> dict[tuple[str, str], Run]:
    """(metric, of) → its value, interval and method, for the predictions of one seed.

    Args:
        sample: True and predicted labels and groups of the rows, (images,) each.
        drawn: (replicates, classes) each: of every replicate.
        noun, known: What a group is, and whether groups are known, as `clusters` tells.
    """
    y_true, y_pred, groups = sample
    matrix = metrics.confusion_matrix(y_true, y_pred, len(classes))
    whole = metrics.tallies(matrix)
    by_group = metrics.group_tallies(y_true, y_pred, groups, len(classes))
    # Of k folds an image is trained on in k - 1: as many rows, but one image.
    repeats = len(rows) / rows.count("path")
    intervals = {
        key: _ratio_interval(
            above / repeats,
            below / repeats,
            noun,
            independent=not known and key[0] in SHARES,
        )
        for key, (above, below) in _ratios(by_group, classes).items()
    }
    # A replicate that lost a class has no recall for it and a macro average of fewer classes.
    present = whole.support > 0
    complete = (drawn.support[:, present] > 0).all(-1)
    spread = _report(metrics.Tallies(*(counts[complete] for counts in drawn)), classes)
    rarest = int((by_group.support > 0).sum(0)[present].min())
    scores = {}
    for key, value in _report(whole, classes).items():
        units = rarest if key[1] == MACRO else len(by_group.support)
        bounds = intervals.get(key) or _average_interval(float(value), spread[key], units, noun)
        scores[key] = (float(value), *bounds)
    losses = _losses(rows.numbers(classes), y_true)
    scores["loss", ""] = (float(losses.mean()), *_loss_interval(losses, groups, noun))
    counts = _counts(matrix, classes)
    return scores | {key: (count, count, count, RANGE) for key, count in counts}


def _ratios(
    by_group: metrics.Tallies, classes: Sequence[str]
) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """(metric, of) → (groups,) what each group adds above the line and below it, of all that are ratios."""
    hits, of_class, called = by_group
    images = of_class.sum(1)
    ratios = {key: (hits.sum(1), images) for key in (("accuracy", ""), ("recall", WEIGHTED))}
    for label, name in enumerate(classes):
        both = (of_class[:, label] + called[:, label]) / 2
        for metric, below in (
            ("precision", called[:, label]),
            ("recall", of_class[:, label]),
            ("f1", both),
        ):
            ratios[metric, name] = hits[:, label], below
    return ratios


def _ratio_interval(
    above: np.ndarray, below: np.ndarray, noun: str, *, independent: bool
) -> tuple[float, float, str]:
    """Bounds and method; of a score that is 0 because it is a share of nothing, no more than that.

    Args:
        above, below: As `_ratios`, every image once.
        noun: What a group is.
        independent: Whether it is a plain share of images on their own.
    """
    images = float(below.sum())
    if not images:
        return 0.0, 0.0, WILSON
    if independent:
        return *metrics.wilson(float(above.sum()), images), WILSON
    bearing = int(np.count_nonzero(below))
    return *metrics.clustered_wilson(above, below), named(BY_GROUP, noun, bearing)


def _average_interval(
    value: float, spread: np.ndarray, units: int, noun: str
) -> tuple[float, float, str]:
    """Of an average over classes: `spread` are its replicates, `units` the groups that bear on it."""
    if len(spread) and spread.min() < spread.max():
        low, high = metrics.percentile_interval(spread, units=units)
        return low, high, named(BOOTSTRAP, noun, units)
    return *metrics.wilson(value * units, units), named(COUNTED, noun, units)


def _report(counts: metrics.Tallies, classes: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """(metric, of) → (...,): the scores of a classification report."""
    scores = {("accuracy", ""): metrics.accuracy(counts)}
    for metric in ("precision", "recall", "f1"):
        by_class = getattr(metrics, metric)(counts)
        scores |= {(metric, name): by_class[..., label] for label, name in enumerate(classes)}
        scores[metric, MACRO] = metrics.macro(by_class)
        scores[metric, WEIGHTED] = metrics.weighted(by_class, counts.support)
    return scores


def _counts(matrix: np.ndarray, classes: Sequence[str]) -> Iterator[tuple[tuple[str, str], float]]:
    """(metric, of) and images: supports, hits, misses, and the cells of the matrix; of many classes the filled ones."""
    support, total = matrix.sum(1), int(matrix.sum())
    for of in ("", *AVERAGES):
        yield ("support", of), total
    yield ("correct", ""), int(np.trace(matrix))
    yield ("misclassified", ""), total - int(np.trace(matrix))
    every = len(classes) <= MOST_CELLS_OF
    for row, name in enumerate(classes):
        yield ("support", name), int(support[row])
        yield ("misclassified", name), int(support[row] - matrix[row, row])
        for column in range(len(classes)) if every else np.flatnonzero(matrix[row]).tolist():
            yield ("cell", cell(name, classes[column])), int(matrix[row, column])


def _losses(probabilities: np.ndarray, y_true: np.ndarray) -> np.ndarray:
    """(images,) cross-entropy."""
    return metrics.cross_entropy(probabilities[np.arange(len(y_true)), y_true])


def _loss_interval(losses: np.ndarray, groups: np.ndarray, noun: str) -> tuple[float, float, str]:
    """Of their mean, never below 0; images stand in for groups where there is but one."""
    units = len(np.unique(groups))
    by_image = np.arange(len(losses))
    totals = metrics.group_sums(
        np.column_stack([losses, np.ones(len(losses))]), groups if units > 1 else by_image
    )
    low, high = metrics.student_interval(*totals.T)
    return max(0.0, low), high, named(STUDENT, noun, units)
