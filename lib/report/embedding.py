"""A figure as one file inside a page: the mark in a strip at its margin, SVG, or WebP for photographs."""

import base64
import io
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axis import Axis, Tick
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox

from lib.report.plots import BLACK, ON_DARK, TINT, WHITE, WRONG

DPI = 144  # of figures in pixels
QUALITY = 85  # of WebP, of 100: text stays clean, a gallery takes a tenth of the bytes of its PNG
SCREEN = 96  # CSS pixels per inch: text of 10 points is as large in every figure
POINTS = 72  # per inch: the unit of a drawing
MEASURED = 10_000  # texts whose size is remembered
MARK_SIZE = 7.5  # points
CHARACTER = 0.62  # of the font size: the mean width of a character, rounded up
LINE = 1.35  # of the font size: from one line of the mark to the next
STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and the file is small
    "svg.hashsalt": "figure",  # the same numbers give the same bytes
    # Verdana and Geneva have nearly the widths for which matplotlib lays the text out.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Geneva", "sans-serif"],
}
PATH = re.compile(r' d="[^"]*"')  # of SVG
HUNDREDTHS = re.compile(r"(\.\d\d)\d+")  # of a point: what follows is not seen
# The file says nothing about when it was made, and by which version of which program.
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
_DRAWS = ContextVar("draws", default=True)


class Picture(NamedTuple):
    """A figure as an address of its own bytes (data:…), with its size on the screen in CSS pixels."""

    address: str
    width: int
    height: int


@contextmanager
def undrawn() -> Iterator[None]:
    """Inside, `embed` draws nothing: for whoever needs what stands around the pictures alone."""
    token = _DRAWS.set(False)
    try:
        yield
    finally:
        _DRAWS.reset(token)


def embed(figure: Figure | Callable[[], Figure], mark: str = "") -> Picture:
    """The figure with its mark in a strip below it.

    As an image of its own, not as elements of the page: no id clashes with that of another figure,
    and no style of the page reaches into it. A drawing still follows the page into the dark: inside it,
    `prefers-color-scheme` is the `color-scheme` of the element that shows it. Where a browser does not
    know that, and in any other program, it has its white ground. Photographs always have.

    Args:
        figure: Or what makes it, if it is to be drawn at all (`undrawn`).
    """
    if not _DRAWS.get():
        return Picture("", 0, 0)
    if not isinstance(figure, Figure):
        figure = figure()
    if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.set_layout_engine("constrained")
    if mark:
        _write_below(figure, mark)
    width, height = (round(SCREEN * inches) for inches in figure.get_size_inches())
    with rc_context(STYLE):
        kind, content = _photographic(figure) if _holds_pixels(figure) else _vector(figure)
    return Picture(f"data:{kind};base64,{base64.b64encode(content).decode()}", width, height)


def _write_below(figure: Figure, mark: str) -> None:
    """Makes the figure higher by a strip that holds the mark, so that a copied picture keeps it."""
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(mark, max(8, int(72 * width / (CHARACTER * MARK_SIZE)) - 2))
    strip = (LINE * len(lines) + 0.5) * MARK_SIZE / 72
    whole = height + strip
    figure.set_size_inches(width, whole)
    figure.get_layout_engine().set(rect=(0, strip / whole, 1, height / whole))
    look = {"facecolor": TINT, "edgecolor": "none", "transform": figure.transFigure}
    figure.add_artist(Rectangle((0, 0), 1, strip / whole, **look))
    figure.text(
        *(0.5, strip / whole / 2),
        "\n".join(lines),
        ha="center",
        va="center",
        fontsize=MARK_SIZE,
        linespacing=LINE,
        color=WRONG,
    )


def _holds_pixels(figure: Figure) -> bool:
    return any(axis.images for axis in figure.axes)


def _photographic(figure: Figure) -> tuple[str, bytes]:
    stream = io.BytesIO()
    figure.savefig(stream, format="webp", dpi=DPI, pil_kwargs={"quality": QUALITY})
    return "image/webp", stream.getvalue()


def _vector(figure: Figure) -> tuple[str, bytes]:
    text = PATH.sub(lambda path: HUNDREDTHS.sub(r"\1", path.group()), _svg(figure))
    return "image/svg+xml", text.replace("</svg>", f"{_dark_style(text)}</svg>").encode()


def _svg(figure: Figure) -> str:
    """What `savefig` writes, drawn once: to lay a figure out, `savefig` draws all of it a first time."""
    dpi, figure.dpi = figure.dpi, POINTS
    width, height = POINTS * figure.get_size_inches()
    stream = io.StringIO()
    renderer = _Renderer(width, height, stream, metadata=NO_METADATA)
    _Canvas(figure, renderer)
    for axes in figure.axes:
        _remember_ticks(axes.xaxis)
        _remember_ticks(axes.yaxis)
    figure.draw(renderer)
    renderer.finalize()
    figure.dpi = dpi
    return stream.getvalue()


def _remember_ticks(axis: Axis) -> None:
    """Lets an axis compute its ticks anew only where its limits or its place have changed since.

    Laying a figure out and drawing it asks every axis for them some ten times, and moves it twice.
    """
    compute_ticks, measure_labels = axis._update_ticks, axis._get_ticklabel_bboxes
    # An axis that shares its scale with another has the other's ticks, as many as fit there.
    places = [each.axes.bbox for each in {axis, axis.get_major_locator().axis}]
    state = ticks = boxes = None

    def current() -> tuple[bytes, ...]:
        return (
            axis.get_view_interval().tobytes(),
            *(place.get_points().tobytes() for place in places),
        )

    def known_ticks() -> list[Tick]:
        nonlocal state, ticks, boxes
        if state != current():
            ticks, boxes = compute_ticks(), None
            state = current()
        return ticks

    def known_boxes(of: list[Tick], renderer: RendererSVG) -> tuple[list[Bbox], list[Bbox]]:
        nonlocal boxes
        if of is not ticks:
            return measure_labels(of, renderer)
        boxes = boxes or measure_labels(of, renderer)
        return boxes

    axis._update_ticks, axis._get_ticklabel_bboxes = known_ticks, known_boxes


class _Renderer(RendererSVG):
    """Remembers how large texts are from one figure to the next: most are numbers at ticks."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | str
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
def _text_size(text: str, font: FontProperties, ismath: bool | str) -> tuple[float, float, float]:
    """Width, height and descent in points; `font` is not changed afterwards, matplotlib passes a copy."""
    return text_to_path.get_text_width_height_descent(text, font, ismath)


def _dark_style(svg: str) -> str:
    """The colours of `svg` on a dark ground, as a style element.

    Beside the drawing, not instead of its own colours: what knows no style elements draws it as ever.
    """
    # matplotlib writes no colour for what is filled with black.
    rules = [f"svg{{fill:{ON_DARK[BLACK]}}}"]
    for colour, dark in ON_DARK.items():
        # White text stands on something dark already.
        but = ":not(text)" if colour == WHITE else ""
        rules += [
            f'[style*="{what}: {colour}"]{but}{{{what}:{dark}!important}}'
            for what in ("fill", "stroke")
            if f"{what}: {colour}" in svg
        ]
    return f"<style>@media (prefers-color-scheme: dark){{{''.join(rules)}}}</style>"
