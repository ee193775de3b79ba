"""Differences between models: by hand, against statsmodels, and how often they cover."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.evaluation import metrics
from lib.evidence import comparisons

IMAGES = "bootstrap 95 %, resampling images"
SPARSE = "Wilson 95 %, squared and added (too few {}s for a bootstrap)"


def _rows(arm: str, right: str, *, groups="", **other) -> pd.DataFrame:
    """Predictions of one image a sign: "+" is right, "-" wrong, " " not tested."""
    named = {"arm": arm, "protocol": "published", "seed": 0, "fold": 0, "part": "test"}
    rows = pd.DataFrame(
        {
            **named | other,
            "path": [f"{number:04}.png" for number in range(len(right))],
            "group": list(groups) or "",
            "true": "x",
            "predicted": ["x" if one == "+" else "y" for one in right],
        }
    )
    return rows[[one != " " for one in right]]


def _hits(share: np.ndarray) -> str:
    return "".join("+" if one else "-" for one in share)


def _compare(*tables: pd.DataFrame, pairs=(("a", "b"),), noun: str = "patient") -> list:
    # In another order than the images': rows must be matched, not counted.
    rows = pd.concat([one.sample(frac=1, random_state=0) for one in tables], ignore_index=True)
    return comparisons.compare(pairs, rows, noun)


def _one(*tables: pd.DataFrame, **other):
    (found,) = _compare(*tables, **other)
    return found


def _bounds(one) -> tuple[float, float]:
    return one.low, one.high


# Two models: by hand


def test_the_difference_is_that_of_each_seed_on_the_same_images():
    found = _one(
        *(_rows("a", "++++-"), _rows("b", "+-+--")),
        *(_rows("a", "+---", seed=1), _rows("b", "++--", seed=1)),
    )
    assert found.per_seed == pytest.approx([2 / 5, -1 / 4])
    assert found.mean == pytest.approx((2 / 5 - 1 / 4) / 2)
    assert (found.arm, found.versus, found.protocol, found.family) == ("a", "b", "published", 1)


def test_p_is_mcnemars_of_the_images_that_one_alone_gets_right():
    # 7 for a, 1 for b: 2 × (1 + 8) / 2 ** 8.
    found = _one(_rows("a", "+" * 17 + "-" * 8), _rows("b", "+" * 10 + "-" * 14 + "+"))
    assert found.p == found.p_family == pytest.approx(2 * 9 / 256)


def test_p_of_several_seeds_is_twice_their_median():
    p_of = {7: 2 / 128, 8: 2 / 256, 10: 2 / 1024}
    for seeds, median in (((7, 8, 10), p_of[8]), ((7, 10), (p_of[7] + p_of[10]) / 2)):
        tables = [
            _rows(arm, (sign * ahead).ljust(30, "+"), seed=seed)
            for seed, ahead in enumerate(seeds)
            for arm, sign in (("a", "+"), ("b", "-"))
        ]
        assert _one(*tables).p == pytest.approx(2 * median)


def test_twice_the_median_is_at_most_one():
    tables = [_rows(arm, "+-+-", seed=seed) for seed in (0, 1) for arm in "ab"]
    assert _one(*tables).p == 1


def test_images_that_come_in_groups_have_no_p():
    groups = "uvwxyz" * 5
    tables = [_rows("a", "+" * 20 + "-" * 10, groups=groups), _rows("b", "+-" * 15, groups=groups)]
    found = _one(*tables)
    assert (found.p, found.p_family) == (None, None)
    assert found.method == "bootstrap 95 %, resampling patients"


def test_swapped_sides_mirror_everything():
    rng = np.random.default_rng(0)
    tables = [_rows(arm, _hits(rng.random(80) < share)) for arm, share in (("a", 0.8), ("b", 0.6))]
    one, other = _one(*tables), _one(*tables, pairs=[("b", "a")])
    assert (other.mean, other.p) == (-one.mean, one.p)
    assert _bounds(other) == pytest.approx((-one.high, -one.low))


def test_what_two_models_share_cancels():
    """Both miss the same 100 of 200 images; as independent samples ± 0.1 would be left."""
    a, b = "+" * 100 + "-" * 100, "+" * 90 + "-" * 110
    found = _one(_rows("a", a), _rows("b", b))
    assert (found.mean, found.method) == (0.05, IMAGES)
    assert _bounds(found) == pytest.approx((0.02, 0.08), abs=0.006)
    low, high = confint_proportions_2indep(100, 200, 90, 200, method="newcomb")
    assert high - low > 3 * (found.high - found.low)


def test_whole_groups_are_drawn():
    """Ten images in a group that all speak for one side are one witness, not ten, and 20 of them are few."""
    a, b = "+" * 120 + "-" * 80, "-" * 80 + "+" * 40 + "-" * 80
    alone = _one(_rows("a", a), _rows("b", b))
    groups = np.repeat(np.arange(20).astype(str), 10)
    together = _one(_rows("a", a, groups=groups), _rows("b", b, groups=groups))
    ratio = (together.high - together.low) / (alone.high - alone.low)
    few = np.sqrt(20 / 19) * 2.093 / 1.96  # Student's t with 19 degrees of freedom
    assert ratio == pytest.approx(few * np.sqrt(10), rel=0.15)


def test_bounds_are_averaged_over_seeds():
    rng, tables = np.random.default_rng(1), []
    for seed, share in enumerate((0.9, 0.6)):
        tables.append([_rows(arm, _hits(rng.random(60) < share), seed=seed) for arm in "ab"])
    first, second = (_one(*one) for one in tables)
    both = _one(*tables[0], *tables[1])
    assert both.low == pytest.approx((first.low + second.low) / 2)
    assert both.high == pytest.approx((first.high + second.high) / 2)


# Two models that answer alike


def test_models_that_answer_alike_may_still_differ_on_other_images():
    found = _one(_rows("a", "++-+-" * 8), _rows("b", "++-+-" * 8))
    bound = metrics.wilson(0, 40)[1]
    assert (found.mean, found.p) == (0, 1)
    assert _bounds(found) == pytest.approx((-bound, bound))
    assert bound == pytest.approx(1.96**2 / (40 + 1.96**2), rel=1e-3)  # 3.84 in 44
    assert found.method == SPARSE.format("image")


def test_models_that_answer_alike_on_few_groups_may_differ_a_lot():
    groups = "uuuuuvvvvvwwwwwxxxxx"
    found = _one(*(_rows(arm, "+" * 20, groups=groups) for arm in "ab"))
    bound = metrics.wilson(0, 4)[1]
    assert _bounds(found) == pytest.approx((-bound, bound))
    assert found.method == SPARSE.format("patient")


def test_few_images_that_tell_two_models_apart_are_not_resampled():
    """A bootstrap of 4 against 0 would leave out 0, which McNemar's p of 1/8 does not."""
    found = _one(_rows("a", "+" * 104), _rows("b", "-" * 4 + "+" * 100))
    expected = confint_proportions_2indep(4, 104, 0, 104, method="newcomb")
    assert _bounds(found) == pytest.approx(expected)
    assert found.p == pytest.approx(1 / 8)
    assert found.low < 0.01


