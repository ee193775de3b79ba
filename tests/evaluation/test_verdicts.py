"""The verdict on a printed number: the interval of a difference, the rule at its edges, what voids a comparison."""

from collections import Counter
from math import hypot, sqrt

import made_up_paper as made_up
import numpy as np
import pytest
from scipy.stats import hypergeom
from statsmodels.stats.proportion import confint_proportions_2indep

from lib.evaluation import metrics, tolerances, verdicts
from lib.evaluation.curves import RANGE
from lib.papers.declare import Assumed, Claim, Split, Stated
from lib.results import Model, Score, Weights
from lib.settings import telling_changes

INSIDE = "the difference lies within the tolerance"
OUTSIDE = "the difference lies outside the tolerance"
ACROSS = "the difference reaches across an edge of the tolerance"
NAMED = {"arm": "net", "protocol": "published", "metric": "accuracy", "of": "", "part": "test"}


def _claim(printed: str = "0.95", *, tolerance: float = 0.01, **changes) -> Claim:
    """With a tolerance of twice its rounding."""
    values = {"metric": "accuracy", "where": "Table 1", "arm": "net"}
    declared = Assumed(tolerance, "by hand")
    return Claim(printed=printed, tolerance=declared, **values | changes)


def _score(low: float, high: float, **changes) -> Score:
    """Two seeds that gave the same, halfway between the bounds."""
    mean = (low + high) / 2
    rest = {"epoch": None, "mean": mean, "sd": 0.0, "per_seed": [mean] * 2, "method": "by hand"}
    return Score(low=low, high=high, **NAMED | rest | changes)


def _seeds(*values: float, low: float, high: float, method: str = "by hand", **changes) -> Score:
    key = NAMED | {"epoch": None} | changes
    return Score.over_seeds(tuple(key.values()), values, low, high, method)


def _model(declared: str = "imagenet", used: str = "imagenet", arm: str = "net") -> Model:
    weights = Weights(declared=declared, used=used, source="", sha256="")
    return Model(arm=arm, variant_of="", layers=[], parameters={}, weights=weights)


def _judge(claims, scores, *, kind="exact", models=None, changed=(), images=None):
    """Of a paper that tested so many images."""
    tested = images and Assumed(images, "as it prints no support")
    paper = made_up.paper(claims=claims, test_images=tested)
    models = [_model()] if models is None else models
    changed = telling_changes(changed)
    return verdicts.judge(paper, scores, kind=kind, models=models, changed=changed)


def _verdict(claim: Claim, score: Score | None, **how) -> tuple[str, str]:
    (result,) = _judge([claim], [] if score is None else [score], **how)
    return result.verdict, result.reason


# The interval of the difference


def test_the_paper_is_given_our_sampling_error_where_its_own_is_not_known():
    """0.03 below and 0.04 above on both sides make 0.05 each way; 0.900 stands for ± 0.0005."""
    score = _seeds(0.93, low=0.90, high=0.97)
    assert verdicts.difference_interval(_claim("0.900"), score) == pytest.approx((-0.0205, 0.0805))


def test_our_sampling_error_is_scaled_to_the_papers_number_of_images():
    """Ours on four times as many images: the paper's distances are twice ours."""
    claim = _claim("0.900", metric="f1")
    score = _seeds(0.93, low=0.90, high=0.97, metric="f1")
    low, high = verdicts.difference_interval(claim, score, 25, 100)
    assert low == pytest.approx(0.03 - 0.0005 - hypot(0.03, 0.08))
    assert high == pytest.approx(0.03 + 0.0005 + hypot(0.04, 0.06))
    (result,) = _judge([claim], [score, _score(100, 100, metric="support")], images=25)
    assert result.difference == pytest.approx((low, high))


@pytest.mark.parametrize("metric", ["accuracy", "precision", "recall"])
@pytest.mark.parametrize(
    ("right", "of", "ours", "n"), [(90, 100, 57, 60), (3, 8, 7, 8), (642, 642, 9, 10)]
)
def test_of_shares_the_interval_is_newcombes(metric, right, of, ours, n):
    low, high = confint_proportions_2indep(
        ours, n, right, of, method="newcomb", compare="diff", alpha=0.05
    )
    claim = _claim(f"{right / of:.9f}", metric=metric)
    bounds = metrics.wilson(ours, n)
    score = _seeds(ours / n, low=bounds[0], high=bounds[1])
    assert verdicts.difference_interval(claim, score, of) == pytest.approx((low, high), abs=1e-8)


