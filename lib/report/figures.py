"""The figures of a report, drawn without a display."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib import metrics
from lib.paper import Paper
from lib.report.shown import Shown, picture
from lib.report.words import as_printed
from lib.results import Confusion, Score

# Okabe and Ito's colours: told apart by colour-blind readers, and in grey by their line styles.
TRAIN, VALIDATION, PAPER = "#0072B2", "#D55E00", "#555555"
SHOWN_PER_CLASS = 8
THUMBNAIL = 112  # pixels: a report with a hundred of them stays below a megabyte


def samples(pixels: dict[str, np.ndarray], mark: str) -> Shown:
    """A grid of images, one row a class.

    Args:
        pixels: Class name → (images, size, size, 3) uint8; the first `SHOWN_PER_CLASS` are shown.
    """
    rows, columns = len(pixels), min(SHOWN_PER_CLASS, max(map(len, pixels.values())))
    figure = Figure(figsize=(1.02 * columns + 1.1, 1.02 * rows + 0.15), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (name, images) in zip(axes, pixels.items(), strict=True):
        for axis, image in zip(line, images, strict=False):
            step = max(1, image.shape[0] // THUMBNAIL)
            axis.imshow(image[::step, ::step])
        line[0].text(
            -0.08, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=10
        )
    caption = f"Up to {columns} images of each class, picked at random with a fixed seed."
    return picture(figure, caption, f"Sample images of {', '.join(pixels)}", mark)


def twins(pairs: Sequence[tuple[str, np.ndarray]], mark: str) -> Shown:
    """Pairs of images that show the same picture, one above the other; nothing where there are none.

    Args:
        pairs: For each a title, and (2, size, size, 3) uint8.
    """
    if not pairs:
        return Shown("")
    figure = Figure(figsize=(1.02 * len(pairs) + 0.2, 2.4), layout="constrained")
    axes = figure.subplots(2, len(pairs), squeeze=False)
    for column, (title, both) in zip(axes.T, pairs, strict=True):
        column[0].set_title(title, fontsize=9)
        for axis, image in zip(column, both, strict=True):
            step = max(1, image.shape[0] // THUMBNAIL)
            axis.imshow(image[::step, ::step])
            axis.set_axis_off()
    caption = (
        "Pairs of images that show the same picture, with the bits in which their hashes differ."
    )
    return picture(figure, caption, "Pairs of images that show the same picture", mark)


def curves(history: pd.DataFrame, paper: Paper, arm: str, mark: str) -> Shown:
    """Accuracy and loss by epoch: ours (mean and range over seeds) and the paper's printed curve."""
    figure = Figure(figsize=(9.2, 3.9), layout="constrained")
    for axis, metric in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        for part, column, colour in (
            ("train", metric, TRAIN),
            ("validation", f"val_{metric}", VALIDATION),
        ):
            _ours(axis, history[history["arm"] == arm], column, part, colour)
            _theirs(axis, paper, arm, metric, part, colour)
        axis.set(
            xlabel="epoch", ylabel="accuracy" if metric == "accuracy" else "loss (cross-entropy)"
        )
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, frameon=False)
        sns.despine(ax=axis)
    seeds = history["seed"].nunique()
    caption = (
        f"Accuracy and loss by epoch. Solid: ours, mean of {seeds} seeds; band: lowest to highest seed. "
        f"Dashed with circles: the paper's own curve ({_curve_place(paper, arm)})."
    )
    return picture(figure, caption, "Accuracy and loss by epoch, ours and the paper's", mark)


