"""Accuracy and loss by epoch: ours, and the paper's printed numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.papers.declare import Claim, Paper
from lib.report.blocks import Block, paragraph, picture
from lib.report.learning import left_out, unlearnt
from lib.report.notation import capitalised, protocol_name
from lib.report.plots import (
    SMALL,
    TRAIN,
    VALIDATION,
    WHITE,
    draw_by_epoch,
    frame_epochs,
    series_looks,
)
from lib.report.subplots import default_style, subplots
from lib.results import PROTOCOLS, Grouping, Learning
from lib.words import counted, listed

WIDTH = 9.2  # inches
PANEL = {1: 2.6, 2: 1.9}  # inches that a panel is high, by the number of protocols
STEEP = 30  # times the lowest loss
METRICS = {"accuracy": "accuracy", "loss": "loss (cross-entropy)"}
MARKERS = {"train": "o", "validation": "s"}  # of the paper's numbers
PARTS = (("train", "", TRAIN, "-"), ("validation", "val_", VALIDATION, "--"))


def curve_figure(
    history: pd.DataFrame,
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Accuracy and loss by epoch of every arm and variant that learnt, and a sentence that names the others.

    Args:
        history: Rows as in history.csv.
        learning: Of the run.
    """
    others = left_out("learning curves", unlearnt(_names(history, paper), learning, grouping))
    history = _learnt(history, learning)
    figure = Block("") if history.empty else _curve_figure(history, paper, grouping, marks)
    return figure + paragraph(others) if others else figure


def _learnt(history: pd.DataFrame, learning: Sequence[Learning]) -> pd.DataFrame:
    """The rows of what learnt, by arm and protocol."""
    keys = {(record.arm, record.protocol) for record in learning if record.outcome == "learnt"}
    return history[[key in keys for key in zip(history["arm"], history["protocol"], strict=True)]]


@default_style()
def _curve_figure(
    history: pd.DataFrame, paper: Paper, grouping: Grouping, marks: Mapping[str, str]
) -> Block:
    """A small plot of every arm and variant for each metric and protocol.

    The paper's printed numbers stand with its arms under the first protocol, which is its own if that
    was run. Those of epochs that were not run stand at the right edge, the last of each curve alone.
    """
    protocols, names = _protocols(history), _names(history, paper)
    figure, grid = subplots((WIDTH, _height(protocols, len(names))), len(names), 2 * len(protocols))
    columns = [(metric, protocol) for metric in METRICS for protocol in protocols]
    for arm, axes in zip(names, grid, strict=True):
        for axis, (metric, protocol) in zip(axes, columns, strict=True):
            ours = history[(history["arm"] == arm) & (history["protocol"] == protocol)]
            log = _log(paper, arm, metric) if protocol == protocols[0] else []
            _draw_curves(axis, ours, metric, log)
        axes[0].set_ylabel(arm)
    _share_heights(grid, len(protocols))
    for axis in grid[[_is_steep(history, arm) for arm in names], len(protocols)]:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
    _title_columns(grid, [(metric, protocol_name(grouping, name)) for metric, name in columns])
    _add_legend(figure)
    alt = _alt("Accuracy and loss by epoch", history, grouping, names)
    return picture(figure, _caption(history, paper, grouping), alt, marks[""])


def _protocols(history: pd.DataFrame) -> list[str]:
    return sorted(history["protocol"].unique(), key=PROTOCOLS.index)


def _names(history: pd.DataFrame, paper: Paper) -> list[str]:
    """The arms and variants that were trained, in the order of the declaration; borrowed ones last."""
    trained = list(dict.fromkeys(history["arm"]))
    declared = [arm.name for arm in paper.every_arm if arm.name in trained]
    return [*declared, *(name for name in trained if name not in declared)]


def _height(protocols: Sequence[str], rows: int) -> float:
    return PANEL[min(len(protocols), 2)] * rows + 0.7


def _log(paper: Paper, arm: str, metric: str) -> list[Claim]:
    """What the paper prints of an arm's metric by epoch, in the order of the epochs."""
    log = (claim for claim in paper.claims if claim.epoch is not None)
    of_metric = (claim for claim in log if (claim.arm, claim.metric, claim.of) == (arm, metric, ""))
    return sorted(of_metric, key=lambda claim: (claim.epoch, claim.value))


