"""Empty figures with their axes, and the style in which all are drawn: matplotlib's own, whatever a reader has set."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import matplotlib.style
import numpy as np
from matplotlib import rcParams, rcParamsDefault
from matplotlib.figure import Figure

ANY_BACKEND = {"backend": ""}
KINDS = 100  # of figures that are remembered, some 40 kB for each of their axes


@contextmanager
def default_style() -> Iterator[None]:
    """Inside, or in what is decorated with it, a figure is drawn as on any other machine.

    A reader may have a matplotlibrc, or set a style in a cell; whoever checks the report draws it again.
    """
    # As nearly always; dict's own copy passes over the checks of matplotlib's, which take as long as setting all.
    if dict.copy(rcParams) | ANY_BACKEND == dict.copy(rcParamsDefault) | ANY_BACKEND:
        yield
        return
    with matplotlib.style.context("default"):
        yield


def subplots(
    size: tuple[float, float], rows: int = 1, columns: int = 1, widths: Sequence[float] = ()
) -> tuple[Figure, np.ndarray]:
    """A figure and its (rows, columns) axes, laid out by matplotlib's constrained layout.

    Args:
        size: Width and height in inches.
        widths: Of the columns, as shares of one another; alike where none are given.
    """
    # A copy takes a quarter of the time of making axes, which is as much as to draw them.
    figure: Figure = pickle.loads(_pickled(rows, columns, tuple(widths)))
    figure.set_size_inches(size)
    return figure, np.array(figure.axes, dtype=object).reshape(rows, columns)


@lru_cache(KINDS)
@default_style()
def _pickled(rows: int, columns: int, widths: tuple[float, ...]) -> bytes:
    figure = Figure(layout="constrained")
    figure.subplots(rows, columns, width_ratios=widths or None)
    return pickle.dumps(figure)
