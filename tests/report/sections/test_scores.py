"""Scores by class, confusion matrices, and training beside test images."""

import dataclasses

import made_up_paper as made_up
import numpy as np
import pytest
from report_html import (
    alts,
    arm_headings,
    caption,
    captions,
    cells,
    columns,
    figures_of,
    page,
    row_of,
)

from lib import report
from lib.evaluation.scores import confusion_matrices
from lib.papers.declare import epoch_log
from lib.results import (
    Confusion,
)

MARK = "Synthetic images"
MARKS = {"": "Of all arms", "mobilenetv2": MARK}


def test_the_classification_report_shows_mean_and_interval(record, paper):
    shown = report.classification_table(record.collect().scores, paper, MARKS)
    row = row_of(shown, "monocyte")
    assert row[1].startswith("1.000 [0.")
    assert row[1].endswith(", 1.000]")
    assert row[4] == "3 [3, 3]"
    assert row_of(shown, "accuracy")[1:3] == ["–", "–"]
    (caption,) = captions(shown)
    assert caption.startswith(
        f"{MARK}. Classification report on the test images: mean over 2 seeds,"
    )


def _classified(arm: str, part: str, value: float, **changes):
    """The scores of a classification report, all of one value, on so many images as its hundreds."""
    names = ("cat", "dog", "macro avg")
    scores = [
        made_up.score(value, value, arm=arm, part=part, metric=metric, of=of, **changes)
        for metric in ("precision", "recall", "f1")
        for of in names
    ]
    images = 100 * value
    supports = [
        made_up.score(images, arm=arm, part=part, metric="support", of=of, low=images, high=images)
        for of in ("", *names)
    ]
    accuracy = made_up.score(value, value, arm=arm, part=part, low=0.5, high=0.9, **changes)
    return [*scores, *supports, accuracy]


def test_each_of_the_papers_arms_has_a_report_for_each_part_it_is_evaluated_on():
    """On training images only where the paper prints scores of them, and never for a variant."""
    claims = [made_up.claim("accuracy", "0.9", arm="b", part="train")]
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"), claims=claims)
    scores = [
        *_classified("b", "test", 0.6),
        *_classified("b", "train", 0.8),
        *_classified("a", "test", 0.7),
        *_classified("a-native", "test", 0.5),
    ]
    marks = {"": "all", "a": "", "b": "other weights", "a-native": ""}
    shown = report.classification_table(scores, paper, marks)
    assert arm_headings(shown) == ["a", "b"]
    start = [text.split(":")[0] for text in captions(shown)]
    assert start == [
        "Classification report on the test images",
        "other weights. Classification report on the test images",
        "other weights. Classification report on the training images",
    ]
    values = [{row[2].split()[0] for row in cells(page)} - {"–"} for page in figures_of(shown)]
    assert values == [{"0.700"}, {"0.600"}, {"0.800"}]
    accuracies = [cells(page)[-1] for page in figures_of(shown)]
    assert [row[3:] for row in accuracies] == [
        ["0.700 [0.500, 0.900]", "70 [70, 70]"],
        ["0.600 [0.500, 0.900]", "60 [60, 60]"],
        ["0.800 [0.500, 0.900]", "80 [80, 80]"],
    ]


def test_the_report_on_training_images_is_computed_from_their_predictions(with_training, paper):
    claims = (*paper.claims, made_up.claim("accuracy", "0.99", arm="mobilenetv2", part="train"))
    paper = dataclasses.replace(paper, claims=claims)
    shown = report.classification_table(with_training.collect().scores, paper, MARKS)
    tested, trained = figures_of(shown)
    assert cells(tested)[-1][3].startswith("1.000 [")
    assert cells(trained)[-1][3].startswith("0.967 [")  # of 15/15 and 14/15


