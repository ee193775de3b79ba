"""What must not straddle a split: the known groups, joined where two of them show one picture."""

from dataclasses import dataclass

import numpy as np

from lib.datasets.duplicates import Twins
from lib.datasets.images import ImageSet
from lib.results import Grouping


@dataclass(frozen=True, kw_only=True)
class Units:
    """What the grouped protocol keeps on one side.

    Attributes:
        ids: (images,) int: the unit of each image; None where no grouped split can be made.
        record: The same in numbers and words, as it stands in results.json.
    """

    ids: np.ndarray | None
    record: Grouping


def find_units(images: ImageSet, twins: Twins) -> Units:
    """Groups joined by near-duplicates; where groups are unknown, images joined by them.

    A photograph that stands in a set under two names has two groups, and they leak into each other.
    """
    names = images.groups if images.has_groups else np.arange(len(images))
    _, group = np.unique(names, return_inverse=True)
    joined = _joined(group, twins)
    apart, together = int(group.max() + 1), int(joined.max() + 1)
    noun = images.group_noun if images.has_groups else "picture"
    hindrance = _hindrance(images, joined, known=images.has_groups or apart > together)
    return Units(
        ids=None if hindrance else joined,
        record=Grouping(
            noun=noun,
            units=together if images.has_groups or apart > together else None,
            joined=apart - together,
            hindrance=hindrance,
        ),
    )


def _joined(group: np.ndarray, twins: Twins) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = (group[twins.pairs[column].to_numpy(int)] for column in ("first", "second"))
    number = int(group.max() + 1)
    edges = coo_array((np.ones(len(first)), (first, second)), shape=(number, number))
    return connected_components(edges, directed=False)[1][group]


def _hindrance(images: ImageSet, joined: np.ndarray, known: bool) -> str:
    if not known:
        return "which images belong together is not known, and no two of them show the same picture"
    for label, name in enumerate(images.classes):
        if len(np.unique(joined[images.labels == label])) < 2:
            noun = images.group_noun if images.has_groups else "picture"
            return f"all images of {name} come from one {noun}"
    return ""
