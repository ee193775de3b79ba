"""What keeping groups on one side of the split costs: the difference, its uncertainty, the verdict.

The difference is estimated from a few trainings on one data set. What could have come out otherwise is
put into its interval as a variance of its own, as far as a run shows it:

- groups: other groups (images, where these are unknown) could have been tested; from leaving out each
  in turn under both protocols at once, so that what they share cancels (jackknife; Efron and
  Tibshirani, An Introduction to the Bootstrap, 1993, ch. 11).
- folds: a grouped fold is another training part. How far the accuracies of the folds scatter beyond
  what the choice of their test images explains, over the number of folds. Folds share training images,
  so this is a lower bound: no unbiased estimate exists (Bengio and Grandvalet, JMLR 5, 2004, p. 1089).
- seeds: another seed gives other weights, another published split and other folds. How far the
  differences of the seeds scatter beyond what each group's own scatter explains, which is part of
  the first already, over the number of seeds; the last epochs are part of it.
- epochs: where there is one seed, in its place, the scatter over the last epochs.

The variances are added, with Student's t at the degrees of freedom of Satterthwaite (Biometrics Bulletin 2,
1946, p. 110). How many images a model is trained on is no scatter, and is not in the interval: see
`lib.evidence.sizes`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lib.evaluation import metrics
from lib.evaluation.intervals import TOO_FEW_GROUPS, clusters, named
from lib.evaluation.rows import Rows, Table
from lib.results import Gap, GapPart, LastEpochs, Results, headlines

PROTOCOLS = ("published", "grouped")
ADDED = "Student's t 95 %, from the scatter by {}, {}"
SPARSE = "Wilson 95 % by {} of both sides, squared and added, {}"
MANY = 1e9  # degrees of freedom that make Student's t a normal quantile
Verdict = Literal["not learnt", "too few groups", "cost", "gain", "undecided"]


def gap_verdict(results: Results, gap: Gap) -> Verdict:
    """What the difference between the protocols may be called.

    It is a cost only of an arm that learnt under both protocols, if the interval with all its parts lies
    above 0 and no grouped fold reaches the published accuracy.
    """
    if not all(results.learnt(gap.arm, protocol) for protocol in PROTOCOLS):
        return "not learnt"
    if gap.units < TOO_FEW_GROUPS:
        return "too few groups"
    if gap.low > 0 and not reaching_fold(results, gap):
        return "cost"
    return "gain" if gap.high < 0 else "undecided"


def gaps_by_verdict(results: Results) -> dict[Verdict, list[Gap]]:
    """The differences of all arms and variants by what they may be called."""
    by_verdict: dict[Verdict, list[Gap]] = {}
    for gap in results.gaps:
        by_verdict.setdefault(gap_verdict(results, gap), []).append(gap)
    return by_verdict


def reaching_fold(results: Results, gap: Gap) -> float | None:
    """The highest accuracy of a grouped fold where it reaches the published one, else None."""
    published = next(
        score.mean for score in headlines(results.scores, "published") if score.arm == gap.arm
    )
    return max(gap.per_fold) if max(gap.per_fold) >= published else None


def gap_records(tested: Table, fits: Iterable[LastEpochs], group_noun: str) -> list[Gap]:
    """Accuracy under the published protocol less that under the grouped one, for arms tested under both.

    Args:
        tested: Rows as in predictions.csv, of test images.
        fits: Of the same run.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: The two protocols of an arm have other seeds.
    """
    records, fits = [], list(fits)
    for arm, rows in Rows.of(tested).by("arm"):
        places = [np.flatnonzero(rows["protocol"] == protocol) for protocol in PROTOCOLS]
        seeds = [list(dict.fromkeys(rows["seed"][side].tolist())) for side in places]
        if not all(seeds):
            continue
        if sorted(seeds[0]) != sorted(seeds[1]):
            raise ValueError(
                f"`tested` of {arm} should have the same seeds under both protocols; received "
                f"{seeds[0]} (published) and {seeds[1]} (grouped)."
            )
        of_arm = [fit for fit in fits if fit.arm == arm]
        of_both = rows.only(np.concatenate(places))
        records.append(_gap(arm, of_both, seeds[0], of_arm, group_noun))
    return records


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One source of scatter: its variance, in squared accuracies, and the degrees of freedom it is known to."""

    variance: float
    freedom: float


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """What each group adds: (sides, seeds, groups) each. A group may be absent from a side."""

    hits: np.ndarray
    images: np.ndarray

    @property
    def per_seed(self) -> np.ndarray:
        """(seeds,): published less grouped accuracy."""
        published, grouped = self.hits.sum(-1) / self.images.sum(-1)
        return published - grouped

    @property
    def units(self) -> int:
        """Groups that the protocol tests which tests fewer, over seeds."""
        return int((self.images.sum(1) > 0).sum(-1).min())


def _gap(
    arm: str,
    tested: Rows,
    seeds: Sequence[int],
    fits: Sequence[LastEpochs],
    group_noun: str,
) -> Gap:
    groups, known = clusters(tested)
    sums = _sums(tested, groups, seeds)
    folds = _accuracies_of_folds(tested.only(tested["protocol"] == "grouped"))
    others: dict[GapPart, _Part] = {}
    if folds["fold"].nunique() > 1:
        others["folds"] = _fold_part(folds)
    if len(seeds) > 1:
        others["seeds"] = _seed_part(sums)
    elif min(len(fit.epochs) for fit in fits) > 1:
        others["epochs"] = _epoch_part(fits)
    mean = float(sums.per_seed.mean())
    (below, above), method = _group_parts(sums)
    low, high = (_half_width([side, *others.values()]) for side in (below, above))
    variances: dict[GapPart, float] = {"groups": max(below.variance, above.variance)}
    variances |= {name: part.variance for name, part in others.items()}
    by = method.format(group_noun if known else "image", " and ".join(others))
    return Gap(
        arm=arm,
        mean=mean,
        low=mean - low,
        high=mean + high,
        per_seed=sums.per_seed.tolist(),
        per_fold=folds.groupby("fold", sort=False)["accuracy"].mean().tolist(),
        units=sums.units,
        parts={name: float(np.sqrt(variance)) for name, variance in variances.items()},
        method=named(by, group_noun, sums.units),
    )


