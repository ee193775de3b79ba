"""The minus of what is read, and what keeps its hyphen."""

import pytest

from lib.report.typography import with_minus


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("-0.030 [-0.060, +0.010]", "−0.030 [−0.060, +0.010]"),
        ("<td>-5</td>", "<td>−5</td>"),
        ("pixels in [-1, 1]", "pixels in [−1, 1]"),
    ],
)
def test_a_minus_stands_in_front_of_a_negative_number(written, read):
    assert with_minus(written) == read
    assert with_minus(read) == read


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29",
        "a chance of 1e-07",
        "cells-50-a-class, vgg-16",
        '<img style="margin: -1px" alt="-1">',
        '<pre>x = -1 <span class="mi">-2</span></pre>',
        "<code>-p epochs -1</code>",
    ],
)
def test_dates_names_code_and_attributes_keep_their_hyphens(text):
    assert with_minus(text) == text
    assert with_minus(f"{text} and -1") == f"{text} and −1"
