"""Empty figures with their axes, and the one style in which all of a report are drawn."""

import ast
import io
from pathlib import Path

import matplotlib.style
import pytest
from matplotlib.figure import Figure

from lib import ROOT
from lib.report.embedding import embed
from lib.report.subplots import default_style, subplots

REPORT = ROOT / "lib" / "report"


def drawn(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.axes[-1].plot([1, 2, 3])
    figure.savefig(stream, format="rgba")
    return stream.getvalue()


@pytest.mark.parametrize("widths", [(), (1, 2, 1)])
def test_axes_are_those_that_matplotlib_makes(widths: tuple[int, ...]) -> None:
    expected = Figure(figsize=(5, 3), layout="constrained")
    expected.subplots(2, 3, width_ratios=widths or None)

    figure, grid = subplots((5, 3), 2, 3, widths)

    assert grid.shape == (2, 3)
    assert list(grid.flat) == figure.axes
    assert drawn(figure) == drawn(expected)


def test_what_is_drawn_in_one_figure_is_not_in_the_next() -> None:
    figure, [[axis]] = subplots((2, 2))
    axis.plot([1, 2])

    assert not subplots((2, 2))[1][0, 0].lines
    assert figure.axes == [axis]


@default_style()
def labelled() -> str:
    figure, [[axis]] = subplots((3, 2))
    axis.plot([1, 2], label="line")
    axis.text(1, 1, "text")
    axis.set_title("title")
    axis.legend()
    return embed(figure, "mark").address


def test_no_style_of_the_reader_changes_a_figure() -> None:
    expected = labelled()

    with matplotlib.style.context("ggplot"):
        assert labelled() == expected
        assert matplotlib.rcParams["axes.facecolor"] == "#E5E5E5"  # of the reader's own figures


def modules() -> list[Path]:
    return [path for path in REPORT.rglob("*.py") if path.name != "subplots.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_whatever_draws_does_so_in_the_one_style(path: Path) -> None:
    functions = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
    ]
    calls = {
        function.name
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("subplots", "Figure")
    }
    styled = {
        function.name
        for function in functions
        if "default_style()" in map(ast.unparse, function.decorator_list)
    }
    assert calls <= styled
