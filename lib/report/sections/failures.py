"""Failures to look at: images called wrongly or hardly decided on, and classes taken for each other."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.evaluation.intervals import clusters
from lib.papers.declare import Paper
from lib.report.blocks import Shown, each_arm, picture, sentence
from lib.report.notation import protocol_note
from lib.report.plots import RIGHT, WRONG, thumbnail
from lib.results import shown_protocol
from lib.words import counted

SHOWN = 8  # images in a row
CONFUSIONS, PAIRS = 4, 3  # rows of the figure of confusions, pairs in each
LETTERS = 15  # a line above an image
SIDE, LINE, NAME = 1.1, 0.16, 1.1  # inches: of an image, of a line of text, its longest
MARGIN = 0.18  # inches above and below both
READ = "Above each: its class → the class it was called"


class Pixels(Protocol):
    """Whatever gives images by their paths, as `lib.datasets.ImageSet` does."""

    def of_paths(self, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), size, size, 3) uint8."""


def failures(
    predictions: pd.DataFrame, images: Pixels, paper: Paper, marks: Mapping[str, str]
) -> Shown:
    """Test images of each of the paper's arms: the most confidently wrong, and the least certain.

    Those of the first seed, one a group where groups are known.

    Args:
        predictions: Rows as in predictions.csv.
    """

    def of_arm(arm: str, rows: pd.DataFrame) -> Shown:
        first = rows[rows["seed"] == rows["seed"].iloc[0]]
        note = _note(first, paper)
        shown = _most_wrong(first, images, note, marks[arm])
        return shown + _least_certain(first, images, note, marks[arm])

    return _each_arm(predictions, paper, of_arm)


def confused(
    predictions: pd.DataFrame, images: Pixels, paper: Paper, marks: Mapping[str, str]
) -> Shown:
    """The most frequent confusions of each of the paper's arms, over all seeds, with pairs of images.

    Args:
        predictions: Rows as in predictions.csv.
    """

    def of_arm(arm: str, rows: pd.DataFrame) -> Shown:
        wrong = rows[rows["true"] != rows["predicted"]]
        seeds = counted(rows["seed"].nunique(), "seed")
        if wrong.empty:
            return sentence(f"No class is taken for another by {arm} ({seeds}).", marks[arm])
        place = paper.class_names.index
        counts = wrong.groupby(["true", "predicted"]).size().items()
        most = sorted(counts, key=lambda one: (-one[1], *map(place, one[0])))[:CONFUSIONS]
        caption = (
            f"The most frequent confusions: class → the class it was called, and how many of its images "
            f"({seeds}, an image counted once a seed). Left of each pair: a confused image (✗), the "
            f"surest answers first. Right of it: the image of the other class, rightly called (✓), that "
            f"the same model is surest of, unless the row shows it already.{_note(rows, paper)}"
        )
        figure = _confusions(rows, [pair for pair, _ in most], images)
        return picture(figure, caption, f"The most frequent confusions of {arm}", marks[arm])

    return _each_arm(predictions, paper, of_arm)


def _each_arm(
    predictions: pd.DataFrame, paper: Paper, make: Callable[[str, pd.DataFrame], Shown]
) -> Shown:
    """`make` of each of the paper's arms and its answers on test images, under the shown protocol.

    The answers have three more columns: `cluster` (the group, or the path where groups are unknown)
    and the probabilities `sure` of the class called and `rival` of the likeliest other one.
    """
    protocol = shown_protocol(predictions["protocol"])
    test = predictions[(predictions["part"] == "test") & (predictions["protocol"] == protocol)]
    shares = test[list(paper.class_names)].to_numpy(float)
    called = test[["predicted"]].to_numpy() == np.array(paper.class_names, dtype=object)
    answers = test.assign(
        cluster=clusters(test)[0], sure=shares[called], rival=np.where(called, -1, shares).max(1)
    )
    names = [arm.name for arm in paper.arms]
    return each_arm(names, lambda name: make(name, answers[answers["arm"] == name]))


def _note(rows: pd.DataFrame, paper: Paper) -> str:
    """What a caption says of the choice of images."""
    one = f" In a row no two images of one {paper.dataset.group_noun}." if clusters(rows)[1] else ""
    return one + protocol_note(rows["protocol"].iloc[0])


def _surest(rows: pd.DataFrame) -> pd.DataFrame:
    """The surest first, and of every group that one only."""
    ordered = rows.sort_values(["sure", "path", "seed"], ascending=[False, True, True])
    return ordered.drop_duplicates("cluster")


