"""How facts are looked up and written."""

import made_up_runs as made_up
import pytest

from lib.words import counted, interval, signed


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 cats"), (1, "1 cat"), (2, "2 cats"), (1200, "1,200 cats")]
)
def test_numbers_take_their_noun(number, text):
    assert counted(number, "cat") == text


def test_differences_have_signs_and_scores_have_none():
    assert signed(0.03, -0.01, 0.07) == "+0.030 [-0.010, +0.070]"
    assert interval(0.9, 0.88, 0.92) == "0.900 [0.880, 0.920]"


@pytest.mark.parametrize(
    ("run", "shown"), [(["grouped", "published"], "published"), (["grouped"], "grouped")]
)
def test_the_papers_protocol_is_shown_where_it_was_run(run, shown):
    made = made_up.run(folds=[made_up.fold(protocol=name) for name in (*run, *run)])
    assert made.protocols == run
    assert made.shown == shown
