"""How far a rerun may lie from a printed number: hand-counted, then against scipy and statsmodels."""

from collections.abc import Iterable
from dataclasses import replace
from math import sqrt

import made_up_paper as made_up
import numpy as np
import pytest
from scipy.stats import hypergeom, norm
from statsmodels.stats.proportion import proportion_confint

from lib.evaluation.tolerances import CURVE, LOSS_SPREAD, Tolerance, claim_tolerances
from lib.papers import load
from lib.papers.declare import Assumed, Claim, Split, Stated, classification_report

RANDOM = Split(test_share=Stated(0.2, ""), stratified=Stated(False, ""))
STRATIFIED = Split(test_share=Stated(0.2, ""), stratified=Stated(True, ""))
COMMON = {"where": "Table 1", "arm": "net"}
REPORT = {
    "cat": ("0.80", "0.60", "0.69", "40"),
    "dog": ("0.79", "0.91", "0.85", "67"),
    "macro avg": ("0.80", "0.76", "0.77", "107"),
}


def _tolerances(claims: Iterable[Claim], split: Split = RANDOM, **changes) -> list[Tolerance]:
    """Those of a paper with these claims, in their order."""
    paper = made_up.paper(claims=claims, split=split, **changes)
    tolerance_of = claim_tolerances(paper)
    return [tolerance_of[claim] for claim in paper.claims]


def _tolerance(printed: str, metric: str = "accuracy", split: Split = RANDOM, **changes):
    """Of a number of a paper that tested 100 images."""
    tested = Assumed(100, "as it prints no support")
    claim = made_up.claim(metric, printed, **changes)
    (tolerance,) = _tolerances([claim], split, test_images=tested)
    return tolerance


def _report(split: Split = RANDOM, **changes) -> dict[tuple[str, str], Tolerance]:
    """(metric, class or average) → tolerance."""
    claims = classification_report(REPORT, **COMMON, **changes)
    keys = [(claim.metric, claim.of) for claim in claims]
    return dict(zip(keys, _tolerances(claims, split), strict=True))


def _width(right: float, images: int) -> float:
    low, high = proportion_confint(right, images, method="wilson")
    return high - low


# Shares


