"""A figure as one file inside a page: the mark in a strip at its margin, SVG, or WebP for photographs."""

import base64
import io
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from lib.report.drawing import PLACES_NAME, svg
from lib.report.plots import BLACK, ON_DARK, TINT, WHITE, WRONG
from lib.report.subplots import default_style

DPI = 144  # of figures in pixels
QUALITY = 85  # of WebP, of 100: text stays clean, a gallery takes a tenth of the bytes of its PNG
SCREEN = 96  # CSS pixels per inch: text of 10 points is as large in every figure
MARK_SIZE = 7.5  # points
CHARACTER = 0.62  # of the font size: the mean width of a character, rounded up
LINE = 1.35  # of the font size: from one line of the mark to the next
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and the file is small
    "svg.hashsalt": "figure",  # the same numbers give the same bytes
    # Verdana and Geneva have nearly the widths for which matplotlib lays the text out.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Geneva", "sans-serif"],
}
SVG = "data:image/svg+xml;base64,"
SOURCE = re.compile(r' src="(data:[^"]*)"')
HEAD = 8_000  # characters of base64 in which a drawing says where its axes are
PLACES = re.compile(f'{PLACES_NAME}="([^"]*)"')
PATH = re.compile(r' d="[^"]*"')  # of SVG
HUNDREDTHS = re.compile(r"(\.\d\d)\d+")  # of a point: what follows is not seen
_DRAWS = ContextVar("draws", default=True)
_STORED: ContextVar[Iterator[str] | None] = ContextVar("stored", default=None)


def places_in(address: str) -> str:
    """Where a drawing says that its axes are; "" where it does not."""
    head = base64.b64decode(address[len(SVG) :][:HEAD])
    found = PLACES.search(head.decode("utf-8", "replace"))
    return found[1] if found else ""


def photographs(html: str) -> list[str]:
    """The addresses of the pictures in `html` that show images: no drawing, which is made of numbers alone."""
    return [address for address in SOURCE.findall(html) if not address.startswith(SVG)]


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


@contextmanager
def laid_out_as(addresses: Iterable[str]) -> Iterator[None]:
    """Inside, every drawing has its axes where the next of these has them: laying it out takes as long as drawing it.

    A drawing that comes from elsewhere may name other places than its layout gives, but only such as
    `lib.report.drawing` finds possible; what it shows there is drawn as ever.

    Args:
        addresses: Of drawings, in the order in which they are embedded; other pictures are passed over.
    """
    token = _STORED.set(iter([address for address in addresses if address.startswith(SVG)]))
    try:
        yield
    finally:
        _STORED.reset(token)


@default_style()
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
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):  # as `embed` has seen to
        engine.set(rect=(0, strip / whole, 1, height / whole))
    look: dict[str, Any] = {"facecolor": TINT, "edgecolor": "none", "transform": figure.transFigure}
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
    stored = next(_STORED.get() or iter(()), "")
    text = svg(figure, places_in(stored) if stored else None)
    text = PATH.sub(lambda path: HUNDREDTHS.sub(r"\1", path.group()), text)
    return "image/svg+xml", text.replace("</svg>", f"{_dark_style(text)}</svg>").encode()


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
