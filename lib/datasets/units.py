"""What must not straddle a split: the known groups, or what looks like one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

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
    """Known groups joined by near-duplicates; where groups are unknown, images joined by whatever was found.

    A photograph that stands in a set under two names has two groups, and they leak into each other.
    Look-alikes join no known groups: some of these pairs are false, and knowledge outranks them.
    """
    alike = None if images.has_groups else twins.alike.pairs
    names = images.groups if images.has_groups else np.arange(len(images))
    _, group = np.unique(names, return_inverse=True)
    joined = _joined(group, [twins.pairs] if alike is None else [twins.pairs, alike])
    apart, together = int(group.max() + 1), int(joined.max() + 1)
    known = images.has_groups or apart > together
    hindrance = _hindrance(images, joined) if known else _nothing_found(searched=alike is not None)
    return Units(
        ids=None if hindrance else joined,
        record=Grouping(
            basis=_basis(images, searched=alike is not None),
            noun=images.group_noun if images.has_groups else "picture",
            units=together if known else None,
            joined=apart - together,
            hindrance=hindrance,
        ),
    )


def _basis(
    images: ImageSet, *, searched: bool
) -> Literal["known groups", "partly known groups", "search", "near-duplicates"]:
    if images.has_groups:
        return "partly known groups" if images.ungrouped else "known groups"
    return "search" if searched else "near-duplicates"


def _joined(group: np.ndarray, tables: Sequence[pd.DataFrame]) -> np.ndarray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = pd.concat([table[["first", "second"]] for table in tables])
    first, second = (group[pairs[column].to_numpy(int)] for column in ("first", "second"))
    number = int(group.max() + 1)
    edges = coo_array((np.ones(len(first)), (first, second)), shape=(number, number))
    return connected_components(edges, directed=False)[1][group]


def _nothing_found(*, searched: bool) -> str:
    means = "hashes and the search for look-alikes" if searched else "hashes"
    return f"which images belong together is not known, and {means} found no two of one picture"


def _hindrance(images: ImageSet, joined: np.ndarray) -> str:
    for label, name in enumerate(images.classes):
        if len(np.unique(joined[images.labels == label])) < 2:
            if images.has_groups:
                return f"all images of {name} come from one {images.group_noun}"
            return f"all images of {name} look like one picture or like copies of it"
    return ""
