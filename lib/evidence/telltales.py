"""Tell-tales: what may tell an image's class before anybody looks at what it shows, such as its size.

Where such a property alone tells the class, a network can score well and have learnt nothing else.
Unlike the probes, these questions are about a set of images, not about a run: no split and no model
is needed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.datasets import ImageSet
from lib.datasets.decoding import open_image
from lib.evaluation.intervals import accuracy_score
from lib.evidence.probes.inputs import CHUNK, border, colour, near_black
from lib.evidence.probes.levels import AT_CHANCE, probe_level
from lib.results import Score

CHANNELS = ("red", "green", "blue")
EDGE = tuple(f"border {name}" for name in (*CHANNELS, "spread"))
PROPERTIES = {  # what is asked → columns of `describe_images`
    "mean colour": CHANNELS,
    "width and height": ("width", "height"),
    "file type": ("type",),
    "bytes per pixel": ("bytes per pixel",),
    "black pixels": ("black",),
    "border": EDGE,
}
PARTS = 5  # that take turns to be tested on; fewer where a class has fewer images or groups
LEAVES = 2  # of the decision tree, per class: enough for a class of small and large images


@dataclass(frozen=True, kw_only=True)
class TellTale:
    """How well one property of the images tells their class.

    Attributes:
        name: A key of `PROPERTIES`.
        accuracy: Of the answers for images that they were not learnt from; None where the property
            is the same for all images.
        tells: Whether that lies above the share of the most frequent class, its interval included.
    """

    name: str
    accuracy: Score | None
    tells: bool


def describe_images(images: ImageSet) -> pd.DataFrame:
    """One row per image of `images.table`: the columns of `PROPERTIES`, from file and pixels.

    Colours are in 0…255, "black" is a share of the pixels. Colours, black pixels and border are
    those of the image as it is decoded.
    """
    starts = range(0, len(images), CHUNK)  # memory stays flat as the set grows
    pixels = pd.concat([_of_pixels(images, start) for start in starts], ignore_index=True)
    return pd.concat([_of_files(images), pixels], axis=1)


def find_telltales(images: ImageSet, described: pd.DataFrame) -> list[TellTale]:
    """How well each of `PROPERTIES` alone tells the classes apart.

    A small decision tree learns from four fifths of the images and is asked about the rest, five
    times; groups, where they are known, are not divided.

    Args:
        described: From `describe_images`.

    Returns:
        One for each property; none where a class has fewer than two images or groups to divide.
    """
    parts = _parts(images)
    if not parts:
        return []
    return [_asked(images, name, described[list(PROPERTIES[name])], parts) for name in PROPERTIES]


def _of_files(images: ImageSet) -> pd.DataFrame:
    rows = []
    for path in images.table["path"]:
        with open_image(images.root / path) as image:
            width, height, kind = *image.size, image.format
        size = (images.root / path).stat().st_size
        rows.append((width, height, kind, size / (width * height), size))
    return pd.DataFrame(rows, columns=["width", "height", "type", "bytes per pixel", "bytes"])


def _of_pixels(images: ImageSet, start: int) -> pd.DataFrame:
    pixels = images.take(np.arange(start, min(start + CHUNK, len(images))))
    frame = border(pixels)
    segments, spread = frame[:, :-3].reshape(len(frame), -1, 3), frame[:, -3:]
    columns = [
        *colour(pixels)[:, :3].T,
        near_black(pixels)[:, 0],
        *segments.mean(1).T,
        spread.mean(1),
    ]
    names = (*CHANNELS, "black", *EDGE)
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _parts(images: ImageSet) -> list[tuple[np.ndarray, np.ndarray]]:
    """(others, asked) rows, part after part; none where a class cannot be divided."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups = images.groups if images.has_groups else np.arange(len(images))
    fewest = min(
        len(np.unique(groups[images.labels == label])) for label in range(len(images.classes))
    )
    if fewest < 2:
        return []
    folds = StratifiedGroupKFold(min(PARTS, fewest), shuffle=True, random_state=0)
    return list(folds.split(images.labels, images.labels, groups))


def _asked(
    images: ImageSet, name: str, values: pd.DataFrame, parts: list[tuple[np.ndarray, np.ndarray]]
) -> TellTale:
    from sklearn.tree import DecisionTreeClassifier

    if (values == values.iloc[0]).all(axis=None):
        return TellTale(name=name, accuracy=None, tells=False)
    x, predicted = pd.get_dummies(values).to_numpy(float), np.empty(len(images), int)
    for others, asked in parts:
        tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES * len(images.classes), random_state=0)
        predicted[asked] = tree.fit(x[others], images.labels[others]).predict(x[asked])
    rows = images.table[["path", "group"]].assign(seed=0, true=images.labels, predicted=predicted)
    accuracy = accuracy_score(name, "", rows, images.group_noun)
    majority = np.bincount(images.labels).max() / len(images)
    return TellTale(
        name=name, accuracy=accuracy, tells=probe_level(accuracy, majority) != AT_CHANCE
    )
