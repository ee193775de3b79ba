"""The difference between the protocols: by hand, its parts, how often its interval covers, and the verdict."""

import made_up_runs as made_up
import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.evaluation import metrics
from lib.evaluation.intervals import TOO_FEW_GROUPS
from lib.evidence.gaps import gap_records, gap_verdict, gaps_by_verdict
from lib.results import Gap, LastEpochs


def _rows(right: str, *, groups="", protocol: str = "published", **place) -> pd.DataFrame:
    """Test images, one a sign: "+" is right, "-" wrong, " " not tested."""
    rows = pd.DataFrame(
        {
            **{"arm": "net", "protocol": protocol, "seed": 0, "fold": 0} | place,
            "path": [f"{number:04}.png" for number in range(len(right))],
            "group": list(groups) or "",
            "true": "x",
            "predicted": ["x" if sign == "+" else "y" for sign in right],
        }
    )
    return rows[[sign != " " for sign in right]]


def _hits(right: np.ndarray) -> str:
    return "".join("+" if hit else "-" for hit in right)


def _fits(rows: pd.DataFrame, *validation: float) -> list[LastEpochs]:
    """Every fit's accuracy in its last epochs."""
    return [
        LastEpochs(
            **dict(zip(("arm", "protocol", "seed", "fold"), place, strict=True)),
            images=10,
            epochs=list(range(1, len(validation) + 1)),
            train=list(validation),
            validation=list(validation),
        )
        for place in rows[["arm", "protocol", "seed", "fold"]].drop_duplicates().to_numpy()
    ]


def _gaps(*tables: pd.DataFrame, validation: tuple[float, ...] = (0.5,)) -> list[Gap]:
    rows = pd.concat(tables, ignore_index=True)
    return gap_records(rows, _fits(rows, *validation), "patient")


def _gap(*tables: pd.DataFrame, **other) -> Gap:
    (gap,) = _gaps(*tables, **other)
    return gap


def _both(right: str, other: str, **place) -> list[pd.DataFrame]:
    return [_rows(right, **place), _rows(other, protocol="grouped", **place)]


# The difference


def test_the_gap_is_published_less_grouped_seed_by_seed():
    gaps = _gaps(
        *(_rows("+++-  "), _rows("+----+", protocol="grouped")),
        *(_rows("  ++++", seed=1), _rows("++++--", protocol="grouped", seed=1)),
        _rows("++", arm="other"),
    )
    assert [gap.arm for gap in gaps] == ["net"]
    assert gaps[0].per_seed == pytest.approx([3 / 4 - 2 / 6, 1 - 4 / 6])
    assert gaps[0].mean == pytest.approx((3 / 4 - 2 / 6 + 1 - 4 / 6) / 2)


def test_protocols_with_other_seeds_are_an_error():
    with pytest.raises(ValueError, match=r"same seeds .* received \[0\] \(published\) and \[1\]"):
        _gaps(_rows("++"), _rows("++", protocol="grouped", seed=1))


# Groups


def test_what_two_protocols_share_cancels():
    """Under both every group has the same share right: only which groups there are varies."""
    groups = np.repeat(np.arange(40).astype(str), 10)
    right = "".join(("+" * (number % 10)).ljust(10, "-") for number in range(40))
    five_less = right[:-9] + "-----" + right[-4:]
    gap = _gap(*_both(right, five_less, groups=groups))
    alone = metrics.clustered_wilson(np.arange(40) % 10, np.full(40, 10))
    assert gap.mean == pytest.approx(5 / 400)
    assert gap.high - gap.low < 0.3 * (alone[1] - alone[0])


