"""The figure of what the choices make of a score that a paper leaves open."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.report.blocks import Shown, each_arm, picture, sentence
from lib.report.plots import TRAIN, VALIDATION
from lib.results import Choice, Results

FONT = 7  # points
CHARACTER = 0.6 * FONT  # points; of the values' characters hardly one is wider
WIDTH = 380  # points that the axis has at least, beside the names of the choices


def choices(results: Results, mark: str) -> Shown:
    """Test accuracy with every open choice changed alone, one small plot an arm.

    A sentence where no arm is cheap enough to be trained again and again.
    """
    arms = list(dict.fromkeys(one.arm for one in results.choices))
    if not arms:
        return sentence(
            "Not tried here: it needs the paper's split and a model whose backbone is frozen with "
            "nothing random before it, so that another training takes seconds."
        )
    return each_arm(
        arms, lambda arm: _plot([one for one in results.choices if one.arm == arm], mark)
    )


def _plot(found: Sequence[Choice], mark: str) -> Shown:
    names = list(dict.fromkeys(one.name for one in found))
    figure = Figure(figsize=(8.4, 0.5 * len(names) + 1.1), layout="constrained")
    axis = figure.subplots()
    low, high = (end(one.accuracy for one in found) for end in (min, max))
    margin = 0.06 * (high - low) or 0.01
    axis.set(xlim=(low - margin, high + margin), ylim=(len(names) - 0.4, -0.6))
    character = CHARACTER / WIDTH * (high - low + 2 * margin)
    for row, name in enumerate(names):
        _line(axis, row, [one for one in found if one.name == name], character)
    used = next(one.accuracy for one in found if one.used and one.name != "epoch")
    axis.axvline(used, color=VALIDATION, lw=1, ls="--", zorder=0)
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel("test accuracy, first seed")
    axis.grid(axis="x", alpha=0.3)
    sns.despine(ax=axis)
    alt = f"Test accuracy of {found[0].arm} under choices that the paper leaves open"
    return picture(figure, _caption(found, names), alt, mark)


def _line(axis: Axes, row: int, of_name: Sequence[Choice], character: float) -> None:
    """The values of one choice: a point each, what they are above them."""
    ordered = sorted(of_name, key=lambda one: one.accuracy)
    ends = [ordered[0].accuracy, ordered[-1].accuracy]
    axis.plot(ends, [row, row], color="#bbbbbb", lw=3, zorder=1)
    for one in sorted(ordered, key=lambda one: one.used):  # the run's own on top
        colour, marker = (VALIDATION, "D") if one.used else (TRAIN, "o")
        axis.plot(one.accuracy, row, marker, color=colour, zorder=2)
    for place, text in _labels(ordered, character):
        axis.annotate(
            text,
            (place, row),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=FONT,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )


def _labels(ordered: Sequence[Choice], character: float) -> list[tuple[float, str]]:
    """Where values are written, and how: as one text where single ones would overlap.

    Args:
        ordered: By accuracy.
        character: Its width, as a difference of accuracy.
    """

    def placed(ones: Sequence[Choice]) -> tuple[float, str]:
        return (ones[0].accuracy + ones[-1].accuracy) / 2, "; ".join(one.value for one in ones)

    def overlap(ones: Sequence[Choice], others: Sequence[Choice]) -> bool:
        (left, text), (right, other) = placed(ones), placed(others)
        return right - left < character * ((len(text) + len(other)) / 2 + 1)

    together = []
    for one in ordered:
        together.append([one])
        while len(together) > 1 and overlap(*together[-2:]):
            together[-2:] = [together[-2] + together[-1]]
    return [placed(ones) for ones in together]


def _caption(found: Sequence[Choice], names: Sequence[str]) -> str:
    def reach(name: str) -> float:
        values = [one.accuracy for one in found if one.name == name]
        return max(values) - min(values)

    widest = max(names, key=reach)
    return (
        f"Test accuracy of {found[0].arm} when one open choice is changed and all others stay "
        f"(diamonds: this run's own; dashed line: its accuracy). The widest is the {widest}: "
        f"{100 * reach(widest):.1f} points between its best and its worst value. Values that lie close "
        f"together share a label, from left to right. Epoch: the last five and the best of this run."
    )
