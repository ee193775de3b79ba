"""Differences of accuracy with intervals: between two models, and between two protocols.

Reads tables, as `lib.evaluation.scores`. Two models answer the same images, and the test images of two
protocols overlap: both sides are resampled together, so that what they share cancels. An interval is
that of one run; each seed gets its own and the bounds are averaged over seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.evaluation.intervals import BOOTSTRAP, REPLICATES, Run, averaged, clusters
from lib.results import Comparison, Gap

OF_FAMILY = 2 * REPLICATES  # replicates: the interval of a family asks for the far tails
LEVEL = 0.95
SPARSE = "Wilson 95 %, squared and added (too few {}s for a bootstrap)"
PLACE = ["seed", "fold", "path"]
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class _Tested:
    """The test images of one protocol and seed, and who was right on which.

    hits: (images, compared), 0 or 1.
    units: (images,) what is resampled as one; `unit` is its noun, `known` whether these are groups.
    sums: (replicates, compared + 1): hits, and last the number of images, of resampled units.
    """

    hits: pd.DataFrame
    units: np.ndarray
    unit: str
    known: bool
    sums: np.ndarray


def compare(
    pairs: Sequence[tuple[str, str]], rows: pd.DataFrame, group_noun: str
) -> list[Comparison]:
    """Accuracy of the first of each pair less that of the second, on the same test images.

    The family is what one call gives: every pair under every protocol that tested both.

    Args:
        pairs: Names of arms or probes, as in the column arm.
        rows: Predictions of all of them on test images: arm, protocol, seed, fold, path, group,
            true, predicted.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: Under one protocol, two were tested with other seeds or on other images.
    """
    found = []
    rows = rows[rows["arm"].isin({name for pair in pairs for name in pair})]
    for protocol, of_protocol in rows.groupby("protocol", sort=False):
        tested = _tested(of_protocol, protocol, group_noun)
        there = set(of_protocol["arm"])
        found += [(*pair, protocol, tested) for pair in pairs if there.issuperset(pair)]
    p_values = [_p_value(arm, versus, tested) for arm, versus, _, tested in found]
    known = [one for one in p_values if one is not None]
    adjusted = iter(metrics.holm(np.array(known)).tolist())
    p_family = [None if one is None else next(adjusted) for one in p_values]
    return [
        _comparison(*one, p=p, p_family=corrected, family=len(found))
        for one, p, corrected in zip(found, p_values, p_family, strict=True)
    ]


def gaps(predictions: pd.DataFrame, group_noun: str) -> list[Gap]:
    """Accuracy under the published protocol less that under the grouped one, for arms tested under both.

    Each replicate draws groups once from those that either protocol tests (images, where a group is
    unknown) and scores both protocols on them.

    Args:
        predictions: Rows as in predictions.csv; only those of test images count.
        group_noun: What a group is, for the name of the method.

    Raises:
        ValueError: The two protocols of an arm have other seeds.
    """
    found = []
    tested = predictions[predictions["part"] == "test"]
    for arm, rows in tested.groupby("arm", sort=False):
        sides = [rows[rows["protocol"] == name] for name in ("published", "grouped")]
        seeds = [list(dict.fromkeys(one["seed"])) for one in sides]
        if not all(seeds):
            continue
        if sorted(seeds[0]) != sorted(seeds[1]):
            raise ValueError(
                f"`predictions` of {arm} should have the same seeds under both protocols; received "
                f"{seeds[0]} (published) and {seeds[1]} (grouped)."
            )
        runs = [_gap(*(one[one["seed"] == seed] for one in sides), group_noun) for seed in seeds[0]]
        values, low, high, method = averaged(runs)
        mean = float(np.mean(values))
        found.append(
            Gap(arm=arm, mean=mean, low=low, high=high, per_seed=list(values), method=method)
        )
    return found


def _tested(rows: pd.DataFrame, protocol: str, group_noun: str) -> list[_Tested]:
    """One a seed."""
    if rows.duplicated(["arm", *PLACE]).any():
        raise ValueError(
            f"`rows` should name an image once an arm, protocol, seed and fold; received some twice "
            f"({protocol})."
        )
    rows = rows.assign(hit=(rows["true"] == rows["predicted"]).astype(float))
    hits = rows.pivot(index=PLACE, columns="arm", values="hit")
    _require_same(hits, protocol)
    first = rows[rows["arm"] == rows["arm"].iloc[0]].set_index(PLACE).loc[hits.index].reset_index()
    found = []
    for _, images in first.groupby("seed", sort=False):
        units, known = clusters(images)
        of_seed = hits.iloc[images.index]
        counted = np.column_stack([of_seed.to_numpy(), np.ones(len(of_seed))])
        sums = metrics.bootstrap_sums(counted, units, OF_FAMILY, seed=0)
        unit = group_noun if known else "image"
        found.append(_Tested(hits=of_seed, units=units, unit=unit, known=known, sums=sums))
    return found


def _require_same(hits: pd.DataFrame, protocol: str) -> None:
    seeds = hits.index.get_level_values("seed")
    with_seeds = {name: sorted(set(seeds[hits[name].notna()].tolist())) for name in hits}
    if len(set(map(tuple, with_seeds.values()))) > 1:
        told = ", ".join(f"{name} {has}" for name, has in with_seeds.items())
        raise ValueError(
            f"`rows` should hold the same seeds of all that is compared; received {told} ({protocol})."
        )
    if hits.isna().any(axis=None):
        told = ", ".join(f"{name} {number}" for name, number in hits.notna().sum().items())
        raise ValueError(
            f"`rows` should hold the same test images of all that is compared, {len(hits)}; received "
            f"{told} ({protocol})."
        )


def _comparison(
    arm: str,
    versus: str,
    protocol: str,
    tested: Sequence[_Tested],
    *,
    p: float | None,
    p_family: float | None,
    family: int,
) -> Comparison:
    per_seed = [float((one.hits[arm] - one.hits[versus]).mean()) for one in tested]
    runs = [_intervals(one, arm, versus, family) for one in tested]
    (low, high), (family_low, family_high) = np.mean([one[:2] for one in runs], axis=0).tolist()
    methods = [method for *_, method in runs]
    return Comparison(
        arm=arm,
        versus=versus,
        protocol=protocol,
        mean=float(np.mean(per_seed)),
        low=low,
        high=high,
        family_low=family_low,
        family_high=family_high,
        family=family,
        p=p,
        p_family=p_family,
        per_seed=per_seed,
        method=max(methods, key=methods.count),
    )


def _intervals(one: _Tested, arm: str, versus: str, family: int) -> tuple[Interval, Interval, str]:
    """Of one seed: at 95 %, and at what is left of 5 % for each of the family (Bonferroni)."""
    levels = (LEVEL, 1 - (1 - LEVEL) / family)
    apart = (one.hits[arm] - one.hits[versus]).groupby(one.units).sum().to_numpy()
    places = [one.hits.columns.get_loc(name) for name in (arm, versus)]
    spread = (one.sums[:, places[0]] - one.sums[:, places[1]]) / one.sums[:, -1]
    if np.count_nonzero(apart) >= metrics.FEW and spread.min() < spread.max():
        bounds = (metrics.percentile_interval(spread, level) for level in levels)
        return *bounds, BOOTSTRAP.format(one.unit)
    shares = [np.maximum(side, 0).sum() / len(one.hits) for side in (apart, -apart)]
    # That the two shares are of the same images narrows the interval by nothing while they are small.
    bounds = (metrics.newcombe(shares, [len(apart)] * 2, level) for level in levels)
    return *bounds, SPARSE.format(one.unit)


def _p_value(arm: str, versus: str, tested: Sequence[_Tested]) -> float | None:
    """McNemar's exact p over seeds; None where images come in groups and are not independent.

    Twice the median of p-values that depend on each other is a p-value (Rüger, Metrika 25, 1978,
    p. 171; Vovk and Wang, Biometrika 107, 2020, p. 791). The p of a single seed is left as it is.
    """
    if any(one.known for one in tested):
        return None
    of_seeds = []
    for one in tested:
        apart = one.hits[arm] - one.hits[versus]
        of_seeds.append(metrics.mcnemar(int((apart > 0).sum()), int((apart < 0).sum())))
    return of_seeds[0] if len(of_seeds) == 1 else min(1.0, 2 * float(np.median(of_seeds)))


def _gap(published: pd.DataFrame, grouped: pd.DataFrame, group_noun: str) -> Run:
    """Difference, its interval and the method, of one seed."""
    both = pd.concat([published, grouped])
    units, known = clusters(both)
    hits = (both["true"] == both["predicted"]).to_numpy(float)
    side = np.repeat([0, 1], [len(published), len(grouped)])
    # Hits and images under `published`, then under `grouped`.
    counted = np.column_stack([one for s in (0, 1) for one in (hits * (side == s), side == s)])
    shares = [hits[side == s].mean() for s in (0, 1)]
    value, unit = float(shares[0] - shares[1]), group_noun if known else "image"
    sums = metrics.bootstrap_sums(counted, units, REPLICATES, seed=0)
    sums = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]  # both protocols must test something
    spread = sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3]
    fewest = min(len(np.unique(units[hits == answer])) for answer in (0, 1))
    if fewest >= metrics.FEW and spread.min() < spread.max():
        return value, *metrics.percentile_interval(spread), BOOTSTRAP.format(unit)
    numbers = [len(np.unique(units[side == s])) for s in (0, 1)]
    return value, *metrics.newcombe(shares, numbers, LEVEL), SPARSE.format(unit)
