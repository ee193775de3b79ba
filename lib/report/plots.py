"""The style of all figures: colours on light and dark grounds, lines, thumbnails, frames, curves, matrices."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, to_rgb, to_rgba
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

# Okabe and Ito's colours, told apart by colour-blind readers. Their orange and sky blue are too pale for
# a white ground: there brown and indigo stand for them.
BLUE, VERMILION, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
BROWN, INDIGO, BLACK, WHITE = "#6b4c00", "#332288", "#000000", "#ffffff"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, BROWN, INDIGO, BLACK)
TRAIN, VALIDATION, PAPER = BLUE, VERMILION, "#555555"
PUBLISHED, OFFICIAL, GROUPED = BLUE, BROWN, GREEN
RIGHT, WRONG, TINT = "#14663a", "#b3261e", "#fdecea"
RULE, FAINT = "#d8dee6", "#767676"  # lines between cells, and numbers that are nothing
WRONG_HATCH = "////"  # of bars that would differ by their colour alone

OURS_SHARES, PAPER_SHARES = "#08519c", "#4a4a4a"  # of a share of 1; less is more transparent
DENSE = 0.76  # share from which on a text upon it is white

DARK_GROUND = "#14181d"
ON_DARK = {  # what a colour becomes on a dark ground; of the others the contrast is enough on both
    WHITE: DARK_GROUND,
    BLACK: "#e4e8ee",
    BROWN: "#e69f00",
    INDIGO: "#56b4e9",
    PAPER: "#b4bdc7",
    OURS_SHARES: "#0067a3",
    PAPER_SHARES: "#6b7480",
    FAINT: "#a3adb9",
    RULE: "#3a434e",
    WRONG: "#ff9d94",
    TINT: "#431d1b",
}

MANY_CLASSES = 20  # of more the cells of a matrix are too small for numbers and names
DOTTED = 30  # epochs up to which each is marked
HEAT = 0.7  # how much of the image the largest heat covers
SMALL = 8  # points: labels inside an axis, legends
THUMBNAIL = 112  # pixels: a report with a hundred of them stays below a megabyte


def series_looks(number: int) -> list[dict[str, str]]:
    """Colour and line style of so many series: no two are alike up to 28, neighbours differ in both."""
    lines = ("-", "--", "-.", ":")
    pairs = zip(cycle(SERIES), cycle(lines), strict=False)  # 7 and 4 have no common divisor
    return [{"color": colour, "ls": line} for colour, line in islice(pairs, number)]


def show_thumbnail(axis: Axes, image: np.ndarray) -> None:
    """Draws (size, size, 3) uint8 without axes: only every n-th pixel, about `THUMBNAIL` a side."""
    step = max(1, image.shape[0] // THUMBNAIL)
    axis.imshow(image[::step, ::step])
    axis.set_axis_off()


def overlay(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """(size, size, 3) uint8: a heat map over its image, the redder the larger.

    Args:
        image: (size, size, 3) uint8; it is shown in grey, so that no colour of its own is taken for heat.
        heat: (size, size) in 0…1.
    """
    grey = image.astype(float).mean(axis=2, keepdims=True)
    red = 255 * np.array(to_rgb(VERMILION))
    share = HEAT * heat[..., None]
    return ((1 - share) * grey + share * red).round().astype(np.uint8)


def draw_by_epoch(
    axis: Axes,
    history: pd.DataFrame,
    column: str,
    colour: str,
    label: str,
    style: str = "-",
) -> None:
    """One column of a history against the epoch: mean over fits in a band from lowest to highest."""
    order = np.argsort(history["epoch"].to_numpy(), kind="stable")
    values = history[column].to_numpy()[order]
    epochs, starts, fits = np.unique(
        history["epoch"].to_numpy()[order], return_index=True, return_counts=True
    )
    mean = np.add.reduceat(values, starts) / fits
    # A line through one point would not be seen, dots on a long line only hide its style.
    dots = "." if len(mean) <= DOTTED else ""
    axis.plot(epochs, mean, style, marker=dots, color=colour, lw=1.8, label=label)
    if fits.max(initial=0) > 1:  # of one fit alone there is no band
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        axis.fill_between(epochs, low, high, color=colour, alpha=0.18, lw=0)


def frame_epochs(axis: Axes, epochs: int) -> None:
    """An axis that ends with the last of the epochs run, and has only whole epochs as ticks."""
    axis.set_xlim(0.5, epochs + max(0.5, 0.04 * epochs))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    frame(axis)


def draw_shares(axis: Axes, shares: np.ndarray, colour: str) -> None:
    """A square per share (from 0 to 1) in rows from above, the deeper in colour the larger it is.

    Of more than `MANY_CLASSES` in a row they are pixels, without lines between them.
    """
    # Transparent rather than pale, so that a small share takes the colour of the ground, dark or light.
    by_share = LinearSegmentedColormap.from_list(
        "shares", [to_rgba(colour, share) for share in (0, 1)]
    )
    if len(shares) > MANY_CLASSES:
        height, width = shares.shape
        axis.imshow(shares, by_share, vmin=0, vmax=1, extent=(0, width, height, 0))
        return
    # A mesh, not an image: it stays a drawing of few squares.
    axis.pcolormesh(shares, cmap=by_share, vmin=0, vmax=1, edgecolors=RULE, lw=0.5)
    axis.invert_yaxis()


def on_share(share: float) -> str:
    """The colour of a text upon a share."""
    return WHITE if share > DENSE else BLACK


def name_ticks(axis: Axis, places: Iterable[float], names: Sequence[str]) -> None:
    """Ticks with these names at these places, as `set_ticks`, which makes five artists for each and widens the axis."""
    axis.set_major_locator(FixedLocator([*places]))
    axis.set_major_formatter(FixedFormatter(names))


def frame(axis: Axes, grid: Literal["both", "x", "y"] = "both") -> None:
    """A faint grid, no lines above and to the right."""
    axis.grid(axis=grid, alpha=0.3)
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
