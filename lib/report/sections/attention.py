"""Where the models look: heat maps of single answers, and where the heat lies on average."""

import textwrap
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.evidence.attention import AVERAGE, EXAMPLE, HeatMaps, answers_to_explain
from lib.papers.declare import Paper
from lib.report.blocks import Block, fold_away, paragraph, picture, record_marks, stack, table
from lib.report.learning import each_learnt_arm
from lib.report.notation import protocol_name, protocol_note
from lib.report.plots import overlay, show_thumbnail
from lib.report.sections.failures import (
    LETTERS,
    LINE,
    NAME,
    SIDE,
    Pixels,
    draw_image,
    probability,
    sign,
)
from lib.report.subplots import default_style, subplots
from lib.results import Attention, Results, has_learnt, shown_protocol
from lib.words import percent

LEGEND = "Per class, the surest right ✓ and the surest wrong ✗ answer, each beside its heat (orange: high)."
LIMITS = (
    "A heat map is coarse. It shows neither what the network sees in a place nor that the answer needs it: a "
    "plausible map proves nothing."
)
OBJECT = "A rule that can miss finds the object: the largest area of strong colour, in a grey image of light."


def attention_figure(
    paper: Paper, results: Results, predictions: pd.DataFrame, images: Pixels, heat: HeatMaps
) -> Block:
    """Of each of the paper's arms that learnt: images beside their heat maps, and the mean heat per answer.

    The latter where the declaration names clues at the border.

    Args:
        predictions: Rows as in predictions.csv.
        images: Of any size.
        heat: Of the answers that `answers_to_explain` chooses.
    """
    marks, protocol = record_marks(results), shown_protocol(predictions["protocol"].unique())
    tested = predictions[predictions["part"] == "test"]
    explained = answers_to_explain(paper, results.arms, tested, results.learning)

    def arm_block(arm: str) -> Block:
        answers = explained[explained["arm"] == arm]
        return _examples(answers, results.classes, images, heat, marks[arm])

    blocks = [each_learnt_arm(results.arms, results.learning, protocol, arm_block, "heat maps")]
    if any(has_learnt(results.learning, arm, protocol) for arm in results.arms):
        note = protocol_note(protocol_name(results.grouping, protocol))
        blocks = [paragraph(f"{LEGEND}{note} {LIMITS}"), *blocks]
    if results.attention:
        blocks.append(_averages(paper, results, explained, images, heat, marks[""]))
    return stack(blocks)


def _examples(
    answers: pd.DataFrame, classes: Sequence[str], images: Pixels, heat: HeatMaps, mark: str
) -> Block:
    arm, seed = answers["arm"].iloc[0], answers["seed"].iloc[0]
    chosen = answers[answers["use"] == EXAMPLE]
    caption = f"Answers of {arm} and their heat (seed {seed})."
    draw = partial(_draw_examples, chosen, classes, images, heat)
    return picture(draw, caption, f"Test images beside the heat of {arm}", mark)


@default_style()
def _draw_examples(
    answers: pd.DataFrame, classes: Sequence[str], images: Pixels, heat: HeatMaps
) -> Figure:
    """A row per class: image and heat of the right answer, then of the wrong one, if there are any."""
    hit = answers["true"] == answers["predicted"]
    pairs = 1 if hit.all() else 2
    ratios = [*(1, 1, 0.1) * pairs][:-1]  # a gap behind every pair
    lines = max(len(_wrapped(name).split("\n")) for name in classes)
    shown = [name for name in classes if name in set(answers["true"])]
    size = (NAME + 1.08 * SIDE * sum(ratios), (SIDE + LINE * (lines + 1)) * len(shown))
    figure, grid = subplots(size, len(shown), len(ratios), ratios)
    for axis in grid.flat:
        axis.set_axis_off()
    for axes, name in zip(grid, shown, strict=True):
        place = {"transform": axes[0].transAxes, "ha": "right", "va": "center"}
        axes[0].text(-0.1, 0.5, _wrapped(name), fontsize=9, **place)
        for answer in answers[answers["true"] == name].itertuples():
            right = answer.true == answer.predicted
            pixels = images.take_paths([answer.path])[0]
            of_answer = heat.take(answer.arm, [answer.path])[0]
            first = 0 if right else 3
            draw_image(axes[first], pixels, f"{sign(right)} {probability(answer.sure)}", right)
            title = f"→ {_wrapped(answer.predicted)}"
            draw_image(axes[first + 1], _heated(pixels, of_answer), title, right)
    return figure


