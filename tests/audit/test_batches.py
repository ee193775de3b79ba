"""Means over batches of which the last is smaller."""

from fractions import Fraction
from itertools import product

import pytest
from made_up_paper import claim

from lib.audit.batches import is_mean_over_batches
from lib.audit.rounding import bounds


@pytest.mark.parametrize(("n", "batch"), [(7, 3), (10, 4), (11, 2), (9, 5)])
def test_means_over_batches_are_those_of_all_hits(n, batch):
    full, rest = divmod(n, batch)
    means = {
        (Fraction(hits, batch) + Fraction(last, rest)) / (full + 1)
        for hits, last in product(range(full * batch + 1), range(rest + 1))
    }
    for number in range(0, 1001, 7):
        within = bounds(claim("accuracy", f"{number / 1000:.3f}"), digits="rounded")
        assert is_mean_over_batches(n, batch, within) is any(
            within[0] <= mean <= within[1] for mean in means
        )


def test_batches_that_are_all_alike_have_no_mean_of_their_own():
    everything = (Fraction(0), Fraction(1))
    assert not is_mean_over_batches(8, 4, everything)
    assert not is_mean_over_batches(3, 4, everything)
    assert is_mean_over_batches(9, 4, everything)
