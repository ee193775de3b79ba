"""The figures of a model's probabilities: how well they rank the images, and how far to trust them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lib.evaluation import probability
from lib.evaluation.ranking import calibration_error, confidences
from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, picture
from lib.report.learning import each_learnt_arm
from lib.report.notation import protocol_name, protocol_note
from lib.report.plots import (
    PAPER,
    SMALL,
    TRAIN,
    VALIDATION,
    WHITE,
    WRONG_HATCH,
    frame,
    series_looks,
)
from lib.report.subplots import default_style, subplots
from lib.results import Grouping, Learning, has_learnt, shown_protocol
from lib.words import counted


def ranking_figure(
    predictions: pd.DataFrame,
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """ROC and precision-recall curves of each of the paper's arms that learnt, one line per class.

    Of two classes the second is shown: the first's ROC curve is the same one, seen from the other side.

    Args:
        predictions: Rows as in predictions.csv; the first seed's test images are shown.
    """

    def arm_block(arm: str) -> Block:
        return _ranking_of_arm(_first_seed(predictions, arm), paper, arm, grouping, marks[arm])

    legend = "Left: ROC curve (dotted: chance). Right: precision-recall curve. In the corner: the area under each."
    return _each_learnt_arm(learning, paper, arm_block, "ROC and precision-recall curves", legend)


def calibration_figure(
    predictions: pd.DataFrame,
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Confidence against accuracy of each of the paper's arms that learnt, and how many images are how sure.

    Args:
        predictions: As for `ranking_figure`.
    """

    def arm_block(arm: str) -> Block:
        return _calibration_of_arm(_first_seed(predictions, arm), paper, arm, grouping, marks[arm])

    legend = (
        "Left: share correct against confidence, with the number of images in each bin; below the dotted line the "
        "model is too confident. Right: images by confidence."
    )
    return _each_learnt_arm(learning, paper, arm_block, "calibration", legend)


def _each_learnt_arm(
    learning: Sequence[Learning],
    paper: Paper,
    make: Callable[[str], Block],
    what: str,
    legend: str,
) -> Block:
    """As `each_learnt_arm`, below what all the figures have in common."""
    protocol = shown_protocol(record.protocol for record in learning)
    names = paper.without_variants(record.arm for record in learning)
    shown = each_learnt_arm(names, learning, protocol, make, what)
    learnt = any(has_learnt(learning, name, protocol) for name in names)
    return paragraph(legend) + shown if learnt else shown


@default_style()
def _ranking_of_arm(
    rows: pd.DataFrame, paper: Paper, arm: str, grouping: Grouping, mark: str
) -> Block:
    classes = paper.class_names[1:] if len(paper.class_names) == 2 else paper.class_names
    there = [name for name in classes if 0 < (rows["true"] == name).sum() < len(rows)]
    figure, [[left, right]] = subplots((9.2, 4.3), 1, 2)
    left.plot([0, 1], [0, 1], color=PAPER, ls=":", lw=1)
    looks = dict(zip(classes, series_looks(len(classes)), strict=True))
    for name in there:
        look = looks[name]
        of_class = (rows["true"] == name).to_numpy(), rows[name].to_numpy(float)
        area, mean = probability.auc(*of_class), probability.average_precision(*of_class)
        left.plot(*probability.roc_curve(*of_class), lw=1.8, label=f"{name}: {area:.3f}", **look)
        curve = probability.precision_recall_curve(*of_class)
        # Each threshold's precision holds for the recall it adds: no line between thresholds.
        right.step(*curve, where="pre", lw=1.8, label=f"{name}: {mean:.3f}", **look)
    left.set(xlabel="false-positive rate", ylabel="true-positive rate (recall)")
    right.set(xlabel="recall", ylabel="precision")
    _finish(left, "AUC", "lower right")
    _finish(right, "average precision", "lower left")
    what = "each class against the rest" if len(classes) > 1 else classes[0]
    caption = f"ROC and precision-recall curves of {arm}: {what}, {_images_text(rows, grouping)}."
    alt = f"ROC and precision-recall curves of {arm}"
    return picture(figure, caption, alt, mark)