def test_an_average_is_no_share_and_neither_is_an_f1_score():
    score = _seeds(0.93, low=0.90, high=0.97)
    plain = verdicts.difference_interval(_claim("0.900"), score)
    for changes in ({"metric": "precision", "of": "macro avg"}, {"metric": "f1"}):
        assert verdicts.difference_interval(_claim("0.900", **changes), score, 10) == plain
    assert verdicts.difference_interval(_claim("0.900"), score, 10) != plain


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("0.9", (-0.05, 0.05)),
        ("0.90", (-0.005, 0.005)),
        ("1.00", (-0.1, -0.095)),
        ("0.0", (0.85, 0.9)),
    ],
)
def test_the_interval_is_widened_by_the_rounding_but_not_past_0_or_1(printed, expected):
    interval = verdicts.difference_interval(_claim(printed), _score(0.9, 0.9))
    assert interval == pytest.approx(expected)


def test_counts_are_shares_of_the_papers_images():
    """Of 100 images 10 and 20: Newcombe's interval of 0.1 and 0.2, times 100."""
    low, high = confint_proportions_2indep(20, 100, 10, 100, method="newcomb", compare="diff")
    for metric in ("correct", "misclassified", "cell"):
        claim = _claim("10", unit="count", metric=metric)
        score = _score(18, 22, metric=metric, method=RANGE)
        assert verdicts.difference_interval(claim, score, 100) == pytest.approx(
            (100 * low, 100 * high)
        )


def test_more_hits_than_the_paper_had_images_are_no_share_above_one():
    claim = _claim("10", unit="count", metric="correct")
    low, high = verdicts.difference_interval(
        claim, _score(12, 12, metric="correct", method=RANGE), 10
    )
    assert low < 2 < high


def test_points_of_an_accuracy_curve_have_the_sampling_error_of_the_papers_images():
    claim = _claim("0.500000000", part="validation", epoch=3)
    score = _score(0.4, 0.6, part="validation", epoch=3, method=RANGE)
    expected = confint_proportions_2indep(25, 50, 25, 50, method="newcomb", compare="diff")
    assert verdicts.difference_interval(claim, score, 50) == pytest.approx(expected, abs=1e-8)


# Student's t at 97.5 % is 12.7062 with one degree of freedom and 2.7764 with four.


def test_a_range_over_seeds_is_no_sampling_error_but_their_scatter_counts_whole():
    curve = {"metric": "loss", "part": "train", "epoch": 3}
    score = _seeds(0.2, 0.3, low=0.2, high=0.3, method=RANGE, **curve)
    margin = 12.7062 * sqrt(0.005 * 1.5)
    expected = (0.05 - 0.005 - margin, 0.05 + 0.005 + margin)
    claim = _claim("0.20", unit="loss", **curve)
    assert verdicts.difference_interval(claim, score, 100) == pytest.approx(expected, abs=1e-4)


def test_of_the_scatter_of_seeds_only_what_exceeds_sampling_counts():
    """Bounds 0.0196 away tell a standard deviation of 0.01, of which seeds that draw a fifth of the images
    scatter by four fifths of its square, 0.00008; a variance of 0.0005 exceeds that by 0.00042.

    Of the sampling variance of our mean over five seeds, a fifth and a fifth of the rest are left.
    """
    values = [0.9 + step * sqrt(0.0005 / 2.5) for step in (-2, -1, 0, 1, 2)]
    score = _seeds(*values, low=0.9 - 0.0196, high=0.9 + 0.0196)
    own, fifth = 0.0196 * sqrt(0.36), {"shared": 0.2}
    margin = hypot(own, 0.0196, 2.7764 * sqrt(0.00042 * 1.2))
    low, high = verdicts.difference_interval(_claim("0.90"), score, **fifth)
    assert (low, high) == pytest.approx((-0.005 - margin, 0.005 + margin), abs=1e-5)
    calm = _seeds(*(0.9 + (value - 0.9) / 3 for value in values), low=score.low, high=score.high)
    _, high = verdicts.difference_interval(_claim("0.90"), calm, **fifth)
    assert high == pytest.approx(0.005 + hypot(own, 0.0196), abs=1e-6)


