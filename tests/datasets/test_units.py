"""What must not straddle a split: groups that twins join, counted by hand; why there may be none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set

from lib.datasets import Looks, Twins, find_units
from lib.datasets.lookalikes import AlikePairs
from lib.results import Grouping


def _units(images, *pairs: tuple[int, int], alike: list[tuple[int, int]] | None = None):
    """With near-duplicates and, where they were searched for, look-alikes."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=int)
    found = None if alike is None else pd.DataFrame(alike, columns=["first", "second"], dtype=int)
    twins = Twins(
        pairs=table.assign(distance=3, identical=False),
        limit=7,
        alike=AlikePairs(pairs=found, looks=Looks(vectors=None)),
    )
    return find_units(images, twins)


def _together(found) -> list[list[int]]:
    """The rows of each unit, the unit of the first row first."""
    _, first = np.unique(found.ids, return_index=True)
    return [np.flatnonzero(found.ids == found.ids[row]).tolist() for row in sorted(first)]


# Groups are known


def test_without_twins_units_are_the_groups():
    found = _units(image_set((3, 3), list("aabbcd")))
    assert _together(found) == [[0, 1], [2, 3], [4], [5]]
    assert found.record == Grouping(
        basis="known groups", noun="slide", units=4, joined=0, hindrance=""
    )


def test_groups_of_which_some_are_unknown_are_called_partly_known():
    images = replace(image_set((3, 3), list("aabbcd")), ungrouped=2)
    assert _units(images).record.basis == "partly known groups"
    assert not _units(images).record.is_complete


def test_a_picture_under_two_names_joins_their_groups_whole():
    found = _units(image_set((5, 4), list("aabbcddee")), (1, 2))
    assert _together(found) == [[0, 1, 2, 3], [4], [5, 6], [7, 8]]
    assert found.record.units == 4
    assert found.record.joined == 1


def test_groups_are_joined_in_a_chain():
    found = _units(image_set((4, 4), list("abcdefgh")), (0, 2), (5, 7), (2, 5), (1, 3))
    assert _together(found) == [[0, 2, 5, 7], [1, 3], [4], [6]]
    assert found.record.joined == 4  # eight groups, four units


def test_twins_of_one_group_join_nothing():
    found = _units(image_set((3, 3), list("aabbcc")), (0, 1), (2, 3))
    assert _together(found) == [[0, 1], [2, 3], [4, 5]]
    assert found.record.joined == 0


def test_a_group_may_have_images_that_do_not_lie_side_by_side():
    found = _units(image_set((3, 3), list("abaaba")), (0, 2))
    assert _together(found) == [[0, 2, 3, 5], [1, 4]]


def test_every_image_has_a_unit_whatever_the_groups_are_called():
    found = _units(image_set((2, 3), ["10", "9", "1", "01", "a b"]), (2, 3))
    assert found.ids.shape == (5,)
    assert np.issubdtype(found.ids.dtype, np.integer)
    assert _together(found) == [[0], [1], [2, 3], [4]]


# Groups are not known


@pytest.mark.parametrize("groups", [None, ["", "a", "b", "c", "d", "e"]])
def test_where_groups_are_not_known_images_are_joined_by_twins(groups):
    found = _units(image_set((3, 3), groups), (0, 4), (1, 2))
    assert _together(found) == [[0, 4], [1, 2], [3], [5]]
    assert found.record == Grouping(
        basis="near-duplicates", noun="picture", units=4, joined=2, hindrance=""
    )


def test_without_groups_and_twins_there_is_nothing_to_keep_together():
    found = _units(image_set((3, 3)))
    assert found.ids is None
    assert (found.record.units, found.record.joined) == (None, 0)
    assert found.record.hindrance == (
        "which images belong together is not known, and hashes found no two of one picture"
    )


def test_where_groups_are_not_known_look_alikes_join_images_too():
    found = _units(image_set((3, 3)), (0, 4), alike=[(4, 5), (1, 2)])
    assert _together(found) == [[0, 4, 5], [1, 2], [3]]
    assert (found.record.basis, found.record.units, found.record.joined) == ("search", 3, 3)


def test_look_alikes_join_no_known_groups():
    """Some are false; what is known outranks them."""
    found = _units(image_set((3, 3), list("aabbcd")), alike=[(0, 5), (1, 2)])
    assert _together(found) == [[0, 1], [2, 3], [4], [5]]
    assert found.record.basis == "known groups"


def test_a_search_that_finds_nothing_is_named_as_the_hindrance():
    found = _units(image_set((3, 3)), alike=[])
    assert (found.ids, found.record.basis) == (None, "search")
    assert "hashes and the search for look-alikes found no two" in found.record.hindrance


# A class that cannot be on both sides


@pytest.mark.parametrize(
    ("groups", "pairs", "told", "left"),
    [
        (list("abccc"), (), "all images of monocyte come from one slide", 3),
        (list("abcdd"), ((2, 3),), "all images of monocyte come from one slide", 3),
        (list("aabcd"), (), "all images of basophil come from one slide", 4),
        (None, ((0, 1),), "all images of basophil look like one picture or like copies of it", 4),
    ],
)
def test_a_class_of_one_unit_cannot_be_divided_by_units(groups, pairs, told, left):
    found = _units(image_set((2, 3), groups), *pairs)
    assert found.ids is None
    assert (found.record.hindrance, found.record.units) == (told, left)


def test_two_units_of_every_class_are_enough_even_shared_ones():
    found = _units(image_set((2, 3), list("ababb")))
    assert found.record.hindrance == ""
    assert _together(found) == [[0, 2], [1, 3, 4]]