def _sums(tested: Rows, groups: np.ndarray, seeds: Sequence[int]) -> _Sums:
    unit, units = pd.factorize(groups)
    side = (tested["protocol"] == "grouped").astype(int)
    seed = np.array([seeds.index(number) for number in tested["seed"].tolist()])
    shape = len(PROTOCOLS), len(seeds), len(units)
    place, number = np.ravel_multi_index((side, seed, unit), shape), np.prod(shape)
    hits, images = (
        np.bincount(place, weights=weights, minlength=number).reshape(shape)
        for weights in (tested.right(), np.ones(len(tested)))
    )
    return _Sums(hits=hits, images=images)


def _group_parts(sums: _Sums) -> tuple[tuple[_Part, _Part], str]:
    """The part of the groups below and above the mean, and the form of the method's name.

    A side on which fewer than `metrics.FEW` groups hold a right or a wrong answer shows too little scatter
    to be trusted, none where all is right: then each side has its own interval, and the two are taken
    as independent.
    """
    hits, images = sums.hits.mean(1), sums.images.mean(1)  # over seeds
    telling = min((hits > 0).sum(-1).min(), (hits < images).sum(-1).min())
    freedom = min(metrics.effective_number(side) for side in images) - 1
    if telling >= metrics.FEW:
        part = _Part(variance=_jackknife(sums), freedom=max(freedom, 1.0))
        return (part, part), ADDED
    sides = [
        (of_side.sum() / of_images.sum(), *metrics.clustered_wilson(of_side, of_images))
        for of_side, of_images in zip(hits, images, strict=True)
    ]
    low, high = metrics.square_and_add(*sides)
    mean = sides[0][0] - sides[1][0]
    below, above = (
        _Part(variance=(width / metrics.Z) ** 2, freedom=MANY)  # Wilson's bound has its own t
        for width in (mean - low, high - mean)
    )
    return (below, above), SPARSE


def _jackknife(sums: _Sums) -> float:
    """Variance of the difference, mean over seeds, from leaving out each group in turn on both sides."""
    hits = sums.hits.sum(-1, keepdims=True) - sums.hits
    images = sums.images.sum(-1, keepdims=True) - sums.images
    published, grouped = (hits / images).mean(1)
    without = published - grouped
    return float((len(without) - 1) * without.var())


def _accuracies_of_folds(grouped: Rows) -> pd.DataFrame:
    """Of each seed and grouped fold: accuracy, and the variance that its test images explain."""
    rows = []
    for (seed, fold), of_fold in sorted(grouped.by("seed", "fold"), key=itemgetter(0)):
        hits = of_fold.right().astype(float)
        hits_and_ones = np.column_stack([hits, np.ones(len(hits))])
        above, below = metrics.group_sums(hits_and_ones, clusters(of_fold)[0]).T
        explained = metrics.jackknife_variance(above, below)
        rows.append({"seed": seed, "fold": fold, "accuracy": hits.mean(), "explained": explained})
    return pd.DataFrame(rows)


def _fold_part(folds: pd.DataFrame) -> _Part:
    """What the folds of a seed scatter beyond sampling, mean over seeds, over the number of folds."""
    by_seed = folds.groupby("seed")
    beyond = (by_seed["accuracy"].var() - by_seed["explained"].mean()).mean()
    number = folds["fold"].nunique()
    return _Part(variance=max(0.0, float(beyond)) / number, freedom=number - 1)


def _seed_part(sums: _Sums) -> _Part:
    """What the seeds' differences scatter beyond the scatter of each group on its own, over their number."""
    images = sums.images.sum(-1, keepdims=True)
    accuracy = sums.hits.sum(-1, keepdims=True) / images
    published, grouped = (sums.hits - accuracy * sums.images) / images
    explained = (published - grouped).var(axis=0, ddof=1).sum()
    beyond = float(sums.per_seed.var(ddof=1) - explained)
    seeds = len(sums.per_seed)
    return _Part(variance=max(0.0, beyond) / seeds, freedom=seeds - 1)


def _epoch_part(fits: Sequence[LastEpochs]) -> _Part:
    """Of one seed: the scatter over the last epochs, of both protocols; a mean over folds scatters less."""
    variance = 0.0
    for protocol in PROTOCOLS:
        of_side = [np.var(fit.validation, ddof=1) for fit in fits if fit.protocol == protocol]
        variance += float(np.mean(of_side)) / len(of_side)
    return _Part(variance=variance, freedom=min(len(fit.epochs) for fit in fits) - 1)


def _half_width(parts: Sequence[_Part]) -> float:
    """Student's t times the root of the sum of variances; degrees of freedom by Satterthwaite."""
    variance = sum(part.variance for part in parts)
    if not variance:
        return 0.0
    freedom = 1 / sum((part.variance / variance) ** 2 / part.freedom for part in parts)
    return float(stdtrit(freedom, 0.975) * np.sqrt(variance))
