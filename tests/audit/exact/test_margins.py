"""The margins that one class's printed scores allow: against every margin there is."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from made_up_reports import ROUNDINGS, printed

from lib.audit.exact.margins import (
    SCORES,
    Margin,
    Row,
    Solutions,
    Table,
    margins,
    right,
)


def _bounds(text: str, cut: bool = False) -> tuple[Fraction, Fraction]:
    value, place = Fraction(text), Fraction(1, 10 ** len(text.split(".")[1]))
    return value - place / 2, value + (place if cut else place / 2)


def _table(total: int, **rows) -> Table:
    values = {"macro": {}, "weighted": {}} | rows
    return Table(rows=(), total=total, **values)


def _row(precision: str, recall: str, f1: str, support: int | None, cut: bool = False) -> Row:
    scores = zip(SCORES, (precision, recall, f1), strict=True)
    return Row(scores={name: _bounds(one, cut) for name, one in scores}, support=support)


def test_hits_are_what_accuracy_and_weighted_recall_allow():
    assert right(_table(100)) == range(101)
    assert right(_table(100, accuracy=_bounds("0.91"))) == range(91, 92)
    weighted = {"recall": _bounds("0.9")}
    assert right(_table(100, weighted=weighted)) == range(85, 96)
    assert right(_table(100, accuracy=_bounds("0.91"), weighted=weighted)) == range(91, 92)
    assert not right(_table(100, accuracy=_bounds("0.80"), weighted=weighted))


def test_one_row_has_the_margins_counted_by_hand():
    # 15 of 20 are 0.75; 18 called give 15/18 = 0.833 and 30/38 = 0.789.
    found = list(margins(_row("0.83", "0.75", "0.79", 20), _table(100), range(101)))
    assert found == [Margin(15, 18, 20)]


def test_a_row_without_calls_has_scores_of_zero():
    row = _row("0.00", "0.00", "0.00", 2)
    assert Margin(0, 0, 2) in margins(row, _table(10), range(11))
    assert Margin(0, 8, 2) in margins(row, _table(10), range(11))
    assert list(margins(_row("0.50", "0.00", "0.00", 2), _table(10), range(11))) == []


def test_no_class_is_wrong_more_often_than_all_are():
    row = Row(scores={}, support=5)
    found = list(margins(row, _table(10), range(8, 11)))
    assert found
    assert max(one.called + one.support - 2 * one.hits for one in found) == 2


def test_unknown_supports_are_searched():
    found = list(margins(_row("0.83", "0.75", "0.79", None), _table(100), range(101)))
    assert Margin(15, 18, 20) in found
    assert len({one.support for one in found}) > 3
    assert all(one.support <= 100 for one in found)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_the_margins_are_those_of_all_that_print_so(rounding):
    total, cut = 14, rounding.__name__ == "cut_off"
    rng = np.random.default_rng(3)
    for _ in range(30):
        support = int(rng.integers(1, 12))
        every = [
            Margin(hits, called, support)
            for hits, called in product(range(support + 1), range(total + 1))
            if hits <= called <= total - support + hits
        ]
        truth = every[rng.integers(len(every))]
        numbers = _numbers(truth, rounding)
        row = Row(
            scores={name: _bounds(one, cut) for name, one in zip(SCORES, numbers, strict=True)},
            support=support,
        )
        found = set(margins(row, _table(total), range(total + 1)))
        assert truth in found
        alike = {one for one in every if _numbers(one, rounding) == numbers}
        assert alike <= found
        assert all(_within(one, row) for one in found)


def _scores(one: Margin) -> tuple[Fraction, ...]:
    shares = (
        (one.hits, one.called),
        (one.hits, one.support),
        (2 * one.hits, one.called + one.support),
    )
    return tuple(Fraction(above, below) if below else Fraction(0) for above, below in shares)


def _numbers(one: Margin, rounding) -> tuple[str, ...]:
    return tuple(printed(score, 2, rounding) for score in _scores(one))


def _within(one: Margin, row: Row) -> bool:
    return all(
        row.scores[name][0] <= score <= row.scores[name][1]
        for name, score in zip(SCORES, _scores(one), strict=True)
    )


def test_solutions_tell_what_they_show():
    one = (Margin(3, 4, 5), Margin(4, 6, 5))
    other = (Margin(2, 4, 5), Margin(5, 6, 5))
    assert Solutions(count=2, complete=True, found=(one, other)).hits == (7,)
    assert Solutions(count=0, complete=True).impossible
    assert not Solutions(count=0, complete=False).impossible
    assert not Solutions(count=1, complete=True, found=(one,)).impossible