def test_from_six_images_on_the_bootstrap_decides():
    methods = {
        number: _one(_rows("a", "+" * 60), _rows("b", ("-" * number).ljust(60, "+"))).method
        for number in (5, 6)
    }
    assert methods == {5: SPARSE.format("image"), 6: IMAGES}


def test_one_is_always_right_where_the_other_is_wrong():
    found = _one(_rows("a", "+" * 30), _rows("b", "-" * 30))
    expected = confint_proportions_2indep(30, 30, 0, 30, method="newcomb")
    assert found.mean == 1
    assert _bounds(found) == pytest.approx(expected)
    assert found.low < 0.9


# The family


def _three(protocol: str = "published") -> list[pd.DataFrame]:
    rng = np.random.default_rng(2)
    return [
        _rows(arm, _hits(rng.random(150) < share), protocol=protocol)
        for arm, share in (("a", 0.9), ("b", 0.8), ("c", 0.7))
    ]


PAIRS = (("a", "b"), ("a", "c"), ("b", "c"))


def test_the_family_is_what_one_call_gives():
    found = _compare(*_three(), *_three("grouped"), pairs=PAIRS)
    assert [(one.arm, one.versus, one.protocol) for one in found] == [
        (*pair, name) for name in ("published", "grouped") for pair in PAIRS
    ]
    assert {one.family for one in found} == {6}
    corrected = multipletests([one.p for one in found], method="holm")[1]
    assert [one.p_family for one in found] == pytest.approx(corrected)


