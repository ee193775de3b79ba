"""Confusion matrices: the paper's where it prints one, beside ours under every protocol."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from lib.audit.matrices import Matrix, find_matrices
from lib.papers import find_arms
from lib.papers.declare import Arm, Paper
from lib.report.blocks import Block, fold_away, paragraph, picture, stack
from lib.report.learning import left_out, unlearnt
from lib.report.notation import PART_IMAGES, protocol_name
from lib.report.plots import (
    FAINT,
    MANY_CLASSES,
    OURS_SHARES,
    PAPER_SHARES,
    SMALL,
    draw_shares,
    name_ticks,
    on_share,
)
from lib.report.subplots import default_style, subplots
from lib.results import PROTOCOLS, Confusion, Grouping, Learning, has_learnt

WIDEST = 10  # inches of a row of matrices with the names of the classes
CELL, MATRIX = 0.56, 1.7  # inches: the least side of a cell, and of a matrix with its title
LARGE = 4.2  # inches: the side of a matrix of many classes
CHARACTER = 0.085  # inches: of a class's name, on average
AXIS = 0.6  # inches: for the title of an axis
TITLE = 0.55  # inches: of three lines
COUNT, SHARE = 9, 7  # points


class Panel(NamedTuple):
    """One matrix of the figure: rows true, columns predicted, in images."""

    title: str
    counts: np.ndarray
    colour: str


def confusion_figure(
    confusions: Sequence[Confusion],
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """The confusion matrices of the arms that learnt, the printed ones beside ours; folded, of variants.

    Those of one arm and one part (test or training images) stand in one row. Every cell holds the
    images and their share of the row, which is its colour, too. A sentence names those that did not learn.
    """
    learnt = [each for each in confusions if has_learnt(learning, each.arm, each.protocol)]
    trained = dict.fromkeys(each.arm for each in confusions)
    own = find_arms(paper, paper.without_variants(trained))
    variants = [variant for variant in paper.variants if variant.name in trained]
    blocks = [_matrix_figure(learnt, own, paper, grouping, marks)]
    of_variants = _matrix_figure(learnt, variants, paper, grouping, marks)
    if of_variants.html:
        blocks.append(fold_away("Confusion matrices of the variants", of_variants))
    others = left_out(
        "confusion matrix", unlearnt([arm.name for arm in (*own, *variants)], learning, grouping)
    )
    if others:
        blocks.append(paragraph(others))
    return stack(blocks)


def _matrix_figure(
    confusions: Sequence[Confusion],
    arms: Sequence[Arm],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Of `arms` alone, a variant's beside what is printed of its arm; nothing where none is among `confusions`."""
    printed = {(matrix.arm, matrix.part): matrix for matrix in find_matrices(paper)}
    groups, beside = [], []
    for arm in arms:
        for part in paper.parts(arm):
            ours = _own_panels(confusions, arm.name, part, grouping)
            theirs = _printed_panel(printed.get((arm.variant_of or arm.name, part))) if ours else []
            groups.append([*theirs, *ours])
            beside += theirs
    if not any(groups):
        return Block("")
    rows = _rows(groups, paper.class_names)
    return matrix_picture(rows, paper.class_names, _caption(bool(beside)), marks[""])


@default_style()
def matrix_picture(
    rows: Sequence[Sequence[Panel]], classes: Sequence[str], caption: str, mark: str
) -> Block:
    """Rows of matrices in one figure; every cell holds the images and, as its colour, too, their share of the row.

    Of many classes it has the colour alone, and no class has its name.
    """
    figure, grid = subplots(_size(rows, classes), len(rows), max(map(len, rows)))
    for axes, row in zip(grid, rows, strict=True):
        for axis in axes[len(row) :]:
            axis.set_axis_off()
        for axis, panel in zip(axes, row, strict=False):
            _draw_matrix(axis, panel, classes)
        if not _are_many(classes):
            name_ticks(axes[0].yaxis, axes[0].get_yticks(), classes)
        axes[0].set_ylabel("true class", fontsize=SMALL)
    panels = [panel for row in rows for panel in row]
    if _are_many(classes):
        caption += (
            f" Of {len(classes):,} classes the cells are too small for numbers: predictions.csv holds every answer. "
            "The classes stand in the order of the tables of scores."
        )
    return picture(figure, caption, _alt(panels), mark)


def _are_many(classes: Sequence[str]) -> bool:
    return len(classes) > MANY_CLASSES


def _printed_panel(matrix: Matrix | None) -> list[Panel]:
    if matrix is None:
        return []
    place = min((claim.where for claim in matrix.claims), key=len)
    whose = f"{matrix.arm}\nthe paper, {place}"
    return [_panel(whose, matrix.part, matrix.cells, PAPER_SHARES)]


