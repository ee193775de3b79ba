"""How far a rerun may lie from a printed number: hand-counted, then against scipy and statsmodels."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import hypergeom, norm
from statsmodels.stats.proportion import proportion_confint

from lib.paper import Claim, Split, Stated, attainable, classification_report, tolerated
from lib.paper.tolerances import CURVE, LOSS_SPREAD
from lib.papers import load

RANDOM = Split(test_share=Stated(0.2, ""), stratified=Stated(False, ""))
STRATIFIED = Split(test_share=Stated(0.2, ""), stratified=Stated(True, ""))
COMMON = {"where": "Table 1", "arm": "net"}
REPORT = {
    "cat": ("0.80", "0.60", "0.69", "40"),
    "dog": ("0.79", "0.91", "0.85", "67"),
    "macro avg": ("0.80", "0.76", "0.77", "107"),
}


def _claim(printed: str, metric: str = "accuracy", **other) -> Claim:
    return Claim(metric=metric, printed=printed, **COMMON | other)


def _one(printed: str, metric: str = "accuracy", split: Split = RANDOM, **other) -> Claim:
    """Of a paper that tested 100 images."""
    (claim,) = tolerated([_claim(printed, metric, **other)], split, 100)
    return claim


def _report(split: Split = RANDOM, **other) -> dict[tuple[str, str], Claim]:
    claims = tolerated(classification_report(REPORT, **COMMON, **other), split)
    return {(one.metric, one.of): one for one in claims}


def _width(right: float, images: int) -> float:
    low, high = proportion_confint(right, images, method="wilson")
    return high - low


# Shares


def test_half_of_100_images_may_differ_by_27_points():
    """Wilson's interval of 50 of 100 is 0.4038 … 0.5962; √2 times its width, and 0.01 of rounding."""
    claim = _one("0.50")
    assert claim.tolerance == pytest.approx(sqrt(2) * 0.1924 + 0.01, abs=1e-4)
    assert claim.tolerance_from == (
        "twice the 95 % margin of the difference between two runs on 100 images (Wilson), and the rounding"
    )


@pytest.mark.parametrize(
    ("printed", "unit", "share", "rounding"),
    [
        ("0.5000", "fraction", 0.5, 0.0001),
        ("94.8", "percent", 0.948, 0.001),
        ("94,8", "percent", 0.948, 0.001),
        ("94", "percent", 0.94, 0.01),
        ("1.00", "fraction", 1.0, 0.005),
        ("0.0", "fraction", 0.0, 0.05),
    ],
)
def test_coarse_numbers_have_more_room_but_none_past_0_or_1(printed, unit, share, rounding):
    claim = _one(printed, unit=unit)
    expected = sqrt(2) * _width(100 * share, 100) + rounding
    assert claim.tolerance == pytest.approx(expected, abs=6e-5)
    low, high = attainable(claim)
    assert high - low == pytest.approx(rounding)


def test_counts_and_losses_are_attainable_as_they_round():
    count, loss = _claim("7", "support", unit="count"), _claim("1.20", "loss", unit="loss")
    assert attainable(count) == (7, 7)
    assert attainable(loss) == pytest.approx((1.195, 1.205))


def test_each_score_has_the_images_that_it_is_a_share_of():
    """Of 40 cats 24 are hits (0.60), and 30 images were called cat (24 / 0.80)."""
    found = {key: one.images for key, one in _report().items()}
    assert found == {
        ("precision", "cat"): 30,
        ("recall", "cat"): 40,
        ("f1", "cat"): 40,
        ("support", "cat"): None,
        ("precision", "dog"): 77,
        ("recall", "dog"): 67,
        ("f1", "dog"): 67,
        ("support", "dog"): None,
        ("precision", "macro avg"): 107,
        ("recall", "macro avg"): 107,
        ("f1", "macro avg"): 107,
        ("support", "macro avg"): None,
    }


