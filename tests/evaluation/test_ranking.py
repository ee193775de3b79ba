"""AUC, average precision and calibration error of whole tables: means over seeds, intervals, awkward classes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from lib.evaluation import metrics, ranking

IMAGES = "bootstrap 95 %, resampling images"


def _run(true: str, shares: dict[str, list[float]], *, groups: str = "", **other) -> pd.DataFrame:
    """A predictions table with one image a letter; class names and groups are letters."""
    named = {"arm": "net", "protocol": "published", "seed": 0, "fold": 0, "part": "test"}
    columns = np.array(list(shares.values()))
    paths = [f"{other.get('fold', 0)}-{number:03}.png" for number in range(len(true))]
    rows = {"path": paths, "group": list(groups) or "", "true": list(true)}
    predicted = {"predicted": np.array(list(shares))[columns.argmax(0)]}
    return pd.DataFrame(named | other | rows | predicted | shares)


def _two(true: str, b: list[float], **other) -> pd.DataFrame:
    """The same of classes a and b, by the probabilities of b."""
    return _run(true, {"a": [1 - one for one in b], "b": b}, **other)


def _scores(table: pd.DataFrame, classes: str = "ab", noun: str = "group") -> dict:
    return {(one.metric, one.of): one for one in ranking.ranking_scores(table, classes, noun)}


def _random(seed: int, images: int = 90, classes: str = "abc", **other) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    true = rng.integers(len(classes), size=images)
    shares = rng.dirichlet(np.ones(len(classes)), images) + 0.5 * np.eye(len(classes))[true]
    shares = (shares / 1.5).round(6)
    letters = "".join(classes[one] for one in true)
    return _run(letters, dict(zip(classes, shares.T.tolist(), strict=True)), **other)


# By falling probability of b: b a b a, and b b a a.
FIRST = {"true": "abba", "b": [0.6, 0.8, 0.4, 0.2]}
SECOND = {"true": "abba", "b": [0.4, 0.9, 0.7, 0.2]}


def test_scores_of_two_seeds_by_hand():
    found = _scores(pd.concat([_two(**FIRST), _two(**SECOND, seed=1)]))
    # Of four pairs three are in order with seed 0.
    assert found["auc", "b"].per_seed == found["auc", "a"].per_seed == [3 / 4, 1]
    assert found["auc", "macro avg"].mean == 7 / 8
    # b: (1 + 2/3) / 2.  a, by falling probability a b a b: (1 + 2/3) / 2.
    assert found["average precision", "b"].per_seed == pytest.approx([5 / 6, 1])
    assert found["average precision", "macro avg"].per_seed == pytest.approx([5 / 6, 1])
    # Sure by 0.6, 0.8, 0.6 and 0.8 in bins of their own kind; wrong, right, wrong, right.
    # Then by 0.6, 0.9, 0.7 and 0.8, always right.
    assert found["ece", ""].per_seed == pytest.approx(
        [(2 * 0.6 + 2 * 0.2) / 4, (0.4 + 0.1 + 0.3 + 0.2) / 4]
    )
    assert found["ece", ""].sd == pytest.approx((0.4 - 0.25) / np.sqrt(2))
    for one in found.values():
        assert (one.arm, one.protocol, one.part, one.epoch) == ("net", "published", "test", None)


@pytest.mark.parametrize("seed", range(4))
def test_scores_agree_with_scikit_learn(seed):
    table = _random(seed)
    found = _scores(table, "abc")
    areas = [roc_auc_score(table["true"] == name, table[name]) for name in "abc"]
    means = [average_precision_score(table["true"] == name, table[name]) for name in "abc"]
    assert [found["auc", name].mean for name in "abc"] == pytest.approx(areas)
    assert [found["average precision", name].mean for name in "abc"] == pytest.approx(means)
    assert found["auc", "macro avg"].mean == pytest.approx(np.mean(areas))
    assert found["average precision", "macro avg"].mean == pytest.approx(np.mean(means))


def test_every_arm_and_protocol_has_its_scores_once_and_of_test_images_alone():
    tables = [
        _two(**SECOND, arm="other"),
        _two(**FIRST),
        _two(**SECOND, part="train"),
        _two(**SECOND, protocol="grouped"),
    ]
    found = ranking.ranking_scores(pd.concat(tables), "ab")
    keys = [(one.arm, one.protocol, one.metric, one.of) for one in found]
    assert len(keys) == len(set(keys)) == 3 * 7
    areas = {one.arm + one.protocol: one.mean for one in found if one.metric == "auc"}
    assert areas == {"otherpublished": 1, "netpublished": 3 / 4, "netgrouped": 1}


def test_folds_of_a_seed_are_ranked_together():
    # Each fold ranks its own perfectly, but on another scale: of 2 × 2 pairs, 0.3 is below 0.8.
    folds = [_two("ab", [0.1, 0.3]), _two("ab", [0.8, 0.9], fold=1)]
    assert _scores(pd.concat(folds))["auc", "b"].mean == 3 / 4


# Intervals


def test_intervals_are_those_of_resampled_images():
    table = _random(5, images=150)
    found = _scores(table, "abc")["auc", "a"]
    rng, spread = np.random.default_rng(9), []
    positive, score = (table["true"] == "a").to_numpy(), table["a"].to_numpy()
    for _ in range(800):
        rows = rng.integers(150, size=150)
        spread.append(roc_auc_score(positive[rows], score[rows]))
    low, high = np.quantile(spread, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.12 * (high - low))
    assert found.method == IMAGES


def test_groups_are_drawn_whole():
    # x is ranked perfectly, y the wrong way round, ties between them: xx, xy, yy.
    table = _two("abab", [0.3, 0.7, 0.7, 0.3], groups="xxyy")
    found = _scores(table, noun="patient")["auc", "b"]
    assert (found.low, found.mean, found.high) == (0, 0.5, 1)
    assert found.method == "too few patients: bootstrap 95 %, resampling patients"


def test_bounds_are_averaged_over_seeds_and_do_not_narrow():
    table, other = _random(1), _random(2).assign(seed=1)
    alone, beside = _scores(table, "abc"), _scores(other, "abc")
    both = _scores(pd.concat([table, other]), "abc")
    for key, one in both.items():
        assert one.low == pytest.approx((alone[key].low + beside[key].low) / 2)
        assert one.high == pytest.approx((alone[key].high + beside[key].high) / 2)


def test_the_same_table_gives_the_same_scores():
    assert _scores(_random(3), "abc") == _scores(_random(3), "abc")


def test_a_perfect_ranking_has_the_bound_of_its_independent_pairs():
    # Three images of b and five of a make three pairs without a common image.
    table = _two("aaaaabbb", [0.1, 0.2, 0.3, 0.1, 0.2, 0.8, 0.9, 0.7])
    found = _scores(table)
    for metric in ("auc", "average precision"):
        for of in ("a", "b", "macro avg"):
            one = found[metric, of]
            assert (one.low, one.mean, one.high) == (metrics.wilson(3, 3)[0], 1, 1)
            assert one.method.startswith("too few images: Wilson 95 %, counting images")
    grouped = _scores(table.assign(group=list("uvvvvwww")))["auc", "b"]
    assert grouped.low == metrics.wilson(1, 1)[0]


def test_the_mean_over_classes_has_the_bound_of_the_rarest():
    shares = {name: [float(one == name) for one in "aaabbc"] for name in "abc"}
    found = _scores(_run("aaabbc", shares), "abc")
    lows = [found["auc", of].low for of in ("a", "b", "c", "macro avg")]
    assert lows == [metrics.wilson(pairs, pairs)[0] for pairs in (3, 2, 1, 1)]


def test_a_single_group_has_a_wide_bound():
    one = _scores(_random(4).assign(group="x"), "abc")["auc", "b"]
    assert (one.low, one.high) == pytest.approx(metrics.wilson(one.mean, 1))


# Calibration error


def test_the_calibration_errors_interval_takes_away_what_chance_adds():
    """Of a model that is as good as it says, replicates have a higher error than the sample's."""
    low, above = [], 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        sure = rng.uniform(0.5, 1, 200).round(6)
        true = "".join(np.where(rng.random(200) < sure, "b", "a"))
        one = _scores(_two(true, sure.tolist()))["ece", ""]
        assert 0 <= one.low <= one.mean <= one.high
        assert one.method == f"basic {IMAGES}"
        low.append(one.low)
        above += one.mean > 0.04
    assert above > 25  # by chance alone
    assert np.mean(np.array(low) < 0.02) > 0.8