def _draw_curves(axis: Axes, ours: pd.DataFrame, metric: str, log: Sequence[Claim]) -> None:
    """Nothing where the arm learnt under another protocol alone."""
    if ours.empty:
        axis.set_axis_off()
        return
    epochs = int(ours["epoch"].max())
    frame_epochs(axis, epochs)
    for part, prefix, colour, style in PARTS:
        draw_by_epoch(axis, ours, f"{prefix}{metric}", colour, f"ours, {part}", style)
        claims = {claim: claim.epoch or 0 for claim in log if claim.part == part}
        inside = [claim for claim, epoch in claims.items() if epoch <= epochs]
        _draw_printed(axis, inside, part, colour)
        beyond = [claim for claim, epoch in claims.items() if epoch > epochs]
        _draw_beyond(axis, beyond, part, colour)


def _draw_printed(axis: Axes, claims: Sequence[Claim], part: str, colour: str) -> None:
    if claims:
        points = [(claim.epoch, claim.value) for claim in claims]
        look: dict[str, Any] = {"color": colour, "ms": 3.5, "lw": 1, "ls": ":", "mfc": WHITE}
        axis.plot(*zip(*points, strict=True), MARKERS[part], label=f"paper, {part}", **look)


def _draw_beyond(axis: Axes, claims: Sequence[Claim], part: str, colour: str) -> None:
    """The last of the epochs that were not run, at the right edge."""
    if claims:
        inside = {"train": WHITE, "validation": colour}[part]
        look: dict[str, Any] = {"color": colour, "ms": 6, "mfc": inside, "clip_on": False, "ls": ""}
        edge = axis.get_xlim()[1]
        axis.plot([edge], [claims[-1].value], ">", label=f"paper, {part}, later epoch", **look)


def _share_heights(grid: np.ndarray, protocols: int) -> None:
    """One scale for all accuracies, and one for each arm's losses, so that they compare at sight."""
    for accuracies, losses in zip(grid[:, :protocols], grid[:, protocols:], strict=True):
        for axis in accuracies:
            if axis is not grid[0, 0]:
                axis.sharey(grid[0, 0])
        for axis in losses[1:]:
            axis.sharey(losses[0])
        for axis in (*accuracies[1:], *losses[1:]):
            axis.tick_params(labelleft=False)


def _is_steep(history: pd.DataFrame, arm: str) -> bool:
    """Whether an arm's losses can be read on a logarithmic scale alone."""
    losses = history.loc[history["arm"] == arm, ["loss", "val_loss"]].to_numpy()
    return bool(losses.min() > 0 and losses.max() > STEEP * losses.min())


def _title_columns(grid: np.ndarray, columns: Sequence[tuple[str, str]]) -> None:
    several = len({protocol for _, protocol in columns}) > 1
    for axis, (metric, protocol) in zip(grid[0], columns, strict=True):
        title = f"{metric}, {protocol}" if several else METRICS[metric]
        axis.set_title(title, fontsize=10, y=1)  # else its place is searched for at every drawing
    for axis in grid[-1]:
        axis.set_xlabel("epoch")


def _add_legend(figure: Figure) -> None:
    """One for all plots, of every kind of line once."""
    lines = {str(line.get_label()): line for axis in figure.axes for line in axis.lines}
    handles = [lines[label] for label in sorted(lines)]
    columns = len(handles) if len(handles) <= 4 else 3
    look: dict[str, Any] = {"ncols": columns, "fontsize": SMALL, "frameon": False}
    figure.legend(handles=handles, loc="outside upper center", **look)


def _caption(history: pd.DataFrame, paper: Paper, grouping: Grouping) -> str:
    names = _names(history, paper)
    text = (
        f"Accuracy and loss by epoch of {listed(names)}. Lines: the mean of "
        f"{_fits(history, grouping)}. "
        f"{_printed_text(history, paper, names)}"
    )
    steep = [arm for arm in names if _is_steep(history, arm)]
    return f"{text} The losses of {listed(steep)} have a logarithmic scale." if steep else text