def test_of_seeds_with_the_same_images_all_scatter_counts():
    """Nothing of it is sampling, and their mean is as uncertain as one run."""
    values = [0.9 + step * 0.005 for step in (-2, -1, 0, 1, 2)]
    score = _seeds(*values, low=0.88, high=0.92)
    _, high = verdicts.difference_interval(_claim("0.90"), score)
    margin = 2.7764 * 0.005 * sqrt(2.5 * 1.2)
    assert high == pytest.approx(0.005 + hypot(0.02, 0.02, margin), abs=1e-5)


def test_what_seeds_share_is_the_share_of_images_that_their_part_takes():
    """A fifth is tested: the training images of two seeds have four fifths in common."""
    scores = [
        _seeds(0.80, 0.82, low=0.78, high=0.84, metric="f1", part=part)
        for part in ("test", "train")
    ]
    claims = [_claim("0.80", metric="f1", part=part) for part in ("test", "train")]
    results = _judge(claims, scores, images=500)
    for result, claim, score, shared in zip(results, claims, scores, (0.2, 0.8), strict=True):
        expected = verdicts.difference_interval(claim, score, 500, shared=shared)
        assert result.difference == pytest.approx(expected)


def test_a_recall_of_44_images_is_not_reproduced_by_anything_from_6_to_45_percent():
    claim = Claim(metric="recall", printed="0.27", where="Table 1", arm="net", of="cat")
    for ours in np.arange(0.06, 0.46, 0.03):
        low, high = metrics.wilson(ours * 44, 44)
        score = _seeds(*[ours] * 5, low=low, high=high, metric="recall")
        interval = verdicts.difference_interval(claim, score, 44, shared=0.2)
        assert verdicts.interval_verdict(claim, interval, 0.03) != "reproduced"


def test_one_seed_tells_no_scatter_but_its_sampling_error():
    (result,) = _judge([_claim("0.90", tolerance=0.2)], [_seeds(0.93, low=0.90, high=0.97)])
    assert result.verdict == "reproduced"
    assert result.reason == f"{INSIDE}; one seed: its scatter is not known"


def test_one_seed_without_a_sampling_error_tells_nothing():
    curve = {"metric": "loss", "part": "train", "epoch": 3}
    claim = _claim("0.20", unit="loss", **curve)
    (result,) = _judge([claim], [_seeds(0.2, low=0.2, high=0.2, method=RANGE, **curve)])
    assert (result.difference, result.verdict) == (None, "inconclusive")
    assert (result.halved, result.doubled) == ("inconclusive", "inconclusive")
    assert result.reason.startswith("one seed")


def test_one_split_tells_its_support_exactly():
    claim = _claim("71", unit="count", metric="support", of="cat", tolerance=0)
    for images, expected in ((71, "reproduced"), (72, "not reproduced")):
        score = _seeds(images, low=images, high=images, metric="support", of="cat")
        assert _verdict(claim, score)[0] == expected


def test_the_support_of_a_random_split_is_a_draw_on_both_sides():
    """Of 535 images 200 are cats and 107 are drawn: 40 ± 8.6 (hypergeometric), so two draws differ by ± 12."""
    totals = {"cat": "40", "dog": "67"}
    claims = [
        Claim(metric="support", printed=images, unit="count", where="§2", arm="net", of=name)
        for name, images in totals.items()
    ]
    split = Split(test_share=Stated(0.2, ""), stratified=Stated(False, ""))
    paper = made_up.paper(claims=claims, split=split)
    scores = [_seeds(45, low=45, high=45, metric="support", of="cat", method=RANGE)]
    result, _ = verdicts.judge(paper, scores, kind="exact", models=[_model()], changed=())
    half = sqrt(2) * metrics.Z * hypergeom(535, 200, 107).std()
    assert result.difference == pytest.approx((5 - half, 5 + half), abs=0.1)
    assert (result.tolerance, result.verdict) == (3.2, "inconclusive")


