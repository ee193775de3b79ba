"""Scores from tables small enough to count: means, spreads, intervals, and reading a CSV back."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import classification_report
from statsmodels.stats.proportion import proportion_confint

from lib import evaluation
from lib.results import Difference, LayerRow, Model, Score, Weights

IMAGES = "bootstrap 95 %, resampling images"

# Seed 0: [[3, 1], [0, 2]], 5 of 6 right.  Seed 1: [[2, 1], [1, 2]], 4 of 6 right.
FIRST = {"seed": 0, "true": "aaaabb", "predicted": "aaabbb"}
SECOND = {"seed": 1, "true": "aaabbb", "predicted": "aababb"}


def _run(*, true: str, predicted: str, seed: int = 0, groups: str = "", **other) -> pd.DataFrame:
    """A predictions table with one image a letter; class names and groups are letters."""
    named = {"arm": "net", "protocol": "published", "seed": seed, "fold": 0}
    return pd.DataFrame(
        {
            **named | other,
            "path": [f"{number:03}.png" for number in range(len(true))],
            "group": list(groups) or "",
            "true": list(true),
            "predicted": list(predicted),
        }
    )


def _scores(*runs: dict, classes="ab", noun: str = "group") -> dict[tuple[str, str], Score]:
    table = pd.concat([_run(**run) for run in runs], ignore_index=True)
    return {(s.metric, s.of): s for s in evaluation.scores(table, list(classes), noun)}


def _wilson(right: float, n: int) -> tuple[float, float]:
    return proportion_confint(right, n, method="wilson")


def _bounds(score: Score) -> tuple[float, float]:
    return score.low, score.high


@pytest.mark.parametrize(
    ("metric", "of", "first", "second"),
    [
        ("accuracy", "", 5 / 6, 4 / 6),
        ("precision", "a", 3 / 3, 2 / 3),
        ("precision", "b", 2 / 3, 2 / 3),
        ("recall", "a", 3 / 4, 2 / 3),
        ("recall", "b", 2 / 2, 2 / 3),
        ("f1", "a", 6 / 7, 4 / 6),
        ("f1", "b", 4 / 5, 4 / 6),
        ("precision", "macro avg", (3 / 3 + 2 / 3) / 2, 2 / 3),
        ("precision", "weighted avg", (4 * 3 / 3 + 2 * 2 / 3) / 6, 2 / 3),
        ("recall", "macro avg", (3 / 4 + 2 / 2) / 2, 2 / 3),
        ("recall", "weighted avg", 5 / 6, 4 / 6),
        ("f1", "macro avg", (6 / 7 + 4 / 5) / 2, 2 / 3),
        ("f1", "weighted avg", (4 * 6 / 7 + 2 * 4 / 5) / 6, 2 / 3),
        ("support", "a", 4, 3),
        ("support", "b", 2, 3),
        ("support", "", 6, 6),
        ("support", "macro avg", 6, 6),
        ("support", "weighted avg", 6, 6),
    ],
)
def test_scores_of_two_seeds_equal_those_counted_by_hand(metric, of, first, second):
    score = _scores(FIRST, SECOND)[metric, of]
    assert score.per_seed == pytest.approx([first, second])
    assert score.mean == pytest.approx((first + second) / 2)
    # Of two numbers: |x - y| / sqrt(2).
    assert score.sd == pytest.approx(abs(first - second) / np.sqrt(2))
    assert (score.arm, score.protocol, score.part, score.epoch) == (
        "net",
        "published",
        "test",
        None,
    )


def test_every_cell_of_the_report_is_there_once():
    found = evaluation.scores(_run(**FIRST), ["a", "b"])
    keys = [(score.metric, score.of) for score in found]
    assert len(keys) == len(set(keys))
    rows = ("a", "b", "macro avg", "weighted avg")
    cells = {(metric, of) for metric in ("precision", "recall", "f1", "support") for of in rows}
    assert set(keys) == cells | {("accuracy", ""), ("support", "")}


def test_one_seed_has_no_standard_deviation():
    assert all(score.sd is None for score in _scores(FIRST).values())
    assert all(len(score.per_seed) == 1 for score in _scores(FIRST).values())


@pytest.mark.parametrize("seed", range(6))
def test_scores_of_one_seed_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    true, predicted = ("".join(rng.choice(list("abc"), size=40)) for _ in range(2))
    found = _scores({"true": true, "predicted": predicted}, classes="abc")
    report = classification_report(list(true), list(predicted), output_dict=True, zero_division=0)
    assert found["accuracy", ""].mean == pytest.approx(report["accuracy"])
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score", "support": "support"}
    for of in ("a", "b", "c", "macro avg", "weighted avg"):
        for ours, theirs in names.items():
            assert found[ours, of].mean == pytest.approx(report[of][theirs])


def test_arms_and_protocols_are_scored_apart():
    table = pd.concat(
        [
            _run(**FIRST),
            _run(**SECOND, arm="other"),
            _run(true="ab", predicted="ba", protocol="grouped"),
        ]
    )
    found = evaluation.scores(table, ["a", "b"])
    accuracy = {(s.arm, s.protocol): s.mean for s in found if s.metric == "accuracy"}
    assert accuracy == pytest.approx(
        {("net", "published"): 5 / 6, ("other", "published"): 4 / 6, ("net", "grouped"): 0}
    )


def test_folds_of_one_seed_count_as_one_test_set():
    halves = [_run(true="aaa", predicted="aaa"), _run(true="abb", predicted="bbb", fold=1)]
    found = evaluation.scores(pd.concat(halves), ["a", "b"])
    accuracy = next(score for score in found if score.metric == "accuracy")
    assert accuracy.per_seed == pytest.approx([5 / 6])


# Ungrouped: 30 images, [[12, 3], [5, 10]], so 17 are called a and 13 b.
UNGROUPED = {"true": "a" * 15 + "b" * 15, "predicted": "a" * 12 + "b" * 3 + "a" * 5 + "b" * 10}


@pytest.mark.parametrize(
    ("metric", "of", "right", "n"),
    [
        ("accuracy", "", 22, 30),
        ("precision", "a", 12, 17),
        ("precision", "b", 10, 13),
        ("recall", "a", 12, 15),
        ("recall", "b", 10, 15),
    ],
)
def test_shares_of_ungrouped_images_have_wilsons_interval(metric, of, right, n):
    score = _scores(UNGROUPED)[metric, of]
    assert score.method == "Wilson 95 %"
    assert score.mean == pytest.approx(right / n)
    assert _bounds(score) == pytest.approx(_wilson(right, n))


@pytest.mark.parametrize(
    ("metric", "of"),
    [
        ("f1", "a"),
        ("f1", "macro avg"),
        ("f1", "weighted avg"),
        ("precision", "macro avg"),
        ("precision", "weighted avg"),
        ("recall", "macro avg"),
        ("recall", "weighted avg"),
    ],
)
def test_what_is_no_share_of_images_is_bootstrapped(metric, of):
    score = _scores(UNGROUPED)[metric, of]
    assert score.method == IMAGES
    assert score.low < score.mean < score.high
    # Near enough to a proportion of 30 for its width to be of the same size.
    low, high = _wilson(score.mean * 30, 30)
    assert score.high - score.low == pytest.approx(high - low, rel=0.35)


def test_interval_is_averaged_over_seeds_not_narrowed():
    # Of 15 a's 8 stand where "abab…" has an a, of 15 b's 8 where it has a b.
    worse = {"seed": 1, "true": "a" * 15 + "b" * 15, "predicted": "ab" * 15}
    score = _scores(UNGROUPED, worse)["accuracy", ""]
    (low, high), (other_low, other_high) = _wilson(22, 30), _wilson(16, 30)
    assert _bounds(score) == pytest.approx(((low + other_low) / 2, (high + other_high) / 2))
    again = [UNGROUPED | {"seed": seed} for seed in range(4)]
    assert _bounds(_scores(*again)["accuracy", ""]) == pytest.approx((low, high))


# Two groups of 20 images, each with both classes: x all right, y all wrong.
GROUPED = {
    "true": "ab" * 20,
    "predicted": "ab" * 10 + "ba" * 10,
    "groups": "x" * 20 + "y" * 20,
}


def test_interval_of_grouped_images_comes_from_drawing_whole_groups():
    # Two draws give xx, xy, yx or yy: accuracies 1, 0.5, 0.5 or 0, each in a quarter of the draws.
    score = _scores(GROUPED, noun="patient")["accuracy", ""]
    assert score.method == "bootstrap 95 %, resampling patients"
    assert (score.low, score.mean, score.high) == (0, 0.5, 1)
    alone = _scores({**GROUPED, "groups": ""}, noun="patient")["accuracy", ""]
    assert _bounds(alone) == pytest.approx(_wilson(20, 40))


def test_many_groups_spread_as_many_independent_trials():
    # 100 groups of 4 images, 60 groups all right, 40 all wrong: as 60 of 100, not 240 of 400.
    groups = "".join(chr(0x4E00 + number) * 4 for number in range(100))
    run = {"true": "abab" * 100, "predicted": "abab" * 60 + "baba" * 40, "groups": groups}
    score = _scores(run)["accuracy", ""]
    half = 1.96 * np.sqrt(0.6 * 0.4 / 100)
    assert _bounds(score) == pytest.approx((0.6 - half, 0.6 + half), abs=0.015)


def test_groups_known_for_only_some_images_are_not_used():
    table = _run(**GROUPED)
    table.loc[3, "group"] = ""
    score = evaluation.scores(table, ["a", "b"])[0]
    assert (score.metric, score.method) == ("accuracy", "Wilson 95 %")


@pytest.mark.parametrize("groups", ["", "uvwxyz"])
def test_a_perfect_score_has_wilsons_bound(groups):
    found = _scores({"true": "aaaabb", "predicted": "aaaabb", "groups": groups})
    trials = {("recall", "b"): 2, ("precision", "b"): 2, ("f1", "b"): 2, ("recall", "a"): 4}
    for key, score in found.items():
        if key[0] != "support":
            assert score.mean == 1
            assert score.method == evaluation.BOUND
            n = trials.get(key, 4 if key[1] == "a" else 6)
            assert _bounds(score) == pytest.approx(_wilson(n, n))


def test_draws_that_lost_a_class_do_not_count():
    # All of class b is in group z: three of ten draws of three groups miss it. Their recall of b
    # would be 0, but every draw that has a b has it right.
    run = {"true": "aaaaaabbb", "predicted": "aaabbbbbb", "groups": "xxxyyyzzz"}
    score = _scores(run)["recall", "b"]
    assert score.mean == 1
    assert _bounds(score) == pytest.approx(_wilson(3, 3))


def test_support_ranges_over_seeds():
    found = _scores(FIRST, SECOND)
    assert _bounds(found["support", "a"]) == (3, 4)
    assert _bounds(found["support", "b"]) == (2, 3)
    assert _bounds(found["support", ""]) == (6, 6)
    assert found["support", "a"].method == evaluation.RANGE


def test_intervals_are_the_same_every_time():
    first, again = (_scores(FIRST, SECOND) for _ in range(2))
    assert first == again


def test_a_class_absent_from_one_seeds_images_scores_zero_there():
    found = _scores(
        {"seed": 0, "true": "aabb", "predicted": "aabc"}, FIRST | {"seed": 1}, classes="abc"
    )
    assert found["recall", "c"].per_seed == [0, 0]
    assert found["precision", "c"].per_seed == [0, 0]
    assert found["support", "c"].per_seed == [0, 0]
    absent = _scores(
        {"seed": 0, "true": "abcc", "predicted": "abcc"}, FIRST | {"seed": 1}, classes="abc"
    )
    assert absent["recall", "c"].per_seed == [1, 0]
    assert absent["support", "c"].per_seed == [2, 0]
    assert _bounds(absent["support", "c"]) == (0, 2)
    assert absent["accuracy", ""].mean == pytest.approx((1 + 5 / 6) / 2)
    assert all(np.isfinite([s.mean, s.low, s.high]).all() for s in absent.values())


@pytest.mark.parametrize("keep_default_na", [True, False])
@pytest.mark.parametrize("groups", ["", "xxyyzz"])
def test_scores_from_a_stored_csv_are_the_same(groups, keep_default_na):
    table = pd.concat([_run(**one, groups=groups) for one in (FIRST, SECOND)], ignore_index=True)
    stored = table.to_csv(index=False, lineterminator="\n")
    again = pd.read_csv(StringIO(stored), keep_default_na=keep_default_na)
    assert evaluation.scores(again, ["a", "b"]) == evaluation.scores(table, ["a", "b"])
    assert evaluation.confusions(again, ["a", "b"]) == evaluation.confusions(table, ["a", "b"])


def _history() -> pd.DataFrame:
    rows = [  # seed, epoch, accuracy, loss, val_accuracy, val_loss
        (0, 1, 0.50, 0.90, 0.40, 1.00),
        (0, 2, 0.75, 0.60, 0.70, 0.80),
        (1, 1, 0.70, 0.70, 0.60, 0.90),
        (1, 2, 0.95, 0.20, 0.80, 0.50),
    ]
    columns = ["seed", "epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    return pd.DataFrame(rows, columns=columns).assign(arm="net", protocol="published", fold=0)


@pytest.mark.parametrize(
    ("epoch", "metric", "part", "values"),
    [
        (1, "accuracy", "train", [0.50, 0.70]),
        (1, "accuracy", "validation", [0.40, 0.60]),
        (1, "loss", "train", [0.90, 0.70]),
        (1, "loss", "validation", [1.00, 0.90]),
        (2, "accuracy", "train", [0.75, 0.95]),
        (2, "accuracy", "validation", [0.70, 0.80]),
        (2, "loss", "train", [0.60, 0.20]),
        (2, "loss", "validation", [0.80, 0.50]),
    ],
)
def test_curves_average_each_epoch_and_range_over_seeds(epoch, metric, part, values):
    found = evaluation.curves(_history())
    assert len(found) == 8
    (score,) = (s for s in found if (s.epoch, s.metric, s.part) == (epoch, metric, part))
    assert score.per_seed == values
    assert score.mean == pytest.approx(sum(values) / 2)
    assert score.sd == pytest.approx(abs(values[0] - values[1]) / np.sqrt(2))
    assert _bounds(score) == (min(values), max(values))
    assert score.method == evaluation.RANGE
    assert (score.arm, score.protocol, score.of) == ("net", "published", "")


def test_curves_of_one_seed_have_no_spread():
    found = evaluation.curves(_history().query("seed == 0"))
    assert all(score.sd is None and score.low == score.mean == score.high for score in found)


# The best epoch


def _fits(*val_accuracies: list[float], seeds: list[int], folds: list[int]) -> pd.DataFrame:
    """One fit a list: its validation accuracy in epochs 1, 2, …; the loss is the epoch's number / 10."""
    rows = [
        (seed, fold, epoch, 0.5, 0.5, accuracy, epoch / 10)
        for accuracies, seed, fold in zip(val_accuracies, seeds, folds, strict=True)
        for epoch, accuracy in enumerate(accuracies, start=1)
    ]
    columns = ["seed", "fold", "epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    return pd.DataFrame(rows, columns=columns).assign(arm="net", protocol="published")


def _best(history: pd.DataFrame, arm: str = "net") -> dict[str, Score]:
    return {one.metric: one for one in evaluation.best_epochs(history) if one.arm == arm}


def test_the_best_epoch_of_each_seed_has_the_highest_validation_accuracy():
    found = _best(_fits([0.4, 0.8, 0.7], [0.5, 0.3, 0.9], seeds=[0, 1], folds=[0, 0]))
    assert found["epoch"].per_seed == [2, 3]
    assert found["accuracy"].per_seed == [0.8, 0.9]
    assert found["loss"].per_seed == [0.2, 0.3]
    assert [one.mean for one in found.values()] == pytest.approx([2.5, 0.85, 0.25])
    assert found["epoch"].sd == pytest.approx(1 / np.sqrt(2))


def test_best_epochs_are_of_the_validation_images_and_range_over_seeds():
    found = evaluation.best_epochs(_fits([0.4, 0.8], [0.9, 0.3], seeds=[0, 1], folds=[0, 0]))
    assert [one.metric for one in found] == ["epoch", "accuracy", "loss"]
    for score in found:
        assert (score.arm, score.protocol) == ("net", "published")
        assert (score.of, score.part, score.epoch) == ("best epoch", "validation", None)
        assert score.method == evaluation.RANGE
        assert _bounds(score) == (min(score.per_seed), max(score.per_seed))


def test_of_equally_good_epochs_the_first_is_the_best():
    found = _best(_fits([0.4, 0.7, 0.7, 0.6], [0.9] * 4, seeds=[0, 1], folds=[0, 0]))
    assert found["epoch"].per_seed == [2, 1]
    assert found["loss"].per_seed == [0.2, 0.1]


def test_each_fold_has_a_best_epoch_of_its_own_and_a_seed_their_mean():
    fits = [[0.5, 0.6], [0.9, 0.1], [0.2, 0.3], [0.4, 0.8]]
    found = _best(_fits(*fits, seeds=[0, 0, 1, 1], folds=[0, 1, 0, 1]))
    assert found["epoch"].per_seed == [1.5, 2]
    assert found["accuracy"].per_seed == pytest.approx([0.75, 0.55])
    assert found["loss"].per_seed == pytest.approx([0.15, 0.2])


def test_the_best_epoch_is_chosen_by_validation_accuracy_alone():
    history = _history()
    history.loc[history["epoch"] == 1, ["accuracy", "val_loss"]] = [1.0, 0.0]
    assert _best(history)["epoch"].per_seed == [2, 2]
    assert _best(history)["loss"].per_seed == [0.8, 0.5]


def test_best_epochs_of_arms_and_protocols_stand_apart():
    one = _fits([0.4, 0.8], seeds=[0], folds=[0])
    other = _fits([0.9, 0.8], seeds=[0], folds=[0]).assign(arm="other")
    grouped = _fits([0.1], seeds=[0], folds=[0]).assign(protocol="grouped")
    found = evaluation.best_epochs(pd.concat([one, other, grouped], ignore_index=True))
    epochs = {(s.arm, s.protocol): s.mean for s in found if s.metric == "epoch"}
    assert epochs == {("net", "published"): 2, ("other", "published"): 1, ("net", "grouped"): 1}
    assert all(one.sd is None for one in found)


def test_best_epochs_from_a_stored_csv_are_the_same():
    history = _history()
    again = pd.read_csv(StringIO(history.to_csv(index=False)))
    assert evaluation.best_epochs(again) == evaluation.best_epochs(history)


# Differences


def _differences(*runs: dict, origins: dict[str, str]) -> list[Difference]:
    """`origins`: arm → the arm it is a variant of, "" for none."""
    table = pd.concat([_run(**run) for run in runs], ignore_index=True)
    models = [_model(arm, 7, variant_of=origin) for arm, origin in origins.items()]
    return evaluation.differences(evaluation.scores(table, ["a", "b"]), models)


ORIGINS = {"net": "", "net-other": "net"}
# Against 5 of 6 and 4 of 6 right: 3 of 6 and 6 of 6.
VARIANT = (
    {"seed": 0, "true": "aaaabb", "predicted": "aaabaa", "arm": "net-other"},
    {"seed": 1, "true": "aaabbb", "predicted": "aaabbb", "arm": "net-other"},
)


def test_a_variant_is_held_against_its_arm_seed_by_seed():
    (found,) = _differences(FIRST, SECOND, *VARIANT, origins=ORIGINS)
    assert (found.arm, found.versus, found.protocol) == ("net-other", "net", "published")
    assert found.per_seed == pytest.approx([-2 / 6, 2 / 6])
    assert found.mean == pytest.approx(0)
    assert (found.low, found.high) == pytest.approx((-2 / 6, 2 / 6))


def test_the_sign_is_that_of_the_variant():
    better = VARIANT[1] | {"seed": 0}
    (found,) = _differences(SECOND | {"seed": 0}, better, origins=ORIGINS)
    assert found.per_seed == pytest.approx([2 / 6])
    assert found.low == found.mean == found.high > 0


def test_arms_without_variants_give_no_differences():
    other = SECOND | {"arm": "other", "seed": 0}
    assert _differences(FIRST, other, origins={"net": "", "other": ""}) == []


def test_a_variant_whose_arm_was_not_run_has_no_difference():
    assert _differences(*VARIANT, origins={"net-other": "net"}) == []


def test_every_variant_is_held_against_its_own_arm():
    runs = [FIRST | {"arm": arm} for arm in ("one", "one-a", "two", "one-b")]
    runs.append(VARIANT[0] | {"arm": "two-a"})
    origins = {"one": "", "one-a": "one", "one-b": "one", "two": "", "two-a": "two"}
    found = {one.arm: (one.versus, one.mean) for one in _differences(*runs, origins=origins)}
    assert found == {
        "one-a": ("one", 0),
        "one-b": ("one", 0),
        "two-a": ("two", pytest.approx(-2 / 6)),
    }


def test_protocols_are_compared_each_within_itself():
    grouped = [one | {"protocol": "grouped"} for one in (SECOND | {"seed": 0}, VARIANT[0])]
    found = _differences(FIRST, VARIANT[0], *grouped, origins=ORIGINS)
    assert {one.protocol: one.mean for one in found} == {
        "published": pytest.approx(-2 / 6),
        "grouped": pytest.approx(-1 / 6),
    }


def test_an_arm_and_a_variant_with_different_numbers_of_seeds_are_not_compared():
    assert _differences(FIRST, SECOND, VARIANT[0], origins=ORIGINS) == []


def test_a_run_has_the_scores_of_predictions_curves_best_epochs_and_models():
    predictions, history, models = _run(**FIRST), _history(), [_model("net", 7)]
    assert evaluation.of_run(predictions, history, models, ["a", "b"], "group") == [
        *evaluation.scores(predictions, ["a", "b"]),
        *evaluation.curves(history),
        *evaluation.best_epochs(history),
        *evaluation.parameters(models),
    ]


# Parameters and confusions


def _model(arm: str, dense: int, variant_of: str = "") -> Model:
    layers = [
        LayerRow(name="backbone", output="(None, 1280)", parameters=1000),
        LayerRow(name="dense", output="(None, 5)", parameters=dense),
    ]
    totals = {"total": 1000 + dense, "trainable": dense, "non-trainable": 1000}
    weights = Weights(declared="imagenet", used="random", source="", sha256="")
    return Model(arm=arm, variant_of=variant_of, layers=layers, parameters=totals, weights=weights)


def test_parameters_of_layers_and_totals_are_exact_numbers():
    found = evaluation.parameters([_model("one", 645), _model("two", 7)])
    counts = {(s.arm, s.of): s.mean for s in found}
    assert counts == {
        ("one", "backbone"): 1000,
        ("one", "dense"): 645,
        ("one", "total"): 1645,
        ("one", "trainable"): 645,
        ("one", "non-trainable"): 1000,
        ("two", "backbone"): 1000,
        ("two", "dense"): 7,
        ("two", "total"): 1007,
        ("two", "trainable"): 7,
        ("two", "non-trainable"): 1000,
    }
    for score in found:
        assert score.low == score.mean == score.high
        assert (score.metric, score.part, score.epoch) == ("parameters", "", None)
        assert (score.method, score.sd) == (evaluation.EXACT, None)


def test_confusion_is_that_of_the_first_seed_and_fold_of_each_arm_and_protocol():
    table = pd.concat(
        [
            _run(**FIRST | {"seed": 3}),
            _run(true="ab", predicted="ba", seed=3, fold=1),
            _run(**SECOND),
            _run(**SECOND, arm="other"),
        ]
    )
    first, other = evaluation.confusions(table, ["a", "b"])
    assert (first.arm, first.protocol, first.seed, first.fold) == ("net", "published", 3, 0)
    assert first.counts == [[3, 1], [0, 2]]
    assert (other.arm, other.seed, other.counts) == ("other", 1, [[2, 1], [1, 2]])


def test_confusion_follows_the_order_of_the_classes():
    (found,) = evaluation.confusions(_run(**FIRST), ["b", "a"])
    assert found.counts == [[2, 0], [1, 3]]


@pytest.mark.parametrize("order", [1, -1])
def test_where_seeds_differ_in_method_the_first_names_it(order):
    perfect = {"seed": 0, "true": "aabb", "predicted": "aabb"}
    other = {"seed": 1, "true": "aabb", "predicted": "abbb"}
    expected = ["Wilson 95 %", evaluation.BOUND][order == 1]
    assert _scores(*[perfect, other][::order])["accuracy", ""].method == expected


def test_an_unknown_class_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="among a, b; received z"):
        _scores({"true": "abz", "predicted": "aba"}, classes="ab")


def test_a_class_without_test_images_leaves_the_bootstrap_alone():
    rows = {"true": "aaaabbbb" * 3, "predicted": "aaabbbba" * 3}
    with_empty = _scores(rows, classes="abc")["accuracy", ""]
    without = _scores(rows, classes="ab")["accuracy", ""]
    assert (with_empty.low, with_empty.high) == (without.low, without.high)
    assert with_empty.method == "Wilson 95 %"
