"""Near-duplicates: pictures at a known distance, turned or mirrored; all pairs; which sides they straddle."""

from dataclasses import replace
from itertools import combinations

import imagehash
import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set
from PIL import Image, ImageEnhance
from scipy.fft import idctn

from lib.datasets import Twins, near_duplicates
from lib.datasets.duplicates import (
    BLOCK,
    CLOSEST,
    LIMIT,
    WORDS,
    _hashes,
    _pairs,
)
from lib.results import NearDuplicates

TURNS = {
    "mirrored": np.fliplr,
    "upside down": np.flipud,
    "quarter turn left": np.rot90,
    "half turn": lambda pixels: np.rot90(pixels, 2),
    "quarter turn right": lambda pixels: np.rot90(pixels, 3),
    "mirrored, quarter turn left": lambda pixels: np.rot90(np.fliplr(pixels)),
    "mirrored, quarter turn right": lambda pixels: np.rot90(np.fliplr(pixels), 3),
}


def _signs(seed: int) -> np.ndarray:
    """The 16 x 16 bits of a hash: half of them set, the mean brightness among them."""
    bits = np.repeat([True, False], 128)[1:]
    return np.append(True, np.random.default_rng(seed).permutation(bits)).reshape(16, 16)


def _drawn(bits: np.ndarray) -> np.ndarray:
    """(64, 64, 3) uint8 grey: every low frequency as strong as the next, its sign the hash's bit."""
    frequencies = np.zeros((64, 64))
    frequencies[:16, :16] = np.where(bits, 1.0, -1.0)
    frequencies[0, 0] = 0
    waves = idctn(frequencies, norm="ortho")
    grey = 128 + waves / np.abs(waves).max() * 120
    return np.repeat(np.round(grey)[..., None], 3, axis=2).astype(np.uint8)