# The rule


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((-0.01, 0.01), "reproduced"),
        ((-0.02, 0.02), "reproduced"),
        ((0.02, 0.02), "reproduced"),
        ((-0.0201, 0.01), "inconclusive"),
        ((-0.01, 0.0201), "inconclusive"),
        ((-0.5, 0.5), "inconclusive"),
        ((0.02, 0.5), "inconclusive"),
        ((-0.5, -0.02), "inconclusive"),
        ((0.0201, 0.5), "not reproduced"),
        ((-0.5, -0.0201), "not reproduced"),
    ],
)
def test_an_interval_lies_within_outside_or_across_the_tolerance(interval, expected):
    assert verdicts.interval_verdict(_claim(), interval, 0.02) == expected


@pytest.mark.parametrize(
    ("tolerance", "expected"),
    [
        (0.0204, ("inconclusive", "reproduced", "reproduced")),
        (0.0102, ("not reproduced", "inconclusive", "reproduced")),
        (0.0056, ("not reproduced", "inconclusive", "inconclusive")),
        (0.0049, ("not reproduced", "not reproduced", "inconclusive")),
        (0.0001, ("not reproduced",) * 3),
        (9.0, ("reproduced",) * 3),
    ],
)
def test_a_verdict_is_told_with_half_and_twice_the_tolerance_too(tolerance, expected):
    """Ours, 0.8205, lies 0.0055 to 0.0155 above what rounds to 0.81."""
    (result,) = _judge([_claim("0.81", tolerance=tolerance)], [_score(0.8205, 0.8205)])
    assert result.difference == pytest.approx((0.0055, 0.0155))
    assert (result.halved, result.verdict, result.doubled) == expected


@pytest.mark.parametrize(
    ("printed", "ours", "expected"),
    [
        ("94.8", 0.948, "reproduced"),
        ("94,8", 0.948, "reproduced"),
        ("94.8", 0.958, "inconclusive"),
        ("94.8", 0.938, "inconclusive"),
        ("94.8", 0.9586, "not reproduced"),
        ("94.8", 94.8, "not reproduced"),
    ],
)
def test_percentages_are_compared_as_fractions(printed, ours, expected):
    assert _verdict(_claim(printed, unit="percent"), _score(ours, ours))[0] == expected


def test_losses_are_compared_as_printed():
    of = {"metric": "loss", "part": "train", "epoch": 15}
    claim = _claim("0.1369", unit="loss", tolerance=0.05, **of)
    assert _verdict(claim, _score(0.18, 0.18, **of))[0] == "reproduced"
    assert _verdict(claim, _score(0.18, 0.19, **of))[0] == "inconclusive"
    assert _verdict(claim, _score(0.19, 0.19, **of))[0] == "not reproduced"


@pytest.mark.parametrize(("counted", "expected"), [(645, "not reproduced"), (643, "reproduced")])
def test_parameters_are_judged_whatever_images_weights_and_settings(counted, expected):
    claim = _claim("643", unit="count", metric="parameters", of="dense", part="")
    score = _score(counted, counted, metric="parameters", of="dense", part="")
    verdict, _ = _verdict(
        claim, score, kind="phantom", models=[_model(used="random")], changed=("epochs",)
    )
    assert verdict == expected


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"kind": "phantom"}, "synthetic images"),
        ({"kind": "substitute"}, "other images than the paper's"),
        (
            {"models": [_model(used="random")]},
            "random weights instead of Keras' ImageNet weights",
        ),
        (
            {"models": [_model("random", "imagenet")]},
            "Keras' ImageNet weights instead of random weights",
        ),
        (
            {"models": [_model(used="torchvision")]},
            "torchvision's ImageNet weights instead of Keras' ImageNet weights",
        ),
        ({"changed": ("epochs",)}, "settings that differ: epochs"),
        ({"changed": ("seeds", "epochs", "precision")}, "settings that differ: epochs, precision"),
        ({"changed": ("jit_compile", "precision")}, "settings that differ: precision"),
        ({"changed": ("pixel_scaling",)}, "settings that differ: pixel scaling"),
    ],
)
@pytest.mark.parametrize("ours", [(0.95, 0.95), (0.1, 0.2)])
def test_other_images_weights_or_settings_are_not_comparable(how, words, ours):
    assert _verdict(_claim(), _score(*ours), **how) == ("not comparable", words)


