"""How much a score hangs on the choices that a paper leaves open: a sentence for each arm, and a figure."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, picture, record_marks
from lib.report.learning import each_learnt_arm, left_out
from lib.report.open_choices import spreads_by_arm, untried_sentence
from lib.report.plots import PAPER, TRAIN, VALIDATION, WHITE, frame, name_ticks
from lib.report.subplots import default_style, subplots
from lib.results import Choice, Learning, Results, has_learnt, shown_protocol
from lib.settings import FEW_IMAGES

WHAT = "trials of open choices"
LEGEND = (
    "Each open choice is changed alone, to values that other programs use. A point is one training on the first "
    "split; diamonds and the dashed line mark this run. Labels of close values are joined, left to right. Epoch: the "
    "last five and the best of this run."
)
FONT = 7  # points
CHARACTER = 0.6 * FONT  # points; of the values' characters hardly one is wider
WIDTH = 380  # points that the axis has at least, beside the names of the choices


def choice_sentences(
    choices: Sequence[Choice],
    learning: Sequence[Learning],
    paper: Paper,
    marks: Mapping[str, str],
) -> Block:
    """Between what every open choice moves the accuracy of each arm, if it was tried.

    Of arms that did not learn it does not matter, and they are only named.
    """
    protocol = shown_protocol(record.protocol for record in learning)
    names = paper.without_variants(record.arm for record in learning)
    learnt = [name for name in names if has_learnt(learning, name, protocol)]
    spreads = spreads_by_arm(choices, learnt)
    sentences = [
        f"{arm}: {spread} (test accuracy, first seed)." for arm, spread in spreads.items() if spread
    ]
    variants = any(record.arm not in names for record in learning)
    untried = [arm for arm, spread in spreads.items() if not spread]
    others = [name for name in names if name not in learnt]
    sentences += [untried_sentence(untried, variants=variants), left_out(WHAT, others)]
    return paragraph(" ".join(filter(None, sentences)), marks[""])


def choice_figure(results: Results) -> Block:
    """Test accuracy with every open choice changed alone, one small plot per arm.

    A sentence where nothing was tried: the settings asked for nothing, or no arm is cheap enough to be
    trained again and again.
    """
    arms = list(dict.fromkeys(choice.arm for choice in results.choices))
    if not arms and not results.settings["choices"]:
        return paragraph(
            f"Not tried in this run: set choices = True at the top. The quick profile leaves it out above "
            f"{FEW_IMAGES:,} images."
        )
    if not arms:
        return paragraph(
            "Not tried in this run: it needs the paper's split and a model with a frozen backbone and nothing random "
            "before it, so that training again takes seconds."
        )
    marks = record_marks(results)
    return paragraph(LEGEND) + each_learnt_arm(
        arms,
        results.learning,
        "published",
        lambda arm: _plot([choice for choice in results.choices if choice.arm == arm], marks[arm]),
        WHAT,
    )


@default_style()
def _plot(choices: Sequence[Choice], mark: str) -> Block:
    """The plot of one arm: a line for each choice, on it a point for each value."""
    names = list(dict.fromkeys(choice.name for choice in choices))
    figure, [[axis]] = subplots((8.4, 0.5 * len(names) + 1.1))
    low, high = (end(choice.accuracy for choice in choices) for end in (min, max))
    margin = 0.06 * (high - low) or 0.01
    axis.set(xlim=(low - margin, high + margin), ylim=(len(names) - 0.4, -0.6))
    character = CHARACTER / WIDTH * (high - low + 2 * margin)
    for row, name in enumerate(names):
        _draw_line(axis, row, [choice for choice in choices if choice.name == name], character)
    used = next(choice.accuracy for choice in choices if choice.used and choice.name != "epoch")
    axis.axvline(used, color=VALIDATION, lw=1, ls="--", zorder=0)
    name_ticks(axis.yaxis, range(len(names)), names)
    axis.set_xlabel("test accuracy, first seed")
    frame(axis, "x")
    alt = f"Test accuracy of {choices[0].arm} under choices that the paper leaves open"
    return picture(figure, _caption(choices, names), alt, mark)


def _draw_line(axis: Axes, row: int, values: Sequence[Choice], character: float) -> None:
    """The values of one choice: a point each, and above them what they are."""
    ordered = sorted(values, key=lambda choice: choice.accuracy)
    ends = [ordered[0].accuracy, ordered[-1].accuracy]
    axis.plot(ends, [row, row], color=PAPER, alpha=0.4, lw=3, zorder=1)
    for choice in sorted(ordered, key=lambda choice: choice.used):  # the run's own on top
        colour, marker = (VALIDATION, "D") if choice.used else (TRAIN, "o")
        axis.plot(choice.accuracy, row, marker, color=colour, zorder=2)
    for place, text in _labels(ordered, character):
        axis.annotate(
            text,
            (place, row),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=FONT,
            bbox={"facecolor": WHITE, "edgecolor": "none", "pad": 0.5},
        )


def _labels(ordered: Sequence[Choice], character: float) -> list[tuple[float, str]]:
    """Where values are written, and how: as one text where single ones would overlap.

    Args:
        ordered: By accuracy.
        character: Its width, as a difference of accuracy.
    """

    def placed(choices: Sequence[Choice]) -> tuple[float, str]:
        middle = (choices[0].accuracy + choices[-1].accuracy) / 2
        return middle, "; ".join(choice.value for choice in choices)

    def overlap(choices: Sequence[Choice], others: Sequence[Choice]) -> bool:
        (left, text), (right, other) = placed(choices), placed(others)
        return right - left < character * ((len(text) + len(other)) / 2 + 1)

    together = []
    for choice in ordered:
        together.append([choice])
        while len(together) > 1 and overlap(*together[-2:]):
            together[-2:] = [together[-2] + together[-1]]
    return [placed(choices) for choices in together]


def _caption(choices: Sequence[Choice], names: Sequence[str]) -> str:
    def reach(name: str) -> float:
        accuracies = [choice.accuracy for choice in choices if choice.name == name]
        return max(accuracies) - min(accuracies)

    widest = max(names, key=reach)
    return (
        f"Test accuracy of {choices[0].arm} by open choice. The {widest} "
        f"matters most: {100 * reach(widest):.1f} points from worst to best value."
    )
