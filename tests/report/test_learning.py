"""What is said of models that did not learn, and of training that had not settled."""

import made_up_runs as made_up
import pytest
from report_html import arm_headings, page

from lib.report.blocks import Block
from lib.report.learning import (
    each_learnt_arm,
    learning_note,
    learning_sentences,
    left_out,
    training_sentences,
)
from lib.results import Results

ONE = {"outcome": "one answer", "answers": ["dog"], "answer_share": 1.0}


def run(*learning, **changes) -> Results:
    """Every arm has 0.5 [0.4, 0.6] under the published split, and 0.3 [0.2, 0.4] under the grouped one."""
    arms = dict.fromkeys(record.arm for record in learning)
    scores = [made_up.accuracy(0.5, 0.4, 0.6, arm=arm) for arm in arms]
    scores += [made_up.accuracy(0.3, 0.2, 0.4, arm=arm, protocol="grouped") for arm in arms]
    scores += changes.pop("scores", [])
    return made_up.results(*arms, learning=list(learning), scores=scores, **changes)


def said(*learning, **changes) -> str:
    """The one sentence about "net"."""
    sentences = learning_sentences(run(*learning, **changes), ["net"])
    assert list(sentences) == ["net"]
    return sentences["net"]


def test_one_answer_to_everything_is_named_with_its_accuracy_and_that_of_the_majority():
    assert said(made_up.learning(**ONE)) == (
        "net did not learn: it calls all test images dog (published split: accuracy 0.500 [0.400, 0.600], "
        "most frequent class 0.500)."
    )


def test_nearly_all_images_and_an_answer_per_fit_are_told_as_such():
    assert "it calls 97.5 % of the test images dog (" in said(
        made_up.learning(**ONE | {"answer_share": 0.975})
    )
    assert "it gives one answer to all test images of each fit, dog or cat (" in said(
        made_up.learning(**ONE | {"answers": ["dog", "cat"]})
    )


def test_majorities_of_training_and_test_are_told_apart_where_they_differ():
    text = said(made_up.learning(**ONE, training_majority=0.25, test_majority=0.75))
    assert "0.600], most frequent class 0.250 (training) or 0.750" in text


@pytest.mark.parametrize(
    ("majority", "words"), [(0.55, "is not shown to do better than"), (0.7, "does worse than")]
)
def test_below_the_majority_is_told_from_not_shown_to_be_above(majority, words):
    record = made_up.learning(outcome="not above the majority", test_majority=majority)
    assert said(record).startswith(f"net {words} always giving the most frequent class (published")


def test_one_sentence_tells_of_both_protocols():
    both = [made_up.learning(protocol=protocol, **ONE) for protocol in ("published", "grouped")]
    text = said(*both)
    assert text.count("it calls all test images dog") == text.count(".\n") + 1 == 1
    assert "(published split: accuracy 0.500 [0.400, 0.600], " in text
    assert "; grouped split: accuracy 0.300 [0.200, 0.400], " in text
    mixed = said(both[0], made_up.learning(protocol="grouped", outcome="not above the majority"))
    assert mixed.startswith("net did not learn: it calls all test images dog (published split: ")
    assert "); it does worse than always giving the most frequent class (grouped split: " in mixed


def test_what_was_learnt_under_one_protocol_is_not_said_of_the_other():
    text = said(made_up.learning(), made_up.learning(protocol="grouped", **ONE))
    assert "published" not in text


def test_arms_that_give_one_answer_come_first_and_those_that_learnt_not_at_all():
    results = run(
        made_up.learning("a", outcome="not above the majority"),
        made_up.learning("b"),
        made_up.learning("c", **ONE),
        made_up.learning("c-variant", **ONE),
    )
    assert list(learning_sentences(results, ["a", "b", "c"])) == ["c", "a"]


def test_the_reason_that_training_tells_stands_in_the_same_sentence():
    text = said(
        made_up.learning(**ONE),
        scores=made_up.losses(0.7, 0.7),
        last_epochs=[made_up.last_epochs(0.62, 0.64, 0.32)],
    )
    assert "validation accuracy 0.620 → 0.640 → 0.320 in epochs 11 to 13 (published split)" in text
    assert "its training loss never fell more than 1 % below" in text
    assert text.count("net ") == 1


def test_of_a_model_that_learnt_its_training_has_sentences_of_its_own():
    moving = [made_up.last_epochs(0.6, 0.9), made_up.last_epochs(0.2, 0.9, seed=1)]
    results = made_up.results(
        scores=[*made_up.losses(0.7, 0.7), made_up.accuracy()], last_epochs=moving
    )
    loss, unsettled = training_sentences(results, ["net"])
    assert loss.startswith("The training loss never fell")
    assert "0.693) (net)." in loss
    assert unsettled == (
        "net had not settled when training ended: validation accuracy 0.200 → 0.900 in epochs 11 to "
        "12 (published split; 2 of 2 fits still moved, this one most)."
    )
    silent = results.model_copy(update={"learning": [made_up.learning(**ONE)]})
    assert training_sentences(silent, ["net"]) == []
    assert training_sentences(results, ["other"]) == []


# Where scores stand, and in sections


def test_a_note_stands_where_the_scores_of_such_an_arm_do():
    accuracy = made_up.accuracy(0.5, 0.4, 0.6)
    assert learning_note([made_up.learning()], accuracy).html == ""
    learning = [
        made_up.learning(protocol="grouped"),
        made_up.learning(**ONE | {"answers": ["<b>"]}),
    ]
    note = page(learning_note(learning, accuracy))
    assert note.p.get_text() == (
        "net did not learn: it calls all test images <b> (accuracy 0.500 [0.400, 0.600], most frequent "
        "class 0.500)."
    )


def test_sections_show_the_arms_that_learnt_and_name_the_others():
    learning = [made_up.learning("a", **ONE), made_up.learning("b"), made_up.learning("c")]

    def show(*names: str):
        return each_learnt_arm(
            names, learning, "published", lambda name: Block(f"<i>{name}</i>"), "curves"
        )

    shown = show("a", "b", "c")
    assert arm_headings(shown) == ["b", "c"]
    assert [tag.get_text() for tag in page(shown).select("i")] == ["b", "c"]
    assert page(shown).p.get_text() == "No curves for a, which is not shown to have learnt."
    assert page(show("b")).p is None
    assert page(show("a")).i is None


def test_several_that_are_left_out_are_a_plural_and_none_are_nothing():
    assert left_out("curves", "ab") == "No curves for a and b, which are not shown to have learnt."
    assert left_out("curves", []) == ""
