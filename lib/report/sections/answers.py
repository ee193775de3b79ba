"""Figures of single images and of what the models answer."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.report.blocks import Block, paragraph, picture
from lib.report.learning import left_out
from lib.report.plots import PAPER, RIGHT, VALIDATION, WRONG, frame, show_thumbnail
from lib.report.subplots import default_style, subplots
from lib.results import Learning, has_learnt
from lib.words import counted

COLUMNS = 7  # of the gallery, as kumar's program draws it
TITLE = 20  # characters per line above one of its images


@default_style()
def gallery_figure(
    rows: pd.DataFrame,
    pixels: np.ndarray,
    learning: Sequence[Learning],
    marks: Mapping[str, str],
) -> Block:
    """Test images with their predicted class: right in green, wrong in red; none of an arm that did not learn.

    Args:
        rows: Of predictions.csv, test images of one arm under one protocol.
        pixels: (rows, size, size, 3) uint8: their images.
    """
    arm = rows["arm"].iloc[0]
    if not has_learnt(learning, arm, rows["protocol"].iloc[0]):
        return paragraph(left_out("gallery", [arm]), marks[arm])
    columns = min(COLUMNS, len(pixels))
    lines = -(-len(pixels) // columns)
    figure, grid = subplots((1.3 * columns, 1.62 * lines), lines, columns)
    axes = grid.ravel()
    for axis in axes:
        axis.set_axis_off()
    answers = list(zip(pixels, rows["true"], rows["predicted"], strict=True))
    for axis, (image, true, predicted) in zip(axes, answers, strict=False):
        show_thumbnail(axis, image)
        right = true == predicted
        words = [f"✓ {predicted}"] if right else [f"✗ {predicted}", f"(is: {true})"]
        title = "\n".join(textwrap.fill(line, TITLE) for line in words)
        axis.set_title(title, fontsize=8, color=RIGHT if right else WRONG)
    images = counted(len(rows), "test image")
    hits = int((rows["true"] == rows["predicted"]).sum())
    seeds = ", ".join(map(str, rows["seed"].unique()))
    caption = (
        f"{images} of {arm}, seed {seeds}: {hits} right (green, ✓), "
        f"{len(rows) - hits} wrong (red, ✗)."
    )
    return picture(figure, caption, f"{images} with predicted classes", marks[arm])


@default_style()
def photo_figure(
    pixels: np.ndarray,
    origin: str,
    probabilities: Sequence[np.ndarray],
    classes: Sequence[str],
    learning: Sequence[Learning],
    marks: Mapping[str, str],
    *,
    arm: str,
    protocol: str,
) -> Block:
    """One image and the probability of every class, by each trained model; none of an arm that did not learn.

    Args:
        pixels: (size, size, 3) uint8.
        origin: Where the image is from.
        probabilities: (classes,) of each trained model, one per seed.
    """
    if not has_learnt(learning, arm, protocol):
        return paragraph(left_out("answer to the photograph", [arm]), marks[arm])
    given = np.stack(probabilities)
    figure, [[left, right]] = subplots((8.4, 2.9), 1, 2, (1, 2))
    left.imshow(pixels)
    left.set_axis_off()
    mean = given.mean(0)
    colours = [VALIDATION if label == mean.argmax() else PAPER for label in range(len(classes))]
    right.barh(range(len(classes)), mean, color=colours, alpha=0.7)
    for row, values in enumerate(given.T):
        right.plot(values, np.full(len(values), row), "k|", ms=9)
    right.set_yticks(range(len(classes)), classes)
    right.set(xlabel="probability", xlim=(0, 1.02))
    right.invert_yaxis()
    frame(right, "x")
    called = classes[int(mean.argmax())]
    confidence = f"{100 * mean.max():.2f} %"
    if len(probabilities) == 1:
        told = f"classified by the trained model as {called}, with a confidence of {confidence}."
    else:
        votes = int((given.argmax(1) == mean.argmax()).sum())
        told = (
            f"classified by {len(probabilities)} trained models, one per seed: {votes} of {len(probabilities)} called "
            f"it {called}; mean confidence {confidence} (bars: mean; strokes: single models)."
        )
    caption = f"One image ({origin}), {told}"
    return picture(figure, caption, f"One image, classified as {called}", marks[arm])