def test_the_calibration_error_of_a_model_that_is_too_sure_is_covered():
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sure = rng.uniform(0.7, 1, 300).round(6)
        true = "".join(np.where(rng.random(300) < sure - 0.2, "b", "a"))
        one = _scores(_two(true, sure.tolist()))["ece", ""]
        covered += one.low <= 0.2 <= one.high
    assert covered >= 52


@pytest.mark.parametrize("wrong", [0, 5])
def test_few_wrong_answers_leave_wilsons_bound_of_the_calibration_error(wrong):
    table = _two("a" * wrong + "b" * (40 - wrong), [1.0] * 40)
    one = _scores(table)["ece", ""]
    assert one.mean == wrong / 40
    assert (one.low, one.high) == metrics.wilson(wrong, 40)
    assert one.method.startswith("Wilson 95 %, counting images")


def test_the_calibration_errors_groups_are_drawn_whole():
    """Ten images in a group, all of one kind, are one answer, not ten."""
    table = _two("a" * 100 + "b" * 200, [0.9] * 300)
    names = [f"{number // 10:02}" for number in range(300)]
    alone = _scores(table)["ece", ""]
    found = _scores(table.assign(group=names), noun="patient")["ece", ""]
    assert found.method == "basic bootstrap 95 %, resampling patients"
    ratio = (found.high - found.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.2)
    few = table.assign(group=["u"] * 100 + names[100:])
    assert _scores(few)["ece", ""].high == metrics.wilson(found.mean * 21, 21)[1]


