"""Scores of the trained models: by class, as confusion matrices, on training beside test images."""

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from lib.papers.declare import REPORT, Paper
from lib.report.blocks import Block, each_arm, picture, stack, table
from lib.report.notation import PART_IMAGES, metric_name, protocol_note, score_interval
from lib.results import Confusion, Score, headline, headlines, shown_protocol
from lib.words import counted


def classification_table(scores: Sequence[Score], paper: Paper, marks: Mapping[str, str]) -> Block:
    """Our classification reports: mean over seeds with the interval of one run.

    One for each of the paper's arms and each part it is evaluated on: the test images, and the
    training images where the paper prints scores of them.
    """

    def arm_block(name: str) -> Block:
        parts = paper.parts(paper.arm(name))
        return stack(_class_report(scores, name, part, marks[name]) for part in parts)

    return each_arm([arm.name for arm in paper.arms], arm_block)


def _class_report(scores: Sequence[Score], arm: str, part: str, mark: str) -> Block:
    key = (arm, headline(scores, arm).protocol, part, None)
    cells = {
        (score.of, score.metric): score
        for score in scores
        if (score.arm, score.protocol, score.part, score.epoch) == key
    }
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    rows = [(of, *(score_interval(cells[of, metric]) for metric in REPORT)) for of in names]
    accuracy = cells["", "accuracy"]
    rows.append(
        ("accuracy", None, None, score_interval(accuracy), score_interval(cells["", "support"]))
    )
    wanted = {(of, metric) for of in names for metric in REPORT} | {("", "accuracy")}
    methods = sorted({cells[key].method for key in wanted})
    caption = (
        f"Classification report on the {PART_IMAGES[part]}: mean over {counted(len(accuracy.per_seed), 'seed')}, "
        f"and in brackets the interval of a single run ({'; '.join(methods)})."
        f"{protocol_note(accuracy.protocol)}"
    )
    return table(rows, ("Class", *map(metric_name, REPORT)), caption, mark, numeric=(1, 2, 3, 4))


def confusion_figure(
    confusions: Sequence[Confusion], paper: Paper, marks: Mapping[str, str]
) -> Block:
    """Confusion matrices of one run of each of the paper's arms, as counts and as row shares."""
    protocol = shown_protocol(confusion.protocol for confusion in confusions)

    def arm_block(name: str) -> Block:
        return stack(
            _matrix_figure(confusion, paper.class_names, marks[name])
            for confusion in confusions
            if (confusion.arm, confusion.protocol) == (name, protocol)
        )

    return each_arm([arm.name for arm in paper.arms], arm_block)


def _matrix_figure(confusion: Confusion, classes: Sequence[str], mark: str) -> Block:
    counts = np.asarray(confusion.counts)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side, names = 0.66 * len(classes), 0.08 * max(map(len, classes))  # inches
    figure = Figure(
        figsize=(2 * (side + names + 0.6), side + 0.6 * names + 1.1), layout="constrained"
    )
    panels = zip(
        figure.subplots(1, 2),
        ((counts, "d", "counts"), (shares, ".2f", "shares of each row")),
        strict=True,
    )
    for axis, (values, form, title) in panels:
        sns.heatmap(
            values,
            annot=True,
            fmt=form,
            cmap="Blues",
            cbar=False,
            square=True,
            vmin=0,
            linewidths=0.5,
            xticklabels=classes,
            yticklabels=classes,
            ax=axis,
            annot_kws={"fontsize": 9},
        )
        axis.set(xlabel="predicted", ylabel="true")
        axis.set_title(title, fontsize=10)
        axis.set_xticklabels(classes, rotation=35, ha="right", rotation_mode="anchor")
        axis.tick_params(axis="y", rotation=0)
    images = PART_IMAGES[confusion.part]
    caption = (
        f"Confusion matrix of one run (seed {confusion.seed}, {counts.sum()} {images}): counts, and "
        f"shares of each row.{protocol_note(confusion.protocol)}"
    )
    alt = f"Confusion matrix of {confusion.arm} on {images} as counts and as row shares"
    return picture(figure, caption, alt, mark)


def training_test_table(scores: Sequence[Score], paper: Paper, marks: Mapping[str, str]) -> Block:
    """Accuracy on the images a model was trained on, and on others: the paper's and ours."""
    protocol, rows = headlines(scores)[0].protocol, []
    for arm in paper.arms:
        # Of one table where there is one, the log's last epoch, so that both columns compare.
        theirs = {
            claim.part: claim.text
            for claim in reversed(paper.claims)
            if (claim.arm, claim.metric, claim.of) == (arm.name, "accuracy", "")
            and paper.is_final(claim)
        }
        ours = {
            score.part: score_interval(score)
            for score in scores
            if (score.arm, score.protocol, score.metric, score.of, score.epoch)
            == (arm.name, protocol, "accuracy", "", None)
        }
        printed = (theirs.get("train"), theirs.get("validation") or theirs.get("test"))
        rows.append((arm.name, *printed, ours.get("train"), ours.get("test")))
    columns = (
        "Arm",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    )
    caption = (
        f"Accuracy on training images beside accuracy on images the model has never seen (ours: "
        f"mean over seeds, interval of one run). The distance between the two is what was learnt by "
        f"heart.{protocol_note(protocol)}"
    )
    return table(rows, columns, caption, marks[""], numeric=(1, 2, 3, 4))
