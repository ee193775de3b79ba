"""The minus and the percent sign of what is read, and what keeps its hyphen."""

import pytest

from lib.report.typography import typeset


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("-0.030 [-0.060, +0.010]", "−0.030 [−0.060, +0.010]"),
        ("<td>-5</td>", "<td>−5</td>"),
        ("pixels in [-1, 1]", "pixels in [−1, 1]"),
    ],
)
def test_a_minus_stands_in_front_of_a_negative_number(written, read):
    assert typeset(written) == read
    assert typeset(read) == read


def test_no_line_ends_in_front_of_a_percent_sign():
    assert typeset("81.2 % <code>81.2 %</code>, “94,8 %”, in %") == (
        "81.2\u00a0% <code>81.2 %</code>, “94,8\u00a0%”, in %"
    )


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
    assert typeset(text) == text
    assert typeset(f"{text} and -1") == f"{text} and −1"