# Awkward classes


def test_a_class_that_a_seed_does_not_test_has_no_area_and_no_part_in_the_mean():
    seeds = [_random(0), _random(1).assign(seed=1)]
    seeds[1] = seeds[1][seeds[1]["true"] != "c"]
    found = _scores(pd.concat(seeds), "abc")
    assert ("auc", "c") not in found
    assert ("average precision", "c") not in found
    for metric in ("auc", "average precision"):
        two = np.array([found[metric, name].per_seed for name in "ab"])
        assert found[metric, "macro avg"].per_seed == pytest.approx(two.mean(0))
        assert len(found[metric, "a"].per_seed) == 2


def test_test_images_of_one_class_have_a_calibration_error_alone():
    assert set(_scores(_two("bbb", [0.9, 0.8, 0.3]))) == {("ece", "")}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("true", "b", "areas", "precisions", "error"),
    [
        ("ab", [0.2, 0.8], [1, 1], [1, 1], 0.2),  # two images
        ("ba", [0.2, 0.8], [0, 0], [1 / 2, 1 / 2], 0.8),  # both wrong
        ("aab", [0.3, 0.3, 0.3], [1 / 2, 1 / 2], [2 / 3, 1 / 3], 0.7 - 2 / 3),  # one answer to all
        # A class of one: b stands second by falling probability of b, and before the last a by that of a.
        (
            "aaab",
            [0.1, 0.7, 0.2, 0.6],
            [2 / 3, 2 / 3],
            [11 / 12, 1 / 2],
            (0.1 + 0.7 + 0.2 + 0.4) / 4,
        ),
    ],
)
@pytest.mark.parametrize("classes", ["ab", "abc"])
def test_the_smallest_sets_by_hand_also_beside_a_class_without_images(
    true, b, areas, precisions, error, classes
):
    table = _two(true, b).assign(c=0.0)
    found = _scores(table, classes)
    assert {of for _, of in found} == {"a", "b", "macro avg", ""}
    for metric, expected in (("auc", areas), ("average precision", precisions)):
        assert [found[metric, name].mean for name in "ab"] == pytest.approx(expected)
        assert found[metric, "macro avg"].mean == pytest.approx(np.mean(expected))
    assert found["ece", ""].mean == pytest.approx(error)


def test_a_rare_class_gives_numbers():
    """Four of ten replicates lose an only image of a class."""
    table = _two("a" * 20 + "b", [*np.linspace(0, 0.8, 20), 0.6])
    for one in _scores(table).values():
        assert np.isfinite([one.low, one.mean, one.high]).all()
        assert 0 <= one.low <= one.mean <= one.high <= 1
    one = _scores(table)["auc", "b"]
    assert (one.mean, one.method) == (15 / 20, f"too few images: {IMAGES}")
    assert one.low < one.mean < one.high
