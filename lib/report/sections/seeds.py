"""Test accuracy by seed: a figure beside the paper's number, and a table of the spread."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lib.evaluation import metrics
from lib.papers.declare import Paper
from lib.report.blocks import Block, picture, table
from lib.report.learning import each_learnt_arm
from lib.report.notation import protocol_name, protocol_note
from lib.report.plots import PAPER, SMALL, TRAIN, VALIDATION, frame, name_ticks
from lib.report.subplots import default_style, subplots
from lib.results import Grouping, Learning, Score, headline, headlines

LABEL = 36  # characters a line of the legend


def seed_figure(
    scores: Sequence[Score],
    learning: Sequence[Learning],
    paper: Paper,
    seeds: Sequence[int],
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Each seed's test accuracy of each arm that learnt, the mean, and the paper's number."""

    def arm_block(arm: str) -> Block:
        return _seeds_of_arm(headline(scores, arm), paper, seeds, grouping, marks[arm])

    names = paper.without_variants(score.arm for score in headlines(scores))
    protocol = headlines(scores)[0].protocol
    return each_learnt_arm(names, learning, protocol, arm_block, "figure of the seeds")


@default_style()
def _seeds_of_arm(
    score: Score, paper: Paper, seeds: Sequence[int], grouping: Grouping, mark: str
) -> Block:
    figure, [[axis]] = subplots((9.2, 0.3 * len(seeds) + 1.4))
    printed = _plot_printed_accuracy(axis, paper, score.arm)
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
    name_ticks(axis.yaxis, [*heights, 0], [*(f"seed {seed}" for seed in seeds), "mean"])
    axis.set(xlabel="test accuracy", ylim=(-0.7, len(seeds) + 0.7))
    axis.legend(fontsize=SMALL, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    frame(axis, "x")
    note = protocol_note(protocol_name(grouping, score.protocol))
    caption = f"Test accuracy of every seed. {printed}{note}"
    return picture(figure, caption, "Test accuracy by seed beside the paper's", mark)


def _plot_printed_accuracy(axis: Axes, paper: Paper, arm: str) -> str:
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


def seed_table(
    scores: Sequence[Score],
    paper: Paper,
    seeds: Sequence[int],
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Test accuracy of every seed, and their spread, for each arm; nothing for one seed."""
    if len(seeds) == 1:
        return Block("")
    names = paper.without_variants(score.arm for score in headlines(scores))
    accuracies = [headline(scores, name) for name in names]
    by_seed = zip(*(accuracy.per_seed for accuracy in accuracies), strict=True)
    rows = [
        (f"seed {seed}", *(f"{value:.4f}" for value in values))
        for seed, values in zip(seeds, by_seed, strict=True)
    ]
    rows += [
        ("mean", *(f"{accuracy.mean:.4f}" for accuracy in accuracies)),
        ("standard deviation", *(f"{accuracy.sd:.4f}" for accuracy in accuracies)),
    ]
    bounds = (f"[{accuracy.low:.4f}, {accuracy.high:.4f}]" for accuracy in accuracies)
    rows.append(("interval of one run", *bounds))
    methods = "; ".join(sorted({accuracy.method for accuracy in accuracies}))
    note = protocol_note(protocol_name(grouping, accuracies[0].protocol))
    caption = f"Test accuracy by seed. Interval: {methods}.{note}"
    columns = ("Seed", *(accuracy.arm for accuracy in accuracies))
    return table(rows, columns, caption, marks[""], numeric=range(1, len(columns)))
