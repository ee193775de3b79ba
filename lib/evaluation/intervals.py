"""Accuracy of some predictions with the interval of one run. Reads tables, as `lib.evaluation.scores`.

An interval is what a single test set of this size can tell. Each seed gets its own and the bounds
are averaged over seeds; more seeds do not narrow it, since they share images.

Images that come in groups tell less than as many on their own. Shares of images then have Wilson's
interval at the effective number of images (`metrics.clustered_wilson`), other scores a bootstrap that
draws whole groups and allows for their number (`metrics.percentile_interval`). Measured coverage of the
first, mean and least over accuracies of 0.7, 0.9 and 0.97 and correlations within a group of 0.05, 0.2
and 0.5, with groups of ten images on average (tests/evaluation/test_intervals.py), beside a plain
bootstrap of groups:

    groups      3           5           8           15          40
    Wilson      1.00 0.99   1.00 0.99   0.99 0.97   0.97 0.95   0.95 0.93
    bootstrap   0.85 0.71   0.85 0.67   0.88 0.73   0.85 0.65   0.89 0.76
"""

from collections.abc import Sequence

import numpy as np

from lib.evaluation import metrics
from lib.evaluation.rows import Rows, Table
from lib.results import HEADLINE, Score

TOO_FEW_GROUPS = 6
"""Below so many groups no interval is to be relied upon, and nothing is to be concluded from it."""

REPLICATES = 2000
WILSON = "Wilson 95 %"
BY_GROUP = "Wilson 95 % at the effective number of images, by {}"
BOOTSTRAP = "bootstrap 95 %, resampling {}s"
COUNTED = "Wilson 95 %, counting {}s (the bootstrap has no spread)"
STUDENT = "Student's t 95 %, by {}"
TOO_FEW_MARK = "too few "
TOO_FEW = TOO_FEW_MARK + "{}s: {}"
Run = tuple[float, float, float, str]
"""Of one seed: a value, its lower and upper bound, and how these were obtained."""


def named(method: str, noun: str, units: int) -> str:
    """The name of a method by what was counted or resampled; of too few groups it says so.

    Args:
        method: One of the forms above.
        noun: What a group is, "image" where groups are unknown.
        units: How many bear on the score.
    """
    name = method.format(noun)
    return TOO_FEW.format(noun, name) if units < TOO_FEW_GROUPS else name


def has_too_few(score: Score) -> bool:
    """Whether so few groups bear on the score that nothing is to be concluded from its interval."""
    return score.method.startswith(TOO_FEW_MARK)


def clusters(rows: Table) -> tuple[np.ndarray, bool]:
    """(rows,) the number of what is resampled as one, in ascending order of its name, and whether these are groups.

    They are the images where a group is unknown.

    Args:
        rows: With the columns path and group of predictions.csv.
    """
    rows = Rows.of(rows)
    known = bool(rows.known("group").all())
    return rows.codes("group" if known else "path"), known


def average_over_seeds(runs: Sequence[Run]) -> tuple[tuple[float, ...], float, float, str]:
    """The values of all seeds, the means of their lower and upper bounds, and the commonest method."""
    values, lows, highs, methods = zip(*runs, strict=True)
    low, high = (sum(bounds) / len(bounds) for bounds in (lows, highs))
    return values, low, high, max(methods, key=methods.count)


def accuracy_score(arm: str, protocol: str, rows: Table, group_noun: str) -> Score:
    """Accuracy on test images, mean over seeds, with Wilson's interval, by group where known.

    Args:
        arm: Whose predictions these are: an arm, or a probe.
        rows: seed, path, group, true, predicted, at least one row per seed.
        group_noun: What a group is, for the name of the method.
    """
    runs = [_accuracy(of_seed, group_noun) for _, of_seed in Rows.of(rows).by("seed")]
    return Score.over_seeds((arm, protocol, *HEADLINE), *average_over_seeds(runs))


def _accuracy(of_seed: Rows, group_noun: str) -> Run:
    hits = of_seed.right().astype(float)
    groups, known = clusters(of_seed)
    if not known:
        return float(hits.mean()), *metrics.wilson(float(hits.sum()), len(hits)), WILSON
    above, below = metrics.group_sums(np.column_stack([hits, np.ones(len(hits))]), groups).T
    bounds = metrics.clustered_wilson(above, below)
    return float(hits.mean()), *bounds, named(BY_GROUP, group_noun, len(below))
