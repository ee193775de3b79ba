"""Look-alikes: vectors at known angles, counted by hand; no chain of pairs joins what is not alike."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set

from lib.datasets import Looks, near_duplicates
from lib.datasets.lookalikes import BLOCK, LEAST, MEASURED, NOT_SEARCHED, look_alikes

PAIR, SETS = LEAST["imagenet"]
NEAR = np.degrees(np.arccos(PAIR)) - 0.1  # degrees within which two vectors are look-alikes


def _looks(*degrees: float, weights: str = "imagenet") -> Looks:
    """Vectors in a plane."""
    angles = np.radians(degrees)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    return Looks(vectors=vectors, weights=weights)


def _pairs(looks: Looks) -> list[tuple[int, int]]:
    return sorted(look_alikes(looks).pairs[["first", "second"]].itertuples(index=False, name=None))


def test_two_images_are_alike_from_the_threshold_on():
    assert _pairs(_looks(0, NEAR, 90, 90 + NEAR + 0.2)) == [(0, 1)]
    pairs = look_alikes(_looks(0, 3, 80, 81)).pairs
    assert pairs["cosine"].tolist() == pytest.approx(np.cos(np.radians([1, 3])))  # most alike first
    assert pairs[["first", "second"]].values.tolist() == [[2, 3], [0, 1]]


@pytest.mark.parametrize("weights", LEAST)
def test_each_kind_of_weights_has_its_own_threshold(weights):
    between = np.degrees(np.arccos(sum(least.pair for least in LEAST.values()) / 2))
    assert bool(_pairs(_looks(0, between, weights=weights))) == (weights == "imagenet")
    assert set(MEASURED) == set(LEAST)


def test_a_chain_of_pairs_does_not_join_what_is_not_alike_as_a_whole():
    """Nine images, each like the next: the ends of the chain have nothing in common."""
    chain = [NEAR * step for step in range(9)]
    pairs = _pairs(_looks(*chain))
    assert 0 < len(pairs) < 8


def test_the_mean_cosine_of_two_sets_decides_whether_a_pair_joins_them():
    """Two tight sets touch by one pair: joined where they are alike on average, left apart where not."""
    reach = np.degrees(np.arccos(SETS))
    across = (0, 3)  # first of three images on one side, and first of three on the other
    close = _looks(0, -1, -1.5, NEAR, NEAR + 1, NEAR + 1.5)  # on average NEAR + 1.7 degrees apart
    far = _looks(0, -8, -8.5, NEAR, NEAR + 8, NEAR + 8.5)  # on average NEAR + 11 degrees apart
    assert NEAR + 1.7 < reach < NEAR + 11
    assert across in _pairs(close)
    assert across not in _pairs(far)


def test_all_pairs_are_compared_whatever_the_block():
    """Against all cosines at once; more images than one block holds, in tight clusters far apart."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(BLOCK // 2, 64))
    vectors = np.repeat(centres, 3, axis=0) + rng.normal(0, 0.05, (len(centres) * 3, 64))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    order = rng.permutation(len(vectors))
    cosines = vectors[order] @ vectors[order].T
    expected = [pair for pair in combinations(range(len(order)), 2) if cosines[pair] >= PAIR]
    assert len(expected) > len(centres)
    assert _pairs(Looks(vectors=vectors[order], weights="imagenet")) == expected


def test_where_nothing_is_alike_there_are_no_pairs_but_a_search():
    found = look_alikes(_looks(0, 40, 80))
    summary = found.summary(image_set((3,)))
    assert (summary.pairs, summary.images, summary.hindrance, summary.closest) == (0, 0, "", [])


def test_without_a_search_there_is_a_reason_and_no_number():
    images = image_set((2,))
    twins = near_duplicates(images, Looks(vectors=None, hindrance="why not"), limit=-1)
    summary = twins.alike.summary(images)
    assert (summary.hindrance, summary.pairs, summary.weights) == ("why not", None, None)
    assert NOT_SEARCHED.summary(images).hindrance != ""


def test_the_summary_counts_pairs_of_two_classes_and_two_groups():
    looks = _looks(0, 1, 40, 41, 80, 81)
    known = look_alikes(looks).summary(image_set((3, 3), list("aabccc")))
    assert (known.pairs, known.images) == (3, 6)
    assert (known.between_classes, known.between_groups) == (1, 1)  # 2 and 3
    assert (known.closest[0].first, known.closest[0].second) == ("2.png", "3.png")
    unknown = look_alikes(looks).summary(image_set((3, 3)))
    assert (unknown.between_classes, unknown.between_groups) == (1, None)


def test_no_image_is_named_in_two_pairs():
    summary = look_alikes(_looks(0, 1, 2, 3, 4)).summary(image_set((5,)))
    assert summary.pairs == 10
    named = [name for pair in summary.closest for name in (pair.first, pair.second)]
    assert len(named) == len(set(named)) == 4


def test_a_test_image_may_have_a_look_alike_where_it_has_no_near_duplicate():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    pixels[3] = pixels[0]
    images = image_set((5,), pixels=pixels)
    twins = near_duplicates(images, _looks(0, 40, 80, 1, 41))
    train, test = np.array([0, 1]), np.array([2, 3, 4])
    assert twins.closest(train, test).tolist() == ["", "identical", "alike"]
    assert twins.count_leaked(train, test) == (1, 2)
    assert near_duplicates(images).count_leaked(train, test) == (1, None)
    titles = [title for title, _ in twins.samples(images)]
    assert titles[0] == "0 bits"
    assert all(title.startswith("cosine 0.99") or title == "cosine 1.000" for title in titles[1:])
    assert isinstance(twins.pairs, pd.DataFrame)
