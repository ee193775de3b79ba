"""Where the models look: which answers get a heat map, and how much heat lies on border and object.

Reads tables, as `lib.evaluation.scores`. The maps themselves are made by `lib.models.gradcam`.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import cv2
import numpy as np
import pandas as pd

from lib.datasets import ImageSet, join_evidence
from lib.evaluation.rows import Rows, Table
from lib.evidence.probes.inputs import frame_mask
from lib.papers.declare import Paper
from lib.results import Attention, Learning, has_learnt, shown_protocol

KIND = "attention"  # of rows in evidence.csv
AVERAGED = 20  # images per answer whose heat is averaged
GREY = 16  # up to which channels differ in a grey image that was saved with colours
EXAMPLE, AVERAGE = "example", "average"  # uses of an answer
FIELDS = {  # what a row tells → its field in `Attention`
    "heat on the border": "border",
    "area of the border": "border_area",
    "heat on the object": "object",
    "area of the object": "object_area",
}
NAME = "(?P<what>[^=]*)=(?P<share>.*)"  # of a row: the first is a key of `FIELDS`


class HeatMaps(Protocol):
    """Whatever gives maps of images, as `lib.training.Heat` does."""

    def take(self, arm: str, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), size, size) in 0…1: where what speaks for the arm's answers lies."""


def answers_to_explain(
    paper: Paper,
    arms: Sequence[str],
    tested: pd.DataFrame,
    learning: Sequence[Learning],
    uses: Collection[str] = (EXAMPLE, AVERAGE),
) -> pd.DataFrame:
    """Answers on test images of which heat maps are made, with what for in `use`; of arms that learnt only.

    Of the first fit under the shown protocol: for every class the right and the wrong answer with the
    highest probability, and, where the border may give classes away (`Dataset.border_clues`), up to
    `AVERAGED` answers of each kind.

    Args:
        arms: Names of the paper's own arms.
        tested: Rows as in predictions.csv, of test images.
        uses: For which of them.

    Returns:
        Such rows with two more columns: `use` and `sure`, the probability of the answer. An image may
        stand there for both uses.
    """
    protocol = shown_protocol(tested["protocol"].unique())
    tables = []
    for arm in arms:
        if has_learnt(learning, arm, protocol):
            answers = _first_fit(tested[(tested["arm"] == arm) & (tested["protocol"] == protocol)])
            answers = answers.assign(sure=answers[list(paper.class_names)].max(axis=1))
            if EXAMPLE in uses:
                tables.append(_surest(answers).assign(use=EXAMPLE))
            if AVERAGE in uses and paper.dataset.border_clues:
                tables.append(_spread(answers).assign(use=AVERAGE))
    if not tables:
        return tested.head(0).assign(sure=0.0, use="")
    return pd.concat(tables, ignore_index=True)


def _first_fit(answers: pd.DataFrame) -> pd.DataFrame:
    first = answers.iloc[0]
    return answers[(answers["seed"] == first["seed"]) & (answers["fold"] == first["fold"])]


def _surest(answers: pd.DataFrame) -> pd.DataFrame:
    """Of every class the surest right and the surest wrong answer."""
    ordered = answers.sort_values(["sure", "path"], ascending=[False, True])
    right = ordered["true"] == ordered["predicted"]
    return ordered.groupby([ordered["true"], right], sort=False).head(1)


def _spread(answers: pd.DataFrame) -> pd.DataFrame:
    """Up to `AVERAGED` of each answer, evenly spread over the table, in which groups may stand together."""
    chosen = []
    for _, of_answer in answers.groupby("predicted", sort=False):
        number = min(AVERAGED, len(of_answer))
        chosen.append(
            of_answer.iloc[np.linspace(0, len(of_answer) - 1, number).round().astype(int)]
        )
    return pd.concat(chosen)


def heat_rows(explained: pd.DataFrame, heat: HeatMaps, images: ImageSet) -> pd.DataFrame:
    """Rows of evidence.csv, kind "attention": shares of heat and of the image, as "heat on the border=0.25".

    One for each key of `FIELDS` and each of the answers whose heat is averaged; an image whose map is
    empty has none.

    Args:
        explained: From `answers_to_explain`.
        images: Of any size; they are looked at in that of the maps.
    """
    tables = []
    averaged = explained[explained["use"] == AVERAGE]
    for arm, answers in averaged.groupby("arm", sort=False):
        paths = list(answers["path"])
        maps = heat.take(arm, paths)
        pixels = images.resized(maps.shape[1]).take_paths(paths)
        lit = maps.any(axis=(1, 2))
        shares = [heat_shares(*pair) for pair in zip(maps[lit], pixels[lit], strict=True)]
        for number, name in enumerate(FIELDS):
            named = [f"{name}={of_image[number]:.6f}" for of_image in shares]
            tables.append(answers[lit].assign(kind=KIND, name=named))
    return join_evidence(tables)


def heat_shares(heat: np.ndarray, image: np.ndarray) -> tuple[float, float, float, float]:
    """The share of the heat on the border, of the image that is border, and both of the object.

    Args:
        heat: (size, size), with something above 0.
        image: (size, size, 3) uint8.
    """
    masks = frame_mask(len(image)), object_mask(image)
    on_border, on_object = (float(heat[mask].sum() / heat.sum()) for mask in masks)
    border, area = (float(mask.mean()) for mask in masks)
    return on_border, border, on_object, area


def object_mask(image: np.ndarray) -> np.ndarray:
    """(size, size) bool: the largest connected area of strong colour, or, in a grey image, of light.

    Colour is the distance between a pixel's largest and smallest channel; strong is what Otsu's threshold
    puts above it. So a stained nucleus and a breast on a film are found, and black corners are not. Nowhere
    in an image of one colour.

    Args:
        image: (size, size, 3) uint8.

    Source: N. Otsu, A Threshold Selection Method from Gray-Level Histograms, 1979.
    """
    light = image.max(axis=2)
    colour = light - image.min(axis=2)
    strength = colour if colour.max() > GREY else light
    _, strong = cv2.threshold(strength, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if strong.all() or not strong.any():  # no threshold divides an image of one colour
        return np.zeros(strong.shape, bool)
    _, areas, facts, _ = cv2.connectedComponentsWithStats(strong)
    return areas == 1 + facts[1:, cv2.CC_STAT_AREA].argmax()


def attention_records(rows: Table) -> Iterator[Attention]:
    """Where the heat lies on average, for each arm, protocol and answer.

    Args:
        rows: Of evidence.csv, of kind "attention".
    """
    for (arm, protocol, answer), of_answer in Rows.of(rows).by("arm", "protocol", "predicted"):
        told = pd.Series(of_answer["name"]).str.extract(NAME)
        means = told["share"].astype(float).groupby(told["what"].map(FIELDS)).mean()
        yield Attention(
            arm=arm,
            protocol=protocol,
            of=answer,
            images=of_answer.count("path"),
            **{field: float(means[field]) for field in FIELDS.values()},
        )
