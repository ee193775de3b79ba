"""What models and probes call images of another origin, beside the run's own test images of the same classes.

Reads tables, as `lib.evaluation.scores`. The two sets of images differ in their shares of the classes,
which alone can move an accuracy. So the recalls on the run's own test images are weighted by the
shares of the classes in the control set: what is left of a difference is not due to them. The two have
no image in common, so their intervals are squared and added. Each is that of one run, averaged over
seeds; how far another training moves the difference is not in it.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.evaluation.intervals import BY_GROUP, WILSON, Run, average_over_seeds, clusters, named
from lib.results import Control, ControlGap, Score

ADDED = "both intervals, squared and added"
GROUP = "group"  # what a group of a control set is called: nothing more is known of it
CarryOver = Literal["lower", "higher", "no difference shown"]


def carry_over(control: Control) -> CarryOver:
    """Whether the accuracy on the control set differs from that on the same classes of the test images.

    By the 95 % interval of the difference.
    """
    if control.gap is None:
        return "no difference shown"
    if control.gap.high < 0:
        return "lower"
    return "higher" if control.gap.low > 0 else "no difference shown"


def control_records(
    answers: pd.DataFrame, tested: pd.DataFrame, group_noun: str
) -> Iterator[Control]:
    """One for every control set, arm or probe, and protocol.

    Args:
        answers: Rows of evidence.csv of kind "control".
        tested: What the same arms and probes called the run's test images: arm, protocol, seed, fold,
            path, group, true, predicted.
        group_noun: What a group of the run's images is, for the names of methods.
    """
    own = dict(list(tested.groupby(["arm", "protocol"], sort=False)))
    for (name, by, protocol), rows in answers.groupby(["name", "arm", "protocol"], sort=False):
        yield _record(name, rows, own[by, protocol], group_noun)


def _record(name: str, rows: pd.DataFrame, own: pd.DataFrame, group_noun: str) -> Control:
    by, protocol = _key(rows)
    shares = rows["true"].value_counts(normalize=True).sort_index()
    called = rows["predicted"].value_counts(normalize=True).sort_index()
    by_class = rows.groupby("true")
    on_test, gap = _beside_test_images(rows, own, shares, group_noun)
    return Control(
        name=name,
        by=by,
        protocol=protocol,
        accuracy=_score((by, protocol, "accuracy", ""), rows),
        recalls=[_score((by, protocol, "recall", label), of_class) for label, of_class in by_class],
        majority=float(shares.max()),
        called={str(label): float(share) for label, share in called.items()},
        on_test=on_test,
        gap=gap,
    )


def _key(rows: pd.DataFrame) -> tuple[str, str]:
    return rows["arm"].iloc[0], rows["protocol"].iloc[0]


def _beside_test_images(
    rows: pd.DataFrame, own: pd.DataFrame, shares: pd.Series, group_noun: str
) -> tuple[Score | None, ControlGap | None]:
    """The accuracy on the test images of the same classes, and the difference; None without such images.

    Args:
        shares: Of the control set's images, by class.
    """
    in_every_seed = set.intersection(*(set(of_seed["true"]) for of_seed in _by_seed(own)))
    common = shares[shares.index.isin(in_every_seed)]
    if common.empty:
        return None, None
    there = [_accuracy(of_seed) for of_seed in _by_seed(rows[rows["true"].isin(common.index)])]
    here = [_weighted(of_seed, common / common.sum(), group_noun) for of_seed in _by_seed(own)]
    runs = [
        (far[0] - near[0], *metrics.square_and_add(far[:3], near[:3]), ADDED)
        for far, near in zip(there, here, strict=True)
    ]
    values, low, high, method = average_over_seeds(runs)
    mean = float(np.mean(values))
    gap = ControlGap(mean=mean, low=low, high=high, per_seed=list(values), method=method)
    key = (*_key(own), "accuracy", "", "test", None)
    return Score.over_seeds(key, *average_over_seeds(here)), gap


def _score(key: tuple[str, str, str, str], rows: pd.DataFrame) -> Score:
    """Of the answers for a control set; `key` is arm, protocol, metric, of."""
    runs = [_accuracy(of_seed) for of_seed in _by_seed(rows)]
    return Score.over_seeds((*key, "test", None), *average_over_seeds(runs))


def _by_seed(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [of_seed for _, of_seed in rows.groupby("seed", sort=False)]


def _accuracy(of_seed: pd.DataFrame) -> Run:
    """On a control set: every fold's model answers the same images, each of which counts once."""
    hits = of_seed.assign(hit=(of_seed["true"] == of_seed["predicted"]).astype(float))
    images = hits.groupby("path", sort=False, as_index=False).agg({"hit": "mean", "group": "first"})
    hit, (units, known) = images["hit"].to_numpy(), clusters(images)
    if not known:
        return float(hit.mean()), *metrics.wilson(float(hit.sum()), len(hit)), WILSON
    sums = metrics.group_sums(np.column_stack([hit, np.ones(len(hit))]), units)
    method = named(BY_GROUP, GROUP, len(sums))
    return float(hit.mean()), *metrics.clustered_wilson(*sums.T), method


def _weighted(of_seed: pd.DataFrame, weights: pd.Series, group_noun: str) -> Run:
    """On test images, each class with its weight: Wilson's interval at the effective number of images.

    Args:
        of_seed: Of all folds of a seed: path, group, true, predicted.
        weights: By class; they sum to 1.
    """
    rows = of_seed[of_seed["true"].isin(weights.index)]
    hit = (rows["true"] == rows["predicted"]).to_numpy(float)
    weight = (rows["true"].map(weights) / rows.groupby("true")["path"].transform("size")).to_numpy()
    value = float(weight @ hit)
    weight = weight * metrics.effective_number(weight)  # they sum to so many images
    units, known = clusters(rows)
    sums = metrics.group_sums(np.column_stack([weight * hit, weight]), units)
    method = named(BY_GROUP, group_noun if known else "image", len(sums))
    return value, *metrics.clustered_wilson(*sums.T), method
