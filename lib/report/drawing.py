"""A figure as SVG: what matplotlib's `savefig` draws, in a fraction of its time.

`savefig` draws a figure twice, asks every axis for its ticks some ten times, and makes five artists for each of them.
Here a figure is laid out and drawn once by one renderer, and an axis has the artists of one tick, which stand at all
places in turn. Nothing is drawn elsewhere for that: tests/report/test_drawing.py holds both side by side.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import combinations, groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axis import Axis, Tick, XAxis
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Bbox

# Of matplotlib: what it keeps private is used as it is there; any other, such as Colab's, draws in its own way.
KNOWN = "3.11."
POINTS = 72  # per inch: the unit of a drawing
MEASURED = 10_000  # texts whose size is remembered
CLOSE = 1e-10  # of an axis: a tick so far beyond its end still stands on it, as matplotlib has it
PLACES_NAME = "data-axes"  # the attribute of a drawing that says where its axes are
LEAST = 0.2  # of an even share of the figure that axes have in either direction
SIDES = (
    "label1",
    "label2",
)  # matplotlib's names of a tick's labels, left or below and right or above
# The file says nothing about when it was made, and by which version of which program.
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}


def svg(figure: Figure, places: str | None = None) -> str:
    """The figure as an SVG file, which says where its axes are.

    Args:
        places: Where they are to be, as such a file says; laid out by the figure's layout engine where that
            is None, or impossible.
    """
    dpi, figure.dpi = figure.dpi, POINTS
    stream = io.StringIO()
    width, height = POINTS * figure.get_size_inches()
    renderer = _Renderer(width, height, stream, metadata=NO_METADATA)
    _Canvas(figure, renderer)
    if places is not None and (boxes := _possible(figure, places)):
        figure.set_layout_engine("none")
        for axes, box in zip(figure.axes, boxes, strict=True):
            axes._set_position(box, which="original")
    with ExitStack() as short_cuts:
        if matplotlib.__version__.startswith(KNOWN):
            short_cuts.enter_context(_lean_ticks(figure))
            short_cuts.enter_context(_remembered_layouts())
        figure.draw(renderer)
    renderer.finalize()
    figure.dpi = dpi
    told = f'<svg {PLACES_NAME}="{_places(figure)}" '
    return stream.getvalue().replace("<svg ", told, 1)


def _places(figure: Figure) -> str:
    """Left, lower, right and upper end of all axes, as shares of width and height, exactly."""
    ends = (axes.get_position(original=True).extents for axes in figure.axes)
    return " ".join(repr(float(end)) for of_axes in ends for end in of_axes)


def _possible(figure: Figure, places: str) -> list[Bbox]:
    """The places of the axes, if each is large enough to be read, inside the figure and upon no other; else none."""
    try:
        ends = np.array([float(end) for end in places.split(" ")]).reshape(-1, 4)
    except ValueError:
        return []
    specs = [axes.get_subplotspec() for axes in figure.axes]
    if len(ends) != len(specs) or None in specs or not ((ends >= 0) & (ends <= 1)).all():
        return []
    boxes = [Bbox.from_extents(*of_axes) for of_axes in ends]
    large = all(
        box.x1 - box.x0 >= LEAST / spec.get_gridspec().ncols
        and box.y1 - box.y0 >= LEAST / spec.get_gridspec().nrows
        for box, spec in zip(boxes, specs, strict=True)
    )
    apart = all(
        spec.num1 == other.num1
        or box.x1 <= beside.x0
        or beside.x1 <= box.x0
        or box.y1 <= beside.y0
        or beside.y1 <= box.y0
        for (box, spec), (beside, other) in combinations(zip(boxes, specs, strict=True), 2)
    )
    return boxes if large and apart else []


class _Renderer(RendererSVG):
    """Remembers how large texts are from one figure to the next: most are numbers at ticks."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        return _text_size(s, prop, ismath)


class _Canvas(FigureCanvasSVG):
    """Has the figure laid out by the renderer that draws it, so that each text is measured once."""

    def __init__(self, figure: Figure, renderer: RendererSVG) -> None:
        super().__init__(figure)
        self._renderer = renderer

    def get_renderer(self) -> RendererSVG:
        return self._renderer


@lru_cache(MEASURED)
def _text_size(
    text: str, font: FontProperties, ismath: bool | Literal["TeX"]
) -> tuple[float, float, float]:
    """Width, height and descent in points; `font` is not changed afterwards, matplotlib passes a copy."""
    return text_to_path.get_text_width_height_descent(text, font, ismath)


# How a text lies around its place, wherever that is: matplotlib asks for it some four times a text.


@contextmanager
def _remembered_layouts() -> Iterator[None]:
    """Inside, a text is laid out only if none like it was before."""
    Text._get_layout = _remembered_layout
    try:
        yield
    finally:
        Text._get_layout = _compute_layout


_compute_layout = Text._get_layout
_layouts: dict[tuple[Any, ...], Any] = {}


def _remembered_layout(text: Text, renderer: RendererSVG) -> Any:
    if text.get_wrap():  # then it depends on its place
        return _compute_layout(text, renderer)
    font = text.get_fontproperties()
    key = (
        *(text.get_text(), hash(font), text.get_rotation(), text.get_rotation_mode()),
        *(text.get_ha(), text.get_va(), text._get_multialignment(), text._linespacing),
        *(text.get_parse_math(), text.get_figure(root=True).dpi),
    )
    if key not in _layouts:
        if len(_layouts) == MEASURED:
            _layouts.clear()
        _layouts[key] = _compute_layout(text, renderer)
    return _layouts[key]


