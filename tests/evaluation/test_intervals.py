"""Accuracy with the interval of one run: counted by hand, then against statsmodels and lib.evaluation.scores."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from lib.evaluation import metrics, scores
from lib.evaluation.intervals import TOO_FEW_GROUPS, WILSON, accuracy_score, clusters

BY_SLIDE = "Wilson 95 % at the effective number of images, by slide"
TOO_FEW = f"too few slides: {BY_SLIDE}"


def _rows(right: str, groups: str | None = None, seed: int = 0) -> pd.DataFrame:
    """An image a letter of `right`: "r" is called right; `groups` has a letter each, " " for none."""
    return pd.DataFrame(
        {
            "seed": seed,
            "fold": 0,
            "path": [f"{number}.png" for number in range(len(right))],
            "group": [one.strip() for one in groups] if groups else "",
            "true": "cat",
            "predicted": ["cat" if one == "r" else "dog" for one in right],
        }
    )


def _score(*tables: pd.DataFrame):
    return accuracy_score("net", "published", pd.concat(tables, ignore_index=True), "slide")


# Images on their own


def test_eight_of_ten_are_counted_by_hand():
    score = _score(_rows("rrrwrrwrrr"))
    assert (score.arm, score.protocol, score.metric) == ("net", "published", "accuracy")
    assert (score.of, score.part, score.epoch) == ("", "test", None)
    assert (score.mean, score.per_seed, score.sd) == (0.8, [0.8], None)
    # (0.8 + 1.92 / 10 ∓ 1.96 √(0.8 · 0.2 / 10 + 3.84 / 400)) / 1.384
    assert (score.low, score.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert score.method == WILSON


@pytest.mark.parametrize("right", ["r", "w", "r" * 7, "w" * 7, "rw", "rrw" * 11, "w" * 90 + "r"])
def test_images_of_unknown_group_have_wilsons_interval(right):
    score = _score(_rows(right))
    expected = proportion_confint(right.count("r"), len(right), method="wilson")
    assert (score.low, score.high) == pytest.approx(expected)
    assert score.method == WILSON


@pytest.mark.parametrize("groups", ["aab ", "    ", "   a"])
def test_one_image_of_unknown_group_is_enough_to_count_images(groups):
    score = _score(_rows("rrww", groups))
    assert (score.low, score.high) == pytest.approx(proportion_confint(2, 4, method="wilson"))
    assert score.method == WILSON


# Seeds


def test_bounds_are_averaged_over_seeds_and_do_not_shrink_with_their_number():
    one, other = _rows("rrrrrrrrrr", seed=3), _rows("rrrrwwwwww", seed=1)
    score = _score(one, other)
    assert score.per_seed == [1.0, 0.4]  # in the order of the table
    assert score.mean == pytest.approx(0.7)
    assert score.sd == pytest.approx(0.3 * 2**0.5)
    bounds = [proportion_confint(hits, 10, method="wilson") for hits in (10, 4)]
    assert (score.low, score.high) == pytest.approx(np.mean(bounds, axis=0))
    many = _score(*(_rows("rrrrwwwwww", seed=seed) for seed in range(20)))
    assert (many.low, many.high) == pytest.approx(bounds[1])


def test_a_seed_with_more_images_counts_as_much_as_any_other():
    score = _score(_rows("rr", seed=0), _rows("wwwwwwww", seed=1))
    assert (score.mean, score.per_seed) == (0.5, [1.0, 0.0])


def test_folds_of_one_seed_are_one_run():
    rows = _rows("rrrwrrwrrr")
    score = _score(rows.assign(fold=[0] * 5 + [1] * 5))
    assert (score.per_seed, score.low) == ([0.8], pytest.approx(0.4902, abs=1e-4))


def test_the_method_is_that_of_most_seeds():
    many, few = _rows("rrwwrw", "aabbcc"), _rows("rrwwrw", "abcdef", seed=1)
    assert _score(many, many.assign(seed=2), few).method == TOO_FEW
    assert _score(many, few, few.assign(seed=2)).method == BY_SLIDE


# Images in groups


def test_ten_slides_of_ten_images_are_counted_by_hand():
    """Right are 5 of ten on half of the slides and 9 on the others: 70 of 100.

    Without a slide of the first kind 65 of 90 are right, of the second 61: each lies 0.2 / 9 from 0.7.
    Their variance is 9 / 10 of 10 times 0.2² / 81, so 0.21 / (0.36 / 81) = 47.25 images on their own
    would scatter as much, of which Student's t with 9 degrees of freedom, 2.2622, leaves 35.47.
    """
    score = _score(
        _rows("rrrrrwwwww" * 5 + "rrrrrrrrrw" * 5, "".join(c * 10 for c in "abcdefghij"))
    )
    effective = 47.25 * (1.95996 / 2.26216) ** 2
    expected = proportion_confint(0.7 * effective, effective, method="wilson")
    assert (score.low, score.high) == pytest.approx(expected, abs=1e-5)
    assert (score.mean, score.method) == (pytest.approx(0.7), BY_SLIDE)


def test_images_of_one_group_answered_alike_widen_the_interval():
    right = "rrrrrrrrwwww" * 5
    apart = _score(_rows(right, "".join(chr(500 + number) for number in range(60))))
    together = _score(_rows(right, "".join(chr(500 + number // 4) for number in range(60))))
    assert apart.mean == together.mean
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert apart.method == together.method == BY_SLIDE


def test_groups_of_one_image_tell_about_as_much_as_images():
    right = "rrrw" * 100
    grouped = _score(_rows(right, "".join(chr(500 + number) for number in range(400))))
    alone = _score(_rows(right))
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high), abs=1e-3)


@pytest.mark.parametrize(("right", "value"), [("rrrrrr", 1.0), ("wwwwww", 0.0), ("rwrwrw", 0.5)])
def test_where_groups_do_not_differ_they_are_counted_not_their_images(right, value):
    """However groups are drawn, the share stays the same: that is no certainty."""
    score = _score(_rows(right, "aabbcc"))
    assert score.mean == value
    expected = proportion_confint(3 * value, 3, method="wilson")
    assert (score.low, score.high) == pytest.approx(expected)


def test_one_wrong_image_does_not_make_five_slides_tell_more_than_none_does():
    """How far slides differ is not known from the only one that holds a wrong answer."""
    groups = "".join(c * 40 for c in "abcde")
    none, one = (_score(_rows(right, groups)) for right in ("r" * 200, "w" + "r" * 199))
    assert one.low < none.low == pytest.approx(proportion_confint(5, 5, method="wilson")[0])


@pytest.mark.parametrize("slides", [1, 2, TOO_FEW_GROUPS - 1, TOO_FEW_GROUPS])
def test_too_few_groups_are_called_so(slides):
    groups = "".join(c * 4 for c in "abcdefgh"[:slides])
    score = _score(_rows("rrww" * slides, groups))
    assert score.method == (TOO_FEW if slides < TOO_FEW_GROUPS else BY_SLIDE)
    assert 0 <= score.low < 0.5 < score.high <= 1


def _coverage(groups: int, share: float, correlation: float, samples: int) -> float:
    """How often the interval holds the share; slides have 1 to some 30 images, ten on average."""
    rng = np.random.default_rng(groups)
    scale = (1 - correlation) / correlation
    held = 0
    for _ in range(samples):
        images = 1 + rng.poisson(rng.gamma(2, 4.5, groups))
        hits = rng.binomial(images, rng.beta(share * scale, (1 - share) * scale, groups))
        low, high = metrics.clustered_wilson(hits, images)
        held += low <= share <= high
    return held / samples


@pytest.mark.parametrize("groups", [3, 5, 8, 15, 40])
def test_the_interval_holds_the_share_whatever_the_number_of_groups(groups):
    """Of a bootstrap of groups it is as little as 67 % (3 to 8 groups) and 75 % (40)."""
    coverage = [
        _coverage(groups, share, correlation, 400)
        for share in (0.7, 0.9, 0.97)
        for correlation in (0.05, 0.2, 0.5)
    ]
    assert min(coverage) > 0.9
    assert np.mean(coverage) > 0.94


def test_the_interval_is_that_of_the_runs_own_accuracy():
    """Probes and arms stand in one table: their intervals must be made in the same way."""
    rng = np.random.default_rng(0)
    names = np.array(["cat", "dog"])
    tables = []
    for seed in (0, 1):
        labels, called = rng.integers(0, 2, 120), rng.integers(0, 2, 120)
        called = np.where(rng.random(120) < 0.6, labels, called)
        table = _rows("r" * 120, seed=seed).assign(true=names[labels], predicted=names[called])
        group = [f"{number // 3}" for number in range(120)]
        tables.append(table.assign(group=group, part="test", arm="net", protocol="published"))
    rows = pd.concat(tables, ignore_index=True).assign(cat=0.5, dog=0.5)
    for known in (rows, rows.assign(group="")):
        (own,) = (
            one
            for one in scores.score_predictions(known, ("cat", "dog"), "slide")
            if (one.metric, one.of) == ("accuracy", "")
        )
        assert _score(known) == own


# What is resampled


def test_clusters_are_the_groups_where_each_is_known():
    groups, known = clusters(_rows("rrr", "aba"))
    assert groups.tolist() == [0, 1, 0]
    assert known is True


@pytest.mark.parametrize("missing", ["", None, np.nan])
def test_clusters_are_the_images_where_a_group_is_unknown(missing):
    """A table just read may have a NaN in the place of an empty text."""
    rows = _rows("rrr", "aba")
    rows["group"] = rows["group"].astype(object)
    rows.loc[1, "group"] = missing
    groups, known = clusters(rows)
    assert groups.tolist() == [0, 1, 2]
    assert known is False
