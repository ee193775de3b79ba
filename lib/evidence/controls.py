"""What models and probes call images of another origin, beside the run's own test images of the same classes.

Reads tables, as `lib.evaluation.scores`. The two sets of images differ in their shares of the classes,
which alone can move an accuracy. So the recalls on the run's own test images are weighted by the
shares of the classes in the control set: what is left of a difference is not due to them. The two have
no image in common, so their intervals are squared and added. Each is that of one run, averaged over
seeds; how far another training moves the difference is not in it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.evaluation.intervals import (
    BY_GROUP,
    WILSON,
    Run,
    average_over_seeds,
    named,
)
from lib.evaluation.rows import Rows, Table, among
from lib.results import Control, ControlGap, Score

ADDED = "both intervals, squared and added"
UNKNOWN = -1  # the number of no group
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


def control_records(answers: Table, tested: Table, group_noun: str) -> Iterator[Control]:
    """One for every control set, arm or probe, and protocol.

    Args:
        answers: Rows of evidence.csv of kind "control".
        tested: What the same arms and probes called the run's test images: arm, protocol, seed, fold,
            path, group, true, predicted.
        group_noun: What a group of the run's images is, for the names of methods.
    """
    answers, tested = Rows.of(answers), Rows.of(tested)
    shown = set(answers["arm"].tolist())
    own = {
        key: [_tested(of_seed) for _, of_seed in rows.by("seed")]
        for key, rows in tested.by("arm", "protocol")
        if key[0] in shown
    }
    for (name, *by), rows in answers.by("name", "arm", "protocol"):
        yield _record(name, tuple(by), rows, own[tuple(by)], group_noun)


class _Answers(NamedTuple):
    """What was made of the images of a control set with one seed: (images,) each.

    Every fold's model answers the same images, each of which counts once: `hits` are means over folds.
    `groups` are numbers, `UNKNOWN` where an image has none.
    """

    hits: np.ndarray
    groups: np.ndarray
    classes: np.ndarray

    def of(self, classes: Collection[str]) -> "_Answers":
        """Of the images of these classes alone."""
        chosen = among(self.classes, classes)
        return _Answers(*(column[chosen] for column in self))


class _Tested(NamedTuple):
    """What was made of the run's test images with one seed, in all folds: (answers,) each."""

    hits: np.ndarray
    classes: np.ndarray
    groups: np.ndarray
    paths: np.ndarray


def _record(
    name: str,
    key: tuple[str, str],
    rows: Rows,
    own: Sequence[_Tested],
    group_noun: str,
) -> Control:
    by, protocol = key
    shares, called = _shares(rows["true"]), _shares(rows["predicted"])
    answers = [_answers(of_seed) for _, of_seed in rows.by("seed")]
    on_test, gap = _beside_test_images(key, answers, own, shares, group_noun)
    return Control(
        name=name,
        by=by,
        protocol=protocol,
        accuracy=_score((by, protocol, "accuracy", ""), answers),
        recalls=[
            _score((by, protocol, "recall", label), [of_seed.of([label]) for of_seed in answers])
            for label in shares
        ],
        majority=max(shares.values()),
        called=called,
        on_test=on_test,
        gap=gap,
    )


def _shares(names: np.ndarray) -> dict[str, float]:
    """Name → its share of all, by name."""
    counts = Counter(names.tolist())
    return {name: counts[name] / len(names) for name in sorted(counts)}


def _answers(of_seed: Rows) -> _Answers:
    paths, classes = of_seed.codes("path"), of_seed.codes("true")
    image, _ = pd.factorize(paths * (classes.max() + 1) + classes)
    first = np.unique(image, return_index=True)[1]
    return _Answers(
        hits=np.bincount(image, weights=of_seed.right()) / np.bincount(image),
        groups=_groups(of_seed)[first],
        classes=of_seed["true"][first],
    )


def _tested(of_seed: Rows) -> _Tested:
    hits = of_seed.right().astype(float)
    return _Tested(hits, of_seed["true"], _groups(of_seed), of_seed.codes("path"))


def _groups(rows: Rows) -> np.ndarray:
    return np.where(rows.known("group"), rows.codes("group"), UNKNOWN)


def _beside_test_images(
    key: tuple[str, str],
    answers: Sequence[_Answers],
    own: Sequence[_Tested],
    shares: Mapping[str, float],
    group_noun: str,
) -> tuple[Score | None, ControlGap | None]:
    """The accuracy on the test images of the same classes, and the difference; None without such images.

    Args:
        key: Arm, or probe, and protocol.
        answers: For the control set, by seed; `own` for the test images.
        shares: Of the control set's images, by class.
    """
    in_every_seed = set.intersection(*(set(of_seed.classes.tolist()) for of_seed in own))
    common = {label: share for label, share in shares.items() if label in in_every_seed}
    if not common:
        return None, None
    total = sum(common.values())
    weights = {label: share / total for label, share in common.items()}
    there = [_accuracy(of_seed.of(common)) for of_seed in answers]
    here = [_weighted(of_seed, weights, group_noun) for of_seed in own]
    runs = [
        (far[0] - near[0], *metrics.square_and_add(far[:3], near[:3]), ADDED)
        for far, near in zip(there, here, strict=True)
    ]
    values, low, high, method = average_over_seeds(runs)
    mean = float(np.mean(values))
    gap = ControlGap(mean=mean, low=low, high=high, per_seed=list(values), method=method)
    return Score.over_seeds((*key, "accuracy", "", "test", None), *average_over_seeds(here)), gap


def _score(key: tuple[str, str, str, str], answers: Sequence[_Answers]) -> Score:
    """Of the answers for a control set, by seed; `key` is arm, protocol, metric, of."""
    runs = [_accuracy(of_seed) for of_seed in answers]
    return Score.over_seeds((*key, "test", None), *average_over_seeds(runs))


def _accuracy(answers: _Answers) -> Run:
    hits, groups, _ = answers
    if UNKNOWN in groups:
        return float(hits.mean()), *metrics.wilson(float(hits.sum()), len(hits)), WILSON
    sums = metrics.group_sums(np.column_stack([hits, np.ones(len(hits))]), groups)
    method = named(BY_GROUP, GROUP, len(sums))
    return float(hits.mean()), *metrics.clustered_wilson(*sums.T), method


def _weighted(of_seed: _Tested, weights: Mapping[str, float], group_noun: str) -> Run:
    """On test images, each class with its weight: Wilson's interval at the effective number of images.

    Args:
        of_seed: Of all folds of a seed.
        weights: By class; they sum to 1.
    """
    weight = np.zeros(len(of_seed.hits))
    for label, of_class in weights.items():
        same = of_seed.classes == label
        weight[same] = of_class / np.count_nonzero(same)
    value = float(weight @ of_seed.hits)
    hits, _, groups, paths = (column[weight > 0] for column in of_seed)
    weight = weight[weight > 0] * metrics.effective_number(weight)  # they sum to so many images
    known = UNKNOWN not in groups
    units, _ = pd.factorize(groups if known else paths)
    sums = metrics.group_sums(np.column_stack([weight * hits, weight]), units)
    method = named(BY_GROUP, group_noun if known else "image", len(sums))
    return value, *metrics.clustered_wilson(*sums.T), method
