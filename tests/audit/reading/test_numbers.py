"""Numbers as people print them."""

import pytest

from lib.audit.reading.numbers import read_count, read_number, writes_decimal_comma
from lib.audit.reading.unreadable import Unreadable


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("84.5", "84.5"),
        ("0,91", "0.91"),
        (".95", ".95"),
        ("84.50", "84.50"),  # the last zero is part of the precision
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("9.5e-01", "0.95"),
        ("−0.02", "-0.02"),
        ("**95.2**", "95.2"),
        (r"\textbf{95.2}", "95.2"),
        ("$0.91$", "0.91"),
        ("0.91*", "0.91"),
        ("0.91†", "0.91"),
        ("<b>0.91</b>", "0.91"),
        ("0.91 (0.88–0.94)", "0.91"),
        ("0.91 [0.88, 0.94]", "0.91"),
    ],
)
def test_a_number_keeps_every_decimal_that_is_printed(text, digits):
    assert read_number(text).digits == digits


@pytest.mark.parametrize(
    ("text", "digits", "spread"),
    [
        ("84.5 ± 0.3", "84.5", "0.3"),
        ("84.5+/-0.3", "84.5", "0.3"),
        (r"84.5 $\pm$ 0.3", "84.5", "0.3"),
        ("84.5_{±0.3}", "84.5", "0.3"),
        ("93.2(1.1)", "93.2", "1.1"),
        ("93,2 (1,1)", "93.2", "1.1"),
    ],
)
def test_what_stands_behind_plus_or_minus_is_no_part_of_the_number(text, digits, spread):
    number = read_number(text)
    assert (number.digits, number.spread) == (digits, spread)


@pytest.mark.parametrize("text", ["84.5 %", "84.5%", r"84.5\%", "84.5 ± 0.3 %"])
def test_a_percent_sign_is_seen(text):
    assert read_number(text).percent


@pytest.mark.parametrize(
    ("text", "relation"),
    [(">99.9", ">"), ("≥ 99", ">"), ("<0.01", "<"), ("~95", "about"), ("ca. 95", "about")],
)
def test_a_bound_is_no_number(text, relation):
    assert read_number(text).relation == relation


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999", "9" * 50, "0.9 ± 1e1000000"])
def test_a_number_of_very_many_digits_is_refused_before_it_is_worked_out(text):
    with pytest.raises(Unreadable, match="at most 40 digits"):
        read_number(text)


def test_a_number_of_images_has_fewer_digits_than_that():
    assert read_count("9" * 15) == "9" * 15
    with pytest.raises(Unreadable, match="at most 15 digits"):
        read_count("9" * 16)


@pytest.mark.parametrize("text", ["", "-", "—", "–", "n/a", "N/A", "nan", "NaN", "None", "**-**"])
def test_what_says_that_there_is_none_is_none(text):
    assert read_number(text) is None
    assert read_count(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "85.3/84.2",
        "95 96",
        "high",
        "0.932(11)",
        "0.9.1.2x",
        "12a",
        "7,31,47,0.8",
        "1.2.3",
        "9,99,9",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_its_line(text):
    with pytest.raises(Unreadable, match="line 7: ") as refused:
        read_number(text, 7)
    assert refused.value.line == 7


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("733", "733"),
        ("1 234", "1234"),
        ("1,234", "1234"),
        ("12 345 678", "12345678"),
        ("73.0", "73"),
        ("73.", "73"),
    ],
)
def test_a_number_of_images(text, digits):
    assert read_count(text) == digits


@pytest.mark.parametrize(
    "text", ["73.3", ".95", "0.95", "1.234", "12,34", "1,2345", "-5", "0,123", "5e2"]
)
def test_a_number_of_images_that_is_not_whole_is_refused(text):
    with pytest.raises(Unreadable, match="whole number"):
        read_count(text, 2)


def test_where_the_comma_is_a_decimal_mark_a_point_groups_thousands():
    assert writes_decimal_comma("a;0,91;1.234")
    assert not writes_decimal_comma("a;0,91;0.92")
    assert not writes_decimal_comma("1,234 images")
    assert read_count("1.234", decimal_comma=True) == "1234"
    with pytest.raises(Unreadable):
        read_count("1,234", decimal_comma=True)
