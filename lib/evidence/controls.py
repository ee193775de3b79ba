"""What models and probes call images of another origin, beside the run's own test images of the same classes.

Reads tables, as `lib.evaluation.scores`. The two sets of images differ in their shares of the classes,
which alone can move an accuracy. So the recalls on the run's own test images are weighted by the
shares of the classes in the control set: what is left of a difference is not due to them. The two have
no image in common, so their intervals are squared and added. Each is that of one run, averaged over
seeds; how far another training moves the difference is not in it.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.evaluation.intervals import (
    BY_GROUP,
    WILSON,
    Run,
    average_over_seeds,
    clusters,
    has_groups,
    named,
)
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


class _Answers(NamedTuple):
    """What was made of the images of a control set with one seed: (images,) each.

    Every fold's model answers the same images, each of which counts once: `hits` are means over folds.
    """

    hits: np.ndarray
    groups: np.ndarray
    classes: np.ndarray

    def of(self, classes: Collection[str]) -> "_Answers":
        """Of the images of these classes alone."""
        chosen = np.isin(self.classes, list(classes))
        return _Answers(*(column[chosen] for column in self))


def _record(name: str, rows: pd.DataFrame, own: pd.DataFrame, group_noun: str) -> Control:
    by, protocol = _key(rows)
    shares = rows["true"].value_counts(normalize=True).sort_index()
    called = rows["predicted"].value_counts(normalize=True).sort_index()
    answers = [_answers(of_seed) for of_seed in _by_seed(rows)]
    on_test, gap = _beside_test_images(answers, own, shares, group_noun)
    return Control(
        name=name,
        by=by,
        protocol=protocol,
        accuracy=_score((by, protocol, "accuracy", ""), answers),
        recalls=[
            _score((by, protocol, "recall", label), [of_seed.of([label]) for of_seed in answers])
            for label in shares.index
        ],
        majority=float(shares.max()),
        called={str(label): float(share) for label, share in called.items()},
        on_test=on_test,
        gap=gap,
    )


def _answers(of_seed: pd.DataFrame) -> _Answers:
    image, _ = pd.factorize(of_seed["path"] + "\n" + of_seed["true"])
    first = np.unique(image, return_index=True)[1]
    right = (of_seed["true"] == of_seed["predicted"]).to_numpy(float)
    return _Answers(
        hits=np.bincount(image, weights=right) / np.bincount(image),
        groups=of_seed["group"].to_numpy(object)[first],
        classes=of_seed["true"].to_numpy(object)[first],
    )


def _key(rows: pd.DataFrame) -> tuple[str, str]:
    return rows["arm"].iloc[0], rows["protocol"].iloc[0]


def _beside_test_images(
    answers: Sequence[_Answers], own: pd.DataFrame, shares: pd.Series, group_noun: str
) -> tuple[Score | None, ControlGap | None]:
    """The accuracy on the test images of the same classes, and the difference; None without such images.

    Args:
        answers: For the control set, by seed.
        shares: Of the control set's images, by class.
    """
    tests = _by_seed(own)
    in_every_seed = set.intersection(*(set(of_seed["true"]) for of_seed in tests))
    common = shares[shares.index.isin(in_every_seed)]
    if common.empty:
        return None, None
    there = [_accuracy(of_seed.of(common.index)) for of_seed in answers]
    here = [_weighted(of_seed, common / common.sum(), group_noun) for of_seed in tests]
    runs = [
        (far[0] - near[0], *metrics.square_and_add(far[:3], near[:3]), ADDED)
        for far, near in zip(there, here, strict=True)
    ]
    values, low, high, method = average_over_seeds(runs)
    mean = float(np.mean(values))
    gap = ControlGap(mean=mean, low=low, high=high, per_seed=list(values), method=method)
    key = (*_key(own), "accuracy", "", "test", None)
    return Score.over_seeds(key, *average_over_seeds(here)), gap


def _score(key: tuple[str, str, str, str], answers: Sequence[_Answers]) -> Score:
    """Of the answers for a control set, by seed; `key` is arm, protocol, metric, of."""
    runs = [_accuracy(of_seed) for of_seed in answers]
    return Score.over_seeds((*key, "test", None), *average_over_seeds(runs))


def _by_seed(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [of_seed for _, of_seed in rows.groupby("seed", sort=False)]


def _accuracy(answers: _Answers) -> Run:
    hits, groups, _ = answers
    if not has_groups(groups):
        return float(hits.mean()), *metrics.wilson(float(hits.sum()), len(hits)), WILSON
    sums = metrics.group_sums(np.column_stack([hits, np.ones(len(hits))]), groups)
    method = named(BY_GROUP, GROUP, len(sums))
    return float(hits.mean()), *metrics.clustered_wilson(*sums.T), method


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
