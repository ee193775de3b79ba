"""The margins that one class's printed scores allow: against every margin there is."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from made_up_reports import ROUNDINGS, printed

from lib.audit.exact.margins import (
    SCORES,
    ClassBounds,
    Margin,
    ReportBounds,
    Solutions,
    class_margins,
    possible_hits,
)


def _bounds(text: str, cut: bool = False) -> tuple[Fraction, Fraction]:
    value, place = Fraction(text), Fraction(1, 10 ** len(text.split(".")[1]))
    return value - place / 2, value + (place if cut else place / 2)


def _table(total: int, **rows) -> ReportBounds:
    values = {"macro": {}, "weighted": {}, "rows": (ClassBounds(scores={}),)} | rows
    return ReportBounds(total=total, **values)


def _row(
    precision: str, recall: str, f1: str, support: int | None, cut: bool = False
) -> ClassBounds:
    scores = zip(SCORES, (precision, recall, f1), strict=True)
    return ClassBounds(
        scores={name: _bounds(number, cut) for name, number in scores}, support=support
    )


def test_hits_are_what_accuracy_and_weighted_recall_allow():
    assert possible_hits(_table(100)) == range(101)
    assert possible_hits(_table(100, accuracy=_bounds("0.91"))) == range(91, 92)
    weighted = {"recall": _bounds("0.9")}
    assert possible_hits(_table(100, weighted=weighted)) == range(85, 96)
    assert possible_hits(_table(100, accuracy=_bounds("0.91"), weighted=weighted)) == range(91, 92)
    assert not possible_hits(_table(100, accuracy=_bounds("0.80"), weighted=weighted))


def test_hits_are_what_the_recalls_of_the_classes_allow():
    # 0.90 of 20 is 18, 0.5 of 80 is 36 … 44.
    rows = [
        ClassBounds(scores={"recall": _bounds(recall)}, support=support)
        for recall, support in (("0.90", 20), ("0.5", 80))
    ]
    assert possible_hits(_table(100, rows=tuple(rows))) == range(54, 63)
    unknown = ClassBounds(scores={"recall": _bounds("0.5")})
    assert possible_hits(_table(100, rows=(rows[0], unknown))) == range(18, 101)
    assert not possible_hits(_table(100, rows=tuple(rows), accuracy=_bounds("0.94")))
    no_share = ClassBounds(scores={"recall": _bounds("0.91")}, support=20)
    assert not possible_hits(_table(100, rows=(no_share, rows[1])))


def test_one_row_has_the_margins_counted_by_hand():
    # 15 of 20 are 0.75; 18 called give 15/18 = 0.833 and 30/38 = 0.789.
    found = list(class_margins(_row("0.83", "0.75", "0.79", 20), _table(100), range(101)))
    assert found == [Margin(15, 18, 20)]


def test_a_row_without_calls_has_scores_of_zero():
    row = _row("0.00", "0.00", "0.00", 2)
    assert Margin(0, 0, 2) in class_margins(row, _table(10), range(11))
    assert Margin(0, 8, 2) in class_margins(row, _table(10), range(11))
    assert list(class_margins(_row("0.50", "0.00", "0.00", 2), _table(10), range(11))) == []


def test_no_class_is_wrong_more_often_than_all_are():
    row = ClassBounds(scores={}, support=5)
    found = list(class_margins(row, _table(10), range(8, 11)))
    assert found
    assert max(margin.predicted + margin.support - 2 * margin.hits for margin in found) == 2


def test_unknown_supports_are_searched():
    found = list(class_margins(_row("0.83", "0.75", "0.79", None), _table(100), range(101)))
    assert Margin(15, 18, 20) in found
    assert len({margin.support for margin in found}) > 3
    assert all(margin.support <= 100 for margin in found)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_the_margins_are_those_of_all_that_print_so(rounding):
    total, cut = 14, rounding.__name__ == "cut_off"
    rng = np.random.default_rng(3)
    for _ in range(30):
        support = int(rng.integers(1, 12))
        every = [
            Margin(hits, predicted, support)
            for hits, predicted in product(range(support + 1), range(total + 1))
            if hits <= predicted <= total - support + hits
        ]
        truth = every[rng.integers(len(every))]
        numbers = _numbers(truth, rounding)
        row = ClassBounds(
            scores={
                name: _bounds(number, cut) for name, number in zip(SCORES, numbers, strict=True)
            },
            support=support,
        )
        found = set(class_margins(row, _table(total), range(total + 1)))
        assert truth in found
        alike = {margin for margin in every if _numbers(margin, rounding) == numbers}
        assert alike <= found
        assert all(_within(margin, row) for margin in found)


def _scores(margin: Margin) -> tuple[Fraction, ...]:
    shares = (
        (margin.hits, margin.predicted),
        (margin.hits, margin.support),
        (2 * margin.hits, margin.predicted + margin.support),
    )
    return tuple(Fraction(above, below) if below else Fraction(0) for above, below in shares)


def _numbers(margin: Margin, rounding) -> tuple[str, ...]:
    return tuple(printed(score, 2, rounding) for score in _scores(margin))


def _within(margin: Margin, row: ClassBounds) -> bool:
    return all(
        row.scores[name][0] <= score <= row.scores[name][1]
        for name, score in zip(SCORES, _scores(margin), strict=True)
    )


def test_solutions_tell_what_they_show():
    first = (Margin(3, 4, 5), Margin(4, 6, 5))
    assert Solutions(count=0, complete=True).impossible
    assert not Solutions(count=0, complete=False).impossible
    assert not Solutions(count=1, complete=True, found=(first,)).impossible
