"""Accuracy of some predictions with the interval of one run. Reads tables, as `lib.evaluation.scores`.

An interval is what a single test set of this size can tell. Each seed gets its own and the bounds
are averaged over seeds; more seeds do not narrow it, since they share images.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.results import HEADLINE, Score

REPLICATES = 2000
WILSON = "Wilson 95 %"
BOOTSTRAP = "bootstrap 95 %, resampling {}s"
BOUND = "Wilson 95 % (the bootstrap has no spread)"
Run = tuple[float, float, float, str]
"""Of one seed: a value, its lower and upper bound, and how these were obtained."""


def clusters(rows: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """(rows,) what is resampled as one, and whether these are groups: the images where a group is unknown.

    Args:
        rows: With the columns path and group of predictions.csv.
    """
    has_group = rows["group"].notna() & (
        rows["group"] != ""
    )  # read_csv gives NaN for an empty group
    known = bool(has_group.all())
    return (rows["group"] if known else rows["path"]).to_numpy(), known


def average_over_seeds(runs: Sequence[Run]) -> tuple[tuple[float, ...], float, float, str]:
    """The values of all seeds, the means of their lower and upper bounds, and the commonest method."""
    values, lows, highs, methods = zip(*runs, strict=True)
    return values, float(np.mean(lows)), float(np.mean(highs)), max(methods, key=methods.count)


def accuracy_score(arm: str, protocol: str, rows: pd.DataFrame, group_noun: str) -> Score:
    """Accuracy on test images, mean over seeds: Wilson's interval, or a bootstrap by group where known.

    Args:
        arm: Whose predictions these are: an arm, or a probe.
        rows: seed, path, group, true, predicted, at least one row per seed.
        group_noun: What a group is, for the name of the method.
    """
    runs = [_accuracy(of_seed, group_noun) for _, of_seed in rows.groupby("seed", sort=False)]
    return Score.over_seeds((arm, protocol, *HEADLINE), *average_over_seeds(runs))


def _accuracy(rows: pd.DataFrame, group_noun: str) -> Run:
    hits = (rows["true"] == rows["predicted"]).to_numpy(float)
    groups, known = clusters(rows)
    method = WILSON
    if known:
        spread = metrics.bootstrap_means(hits, groups, REPLICATES, seed=0)
        low, high = metrics.percentile_interval(spread)
        if low < high:
            return float(hits.mean()), low, high, BOOTSTRAP.format(group_noun)
        method = BOUND
    return float(hits.mean()), *metrics.wilson(float(hits.sum()), len(hits)), method
