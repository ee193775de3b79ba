"""The figures of a sweep: accuracy by value, and by model where the models are the values."""

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from lib.evidence.sweeps import SweepRow
from lib.report.blocks import Block, picture, provenance_mark
from lib.report.notation import protocol_name, score_interval
from lib.report.plots import GROUPED, OFFICIAL, PAPER, PUBLISHED, SERIES, SMALL, frame
from lib.report.subplots import default_style, subplots
from lib.report.sweep_names import ARMS, full_arm_name, point_text, value_text

WIDTH, HEIGHT = 4.1, 2.9  # inches: of a panel
ARM_WIDTH = 5.2  # inches: of a panel with the models' names at its side
LINE, AXIS = 0.34, 0.75  # inches: of a model with its protocols, of the axis
LEGEND_LINE = 0.2  # inches
APART = 4  # points between the series at one value
WIDE_RANGE = 20  # from this ratio of the largest value to the smallest on, the axis is logarithmic
MARGIN = 0.1  # of the range of the values, on either side
TICKS = 7  # at most
LONG_TEXTS = 40  # characters of all values that stand side by side without touching
PROTOCOL_LOOKS = {  # colour where there is one model, marker, line
    "published": (PUBLISHED, "s", "-"),
    "official": (OFFICIAL, "^", "-."),
    "grouped": (GROUPED, "D", "--"),
}


def value_figures(rows: Sequence[SweepRow], parameters: Sequence[str]) -> Block:
    """Accuracy against the parameter with most values: a panel per paper and values of the others.

    A line is a model under a protocol. Values that are no numbers stand side by side as they were given.
    """
    varied = [name for name in parameters if name != ARMS]
    along = max(varied, key=lambda name: len({value_text(row.point[name]) for row in rows}))
    panels: dict[tuple[str, str], list[SweepRow]] = {}
    for row in rows:
        others = {name: row.point[name] for name in varied if name != along}
        panels.setdefault((row.paper, point_text(others)), []).append(row)
    bounds = _bounds(rows)
    return _side_by_side(
        _value_panel(of_panel, along, bounds, ". ".join(filter(None, names)))
        for names, of_panel in panels.items()
    )


def arm_figures(rows: Sequence[SweepRow]) -> Block:
    """Accuracy of every model: a panel per paper, a line per model, the same models in each."""
    arms = sorted({full_arm_name(row.slug, row.arm) for row in rows})
    panels: dict[str, list[SweepRow]] = {}
    for row in rows:
        panels.setdefault(row.paper, []).append(row)
    bounds = _bounds(rows)
    return _side_by_side(
        _arm_panel(of_panel, arms, bounds, paper) for paper, of_panel in panels.items()
    )


def _side_by_side(panels: Iterable[Block]) -> Block:
    return Block(f'<div class="panels">{"".join(panel.html for panel in panels)}</div>')


def _bounds(rows: Sequence[SweepRow]) -> tuple[float, float]:
    """Of the accuracy axes, which all panels share."""
    low = min(row.accuracy.low for row in rows)
    high = max(row.accuracy.high for row in rows)
    margin = 0.04 * (high - low) + 0.005
    return low - margin, high + margin


# By value