def _own_panels(
    confusions: Sequence[Confusion], arm: str, part: str, grouping: Grouping
) -> list[Panel]:
    """Of one arm and part, by protocol."""
    panels = []
    ours = [confusion for confusion in confusions if (confusion.arm, confusion.part) == (arm, part)]
    for confusion in sorted(ours, key=lambda confusion: PROTOCOLS.index(confusion.protocol)):
        folds = f", {confusion.folds} folds" if confusion.folds > 1 else ""
        name = protocol_name(grouping, confusion.protocol)
        whose = f"{arm}\n{name}, seed {confusion.seed}{folds}"
        panels.append(_panel(whose, part, confusion.counts, OURS_SHARES, confusion.folds))
    return panels


def _panel(
    whose: str, part: str, cells: Sequence[Sequence[int]], colour: str, folds: int = 1
) -> Panel:
    counts = np.asarray(cells)
    # Of several folds, an image is trained on in all but one.
    answers = "answers to " if part == "train" and folds > 1 else ""
    return Panel(f"{whose}\n{counts.sum():,} {answers}{PART_IMAGES[part]}", counts, colour)


def _rows(groups: Iterable[Sequence[Panel]], classes: Sequence[str]) -> list[list[Panel]]:
    """Whole groups in a row while there is room; a group that is too wide for one fills several."""
    room = max(1, int((WIDEST - AXIS - _name_width(classes)) / _side(classes)))
    rows: list[list[Panel]] = [[]]
    for group in groups:
        for first in range(0, len(group), room):
            panels = group[first : first + room]
            if len(rows[-1]) + len(panels) > room:
                rows.append([])
            rows[-1] += panels
    return rows


def _size(rows: Sequence[Sequence[Panel]], classes: Sequence[str]) -> tuple[float, float]:
    """Width and height of the figure in inches."""
    side, name = _side(classes), _name_width(classes)
    return (
        max(map(len, rows)) * side + name + AXIS,
        len(rows) * (side + 0.6 * name + TITLE + AXIS / 2),
    )


def _side(classes: Sequence[str]) -> float:
    return LARGE if _are_many(classes) else max(CELL * len(classes), MATRIX)


def _name_width(classes: Sequence[str]) -> float:
    return 0 if _are_many(classes) else CHARACTER * max(map(len, classes))


def _draw_matrix(axis: Axes, panel: Panel, classes: Sequence[str]) -> None:
    shares = panel.counts / np.maximum(panel.counts.sum(1, keepdims=True), 1)
    draw_shares(axis, shares, panel.colour)
    if _are_many(classes):
        axis.set(xticks=[], yticks=[])
    else:
        for (row, column), count in np.ndenumerate(panel.counts):
            _write_cell(axis, (column + 0.5, row + 0.5), count, shares[row, column])
        middles = np.arange(len(classes)) + 0.5
        axis.set_xticks(middles, classes, rotation=35, ha="right", rotation_mode="anchor")
        name_ticks(axis.yaxis, middles, [""] * len(classes))
    axis.tick_params(labelsize=SMALL, length=0)
    axis.set_xlabel("predicted class", fontsize=SMALL)
    axis.set_title(panel.title, fontsize=SMALL, y=1)  # as in training.py
    axis.set_aspect("equal")
    axis.spines[:].set_visible(False)


def _write_cell(axis: Axes, middle: tuple[float, float], count: int, share: float) -> None:
    """The images, and their share of the row below; of none there is no share to tell."""
    if not count:
        axis.text(*middle, "0", ha="center", va="center", fontsize=COUNT, color=FAINT)
        return
    x, y, colour = *middle, on_share(share)
    axis.text(x, y, f"{count:,}", ha="center", va="bottom", fontsize=COUNT, color=colour)
    axis.text(x, y + 0.08, f"{share:.2f}", ha="center", va="top", fontsize=SHARE, color=colour)


def _caption(printed: bool) -> str:
    runs = "of our first seed, all folds of a protocol together (blue)"
    whose = (
        f"as the paper prints them (grey), and {runs}"
        if printed
        else f"{runs}; the paper prints none in full"
    )
    return (
        f"Confusion matrices {whose}. Each row holds the images of one true class; each cell, their number and, as "
        f"the depth of its colour, their share of the row."
    )


def _alt(panels: Sequence[Panel]) -> str:
    """The matrices in words: how many images each has right."""
    sentences = (
        f"{panel.title.replace(chr(10), ', ')}: {np.trace(panel.counts):,} right."
        for panel in panels
    )
    return f"Confusion matrices. {' '.join(sentences)}"
