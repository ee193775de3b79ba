"""The figure of test accuracy by seed, beside the paper's number."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.evaluation import metrics
from lib.papers.declare import Paper
from lib.report.blocks import Shown, each_arm, picture, table
from lib.report.notation import protocol_note
from lib.report.plots import PAPER, TRAIN, VALIDATION
from lib.results import Score, headline

LABEL = 36  # characters a line of the legend


def accuracy_by_seed(
    scores: Sequence[Score], paper: Paper, seeds: Sequence[int], marks: Mapping[str, str]
) -> Shown:
    """Each seed's test accuracy, the mean with the interval of one run, and the paper's number."""
    names = [arm.name for arm in paper.arms]
    return each_arm(names, lambda arm: _accuracy_by_seed(scores, paper, arm, seeds, marks[arm]))


def _accuracy_by_seed(
    scores: Sequence[Score], paper: Paper, arm: str, seeds: Sequence[int], mark: str
) -> Shown:
    score = headline(scores, arm)
    figure = Figure(figsize=(9.2, 0.3 * len(seeds) + 1.4), layout="constrained")
    axis = figure.subplots()
    told = _printed_accuracy(axis, paper, arm)
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
    caption = f"Test accuracy of every seed. {told}{protocol_note(score.protocol)}"
    return picture(figure, caption, "Test accuracy by seed beside the paper's", mark)


def _printed_accuracy(axis: Axes, paper: Paper, arm: str) -> str:
    """Draws the paper's first printed accuracy and its own interval; what the caption says of it."""
    claim = paper.printed_accuracy(arm)
    if claim is None:
        return "The paper prints none for test images."
    n = paper.support(arm, "test")
    label = textwrap.fill(f"paper: {claim.text} ({claim.where})", LABEL)
    axis.axvline(claim.value, color=PAPER, ls="--", lw=1.4, label=label)
    if not n:
        return "Dashed: the paper's number."
    axis.axvspan(*metrics.wilson(claim.value * n, n), color=PAPER, alpha=0.15, lw=0)
    return (
        f"Dashed: the paper's number; grey band: its own 95 % interval (Wilson, {n} test images)."
    )


def seeds(
    scores: Sequence[Score], paper: Paper, numbers: Sequence[int], marks: Mapping[str, str]
) -> Shown:
    """Test accuracy of every seed in `numbers`, and their spread, for each of the paper's arms."""
    found = [headline(scores, arm.name) for arm in paper.arms]
    rows = [
        (f"seed {seed}", *values) for seed, values in zip(numbers, _by_seed(found), strict=True)
    ]
    rows.append(("mean", *(f"{one.mean:.4f}" for one in found)))
    spread = ("one seed has none" if one.sd is None else f"{one.sd:.4f}" for one in found)
    rows.append(("standard deviation", *spread))
    rows.append(("interval of one run", *(f"{one.low:.4f} – {one.high:.4f}" for one in found)))
    methods = "; ".join(sorted({one.method for one in found}))
    caption = f"Test accuracy by seed. Interval: {methods}.{protocol_note(found[0].protocol)}"
    columns = ("Seed", *(one.arm for one in found))
    return table(rows, columns, caption, marks[""], numeric=tuple(range(1, len(columns))))


def _by_seed(found: Sequence[Score]) -> list[tuple[str, ...]]:
    return list(zip(*([f"{value:.4f}" for value in one.per_seed] for one in found), strict=True))
