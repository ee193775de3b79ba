"""What items come to together."""

import pytest

from lib.grading.items import ALONE, SHOWN, VERSION, Fault, Item, Verification, differing


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        (["ok"], "consistent"),
        (["ok", "cannot tell"], "consistent"),
        (["cannot tell", "differs", "ok"], "not consistent"),
    ],
)
def test_one_item_that_differs_is_enough(states, overall):
    items = tuple(Item("scores", state, "…") for state in states)
    checked = Verification("a", items, record=object())
    assert checked.overall == overall
    assert len(checked.differing) == states.count("differs")
    assert len(checked.untold) == states.count("cannot tell")
    assert Verification("a", items, record=None).overall == "unreadable"


@pytest.mark.parametrize("topic", [VERSION, ALONE])
def test_a_run_of_other_code_or_a_page_alone_is_not_called_consistent(topic):
    items = (Item("scores", "ok", "…"), Item(topic, "cannot tell", "…"))
    assert Verification("a", items, record=object()).overall == "cannot tell"
    changed = (*items, Item("page", "differs", "…"))
    assert Verification("a", changed, record=object()).overall == "not consistent"


def test_a_topic_is_as_good_as_the_worst_of_its_items():
    items = [("a", "ok"), ("a", "cannot tell"), ("b", "differs"), ("b", "ok"), ("c", "ok")]
    checked = Verification("x", tuple(Item(topic, state, "") for topic, state in items), None)
    assert checked.topic_states == {"a": "cannot tell", "b": "differs", "c": "ok"}


def test_long_values_are_cut():
    item = differing("a", Fault("…", "x" * 10_000, "y"))
    assert len(item.stored) < SHOWN + 5
    assert item.recomputed == "y"
