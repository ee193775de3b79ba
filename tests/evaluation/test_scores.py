"""Scores from tables small enough to count: means, spreads, intervals, and reading a CSV back."""

import tracemalloc
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sem, t
from sklearn.metrics import accuracy_score, classification_report, log_loss
from statsmodels.stats.proportion import proportion_confint

from lib.evaluation import curves, ranking, scores
from lib.results import Difference, LayerRow, Model, Score, Weights

IMAGES = "bootstrap 95 %, resampling images"
SHARES = ("accuracy", "precision", "recall", "f1")
SURE, WRONG = -np.log(1 - 1e-7), -np.log(1e-7)  # losses of a certain hit and of a certain miss

# Seed 0: [[3, 1], [0, 2]], 5 of 6 right.  Seed 1: [[2, 1], [1, 2]], 4 of 6 right.
FIRST = {"seed": 0, "true": "aaaabb", "predicted": "aaabbb"}
SECOND = {"seed": 1, "true": "aaabbb", "predicted": "aababb"}


def _run(
    *, true: str, predicted: str, seed: int = 0, groups: str = "", p: dict | None = None, **other
) -> pd.DataFrame:
    """A predictions table with one image a letter; class names and groups are letters.

    `p` holds class → probabilities, one an image; without it the model is sure of what it calls.
    """
    named = {"arm": "net", "protocol": "published", "seed": seed, "fold": 0, "part": "test"}
    sure = {name: [float(one == name) for one in predicted] for name in "abc"}
    return pd.DataFrame(
        {
            **named | other,
            "path": [f"{number:03}.png" for number in range(len(true))],
            "group": list(groups) or "",
            "true": list(true),
            "predicted": list(predicted),
        }
        | (sure if p is None else p)
    )


def _scores(*runs: dict, classes="ab", noun: str = "group") -> dict[tuple[str, str], Score]:
    table = pd.concat([_run(**run) for run in runs], ignore_index=True)
    return {(s.metric, s.of): s for s in scores.score_predictions(table, list(classes), noun)}


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
        ("correct", "", 5, 4),
        ("misclassified", "", 1, 2),
        ("misclassified", "a", 1, 1),
        ("misclassified", "b", 0, 1),
        ("cell", "a → a", 3, 2),
        ("cell", "a → b", 1, 1),
        ("cell", "b → a", 0, 1),
        ("cell", "b → b", 2, 2),
        ("loss", "", (5 * SURE + WRONG) / 6, (4 * SURE + 2 * WRONG) / 6),
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
    found = scores.score_predictions(_run(**FIRST), ["a", "b"])
    keys = [(score.metric, score.of) for score in found]
    assert len(keys) == len(set(keys))
    rows = ("a", "b", "macro avg", "weighted avg")
    report = {(metric, of) for metric in ("precision", "recall", "f1", "support") for of in rows}
    whole = {(metric, "") for metric in ("accuracy", "support", "correct", "misclassified", "loss")}
    cells = {("cell", f"{true} → {called}") for true in "ab" for called in "ab"}
    wrong = {("misclassified", name) for name in "ab"}
    assert set(keys) == report | whole | cells | wrong


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
    found = scores.score_predictions(table, ["a", "b"])
    accuracy = {(s.arm, s.protocol): s.mean for s in found if s.metric == "accuracy"}
    assert accuracy == pytest.approx(
        {("net", "published"): 5 / 6, ("other", "published"): 4 / 6, ("net", "grouped"): 0}
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("true", "predicted", "classes"),
    [
        ("aaaa", "aaaa", "a"),  # one class
        ("ab", "ab", "ab"),  # two images
        ("a", "b", "ab"),  # one image, wrong
        ("aaab", "aaaa", "ab"),  # a class of one
        ("aabbcc", "aaaaaa", "abc"),  # one answer to all
        ("aabb", "acbc", "abc"),  # a class without images
        ("aabb", "aabb", "abc"),  # and without answers
    ],
)
@pytest.mark.parametrize("groups", ["", "one"])
def test_the_smallest_sets_have_the_scores_of_scikit_learn_without_a_warning(
    true, predicted, classes, groups
):
    """What is not defined is 0, as with zero_division=0; no warning, no NaN, and the score in its interval."""
    one_group = "x" * len(true) if groups else ""
    found = _scores({"true": true, "predicted": predicted, "groups": one_group}, classes=classes)
    report = classification_report(
        list(true), list(predicted), labels=list(classes), output_dict=True, zero_division=0
    )
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    for (metric, of), score in found.items():
        assert score.low <= score.mean <= score.high
        if metric in names and of:
            assert score.mean == pytest.approx(report[of][names[metric]])
    averages = {of for metric, of in found if metric == "recall"} - {*classes}
    assert averages == {"macro avg", "weighted avg"}
    assert found["accuracy", ""].mean == accuracy_score(list(true), list(predicted))


