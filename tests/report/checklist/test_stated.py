"""What is read from a declaration: settings by model, scores with their first places."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest

from lib.papers.declare import Assumed, Stated, cell
from lib.report.checklist import stated

GUESS = "a guess of ours"


def test_settings_are_told_with_their_places_and_open_ones_by_name():
    (arm,) = made_up.paper().arms
    recipe = replace(arm.recipe, batch_size=Assumed(8, GUESS), epochs=Stated(3, "Abstract"))
    paper = made_up.paper(arms=(replace(arm, recipe=recipe),))
    settings, unstated = stated.declared_settings(paper, ("batch_size", "epochs", "learning_rate"))
    assert settings == ["epochs (Abstract)", "learning rate (§2)"]
    assert unstated == ["batch size"]


def test_models_of_which_only_some_settings_are_told_are_named():
    first, second = made_up.paper("a", "b").arms
    second = replace(second, weights=Assumed("imagenet", GUESS), dense=Stated((), "§3"))
    paper = made_up.paper(arms=(first, second))
    assert stated.declared_settings(paper, ("weights", "dense")) == (
        ["weights: a (§2)", "dense (§2; §3)"],
        ["weights: b"],
    )


def test_a_setting_that_no_model_has_is_neither_told_nor_open():
    assert stated.declared_settings(made_up.paper(), ("filters",)) == ([], [])


def test_counts_are_told_in_all_and_of_each_class():
    paper = made_up.paper()
    dataset = replace(paper.dataset, total=Assumed("200", GUESS))
    dataset = replace(dataset, counts=dataset.counts | {"dog": Assumed("100", GUESS)})
    settings = stated.declared_settings(
        made_up.paper(dataset=dataset), ("images in all", "images per class", "stratified")
    )
    assert settings == (
        ["images per class: cat (§1)", "stratified (§1)"],
        ["images in all", "images per class: dog"],
    )


def test_scores_are_told_with_their_first_place():
    paper = made_up.paper(
        claims=(
            made_up_paper.claim("recall", "1", of="dog", where="Fig. 2"),
            made_up_paper.claim("accuracy", "1", where="Abstract"),
            made_up_paper.claim("accuracy", "1", where="§3"),
            made_up_paper.claim("support", "9"),
        )
    )
    assert stated.metrics(paper) == "accuracy (Abstract); recall (Fig. 2)"
    assert stated.metrics(made_up.paper()) == ""


def test_scores_of_classes_are_told_with_the_first_place_of_each_model():
    def claim(metric, arm, where, of="dog"):
        return made_up_paper.claim(metric, "1", of=of, arm=arm, where=where)

    paper = made_up.paper(
        "a",
        "b",
        claims=(
            claim("recall", "a", "Fig. 1"),
            claim("precision", "b", "Fig. 2"),
            claim("recall", "a", "§5"),
            claim("f1", "a", "Fig. 9", of="macro avg"),
            claim("support", "a", "Fig. 9"),
        ),
    )
    assert stated.class_metrics(paper) == "recall and precision (Fig. 1; Fig. 2)"
    assert stated.class_metrics(made_up.paper()) == ""


def test_a_confusion_matrix_is_told_where_its_cells_are():
    of = cell("cat", "dog")
    paper = made_up.paper(claims=(made_up_paper.claim("cell", "3", of=of, where="Fig. 4"),))
    assert stated.confusion_matrices(paper) == "confusion matrix (Fig. 4)"
    assert stated.confusion_matrices(made_up.paper()) == ""


@pytest.mark.parametrize(("key", "text"), [("data", "Kaggle (§1)"), ("funding", "")])
def test_what_is_reported_has_its_place(key, text):
    assert stated.reported(made_up.paper(reporting={"data": Stated("Kaggle", "§1")}), key) == text