@contextmanager
def _lean_ticks(figure: Figure) -> Iterator[None]:
    """Inside, the axes of the figure draw their ticks as `_Ticks` does."""
    lean = [_Ticks(axis) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    try:
        yield
    finally:
        for ticks in lean:
            ticks.give_back()


class _Place(NamedTuple):
    """Where a tick stands.

    Attributes:
        tick: Whose labels show it; `first`, whose lines do.
        value: On the axis.
        name: What is written there.
    """

    tick: Tick
    first: Tick
    value: float
    name: str


class _Ticks:
    """Takes over the ticks of an axis, those of which have no style of their own share the artists of the first."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._is_x = isinstance(axis, XAxis)
        # An axis that shares its scale with another has the other's ticks, as many as fit there.
        self._areas = [each.axes.bbox for each in {axis, axis.get_major_locator().axis}]
        self._state: tuple[bytes, ...] = ()
        self._places: list[_Place] = []
        self._extents: tuple[list[Bbox], ...] = ()
        axis._update_ticks, axis._get_ticklabel_bboxes = self.ticks, self.extents
        axis.draw = self.draw

    def give_back(self) -> None:
        """Lets the axis have its own ticks again."""
        for name in ("_update_ticks", "_get_ticklabel_bboxes", "draw"):
            delattr(self._axis, name)
        for tick in {place.first for place in self._places}:
            for line, across in _lines(tick):
                self._set_data(line, np.zeros(len(across)), np.array(across))

    def ticks(self) -> list[Tick]:
        """As `Axis._update_ticks`: of the ticks inside the limits, those whose artists show them."""
        return [place.tick for place in self.places()]

    def places(self) -> list[_Place]:
        """The ticks inside the limits; computed anew only where limits or place have changed since.

        Laying a figure out and drawing it asks for them some ten times, and moves the axis twice.
        """
        state = (
            self._axis.get_view_interval().tobytes(),
            *(area.get_points().tobytes() for area in self._areas),
        )
        if state != self._state:
            self._state, self._extents = state, ()
            self._places = list(_compute_places(self._axis))
        return self._places

    def extents(self, _: Sequence[Tick], renderer: RendererSVG) -> tuple[list[Bbox], ...]:
        """As `Axis._get_ticklabel_bboxes`: what the labels of all places take up, by side."""
        self._extents = self._extents or tuple(
            [
                label.get_window_extent(renderer)
                for label in self._labels(side)
                if label.get_in_layout()
            ]
            for side in SIDES
        )
        return self._extents

    def draw(self, renderer: RendererSVG) -> None:
        """As `Axis.draw`, but that the marks of all ticks are one line, and so is the grid."""
        axis = self._axis
        if not axis.get_visible():
            return
        renderer.open_group("axis", gid=axis.get_gid())
        for line in self._drawn_lines():
            line.draw(renderer)
        for side in SIDES:
            for label in self._labels(side):
                label.draw(renderer)
        if axis.label.get_text():
            axis._update_label_position(renderer)
            axis.label.draw(renderer)
        axis.offsetText.set_text(axis.major.formatter.get_offset())
        if axis.offsetText.get_text():
            axis._update_offset_text_position(*self.extents((), renderer))
            axis.offsetText.draw(renderer)
        renderer.close_group("axis")

    def _labels(self, side: str) -> Iterator[Text]:
        """The visible labels of one side, each as it is until the next one is asked for."""
        for place in self.places():
            label = getattr(place.tick, side)
            if label.get_visible():
                label.set_text(place.name)
                (label.set_x if self._is_x else label.set_y)(place.value)
                yield label

    def _drawn_lines(self) -> Iterator[Line2D]:
        """The visible lines of all ticks: the grid, and the marks on both sides of the axes."""
        for first, of_first in groupby(self.places(), attrgetter("first")):
            values = [place.value for place in of_first]
            for line, across in _lines(first):
                if line.get_visible():
                    gap = [np.nan] * (len(across) > 1)  # between two lines of the grid
                    along = [[value] * len(across) + gap for value in values]
                    self._set_data(line, np.ravel(along), np.tile([*across, *gap], len(values)))
                    yield line

    def _set_data(self, line: Line2D, along: np.ndarray, across: np.ndarray) -> None:
        line.set_data(*((along, across) if self._is_x else (across, along)))


def _lines(tick: Tick) -> tuple[tuple[Line2D, tuple[float, ...]], ...]:
    """A tick's lines, and where each has its points across the axes, as shares of their width or height."""
    return ((tick.gridline, (0, 1)), (tick.tick1line, (0,)), (tick.tick2line, (1,)))


def _compute_places(axis: Axis) -> Iterator[_Place]:
    """As `Axis._update_ticks`: the ticks inside the limits."""
    for which in ("major", "minor"):
        ticker = getattr(axis, which)
        shown = axis._tick_group_visible(getattr(axis, f"_{which}_tick_kw"))
        if isinstance(ticker.locator, NullLocator) or not shown:
            continue
        values = np.asarray(getattr(axis, f"get_{which}ticklocs")(), float)
        labels = ticker.formatter.format_ticks(values)
        low, high = np.sort(axis.get_transform().transform(np.sort(axis.get_view_interval())))
        places = axis.get_transform().transform(values) if len(values) else values
        margin = CLOSE * (high - low)
        inside = (places >= low - margin) & (places <= high + margin)
        ticks = getattr(axis, f"{which}Ticks")  # which makes one where there is none
        for number in np.flatnonzero(inside):
            # One that has no style of its own has that of the first.
            tick = ticks[number if number < len(ticks) else 0]
            yield _Place(tick, ticks[0], float(values[number]), labels[number])