def confusion(one: Confusion, classes: Sequence[str], mark: str) -> Shown:
    """One run's confusion matrix, as counts and as shares of each true class."""
    counts = np.asarray(one.counts)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    size = 0.66 * len(classes) + 1.6
    figure = Figure(figsize=(2 * size + 0.6, size), layout="constrained")
    panels = zip(
        figure.subplots(1, 2),
        ((counts, "d", "counts"), (shares, ".2f", "share of the true class")),
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
        axis.set(xlabel="predicted", ylabel="true", title=title)
        axis.tick_params(axis="x", rotation=35)
        axis.tick_params(axis="y", rotation=0)
    caption = (
        f"Confusion matrix of one run (seed {one.seed}, {counts.sum()} test images): counts, and shares "
        f"of each row."
    )
    return picture(figure, caption, "Confusion matrix as counts and as row shares", mark)


def accuracy_by_seed(
    scores: Sequence[Score], paper: Paper, arm: str, seeds: Sequence[int], mark: str
) -> Shown:
    """Each seed's test accuracy, the mean with the interval of one run, and the paper's number."""
    wanted = (arm, "accuracy", "", "test")
    score = next(one for one in scores if (one.arm, one.metric, one.of, one.part) == wanted)
    figure = Figure(figsize=(9.2, 0.3 * len(seeds) + 1.4), layout="constrained")
    axis = figure.subplots()
    band = _printed_accuracy(axis, paper, arm)
    heights = np.arange(len(seeds), 0, -1)
    axis.plot(score.per_seed, heights, "o", color=TRAIN, label="ours, by seed")
    axis.errorbar(
        score.mean,
        0,
        xerr=[[score.mean - score.low], [score.high - score.mean]],
        fmt="D",
        color=VALIDATION,
        capsize=4,
        label="ours, mean and interval of one run",
    )
    axis.set_yticks([*heights, 0], [*(f"seed {seed}" for seed in seeds), "mean"])
    axis.set(xlabel="test accuracy", ylim=(-0.7, len(seeds) + 0.7))
    axis.grid(axis="x", alpha=0.3)
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    sns.despine(ax=axis)
    caption = f"Test accuracy of every seed. Dashed: the paper's number{band}."
    return picture(figure, caption, "Test accuracy by seed beside the paper's", mark)


def _printed_accuracy(axis: Axes, paper: Paper, arm: str) -> str:
    """Draws the paper's first printed accuracy and its own interval; what the caption says of it."""
    wanted = (arm, "accuracy", None)
    claims = [one for one in paper.claims if (one.arm, one.metric, one.epoch) == wanted]
    if not claims:
        return " (it prints none)"
    claim, n = claims[0], _test_images(paper, arm)
    label = f"paper: {as_printed(claim)} ({claim.where})"
    axis.axvline(claim.value, color=PAPER, ls="--", lw=1.4, label=label)
    if not n:
        return ""
    axis.axvspan(*metrics.wilson(claim.value * n, n), color=PAPER, alpha=0.15, lw=0)
    return f"; grey band: its own 95 % interval (Wilson, {n} test images)"


def _ours(axis: Axes, history: pd.DataFrame, column: str, part: str, colour: str) -> None:
    by_epoch = history.groupby("epoch")[column]
    axis.plot(by_epoch.mean(), color=colour, lw=1.8, label=f"ours, {part}")
    axis.fill_between(
        by_epoch.min().index, by_epoch.min(), by_epoch.max(), color=colour, alpha=0.18, lw=0
    )


def _theirs(axis: Axes, paper: Paper, arm: str, metric: str, part: str, colour: str) -> None:
    points = [
        (claim.epoch, claim.value)
        for claim in paper.claims
        if claim.epoch is not None and (claim.arm, claim.metric, claim.part) == (arm, metric, part)
    ]
    if points:
        axis.plot(
            *zip(*points, strict=True),
            "o--",
            color=colour,
            ms=3,
            lw=1,
            mfc="white",
            label=f"paper, {part}",
        )


def _curve_place(paper: Paper, arm: str) -> str:
    curve = [one for one in paper.claims if one.epoch is not None and one.arm == arm]
    places = dict.fromkeys(claim.where for claim in curve)
    return ", ".join(places) or "not printed"


def _test_images(paper: Paper, arm: str) -> int | None:
    """The paper's number of test images as its classification report prints it."""
    for claim in paper.claims:
        if (claim.arm, claim.metric, claim.of) == (arm, "support", "weighted avg"):
            return int(claim.value)
    return None