def _changed(bits: np.ndarray, distance: int) -> np.ndarray:
    """As many bits cleared as set, so that half of them stay set."""
    changed = bits.copy()
    for value in (True, False):
        rows, columns = np.nonzero(bits == value)
        changed[rows[1 : 1 + distance // 2], columns[1 : 1 + distance // 2]] = not value
    return changed


def _photograph(seed: int) -> np.ndarray:
    """(84, 84, 3) uint8: random colours, about as fine as the hash looks."""
    small = np.random.default_rng(seed).integers(30, 200, (24, 24, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((84, 84), Image.Resampling.BICUBIC))


COLUMNS = ["first", "second", "distance"]


def _rows(pairs: pd.DataFrame) -> list[list[int]]:
    """First, second, distance."""
    return pairs[COLUMNS].to_numpy().tolist()


def _near(*pixels: np.ndarray, **options) -> list[tuple[int, int, int]]:
    images = image_set((len(pixels),), pixels=np.stack(pixels))
    return [tuple(row) for row in _rows(near_duplicates(images, **options).pairs)]


def _twins(*pairs: tuple[int, int, int], identical: tuple[int, ...] = ()) -> Twins:
    """Pairs of rows and their distance; those at the places `identical` are the same pixel for pixel."""
    table = pd.DataFrame(pairs, columns=COLUMNS)
    return Twins(pairs=table.assign(identical=table.index.isin(identical)), limit=7)


# Distance


@pytest.mark.parametrize("distance", [0, 2, 10, 32, 34])
def test_the_distance_is_the_number_of_bits_that_differ(distance):
    bits = _signs(0)
    one, other = _drawn(bits), _drawn(_changed(bits, distance))
    np.testing.assert_array_equal(imagehash.phash(Image.fromarray(one), 16).hash, bits)
    assert _near(one, other, limit=distance) == [(0, 1, distance)]
    assert _near(one, other, limit=distance - 1) == []
    assert len(_near(one, other)) == (distance <= LIMIT)


def test_an_upright_hash_is_the_one_that_imagehash_computes():
    for seed in range(5):
        bits = np.unpackbits(_hashes(_photograph(seed))[0].view(np.uint8)).reshape(16, 16)
        expected = imagehash.phash(Image.fromarray(_photograph(seed)), 16).hash
        np.testing.assert_array_equal(bits, expected)


def test_the_set_keeps_the_limit_it_was_compared_at():
    images = image_set((2,), pixels=np.stack([_photograph(0), _photograph(1)]))
    assert near_duplicates(images, limit=7).limit == 7
    assert near_duplicates(images).limit == LIMIT == 32


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_turned_and_mirrored_copies_are_the_same_picture(turn):
    drawn, photograph = _drawn(_signs(1)), _photograph(1)
    assert _near(drawn, turn(drawn)) == [(0, 1, 0)]
    ((first, second, distance),) = _near(photograph, turn(photograph))
    assert (first, second) == (0, 1)
    assert distance <= 4  # shrinking rounds differently along the two axes


def _brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(1.1)


def _smaller_and_back(image: Image.Image) -> Image.Image:
    return image.resize((60, 60)).resize(image.size)


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


@pytest.mark.parametrize("change", [_brighter, _smaller_and_back, _grey])
def test_a_copy_that_was_edited_lightly_is_the_same_picture(change):
    copy = np.asarray(change(Image.fromarray(_photograph(2))))
    assert len(_near(_photograph(2), copy)) == 1


def test_unrelated_pictures_are_no_pair():
    assert _near(*(_photograph(seed) for seed in range(40))) == []
    assert _near(*(_drawn(_signs(seed)) for seed in range(40)), limit=64) == []


def test_pairs_are_told_by_row_of_the_table_the_closest_first():
    """Files that were rejected leave gaps between the rows of the pixels."""
    bits = _signs(3)
    drawn = [_drawn(one) for one in (bits, _signs(4), _changed(bits, 10), _changed(bits, 2))]
    blank = np.zeros_like(drawn[0])
    pixels = np.stack([blank, drawn[0], blank, *drawn[1:]])
    images = replace(image_set((4,)), pixels=pixels, rows=np.array([1, 3, 4, 5]))
    found = [[0, 3, 2], [2, 3, 8], [0, 2, 10]]
    assert _rows(near_duplicates(images).pairs) == found
    assert _rows(near_duplicates(images, limit=9).pairs) == found[:2]


def test_only_a_copy_pixel_for_pixel_is_identical():
    """A mirrored copy has the same hash; so has one of which a single number is changed by one."""
    drawn, other = _drawn(_signs(5)), _photograph(5)
    touched = drawn.copy()
    touched[0, 0, 0] ^= 1
    large = np.asarray(Image.fromarray(other).resize((64, 64)))
    images = image_set(
        (6,), pixels=np.stack([drawn, large, drawn, np.fliplr(drawn), touched, large])
    )
    images = replace(images, rows=np.array([5, 4, 3, 2, 1, 0]))
    pairs = near_duplicates(images).pairs
    assert pairs["identical"].dtype == bool
    same = pairs[pairs["identical"]]
    assert _rows(same) == [[0, 4, 0], [3, 5, 0]]  # rows of the table, which is the other way round
    assert set(pairs["distance"]) == {0}
    assert len(pairs) == 7  # of four drawings six, of two photographs one


def test_pictures_that_differ_are_not_identical():
    bits = _signs(0)
    images = image_set((2,), pixels=np.stack([_drawn(bits), _drawn(_changed(bits, 2))]))
    assert near_duplicates(images).pairs["identical"].tolist() == [False]


# All pairs


@pytest.mark.parametrize("number", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_all_pairs_are_found_across_blocks(number):
    hashes = _random_hashes(number)
    limit = 100  # about the distance of the closest of 8 orientations: some pairs lie below
    expected = {
        (first, second): distance
        for first, second in combinations(range(number), 2)
        if (distance := _distance(hashes[first], hashes[second])) <= limit
    }
    found = list(_pairs(hashes, limit))
    assert {(first, second): distance for first, second, distance in found} == expected
    assert len(found) == len(expected)
    if number > BLOCK:
        assert 0 < len(expected) < number * (number - 1) / 2
        assert any(second >= BLOCK > first for first, second in expected)


def _random_hashes(number: int) -> np.ndarray:
    """(number, 8, WORDS) uint64; the last image is the first one, in another orientation."""
    rng = np.random.default_rng(number)
    hashes = rng.integers(0, 2**64, (number, 8, WORDS), dtype=np.uint64)
    hashes[-1, 5] = hashes[0, 0]
    return hashes


def _distance(one: np.ndarray, other: np.ndarray) -> int:
    """Bits in which the first hash differs from the nearest orientation of the second."""
    upright = [int(word) for word in one[0]]
    return min(
        sum((mine ^ int(theirs)).bit_count() for mine, theirs in zip(upright, turned, strict=True))
        for turned in other
    )


def test_every_word_of_a_hash_counts():
    hashes = np.zeros((WORDS + 1, 8, WORDS), np.uint64)
    for word in range(WORDS):
        hashes[word + 1, :, word] = 2**64 - 1
    assert list(_pairs(hashes, 64)) == [(0, other, 64) for other in range(1, WORDS + 1)]
    assert len(list(_pairs(hashes, 128))) == 10


# Across a split

PAIRS = ((0, 1, 0), (0, 4, 3), (1, 2, 5), (2, 3, 9), (4, 5, 12))


@pytest.mark.parametrize(
    ("train", "test", "across", "tested_on"),
    [
        ([0, 2], [1, 3], [0, 2, 3], 2),  # 0|1, 2|1, 2|3: two test images have a twin
        ([1, 3], [0, 2], [0, 2, 3], 2),  # the other way round
        ([0, 1, 2, 3], [4, 5], [1], 1),  # 4|5 are both tested on
        ([0, 1, 4], [5, 3], [4], 1),
        ([0, 5], [2, 3], [], 0),
        ([0, 1, 2, 3, 4, 5], [], [], 0),
        ([5, 2, 0], [4, 3, 1], [0, 1, 2, 3, 4], 3),
    ],
)
def test_pairs_across_a_split_are_those_counted_by_hand(train, test, across, tested_on):
    twins = _twins(*PAIRS)
    found = twins.across(np.array(train, int), np.array(test, int))
    assert _rows(found) == [list(PAIRS[row]) for row in across]
    assert list(found.index) == list(range(len(across)))
    assert twins.count_leaked(np.array(train, int), np.array(test, int)) == (tested_on, None)


@pytest.mark.parametrize(
    ("identical", "train", "test", "closest"),
    [
        ((0,), [0, 2], [1, 3], ["identical", "near"]),  # 1 is near to 2, too; 3 to 2 alone
        ((0,), [1, 3], [0, 2], ["identical", "near"]),  # the other way round
        ((2, 3), [0, 2], [1, 3], ["identical", "identical"]),
        ((4,), [0, 1, 2, 3], [4, 5], ["near", ""]),  # 4|5 are identical, but both tested on
        ((1,), [0, 1, 2, 3], [5, 4], ["", "identical"]),  # in the order of the test images
        ((), [5, 2, 0], [4, 3, 1], ["near"] * 3),
        ((0, 1, 2, 3, 4), [0, 1, 2, 3, 4, 5], [], []),
    ],
)
def test_the_closest_twin_among_the_training_images_is_told_of_every_test_image(
    identical, train, test, closest
):
    found = _twins(*PAIRS, identical=identical).closest(np.array(train), np.array(test, int))
    assert found.tolist() == closest


# Numbers


def test_the_summary_counts_pairs_images_groups_and_classes():
    images = image_set((3, 3), list("aabbcc"))
    summary = _twins(*PAIRS).summary(images)
    assert NearDuplicates.model_validate_json(summary.model_dump_json()) == summary
    told = summary.model_dump(exclude={"closest"})
    assert told == {
        "bits": 256,
        "limit": 7,
        "pairs": 5,
        "images": 6,
        "between_groups": 2,  # 0|4, 1|2
        "between_classes": 2,  # 0|4, 2|3
    }


def test_an_image_in_several_pairs_is_one_image():
    assert _twins((0, 1, 0), (0, 2, 0), (1, 2, 0)).summary(image_set((4,))).images == 3


@pytest.mark.parametrize("groups", [None, ["a", "a", ""]])
def test_pairs_between_groups_are_unknown_unless_every_group_is_known(groups):
    assert _twins((0, 1, 2)).summary(image_set((3,), groups)).between_groups is None


def test_without_a_pair_all_numbers_are_nought():
    images = image_set((2, 1), list("abc"), pixels=np.stack([_photograph(n) for n in range(3)]))
    twins = near_duplicates(images)
    summary = twins.summary(images)
    assert (summary.pairs, summary.images, summary.closest) == (0, 0, [])
    assert (summary.between_groups, summary.between_classes) == (0, 0)
    assert twins.samples(images) == []
    assert twins.pairs["identical"].tolist() == []
    assert twins.closest(np.array([0]), np.array([1, 2])).tolist() == ["", ""]
    assert twins.across(np.array([0]), np.array([1, 2])).empty
    assert twins.count_leaked(np.array([0]), np.array([1, 2])) == (0, None)


# The most telling pairs


def _closest(images, *pairs: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """Row, row, distance of the pairs that the summary lists, in its order."""
    listed = _twins(*pairs).summary(images).closest
    return [(int(one.first[:-4]), int(one.second[:-4]), one.distance) for one in listed]


def test_pairs_of_two_classes_come_first_then_of_two_groups_then_the_closest():
    images = image_set((5, 2), list("aabcdea"))
    within_a, two_groups, closer_two_groups = (0, 1, 0), (1, 2, 30), (3, 4, 2)
    two_classes, two_classes_of_one_group = (2, 5, 20), (0, 6, 9)
    assert _closest(
        images, within_a, two_groups, two_classes, closer_two_groups, two_classes_of_one_group
    ) == [two_classes, two_classes_of_one_group, closer_two_groups, two_groups]


def test_of_one_pair_of_groups_only_the_most_telling_pair_is_listed():
    images = image_set((6,), list("aaabbb"))
    pairs = [(0, 1, 1), (3, 4, 2), (0, 3, 3), (1, 4, 4), (0, 2, 5), (2, 5, 6)]
    assert _closest(images, *pairs) == [(0, 3, 3), (0, 1, 1), (3, 4, 2)]


def test_groups_are_a_pair_whichever_comes_first():
    images = image_set((4,), list("abba"))
    assert _closest(images, (0, 1, 3), (2, 3, 4)) == [(0, 1, 3)]


def test_group_names_with_spaces_are_told_apart():
    images = image_set((4,), ["a", "b c", "a b", "c"])
    assert _closest(images, (0, 1, 3), (2, 3, 4)) == [(0, 1, 3), (2, 3, 4)]


def test_without_groups_every_pair_is_listed():
    pairs = [(0, 1, 1), (1, 2, 2), (0, 2, 3)]
    assert _closest(image_set((3,)), *pairs) == pairs


def test_no_more_pairs_are_listed_than_a_page_takes():
    number = CLOSEST + 5
    pairs = [(2 * row, 2 * row + 1, row % 30) for row in range(number)]
    summary = _twins(*pairs).summary(image_set((2 * number,)))
    assert (summary.pairs, len(summary.closest)) == (number, CLOSEST) == (105, 100)


def test_samples_are_the_pixels_of_the_most_telling_pairs_with_their_distance():
    pixels = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1) * np.ones((6, 2, 2, 3), np.uint8)
    images = replace(image_set((3, 3), list("abcdef")), pixels=pixels, rows=np.arange(6)[::-1])
    twins = _twins((0, 1, 2), (3, 4, 3), (1, 5, 31), (2, 0, 32))
    (first, one), (second, other) = twins.samples(images, 2)
    assert (first, second) == ("31 bits", "2 bits")
    assert one.shape == other.shape == (2, 2, 2, 3)
    assert one[:, 0, 0, 0].tolist() == [4, 0]  # rows 1 and 5 of the table
    assert other[:, 0, 0, 0].tolist() == [5, 4]
    assert len(twins.samples(images)) == 4
