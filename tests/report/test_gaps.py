"""What keeping groups on one side costs, in words: only what the run allows to be said."""

import made_up_runs as made_up
import pytest

from lib.report.gaps import cost_clause, gap_sentences
from lib.results import Gap, Results

SEARCHED = {
    "grouping": made_up.grouping(basis="search", noun="picture"),
    "look_alikes": made_up.look_alikes(pairs=20),
}


def _results(*gaps: Gap, trained: int = 160, **changes) -> Results:
    """Arms with 0.9 under the published split, each trained on 160 images there."""
    folds = [
        made_up.fold(protocol=protocol, train={"cat": 0, "dog": images})
        for protocol, images in (("published", 160), ("grouped", trained))
    ]
    arms = [gap.arm for gap in gaps]
    return made_up.results(*arms, **{"gaps": list(gaps), "folds": folds} | changes)


def _words(*gaps: Gap, **changes) -> str:
    return " ".join(gap_sentences(_results(*gaps, **changes)))


def test_a_cost_is_what_the_published_accuracy_owes():
    assert _words(made_up.gap(0.2, 0.4)) == (
        "Keeping every patient on one side of the split costs 0.300 [0.200, 0.400]: that much of "
        "the published accuracy comes from test images whose patient was trained on."
    )


def test_a_difference_across_nought_cannot_be_told():
    grouping = made_up.grouping(units=40)
    for low, high in ((-0.02, 0.04), (0.0, 0.04), (-0.05, 0.0)):
        words = _words(made_up.gap(low, high), grouping=grouping)
        assert words.startswith("The two protocols cannot be told apart with 40 patients.")
        assert cost_clause(_results(made_up.gap(low, high))) == ""


def test_a_difference_below_nought_shows_no_leak_and_rules_none_out():
    words = _words(made_up.gap(-0.08, -0.02))
    assert "by 0.050 [0.020, 0.080]. That neither shows nor rules out" in words


def test_a_fold_that_reaches_the_published_accuracy_takes_the_cost_away():
    """Folds of .80 and .89 stay below the published .90; with .90 among them they do not."""
    below = made_up.gap(0.01, 0.11, per_fold=[0.80, 0.89])
    reaching = made_up.gap(0.01, 0.11, per_fold=[0.78, 0.90])
    assert "costs" in _words(below)
    assert "costs" not in _words(reaching)
    assert "one fold alone reaches 0.900" in _words(reaching)


def test_too_few_groups_say_nothing():
    words = _words(made_up.gap(0.2, 0.4, units=4))
    assert words.startswith("With only 4 patients tested under one of the protocols, nothing can")


@pytest.mark.parametrize("failed", ["published", "grouped"])
def test_a_model_that_did_not_learn_has_no_cost(failed):
    learning = [
        made_up.learning("net", name, outcome="one answer" if name == failed else "learnt")
        for name in ("published", "grouped")
    ]
    words = _words(made_up.gap(0.2, 0.4), learning=learning)
    assert words.startswith("No model learnt under both protocols")
    assert "cost" not in words


def test_of_several_arms_those_that_learnt_are_told_in_a_sentence_per_verdict():
    gaps = [
        *(made_up.gap(0.2, 0.4, "a"), made_up.gap(0.1, 0.3, "b"), made_up.gap(-0.2, -0.1, "c")),
        *(made_up.gap(-0.1, 0.1, "d"), made_up.gap(0.2, 0.4, "e")),
    ]
    learning = [
        made_up.learning(arm, name, outcome="one answer" if arm == "e" else "learnt")
        for arm in "abcde"
        for name in ("published", "grouped")
    ]
    sentences = gap_sentences(_results(*gaps, learning=learning))
    assert len(sentences) == 3
    assert "costs a 0.300 [0.200, 0.400] and b 0.200 [0.100, 0.300]: " in sentences[0]
    assert "by c 0.150 [0.100, 0.200]" in sentences[1]
    assert "200 patients" in sentences[2]


# Leaks that are only partly visible


@pytest.mark.parametrize(
    ("basis", "kept"),
    [
        ("partly known groups", "every known patient"),
        ("search", "what looks like one picture"),
        ("near-duplicates", "near-duplicates"),
    ],
)
def test_a_leak_of_which_only_a_part_may_be_seen_costs_at_least_so_much(basis, kept):
    changes = SEARCHED | {"grouping": made_up.grouping(basis=basis)}
    clause = cost_clause(_results(made_up.gap(0.2, 0.4), **changes))
    assert clause == (
        f"keeping {kept} on one side of the split costs at least 0.300 [0.200, 0.400]"
    )


# What is not in the interval


def test_that_one_seed_leaves_out_the_others_is_told_beside_a_cost():
    one_seed = made_up.gap(0.2, 0.4, parts={"groups": 0.02, "folds": 0.0, "epochs": 0.01})
    words = _words(one_seed, settings={"seeds": [3], "choices": True})
    assert (
        "Only seed 3 was run, so the interval does not include how far other seeds move the "
        "difference"
    ) in (words)
    assert "One seed" not in _words(made_up.gap(0.2, 0.4))


def test_far_fewer_training_images_are_another_reason():
    assert "from training on 160 images instead of 100." in _words(
        made_up.gap(0.2, 0.4), trained=100
    )
    assert "instead" not in _words(made_up.gap(0.2, 0.4), trained=150)


def test_the_control_tells_how_much_of_it_fewer_images_explain():
    words = _words(
        made_up.gap(0.2, 0.4), trained=100, size_controls=[made_up.size_control(0.89, 100)]
    )
    assert "Trained on only 100 of the 160 images" in words
    assert "the published split still gives 0.890 [0.870, 0.910]" in words
    assert "explain +0.010 [-0.010, +0.030] of the 0.300." in words


def test_the_control_of_an_arm_whose_difference_is_no_cost_is_not_told():
    controls = [made_up.size_control(0.89, 100)]
    assert "Trained" not in _words(made_up.gap(-0.1, 0.1), trained=100, size_controls=controls)