def _most_wrong(rows: pd.DataFrame, images: Pixels, note: str, mark: str) -> Shown:
    wrong, seed = rows[rows["true"] != rows["predicted"]], rows["seed"].iloc[0]
    if wrong.empty:
        told = f"No answer is wrong (seed {seed}, {counted(len(rows), 'test image')})."
        return sentence(told, mark)
    caption = (
        f"The wrong answers that the model is surest of (seed {seed}: {len(wrong)} of "
        f"{counted(len(rows), 'test image')} wrong). {READ}, and that one's probability.{note}"
    )
    worst = _surest(wrong).head(SHOWN)
    shown = _row(worst, list(map(_share, worst["sure"])), images)
    return picture(shown, caption, "The most confidently wrong answers", mark)


def _least_certain(rows: pd.DataFrame, images: Pixels, note: str, mark: str) -> Shown:
    apart = rows.assign(apart=rows["sure"] - rows["rival"]).sort_values(["apart", "path"])
    least = apart.drop_duplicates("cluster").head(SHOWN)
    caption = (
        f"The answers that the model is least certain of (seed {rows['seed'].iloc[0]}): its two highest "
        f"probabilities lie closest together. {READ}, and those two; right answers ✓, wrong ones ✗.{note}"
    )
    both = zip(least["sure"], least["rival"], strict=True)
    shown = _row(least, [f"{one:.2f} : {other:.2f}" for one, other in both], images)
    return picture(shown, caption, "The least certain answers", mark)


def _row(rows: pd.DataFrame, numbers: Sequence[str], images: Pixels) -> Figure:
    """One row of images; as wide with few, since a phone shows every figure at the same width."""
    right = list(rows["true"] == rows["predicted"])
    named = map(_named, rows["true"], rows["predicted"])
    titles = [f"{one}\n{_sign(hit)} {n}" for one, hit, n in zip(named, right, numbers, strict=True)]
    lines = max(one.count("\n") for one in titles) + 1
    figure = Figure(
        figsize=(1.04 * SIDE * SHOWN, SIDE + LINE * lines + MARGIN), layout="constrained"
    )
    axes = figure.subplots(1, SHOWN)
    for axis in axes:
        axis.set_axis_off()
    pixels = images.of_paths(list(rows["path"]))
    for axis, image, title, hit in zip(axes, pixels, titles, right, strict=False):
        _draw(axis, image, title, hit)
    return figure


def _confusions(rows: pd.DataFrame, pairs: Sequence[tuple[str, str]], images: Pixels) -> Figure:
    """A line for each (class, class called): its numbers, then confused images beside right ones."""
    named = [_named(*pair) for pair in pairs]
    lines = max(one.count("\n") for one in named) + 2
    height = max(SIDE + LINE, LINE * lines) + MARGIN
    ratios = [*(1, 1, 0.1) * PAIRS][:-1]  # a gap behind every pair
    width = NAME + 1.08 * SIDE * sum(ratios)
    figure = Figure(figsize=(width, height * len(pairs)), layout="constrained")
    grid = figure.subplots(len(pairs), len(ratios), squeeze=False, width_ratios=ratios)
    for axis in grid.flat:
        axis.set_axis_off()
    for line, (true, predicted), name in zip(grid, pairs, named, strict=True):
        of_class = rows[rows["true"] == true]
        wrong = of_class[of_class["predicted"] == predicted]
        told = f"{name}\n{len(wrong)} of {len(of_class)}"
        place = {"transform": line[0].transAxes, "ha": "right", "va": "center"}
        line[0].text(-0.1, 0.5, told, fontsize=9, **place)
        for number, pair in enumerate(_pairs(rows, wrong)):
            pixels = images.of_paths([one.path for one in pair])
            for axis, image, one in zip(line[3 * number :], pixels, pair, strict=False):
                hit = one.true == one.predicted
                _draw(axis, image, f"{_sign(hit)} {_share(one.sure)}", hit)
    return figure


def _pairs(rows: pd.DataFrame, wrong: pd.DataFrame) -> list[list]:
    """Rows of confused images, each with that of its partner; alone where the model has none left."""
    shown, found = set(), []
    for one in _surest(wrong).head(PAIRS).itertuples():
        right = (rows["true"] == one.predicted) & (rows["predicted"] == one.predicted)
        same_model = (rows["seed"] == one.seed) & (rows["fold"] == one.fold)
        fit = _surest(rows[right & same_model & ~rows["cluster"].isin(shown)])
        found.append([one, *fit.head(1).itertuples()])
        shown |= {each.cluster for each in found[-1]}
    return found


def _draw(axis: Axes, image: np.ndarray, title: str, right: bool) -> None:
    axis.imshow(thumbnail(image))
    axis.set_anchor("S")  # what is left of its height is for the title
    axis.set_title(title, fontsize=9, color=RIGHT if right else WRONG)


def _named(true: str, predicted: str) -> str:
    return "\n".join(textwrap.fill(one, LETTERS) for one in (f"{true} →", predicted))


def _sign(right: bool) -> str:
    return "✓" if right else "✗"


def _share(probability: float) -> str:
    """A probability that is rounded up to 1 by two decimals is not 1."""
    return f"{probability:.2f}" if probability < 0.995 else "> 0.99"
