"""Accuracy with the interval of one run: counted by hand, then against statsmodels and lib.evaluation.scores."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from lib.evaluation import intervals, scores
from lib.evaluation.intervals import BOUND, WILSON, accuracy_score, clusters

BY_SLIDE = "bootstrap 95 %, resampling slides"


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
    spread, none = "rrwwrw", "rrrrrr"
    groups = "aabbcc"
    seeds = [(spread, 0), (none, 1), (none, 2)]
    assert _score(*(_rows(one, groups, seed) for one, seed in seeds)).method == BOUND
    seeds = [(none, 0), (spread, 1), (spread, 2)]
    assert _score(*(_rows(one, groups, seed) for one, seed in seeds)).method == BY_SLIDE


# Images in groups


def _resampled(rows: pd.DataFrame, replicates: int) -> tuple[float, float]:
    """The percentile interval of slides drawn with replacement, image by image."""
    rng = np.random.default_rng(0)
    slides = [of_slide for _, of_slide in rows.groupby("group")]
    means = []
    for _ in range(replicates):
        drawn = pd.concat([slides[one] for one in rng.integers(len(slides), size=len(slides))])
        means.append((drawn["true"] == drawn["predicted"]).mean())
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def test_known_groups_are_resampled_whole(monkeypatch):
    monkeypatch.setattr(intervals, "REPLICATES", 200)
    rows = _rows("rrrwrrwrrrwwwrrr", "aaabbccccddeeeff")
    score = _score(rows)
    assert (score.low, score.high) == pytest.approx(_resampled(rows, 200))
    assert score.mean == 11 / 16
    assert score.method == BY_SLIDE


def test_two_groups_one_right_one_wrong_leave_everything_open():
    """Half of the draws hold only one of them: the interval is all there is."""
    score = _score(_rows("rrrrwwww", "aaaabbbb"))
    assert (score.mean, score.low, score.high) == (0.5, 0.0, 1.0)


def test_images_of_one_group_answered_alike_widen_the_interval():
    right = "rrrrrrrrwwww" * 5
    apart = _score(_rows(right, "".join(chr(500 + number) for number in range(60))))
    together = _score(_rows(right, "".join(chr(500 + number // 4) for number in range(60))))
    assert apart.mean == together.mean
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert apart.method == together.method == BY_SLIDE


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


@pytest.mark.parametrize(("right", "value"), [("rrrrrr", 1.0), ("wwwwww", 0.0), ("rwrwrw", 0.5)])
def test_where_groups_do_not_differ_wilsons_interval_is_a_bound(right, value):
    """However groups are drawn, the share stays the same: that is no certainty."""
    score = _score(_rows(right, "aabbcc"))
    hits = right.count("r")
    assert score.mean == value
    assert (score.low, score.high) == pytest.approx(proportion_confint(hits, 6, method="wilson"))
    assert score.method == BOUND


def test_a_single_group_has_no_spread():
    assert _score(_rows("rrw", "aaa")).method == BOUND


# What is resampled


def test_clusters_are_the_groups_where_each_is_known():
    groups, known = clusters(_rows("rrr", "aba"))
    assert groups.tolist() == ["a", "b", "a"]
    assert known is True


@pytest.mark.parametrize("missing", ["", None, np.nan])
def test_clusters_are_the_images_where_a_group_is_unknown(missing):
    """A table just read may have a NaN in the place of an empty text."""
    rows = _rows("rrr", "aba")
    rows["group"] = rows["group"].astype(object)
    rows.loc[1, "group"] = missing
    groups, known = clusters(rows)
    assert groups.tolist() == ["0.png", "1.png", "2.png"]
    assert known is False