def test_all_hindrances_are_named():
    verdict, reason = _verdict(
        _claim(),
        _score(0.95, 0.95),
        kind="phantom",
        models=[_model(used="random")],
        changed=("epochs", "image_size"),
    )
    assert verdict == "not comparable"
    assert sorted(reason.split("; ")) == [
        "random weights instead of Keras' ImageNet weights",
        "settings that differ: epochs, image size",
        "synthetic images",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        ("seeds",),
        ("phantoms_per_class",),
        ("jit_compile",),
        ("seeds", "phantoms_per_class", "jit_compile"),
    ],
)
def test_other_seeds_phantoms_or_compilers_do_not_hinder(changed):
    assert _verdict(_claim(), _score(0.95, 0.95), changed=changed) == ("reproduced", INSIDE)


@pytest.mark.parametrize("weights", ["imagenet", "torchvision", "random"])
def test_weights_are_comparable_where_the_paper_used_them(weights):
    models = [_model(weights, weights)]
    assert _verdict(_claim(), _score(0.95, 0.95), models=models) == ("reproduced", INSIDE)


def test_memory_is_judged_whatever_images_weights_and_settings():
    """9.24 MB are 9,683,599.36 … 9,694,085.12 bytes; 4 a parameter."""
    claim = _claim("9.24", unit="MB", metric="memory", of="total", part="")
    how = {"kind": "phantom", "models": [_model(used="random")], "changed": ("epochs",)}
    for bytes_, expected in (
        (9_683_600, "reproduced"),
        (9_694_084, "reproduced"),
        (9_683_596, "not reproduced"),
        (9_694_088, "not reproduced"),
    ):
        score = _score(bytes_, bytes_, metric="memory", of="total", part="")
        assert _verdict(claim, score, **how)[0] == expected


@pytest.mark.parametrize("printed", ["0.95", "0.10"])
@pytest.mark.parametrize("how", [{}, {"kind": "phantom"}, {"changed": ("epochs",)}])
def test_what_no_rerun_can_give_is_not_comparable_for_its_own_reason(printed, how):
    claim = _claim(printed, incomparable="of one photograph that is not published")
    expected = ("not comparable", "of one photograph that is not published")
    assert _verdict(claim, _score(0.95, 0.95), **how) == expected
    assert _verdict(claim, None, **how) == expected


def test_our_number_stands_beside_one_that_cannot_be_compared():
    claim = _claim(incomparable="rounded by hand")
    (result,) = _judge([claim], [_score(0.94, 0.96)])
    assert (result.reproduced, result.low, result.high) == (pytest.approx(0.95), 0.94, 0.96)


def test_training_and_test_images_are_judged_each_by_their_own_score():
    claims = [_claim("0.95"), _claim("0.95", part="train")]
    scores = [_score(0.95, 0.95, part="train"), _score(0.5, 0.5)]
    results = _judge(claims, scores)
    assert [result.verdict for result in results] == ["not reproduced", "reproduced"]
    # The curve of the training images is another thing than their accuracy after training.
    (result,) = _judge(claims[1:], [_score(0.95, 0.95, part="train", epoch=15)])
    assert result.reason == "not computed in this run"


@pytest.mark.parametrize(
    ("metric", "of"), [("correct", ""), ("misclassified", "a"), ("cell", "a → b")]
)
def test_counts_of_hits_and_misses_need_images_weights_and_settings(metric, of):
    claim = _claim("3", unit="count", metric=metric, of=of)
    score = _score(3, 3, metric=metric, of=of)
    assert _verdict(claim, score) == ("reproduced", INSIDE)
    models = [_model(used="random")]
    assert _verdict(claim, score, models=models)[0] == "not comparable"
    assert _verdict(claim, score, kind="substitute")[0] == "not comparable"
    assert _verdict(claim, score, changed=("test_share",))[0] == "not comparable"


def test_supports_need_the_papers_images_but_not_its_weights():
    claim = _claim("71", unit="count", metric="support", of="basophil")
    score = _score(71, 71, metric="support", of="basophil")
    random = [_model(used="random")]
    assert _verdict(claim, score, models=random) == ("reproduced", INSIDE)
    assert _verdict(claim, score, kind="phantom") == ("not comparable", "synthetic images")