def test_a_thousand_classes_take_seconds_and_no_gigabytes():
    """Nothing grows with the square of the classes but the one matrix, of which the filled cells are told."""
    rng, names = np.random.default_rng(0), np.array([f"class {number}" for number in range(1000)])
    true, called = rng.integers(0, 1000, (2, 500))
    rows = pd.DataFrame({name: np.full(500, 0.001) for name in names})
    keys = {"arm": "a", "protocol": "published", "seed": 0, "fold": 0, "part": "test", "group": ""}
    paths = [f"{number}.png" for number in range(500)]
    rows = rows.assign(**keys, path=paths, true=names[true], predicted=names[called])
    tracemalloc.start()
    found = scores.score_predictions(rows, list(names))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500e6  # bytes; a matrix for each of 2,000 replicates would take 16e9
    cells = {score.of: score.mean for score in found if score.metric == "cell"}
    assert sum(cells.values()) == 500
    assert 0 not in cells.values()


def test_folds_of_one_seed_count_as_one_test_set():
    halves = [_run(true="aaa", predicted="aaa"), _run(true="abb", predicted="bbb", fold=1)]
    found = scores.score_predictions(pd.concat(halves), ["a", "b"])
    accuracy = next(score for score in found if score.metric == "accuracy")
    assert accuracy.per_seed == pytest.approx([5 / 6])


def test_counts_of_folds_add_up_and_their_loss_is_that_of_all_images():
    first = {"true": "aaab", "predicted": "aaaa", "p": {"a": [0.5] * 4, "b": [0.5] * 4}}
    second = {"true": "ab", "predicted": "ab", "p": {"a": [0.25, 0.75], "b": [0.75, 0.25]}}
    table = pd.concat([_run(**first), _run(**second, fold=1)], ignore_index=True)
    found = {(one.metric, one.of): one for one in scores.score_predictions(table, ["a", "b"])}
    assert found["support", "a"].per_seed == [4]
    assert found["cell", "b → a"].per_seed == [1]
    assert found["correct", ""].per_seed == [5]
    # Four images of loss ln 2 and two of ln 4: not the mean of the folds, 1.5 ln 2.
    assert found["loss", ""].per_seed == pytest.approx([8 / 6 * np.log(2)])


@pytest.mark.parametrize("predicted", ["ab" * 10, "ab" * 7 + "ba" * 3])
@pytest.mark.parametrize("groups", ["", "uvwxy" * 4])
def test_training_again_on_an_image_does_not_narrow_the_interval(predicted, groups):
    once = {"true": "ab" * 10, "predicted": predicted, "part": "train", "groups": groups}
    folds = [once | {"fold": number} for number in range(4)]
    first, pooled = _scores(once), _scores(*folds)
    for key in first:
        if key[0] in (*SHARES, "loss"):
            assert _bounds(pooled[key]) == pytest.approx(_bounds(first[key]))
            assert pooled[key].method == first[key].method


# Parts


def test_training_and_test_images_are_scored_apart():
    """As in predictions.csv, where the rows of a fit's two parts follow each other."""
    table = pd.concat(
        [
            *(_run(**FIRST), _run(true="aab", predicted="aab", part="train")),
            *(_run(**SECOND), _run(true="abb", predicted="bbb", part="train", seed=1)),
        ],
        ignore_index=True,
    )
    found = scores.score_predictions(table, ["a", "b"])
    accuracy = {one.part: one.per_seed for one in found if one.metric == "accuracy"}
    assert accuracy == {
        "test": pytest.approx([5 / 6, 4 / 6]),
        "train": pytest.approx([1, 2 / 3]),
    }
    assert {one.epoch for one in found} == {None}
    matrices = {one.part: (one.seed, one.counts) for one in scores.confusion_matrices(table, "ab")}
    assert matrices == {"test": (0, [[3, 1], [0, 2]]), "train": (0, [[2, 0], [0, 1]])}


# The loss

# Of the true class: 1/2, 1/4, 1/2 and 1/8.
DOUBTFUL = {
    "true": "aabb",
    "predicted": "abba",
    "p": {"a": [0.5, 0.25, 0.5, 0.875], "b": [0.5, 0.75, 0.5, 0.125]},
}


