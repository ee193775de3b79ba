"""What figures share: colours, lines, axes by epoch, thumbnails."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lib.results import shown_protocol

# Okabe and Ito's colours: told apart by colour-blind readers, and in grey by their line styles.
TRAIN, VALIDATION, PAPER = "#0072B2", "#D55E00", "#555555"
DOTTED = 30  # epochs up to which each is marked
THUMBNAIL = 112  # pixels: a report with a hundred of them stays below a megabyte

RIGHT, WRONG = "#14663a", "#b3261e"


def show_thumbnail(axis: Axes, image: np.ndarray) -> None:
    """Draws (size, size, 3) uint8 without axes: only every n-th pixel, about `THUMBNAIL` a side."""
    step = max(1, image.shape[0] // THUMBNAIL)
    axis.imshow(image[::step, ::step])
    axis.set_axis_off()


def shown_protocol_rows(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the one protocol whose curves are shown."""
    return history[history["protocol"] == shown_protocol(history["protocol"])]


def draw_by_epoch(
    axis: Axes,
    history: pd.DataFrame,
    column: str,
    colour: str | tuple[float, ...],
    label: str,
    style: str = "-",
) -> None:
    """One column of a history against the epoch: mean over seeds in a band from lowest to highest."""
    by_epoch = history.groupby("epoch")[column]
    mean, low, high = by_epoch.mean(), by_epoch.min(), by_epoch.max()
    # A line through one point would not be seen, dots on a long line only hide its style.
    dots = "." if len(mean) <= DOTTED else ""
    axis.plot(mean, style, marker=dots, color=colour, lw=1.8, label=label)
    axis.fill_between(low.index, low, high, color=colour, alpha=0.18, lw=0)


def finish_epochs(axis: Axes, ylabel: str) -> None:
    """Axes, grid and legend of curves by epoch."""
    axis.set(xlabel="epoch", ylabel=ylabel)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, frameon=False)
    sns.despine(ax=axis)
