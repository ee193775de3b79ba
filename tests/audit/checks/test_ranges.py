"""Numbers that their metric cannot have."""

import pytest
from made_up_paper import claim, paper

from lib.audit.checks.ranges import check_ranges


@pytest.mark.parametrize(
    ("metric", "printed", "unit", "wrong"),
    [
        ("accuracy", "1.04", "fraction", True),
        ("accuracy", "100.0", "percent", False),
        ("f1", "104", "percent", True),
        ("mcc", "-0.30", "fraction", False),
        ("mcc", "-1.30", "fraction", True),
        ("kappa", "1.00", "fraction", False),
        ("loss", "12.3", "loss", False),
        ("top-5 accuracy", "1.2", "fraction", True),
    ],
)
def test_a_number_outside_of_its_range_is_impossible(metric, printed, unit, wrong):
    found = list(check_ranges(paper(claims=[claim(metric, printed, unit=unit)])))
    assert [finding.outcome for finding in found] == ["impossible"] * wrong


def test_an_unknown_metric_is_refused():
    with pytest.raises(ValueError, match=r"`metric` should be one of .* received 'dice'"):
        list(check_ranges(paper(claims=[claim("dice", "0.9")])))
