"""Differences of accuracy between two models, with intervals.

Reads tables, as `lib.evaluation.scores`. Two models answer the same images: both are resampled
together, so that what they share cancels. An interval is that of one run, averaged over seeds: see
`lib.evaluation.intervals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.evaluation import metrics
from lib.evaluation.intervals import (
    BOOTSTRAP,
    REPLICATES,
    Run,
    average_over_seeds,
    clusters,
    named,
)
from lib.results import Comparison

OF_FAMILY = 2 * REPLICATES  # replicates: the interval of a family asks for the far tails
LEVEL = 0.95
SPARSE = "Wilson 95 %, squared and added (too few {}s for a bootstrap)"
IMAGE = ["seed", "fold", "path"]  # columns that name one answer of an arm under a protocol


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """Who was right on which test images of one protocol and seed.

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
    family = []
    rows = rows[rows["arm"].isin({name for pair in pairs for name in pair})]
    for protocol, of_protocol in rows.groupby("protocol", sort=False):
        answers = _answers(of_protocol, protocol, group_noun)
        tested = set(of_protocol["arm"])
        family += [(*pair, protocol, answers) for pair in pairs if tested.issuperset(pair)]
    p_values = [_p_value(arm, versus, answers) for arm, versus, _, answers in family]
    adjusted = iter(metrics.holm(np.array([p for p in p_values if p is not None])).tolist())
    p_family = [None if p is None else next(adjusted) for p in p_values]
    return [
        _comparison(*member, p=p, p_family=corrected, family=len(family))
        for member, p, corrected in zip(family, p_values, p_family, strict=True)
    ]


def _answers(rows: pd.DataFrame, protocol: str, group_noun: str) -> list[_Answers]:
    """Of each seed."""
    if rows.duplicated(["arm", *IMAGE]).any():
        raise ValueError(
            f"`rows` should name an image once per arm, protocol, seed and fold; received some twice "
            f"({protocol})."
        )
    rows = rows.assign(hit=(rows["true"] == rows["predicted"]).astype(float))
    hits = rows.pivot(index=IMAGE, columns="arm", values="hit")
    _require_same(hits, protocol)
    first = rows[rows["arm"] == rows["arm"].iloc[0]].set_index(IMAGE).loc[hits.index].reset_index()
    by_seed = [images for _, images in first.groupby("seed", sort=False)]
    units = [clusters(images) for images in by_seed]
    of_seeds = [hits.iloc[images.index] for images in by_seed]
    tables = [
        (np.column_stack([of_seed.to_numpy(), np.ones(len(of_seed))]), names)
        for of_seed, (names, _) in zip(of_seeds, units, strict=True)
    ]
    drawn = metrics.bootstrap_sums(tables, OF_FAMILY, seed=0)
    return [
        _Answers(
            hits=of_seed,
            units=names,
            unit=group_noun if known else "image",
            known=known,
            sums=sums,
        )
        for of_seed, (names, known), sums in zip(of_seeds, units, drawn, strict=True)
    ]


def _require_same(hits: pd.DataFrame, protocol: str) -> None:
    seeds = hits.index.get_level_values("seed")
    with_seeds = {name: sorted(set(seeds[hits[name].notna()].tolist())) for name in hits}
    if len(set(map(tuple, with_seeds.values()))) > 1:
        received = ", ".join(f"{name} {of_name}" for name, of_name in with_seeds.items())
        raise ValueError(
            f"`rows` should hold the same seeds of all that is compared; received {received} ({protocol})."
        )
    if hits.isna().any(axis=None):
        received = ", ".join(f"{name} {number}" for name, number in hits.notna().sum().items())
        raise ValueError(
            f"`rows` should hold the same test images of all that is compared, {len(hits)}; received "
            f"{received} ({protocol})."
        )


def _comparison(
    arm: str,
    versus: str,
    protocol: str,
    answers: Sequence[_Answers],
    *,
    p: float | None,
    p_family: float | None,
    family: int,
) -> Comparison:
    # At 95 %, and at what is left of 5 % for each of the family (Bonferroni).
    levels = (LEVEL, 1 - (1 - LEVEL) / family)
    runs = [_differences(of_seed, arm, versus, levels) for of_seed in answers]
    (per_seed, low, high, method), (_, family_low, family_high, _) = map(
        average_over_seeds, zip(*runs, strict=True)
    )
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
        per_seed=list(per_seed),
        method=method,
    )


def _differences(answers: _Answers, arm: str, versus: str, levels: Sequence[float]) -> list[Run]:
    """Of one seed: the difference with its interval at each level."""
    apart = answers.hits[arm] - answers.hits[versus]
    value, by_unit = float(apart.mean()), apart.groupby(answers.units).sum().to_numpy()
    places = [answers.hits.columns.get_loc(name) for name in (arm, versus)]
    spread = (answers.sums[:, places[0]] - answers.sums[:, places[1]]) / answers.sums[:, -1]
    if np.count_nonzero(by_unit) >= metrics.FEW and spread.min() < spread.max():
        units, method = len(by_unit), named(BOOTSTRAP, answers.unit, len(by_unit))
        bounds = (metrics.percentile_interval(spread, level, units) for level in levels)
        return [(value, low, high, method) for low, high in bounds]
    shares = [np.maximum(side, 0).sum() / len(answers.hits) for side in (by_unit, -by_unit)]
    # That the two shares are of the same images narrows the interval by nothing while they are small.
    units, method = [len(by_unit)] * 2, SPARSE.format(answers.unit)
    return [(value, *metrics.newcombe(shares, units, level), method) for level in levels]


def _p_value(arm: str, versus: str, answers: Sequence[_Answers]) -> float | None:
    """McNemar's exact p over seeds; None where images come in groups and are not independent.

    Twice the median of p-values that depend on each other is a p-value (Rüger, Metrika 25, 1978,
    p. 171; Vovk and Wang, Biometrika 107, 2020, p. 791). The p of a single seed is left as it is.
    """
    if any(of_seed.known for of_seed in answers):
        return None
    by_seed = []
    for of_seed in answers:
        apart = of_seed.hits[arm] - of_seed.hits[versus]
        by_seed.append(metrics.mcnemar(int((apart > 0).sum()), int((apart < 0).sum())))
    return by_seed[0] if len(by_seed) == 1 else min(1.0, 2 * float(np.median(by_seed)))
