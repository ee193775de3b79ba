"""The figures of a report, drawn without a display."""

from collections.abc import Mapping
from itertools import cycle

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.papers.declare import Paper
from lib.report.blocks import Shown, each_arm, picture
from lib.report.notation import protocol_note
from lib.report.plots import TRAIN, VALIDATION, draw_by_epoch, finish_epochs, of_shown_protocol
from lib.words import counted

COLOURS, LINES = sns.color_palette("colorblind"), ("-", "--", ":", "-.")


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
