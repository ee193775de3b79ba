"""The style of all figures: colours, lines, hatches, thumbnails, the frame around an axis, curves by epoch."""

from itertools import cycle, islice

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's colours: told apart by colour-blind readers.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
TRAIN, VALIDATION, PAPER = BLUE, VERMILION, "#555555"
PUBLISHED, OFFICIAL, GROUPED = BLUE, ORANGE, GREEN
RIGHT, WRONG = "#14663a", "#b3261e"
WRONG_HATCH = "////"  # of bars that would differ by their colour alone

OURS_SHARES, PAPER_SHARES = "Blues", "Greys"  # colours of shares from 0 to 1
DARK = 0.55  # share from which on a text upon it is white

DOTTED = 30  # epochs up to which each is marked
SMALL = 8  # points: labels inside an axis, legends
THUMBNAIL = 112  # pixels: a report with a hundred of them stays below a megabyte


def series_looks(number: int) -> list[dict[str, str]]:
    """Colour and line style of so many series: no two are alike up to 28, neighbours differ in both."""
    colours = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
    lines = ("-", "--", "-.", ":")
    pairs = zip(cycle(colours), cycle(lines), strict=False)  # 7 and 4 have no common divisor
    return [{"color": colour, "ls": line} for colour, line in islice(pairs, number)]


def show_thumbnail(axis: Axes, image: np.ndarray) -> None:
    """Draws (size, size, 3) uint8 without axes: only every n-th pixel, about `THUMBNAIL` a side."""
    step = max(1, image.shape[0] // THUMBNAIL)
    axis.imshow(image[::step, ::step])
    axis.set_axis_off()


def draw_by_epoch(
    axis: Axes,
    history: pd.DataFrame,
    column: str,
    colour: str,
    label: str,
    style: str = "-",
) -> None:
    """One column of a history against the epoch: mean over fits in a band from lowest to highest."""
    by_epoch = history.groupby("epoch")[column]
    mean, low, high = by_epoch.mean(), by_epoch.min(), by_epoch.max()
    # A line through one point would not be seen, dots on a long line only hide its style.
    dots = "." if len(mean) <= DOTTED else ""
    axis.plot(mean, style, marker=dots, color=colour, lw=1.8, label=label)
    axis.fill_between(low.index, low, high, color=colour, alpha=0.18, lw=0)


def frame_epochs(axis: Axes, epochs: int) -> None:
    """An axis that ends with the last of the epochs run, and has only whole epochs as ticks."""
    axis.set_xlim(0.5, epochs + max(0.5, 0.04 * epochs))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    frame(axis)


def frame(axis: Axes, grid: str = "both") -> None:
    """A faint grid, no lines above and to the right."""
    axis.grid(axis=grid, alpha=0.3)
    axis.tick_params(labelsize=SMALL)
    sns.despine(ax=axis)
