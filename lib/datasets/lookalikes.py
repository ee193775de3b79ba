"""Look-alikes: images so alike in any turn or mirrored that they are taken for copies of one picture.

A perceptual hash sees no turn but quarter turns. This search compares descriptors that hardly change
when a picture is turned by any angle (`lib.models.descriptors`, which loads Keras; here are only
arrays).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from lib.datasets.images import ImageSet
from lib.results import LookAlike, LookAlikes

CLOSEST = 100  # pairs listed by name
BLOCK = 512  # images compared with all others at a time: bounds the memory


class Cosines(NamedTuple):
    """The least cosines that count.

    Attributes:
        pair: Of the descriptors of two images of one picture.
        sets: The mean between two sets of images that a pair may join. Where thousands of images are
            compared, a few false pairs chain everything to everything: of 4,006 turned copies of 114
            photographs 2,471 became one set, with this condition 168 (the largest original has 157).
    """

    pair: float
    sets: float


LEAST = {"imagenet": Cosines(0.975, 0.96), "torchvision": Cosines(0.9875, 0.97)}
"""Whose weights described the images → what counts: chosen on the sets of `MEASURED`, for at most
2 % false pairs and at least 90 % of the images with a copy found."""


class Trial(NamedTuple):
    """What the search found in a set whose originals are known.

    Attributes:
        name, images, originals: The set.
        found: Share of the images with a copy for which one was found; None where none has one.
        pairs: How many were found, of which `false` show two originals.
        torn: Share of the images with a copy of which some copy was not joined to their set.
    """

    name: str
    images: int
    originals: int
    found: float | None
    pairs: int
    false: int
    torn: float | None


LOOK_ALIKE = "the look-alike of Kaggle's white blood cells"
BLOOD_CELLS = "Kaggle's blood cells at 64 pixels"
DISTINCT = "different white blood cells of the Barcelona set"
MEASURED = {
    "imagenet": (
        Trial(LOOK_ALIKE, 3500, 351, 0.9997, 102_821, 154, 0.001),
        Trial(BLOOD_CELLS, 4006, 114, 0.947, 31_987, 479, 0.980),
        Trial(DISTINCT, 1500, 1500, None, 80, 80, None),
    ),
    "torchvision": (
        Trial(LOOK_ALIKE, 800, 92, 1.0, 6786, 41, 0.0),
        Trial(BLOOD_CELLS, 4006, 114, 0.904, 14_813, 21, 0.980),
        Trial(DISTINCT, 500, 500, None, 7, 7, None),
    ),
}
"""The same → trials (`benchmarks/near_duplicates.py` repeats them)."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What the search compares, or why it is not made.

    Attributes:
        vectors: (images, channels) float32 of length 1, rows as `ImageSet.table`; None for no search.
        weights: Whose weights made them: a key of `LEAST`, "" for no search.
        hindrance: Why there is no search, "" where there is one.
    """

    vectors: np.ndarray | None
    weights: Literal["imagenet", "torchvision", ""] = ""
    hindrance: str = ""


@dataclass(frozen=True, kw_only=True)
class AlikePairs:
    """Pairs of look-alikes.

    Attributes:
        pairs: One row per pair: first, second (rows of `ImageSet.table`, first < second), cosine; the
            most alike first. None where they were not looked for.
        looks: What was compared.
    """

    pairs: pd.DataFrame | None
    looks: Looks

    def summary(self, images: ImageSet) -> LookAlikes:
        """The pairs in numbers, and the most telling by name, as they stand in results.json."""
        looks, pairs = self.looks, self.pairs
        if pairs is None:
            return LookAlikes(hindrance=looks.hindrance)
        first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
        between = int((images.groups[first] != images.groups[second]).sum())
        paths = images.table["path"].to_numpy()
        return LookAlikes(
            weights=looks.weights or None,
            threshold=LEAST[looks.weights].pair,
            hindrance="",
            pairs=len(pairs),
            images=len(np.unique([first, second])),
            between_groups=between if images.has_groups else None,
            between_classes=int((images.labels[first] != images.labels[second]).sum()),
            closest=[
                LookAlike(first=paths[pair.first], second=paths[pair.second], cosine=pair.cosine)
                for pair in self.most_telling(images).head(CLOSEST).itertuples()
            ],
        )

    def most_telling(self, images: ImageSet) -> pd.DataFrame:
        """The pairs, those of two classes first, then those of two groups, then the most alike.

        No image stands in two of them: hundreds of copies of one picture say no more.
        """
        if self.pairs is None:
            return pd.DataFrame(columns=["first", "second", "cosine"])
        first, second = self.pairs["first"].to_numpy(int), self.pairs["second"].to_numpy(int)
        described = self.pairs.assign(
            one_class=images.labels[first] == images.labels[second],
            one_group=images.groups[first] == images.groups[second],
        ).sort_values(["one_class", "one_group"], kind="stable")
        named: set[int] = set()
        kept = []
        for pair in described.itertuples():
            if named.isdisjoint((pair.first, pair.second)):
                named |= {pair.first, pair.second}
                kept.append(pair.Index)
        return described.loc[kept]


NOT_SEARCHED = AlikePairs(pairs=None, looks=Looks(vectors=None, hindrance="it was not asked for"))


def look_alikes(looks: Looks) -> AlikePairs:
    """All pairs of look-alikes whose sets of look-alikes are alike as a whole.

    Candidates, by the cosine of their descriptors, are joined from the most alike to the least; one
    that would join two sets that are not alike on average is dropped (average linkage). See `LEAST`.
    """
    if looks.vectors is None:
        return AlikePairs(pairs=None, looks=looks)
    least = LEAST[looks.weights]
    rows = list(_candidates(looks.vectors, least.pair))
    pairs = pd.DataFrame(np.concatenate(rows), columns=["first", "second", "cosine"])
    pairs = pairs.astype({"first": int, "second": int})
    pairs = pairs.sort_values("cosine", ascending=False, kind="stable", ignore_index=True)
    sets = _joined(looks.vectors, pairs, least.sets)
    within = sets[pairs["first"].to_numpy()] == sets[pairs["second"].to_numpy()]
    return AlikePairs(pairs=pairs[within].reset_index(drop=True), looks=looks)


def _candidates(vectors: np.ndarray, threshold: float) -> Iterator[np.ndarray]:
    """(pairs, 3): first, second, cosine of the pairs that reach the threshold, block by block."""
    for start in range(0, len(vectors), BLOCK):
        cosines = vectors[start : start + BLOCK] @ vectors[start:].T
        first, second = np.nonzero(np.triu(cosines >= threshold, k=1))
        yield np.column_stack([first + start, second + start, cosines[first, second]])


def _joined(vectors: np.ndarray, pairs: pd.DataFrame, mean: float) -> np.ndarray:
    """(images,) the set that each image is in, named by one of its rows."""
    parent = np.arange(len(vectors))
    # The mean cosine of two sets of vectors of length 1 is the product of their mean vectors.
    sums, sizes = np.array(vectors, dtype=np.float32), np.ones(len(vectors))
    for first, second in pairs[["first", "second"]].itertuples(index=False):
        kept, joined = _root(parent, first), _root(parent, second)
        if kept != joined and sums[kept] @ sums[joined] >= mean * sizes[kept] * sizes[joined]:
            parent[joined] = kept
            sums[kept] += sums[joined]
            sizes[kept] += sizes[joined]
    return np.array([_root(parent, row) for row in range(len(vectors))])


def _root(parent: np.ndarray, row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]  # halves the way for the next time
        row = parent[row]
    return row
