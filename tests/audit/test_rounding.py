"""What a printed number stands for: intervals counted by hand, then every way of printing a share."""

from fractions import Fraction

import pytest
from made_up_paper import claim
from made_up_reports import ROUNDINGS, printed

from lib.audit.rounding import (
    NOISE,
    bounds,
    common,
    decimal_text,
    fitting_totals,
    percent_text,
    shares,
    step,
    whole,
)
from lib.papers.declare import Kind


def _near(interval, low: str, high: str) -> None:
    for bound, expected in zip(interval, (low, high), strict=True):
        assert abs(bound - Fraction(expected)) <= 2 * NOISE * max(1, Fraction(expected))


@pytest.mark.parametrize(
    ("number", "unit", "rounded", "cut"),
    [
        ("0.95", "fraction", ("0.945", "0.955"), ("0.945", "0.96")),
        ("0.950", "fraction", ("0.9495", "0.9505"), ("0.9495", "0.951")),
        ("97,57", "percent", ("0.97565", "0.97575"), ("0.97565", "0.9758")),
        ("65", "percent", ("0.645", "0.655"), ("0.645", "0.66")),
        ("0,33", "loss", ("0.325", "0.335"), ("0.325", "0.34")),
        ("9.5", "KB", ("9676.8", "9779.2"), ("9676.8", "9830.4")),
    ],
)
def test_a_number_stands_for_what_rounds_or_is_cut_off_to_it(number, unit, rounded, cut):
    _near(bounds(claim("accuracy", number, unit=unit), digits="rounded"), *rounded)
    _near(bounds(claim("accuracy", number, unit=unit), digits="mixed"), *cut)


def test_both_ends_of_the_interval_belong_to_it():
    low, high = bounds(claim("accuracy", "0.95"), digits="rounded")
    assert Fraction("0.9449") < low < Fraction("0.945")
    assert Fraction("0.955") < high < Fraction("0.9551")


@pytest.mark.parametrize("digits", ["rounded", "cut", "mixed"])
def test_a_count_stands_for_itself(digits):
    assert bounds(claim("support", "20.000", unit="count"), digits) == (20000, 20000)


@pytest.mark.parametrize(
    ("number", "unit", "size"), [("0.9801", "fraction", "1/10000"), ("98.1", "percent", "1/1000")]
)
def test_the_last_place_in_the_unit_of_the_metric(number, unit, size):
    assert step(claim("accuracy", number, unit=unit)) == Fraction(size)


def test_whole_numbers_between_two_fractions():
    assert list(whole(Fraction(5, 2), Fraction(4))) == [3, 4]
    assert list(whole(Fraction(21, 10), Fraction(29, 10))) == []
    assert list(whole(Fraction(-1, 2), Fraction(1, 2))) == [0]


@pytest.mark.parametrize(
    ("number", "n", "found"),
    [
        ("0.9757", 371, [362]),
        ("0.6407", 371, []),
        ("0.65", 371, [240, 241, 242, 243]),
        ("1.00", 3, [3]),
        ("0.00", 3, [0]),
        ("0.333333", 3, [1]),
    ],
)
def test_shares_of_a_number_of_images(number, n, found):
    assert list(shares(n, bounds(claim("accuracy", number), digits="rounded"))) == found


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_every_share_is_found_again_however_it_was_printed(rounding, decimals):
    for n in (1, 2, 7, 8, 40, 371):
        for right in range(n + 1):
            accuracy = claim("accuracy", printed(Fraction(right, n), decimals, rounding))
            digits = "cut" if rounding.__name__ == "cut_off" else "rounded"
            assert right in shares(n, bounds(accuracy, digits))
            assert right in shares(n, bounds(accuracy, "mixed"))


def test_a_claim_that_says_how_its_digits_were_made_is_taken_at_its_word():
    known = claim("accuracy", "0.95", kind=Kind(digits="cut"))
    _near(bounds(known, "rounded"), "0.95", "0.96")
    _near(bounds(claim("mcc", "-0.25"), "cut"), "-0.26", "-0.25")  # towards zero


def test_a_half_is_rounded_up_in_shares_and_in_per_cent():
    assert decimal_text(Fraction(78, 160), 3) == "0.488"
    assert percent_text(Fraction(78, 160)) == "48.8 %"
    assert decimal_text(Fraction(4865, 10_000), 3) == "0.487"
    assert percent_text(Fraction(4865, 10_000)) == "48.7 %"
    assert percent_text(Fraction(9999, 10_000)) == "over 99.9 %"


def test_the_noise_of_single_precision_is_allowed_for():
    import numpy as np

    for n in (160, 371, 642, 20000):
        for right in range(0, n, max(1, n // 300)):
            number = np.float32(right) / np.float32(n)
            cut = f"{int(float(number) * 10**6) / 10**6:.6f}"
            assert right in shares(n, bounds(claim("accuracy", cut), digits="mixed"))
            assert right in shares(n, bounds(claim("accuracy", f"{number:.6f}"), digits="rounded"))


def test_what_several_bounds_have_in_common():
    assert common([(1, 3), (2, 5), (0, 4)]) == (2, 3)
    assert common([(1, 2), (2, 3)]) == (2, 2)
    assert common([(1, 2), (3, 4)]) is None


TABLE_2 = ("0.875389", "0.811526", "0.858255")  # 562, 521 and 551 of 642


def _claims(*printed: str, **changes):
    return [claim("accuracy", number, **changes) for number in printed]


def test_six_decimals_admit_one_number_of_images():
    assert fitting_totals(_claims(*TABLE_2), 1000, digits="rounded") == [642]
    assert fitting_totals(_claims(*TABLE_2), 1300, digits="rounded") == [642, 1284]


def test_numbers_counted_by_hand():
    # 0.33 and 0.67 are thirds; 0.50 needs an even number.
    assert fitting_totals(_claims("0.33", "0.67"), 10, digits="rounded") == [3, 6, 9]
    assert fitting_totals(_claims("0.33", "0.67", "0.50"), 10, digits="rounded") == [6]
    assert fitting_totals(_claims("0.66"), 5, digits="rounded") == []
    assert fitting_totals(_claims("0.66"), 5, digits="mixed") == [3]
