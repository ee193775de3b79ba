"""Accuracy and loss by epoch: ours, and the paper's printed numbers."""

from collections.abc import Mapping
from itertools import cycle

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.papers.declare import Paper
from lib.report.blocks import Block, each_arm, picture, stack
from lib.report.notation import protocol_note
from lib.report.plots import TRAIN, VALIDATION, draw_by_epoch, finish_epochs, shown_protocol_rows
from lib.words import counted

COLOURS, LINES = sns.color_palette("colorblind"), ("-", "--", ":", "-.")


def curve_figure(history: pd.DataFrame, paper: Paper, marks: Mapping[str, str]) -> Block:
    """Accuracy and loss by epoch of each of the paper's arms: ours, and the paper's printed numbers."""
    history = shown_protocol_rows(history)
    names = [arm.name for arm in paper.arms]
    return each_arm(names, lambda arm: _curves_of_arm(history, paper, arm, marks[arm]))


def _curves_of_arm(history: pd.DataFrame, paper: Paper, arm: str, mark: str) -> Block:
    figure = Figure(figsize=(9.2, 3.9), layout="constrained")
    for axis, metric in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        for part, column, colour, style in (
            ("train", metric, TRAIN, "-"),
            ("validation", f"val_{metric}", VALIDATION, "--"),
        ):
            ours = history[history["arm"] == arm]
            draw_by_epoch(axis, ours, column, colour, f"ours, {part}", style)
            _plot_printed(axis, paper, arm, metric, part, colour)
        finish_epochs(axis, "accuracy" if metric == "accuracy" else "loss (cross-entropy)")
    caption = (
        f"Accuracy and loss by epoch. Lines: ours, mean of {counted(history['seed'].nunique(), 'seed')}; "
        f"bands: lowest to highest seed. {_log_text(paper, arm)}"
    )
    caption += protocol_note(history["protocol"].iloc[0])
    alt = f"Accuracy and loss of {arm} by epoch, ours and the paper's"
    return picture(figure, caption, alt, mark)


def _plot_printed(axis: Axes, paper: Paper, arm: str, metric: str, part: str, colour: str) -> None:
    points = sorted(
        (claim.epoch, claim.value)
        for claim in paper.claims
        if claim.epoch is not None and (claim.arm, claim.metric, claim.part) == (arm, metric, part)
    )
    if points:
        look = {"color": colour, "ms": 3, "lw": 1, "mfc": "white"}
        axis.plot(*zip(*points, strict=True), "o:", label=f"paper, {part}", **look)


def _log_text(paper: Paper, arm: str) -> str:
    """What the caption of the arm's curves says of the paper's numbers."""
    log = (claim for claim in paper.claims if claim.epoch is not None and claim.arm == arm)
    places = dict.fromkeys(claim.where for claim in log)
    if not places:
        return "The paper prints no numbers by epoch."
    return f"Circles: the paper's own numbers ({', '.join(places)})."


def validation_figure(history: pd.DataFrame, paper: Paper, marks: Mapping[str, str]) -> Block:
    """Validation accuracy of all the paper's arms in one figure, validation loss in another."""
    history, figures = shown_protocol_rows(history), []
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
        alt = f"Validation {name} of every model by epoch"
        figures.append(picture(figure, caption, alt, marks[""]))
    return stack(figures)
