"""Relations between numbers: true ones, false ones, and what is none."""

import pytest

from lib.audit.exact.relation import holds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500 + 400 + 100 > 500", True),
        ("400 + 100 > 500", False),
        ("24 != 19 + 15", True),
        ("0.1 + 0.2 == 0.3", True),  # exact, as floats are not
        ("128 * 5 + 5 != 643", True),
        ("620 / 3500 != 0.2", True),
        ("620 / 3100 == 0.2", True),
        ("10 - 2 - 3 == 5", True),
        ("2 >= 2", True),
        ("2 <= 1", False),
        ("1 < 1", False),
    ],
)
def test_a_comparison_is_exact(text, expected):
    assert holds(text) is expected


@pytest.mark.parametrize(
    "text",
    ["2 + 2", "1 < 2 < 3", "x == 2", "2 ** 3 == 8", "open('x') == 1", "", "1 =", "'a' == 'a'"],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="a relation should compare two sums of numbers"):
        holds(text)