def test_p_agrees_with_statsmodels():
    tables = dict(zip("abc", _three(), strict=True))
    right = {arm: (one["true"] == one["predicted"]).to_numpy() for arm, one in tables.items()}
    for one in _compare(*tables.values(), pairs=PAIRS):
        table = np.histogram2d(right[one.arm], right[one.versus], bins=2)[0]
        assert one.p == pytest.approx(mcnemar(table, exact=True).pvalue)


def test_the_familys_interval_is_wider_and_that_of_one_comparison_is_not():
    alone = _one(*_three(), pairs=PAIRS[:1])
    assert (alone.family_low, alone.family_high) == _bounds(alone)
    beside = _compare(*_three(), pairs=PAIRS)[0]
    assert _bounds(beside) == _bounds(alone)
    assert beside.family_low < alone.low < alone.high < beside.family_high
    # At 98.33 %, 2.39 standard errors instead of 1.96.
    ratio = (beside.family_high - beside.family_low) / (alone.high - alone.low)
    assert ratio == pytest.approx(2.394 / 1.96, rel=0.08)


def test_the_bound_of_equal_answers_is_widened_too():
    tables = [_rows(arm, "+" * 40) for arm in "abc"]
    found = _compare(*tables, pairs=PAIRS)[0]
    assert found.family_high == pytest.approx(metrics.wilson(0, 40, 1 - 0.05 / 3)[1])
    assert found.family_high > found.high


# Rows that do not fit


def test_a_pair_of_which_one_side_was_not_tested_is_left_out():
    tables = [*_three(), *_three("grouped")[:2]]
    found = _compare(*tables, pairs=PAIRS)
    assert [(one.protocol, one.arm, one.versus) for one in found] == [
        *(("published", *pair) for pair in PAIRS),
        ("grouped", "a", "b"),
    ]
    assert {one.family for one in found} == {4}
    assert _compare(*tables, pairs=[("a", "nobody")]) == []
    assert _compare(*tables, pairs=[]) == []


def test_what_no_pair_names_does_not_matter():
    other = _rows("c", "++", seed=5)
    assert _compare(*_three()[:2], other) == _compare(*_three()[:2])


def test_other_seeds_are_an_error():
    tables = [_rows("a", "++"), _rows("a", "++", seed=1), _rows("b", "++")]
    with pytest.raises(
        ValueError, match=r"the same seeds .* received a \[0, 1\], b \[0\] \(published\)"
    ):
        _compare(*tables)


def test_other_images_are_an_error():
    with pytest.raises(ValueError, match=r"same test images .* 3; received a 2, b 3 \(published\)"):
        _compare(_rows("a", "+ +"), _rows("b", "+++"))


def test_an_image_given_twice_is_an_error():
    with pytest.raises(ValueError, match="should name an image once"):
        _compare(_rows("a", "++"), _rows("a", "+"), _rows("b", "++"))


def test_an_image_may_be_tested_in_several_folds():
    tables = [_rows(arm, "++-", fold=fold) for arm in "ab" for fold in (0, 1)]
    assert _one(*tables).per_seed == [0]


# How often the interval covers

TIMES = 60


@pytest.mark.parametrize(
    ("ahead", "behind", "images"), [(0.1, 0.05, 200), (0.02, 0, 200), (0.005, 0.005, 200)]
)
def test_the_interval_of_a_difference_covers_it(monkeypatch, ahead, behind, images):
    monkeypatch.setattr(comparisons, "OF_FAMILY", 400)
    rng, covered = np.random.default_rng(0), 0
    for _ in range(TIMES):
        draw = rng.random(images)
        one = _one(_rows("a", _hits(draw >= behind)), _rows("b", _hits(draw < 1 - ahead)))
        covered += one.low <= ahead - behind <= one.high
    assert covered >= 0.9 * TIMES


def test_equal_models_seldom_get_a_small_p(monkeypatch):
    monkeypatch.setattr(comparisons, "OF_FAMILY", 10)
    rng, small = np.random.default_rng(1), 0
    for _ in range(TIMES):
        found = [
            _rows(arm, _hits(rng.random(60) < 0.8), seed=seed) for seed in range(3) for arm in "ab"
        ]
        small += _one(*found).p < 0.05
    assert small <= 0.05 * TIMES


def test_the_same_tables_give_the_same_numbers():
    assert _compare(*_three(), pairs=PAIRS) == _compare(*_three(), pairs=PAIRS)