def test_the_tolerance_of_a_class_is_that_of_its_images():
    recall, precision = (_report()[metric, "cat"] for metric in ("recall", "precision"))
    assert recall.tolerance == pytest.approx(sqrt(2) * _width(24, 40) + 0.01, abs=6e-5)
    assert precision.tolerance == pytest.approx(sqrt(2) * _width(24, 30) + 0.01, abs=6e-5)
    assert "on as many images of the class" in recall.tolerance_from
    assert "on as many images called so" in precision.tolerance_from


def test_a_precision_of_0_tells_no_number_of_calls():
    rows = {"cat": ("0.00", "0.00", "0.00", "40"), "dog": ("0.63", "1.00", "0.77", "67")}
    claims = tolerated(classification_report(rows, **COMMON), RANDOM)
    assert claims[0].images == 40


def test_counts_of_hits_are_shares_told_in_images():
    claims = [
        *classification_report(REPORT, **COMMON),
        _claim("90", "correct", unit="count"),
        _claim("17", "misclassified", unit="count"),
        _claim("16", "misclassified", unit="count", of="cat"),
        _claim("16", "cell", unit="count", of="cat → dog"),
        _claim("6", "cell", unit="count", of="dog → cat"),
    ]
    found = tolerated(claims, RANDOM)[-5:]
    for one, (right, images) in zip(
        found, [(90, 107), (17, 107), (16, 40), (16, 40), (6, 67)], strict=True
    ):
        assert one.images == images
        expected = sqrt(2) * _width(right, images) * images
        assert one.tolerance == pytest.approx(expected, abs=0.06)
        assert one.tolerance_from.endswith("in images")


# Curves and losses


def test_a_point_of_a_curve_has_more_room_and_the_test_images():
    at_end, point = _one("0.50"), _one("0.50", part="validation", epoch=3)
    assert point.images == 100
    assert point.tolerance == pytest.approx(at_end.tolerance + 0.03)
    assert point.tolerance_from == (
        f"{at_end.tolerance_from}; 0.03 more, since curves move from epoch to epoch"
    )
    best = _one("0.50", part="validation", of="best epoch")
    assert (best.tolerance, best.tolerance_from) == (point.tolerance, point.tolerance_from)


def test_training_images_are_what_the_share_leaves_where_none_are_printed():
    """A fifth is 100 images, so 400 are trained on."""
    assert _one("0.50", part="train", epoch=3).images == 400
    claims = [
        *classification_report(REPORT, part="train", **COMMON),
        _claim("0.50", part="train", epoch=3),
    ]
    assert tolerated(claims, RANDOM, 100)[-1].images == 107


def test_a_whole_is_the_sum_of_its_classes_rather_than_a_printed_total():
    claims = [
        _claim("105", "support", unit="count"),
        *classification_report(REPORT, **COMMON),
        _claim("0.5"),
    ]
    assert tolerated(claims, RANDOM)[-1].images == 107
    assert tolerated([claims[0], claims[-1]], RANDOM)[-1].images == 105
    assert tolerated([claims[0], claims[-1]], RANDOM, 100)[-1].images == 105


def test_a_mean_loss_has_the_room_of_losses_that_spread_by_the_most():
    claim = _one("0.320", "loss", unit="loss")
    expected = 2 * sqrt(2) * norm.ppf(0.975) * 0.56 / 10 + 0.001
    assert claim.tolerance == pytest.approx(expected, abs=6e-5)
    assert "losses spread by 0.56 nats" in claim.tolerance_from
    point = _one("0.320", "loss", unit="loss", part="validation", epoch=3)
    assert point.tolerance == pytest.approx(claim.tolerance + 0.08)


