"""Figures of single images and of what a model makes of them, and of several models in one."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from lib.paper import Arm, Paper
from lib.report.figures import (
    PAPER,
    VALIDATION,
    draw_by_epoch,
    finish_epochs,
    of_shown_protocol,
    thumbnail,
)
from lib.report.shown import Shown, picture, table
from lib.report.words import counted, protocol_note

RIGHT, WRONG = "#14663a", "#b3261e"
COLUMNS = 7  # of the gallery, as kumar's program draws it
TITLE = 20  # characters a line above one of its images
COLOURS, LINES = sns.color_palette("colorblind"), ("-", "--", ":", "-.")


def augmentation(
    arm: Arm, original: np.ndarray, previews: Mapping[str, np.ndarray], mark: str
) -> Shown:
    """The arm's random changes in words, and what each makes of one image.

    Args:
        original: (size, size, 3) uint8.
        previews: From `lib.preprocessing.previews`.
    """
    declared = arm.augmentation
    source = getattr(declared, "where", None) or declared.reason
    rows = [(str(one), source) for one in declared.value]
    told = table(
        rows, ("Random change, at training time only", "Where"), f"Augmentation of {arm.name}."
    )
    if not previews:
        return told
    columns = 1 + max(map(len, previews.values()))
    figure = Figure(figsize=(1.25 * columns, 1.45 * len(previews)), layout="constrained")
    axes = figure.subplots(len(previews), columns, squeeze=False)
    for line, (name, versions) in zip(axes, previews.items(), strict=True):
        for axis, image in zip(line, (original, *versions), strict=True):
            axis.imshow(thumbnail(image))
            axis.set_axis_off()
        line[0].set_title("original", fontsize=8)
        # A title in the layout would push its neighbours away: it is wider than one image.
        place = {"xycoords": "axes fraction", "xytext": (0, 6), "textcoords": "offset points"}
        above = line[1].annotate(name, (0, 1), **place, fontsize=8)
        above.set_in_layout(False)
    caption = "One training image and random draws of each change; every epoch draws anew."
    return told + picture(figure, caption, f"Augmentation: {', '.join(previews)}", mark)


def validation_curves(history: pd.DataFrame, paper: Paper, mark: str) -> Shown:
    """Validation accuracy of all the paper's arms in one figure, validation loss in another."""
    shown, history = Shown(""), of_shown_protocol(history)
    for column, name in (("val_accuracy", "accuracy"), ("val_loss", "loss")):
        figure = Figure(figsize=(7.4, 3.6), layout="constrained")
        axis = figure.subplots()
        for colour, style, arm in zip(COLOURS, cycle(LINES), paper.arms, strict=False):
            ours = history[history["arm"] == arm.name]
            draw_by_epoch(axis, ours, column, colour, arm.name, style)
        finish_epochs(axis, f"validation {name}")
        seeds = counted(history["seed"].nunique(), "seed")
        caption = (
            f"Validation {name} by epoch of every model. Lines: mean of {seeds}; bands: lowest to "
            f"highest seed.{protocol_note(history['protocol'].iloc[0])}"
        )
        shown += picture(figure, caption, f"Validation {name} of every model by epoch", mark)
    return shown


def gallery(rows: pd.DataFrame, pixels: np.ndarray, mark: str) -> Shown:
    """Test images with their predicted class: right in green, wrong in red.

    Args:
        rows: Of predictions.csv, test images of one arm.
        pixels: (rows, size, size, 3) uint8: their images.
    """
    columns = min(COLUMNS, len(pixels))
    lines = -(-len(pixels) // columns)
    figure = Figure(figsize=(1.3 * columns, 1.62 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    answers = list(zip(pixels, rows["true"], rows["predicted"], strict=True))
    for axis, (image, true, predicted) in zip(axes, answers, strict=False):
        axis.imshow(thumbnail(image))
        right = true == predicted
        told = [f"✓ {predicted}"] if right else [f"✗ {predicted}", f"(is: {true})"]
        title = "\n".join(textwrap.fill(one, TITLE) for one in told)
        axis.set_title(title, fontsize=8, color=RIGHT if right else WRONG)
    hits, images = int((rows["true"] == rows["predicted"]).sum()), counted(len(rows), "test image")
    seeds = ", ".join(map(str, rows["seed"].unique()))
    caption = (
        f"{images} of {rows['arm'].iloc[0]}, seed {seeds}: {hits} right (green, ✓), "
        f"{len(rows) - hits} wrong (red, ✗)."
    )
    return picture(figure, caption, f"{images} with predicted classes", mark)


def photo(
    pixels: np.ndarray,
    origin: str,
    probabilities: Sequence[np.ndarray],
    classes: Sequence[str],
    mark: str,
) -> Shown:
    """One image and the probability of every class, by each trained model.

    Args:
        pixels: (size, size, 3) uint8.
        origin: Where the image is from.
        probabilities: (classes,) of each trained model, one a split.
    """
    probabilities = np.stack(probabilities)
    figure = Figure(figsize=(8.4, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    left.imshow(pixels)
    left.set_axis_off()
    mean = probabilities.mean(0)
    colours = [VALIDATION if one == mean.argmax() else PAPER for one in range(len(classes))]
    right.barh(range(len(classes)), mean, color=colours, alpha=0.7)
    for row, values in enumerate(probabilities.T):
        right.plot(values, np.full(len(values), row), "k|", ms=9)
    right.set_yticks(range(len(classes)), classes)
    right.set(xlabel="probability", xlim=(0, 1.02))
    right.invert_yaxis()
    sns.despine(ax=right)
    called = classes[int(mean.argmax())]
    votes = int((probabilities.argmax(1) == mean.argmax()).sum())
    models = counted(len(probabilities), "trained model")
    caption = (
        f"One image ({origin}), classified by {models}, one a split: {votes} of {len(probabilities)} "
        f"called it {called}; mean confidence {100 * mean.max():.2f} % (bars: mean; strokes: single "
        f"models)."
    )
    return picture(figure, caption, f"One image, classified as {called}", mark)