def test_reports_and_seeds_are_those_of_the_papers_arms_not_of_their_variants(with_variant, paper):
    scores = with_variant.collect().scores
    shown = report.classification_table(scores, paper, MARKS)
    # All right with the arm; of 3 basophils 2 with the variant's seed 0 and none with its seed 1.
    assert {row[2].split()[0] for row in cells(shown)} == {"1.000", "–"}
    assert row_of(report.seed_table(scores, paper, [0, 1], MARKS), "mean") == ["mean", "1.0000"]


def test_scores_are_those_of_the_papers_protocol_or_else_of_the_other(with_variant, paper):
    """`protocols=["grouped"]` is a run of its own, and nothing but its captions may tell it apart."""
    published = with_variant.collect()
    grouped = [score.model_copy(update={"protocol": "grouped"}) for score in published.scores]
    worse = [score.model_copy(update={"mean": score.mean / 2}) for score in grouped]
    for show in (
        lambda scores: report.classification_table(scores, paper, MARKS),
        lambda scores: report.seed_table(scores, paper, [0, 1], MARKS),
    ):
        alone, both = show(published.scores), show([*worse, *published.scores])
        assert cells(both) == cells(alone)
        assert captions(both) == captions(alone)
        assert "rotocol" not in captions(alone)[0]
        other = show(grouped)
        assert cells(other) == cells(alone)
        assert captions(other) == [f"{text} Protocol: grouped." for text in captions(alone)]


def test_the_best_epoch_is_no_row_of_the_classification_report(with_variant, paper):
    scores = with_variant.collect().scores
    shown = report.classification_table(scores, paper, MARKS)
    assert [row[0] for row in cells(shown)][-3:] == ["macro avg", "weighted avg", "accuracy"]
    assert len(cells(shown)) == 5 + 3


def test_one_seed_is_no_plural_in_the_classification_report():
    scores = [
        made_up.score(0.5, metric=metric, of=of)
        for metric in ("precision", "recall", "f1", "support")
        for of in ("cat", "dog")
    ]
    scores = [*scores, made_up.score(0.5), made_up.score(4, metric="support")]
    shown = report.classification_table(scores, made_up.paper(), {"net": ""})
    assert "test images: mean over 1 seed, and in brackets" in captions(shown)[0]


LONG = ("American Shorthair", "Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b>", "x")


def test_the_confusion_matrix_counts_one_run(record, paper):
    confusions = confusion_matrices(record.predictions, record.images.classes)
    assert np.trace(np.array(confusions[0].counts)) == 15
    assert "seed 0, 15 test images" in caption(report.confusion_figure(confusions, paper, MARKS))


def test_a_class_without_test_images_does_not_break_the_shares(record, paper):
    (confusion,) = confusion_matrices(record.predictions, record.images.classes)
    empty = confusion.model_copy(update={"counts": [[0] * 5, *confusion.counts[1:]]})
    assert "12 test images" in caption(report.confusion_figure([empty], paper, MARKS))


def _confusion(arm: str = "net", part: str = "test", counts=((3, 1), (0, 2)), **changes):
    values = {"protocol": "published", "seed": 4, "fold": 0, "counts": counts}
    return Confusion(arm=arm, part=part, **values | changes)


def test_every_arm_has_a_matrix_for_each_part_it_is_evaluated_on():
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    confusions = [
        _confusion("a", counts=((5, 0), (0, 5))),
        _confusion("b"),
        _confusion("b", "train", ((10, 0), (0, 10))),
        _confusion("b", protocol="grouped", counts=((50, 0), (0, 50))),
        _confusion("a-native", counts=((9, 0), (0, 9))),
    ]
    shown = report.confusion_figure(confusions, paper, {"": "x", "a": "Mark", "b": ""})
    assert arm_headings(shown) == ["b", "a"]
    start = "Confusion matrix of one run (seed 4, "
    assert [text.split("): ")[0] for text in captions(shown)] == [
        f"{start}6 test images",
        f"{start}20 training images",
        f"Mark. {start}10 test images",
    ]
    assert len(set(alts(shown))) == 3
    assert alts(shown)[1].startswith("Confusion matrix of b on training images")


