"""Classes among the test images: plausible draws and others."""

from dataclasses import replace

import pytest
from made_up_reports import report_paper, rows
from scipy.stats import hypergeom

from lib.audit.checks.class_draw import check_class_draw, draw_chance
from lib.papers.declare import Stated


def _check(supports, total, counts):
    """The one finding about a report with such supports of two classes, a and b."""
    made = report_paper(rows([[supports[0], 0], [0, supports[1]]]))
    counts = {name: Stated(count, "§1") for name, count in zip("ab", counts, strict=True)}
    dataset = replace(made.dataset, total=Stated(total, "§1"), counts=counts)
    (finding,) = check_class_draw(replace(made, dataset=dataset))
    return finding


def test_a_plausible_draw_is_consistent():
    finding = _check((20, 20), "200", ("100", "100"))
    assert (finding.topic, finding.outcome) == ("Classes among the test images", "consistent")


def test_supports_that_no_draw_would_give_are_undetermined():
    finding = _check((71, 549), "3500", ("700", "2800"))
    assert finding.outcome == "undetermined"
    assert "a: 124 of 620 expected, 71 printed" in finding.arithmetic
    assert "71 of a" in finding.sentence


def test_more_than_there_are_is_impossible():
    finding = _check((30, 10), "200", ("25", "175"))
    assert finding.outcome == "impossible"
    assert finding.sentence == "More images of a were tested than the paper has."


@pytest.mark.parametrize(
    ("support", "count", "drawn", "total"),
    [
        (71, 700, 620, 3500),
        (142, 700, 620, 3500),
        (975, 10000, 2000, 20000),
        (3, 5, 6, 10),
        (0, 5, 5, 10),
    ],
)
def test_the_chance_is_twice_scipys_tail(support, count, drawn, total):
    draw = hypergeom(total, count, drawn)
    below = support <= drawn * count / total
    tail = draw.cdf(support) if below else draw.sf(support - 1)
    assert draw_chance(support, count, drawn, total) == pytest.approx(min(1, 2 * tail), rel=1e-6)


def test_what_cannot_be_drawn_has_no_chance():
    assert draw_chance(6, 5, 6, 10) == draw_chance(0, 5, 6, 10) == 0
