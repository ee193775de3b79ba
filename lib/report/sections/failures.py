"""Failures to look at: images called wrongly or hardly decided on, and classes taken for each other."""

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.evaluation.intervals import clusters
from lib.report.blocks import Block, paragraph, picture, record_marks
from lib.report.learning import each_learnt_arm
from lib.report.notation import protocol_name, protocol_note
from lib.report.plots import RIGHT, WRONG, show_thumbnail
from lib.report.subplots import default_style, subplots
from lib.results import Results, has_learnt, shown_protocol
from lib.words import counted, listed

PER_ROW = 8  # images
CONFUSIONS, PAIRS = 4, 3  # rows of the figure of confusions, pairs in each
LETTERS = 15  # a line above an image
SIDE, LINE, NAME = 1.1, 0.16, 1.1  # inches: of an image, of a line of text, its longest
MARGIN = 0.18  # inches above and below both
LEGEND = "Above each image: true class → predicted class, and its probability; right ✓, wrong ✗."
PAIRS_LEGEND = (
    "True class → predicted class, and how many of its images. In each pair, left: a confused image (✗), the most "
    "confident first; right: the image of the other class that the same model is surest of (✓)."
)


class Pixels(Protocol):
    """Whatever gives images by their paths, as `lib.datasets.ImageSet` does."""

    def take_paths(self, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), size, size, 3) uint8."""


def failure_figure(results: Results, predictions: pd.DataFrame, images: Pixels) -> Block:
    """Test images of each of the paper's arms that learnt: the most confidently wrong, and the least certain.

    Those of the first seed, one per group where groups are known.

    Args:
        predictions: Rows as in predictions.csv.
    """
    marks = record_marks(results)

    def arm_block(arm: str, answers: pd.DataFrame) -> Block:
        first = answers[answers["seed"] == answers["seed"].iloc[0]]
        return _most_wrong(first, images, marks[arm]) + _least_certain(first, images, marks[arm])

    return _each_arm(results, predictions, arm_block, "failures", LEGEND)


def confused_pair_figure(results: Results, predictions: pd.DataFrame, images: Pixels) -> Block:
    """The most frequent confusions of each of the paper's arms that learnt, over all seeds, with pairs of images.

    Args:
        predictions: Rows as in predictions.csv.
    """
    marks, order = record_marks(results), results.classes.index

    def arm_block(arm: str, answers: pd.DataFrame) -> Block:
        wrong = answers[answers["true"] != answers["predicted"]]
        seeds = counted(answers["seed"].nunique(), "seed")
        if wrong.empty:
            return paragraph(f"{arm} confuses no classes ({seeds}).", marks[arm])
        counts = wrong.groupby(["true", "predicted"]).size()
        confusions = sorted(counts.index, key=lambda pair: (-counts[pair], *map(order, pair)))
        caption = f"The most frequent confusions of {arm} ({seeds})."
        draw = partial(_draw_confusions, answers, confusions[:CONFUSIONS], images)
        return picture(draw, caption, f"The most frequent confusions of {arm}", marks[arm])

    return _each_arm(results, predictions, arm_block, "confused pairs", PAIRS_LEGEND)


def _each_arm(
    results: Results,
    predictions: pd.DataFrame,
    make: Callable[[str, pd.DataFrame], Block],
    what: str,
    legend: str,
) -> Block:
    """`make` of each of the paper's arms that learnt and its answers on test images, under the shown protocol.

    Above them the legend, and how the images were chosen.

    The answers have three more columns: `cluster` (the group, or the path where groups are unknown)
    and the probabilities `sure` of the class called and `rival` of the likeliest other one.
    """
    protocol = shown_protocol(predictions["protocol"].unique())
    test = predictions[(predictions["part"] == "test") & (predictions["protocol"] == protocol)]
    shares = test[results.classes].to_numpy(float)
    called = test[["predicted"]].to_numpy() == np.array(results.classes, dtype=object)
    answers = test.assign(
        cluster=clusters(test)[0], sure=shares[called], rival=np.where(called, -1, shares).max(1)
    )
    names = [model.arm for model in results.models if not model.variant_of]
    shown = each_learnt_arm(
        names,
        results.learning,
        protocol,
        lambda name: make(name, answers[answers["arm"] == name]),
        what,
    )
    learnt = any(has_learnt(results.learning, name, protocol) for name in names)
    return paragraph(f"{legend}{_note(answers, results)}") + shown if learnt else shown


def _note(answers: pd.DataFrame, results: Results) -> str:
    """What the legend says of the choice of images, and of those that stand in for a class."""
    grouped = clusters(answers)[1]
    name = protocol_name(results.grouping, answers["protocol"].iloc[0])
    apart = f" No two images in a row are of one {results.data.group_noun}." if grouped else ""
    stand_ins = "".join(
        f" The images of {name} show {listed(others)} instead: a wrong answer on them does not point to a wrong "
        f"label."
        for name, others in results.data.stand_ins.items()
    )
    return apart + stand_ins + protocol_note(name)


def _most_wrong(answers: pd.DataFrame, images: Pixels, mark: str) -> Block:
    wrong, seed = answers[answers["true"] != answers["predicted"]], answers["seed"].iloc[0]
    tested = counted(len(answers), "test image")
    if wrong.empty:
        return paragraph(f"No answer is wrong (seed {seed}, {tested}).", mark)
    caption = f"The most confident wrong answers (seed {seed}: {len(wrong)} of {tested} wrong)."
    worst = _surest(wrong).head(PER_ROW)
    draw = partial(_draw_row, worst, list(map(probability, worst["sure"])), images)
    return picture(draw, caption, "The most confidently wrong answers", mark)


def _least_certain(answers: pd.DataFrame, images: Pixels, mark: str) -> Block:
    ordered = answers.assign(apart=answers["sure"] - answers["rival"]).sort_values(
        ["apart", "path"]
    )
    least = ordered.drop_duplicates("cluster").head(PER_ROW)
    caption = f"The least certain answers, with the two highest probabilities (seed {answers['seed'].iloc[0]})."
    pairs = zip(least["sure"], least["rival"], strict=True)
    numbers = [f"{sure:.2f} : {rival:.2f}" for sure, rival in pairs]
    return picture(
        partial(_draw_row, least, numbers, images), caption, "The least certain answers", mark
    )


def _surest(answers: pd.DataFrame) -> pd.DataFrame:
    """The surest first, and of every group that one only."""
    ordered = answers.sort_values(["sure", "path", "seed"], ascending=[False, True, True])
    return ordered.drop_duplicates("cluster")


@default_style()
def _draw_row(answers: pd.DataFrame, numbers: Sequence[str], images: Pixels) -> Figure:
    """One row of images; as wide with few, since a phone shows every figure at the same width."""
    hits = list(answers["true"] == answers["predicted"])
    named = map(_wrapped, answers["true"], answers["predicted"])
    titles = [
        f"{names}\n{sign(hit)} {number}"
        for names, hit, number in zip(named, hits, numbers, strict=True)
    ]
    lines = max(title.count("\n") for title in titles) + 1
    size = (1.04 * SIDE * PER_ROW, SIDE + LINE * lines + MARGIN)
    figure, [axes] = subplots(size, 1, PER_ROW)
    for axis in axes:
        axis.set_axis_off()
    pixels = images.take_paths(list(answers["path"]))
    for axis, image, title, hit in zip(axes, pixels, titles, hits, strict=False):
        draw_image(axis, image, title, hit)
    return figure


@default_style()
def _draw_confusions(
    answers: pd.DataFrame, confusions: Sequence[tuple[str, str]], images: Pixels
) -> Figure:
    """A line for each (class, class called): its numbers, then confused images beside right ones."""
    names = [_wrapped(*confusion) for confusion in confusions]
    lines = max(name.count("\n") for name in names) + 2
    height = max(SIDE + LINE, LINE * lines) + MARGIN
    ratios = [*(1, 1, 0.1) * PAIRS][:-1]  # a gap behind every pair
    width = NAME + 1.08 * SIDE * sum(ratios)
    figure, grid = subplots((width, height * len(confusions)), len(confusions), len(ratios), ratios)
    for axis in grid.flat:
        axis.set_axis_off()
    for axes, (true, predicted), name in zip(grid, confusions, names, strict=True):
        of_class = answers[answers["true"] == true]
        wrong = of_class[of_class["predicted"] == predicted]
        text = f"{name}\n{len(wrong)} of {len(of_class)}"
        place = {"transform": axes[0].transAxes, "ha": "right", "va": "center"}
        axes[0].text(-0.1, 0.5, text, fontsize=9, **place)
        for number, pair in enumerate(_pairs(answers, wrong)):
            pixels = images.take_paths([answer.path for answer in pair])
            for axis, image, answer in zip(axes[3 * number :], pixels, pair, strict=False):
                hit = answer.true == answer.predicted
                draw_image(axis, image, f"{sign(hit)} {probability(answer.sure)}", hit)
    return figure


def _pairs(answers: pd.DataFrame, wrong: pd.DataFrame) -> list[list[Any]]:
    """Answers on confused images, each with its partner's; alone where the model has none left."""
    used: set[Any] = set()
    pairs: list[list[Any]] = []
    for confused in _surest(wrong).head(PAIRS).itertuples():
        right = (answers["true"] == confused.predicted) & (
            answers["predicted"] == confused.predicted
        )
        same_model = (answers["seed"] == confused.seed) & (answers["fold"] == confused.fold)
        partners = _surest(answers[right & same_model & ~answers["cluster"].isin(used)])
        pairs.append([confused, *partners.head(1).itertuples()])
        used |= {answer.cluster for answer in pairs[-1]}
    return pairs


def draw_image(axis: Axes, image: np.ndarray, title: str, hit: bool) -> None:
    """An image under its title, which has the colour of a right or a wrong answer."""
    show_thumbnail(axis, image)
    axis.set_anchor("S")  # what is left of its height is for the title
    axis.set_title(title, fontsize=9, color=RIGHT if hit else WRONG)


def _wrapped(true: str, predicted: str) -> str:
    """Class and class called, broken into lines."""
    return "\n".join(textwrap.fill(text, LETTERS) for text in (f"{true} →", predicted))


def sign(hit: bool) -> str:
    """Of a right or a wrong answer."""
    return "✓" if hit else "✗"


def probability(value: float) -> str:
    """With two decimals; one that they would round up to 1 is not 1."""
    return f"{value:.2f}" if value < 0.995 else "> 0.99"