def _finish(axis: Axes, title: str, corner: Literal["lower left", "lower right"]) -> None:
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axis.legend(fontsize=SMALL, frameon=False, title=title, title_fontsize=SMALL, loc=corner)
    frame(axis)


def _calibration_of_arm(
    rows: pd.DataFrame, paper: Paper, arm: str, grouping: Grouping, mark: str
) -> Block:
    return reliability_picture(rows, paper.class_names, arm, _images_text(rows, grouping), mark)


@default_style()
def reliability_picture(
    rows: pd.DataFrame, classes: Sequence[str], arm: str, images: str, mark: str
) -> Block:
    """Share correct against confidence, and images by confidence, of one model.

    Args:
        rows: true, predicted, path, group, and a probability column per class.
        images: What a caption says of whose images these are.
    """
    sure, correct = confidences(rows, classes)
    counts, confidence, accuracy = probability.calibration(sure, correct)
    error, low, high, _ = calibration_error(rows, classes)
    figure, [[left, right]] = subplots((9.2, 4.1), 1, 2)
    left.plot([0, 1], [0, 1], color=PAPER, ls=":", lw=1)
    left.vlines(confidence, accuracy, confidence, color=PAPER, lw=1)
    left.plot(confidence, accuracy, "o", color=TRAIN, ms=5)
    _annotate_counts(left, counts, confidence, accuracy)
    left.set(xlabel="confidence (mean of the bin)", ylabel="share correct")
    _histogram(right, sure, correct, len(counts))
    for axis in (left, right):
        axis.set_xlim(-0.02, 1.02)
        frame(axis)
    left.set_ylim(-0.06, 1.06)
    caption = (
        f"Confidence of {arm}: {images}. Expected calibration error (mean distance from the "
        f"dotted line): {error:.3f} [{low:.3f}, {high:.3f}]."
    )
    return picture(figure, caption, f"Reliability curve of {arm}", mark)


def _annotate_counts(
    axis: Axes, counts: np.ndarray, confidence: np.ndarray, accuracy: np.ndarray
) -> None:
    """The number of images of each bin beside its point, away from the line to the diagonal."""
    for place in np.flatnonzero(counts):
        below = accuracy[place] < confidence[place]
        axis.annotate(
            f"{counts[place]}",
            (confidence[place], accuracy[place]),
            xytext=(0, -6 if below else 6),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            fontsize=7,
        )


def _histogram(axis: Axes, sure: np.ndarray, correct: np.ndarray, bins: int) -> None:
    looks = (("right", correct, TRAIN, ""), ("wrong", ~correct, VALIDATION, WRONG_HATCH))
    starts, below = np.arange(bins) / bins, np.zeros(bins)
    for label, kind, colour, hatch in looks:
        counts, *_ = probability.calibration(sure[kind], correct[kind], bins)
        look: dict[str, Any] = {"color": colour, "edgecolor": WHITE, "label": label, "hatch": hatch}
        axis.bar(starts, counts, 1 / bins, below, align="edge", **look)
        below = below + counts
    axis.set(xlabel="confidence", ylabel="images")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
    axis.legend(fontsize=SMALL, frameon=False, loc="upper left")


def _first_seed(predictions: pd.DataFrame, arm: str) -> pd.DataFrame:
    """The arm's test images of the first seed, all folds, under the protocol that is shown."""
    rows = predictions[(predictions["part"] == "test") & (predictions["arm"] == arm)]
    rows = rows[rows["protocol"] == shown_protocol(rows["protocol"])]
    return rows[rows["seed"] == rows["seed"].iloc[0]]


def _images_text(rows: pd.DataFrame, grouping: Grouping) -> str:
    """What a caption says of whose images these are."""
    folds = rows["fold"].nunique()
    pooled = f" of {counted(folds, 'fold')}, whose models are ranked together" if folds > 1 else ""
    name = protocol_name(grouping, rows["protocol"].iloc[0])
    note = protocol_note(name).strip(" .").lower()
    seed = f"seed {rows['seed'].iloc[0]}, {len(rows)} test images{pooled}"
    return f"{seed}, {note}" if note else seed
