"""Differences of accuracy between two models, with intervals.

Reads tables, as `lib.evaluation.scores`. Two models answer the same images: both are resampled
together, so that what they share cancels. An interval is that of one run, averaged over seeds: see
`lib.evaluation.intervals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

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
from lib.evaluation.rows import Rows, Table, among
from lib.results import Comparison

OF_FAMILY = 2 * REPLICATES  # replicates: the interval of a family asks for the far tails
LEVEL = 0.95
SPARSE = "Wilson 95 %, squared and added (too few {}s for a bootstrap)"
IMAGE = ["seed", "fold", "path"]  # columns that name one answer of an arm under a protocol


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """Who was right on which test images of one protocol and seed.

    hits: By name of what is compared, (images,) each, 0 or 1.
    units: (images,) what is resampled as one; `unit` is its noun, `known` whether these are groups.
    sums: (replicates, compared + 1): hits, and last the number of images, of resampled units.
    """

    hits: dict[str, np.ndarray]
    units: np.ndarray
    unit: str
    known: bool
    sums: np.ndarray


def compare(pairs: Sequence[tuple[str, str]], rows: Table, group_noun: str) -> list[Comparison]:
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
    family, rows = [], Rows.of(rows)
    rows = rows.only(among(rows["arm"], {name for pair in pairs for name in pair}))
    for protocol, of_protocol in rows.by("protocol"):
        answers = _answers(of_protocol, protocol, group_noun)
        tested = set(of_protocol["arm"].tolist())
        family += [(*pair, protocol, answers) for pair in pairs if tested.issuperset(pair)]
    p_values = [_p_value(arm, versus, answers) for arm, versus, _, answers in family]
    adjusted = iter(metrics.holm(np.array([p for p in p_values if p is not None])).tolist())
    p_family = [None if p is None else next(adjusted) for p in p_values]
    return [
        _comparison(*member, p=p, p_family=corrected, family=len(family))
        for member, p, corrected in zip(family, p_values, p_family, strict=True)
    ]


def _answers(rows: Rows, protocol: str, group_noun: str) -> list[_Answers]:
    """Of each seed, in ascending order."""
    code, names = pd.factorize(rows["arm"])
    image, images = _images(rows)
    if np.bincount(image * len(names) + code).max() > 1:
        raise ValueError(
            f"`rows` should name an image once per arm, protocol, seed and fold; received some twice "
            f"({protocol})."
        )
    hits = np.full((len(images), len(names)), np.nan)
    hits[image, code] = rows.right()
    _require_same(hits, images["seed"], names, protocol)
    answers, tables = [], []
    for seed in np.unique(images["seed"]):
        chosen = images["seed"] == seed
        units, known = clusters(images.only(chosen))
        _, units = np.unique(units, return_inverse=True)
        answers.append((dict(zip(names, hits[chosen].T, strict=True)), units, known))
        tables.append((np.column_stack([hits[chosen], np.ones(len(units))]), units))
    drawn = metrics.bootstrap_sums(tables, OF_FAMILY, seed=0)
    return [
        _Answers(
            hits=of_seed,
            units=units,
            unit=group_noun if known else "image",
            known=known,
            sums=sums,
        )
        for (of_seed, units, known), sums in zip(answers, drawn, strict=True)
    ]


def _images(rows: Rows) -> tuple[np.ndarray, Rows]:
    """(rows,) the place of each row's image among the images, and a row of each of these."""
    codes = [rows.codes(column) for column in IMAGE]
    sizes = [int(code.max()) + 1 for code in codes]
    _, first, image = np.unique(
        np.ravel_multi_index(codes, sizes), return_index=True, return_inverse=True
    )
    return image, rows.only(first)


def _require_same(hits: np.ndarray, seeds: np.ndarray, names: Sequence[str], protocol: str) -> None:
    answered = ~np.isnan(hits).T
    if answered.all():
        return
    with_seeds = {
        name: sorted(set(seeds[of_name].tolist()))
        for name, of_name in sorted(zip(names, answered, strict=True), key=itemgetter(0))
    }
    if len(set(map(tuple, with_seeds.values()))) > 1:
        received = ", ".join(f"{name} {of_name}" for name, of_name in with_seeds.items())
        raise ValueError(
            f"`rows` should hold the same seeds of all that is compared; received {received} ({protocol})."
        )
    counts = dict(zip(names, answered.sum(1), strict=True))
    received = ", ".join(f"{name} {counts[name]}" for name in with_seeds)
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
    value, by_unit = float(apart.mean()), np.bincount(answers.units, weights=apart)
    places = [list(answers.hits).index(name) for name in (arm, versus)]
    spread = (answers.sums[:, places[0]] - answers.sums[:, places[1]]) / answers.sums[:, -1]
    if np.count_nonzero(by_unit) >= metrics.FEW and spread.min() < spread.max():
        units, method = len(by_unit), named(BOOTSTRAP, answers.unit, len(by_unit))
        bounds = metrics.percentile_intervals(spread, levels, units)
        return [(value, low, high, method) for low, high in bounds]
    shares = [np.maximum(side, 0).sum() / len(apart) for side in (by_unit, -by_unit)]
    # That the two shares are of the same images narrows the interval by nothing while they are small.
    both, method = [len(by_unit)] * 2, SPARSE.format(answers.unit)
    return [(value, *metrics.newcombe(shares, both, level), method) for level in levels]


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