def _fits(history: pd.DataFrame, grouping: Grouping) -> str:
    """How many trainings of an arm the lines stand for: "2 fits (published protocol); bands: lowest to highest"."""
    fits = history.drop_duplicates(["protocol", "arm", "seed", "fold"])
    texts = []
    for protocol in _protocols(fits):
        of_protocol = fits[fits["protocol"] == protocol]
        count = int((of_protocol["arm"] == of_protocol["arm"].iloc[0]).sum())
        texts.append(f"{counted(count, 'fit')} ({protocol_name(grouping, protocol)})")
    several = fits.duplicated(["protocol", "arm"]).any()
    return listed(texts) + ("; bands: lowest to highest" if several else "")


def _printed_text(history: pd.DataFrame, paper: Paper, names: Sequence[str]) -> str:
    """What the caption says of the paper's numbers."""
    log = [claim for arm in names for metric in METRICS for claim in _log(paper, arm, metric)]
    if not log:
        return "The paper prints no numbers by epoch."
    places = "; ".join(dict.fromkeys(claim.where for claim in log))
    run = history.groupby("arm")["epoch"].max()
    later = {claim.arm: claim.epoch for claim in log if claim.epoch > run[claim.arm]}
    sentences = [f"The paper's numbers: {places}."]
    drawn = {claim.part for claim in log if claim.epoch <= run[claim.arm]}
    shapes = {
        "train": "circles: training images",
        "validation": "squares: validation images",
    }
    if drawn:
        sentences.append(
            capitalised("; ".join(shapes[part] for part in shapes if part in drawn)) + "."
        )
    if later:
        epochs = listed(f"{epoch} of {arm}" for arm, epoch in later.items())
        sentences.append(f"Triangles: its last epoch, not run here ({epochs}).")
    return " ".join(sentences)


def _alt(title: str, history: pd.DataFrame, grouping: Grouping, names: Sequence[str]) -> str:
    """A figure in words: where the validation accuracy of each arm starts and ends."""
    sentences = []
    for arm in names:
        for protocol in _protocols(history):
            of_arm = history[(history["arm"] == arm) & (history["protocol"] == protocol)]
            if of_arm.empty:
                continue
            mean = of_arm.groupby("epoch")["val_accuracy"].mean()
            sentences.append(
                f"{arm}, {protocol_name(grouping, protocol)}: {mean.iloc[0]:.3f} after epoch {mean.index[0]}, "
                f"{mean.iloc[-1]:.3f} after epoch {mean.index[-1]}."
            )
    return f"{title}. Validation accuracy: {' '.join(sentences)}"


@default_style()
def validation_figure(
    history: pd.DataFrame,
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Validation accuracy and loss by epoch of all that learnt in one plot, a row per protocol.

    Nothing where nothing learnt: `curve_figure` says so.

    Args:
        history: Rows as in history.csv.
        learning: Of the run.
    """
    history = _learnt(history, learning)
    if history.empty:
        return Block("")
    protocols, names = _protocols(history), _names(history, paper)
    looks = series_looks(len(names))
    height = PANEL[1] * len(protocols) + 0.7
    figure, grid = subplots((WIDTH, height), len(protocols), 2)
    for protocol, axes in zip(protocols, grid, strict=True):
        of_protocol = history[history["protocol"] == protocol]
        for axis, metric in zip(axes, METRICS, strict=True):
            frame_epochs(axis, int(of_protocol["epoch"].max()))
            for arm, look in zip(names, looks, strict=True):
                ours = of_protocol[of_protocol["arm"] == arm]
                if ours.empty:
                    continue
                draw_by_epoch(axis, ours, f"val_{metric}", look["color"], arm, look["ls"])
        axes[0].set_ylabel(protocol_name(grouping, protocol))
    for axis, metric in zip(grid[0], METRICS.values(), strict=True):
        axis.set_title(f"validation {metric}", fontsize=10)
    for axis in grid[-1]:
        axis.set_xlabel("epoch")
    lines = {line.get_label(): line for axis in grid[:, 0] for line in axis.lines}
    figure.legend(
        handles=[lines[arm] for arm in names],
        loc="outside upper center",
        ncols=3,
        fontsize=SMALL,
        frameon=False,
    )
    caption = (
        f"Validation accuracy and loss of all models by epoch. Lines: the mean of "
        f"{_fits(history, grouping)}."
    )
    alt = _alt("Validation accuracy and loss of all models by epoch", history, grouping, names)
    return picture(figure, caption, alt, marks[""])
