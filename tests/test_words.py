"""Lists in sentences."""

import pytest

from lib.words import listed


@pytest.mark.parametrize(
    ("items", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", 3), "a, b and 3")],
)
def test_items_are_listed(items, text):
    assert listed(items) == text


def test_numbers_are_grouped_and_the_last_word_may_be_another():
    assert listed([1]) == "1"
    assert listed([1, 2000, 3], "or") == "1, 2,000 or 3"
    assert listed([]) == ""
    assert listed(one for one in "ab") == "a and b"