def test_cells_hold_counts_and_the_shares_of_their_row(figures):
    report.confusion_figure([_confusion(counts=((3, 1), (0, 0)))], made_up.paper(), {"net": ""})
    counts, shares = ([cell.get_text() for cell in axis.texts] for axis in figures[0].axes)
    assert counts == ["3", "1", "0", "0"]
    assert shares == ["0.75", "0.25", "0.00", "0.00"]


def test_without_the_papers_protocol_the_matrix_is_that_of_the_other():
    confusions = [_confusion(protocol="grouped", fold=0)]
    shown = report.confusion_figure(confusions, made_up.paper(), {"net": ""})
    assert caption(shown).endswith(" Protocol: grouped.")


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG[:2], LONG])
def test_names_of_classes_neither_overlap_nor_are_cut_off(figures, classes):
    counts = np.full((len(classes), len(classes)), 1234).tolist()
    report.confusion_figure(
        [_confusion(counts=counts)], made_up.paper(classes=classes), {"net": ""}
    )
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    left, right = figure.axes
    # A tilted name starts below its column: its end is at the tick, not its middle.
    names = left.get_xticklabels()
    assert [label.get_text() for label in names] == list(classes)
    assert {(label.get_ha(), label.get_rotation_mode()) for label in names} == {("right", "anchor")}
    upright = [*left.get_yticklabels(), *left.texts, left.title, right.title]
    assert made_up.overlapping(made_up.boxes(figure, upright)) == 0


# Training images against test images

LOG = (("accuracy", "train"), ("accuracy", "validation"))


def _on_parts(arm: str, train: float | None, test: float, **changes) -> list:
    parts = {"train": train, "test": test}
    return [
        made_up.score(value, arm=arm, part=part, low=value - 0.1, high=value + 0.1, **changes)
        for part, value in parts.items()
        if value is not None
    ]


def test_accuracy_on_training_images_stands_beside_that_on_others_the_papers_and_ours():
    claims = [
        made_up.claim("accuracy", "98.01", arm="a", unit="percent", part="train", where="Abstract"),
        *epoch_log([(2, "0.7", "0.6"), (3, "0.98", "0.78")], LOG, where="T", arm="a"),
        # Of the trained model, not of it as a whole, or no accuracy.
        made_up.claim("recall", "0.1", arm="b", of="cat"),
        made_up.claim("loss", "0.3", arm="b", unit="loss"),
        made_up.claim("accuracy", "0.2", arm="b", of="best epoch", part="validation"),
        made_up.claim("accuracy", "0.90", arm="b"),
    ]
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"), claims=claims)
    scores = [
        *_on_parts("a", 0.9, 0.6),
        *_on_parts("a", 0.3, 0.2, protocol="grouped"),
        *_on_parts("a", 0.3, 0.2, epoch=3),
        *_on_parts("b", None, 0.7),
        *_on_parts("a-native", 0.5, 0.5),
    ]
    shown = report.training_test_table(scores, paper, {"": MARK})
    assert columns(shown) == [
        "Arm",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    ]
    assert cells(shown) == [
        ["a", "98.01 %", "0.78", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"],
        ["b", "–", "0.90", "–", "0.700 [0.600, 0.800]"],
    ]
    caption = page(shown).figcaption.get_text()
    assert caption.startswith(f"{MARK}. Accuracy on training images beside")
    assert "Protocol" not in caption


def test_training_against_test_takes_the_other_protocol_where_the_papers_was_not_run():
    scores = _on_parts("net", 0.9, 0.6, protocol="grouped")
    shown = report.training_test_table(scores, made_up.paper(), {"": MARK})
    assert cells(shown)[0][3:] == ["0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"]
    assert page(shown).figcaption.get_text().endswith(" Protocol: grouped.")
