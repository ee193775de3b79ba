"""The figure of the summary: every model's accuracy as printed beside what came out, each with its interval."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.papers.declare import Paper
from lib.report.blocks import Block, picture, record_marks
from lib.report.notation import protocol_name, score_interval
from lib.report.plots import GROUPED, OFFICIAL, PAPER, PUBLISHED, SMALL, WHITE, frame, name_ticks
from lib.report.subplots import default_style, subplots
from lib.results import PROTOCOLS, Results, headlines, majority_share

WIDTH, LINE, AXIS = 6.6, 0.19, 0.62  # inches: of the figure, a line, the axis with its title
LOOKS: dict[str, dict[str, Any]] = {
    "published": {"color": PUBLISHED, "marker": "s"},
    "official": {"color": OFFICIAL, "marker": "^"},
    "grouped": {"color": GROUPED, "marker": "D"},
}
PRINTED: dict[str, Any] = {"color": PAPER, "marker": "o", "mfc": WHITE}


class Line(NamedTuple):
    """One line of the figure: an accuracy, or the name of the model whose accuracies follow.

    `value` is None for a name, `low` and `high` are for what was printed, `majority` for both.
    """

    label: str
    text: str
    value: float | None
    low: float | None
    high: float | None
    majority: float | None
    look: dict[str, Any]


def summary_figure(paper: Paper, results: Results) -> Block:
    """Printed against reproduced: the accuracy on test images of every model, a line per number.

    By model the paper's number, then ours under each protocol with the interval of one run; a dashed
    line is the accuracy of always answering with the most frequent class of the training images.
    """
    lines = _lines(paper, results)
    has_printed = any(line.look is PRINTED for line in lines)
    printed = "the paper's number (circle), and " if has_printed else ""
    caption = (
        f"Accuracy on test images: {printed}ours with the 95 % interval of one run. "
        "Dashed: always answering with the most frequent class of the training images."
    )
    return picture(partial(_drawn, lines), caption, _alt(lines), record_marks(results)[""])


@default_style()
def _drawn(lines: Sequence[Line]) -> Figure:
    figure, [[axis]] = subplots((WIDTH, LINE * len(lines) + AXIS))
    for row, line in enumerate(lines):
        if line.value is not None:
            _draw_line(axis, row, line.value, line)
    _write_labels(axis, lines)
    return figure


def _lines(paper: Paper, results: Results) -> list[Line]:
    protocols = sorted({fold.protocol for fold in results.folds}, key=PROTOCOLS.index)
    scores = {
        (score.arm, protocol): score
        for protocol in protocols
        for score in headlines(results.scores, protocol)
    }
    lines = []
    for model in results.models:
        if len(results.models) > 1:
            lines.append(Line(model.arm, "", None, None, None, None, {}))
        claim = paper.printed_accuracy(model.arm)
        if claim:
            lines.append(Line("paper", claim.text, claim.value, None, None, None, PRINTED))
        for protocol in protocols:
            score = scores.get((model.arm, protocol))
            if score:
                majority = majority_share(results.folds, protocol)
                values = (score.mean, score.low, score.high, majority)
                text = score_interval(score)
                name = protocol_name(results.grouping, protocol)
                lines.append(Line(f"{name} split", text, *values, LOOKS[protocol]))
    return lines


def _draw_line(axis: Axes, row: int, value: float, line: Line) -> None:
    axis.plot([value], [row], ls="", ms=6, **line.look)
    if line.low is not None and line.high is not None:
        axis.plot([line.low, line.high], [row, row], color=line.look["color"], lw=2.4)
    if line.majority is not None:
        axis.plot([line.majority] * 2, [row - 0.5, row + 0.5], color=PAPER, lw=1.2, ls="--")


def _write_labels(axis: Axes, lines: Sequence[Line]) -> None:
    """What each line is at the left, its numbers at the right."""
    rows = range(len(lines))
    axis.set_ylim(len(lines) - 0.5, -0.5)
    name_ticks(axis.yaxis, rows, [line.label for line in lines])
    axis.set_xlabel("accuracy on test images", fontsize=SMALL)
    frame(axis, "x")
    numbers = axis.twinx()
    numbers.set_ylim(axis.get_ylim())
    name_ticks(numbers.yaxis, rows, [line.text for line in lines])
    frame(numbers, "x")
    for side in (axis, numbers):
        side.tick_params(axis="y", length=0)
        side.spines["left"].set_visible(False)
    if any(line.value is None for line in lines):
        for line, label in zip(lines, axis.get_yticklabels(), strict=True):
            label.set_fontweight("bold" if line.value is None else "normal")


def _alt(lines: Sequence[Line]) -> str:
    """The figure in words."""
    words = []
    for line in lines:
        if line.value is None:
            words.append(f"{line.label}:")
        elif line.majority is None:
            words.append(f"{line.label} {line.text};")
        else:
            words.append(f"{line.label} {line.text}, majority {line.majority:.3f};")
    return f"Accuracy on test images. {' '.join(words).rstrip(';')}."
