"""Tables without a paper around them."""

from dataclasses import replace

import pytest
from made_up_paper import claim
from made_up_reports import report_paper, rows

from lib.audit import check_claims
from lib.audit.claimed import table_paper

MATRIX = [[30, 3, 2], [4, 25, 1], [0, 2, 33]]


def _outcomes(claims, **known) -> dict[str, str]:
    return {finding.title: finding.outcome for finding in check_claims(claims, **known)}


def test_a_report_is_searched_without_a_paper():
    claims = report_paper(rows(MATRIX), "0.88").claims
    assert _outcomes(claims)["Classification report of Table 1 (net)"] == "consistent"
    wrong = [replace(c, printed="0.71") if c.metric == "accuracy" else c for c in claims]
    assert _outcomes(wrong)["Classification report of Table 1 (net)"] == "impossible"


def test_an_accuracy_is_a_share_of_the_images_that_are_given():
    topic = "Accuracy as a share of 160 images (net)"
    assert _outcomes([claim("accuracy", "0.6201")], n=160)[topic] == "impossible"
    assert _outcomes([claim("accuracy", "0.6188")], n=160)[topic] == "consistent"


def test_several_sets_in_one_table_have_their_own_images():
    claims = [claim("accuracy", "0.6188", n=160), claim("accuracy", "0.9757", n=371)]
    assert {arm.name for arm in table_paper(claims).arms} == {"net, 160 images", "net, 371 images"}
    assert set(_outcomes(claims).values()) == {"consistent"}
    swapped = [claim("accuracy", "0.6188", n=371), claim("accuracy", "0.9757", n=160)]
    assert "impossible" in _outcomes(swapped).values()


def test_a_validation_score_is_not_judged_by_the_test_images():
    test = [claim("accuracy", "0.88"), claim("support", "100", unit="count")]
    validation = claim("accuracy", "0.9333", part="validation")  # 14 of 15
    assert "impossible" not in _outcomes([*test, validation]).values()


def test_more_images_than_are_tried_are_judged_by_themselves():
    numbers = ["0.9120", "0.8431", "0.7777"]
    claims = [claim("accuracy", number, arm=f"net {number}") for number in numbers]
    outcomes = _outcomes(claims, n=50_000)
    assert outcomes["Images behind the 3 test accuracies of Table 1"] == "consistent"


def test_digits_that_are_known_to_be_rounded_leave_less_room():
    # 8/9 = 0.888…: cut off 0.88, rounded 0.89.
    topic = "Accuracy as a share of 9 images (net)"
    accuracy = [claim("accuracy", "0.88")]
    assert _outcomes(accuracy, n=9)[topic] == "undetermined"
    assert _outcomes(accuracy, n=9, digits="rounded")[topic] == "impossible"
    assert _outcomes(accuracy, n=9, digits="cut")[topic] == "consistent"
    with pytest.raises(ValueError, match='`digits` should be "rounded", "cut" or None'):
        check_claims(accuracy, digits="floor")


def test_what_lies_outside_of_its_range_enters_no_other_check():
    outcomes = _outcomes([claim("accuracy", "1.62")], n=160)
    assert outcomes == {"Accuracy (net)": "impossible"}
