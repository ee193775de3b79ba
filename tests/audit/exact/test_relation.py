"""Relations between numbers: true ones, false ones, and what is none."""

import pytest

from lib.audit.exact.relation import holds, unprinted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500 + 400 + 100 > 500", True),
        ("400 + 100 > 500", False),
        ("24 != 19 + 15", True),
        ("0.3 != 0.1 + 0.2", False),
        ("1.00 != 0.98", True),
        ("1.0 != 0.98", False),  # 0.98 rounds to 1.0
        ("0.98 != 0.9", False),  # 0.98 is cut off to 0.9
        ("128 * 5 + 5 != 643", True),
        ("620 / 3500 != 0.20", True),
        ("620 / 3500 != 0.2", False),  # 0.177 rounds to 0.2
        ("10 - 2 - 3 < 6", True),
        ("1 < 1", False),
    ],
)
def test_a_comparison_is_exact(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "2 + 2",
        "2 == 2",
        "2 <= 3",
        "1 / 0 < 2",
        "1 < 2 < 3",
        "x == 2",
        "2 ** 3 == 8",
        "open('x') == 1",
        "",
        "1 =",
        "'a' == 'a'",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="a relation should compare two sums of numbers"):
        holds(text)


def test_numbers_that_no_reading_has_are_named():
    readings = ("3500 images, so an 80/20 split", "620 test images, 0,95 and 1.025")
    assert unprinted("620 / 3500 != 0.20", readings) == []  # 20 in per cent
    assert unprinted("0.95 < 1025", readings) == []
    assert unprinted("2 * 620 - 1 < 3500", readings) == []  # 1 and 2 belong to formulae
    assert unprinted("621 / 3500 != 0.30", readings) == ["0.30", "621"]
