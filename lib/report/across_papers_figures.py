"""The figures over all papers: printed against measured accuracy, and what leaks are worth."""

from collections.abc import Callable, Sequence
from textwrap import shorten
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lib.report.across_papers import Measurement, possible_interval
from lib.report.blocks import Block, paragraph, picture, provenance_mark, stack
from lib.report.notation import difference_interval, protocol_name, score_interval
from lib.report.plots import GROUPED, OFFICIAL, PAPER, PUBLISHED, SMALL, WHITE, frame
from lib.report.subplots import default_style, subplots
from lib.results import PROTOCOLS, Gap

WIDTH, LINE, AXIS = 9.2, 0.34, 1.0  # inches: of a figure, of a row, of the axis with its title
LONGEST = 44  # characters of what the images are, beside a row
APART = 0.24  # of a row, between its numbers
LOOKS: dict[str, dict[str, Any]] = {
    "published": {"color": PUBLISHED, "marker": "s"},
    "official": {"color": OFFICIAL, "marker": "^"},
    "grouped": {"color": GROUPED, "marker": "D"},
}
PRINTED: dict[str, Any] = {"color": PAPER, "marker": "o", "mfc": WHITE}
NAMES = {
    "published": "published split",
    "official": "official split",
    "grouped": "grouped split",
}


def accuracy_figures(measurements: Sequence[Measurement]) -> Block:
    """Every row's accuracies beside the printed one, with intervals; drawn images have a marked figure of their own."""
    measured = [measurement for measurement in measurements if measurement.scores]
    return _each_kind(measured, _accuracy_figure)


def gap_figures(measurements: Sequence[Measurement]) -> Block:
    """What the published split gives above the grouped one, row by row; drawn images apart, as above.

    A sentence where both were run of no model.
    """
    with_gap = [measurement for measurement in measurements if measurement.gap]
    if measurements and not with_gap:
        return paragraph("No model was measured under both the published and the grouped split.")
    return _each_kind(with_gap, _gap_figure)


def _each_kind(
    measurements: Sequence[Measurement], draw: Callable[[Sequence[Measurement], str], Block]
) -> Block:
    """A figure of what was measured on real images and one of what was on drawn ones."""
    blocks = []
    for is_drawn in (False, True):
        rows = [row for row in measurements if (row.kind == "phantom") == is_drawn]
        kinds = {row.kind for row in rows}
        if rows:
            kind = kinds.pop() if len(kinds) == 1 else None
            mark = provenance_mark(kind) if kind else ""
            blocks.append(draw(rows, mark))
    return stack(blocks)


@default_style()
def _accuracy_figure(measurements: Sequence[Measurement], mark: str) -> Block:
    figure, axis = _rows_with_names(measurements)
    for row, measurement in enumerate(measurements):
        _draw_printed(axis, row - APART, measurement)
        protocols = [name for name in PROTOCOLS if name in measurement.scores]
        for number, protocol in enumerate(protocols):
            score, place = measurement.scores[protocol], row + APART * number
            look = LOOKS[protocol]
            axis.plot([score.low, score.high], [place, place], color=look["color"], lw=2)
            axis.plot([score.mean], [place], ls="", ms=5, **look)
        for share in {*measurement.majority.values()}:
            axis.plot([share, share], [row - 0.45, row + 0.45], color=PAPER, lw=1, ls="--")
    axis.set_xlabel("accuracy on test images", fontsize=SMALL)
    _write_legend(axis, measurements)
    caption = (
        "Accuracy on test images of every model on every set of images, with the 95 % interval of one run, beside "
        "the printed accuracy, with the interval that the audit leaves possible. Dashed: always giving the most "
        "frequent answer."
    )
    return picture(figure, caption, _accuracies_in_words(measurements), mark)


def _draw_printed(axis: Axes, place: float, measurement: Measurement) -> None:
    if measurement.printed is None:
        return
    if bounds := possible_interval(measurement):
        axis.plot(bounds, [place, place], color=PAPER, lw=2)
    axis.plot([measurement.printed.value], [place], ls="", ms=5, **PRINTED)


def _write_legend(axis: Axes, measurements: Sequence[Measurement]) -> None:
    shown = [
        name
        for name in PROTOCOLS
        if any(name in measurement.scores for measurement in measurements)
    ]
    handles = [Line2D([], [], ls="", ms=5, label="printed", **PRINTED)]
    handles += [Line2D([], [], ls="", ms=5, label=NAMES[name], **LOOKS[name]) for name in shown]
    axis.figure.legend(
        handles=handles,
        loc="outside upper right",
        ncols=len(handles),
        fontsize=SMALL,
        frameon=False,
    )


@default_style()
def _gap_figure(measurements: Sequence[Measurement], mark: str) -> Block:
    figure, axis = _rows_with_names(measurements)
    axis.axvline(0, color=PAPER, lw=1)
    for row, gap in enumerate(_gaps(measurements)):
        axis.plot([gap.low, gap.high], [row, row], color=PUBLISHED, lw=2)
        axis.plot([gap.mean], [row], ls="", ms=5, color=PUBLISHED, marker="s")
    axis.set_xlabel("accuracy under the published split less under the grouped one", fontsize=SMALL)
    caption = (
        "What the published split gives above the grouped one, with the 95 % interval: to the right of 0, accuracy "
        "that comes from test images whose group was trained on, or from more training images."
    )
    return picture(figure, caption, _gaps_in_words(measurements), mark)


@default_style()
def _rows_with_names(measurements: Sequence[Measurement]) -> tuple[Figure, Axes]:
    """A figure with a row for each: the model and its images at the left, the paper where its rows begin."""
    figure, [[axis]] = subplots((WIDTH, LINE * len(measurements) + AXIS))
    axis.set_ylim(len(measurements) - 0.4, -0.6)
    axis.set_yticks(range(len(measurements)), [_row_name(row) for row in measurements])
    slugs = [measurement.paper.slug for measurement in measurements]
    for row in range(1, len(slugs)):
        if slugs[row] != slugs[row - 1]:
            axis.axhline(row - 0.5, color=PAPER, lw=0.6, alpha=0.5)
    frame(axis, "x")
    axis.tick_params(axis="y", length=0)
    return figure, axis


def _row_name(measurement: Measurement) -> str:
    """In two lines: the paper's first author and the model, what the images are."""
    author, _, _ = measurement.paper.slug.partition("_")
    images = shorten(measurement.images, LONGEST, placeholder=" …")
    return f"{author}: {measurement.arm}\n{images}{', out of date' if measurement.stale else ''}"


def _accuracies_in_words(measurements: Sequence[Measurement]) -> str:
    words = []
    for measurement in measurements:
        printed = [f"printed {measurement.printed.text}"] if measurement.printed else []
        ours = [
            f"{protocol_name(measurement.grouping, protocol)} {score_interval(score)}"
            for protocol, score in measurement.scores.items()
        ]
        words.append(f"{_in_one_line(measurement)}: {', '.join([*printed, *ours])}")
    return f"Accuracy on test images. {'; '.join(words)}."


def _gaps(measurements: Sequence[Measurement]) -> list[Gap]:
    return [row.gap for row in measurements if row.gap]


def _gaps_in_words(measurements: Sequence[Measurement]) -> str:
    words = (
        f"{_in_one_line(row)} {difference_interval(gap)}"
        for row, gap in zip(measurements, _gaps(measurements), strict=True)
    )
    return f"Accuracy under the published split less under the grouped one. {'; '.join(words)}."


def _in_one_line(measurement: Measurement) -> str:
    return f"{measurement.paper.slug}, {measurement.arm}, {measurement.images}"
