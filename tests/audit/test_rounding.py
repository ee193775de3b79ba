"""What a printed number stands for: intervals counted by hand, then every way of printing a share."""

from fractions import Fraction

import pytest
from made_up_paper import claim
from made_up_reports import ROUNDINGS, printed

from lib.audit.rounding import (
    NOISE,
    bounds,
    common,
    distinct,
    mended,
    misprints,
    shares,
    step,
    whole,
)


def _near(found, low: str, high: str) -> None:
    for one, expected in zip(found, (low, high), strict=True):
        assert abs(one - Fraction(expected)) <= 2 * NOISE * max(1, Fraction(expected))


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
    _near(bounds(claim("accuracy", number, unit=unit), cut=False), *rounded)
    _near(bounds(claim("accuracy", number, unit=unit), cut=True), *cut)


def test_both_ends_of_the_interval_belong_to_it():
    low, high = bounds(claim("accuracy", "0.95"), cut=False)
    assert Fraction("0.9449") < low < Fraction("0.945")
    assert Fraction("0.955") < high < Fraction("0.9551")


@pytest.mark.parametrize("cut", [False, True])
def test_a_count_stands_for_itself(cut):
    assert bounds(claim("support", "20.000", unit="count"), cut) == (20000, 20000)


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
    assert list(shares(n, bounds(claim("accuracy", number), cut=False))) == found


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_every_share_is_found_again_however_it_was_printed(rounding, decimals):
    for n in (1, 2, 7, 8, 40, 371):
        for right in range(n + 1):
            one = claim("accuracy", printed(Fraction(right, n), decimals, rounding))
            assert right in shares(n, bounds(one, cut=rounding.__name__ == "cut_off"))


def test_the_noise_of_single_precision_is_allowed_for():
    import numpy as np

    for n in (160, 371, 642, 20000):
        for right in range(0, n, max(1, n // 300)):
            number = np.float32(right) / np.float32(n)
            cut = f"{int(float(number) * 10**6) / 10**6:.6f}"
            assert right in shares(n, bounds(claim("accuracy", cut), cut=True))
            assert right in shares(n, bounds(claim("accuracy", f"{number:.6f}"), cut=False))


def test_what_several_bounds_have_in_common():
    assert common([(1, 3), (2, 5), (0, 4)]) == (2, 3)
    assert common([(1, 2), (2, 3)]) == (2, 2)
    assert common([(1, 2), (3, 4)]) is None


def test_a_number_printed_in_two_units_is_one():
    one, other = claim("accuracy", "98.1", unit="percent"), claim("accuracy", "0.981")
    assert distinct([one, other, claim("accuracy", "0.98")])[0] is one
    assert len(distinct([one, other, claim("accuracy", "0.98")])) == 2


def test_a_misprint_changes_one_digit_or_swaps_two_neighbours():
    found = [one.printed for one in misprints(claim("accuracy", "0.12"))]
    assert len(found) == len(set(found)) == 28  # 3 digits of 9 others, and 0.21
    assert {"9.12", "0.92", "0.19", "0.21"} <= set(found)
    assert {"1.02", "0.12", "0,12"}.isdisjoint(found)


def test_neighbours_on_both_sides_of_a_point_are_not_swapped():
    assert "0.190" not in [one.printed for one in misprints(claim("accuracy", "1.09"))]
    assert [one.printed for one in misprints(claim("accuracy", "55"))].count("55") == 0


def test_a_misprint_keeps_all_else():
    one = claim("accuracy", "97,57", unit="percent", arm="other")
    assert {(new.arm, new.unit, new.where) for new in misprints(one)} == {
        ("other", "percent", "Table 1")
    }


def test_few_misprints_are_named_and_many_are_not():
    old = claim("parameters", "643", unit="count")
    changes = [
        (old, claim("parameters", new, unit="count")) for new in ("645", "633", "543", "653")
    ]
    assert mended(changes[:1]) == "643 → 645 (Table 1)"
    assert mended(changes[:3]).count("→") == 3
    assert mended(changes) == mended([]) == ""