def test_the_loss_is_the_mean_of_minus_the_logarithms():
    certain = {"seed": 1, "true": "ab", "predicted": "ab", "p": {"a": [0.5] * 2, "b": [0.5] * 2}}
    score = _scores(DOUBTFUL, certain)["loss", ""]
    assert score.per_seed == pytest.approx([7 / 4 * np.log(2), np.log(2)])
    assert score.mean == pytest.approx(11 / 8 * np.log(2))
    assert score.sd == pytest.approx(3 / 4 * np.log(2) / np.sqrt(2))
    assert (score.part, score.of, score.epoch) == ("test", "", None)


def test_the_loss_does_not_depend_on_the_order_of_the_classes():
    table = _run(**DOUBTFUL)
    one, other = (
        next(score for score in scores.score_predictions(table, classes) if score.metric == "loss")
        for classes in (["a", "b"], ["b", "a"])
    )
    assert one == other


def _unsure(seed: int, images: int = 50) -> dict:
    """A run with probabilities of three classes, none of them 0 or 1."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet([1, 1, 1], size=images).clip(1e-3)
    shares /= shares.sum(1, keepdims=True)
    true = rng.choice(list("abc"), size=images)
    predicted = np.array(list("abc"))[shares.argmax(1)]
    of_class = dict(zip("abc", shares.T.tolist(), strict=True))
    return {"true": "".join(true), "predicted": "".join(predicted), "p": of_class}


@pytest.mark.parametrize("seed", range(6))
def test_the_loss_agrees_with_scikit_learn(seed):
    run = _unsure(seed)
    expected = log_loss(list(run["true"]), np.transpose([run["p"][name] for name in "abc"]))
    assert _scores(run, classes="abc")["loss", ""].mean == pytest.approx(expected)


def test_the_losss_interval_of_images_is_students():
    run = _unsure(0, images=40)
    losses = [-np.log(run["p"][name][row]) for row, name in enumerate(run["true"])]
    score = _scores(run, classes="abc")["loss", ""]
    assert _bounds(score) == pytest.approx(t(39, np.mean(losses), sem(losses)).interval(0.95))
    assert score.method == "Student's t 95 %, by image"


def test_the_losss_interval_of_groups_counts_groups():
    # Six groups of four images, of loss ln 2 and ln 8 in turn: means 1, 3, 1, 3, 1, 3 times ln 2.
    shares = ([0.5] * 4 + [0.125] * 4) * 3
    groups = "".join(name * 4 for name in "uvwxyz")
    run = {"true": "a" * 24, "predicted": "ab" * 12, "groups": groups}
    score = _scores({**run, "p": {"a": shares, "b": shares}}, noun="patient")["loss", ""]
    assert score.method == "Student's t 95 %, by patient"
    means = np.array([1, 3] * 3) * np.log(2)
    assert _bounds(score) == pytest.approx(t(5, means.mean(), sem(means)).interval(0.95))


def test_a_single_group_leaves_images_for_the_loss_and_says_it_is_too_few():
    shares = [0.5, 0.125] * 4
    run = {"true": "a" * 8, "predicted": "ab" * 4, "p": {"a": shares, "b": shares}}
    alone, grouped = (_scores({**run, "groups": name})["loss", ""] for name in ("", "x" * 8))
    assert _bounds(alone) == _bounds(grouped)
    assert grouped.method == "too few groups: Student's t 95 %, by group"


def test_probabilities_of_exactly_0_and_1_give_losses_that_are_numbers():
    sure = {"true": "aabb", "predicted": "aabb", "p": {"a": [1, 1, 0, 0], "b": [0, 0, 1, 1]}}
    found = _scores(sure)["loss", ""]
    assert found.mean == pytest.approx(SURE)
    assert 0 < found.low == found.mean == found.high < 1e-6
    mistaken = _scores(sure | {"true": "bbaa"})["loss", ""]
    assert mistaken.mean == pytest.approx(WRONG)
    clipped = np.clip(np.transpose([sure["p"]["a"], sure["p"]["b"]]), 1e-7, 1 - 1e-7)
    assert mistaken.mean == pytest.approx(log_loss(list("bbaa"), clipped))


def test_a_test_part_of_one_class_has_scores_that_are_numbers():
    run = {"true": "aaaa", "predicted": "aaab", "p": {"a": [0.5] * 4, "b": [0.5] * 4}}
    found = _scores(run)
    assert all(np.isfinite([one.mean, one.low, one.high]).all() for one in found.values())
    assert found["accuracy", ""].mean == found["recall", "a"].mean == 3 / 4
    assert found["precision", "a"].mean == 1
    assert (found["recall", "b"].mean, found["support", "b"].mean) == (0, 0)
    assert (found["cell", "a → b"].mean, found["cell", "b → a"].mean) == (1, 0)
    assert (found["misclassified", "a"].mean, found["misclassified", "b"].mean) == (1, 0)
    assert _bounds(found["loss", ""]) == pytest.approx((np.log(2), np.log(2)))


# Intervals

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


@pytest.mark.parametrize("metric", ["f1", "precision", "recall"])
def test_averages_over_classes_are_bootstrapped(metric):
    score = _scores(UNGROUPED)[metric, "macro avg"]
    assert score.method == IMAGES
    assert score.low < score.mean < score.high
    # Near enough to a proportion of 30 for its width to be of the same size; the rarest class has 15.
    low, high = _wilson(score.mean * 30, 30)
    assert score.high - score.low == pytest.approx(high - low, rel=0.35)


def test_the_weighted_recall_is_the_accuracy():
    found = _scores(UNGROUPED)
    assert _bounds(found["recall", "weighted avg"]) == _bounds(found["accuracy", ""])


def test_the_f1_of_a_class_is_a_share_too_half_of_images_called_so_half_of_those_that_are():
    """12 of 16 for a: about as wide as Wilson's interval of 16, and within 0 … 1."""
    score = _scores(UNGROUPED)["f1", "a"]
    assert score.method == "Wilson 95 % at the effective number of images, by image"
    low, high = _wilson(12, 16)
    assert score.high - score.low == pytest.approx(high - low, rel=0.2)


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