def _averages(
    paper: Paper,
    results: Results,
    explained: pd.DataFrame,
    images: Pixels,
    heat: HeatMaps,
    mark: str,
) -> Block:
    """Where the heat lies on average: a sentence per arm, and behind a line mean images and numbers."""
    order = results.classes.index
    records = sorted(results.attention, key=lambda of: (results.arms.index(of.arm), order(of.of)))
    sentences = [paper.dataset.border_clues, *_share_sentences(records), OBJECT]
    averaged = explained[explained["use"] == AVERAGE]
    draw = partial(_draw_averages, averaged, records, images, heat)
    alt = "Mean test images beside the mean heat of the answer"
    figure = picture(draw, "Mean image and mean heat per answer.", alt, mark)
    details = fold_away("Heat per answer", figure + _share_table(records, mark))
    return paragraph(" ".join(sentences)) + details


def _share_sentences(records: Sequence[Attention]) -> list[str]:
    """How much of each arm's heat lies on the border and on the object, from answer to answer."""
    by_arm = {
        arm: [of for of in records if of.arm == arm]
        for arm in dict.fromkeys(of.arm for of in records)
    }
    return [
        f"Of the heat of {arm}, {_range(of_arm, 'border')} lies on the border ({_range(of_arm, 'border_area')} of the "
        f"image) and {_range(of_arm, 'object')} on the object ({_range(of_arm, 'object_area')})."
        for arm, of_arm in by_arm.items()
    ]


def _range(records: Sequence[Attention], field: str) -> str:
    """ "8.9 % to 15.8 %": the smallest and the largest share among the answers."""
    shares = sorted(getattr(record, field) for record in records)
    return " to ".join(dict.fromkeys(map(percent, (shares[0], shares[-1]))))


def _share_table(records: Sequence[Attention], mark: str) -> Block:
    rows = [
        (
            record.arm,
            record.of,
            f"{record.images}",
            percent(record.border),
            percent(record.border_area),
            percent(record.object),
            percent(record.object_area),
        )
        for record in records
    ]
    columns = (
        *("Model", "Answer", "Images", "Heat on the border", "Border's area"),
        *("Heat on the object", "Object's area"),
    )
    caption = "Share of the heat, and of the image: means over test images of one fit."
    return table(rows, columns, caption, mark, numeric=range(2, 7))


@default_style()
def _draw_averages(
    answers: pd.DataFrame, records: Sequence[Attention], images: Pixels, heat: HeatMaps
) -> Figure:
    """A row per arm: for each answer the mean image, and the mean heat on it."""
    arms = list(dict.fromkeys(record.arm for record in records))
    names = list(dict.fromkeys(record.of for record in records))
    size = (NAME + 1.08 * SIDE * 2 * len(names), (SIDE + 3 * LINE) * len(arms))
    figure, grid = subplots(size, len(arms), 2 * len(names))
    for axis in grid.flat:
        axis.set_axis_off()
    for axes, arm in zip(grid, arms, strict=True):
        place = {"transform": axes[0].transAxes, "ha": "right", "va": "center"}
        axes[0].text(-0.1, 0.5, _wrapped(arm), fontsize=9, **place)
        of_arm = answers[answers["arm"] == arm]
        for number, name in enumerate(names):
            paths = list(of_arm["path"][of_arm["predicted"] == name])
            if paths:
                _draw_mean(
                    axes[2 * number :], name, images.take_paths(paths), heat.take(arm, paths)
                )
    return figure


def _draw_mean(axes: Sequence[Axes], name: str, pixels: np.ndarray, maps: np.ndarray) -> None:
    image, mean = pixels.mean(axis=0).round().astype(np.uint8), maps.mean(axis=0)
    for axis, drawn in zip(axes, (image, _heated(image, mean)), strict=False):
        show_thumbnail(axis, drawn)
    axes[0].set_title(_wrapped(name), fontsize=9)


def _heated(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The heat over its image, which may have another size."""
    rows, columns = (
        np.arange(side) * other // side
        for side, other in zip(image.shape[:2], heat.shape, strict=True)
    )
    return overlay(image, heat[np.ix_(rows, columns)])


def _wrapped(name: str) -> str:
    return textwrap.fill(name, LETTERS)
