"""Scores by class, and training beside test images."""

import dataclasses
import re
from collections.abc import Sequence

import made_up_paper as made_up
import made_up_runs
from report_html import (
    arm_headings,
    captions,
    cells,
    columns,
    figures_of,
    page,
    row_of,
)

from lib import report
from lib.papers.declare import epoch_log
from lib.results import Learning, OwnClasses, Score

GROUPING = made_up_runs.grouping()
MARK = "Synthetic images"
MARKS = {"": "Of all arms", "mobilenetv2": MARK}


def learnt(scores: Sequence[Score]) -> list[Learning]:
    """That every arm learnt of which there is a score."""
    keys = dict.fromkeys((score.arm, score.protocol) for score in scores)
    return [made_up_runs.learning(*key) for key in keys]


def test_the_classification_report_shows_mean_and_interval(record, paper):
    results = record.collect()
    shown = report.classification_table(results.scores, results.learning, paper, GROUPING, MARKS)
    row = row_of(shown, "monocyte")
    assert row[1].startswith("1.000 [0.")
    assert row[1].endswith(", 1.000]")
    assert row[4] == "3"
    assert row_of(shown, "accuracy")[1:3] == ["–", "–"]
    (caption,) = captions(shown)
    assert caption.startswith(
        f"{MARK}. Classification report on the test images: mean over 2 seeds "
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


def test_a_class_that_no_image_was_called_is_told_once_and_only_where_there_is_one(record, paper):
    """Its precision is not defined. With seed 1 no image is called monocyte; with seed 0 some are."""

    def told() -> list[str]:
        results = record.collect()
        shown = report.classification_table(
            results.scores, results.learning, paper, GROUPING, MARKS
        )
        return re.findall("With one seed at least.*?scikit-learn", shown.html)

    assert told() == []
    called = (record.predictions["predicted"] == "monocyte") & (record.predictions["seed"] == 1)
    record.predictions.loc[called, "predicted"] = "neutrophil"
    (sentence,) = told()
    assert "no test image was called monocyte. " in sentence


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
    shown = report.classification_table(scores, learnt(scores), paper, GROUPING, marks)
    assert arm_headings(shown) == ["a", "b"]
    start = [text.split(":")[0].rstrip(".") for text in captions(shown)]
    assert start == [
        "Classification report on the test images",
        "other weights. Classification report on the test images",
        "other weights. Classification report on the training images",
    ]
    values = [{row[2].split()[0] for row in cells(page)} - {"–"} for page in figures_of(shown)]
    assert values == [{"0.700"}, {"0.600"}, {"0.800"}]
    accuracies = [cells(page)[-1] for page in figures_of(shown)]
    assert [row[3:] for row in accuracies] == [
        ["0.700 [0.500, 0.900]", "70"],
        ["0.600 [0.500, 0.900]", "60"],
        ["0.800", "80"],
    ]


def test_above_the_scores_of_an_arm_that_did_not_learn_stands_that_it_did_not():
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"))
    scores = [*_classified("a", "test", 0.6), *_classified("b", "test", 0.7)]
    learning = [made_up_runs.learning("a", outcome="one answer"), made_up_runs.learning("b")]
    shown = page(
        report.classification_table(scores, learning, paper, GROUPING, dict.fromkeys("ab", ""))
    )
    (sentence,) = shown.select("p.alarm")
    assert sentence.get_text().startswith("a did not learn: it calls ")
    assert sentence.find_previous("h4").get_text() == "a"


def test_the_report_on_training_images_is_computed_from_their_predictions(with_training, paper):
    claims = (*paper.claims, made_up.claim("accuracy", "0.99", arm="mobilenetv2", part="train"))
    paper = dataclasses.replace(paper, claims=claims)
    results = with_training.collect()
    shown = report.classification_table(results.scores, results.learning, paper, GROUPING, MARKS)
    tested, trained = figures_of(shown)
    assert cells(tested)[-1][3].startswith("1.000 [")
    assert cells(trained)[-1][3].startswith("0.967")  # of 15/15 and 14/15


def test_reports_and_seeds_are_those_of_the_papers_arms_not_of_their_variants(with_variant, paper):
    scores = with_variant.collect().scores
    shown = report.classification_table(scores, learnt(scores), paper, GROUPING, MARKS)
    # All right with the arm; of 3 basophils 2 with the variant's seed 0 and none with its seed 1.
    assert {row[2].split()[0] for row in cells(shown)} == {"1.000", "–"}
    assert row_of(report.seed_table(scores, paper, [0, 1], GROUPING, MARKS), "mean") == [
        "mean",
        "1.0000",
    ]


def test_scores_are_those_of_the_papers_protocol_or_else_of_the_other(with_variant, paper):
    """`protocols=["grouped"]` is a run of its own, and nothing but its captions may tell it apart."""
    published = with_variant.collect()
    grouped = [score.model_copy(update={"protocol": "grouped"}) for score in published.scores]
    worse = [score.model_copy(update={"mean": score.mean / 2}) for score in grouped]
    for show in (
        lambda scores: report.classification_table(scores, learnt(scores), paper, GROUPING, MARKS),
        lambda scores: report.seed_table(scores, paper, [0, 1], GROUPING, MARKS),
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
    shown = report.classification_table(scores, learnt(scores), paper, GROUPING, MARKS)
    assert [row[0] for row in cells(shown)][-3:] == ["macro avg", "weighted avg", "accuracy"]
    assert len(cells(shown)) == 5 + 3


def test_one_seed_is_no_plural_in_the_classification_report():
    scores = [
        made_up.score(0.5, metric=metric, of=of)
        for metric in ("precision", "recall", "f1", "support")
        for of in ("cat", "dog")
    ]
    scores = [*scores, made_up.score(0.5), made_up.score(4, metric="support")]
    shown = report.classification_table(
        scores, learnt(scores), made_up.paper(), GROUPING, {"net": ""}
    )
    assert "test images: [95 % interval" in captions(shown)[0]


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
    shown = report.training_test_table(scores, paper, GROUPING, {"": MARK})
    assert columns(shown) == [
        "Model",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    ]
    assert cells(shown) == [
        ["a", "98.01 %", "0.78", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"],
        ["b", "–", "0.90", "–", "0.700 [0.600, 0.800]"],
    ]
    caption = page(shown).caption.get_text()
    assert caption.startswith(f"{MARK}. Accuracy on training images beside")
    assert "Protocol" not in caption


def test_training_against_test_takes_the_other_protocol_where_the_papers_was_not_run():
    scores = _on_parts("net", 0.9, 0.6, protocol="grouped")
    shown = report.training_test_table(scores, made_up.paper(), GROUPING, {"": MARK})
    assert cells(shown)[0][1:] == ["0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]"]
    assert page(shown).caption.get_text().endswith(" Protocol: grouped.")


def _own(arm: str = "net") -> OwnClasses:
    return OwnClasses(
        arm=arm, protocol="published", images=60, accuracy=made_up_runs.accuracy(0.95, 0.9, 0.98)
    )


def _own_table(*own: OwnClasses, learning: Sequence[Learning] | None = None):
    results = made_up_runs.results("net", "other")
    learning = results.learning if learning is None else learning
    return report.own_class_table(own, results.scores, learning, {"dog": ["fox"]}, GROUPING, MARKS)


def test_the_accuracy_without_stand_ins_stands_beside_that_on_all():
    shown = _own_table(_own(), _own("other"))
    assert cells(shown)[0] == [
        *("net", "published", "0.900 [0.880, 0.920]", "0.950 [0.900, 0.980], 60 images")
    ]
    assert len(cells(shown)) == 2
    assert "without dog" in captions(shown)[0]


def test_without_stand_ins_or_a_model_that_learnt_there_is_no_such_table():
    assert _own_table().html == ""
    learning = [made_up_runs.learning(outcome="one answer")]
    assert _own_table(_own(), learning=learning).html == ""