def test_the_spread_of_losses_is_the_most_that_calibrated_predictions_of_two_normal_classes_have():
    """The logits of two normal classes that lie d apart are N(± d² / 2, d²)."""
    spreads = []
    for accuracy in np.arange(0.51, 1, 0.01):
        apart = 2 * norm.ppf(accuracy)
        logits = norm(apart**2 / 2, apart)
        first = logits.expect(lambda z: np.logaddexp(0, -z))
        second = logits.expect(lambda z: np.logaddexp(0, -z) ** 2)
        spreads.append(sqrt(second - first**2))
    assert round(max(spreads), 2) == LOSS_SPREAD


def test_the_room_of_curves_is_what_the_one_printed_curve_moves_by():
    claims = load("kuncoro_white_blood_cells").claims
    for metric, most in (("accuracy", 0.026), ("loss", 0.072)):
        curve = [one.value for one in claims if (one.metric, one.part) == (metric, "validation")]
        moves = np.abs(np.diff(curve[3:]))
        assert round(moves.max(), 3) == most <= CURVE[metric]


# Supports


def test_supports_of_a_random_split_are_drawn_without_replacement():
    """Of 535 images 200 are cats, and a fifth of all is drawn: 40 ± 9, of which √2 times the width."""
    claim = _report()["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(535, 200, 107).std()
    assert claim.tolerance == pytest.approx(sqrt(2) * 2 * half, abs=0.1)
    assert "hypergeometric" in claim.tolerance_from


def test_supports_of_training_images_vary_as_those_of_the_test_images_do():
    """Of 134 images, 107 to train: what one part has more the other has less."""
    claim = _report(part="train")["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(134, 50, 107).std()
    assert claim.tolerance == pytest.approx(sqrt(2) * 2 * half, abs=0.1)


def test_supports_that_chance_cannot_change_are_exact():
    assert _report(STRATIFIED)["support", "cat"].tolerance == 0
    assert "stratified" in _report(STRATIFIED)["support", "cat"].tolerance_from
    for whole in (_report()["support", "macro avg"], _one("107", "support", unit="count")):
        assert (whole.tolerance, whole.images) == (0, None)
        assert whole.tolerance_from == "none: exact, the share of test images gives it"


# All else


def test_what_no_image_can_change_or_no_rerun_can_give_has_no_tolerance():
    for metric, unit in (("parameters", "count"), ("memory", "MB")):
        exact = _one("7", metric, unit=unit, of="total", part="")
        assert (exact.tolerance, exact.images) == (0, None)
        assert exact.tolerance_from == "none: exact, no image can change it"
    void = _one("0.9", incomparable="of a lost photograph")
    assert (void.tolerance, void.images) == (0, None)
    assert void.tolerance_from == "none: no rerun can be held against the number"


def test_a_tolerance_with_a_source_is_kept():
    claim = _one("17", "epoch", unit="count", tolerance=3, tolerance_from="by eye")
    assert (claim.tolerance, claim.tolerance_from) == (3, "by eye")


@pytest.mark.parametrize("claim", [_claim("17", "epoch", unit="count"), _claim("0.9")])
def test_without_a_rule_or_a_number_of_images_a_source_must_be_given(claim):
    with pytest.raises(ValueError, match="`tolerance_from` should be given"):
        tolerated([claim], RANDOM)


def test_nothing_else_of_a_claim_is_changed():
    claims = classification_report(REPORT, **COMMON)
    for one, other in zip(claims, tolerated(claims, RANDOM), strict=True):
        assert (one.metric, one.of, one.printed, one.where, one.part, one.unit) == (
            *(other.metric, other.of, other.printed, other.where, other.part, other.unit),
        )


def test_arms_and_parts_have_images_of_their_own():
    claims = [
        _claim("50", "support", unit="count"),
        _claim("80", "support", unit="count", arm="other"),
        _claim("30", "support", unit="count", part="train"),
        _claim("0.5"),
        _claim("0.5", arm="other"),
        _claim("0.5", part="train"),
    ]
    assert [one.images for one in tolerated(claims, RANDOM)[3:]] == [50, 80, 30]
