"""How far a rerun may lie from a printed number: hand-counted, then against scipy and statsmodels."""

from collections.abc import Iterable
from dataclasses import replace
from math import exp

import made_up_paper as made_up
import pytest
from scipy.stats import hypergeom, norm

from lib.evaluation.tolerances import Tolerance, claim_tolerances
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


# Shares


@pytest.mark.parametrize("images", [10, 100, 10_000])
def test_a_share_may_differ_by_3_points_whatever_the_number_of_images(images):
    claim = made_up.claim("accuracy", "0.50")
    tested = Assumed(images, "as it prints no support")
    (tolerance,) = _tolerances([claim], test_images=tested)
    assert (tolerance.images, tolerance.margin) == (images, 0.03)
    assert "3 percentage points" in tolerance.source


@pytest.mark.parametrize(
    ("printed", "unit", "margin"),
    [
        ("94.8", "percent", 0.03),
        ("94,8", "percent", 0.03),
        ("0.9699", "fraction", 0.03),
        ("0.9701", "fraction", 0.01),
        ("99", "percent", 0.01),
        ("1.00", "fraction", 0.01),
        ("0.0299", "fraction", 0.01),
        ("0.0301", "fraction", 0.03),
        ("0.0", "fraction", 0.01),
    ],
)
def test_near_0_and_1_it_is_1_point(printed, unit, margin):
    """3 points below 0.99 are four times as many errors."""
    assert _tolerance(printed, unit=unit).margin == margin


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
    for tolerance, (_, images) in zip(_tolerances(claims)[-5:], shares, strict=True):
        assert tolerance.images == images
        assert tolerance.margin == pytest.approx(0.03 * images, abs=0.051)
    none = made_up.claim("cell", "0", unit="count", of="cat → dog")
    *_, tolerance = _tolerances([*classification_report(REPORT, **COMMON), none])
    assert tolerance.margin == 0.4  # 1 point of 40 images


# Curves and losses


def test_a_point_of_a_curve_has_the_test_images_and_no_more_room():
    """That it moves from epoch to epoch is for the interval to tell, by the scatter of seeds."""
    at_end, point = _tolerance("0.50"), _tolerance("0.50", part="validation", epoch=3)
    assert point == at_end
    assert _tolerance("0.50", part="validation", of="best epoch") == point


def test_a_number_of_training_images_has_the_training_images():
    """A fifth is 100 images, so 400 are trained on."""
    assert _tolerance("0.50", part="train", epoch=3).images == 400


@pytest.mark.parametrize(("printed", "points"), [("0.320", 0.03), ("2.00", 0.03), ("0.010", 0.01)])
def test_a_loss_may_differ_by_as_much_of_the_mean_probability(printed, points):
    """A loss of 0.320 is a (geometric) mean probability of 0.726; of 0.756 it would be 0.280."""
    margin = _tolerance(printed, "loss", unit="loss").margin
    lower = exp(-(float(printed) - margin)) - exp(-float(printed))
    assert lower == pytest.approx(points, rel=0.13)


# Supports


def test_supports_of_a_random_split_are_drawn_without_replacement():
    """Of 535 images 200 are cats, and a fifth of all is drawn: 40 ± 9; 3 points of 107 are 3.2 images."""
    tolerance = _report()["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(535, 200, 107).std()
    assert tolerance.draw == pytest.approx(half, abs=0.05)
    assert tolerance.margin == 3.2


def test_supports_of_training_images_vary_as_those_of_the_test_images_do():
    """Of 134 images, 107 to train: what one part has more the other has less."""
    tolerance = _report(part="train")["support", "cat"]
    half = norm.ppf(0.975) * hypergeom(134, 50, 107).std()
    assert tolerance.draw == pytest.approx(half, abs=0.05)


def test_supports_that_chance_cannot_change_are_exact():
    stratified = _report(STRATIFIED)["support", "cat"]
    assert stratified.margin == stratified.draw == 0
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
