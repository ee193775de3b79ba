"""Quantities printed at several places, and the contradictions that quote them."""

import pytest
from made_up_paper import paper
from made_up_reports import accuracies, contradiction

from lib.audit.quantities import declared_contradiction, disagreements


def test_percentages_and_fractions_are_compared():
    both = [*accuracies("0.981"), *accuracies("98,1", unit="percent")]
    assert disagreements(paper(claims=both)) == []
    both = [*accuracies("0.981"), *accuracies("97,57", unit="percent")]
    assert disagreements(paper(claims=both)) == [both]


@pytest.mark.parametrize(
    "readings", [("0.981", "0.975"), ("0.9810", "0.9757"), ("10.981", "0.9757"), ("0.981",)]
)
def test_a_number_is_not_quoted_by_a_part_of_another(readings):
    claims = accuracies("0.981", "0.9757")
    assert (
        declared_contradiction(
            paper(claims=claims, contradictions=(contradiction(*readings),)), claims
        )
        is None
    )


def test_either_way_of_printing_a_number_quotes_it():
    claims = [*accuracies("0.981", "0.9757"), *accuracies("98.1", unit="percent")]
    assert declared_contradiction(
        paper(claims=claims, contradictions=(contradiction("98.1 %", "0.9757"),)), claims
    )