def test_a_claim_about_the_best_epoch_is_judged_by_its_own_score():
    best = {"of": "best epoch", "part": "validation"}
    assert _verdict(_claim("0.91", **best), _score(0.91, 0.91, **best)) == ("reproduced", INSIDE)
    assert _verdict(_claim("0.91", **best), _score(0.91, 0.91))[1] == "not computed in this run"


def test_weights_hinder_only_their_own_arm():
    claims = [_claim(arm="one"), _claim(arm="two")]
    scores = [_score(0.95, 0.95, arm="one"), _score(0.95, 0.95, arm="two")]
    models = [_model(used="random", arm="one"), _model(arm="two")]
    results = _judge(claims, scores, models=models)
    assert [result.verdict for result in results] == ["not comparable", "reproduced"]


def test_a_claim_about_a_model_that_was_not_trained_gets_no_verdict():
    claims = [_claim(arm="one"), _claim(arm="two")]
    (result,) = _judge(claims, [_score(0.95, 0.95, arm="two")], models=[_model(arm="two")])
    assert (result.arm, result.verdict) == ("two", "reproduced")


@pytest.mark.parametrize("how", [{}, {"kind": "phantom"}])
def test_claim_without_a_score_is_not_comparable(how):
    (result,) = _judge([_claim()], [_score(0.9, 0.9, metric="f1")], **how)
    assert (result.verdict, result.reason) == ("not comparable", "not computed in this run")
    assert (result.halved, result.doubled) == ("not comparable",) * 2
    assert result.reproduced is result.low is result.high is result.difference is None


@pytest.mark.parametrize("how", [{}, {"kind": "phantom"}])
def test_without_the_papers_split_only_exact_numbers_are_compared(how):
    sure = {"metric": "parameters", "of": "dense", "part": ""}
    claims = [_claim(), _claim("643", unit="count", **sure)]
    scores = [_score(0.95, 0.95, protocol="grouped"), _score(643, 643, **sure)]
    other, exact = _judge(claims, scores, **how)
    assert (other.verdict, other.reason) == ("not comparable", "the paper's split was not run")
    assert (exact.verdict, exact.reason) == ("reproduced", "ours rounds to it")


def test_an_epoch_that_was_not_reached_is_told_apart_from_what_was_not_computed():
    curve = {"metric": "loss", "part": "train"}
    claim = _claim("0.1369", unit="loss", epoch=15, **curve)
    short = [_score(0.2, 0.3, epoch=number, **curve) for number in (1, 2)]
    (result,) = _judge([claim], short, kind="phantom")
    assert (result.verdict, result.reason) == ("not comparable", "this run has fewer epochs")
    assert result.reproduced is None


@pytest.mark.parametrize(
    "other",
    [
        {"arm": "another", "epoch": 3},
        {"metric": "loss", "epoch": 3},
        {"part": "validation", "epoch": 3},
        {"of": "best epoch", "epoch": 3},
        {"epoch": None},
    ],
)
def test_an_epoch_of_which_there_is_no_curve_was_not_computed(other):
    claim = _claim(part="train", epoch=15)
    stray = _score(0.9, 0.9, **{"part": "train"} | other)
    assert _verdict(claim, stray)[1] == "not computed in this run"


def test_a_score_of_zero_counts_as_computed():
    (result,) = _judge([_claim("0.00")], [_score(0, 0)])
    assert (result.verdict, result.reproduced, result.low) == ("reproduced", 0, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"arm": "another"},
        {"metric": "f1"},
        {"of": "macro avg"},
        {"part": "validation"},
        {"epoch": 15},
    ],
)
def test_scores_of_something_else_are_left_alone(other):
    stray = _score(0.95, 0.95, **other)
    assert _verdict(_claim(), stray)[1] == "not computed in this run"
    (result,) = _judge([_claim()], [stray, _score(0.5, 0.5), stray])
    assert result.verdict == "not reproduced"


