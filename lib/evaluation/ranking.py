"""Predictions → how well probabilities rank and how far to trust them. Reads tables, as `scores` does.

An interval is that of one run, averaged over seeds: see `lib.evaluation.intervals`. Where a seed has
several folds, the probabilities of its models are ranked together, though each model may have a scale
of its own (Forman and Scholz, SIGKDD Explorations 12, 2010, p. 49).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from lib.evaluation import metrics, probability
from lib.evaluation.intervals import (
    BOOTSTRAP,
    COUNTED,
    Run,
    average_over_seeds,
    clusters,
    named,
)
from lib.evaluation.rows import Rows, Table
from lib.results import Score

REPLICATES = 400
MACRO = "macro avg"
RANKINGS = ("auc", "average precision")  # as `probability.areas`
ERROR = "ece"
AT_ONCE = 50_000  # weights: 400 kB
SPARSE = f"Wilson 95 %, counting {{}}s (fewer than {metrics.FEW} with a wrong or a right answer)"


def ranking_scores(
    predictions: Table, classes: Sequence[str], group_noun: str = "group"
) -> list[Score]:
    """AUC and average precision of each class against the rest, their means, and the calibration error.

    A class that some seed never tests, or tests alone, has neither area there: it gets no score and
    no part in the mean, so that every seed's mean is over the same classes.

    Args:
        predictions: Rows as in predictions.csv; only those of test images count.
        classes: Class names in label order.
        group_noun: What a group is, for the name of the method.
    """
    scores, predictions = [], Rows.of(predictions)
    tested = predictions.only(predictions["part"] == "test")
    for (arm, protocol), rows in tested.by("arm", "protocol"):
        by_seed = [seed_rows for _, seed_rows in rows.by("seed")]
        ranked = [
            name
            for name in classes
            if all(0 < (seed_rows["true"] == name).sum() < len(seed_rows) for seed_rows in by_seed)
        ]
        runs = [dict(_seed_scores(seed_rows, classes, ranked, group_noun)) for seed_rows in by_seed]
        for key in runs[0]:
            score = average_over_seeds([run[key] for run in runs])
            scores.append(Score.over_seeds((arm, protocol, *key, "test", None), *score))
    return scores


def calibration_error(rows: Table, classes: Sequence[str], group_noun: str = "group") -> Run:
    """Expected calibration error of one seed, its bounds, and how these were obtained.

    Basic bootstrap (Davison and Hinkley, 1997, ch. 2): as chance raises the error of a sample above
    that of all images, so it raises that of a replicate above the sample's. Mirrored about the value,
    the bounds take away as much. Where few groups hold a wrong or a right answer: Wilson's, of such a
    share of the groups.

    Args:
        rows: As `predictions` of `ranking_scores`, of one arm, protocol and seed.
    """
    rows = Rows.of(rows)
    groups, known = clusters(rows)
    weights = metrics.bootstrap_weights(groups, REPLICATES, seed=0)
    return _calibration_error(rows, classes, groups, weights, group_noun if known else "image")


def _calibration_error(
    rows: Rows, classes: Sequence[str], groups: np.ndarray, weights: np.ndarray, noun: str
) -> Run:
    confidence, correct = confidences(rows, classes)
    value = float(probability.expected_calibration_error(confidence, correct))
    units = len(np.unique(groups))
    if _fewest(correct, groups) < metrics.FEW:
        return value, *metrics.wilson(value * units, units), named(SPARSE, noun, units)
    spread = probability.expected_calibration_error(confidence, correct, weights)
    low, high = metrics.percentile_interval(spread, units=units)
    method = named(f"basic {BOOTSTRAP}", noun, units)
    return value, max(0.0, min(value, 2 * value - high)), max(value, 2 * value - low), method


def confidences(rows: Table, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) each: the probability given to the class that is called, and whether it is the true one."""
    rows = Rows.of(rows)
    label = {name: number for number, name in enumerate(classes)}
    called = [label[name] for name in rows["predicted"].tolist()]
    return rows.numbers(classes)[np.arange(len(rows)), called], rows.right()


def _seed_scores(
    rows: Rows, classes: Sequence[str], ranked: Sequence[str], group_noun: str
) -> Iterator[tuple[tuple[str, str], Run]]:
    """(metric, of) and (value, low, high, method)."""
    groups, known = clusters(rows)
    noun = group_noun if known else "image"
    drawn = metrics.bootstrap_weights(groups, REPLICATES, seed=0)
    true, images = rows["true"], np.ones((1, len(rows)), dtype=int)
    # The value and its replicates in one array, the value first.
    weights = np.concatenate([images, drawn])
    areas = {name: _areas(true == name, rows[name], weights) for name in ranked}
    for place, metric in enumerate(RANKINGS):
        by_class = {name: of_class[place] for name, of_class in areas.items()}
        pairs = {name: _fewest(true == name, groups) for name in ranked}
        if ranked:
            by_class[MACRO] = np.mean(list(by_class.values()), 0)
            pairs[MACRO] = min(pairs.values())
        for of, values in by_class.items():
            yield (metric, of), _ranking(values, pairs[of], noun)
    yield (ERROR, ""), _calibration_error(rows, classes, groups, drawn, noun)


def _areas(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(rankings, replicates): some replicates at a time, so that they stay in the processor's cache."""
    some = max(1, AT_ONCE // len(score))
    parts = [
        probability.areas(positive, score, weights[start : start + some])
        for start in range(0, len(weights), some)
    ]
    return np.concatenate(parts, axis=1)


def _fewest(positive: np.ndarray, groups: np.ndarray) -> int:
    """Groups with a positive image, or groups with another one, whichever are fewer.

    So many pairs of the two can be made without using a group twice at one end.
    """
    return min(len(np.unique(groups[side])) for side in (positive, ~positive))


def _ranking(values: np.ndarray, pairs: int, noun: str) -> Run:
    # A replicate that lost the class, or all others, has no area.
    spread = values[1:][np.isfinite(values[1:])]
    if len(spread) and spread.min() < spread.max():
        bounds, method = metrics.percentile_interval(spread, units=pairs), BOOTSTRAP
    else:
        bounds, method = metrics.wilson(float(values[0]) * pairs, pairs), COUNTED
    return float(values[0]), *bounds, named(method, noun, pairs)