def test_two_groups_leave_everything_open_and_are_called_too_few():
    score = _scores(GROUPED, noun="patient")["accuracy", ""]
    assert score.method.startswith("too few patients: ")
    assert (score.low, score.mean, score.high) == pytest.approx((0, 0.5, 1), abs=0.03)
    alone = _scores({**GROUPED, "groups": ""}, noun="patient")["accuracy", ""]
    assert _bounds(alone) == pytest.approx(_wilson(20, 40))


def test_a_class_counts_the_groups_that_hold_it():
    """Eight patients, two of whom hold the b's: enough for the recall of a, too few for that of b."""
    groups = "".join(name * 4 for name in "stuvwxyz")
    run = {"true": "a" * 24 + "b" * 8, "predicted": "aaab" * 6 + "abbb" * 2, "groups": groups}
    found = _scores(run, noun="patient")
    assert not found["recall", "a"].method.startswith("too few")
    for key in (("recall", "b"), ("recall", "macro avg"), ("f1", "macro avg")):
        assert found[key].method.startswith("too few patients: "), key
    assert not found["f1", "weighted avg"].method.startswith("too few")


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
    found = {
        (one.metric, one.of): one.method for one in scores.score_predictions(table, ["a", "b"])
    }
    assert found["accuracy", ""] == "Wilson 95 %"
    assert found["f1", "macro avg"] == IMAGES
    assert found["loss", ""] == "Student's t 95 %, by image"


@pytest.mark.parametrize(
    ("groups", "units"),
    [
        ("", {"a": 4, "b": 2, "": 6, "macro avg": 2, "weighted avg": 6}),
        ("uuuvww", {"a": 2, "b": 1, "": 3, "macro avg": 1, "weighted avg": 3}),
    ],
)
def test_a_perfect_score_has_wilsons_bound_of_its_groups(groups, units):
    found = _scores({"true": "aaaabb", "predicted": "aaaabb", "groups": groups})
    for (metric, of), score in found.items():
        if metric in SHARES:
            assert score.mean == 1
            assert _bounds(score) == pytest.approx(_wilson(units[of], units[of])), (metric, of)


def test_draws_that_lost_a_class_do_not_count():
    # All of class b is in group z: three of ten draws of three groups miss it. Their recall of b
    # would be 0, but every draw that has a b has it right; that of a is never below 0.5 by chance.
    run = {"true": "aaaaaabbb", "predicted": "aaabbbbbb", "groups": "xxxyyyzzz"}
    score = _scores(run)["recall", "macro avg"]
    assert score.mean == 0.75
    assert _bounds(score) == (0.5, 1)