def test_half_of_100_images_may_differ_by_27_points():
    """Wilson's interval of 50 of 100 is 0.4038 … 0.5962; √2 times its width, and 0.01 of rounding."""
    tolerance = _tolerance("0.50")
    assert tolerance.margin == pytest.approx(sqrt(2) * 0.1924 + 0.01, abs=1e-4)
    assert tolerance.source == (
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
    expected = sqrt(2) * _width(100 * share, 100) + rounding
    assert _tolerance(printed, unit=unit).margin == pytest.approx(expected, abs=6e-5)


def test_each_score_has_the_images_that_it_is_a_share_of():
    """Of 40 cats 24 are hits (0.60), and 30 images were called cat (24 / 0.80)."""
    assert {key: tolerance.images for key, tolerance in _report().items()} == {
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
    assert recall.margin == pytest.approx(sqrt(2) * _width(24, 40) + 0.01, abs=6e-5)
    assert precision.margin == pytest.approx(sqrt(2) * _width(24, 30) + 0.01, abs=6e-5)
    assert "on as many images of the class" in recall.source
    assert "on as many images called so" in precision.source


def test_a_precision_of_0_tells_no_number_of_calls():
    rows = {"cat": ("0.00", "0.00", "0.00", "40"), "dog": ("0.63", "1.00", "0.77", "67")}
    assert _tolerances(classification_report(rows, **COMMON))[0].images == 40


def test_counts_of_hits_are_shares_told_in_images():
    claims = [
        *classification_report(REPORT, **COMMON),
        made_up.claim("correct", "90", unit="count"),
        made_up.claim("misclassified", "17", unit="count"),
        made_up.claim("misclassified", "16", unit="count", of="cat"),
        made_up.claim("cell", "16", unit="count", of="cat → dog"),
        made_up.claim("cell", "6", unit="count", of="dog → cat"),
    ]
    shares = [(90, 107), (17, 107), (16, 40), (16, 40), (6, 67)]
    for tolerance, (right, images) in zip(_tolerances(claims)[-5:], shares, strict=True):
        assert tolerance.images == images
        expected = sqrt(2) * _width(right, images) * images
        assert tolerance.margin == pytest.approx(expected, abs=0.06)
        assert tolerance.source.endswith("in images")


# Curves and losses


def test_a_point_of_a_curve_has_more_room_and_the_test_images():
    at_end, point = _tolerance("0.50"), _tolerance("0.50", part="validation", epoch=3)
    assert point.images == 100
    assert point.margin == pytest.approx(at_end.margin + 0.03)
    assert point.source == f"{at_end.source}; 0.03 more, since curves move from epoch to epoch"
    assert _tolerance("0.50", part="validation", of="best epoch") == point


def test_a_number_of_training_images_has_the_training_images():
    """A fifth is 100 images, so 400 are trained on."""
    assert _tolerance("0.50", part="train", epoch=3).images == 400


def test_a_mean_loss_has_the_room_of_losses_that_spread_by_the_most():
    at_end = _tolerance("0.320", "loss", unit="loss")
    expected = 2 * sqrt(2) * norm.ppf(0.975) * 0.56 / 10 + 0.001
    assert at_end.margin == pytest.approx(expected, abs=6e-5)
    assert "losses spread by 0.56 nats" in at_end.source
    point = _tolerance("0.320", "loss", unit="loss", part="validation", epoch=3)
    assert point.margin == pytest.approx(at_end.margin + 0.08)


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
        curve = [
            claim.value for claim in claims if (claim.metric, claim.part) == (metric, "validation")
        ]
        moves = np.abs(np.diff(curve[3:]))
        assert round(moves.max(), 3) == most <= CURVE[metric]


# Supports


def test_supports_of_a_random_split_are_drawn_without_replacement():
    """Of 535 images 200 are cats, and a fifth of all is drawn: 40 ± 9, of which √2 times the width."""
    tolerance = _report()["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(535, 200, 107).std()
    assert tolerance.margin == pytest.approx(sqrt(2) * 2 * half, abs=0.1)
    assert "hypergeometric" in tolerance.source


def test_supports_of_training_images_vary_as_those_of_the_test_images_do():
    """Of 134 images, 107 to train: what one part has more the other has less."""
    tolerance = _report(part="train")["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(134, 50, 107).std()
    assert tolerance.margin == pytest.approx(sqrt(2) * 2 * half, abs=0.1)


def test_supports_that_chance_cannot_change_are_exact():
    stratified = _report(STRATIFIED)["support", "cat"]
    assert stratified.margin == 0
    assert "stratified" in stratified.source
    for whole in (_report()["support", "macro avg"], _tolerance("107", "support", unit="count")):
        source = "none: exact, the share of test images gives it"
        assert whole == Tolerance(images=None, margin=0, source=source)


# All else


def test_what_no_image_can_change_or_no_rerun_can_give_has_no_tolerance():
    for metric, unit in (("parameters", "count"), ("memory", "MB")):
        exact = _tolerance("7", metric, unit=unit, of="total", part="")
        source = "none: exact, no image can change it"
        assert exact == Tolerance(images=None, margin=0, source=source)
    void = _tolerance("0.9", incomparable="of a lost photograph")
    source = "none: no rerun can be held against the number"
    assert void == Tolerance(images=None, margin=0, source=source)


def test_a_declared_tolerance_is_kept():
    epoch = _tolerance("17", "epoch", unit="count", tolerance=Assumed(3, "by eye"))
    assert epoch == Tolerance(images=None, margin=3, source="by eye")
    score = _tolerance("0.9", tolerance=Assumed(0.3, "by eye"))
    assert score == Tolerance(images=100, margin=0.3, source="by eye")


@pytest.mark.parametrize(
    "claim",
    [
        made_up.claim("epoch", "17", unit="count"),
        made_up.claim("accuracy", "0.9"),
        made_up.claim("accuracy", "0.9", part="train"),
        made_up.claim("accuracy", "0.9", part=""),
    ],
)
def test_without_a_rule_or_a_number_of_images_a_tolerance_must_be_declared(claim):
    with pytest.raises(ValueError, match=r"known number of images; received .*; declare"):
        _tolerances([claim])
    (tolerance,) = _tolerances([replace(claim, tolerance=Assumed(1, "by eye"))])
    assert (tolerance.images, tolerance.margin) == (None, 1)


def test_a_number_of_no_part_has_no_images_even_where_those_of_the_parts_are_known():
    with pytest.raises(ValueError, match="known number of images"):
        _tolerance("0.9", part="")


def test_arms_and_parts_have_images_of_their_own():
    claims = [
        made_up.claim("support", "50", unit="count"),
        made_up.claim("support", "80", unit="count", arm="other"),
        made_up.claim("support", "30", unit="count", part="train"),
        made_up.claim("accuracy", "0.5"),
        made_up.claim("accuracy", "0.5", arm="other"),
        made_up.claim("accuracy", "0.5", part="train"),
    ]
    assert [tolerance.images for tolerance in _tolerances(claims)[3:]] == [50, 80, 30]