def test_results_come_in_the_papers_order_with_claim_and_score_on_them():
    second = {"metric": "loss", "of": "", "part": "train", "epoch": 3}
    claims = [_claim("94.8", unit="percent", tolerance=0.02), _claim("0.2", unit="loss", **second)]
    results = _judge(claims, [_score(0.1, 0.3, **second), _score(0.94, 0.96)])
    for result, claim in zip(results, claims, strict=True):
        for name in (
            "arm",
            "metric",
            "of",
            "part",
            "epoch",
            "unit",
            "printed",
            "where",
        ):
            assert getattr(result, name) == getattr(claim, name)
        assert (result.tolerance, result.tolerance_from) == (claim.tolerance.value, "by hand")
    assert [(result.low, result.high) for result in results] == [(0.94, 0.96), (0.1, 0.3)]
    assert [result.reproduced for result in results] == pytest.approx([0.95, 0.2])


def test_several_printings_of_one_number_are_judged_each_by_its_own_precision():
    claims = [
        _claim("0.95", tolerance=0.005),
        _claim("94.839", unit="percent", tolerance=0.005),
    ]
    results = _judge(claims, [_score(0.946, 0.946)])
    assert [result.verdict for result in results] == ["inconclusive", "reproduced"]


@pytest.mark.parametrize("kind", ["phantom", "substitute"])
def test_what_is_not_comparable_has_no_interval_whatever_the_tolerance(kind):
    (result,) = _judge([_claim(tolerance=9)], [_score(0.9, 0.9)], kind=kind)
    assert result.difference is None
    assert (result.halved, result.verdict, result.doubled) == ("not comparable",) * 3


# What the rule is worth: made-up runs, of which the truth is known

RIGHT, TESTED, SHARE, RUNS = 0.9, 2000, 0.2, 1000
ALONE = Split(test_share=Stated(0.2, ""), stratified=Stated(True, ""))


def _rates(seeds: int, scatter: float, off: float) -> tuple[float, Counter]:
    """How often the interval holds the true difference, and how often each verdict is given.

    Every run of ours tests a random fifth of the same images, each of which is always right or always
    wrong, which seeds share most; the paper tests images of its own.

    Args:
        scatter: Standard deviation between runs beyond sampling, in that of sampling.
        off: How far ours truly lies below the paper's, in tolerances.
    """
    rng, rates, held = np.random.default_rng(0), Counter(), 0
    spread = scatter * sqrt(RIGHT * (1 - RIGHT) / TESTED)
    whole, gap = round(TESTED / SHARE), off * tolerances.POINTS
    for _ in range(RUNS):
        paper = rng.binomial(TESTED, RIGHT + spread * rng.standard_normal()) / TESTED
        # Drawn without replacement from the right ones among all images.
        right = rng.binomial(whole, RIGHT - gap)
        drawn = rng.hypergeometric(right, whole - right, TESTED, seeds) / TESTED
        ours = np.clip(drawn + spread * rng.standard_normal(seeds), 0, 1)
        low, high = np.mean([metrics.wilson(share * TESTED, TESTED) for share in ours], axis=0)
        score = _seeds(*ours.tolist(), low=low, high=high)
        claim = made_up.claim("accuracy", f"{paper:.4f}")
        interval = verdicts.difference_interval(claim, score, TESTED, TESTED, shared=SHARE)
        held += interval[0] <= -gap <= interval[1]
        rates[verdicts.interval_verdict(claim, interval, tolerances.POINTS)] += 1 / RUNS
    return held / RUNS, rates


@pytest.mark.parametrize(
    ("seeds", "scatter", "off", "held", "reproduced", "refuted"),
    [
        (5, 0, 0, 0.96, 0.83, 0.00),
        (5, 1, 0, 0.94, 0.42, 0.00),
        (5, 2, 0, 0.95, 0.09, 0.00),
        (5, 0, 1, 0.96, 0.02, 0.02),
        (5, 0, 2, 0.97, 0.00, 0.84),
        (5, 1, 2, 0.95, 0.00, 0.60),
        (2, 0, 0, 0.96, 0.59, 0.00),
        (2, 2, 0, 0.88, 0.16, 0.00),
    ],
)
def test_how_often_the_rule_is_right(seeds, scatter, off, held, reproduced, refuted):
    """The rates that the docstring of lib.evaluation.verdicts gives."""
    holds, rates = _rates(seeds, scatter, off)
    assert holds == pytest.approx(held, abs=0.02)
    assert rates["reproduced"] == pytest.approx(reproduced, abs=0.04)
    assert rates["not reproduced"] == pytest.approx(refuted, abs=0.04)
