"""The figures of a report, drawn without a display."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.paper import Paper
from lib.report.shown import Shown, each_arm, picture
from lib.report.words import PARTS, counted, protocol_note, shown_protocol
from lib.results import Confusion

# Okabe and Ito's colours: told apart by colour-blind readers, and in grey by their line styles.
TRAIN, VALIDATION, PAPER = "#0072B2", "#D55E00", "#555555"
DOTTED = 30  # epochs up to which each is marked
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
            axis.imshow(thumbnail(image))
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
            axis.imshow(thumbnail(image))
            axis.set_axis_off()
    caption = (
        "Pairs of images that show the same picture, with the bits in which their hashes differ."
    )
    return picture(figure, caption, "Pairs of images that show the same picture", mark)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """Every so many-th pixel of (size, size, 3): about `THUMBNAIL` a side."""
    step = max(1, image.shape[0] // THUMBNAIL)
    return image[::step, ::step]


def curves(history: pd.DataFrame, paper: Paper, marks: Mapping[str, str]) -> Shown:
    """Accuracy and loss by epoch of each of the paper's arms: ours, and the paper's printed numbers."""
    history = of_shown_protocol(history)
    names = [arm.name for arm in paper.arms]
    return each_arm(names, lambda arm: _curves(history, paper, arm, marks[arm]))


def _curves(history: pd.DataFrame, paper: Paper, arm: str, mark: str) -> Shown:
    figure = Figure(figsize=(9.2, 3.9), layout="constrained")
    for axis, metric in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        for part, column, colour, style in (
            ("train", metric, TRAIN, "-"),
            ("validation", f"val_{metric}", VALIDATION, "--"),
        ):
            ours = history[history["arm"] == arm]
            draw_by_epoch(axis, ours, column, colour, f"ours, {part}", style)
            _theirs(axis, paper, arm, metric, part, colour)
        finish_epochs(axis, "accuracy" if metric == "accuracy" else "loss (cross-entropy)")
    caption = (
        f"Accuracy and loss by epoch. Lines: ours, mean of {counted(history['seed'].nunique(), 'seed')}; "
        f"bands: lowest to highest seed. {_curve_place(paper, arm)}"
    )
    caption += protocol_note(history["protocol"].iloc[0])
    return picture(
        figure, caption, f"Accuracy and loss of {arm} by epoch, ours and the paper's", mark
    )


def of_shown_protocol(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the one protocol whose curves are shown."""
    return history[history["protocol"] == shown_protocol(history["protocol"])]


def draw_by_epoch(
    axis: Axes,
    history: pd.DataFrame,
    column: str,
    colour: str | tuple[float, ...],
    label: str,
    style: str = "-",
) -> None:
    """One column of a history against the epoch: mean over seeds in a band from lowest to highest."""
    by_epoch = history.groupby("epoch")[column]
    mean, low, high = by_epoch.mean(), by_epoch.min(), by_epoch.max()
    # A line through one point would not be seen, dots on a long line only hide its style.
    dots = "." if len(mean) <= DOTTED else ""
    axis.plot(mean, style, marker=dots, color=colour, lw=1.8, label=label)
    axis.fill_between(low.index, low, high, color=colour, alpha=0.18, lw=0)


def finish_epochs(axis: Axes, ylabel: str) -> None:
    """Axes, grid and legend of curves by epoch."""
    axis.set(xlabel="epoch", ylabel=ylabel)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, frameon=False)
    sns.despine(ax=axis)


def confusion(found: Sequence[Confusion], paper: Paper, marks: Mapping[str, str]) -> Shown:
    """Confusion matrices of one run of each of the paper's arms, as counts and as row shares."""
    protocol = shown_protocol(one.protocol for one in found)

    def of_arm(name: str) -> Shown:
        ours = [one for one in found if (one.arm, one.protocol) == (name, protocol)]
        return Shown("".join(_confusion(one, paper.class_names, marks[name]).html for one in ours))

    return each_arm([arm.name for arm in paper.arms], of_arm)


def _confusion(one: Confusion, classes: Sequence[str], mark: str) -> Shown:
    counts = np.asarray(one.counts)
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
    caption = (
        f"Confusion matrix of one run (seed {one.seed}, {counts.sum()} {PARTS[one.part]}): counts, and "
        f"shares of each row.{protocol_note(one.protocol)}"
    )
    alt = f"Confusion matrix of {one.arm} on {PARTS[one.part]} as counts and as row shares"
    return picture(figure, caption, alt, mark)


def _theirs(axis: Axes, paper: Paper, arm: str, metric: str, part: str, colour: str) -> None:
    points = sorted(
        (claim.epoch, claim.value)
        for claim in paper.claims
        if claim.epoch is not None and (claim.arm, claim.metric, claim.part) == (arm, metric, part)
    )
    if points:
        axis.plot(
            *zip(*points, strict=True),
            "o:",
            color=colour,
            ms=3,
            lw=1,
            mfc="white",
            label=f"paper, {part}",
        )


def _curve_place(paper: Paper, arm: str) -> str:
    """What the caption of the arm's curves says of the paper's numbers."""
    curve = [one for one in paper.claims if one.epoch is not None and one.arm == arm]
    places = dict.fromkeys(claim.where for claim in curve)
    if not places:
        return "The paper prints no numbers by epoch."
    return f"Circles: the paper's own numbers ({', '.join(places)})."
