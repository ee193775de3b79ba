"""Augmented copies: mirrored, turned by a bounded angle, corners filled, never touched otherwise."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from lib.phantoms.copies import MIRRORS, augmented

WHITE, GREEN = (255, 255, 255), (10, 200, 30)
# Three rows of two pixels, all different, so that every mirroring and turn can be told.
SMALL = np.arange(18, dtype=np.uint8).reshape(3, 2, 3) * 14
NOISE = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)


def _fixed(*, mirror: bool, angle: float) -> SimpleNamespace:
    """A generator that decides every mirroring alike, and draws `angle` of ±1 from any range."""
    return SimpleNamespace(
        random=lambda: 0.0 if mirror else 0.999,
        uniform=lambda low, high: (low + high) / 2 + angle * (high - low) / 2,
    )


def _copy(pixels: np.ndarray, rng, *, rotation: float = 0, flips=(), fill=WHITE) -> np.ndarray:
    return np.asarray(
        augmented(Image.fromarray(pixels), rng, rotation=rotation, flips=flips, fill=fill)
    )


def test_without_turning_and_mirroring_a_copy_is_the_image():
    np.testing.assert_array_equal(_copy(SMALL, np.random.default_rng(0)), SMALL)


@pytest.mark.parametrize(
    ("flips", "expected"),
    [
        (("horizontal",), SMALL[:, ::-1]),
        (("vertical",), SMALL[::-1]),
        (("horizontal", "vertical"), SMALL[::-1, ::-1]),
    ],
)
def test_a_copy_is_mirrored_along_every_axis_that_chance_decides_for(flips, expected):
    np.testing.assert_array_equal(_copy(SMALL, _fixed(mirror=True, angle=0), flips=flips), expected)
    np.testing.assert_array_equal(_copy(SMALL, _fixed(mirror=False, angle=0), flips=flips), SMALL)


def test_each_axis_is_mirrored_in_half_of_the_copies_independently_of_the_other():
    rng = np.random.default_rng(1)
    counts = np.zeros((2, 2), int)  # mirrored along the first axis, along the second
    for _ in range(2000):
        copy = _copy(SMALL, rng, flips=("horizontal", "vertical"))
        corner, right, below = copy[0, 0, 0], copy[0, 1, 0], copy[2, 0, 0]
        counts[int(corner > right), int(corner > below)] += 1
    assert counts.min() > 420  # 500 expected, standard deviation 19
    assert counts.max() < 580


def test_the_known_axes_are_those_that_a_paper_may_declare():
    assert set(MIRRORS) == {"horizontal", "vertical"}


@pytest.mark.parametrize(("angle", "quarters"), [(1, 1), (-1, -1)])
def test_the_ends_of_the_range_are_plus_and_minus_the_rotation(angle, quarters):
    turned = _copy(NOISE, _fixed(mirror=False, angle=angle), rotation=90)
    np.testing.assert_array_equal(turned, np.rot90(NOISE, quarters))


def test_turning_is_bilinear_about_the_centre():
    smooth = ndimage.gaussian_filter(NOISE.astype(float), (3, 3, 0)).astype(np.uint8)
    turned = _copy(smooth, _fixed(mirror=False, angle=1), rotation=20)
    expected = ndimage.rotate(smooth.astype(float), 20, reshape=False, order=1)
    middle = slice(6, -6)  # what stays in the picture
    difference = turned[middle, middle] - expected[middle, middle]
    assert np.abs(difference).max() <= 1


def test_turning_interpolates_between_pixels():
    black_and_white = np.where(np.indices((24, 24)).sum(0)[..., None] % 2, 255, 0)
    pixels = np.repeat(black_and_white, 3, axis=2).astype(np.uint8)
    turned = _copy(pixels, _fixed(mirror=False, angle=1), rotation=20)
    assert ((turned > 20) & (turned < 235)).mean() > 0.3


def test_angles_fill_the_range_evenly_and_stay_within_it(monkeypatch):
    angles, turn = [], Image.Image.rotate

    def recorded(image: Image.Image, angle: float, *rest, **more) -> Image.Image:
        angles.append(angle)
        return turn(image, angle, *rest, **more)

    monkeypatch.setattr(Image.Image, "rotate", recorded)
    rng = np.random.default_rng(2)
    for _ in range(2000):
        _copy(SMALL, rng, rotation=30)
    assert min(angles) >= -30
    assert max(angles) <= 30
    counts, _ = np.histogram(angles, bins=6, range=(-30, 30))
    assert counts.min() > 270  # 333 expected, standard deviation 17
    assert counts.max() < 400


def test_the_corners_have_the_fill_and_the_middle_has_the_image():
    white = np.full((40, 40, 3), 255, np.uint8)
    turned = _copy(white, _fixed(mirror=False, angle=1), rotation=30, fill=GREEN)
    corners = turned[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.tolist() == [list(GREEN)] * 4
    assert (turned[15:25, 15:25] == 255).all()


def test_the_fill_may_be_a_list_of_whole_numbers():
    turned = _copy(NOISE, _fixed(mirror=False, angle=1), rotation=45, fill=[1, 2, 3])
    assert turned[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("size", [(7, 5), (5, 7), (320, 240)])
def test_a_copy_keeps_the_size_of_the_image(size):
    copy = augmented(
        Image.new("RGB", size),
        np.random.default_rng(3),
        rotation=30,
        flips=("horizontal", "vertical"),
        fill=WHITE,
    )
    assert (copy.size, copy.mode) == (size, "RGB")


def test_the_image_itself_stays_as_it_is():
    image = Image.fromarray(NOISE)
    augmented(
        image, np.random.default_rng(4), rotation=30, flips=("horizontal", "vertical"), fill=WHITE
    )
    np.testing.assert_array_equal(np.asarray(image), NOISE)


def test_the_same_seed_makes_the_same_copies_one_after_another():
    def four(seed: int) -> list[bytes]:
        rng = np.random.default_rng(seed)
        return [
            _copy(NOISE, rng, rotation=30, flips=("horizontal", "vertical")).tobytes()
            for _ in range(4)
        ]

    assert four(5) == four(5)
    assert len(set(four(5))) == 4
    assert set(four(5)).isdisjoint(four(6))