def test_without_groups_in_common_the_variances_of_both_sides_add():
    """30 groups of 5 on either side, each wholly right or wrong."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(60).astype(str), 5)
    right = np.repeat(rng.random(60) < 0.6, 5)
    signs = _hits(right)
    gap = _gap(*_both(signs[:150].ljust(300), signs[150:].rjust(300), groups=groups))
    shares = [right[:150].mean(), right[150:].mean()]
    variance = sum(share * (1 - share) / 29 for share in shares)  # of 30 groups, n - 1
    assert gap.mean == pytest.approx(shares[0] - shares[1])
    assert gap.parts["groups"] == pytest.approx(np.sqrt(variance), rel=0.02)
    assert gap.units == 30


def test_few_groups_have_students_t():
    """8 groups of four images: three are right under one protocol, one to three under the other."""
    grouped = "".join(("+" * (1 + number % 3)).ljust(4, "-") for number in range(8))
    gap = _gap(*_both("+++-" * 8, grouped, groups=np.repeat(list("abcdefgh"), 4)))
    half = (gap.high - gap.low) / 2
    assert half == pytest.approx(student.ppf(0.975, 7) * gap.parts["groups"])
    assert gap.units == 8


def test_images_count_as_groups_where_one_is_unknown():
    everything = _both("++-" * 20, "+--" * 20)
    assert "by image" in _gap(*everything).method
    partly = [
        table.assign(group=[*"u" * 59, ""] if place else ["u", *"v" * 59])
        for place, table in enumerate(everything)
    ]
    assert "by image" in _gap(*partly).method


def test_models_that_are_always_right_leave_wilsons_bounds():
    gap = _gap(_rows("+" * 20), _rows("+" * 80, protocol="grouped"))
    expected = confint_proportions_2indep(20, 20, 80, 80, method="newcomb")
    assert gap.mean == 0
    assert (gap.low, gap.high) == pytest.approx(expected)
    assert gap.method.startswith("Wilson")


def test_few_groups_that_are_always_right_are_counted_as_so_many():
    groups = [np.repeat(list("uvwxyz")[:number], size) for number, size in ((4, 5), (5, 16))]
    tables = [
        _rows("+" * len(of_side), groups=of_side, protocol=protocol)
        for of_side, protocol in zip(groups, ("published", "grouped"), strict=True)
    ]
    expected = confint_proportions_2indep(4, 4, 5, 5, method="newcomb")
    gap = _gap(*tables)
    assert (gap.low, gap.high) == pytest.approx(expected)
    assert "too few patients" in gap.method


@pytest.mark.filterwarnings("error")
def test_one_patient_under_the_published_split_leaves_finite_bounds():
    groups = [f"{number // 4}" for number in range(40)]
    gap = _gap(*_both("++- ".ljust(40), "++--" * 10, groups=groups))
    assert gap.mean == pytest.approx(2 / 3 - 1 / 2)
    assert np.isfinite([gap.low, gap.high]).all()
    assert gap.units == 1


# Folds, seeds, epochs


def _folds(*shares: float, seed: int = 0, images: int = 200) -> list[pd.DataFrame]:
    """A published split with 0.95 right of so many images, and grouped folds with such shares right."""
    right = ["+" * round(share * images) for share in shares]
    folds = [
        _rows(signs.ljust(images, "-"), protocol="grouped", seed=seed, fold=fold)
        for fold, signs in enumerate(right)
    ]
    for fold, rows in enumerate(folds):
        rows["path"] = [f"{fold}/{path}" for path in rows["path"]]
    return [_rows("+" * 190 + "-" * 10, seed=seed), *folds]


def test_folds_that_scatter_more_than_their_images_explain_widen_the_interval():
    """Shares of .70 and .90: variance .02, of which the 200 images explain (.21 + .09) / 2 / 199."""
    alike, apart = _gap(*_folds(0.8, 0.8)), _gap(*_folds(0.7, 0.9))
    assert apart.mean == pytest.approx(alike.mean)
    assert apart.per_fold == pytest.approx([0.7, 0.9])
    explained = (0.7 * 0.3 + 0.9 * 0.1) / 2 / 199
    assert apart.parts["folds"] == pytest.approx(np.sqrt((0.02 - explained) / 2), rel=1e-3)
    assert alike.parts["folds"] == 0
    assert apart.high - apart.low > 3 * (alike.high - alike.low)


def test_seeds_that_scatter_more_than_each_group_does_widen_the_interval():
    """Differences of .10, .20 and .30: variance .01, less that of the 20 + 20 of 400 images that differ."""
    tables = [
        table
        for seed, share in enumerate((0.85, 0.75, 0.65))
        for table in _folds(share, share, seed=seed)
    ]
    gap = _gap(*tables)
    assert gap.per_seed == pytest.approx([0.1, 0.2, 0.3])
    # Of an image: right (or wrong) with all seeds, or with one or two of three.
    residuals = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]]) - [0.85, 0.75, 0.65]
    number = np.array([40, 40, 260, 60])  # of 400
    explained = (number * (residuals / 400).var(axis=1, ddof=1)).sum()
    assert gap.parts["seeds"] == pytest.approx(np.sqrt((0.01 - explained) / 3))
    assert "epochs" not in gap.parts
    alike = _gap(*(table for seed in range(3) for table in _folds(0.75, 0.75, seed=seed)))
    assert alike.parts["seeds"] == 0
    assert gap.high - gap.low > 2 * (alike.high - alike.low)


def test_what_each_group_scatters_on_its_own_is_no_scatter_of_the_seeds():
    """One other image of 40 is wrong with each seed: the differences agree."""
    tables = [
        table
        for seed in range(4)
        for table in _both(
            "+" * 30 + "-" * 10, "+" * (20 - seed) + "-" * 20 + "+" * seed, seed=seed
        )
    ]
    assert _gap(*tables).parts["seeds"] == 0


def test_of_one_seed_the_last_epochs_stand_in():
    """Accuracies of .7, .8, .9 (variance .01) in one published fit and two grouped ones."""
    gap = _gap(*_folds(0.8, 0.8), validation=(0.7, 0.8, 0.9))
    assert gap.parts["epochs"] == pytest.approx(np.sqrt(0.01 + 0.01 / 2))
    assert "seeds" not in gap.parts
    settled = _gap(*_folds(0.8, 0.8), validation=(0.8, 0.8, 0.8))
    assert gap.high - gap.low > settled.high - settled.low
    assert set(_gap(*_folds(0.8, 0.8)).parts) == {"groups", "folds"}  # one epoch shows no scatter


# How often the interval covers the difference

TIMES = 50
COST = 0.15


def _simulated(rng: np.random.Generator, seeds: int, groups: int) -> list[pd.DataFrame]:
    """6 images per group; siblings give 0.15 away; another training part or seed moves the accuracy."""
    able = np.repeat(rng.beta(6, 4, groups), 6) - COST / 2  # how easy a patient is
    names = np.repeat(np.arange(groups).astype(str), 6)
    order = rng.permutation(groups)
    of_fold = rng.normal(0, 0.03, 3)  # training parts: the same with every seed
    tables = []
    for seed in range(seeds):
        tested = rng.permutation(len(names)) < len(names) // 5
        leaked = rng.random(len(names)) < able + COST + rng.normal(0, 0.02)
        signs = np.where(tested, np.where(leaked, "+", "-"), " ")
        tables.append(_rows("".join(signs), groups=names, seed=seed))
        for fold in range(3):
            here = np.isin(names, order[fold::3].astype(str))
            hits = rng.random(len(names)) < able + of_fold[fold] + rng.normal(0, 0.02)
            signs = np.where(here, np.where(hits, "+", "-"), " ")
            place = {"protocol": "grouped", "seed": seed, "fold": fold}
            tables.append(_rows("".join(signs), groups=names, **place))
    return tables


@pytest.mark.parametrize(("seeds", "groups"), [(3, 40), (3, 12), (2, 40)])
def test_the_interval_covers_the_difference(seeds, groups):
    rng, covered = np.random.default_rng(3), 0
    for _ in range(TIMES):
        gap = _gap(*_simulated(rng, seeds, groups))
        covered += gap.low <= COST <= gap.high
    assert covered >= 0.9 * TIMES


# The verdict


def _results(gap: Gap, **changes):
    return made_up.results(gaps=[gap], **changes)


@pytest.mark.parametrize(
    ("gap", "verdict"),
    [
        (made_up.gap(0.05, 0.25), "cost"),
        (made_up.gap(-0.25, -0.05), "gain"),
        (made_up.gap(-0.05, 0.25), "undecided"),
        (made_up.gap(0.0, 0.25), "undecided"),
        (made_up.gap(0.05, 0.25, units=TOO_FEW_GROUPS - 1), "too few groups"),
        (made_up.gap(0.05, 0.25, units=TOO_FEW_GROUPS), "cost"),
        # The published accuracy is 0.9.
        (made_up.gap(0.01, 0.11, per_fold=[0.80, 0.89]), "cost"),
        (made_up.gap(0.01, 0.11, per_fold=[0.77, 0.90]), "undecided"),
    ],
)
def test_a_difference_is_a_cost_where_interval_groups_and_folds_allow_it(gap, verdict):
    assert gap_verdict(_results(gap), gap) == verdict


@pytest.mark.parametrize("protocol", ["published", "grouped"])
def test_an_arm_that_did_not_learn_under_one_protocol_has_no_cost(protocol):
    learning = [
        made_up.learning("net", name)
        if name != protocol
        else made_up.learning("net", name, outcome="not above the majority")
        for name in ("published", "grouped")
    ]
    gap = made_up.gap(0.05, 0.25)
    assert gap_verdict(_results(gap, learning=learning), gap) == "not learnt"


def test_arms_are_sorted_by_their_verdict():
    gaps = [made_up.gap(0.1, 0.2), made_up.gap(-0.1, 0.2, "b"), made_up.gap(0.2, 0.3, "c")]
    results = made_up.results("net", "b", "c", gaps=gaps)
    by_verdict = gaps_by_verdict(results)
    assert {verdict: [gap.arm for gap in of] for verdict, of in by_verdict.items()} == {
        "cost": ["net", "c"],
        "undecided": ["b"],
    }
