"""Small figures of the summary, which lead to the large ones: learning curve and confusion matrix."""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.report.blocks import Block, record_marks
from lib.report.embedding import embed
from lib.report.plots import (
    MANY_CLASSES,
    OURS_SHARES,
    SMALL,
    TRAIN,
    VALIDATION,
    draw_shares,
    frame,
    name_ticks,
    on_share,
)
from lib.report.subplots import default_style, subplots
from lib.results import Confusion, Results, Score, headlines

SIZE = (2.5, 1.35)  # inches
CURVES, SCORES = (
    "#Training",
    "#Scores",
)  # headings of every notebook, below which the large figures stand
LONG = 9  # characters of a class name that fit beside the matrix
LOOKS: dict[str, dict[str, Any]] = {
    "train": {"color": TRAIN, "ls": "-", "label": "training"},
    "validation": {"color": VALIDATION, "ls": "--", "label": "test"},
}


def small_figures(results: Results) -> Block:
    """Accuracy by epoch and the confusion matrix of the first model that learnt; nothing where none did."""
    first = next(
        (score for score in headlines(results.scores) if results.learnt(score.arm, score.protocol)),
        None,
    )
    if first is None:
        return Block("")
    mark = record_marks(results)[""].partition(";")[0]  # the rest stands on the large figure
    links = [_curves(results, first, mark), _matrix(results, first, mark)]
    return Block(f'<p class="small-figures">{"".join(filter(None, links))}</p>')


def _curves(results: Results, first: Score, mark: str) -> str:
    key = (first.arm, first.protocol, "accuracy", "")
    by_part: dict[str, list[Score]] = {part: [] for part in LOOKS}
    for score in results.scores:
        same = (score.arm, score.protocol, score.metric, score.of) == key
        if same and score.epoch is not None and score.part in by_part:
            by_part[score.part].append(score)
    if not any(by_part.values()):
        return ""
    return _link(partial(_curves_drawn, by_part), CURVES, f"Accuracy of {first.arm} by epoch", mark)


@default_style()
def _curves_drawn(by_part: Mapping[str, list[Score]]) -> Figure:
    figure, [[axis]] = subplots(SIZE)
    for part, scores in by_part.items():
        scores.sort(key=lambda score: score.epoch or 0)
        epochs = [score.epoch or 0 for score in scores]
        axis.plot(epochs, [score.mean for score in scores], marker=".", lw=1.4, **LOOKS[part])
    axis.set_xlabel("epoch", fontsize=SMALL)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axis.tick_params(labelsize=SMALL)
    figure.legend(loc="outside upper center", ncols=2, fontsize=SMALL, frameon=False)
    frame(axis)
    return figure


def _matrix(results: Results, first: Score, mark: str) -> str:
    key = (first.arm, first.protocol, "test")
    matrices = [
        confusion
        for confusion in results.confusions
        if (confusion.arm, confusion.protocol, confusion.part) == key
    ]
    if not matrices:
        return ""
    draw = partial(_matrix_drawn, matrices[0], results.classes)
    return _link(draw, SCORES, f"Confusion matrix of {first.arm}", mark)


@default_style()
def _matrix_drawn(confusion: Confusion, classes: list[str]) -> Figure:
    counts = np.asarray(confusion.counts)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [name if len(name) <= LONG else f"{name[: LONG - 1]}…" for name in classes]
    figure, [[axis]] = subplots(SIZE)
    draw_shares(axis, shares, OURS_SHARES)
    axis.set_aspect("equal")
    axis.set(xticks=[], yticks=[])
    if len(classes) <= MANY_CLASSES:
        for (row, column), share in np.ndenumerate(shares):
            look: dict[str, Any] = {
                "ha": "center",
                "va": "center",
                "fontsize": SMALL,
                "color": on_share(share),
            }
            axis.text(column + 0.5, row + 0.5, str(counts[row, column]), **look)
        name_ticks(axis.yaxis, np.arange(len(classes)) + 0.5, names)
    axis.tick_params(labelsize=SMALL)
    axis.set_xlabel("predicted", fontsize=SMALL)
    return figure


def _link(draw: Callable[[], Figure], target: str, title: str, mark: str) -> str:
    image = embed(draw, mark)
    return (
        f'<a href="{target}"><img alt="" width="{image.width}" height="{image.height}" '
        f'src="{image.address}"><span>{escape(title)}</span></a>'
    )
