"""Numbers of images that have to add up."""

from dataclasses import replace

import pytest
from made_up_paper import claim
from made_up_reports import report_paper, rows
from scipy.stats import hypergeom

from lib.audit.checks.sizes import chance, check_sizes
from lib.papers.declare import Assumed, Split, Stated


def _paper(
    supports=(20, 20), total="200", counts=("100", "100"), share=0.2, claims=(), kind=Stated
):
    matrix = [[supports[0], 0], [0, supports[1]]]
    made = report_paper(rows(matrix), claims=claims)
    return replace(
        made,
        dataset=replace(
            made.dataset,
            total=Stated(total, "§1"),
            counts={name: kind(one, "§1") for name, one in zip("ab", counts, strict=True)},
        ),
        split=Split(test_share=Stated(share, "§3"), stratified=Stated(False, "§3")),
    )


def _check(**changes) -> dict:
    return {one.topic: one for one in check_sizes(_paper(**changes))}


def _outcomes(**changes) -> dict:
    return {topic: one.outcome for topic, one in _check(**changes).items()}


CLASSES, PARTS, SHARE, DRAWN = (
    "Images of the classes and in all",
    "Training and test images and all",
    "Share of test images",
    "Classes among the test images",
)


def test_numbers_that_add_up_are_consistent():
    trained = claim("support", "160", unit="count", part="train", where="§2")
    assert _outcomes(claims=[trained]) == dict.fromkeys(
        (CLASSES, PARTS, SHARE, DRAWN), "consistent"
    )


def test_classes_that_do_not_add_up():
    found = _check(counts=("100", "90"))[CLASSES]
    assert (found.outcome, found.arithmetic) == ("impossible", "100 + 90 = 190")
    assert CLASSES not in _check(counts=("100", "90"), kind=Assumed)


def test_an_assumed_count_makes_a_wrong_sum_undetermined():
    made = _paper(counts=("100", "90"))
    counts = made.dataset.counts | {"b": Assumed("90", "")}
    made = replace(made, dataset=replace(made.dataset, counts=counts))
    (found,) = (one for one in check_sizes(made) if one.topic == CLASSES)
    assert found.outcome == "undetermined"
    assert "that of b is assumed" in found.arithmetic


def test_parts_that_do_not_add_up_and_one_of_several_that_does():
    trained = [
        claim("support", one, unit="count", part="train", where=f"§{one}") for one in ("159", "160")
    ]
    found = _check(claims=trained[:1])[PARTS]
    assert (found.outcome, found.arithmetic) == ("impossible", "159 + 40 = 199")
    assert _outcomes(claims=trained)[PARTS] == "consistent"
    assert PARTS not in _check()


@pytest.mark.parametrize(
    ("supports", "outcome"),
    [
        ((20, 20), "consistent"),
        ((20, 19), "consistent"),
        ((17, 18), "impossible"),
        ((24, 20), "impossible"),
    ],
)
def test_the_share_of_test_images(supports, outcome):
    found = _check(supports=supports)[SHARE]
    assert found.outcome == outcome


def test_a_wrong_share_tells_what_it_would_be_the_share_of():
    assert _check(supports=(17, 18))[SHARE].arithmetic == "35/200 = 0.1750; 35 are 20 % of 175"


def test_supports_that_no_draw_would_give_are_undetermined():
    found = _check(supports=(71, 549), total="3500", counts=("700", "2800"))[DRAWN]
    assert found.outcome == "undetermined"
    assert "a: 124 expected of 620, 71 found" in found.arithmetic
    assert "71 of a" in found.sentence


def test_more_than_there_are_is_impossible():
    found = _check(supports=(30, 10), counts=("25", "175"))[DRAWN]
    assert found.outcome == "impossible"
    assert found.sentence == "More images of a were tested than there are."


@pytest.mark.parametrize(
    ("found", "marked", "drawn", "total"),
    [
        (71, 700, 620, 3500),
        (142, 700, 620, 3500),
        (975, 10000, 2000, 20000),
        (3, 5, 6, 10),
        (0, 5, 5, 10),
    ],
)
def test_the_chance_is_twice_scipys_tail(found, marked, drawn, total):
    draw = hypergeom(total, marked, drawn)
    below = found <= drawn * marked / total
    tail = draw.cdf(found) if below else draw.sf(found - 1)
    assert chance(found, marked, drawn, total) == pytest.approx(min(1, 2 * tail), rel=1e-6)


def test_what_cannot_be_drawn_has_no_chance():
    assert chance(6, 5, 6, 10) == chance(0, 5, 6, 10) == 0