@default_style()
def _value_panel(
    rows: Sequence[SweepRow], along: str, bounds: tuple[float, float], caption: str
) -> Block:
    series: dict[tuple[str, str], list[SweepRow]] = {}
    for row in rows:
        series.setdefault((row.arm, row.protocol), []).append(row)
    looks = _looks(list(series))
    places = _places([row.point[along] for row in rows])
    figure, [[axis]] = subplots((WIDTH, HEIGHT + LEGEND_LINE * ((len(series) + 1) // 2)))
    for number, (key, of_series) in enumerate(series.items()):
        offset = APART * (number - (len(series) - 1) / 2)
        ordered = sorted(of_series, key=lambda row: places[value_text(row.point[along])])
        _draw_series(axis, ordered, along, places, offset, looks[key])
    _write_values(axis, rows, along, places)
    axis.set(xlabel=along, ylabel="accuracy on test images", ylim=bounds)
    axis.xaxis.label.set_fontsize(SMALL)
    axis.yaxis.label.set_fontsize(SMALL)
    frame(axis)
    handles = [
        Line2D([], [], label=_series_name(of_series[0], series), ms=5, **looks[key])
        for key, of_series in series.items()
    ]
    _write_legend(axis, handles)
    return picture(figure, f"{caption}.", _alt(rows, along), _mark(rows))


def _draw_series(
    axis: Axes,
    rows: Sequence[SweepRow],
    along: str,
    places: dict[str, float],
    offset: float,
    look: dict[str, Any],
) -> None:
    """A line through the values, moved to the side by `offset` points so that intervals are seen."""
    moved = axis.transData + ScaledTranslation(offset / 72, 0, axis.figure.dpi_scale_trans)
    at = [places[value_text(row.point[along])] for row in rows]
    connected = look if _is_numeric([row.point[along] for row in rows]) else look | {"ls": ""}
    axis.plot(at, [row.accuracy.mean for row in rows], ms=5, lw=1.4, transform=moved, **connected)
    lows, highs = [row.accuracy.low for row in rows], [row.accuracy.high for row in rows]
    axis.vlines(at, lows, highs, color=look["color"], lw=1.6, transform=moved)


def _write_values(
    axis: Axes, rows: Sequence[SweepRow], along: str, places: dict[str, float]
) -> None:
    texts = sorted(places, key=places.__getitem__)
    if _is_numeric([row.point[along] for row in rows]):
        shown = texts[:: -(-len(texts) // TICKS)]
        low, high = places[texts[0]], places[texts[-1]]
        if low > 0 and high / low >= WIDE_RANGE:
            axis.set_xscale("log")
            axis.minorticks_off()
            margin = (high / low) ** MARGIN
            axis.set_xlim(low / margin, high * margin)
        else:
            margin = MARGIN * (high - low) or 1
            axis.set_xlim(low - margin, high + margin)
    else:
        shown = texts
        axis.set_xlim(-0.5, len(texts) - 0.5)
        if sum(map(len, texts)) > LONG_TEXTS:
            axis.tick_params(axis="x", rotation=20)
    axis.set_xticks([places[text] for text in shown], shown)


def _places(values: Sequence[Any]) -> dict[str, float]:
    """Text of a value → where it stands: at the number that it is, else in the order given."""
    texts = dict(zip(map(value_text, values), values, strict=True))
    if _is_numeric(values):
        return {text: float(value) for text, value in texts.items()}
    return {text: float(number) for number, text in enumerate(texts)}


def _is_numeric(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _looks(series: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Of every model and protocol; the colour tells the models where there are several."""
    arms = list(dict.fromkeys(arm for arm, _ in series))
    looks = {}
    for arm, protocol in series:
        colour, marker, line = PROTOCOL_LOOKS[protocol]
        if len(arms) > 1:
            colour = SERIES[arms.index(arm) % len(SERIES)]
        looks[arm, protocol] = {"color": colour, "marker": marker, "ls": line}
    return looks


def _series_name(row: SweepRow, series: Iterable[tuple[str, str]]) -> str:
    protocol = protocol_name(row.grouping, row.protocol)
    return protocol if len({arm for arm, _ in series}) == 1 else f"{row.arm}, {protocol}"


# By model


@default_style()
def _arm_panel(
    rows: Sequence[SweepRow], arms: Sequence[str], bounds: tuple[float, float], caption: str
) -> Block:
    protocols = list(dict.fromkeys(row.protocol for row in rows))
    figure, [[axis]] = subplots((ARM_WIDTH, LINE * len(arms) + AXIS + LEGEND_LINE))
    handles = {}
    for row in rows:
        colour, marker, _ = PROTOCOL_LOOKS[row.protocol]
        apart = 0.24 * (protocols.index(row.protocol) - (len(protocols) - 1) / 2)
        height = arms.index(full_arm_name(row.slug, row.arm)) + apart
        axis.plot([row.accuracy.low, row.accuracy.high], [height] * 2, color=colour, lw=2)
        axis.plot([row.accuracy.mean], [height], color=colour, marker=marker, ms=5, ls="")
        axis.plot([row.majority] * 2, [height - 0.15, height + 0.15], color=PAPER, lw=1.2)
        handles[row.protocol] = Line2D(
            *([], []),
            color=colour,
            marker=marker,
            ms=5,
            label=protocol_name(row.grouping, row.protocol),
        )
    axis.set_ylim(len(arms) - 0.5, -0.5)
    axis.set_yticks(range(len(arms)), arms)
    axis.set(xlim=bounds)
    axis.set_xlabel("accuracy on test images", fontsize=SMALL)
    frame(axis)
    own = {full_arm_name(row.slug, row.arm) for row in rows if "/" not in row.arm}
    for arm, label in zip(arms, axis.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if arm in own else "normal")
    _write_legend(axis, list(handles.values()))
    return picture(figure, f"{caption}.", _alt(rows, ARMS), _mark(rows))


def _write_legend(axis: Axes, handles: Sequence[Line2D]) -> None:
    """Above the axis, where no number stands in its way."""
    axis.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        ncols=2,
        fontsize=SMALL,
        frameon=False,
    )


def _alt(rows: Sequence[SweepRow], along: str) -> str:
    """The panel in words."""
    numbers = (
        f"{value_text(row.point[along])}: {row.arm}, {protocol_name(row.grouping, row.protocol)}, "
        f"{score_interval(row.accuracy)}"
        for row in rows
    )
    return f"Accuracy on test images by {along}. {'; '.join(numbers)}."


def _mark(rows: Sequence[SweepRow]) -> str:
    return provenance_mark(rows[0].kind, *(row.weights for row in rows))
