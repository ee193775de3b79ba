"""Drawings as SVG: what `savefig` draws, at the same places, and where a stranger may have them."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from lib.report import drawing
from lib.report.drawing import svg
from lib.report.embedding import STYLE
from lib.report.plots import draw_shares, name_ticks

SVG = "{http://www.w3.org/2000/svg}"
PLACES = re.compile(r'<svg data-axes="([^"]*)" ')


def lines() -> Figure:
    figure = Figure(figsize=(3, 2), layout="constrained")
    axis = figure.subplots()
    axis.plot(np.linspace(0, 1, 9), np.sin(np.arange(9)), label="a $x^2$")
    axis.set(xlabel="axis <x>", ylabel="two\nlines", title="0.123456")
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left")
    return figure


def shared_scales() -> Figure:
    """Four plots, one of them logarithmic, below a legend."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    grid = figure.subplots(2, 2, sharex="col")
    grid[0, 1].sharey(grid[0, 0])
    for number, axis in enumerate(grid.flat, 1):
        axis.plot([1, 10, 1000 * number], [number, 20, 3], label=f"line {number}")
    grid[0, 1].tick_params(labelleft=False)
    grid[1, 0].set_yscale("log")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def large_numbers() -> Figure:
    """What is taken from all numbers of an axis stands at its end."""
    figure = Figure(figsize=(3, 2), layout="constrained")
    figure.subplots().plot([1e9 + 1, 1e9 + 2], [0, 1e-8])
    return figure


def matrix() -> Figure:
    figure = Figure(figsize=(4, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_shares(left, np.array([[0.2, 0.8], [0.5, 0.5]]), "#08519c")
    left.set_xticks([0.5, 1.5], ["one", "another"], rotation=35, ha="right", rotation_mode="anchor")
    left.set_aspect("equal")
    left.text(0.5, 0.5, "17", ha="center", va="center")
    right.set_axis_off()
    return figure


def named_rows() -> Figure:
    """Names at the left, of which one is bold, and at the right."""
    figure = Figure(figsize=(4, 2), layout="constrained")
    axis = figure.subplots()
    axis.bar([0, 0.5], [1, 2], 0.4, hatch="////")
    axis.set_ylim(-0.5, 2.5)
    name_ticks(axis.yaxis, range(3), ["first", "second", "third"])
    axis.get_yticklabels()[0].set_fontweight("bold")
    numbers = axis.twinx()
    numbers.set_ylim(axis.get_ylim())
    name_ticks(numbers.yaxis, range(3), ["1", "22", "333"])
    numbers.tick_params(axis="y", length=0)
    return figure


FIGURES = [lines, shared_scales, large_numbers, matrix, named_rows]


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with rc_context(STYLE):
        yield


def saved(figure: Figure) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata=drawing.NO_METADATA)
    return stream.getvalue()


def marks(text: str) -> Counter[tuple[str, ...]]:
    """Every text with its place and style, every stroke of every line and area, and every copy of a mark."""
    root = ElementTree.fromstring(text)
    for parent in list(root.iter()):
        for hidden in (child for child in list(parent) if child.tag == f"{SVG}defs"):
            parent.remove(hidden)
    found: Counter[tuple[str, ...]] = Counter()
    for element in root.iter():
        name, style = element.tag.removeprefix(SVG), element.get("style", "")
        if name == "text":
            place = (element.get(key, "") for key in ("x", "y", "transform"))
            found[name, style, "".join("".join(element.itertext()).split()), *place] += 1
        elif name == "use":
            found[name, style, element.get("x"), element.get("y")] += 1
        elif name == "path":
            found.update(
                (name, style, " ".join(stroke.split()))
                for stroke in element.get("d").split("M")[1:]
            )
    return found


def ends(text: str) -> np.ndarray:
    """(axes, 4): where the axes of a drawing are."""
    return np.array(PLACES.search(text)[1].split(), float).reshape(-1, 4)


def placed(figure: Figure, places: np.ndarray) -> Figure:
    """The figure with its axes at these places, whatever it holds."""
    figure.set_layout_engine("none")
    for axes, (left, lower, right, upper) in zip(figure.axes, places, strict=True):
        axes.set_position((left, lower, right - left, upper - lower))
    return figure


@pytest.mark.parametrize("make", FIGURES)
def test_a_drawing_is_what_matplotlib_draws(make: Callable[[], Figure]):
    """The second of two figures finds its texts measured."""
    places = ends(svg(make()))
    expected = marks(saved(placed(make(), places)))
    assert sum(expected.values()) > 10
    assert marks(svg(make())) == expected


@pytest.mark.parametrize("make", FIGURES)
def test_a_drawing_is_laid_out_as_by_matplotlib(make):
    """Which lays a figure out twice to save it: the second time moves it by less than one sees."""
    figure = make()
    saved(figure)
    theirs = [axes.get_position(original=True).extents for axes in figure.axes]
    np.testing.assert_allclose(ends(svg(make())), theirs, atol=5e-4)


@pytest.mark.parametrize("make", FIGURES)
def test_a_figure_that_was_drawn_is_as_it_was(make):
    figure = make()
    places = ends(svg(figure))
    assert marks(saved(placed(figure, places))) == marks(saved(placed(make(), places)))


def test_ticks_are_computed_anew_only_where_an_axis_has_changed(monkeypatch):
    counts, update = [], Axis.get_majorticklocs
    monkeypatch.setattr(Axis, "get_majorticklocs", lambda axis: counts.append(axis) or update(axis))
    svg(shared_scales())
    ours = len(counts)
    saved(shared_scales())
    assert len(counts) - ours > 3 * ours


@pytest.mark.parametrize("make", FIGURES)
def test_at_its_own_places_a_drawing_is_the_same_to_the_last_byte(make):
    text = svg(make())
    figure = make()
    figure.set_layout_engine("none")
    assert svg(figure, PLACES.search(text)[1]) == text


def test_axes_stand_where_they_are_said_to_be():
    text = svg(lines(), "0.2 0.3 0.9 0.8")
    assert PLACES.search(text)[1] == "0.2 0.3 0.9 0.8"
    assert "M 43.2 100.8" in text  # the lower left corner, in points from above


@pytest.mark.parametrize(
    "places",
    [
        "0.1 0.1 0.9 0.9",  # of one axes
        "0.1 0.1 0.4 0.9 0.3 0.1 0.9 0.9",  # one upon the other
        "0.1 0.1 0.12 0.9 0.5 0.1 0.9 0.9",  # too narrow to be read
        "0.1 0.1 0.4 0.12 0.5 0.1 0.9 0.9",
        "0.1 0.1 0.4 0.9 0.5 0.1 1.9 0.9",  # outside
        "0.4 0.1 0.1 0.9 0.5 0.1 0.9 0.9",  # the wrong way round
        "nan nan nan nan 0.5 0.1 0.9 0.9",
        "0.1 0.1 0.4 0.9 0.5 0.1 0.9",
        "here and there",
        "",
    ],
)
def test_where_axes_cannot_be_they_are_laid_out(places):
    assert svg(matrix(), places) == svg(matrix())
