"""Limitations of models that did not learn."""

import made_up_runs as made_up

from lib.report.limits.learning import failed_learning


def test_a_model_is_named_with_the_protocol_under_which_it_did_not_learn():
    learning = [
        made_up.learning("a"),
        made_up.learning("a", "grouped", outcome="not above the majority"),
        made_up.learning("b"),
        made_up.learning("b", "grouped"),
    ]
    (sentence,) = failed_learning(_run(learning))
    assert "a (grouped)" in sentence
    assert "b" not in sentence.split(" is ")[0]
    assert "published" not in sentence


def test_nothing_is_said_where_all_learnt():
    assert list(failed_learning(_run([made_up.learning("a"), made_up.learning("b")]))) == []


def _run(learning):
    results = made_up.results("a", "b", learning=learning)
    return made_up.Run(paper=made_up.paper("a", "b"), results=results)
