"""Numbers of images that have to add up."""

from dataclasses import replace

import pytest
from made_up_paper import claim
from made_up_reports import report_paper, rows

from lib.audit.checks.sizes import check_sizes
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
            counts={name: kind(count, "§1") for name, count in zip("ab", counts, strict=True)},
        ),
        split=Split(test_share=Stated(share, "§3"), stratified=Stated(False, "§3")),
    )


def _check(**changes) -> dict:
    return {finding.topic: finding for finding in check_sizes(_paper(**changes))}


def _outcomes(**changes) -> dict:
    return {topic: finding.outcome for topic, finding in _check(**changes).items()}


CLASSES, PARTS, SHARE = (
    "Images of the classes and in all",
    "Training and test images and all",
    "Share of test images",
)


def test_numbers_that_add_up_are_consistent():
    trained = claim("support", "160", unit="count", part="train", where="§2")
    assert _outcomes(claims=[trained]) == dict.fromkeys((CLASSES, PARTS, SHARE), "consistent")


def test_classes_that_do_not_add_up():
    finding = _check(counts=("100", "90"))[CLASSES]
    assert (finding.outcome, finding.arithmetic) == ("impossible", "100 + 90 = 190")
    assert CLASSES not in _check(counts=("100", "90"), kind=Assumed)


def test_an_assumed_count_makes_a_wrong_sum_undetermined():
    made = _paper(counts=("100", "90"))
    counts = made.dataset.counts | {"b": Assumed("90", "")}
    made = replace(made, dataset=replace(made.dataset, counts=counts))
    (finding,) = (finding for finding in check_sizes(made) if finding.topic == CLASSES)
    assert finding.outcome == "undetermined"
    assert "that of b is assumed" in finding.arithmetic


def test_parts_that_do_not_add_up_and_one_of_several_that_does():
    trained = [
        claim("support", images, unit="count", part="train", where=f"§{images}")
        for images in ("159", "160")
    ]
    finding = _check(claims=trained[:1])[PARTS]
    assert (finding.outcome, finding.arithmetic) == ("impossible", "159 + 40 = 199")
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
    finding = _check(supports=supports)[SHARE]
    assert finding.outcome == outcome


def test_a_wrong_share_tells_what_it_would_be_the_share_of():
    assert _check(supports=(17, 18))[SHARE].arithmetic == "35/200 = 0.1750; 35 are 20 % of 175"