@pytest.mark.parametrize(
    ("metric", "of", "bounds"),
    [
        ("support", "a", (3, 4)),
        ("support", "b", (2, 3)),
        ("support", "", (6, 6)),
        ("correct", "", (4, 5)),
        ("misclassified", "", (1, 2)),
        ("misclassified", "b", (0, 1)),
        ("cell", "a → a", (2, 3)),
        ("cell", "a → b", (1, 1)),
    ],
)
def test_counts_range_over_seeds(metric, of, bounds):
    score = _scores(FIRST, SECOND)[metric, of]
    assert _bounds(score) == bounds
    assert score.method == curves.RANGE


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
    assert scores.score_predictions(again, ["a", "b"]) == scores.score_predictions(
        table, ["a", "b"]
    )
    assert scores.confusion_matrices(again, ["a", "b"]) == scores.confusion_matrices(
        table, ["a", "b"]
    )


# Differences


def _differences(*runs: dict, origins: dict[str, str]) -> list[Difference]:
    """`origins`: arm → the arm it is a variant of, "" for none."""
    table = pd.concat([_run(**run) for run in runs], ignore_index=True)
    models = [_model(arm, 7, variant_of=origin) for arm, origin in origins.items()]
    return scores.variant_differences(scores.score_predictions(table, ["a", "b"]), models)


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


def test_only_test_images_tell_how_far_a_variant_lies_from_its_arm():
    seen = [
        one | {"part": "train", "true": "aabb", "predicted": "aabb"} for one in (FIRST, VARIANT[0])
    ]
    (found,) = _differences(FIRST, VARIANT[0], *seen, origins=ORIGINS)
    assert found.per_seed == pytest.approx([-2 / 6])


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
    named = {"arm": "net", "protocol": "published", "seed": 0, "fold": 0, "epoch": [1, 2]}
    parts = ("accuracy", "loss", "val_accuracy", "val_loss")
    history = pd.DataFrame(named | {name: [0.5, 0.75] for name in parts})
    predictions, models = _run(**FIRST), [_model("net", 7)]
    assert scores.all_scores(predictions, history, models, ["a", "b"], "group") == [
        *scores.score_predictions(predictions, ["a", "b"]),
        *ranking.ranking_scores(predictions, ["a", "b"]),
        *curves.epoch_scores(history),
        *curves.best_epoch_scores(history),
        *scores.parameter_scores(models),
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
    found = scores.parameter_scores([_model("one", 645), _model("two", 7)])
    counts = {(s.arm, s.of): s.mean for s in found if s.metric == "parameters"}
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
        assert (score.protocol, score.part, score.epoch) == ("published", "", None)
        assert (score.method, score.sd) == (scores.CERTAIN, None)


def test_memory_is_four_bytes_a_parameter_of_the_totals():
    found = scores.parameter_scores([_model("one", 645)])
    memory = {one.of: one.mean for one in found if one.metric == "memory"}
    assert memory == {"total": 6580, "trainable": 2580, "non-trainable": 4000}
    assert {one.metric for one in found} == {"parameters", "memory"}


def test_a_confusion_adds_up_all_folds_of_the_first_seed_of_an_arm():
    table = pd.concat(
        [
            _run(**FIRST | {"seed": 3}),
            _run(true="ab", predicted="ba", seed=3, fold=1),
            _run(**SECOND),
            _run(**SECOND, arm="other"),
        ]
    )
    first, other = scores.confusion_matrices(table, ["a", "b"])
    assert (first.arm, first.protocol, first.seed, first.folds) == ("net", "published", 3, 2)
    assert first.counts == [[3, 2], [1, 2]]
    assert (other.arm, other.seed, other.counts) == ("other", 1, [[2, 1], [1, 2]])


def test_confusion_follows_the_order_of_the_classes():
    (found,) = scores.confusion_matrices(_run(**FIRST), ["b", "a"])
    assert found.counts == [[2, 0], [1, 3]]


@pytest.mark.parametrize("order", [1, -1])
def test_where_seeds_differ_in_method_the_first_names_it(order):
    rare = {"seed": 0, "true": "aabb", "predicted": "aabb"}
    other = {"seed": 1, "true": "aabb" * 3, "predicted": "abbb" * 3}
    few, enough = "too few images: Student's t 95 %, by image", "Student's t 95 %, by image"
    expected = [enough, few][order == 1]
    assert _scores(*[rare, other][::order])["loss", ""].method == expected


def test_an_unknown_class_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="among a, b; received z"):
        _scores({"true": "abz", "predicted": "aba"}, classes="ab")


def test_a_class_without_test_images_leaves_the_bootstrap_alone():
    rows = {"true": "aaaabbbb" * 3, "predicted": "aaabbbba" * 3}
    with_empty = _scores(rows, classes="abc")["accuracy", ""]
    without = _scores(rows, classes="ab")["accuracy", ""]
    assert (with_empty.low, with_empty.high) == (without.low, without.high)
    assert with_empty.method == "Wilson 95 %"
