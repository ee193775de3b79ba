"""What probes see: numbers counted by hand, what must not be seen, images of any size."""

from dataclasses import replace

import numpy as np
import pytest
from made_up_sets import image_set
from skimage.transform import downscale_local_mean

from lib.datasets import ImageSet
from lib.evidence.probes import inputs

WIDTHS = {
    "colour": 6,
    "near black": 1,
    "border": 51,
    "blurred": 48,
    "patches": 96,
    "thumbnail": 768,
}


def _random(number: int, side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (number, side, side, 3), dtype=np.uint8)


def _grey(values: list[list[int]]) -> np.ndarray:
    """(1, side, side, 3): one image whose three channels are alike."""
    return np.repeat(np.array(values, np.uint8)[None, ..., None], 3, axis=3)


# By hand


def test_colour_is_mean_and_spread_of_each_channel():
    pixels = np.zeros((2, 2, 2, 3), np.uint8)
    pixels[0, 0, :, 0] = 200  # red: 200 in two of four pixels
    pixels[0, ..., 1] = 7
    pixels[0, 1, 1, 2] = 4  # blue: 4 in one of four
    pixels[1] = 50
    expected = [[100, 7, 1, 100, 0, np.sqrt(3)], [50, 50, 50, 0, 0, 0]]
    np.testing.assert_allclose(inputs.colour(pixels), expected)


def test_a_pixel_is_near_black_if_no_channel_is_above_sixteen():
    pixels = np.zeros((1, 2, 4, 3), np.uint8)
    pixels[0, 0] = [[16, 16, 16], [17, 0, 0], [0, 17, 0], [0, 0, 17]]
    assert inputs.near_black(pixels).tolist() == [[5 / 8]]


def test_the_border_is_the_outer_pixels_all_the_way_round():
    top = np.zeros((16, 16), int)
    top[0] = 200
    pieces = np.zeros(16)
    # 16 pieces of 4 pixels: top, bottom, left and right; the corners are counted twice.
    pieces[[0, 1, 2, 3]], pieces[[8, 12]] = 200, 50
    found = inputs.border(_grey(top.tolist()))[0]
    np.testing.assert_allclose(found[:48].reshape(16, 3), np.repeat(pieces[:, None], 3, 1))
    share = 18 / 64
    np.testing.assert_allclose(found[48:], 200 * np.sqrt(share * (1 - share)))


@pytest.mark.parametrize(("side", "width"), [(8, 1), (24, 1), (50, 3), (100, 6), (224, 13)])
def test_the_border_sees_nothing_of_the_inside(side, width):
    one, other = _random(1, side, 0), _random(1, side, 1)
    mixed = one.copy()
    inside = slice(width, side - width)
    mixed[:, inside, inside] = other[:, inside, inside]
    assert not np.array_equal(mixed, one)
    np.testing.assert_array_equal(inputs.border(mixed), inputs.border(one))
    further = one.copy()
    further[:, width - 1, side // 2] ^= 128
    assert not np.array_equal(inputs.border(further), inputs.border(one))


def test_blurred_is_the_mean_of_four_by_four_areas():
    values = np.arange(64).reshape(8, 8)
    areas = [
        values[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean() for y in range(4) for x in range(4)
    ]
    assert areas[:2] == [4.5, 6.5]
    found = inputs.blurred(_grey(values.tolist()))
    np.testing.assert_allclose(found, np.repeat(areas, 3)[None])


def test_patches_are_means_and_spreads_in_ascending_order():
    values = np.repeat(np.repeat(np.arange(16)[::-1].reshape(4, 4) * 10, 2, 0), 2, 1)
    values[0, 0] += 8  # the brightest patch: 158, 150, 150, 150
    found = inputs.patches(_grey(values.tolist()))[0].reshape(16, 6)
    means = np.arange(16) * 10.0
    means[-1] += 2
    spreads = np.zeros(16)
    spreads[-1] = np.sqrt(12)
    np.testing.assert_allclose(found, np.column_stack([means] * 3 + [spreads] * 3), atol=1e-12)


# What must not be seen


def _shuffled(pixels: np.ndarray, seed: int) -> np.ndarray:
    """Each image cut into 4 x 4 patches that are put back in a drawn order."""
    number, side = len(pixels), pixels.shape[1] // 4
    patches = pixels.reshape(number, 4, side, 4, side, 3).swapaxes(2, 3).reshape(number, 16, -1)
    rng = np.random.default_rng(seed)
    mixed = np.stack([one[rng.permutation(16)] for one in patches])
    return mixed.reshape(number, 4, 4, side, side, 3).swapaxes(2, 3).reshape(pixels.shape)


def test_patches_are_the_same_however_they_are_shuffled():
    pixels = _random(3, 32)
    mixed = _shuffled(pixels, 1)
    assert not np.array_equal(mixed, pixels)
    np.testing.assert_allclose(inputs.patches(mixed), inputs.patches(pixels))
    assert np.abs(inputs.thumbnail(mixed) - inputs.thumbnail(pixels)).max() > 50


def test_blurred_sees_no_detail_but_patches_do():
    flat = np.full((1, 16, 16, 3), 100, np.uint8)
    rough = flat.copy()
    rough[:, ::2], rough[:, 1::2] = 90, 110
    np.testing.assert_allclose(inputs.blurred(rough), inputs.blurred(flat))
    assert inputs.patches(rough)[0].reshape(16, 6)[:, 3:].tolist() == [[10.0] * 3] * 16


# Another implementation


@pytest.mark.parametrize(("side", "small"), [(32, 16), (64, 16), (224, 16), (12, 4)])
def test_a_thumbnail_is_the_mean_over_areas_as_scikit_image_has_it(side, small):
    pixels = _random(2, side)
    factor = side // small
    expected = [downscale_local_mean(one, (factor, factor, 1)).ravel() for one in pixels]
    np.testing.assert_allclose(inputs.thumbnail(pixels, small), expected, rtol=1e-5)


@pytest.mark.parametrize("side", [17, 84, 100, 227])
def test_a_thumbnail_of_any_side_keeps_the_mean(side):
    pixels = _random(2, side)
    means = inputs.thumbnail(pixels).reshape(2, -1, 3).mean(1)
    np.testing.assert_allclose(means, pixels.mean((1, 2)), rtol=1e-5)


# Awkward images


@pytest.mark.parametrize("side", [1, 2, 3, 5, 16, 30])
def test_every_side_gives_as_many_numbers_all_of_them_finite(side):
    pixels = _random(2, side)
    for name, see in inputs.FEATURES.items():
        found = see(pixels)
        assert found.shape == (2, WIDTHS[name])
        assert np.isfinite(found).all()


def test_an_image_of_one_pixel_is_that_pixel_everywhere():
    pixels = np.array([10, 20, 30], np.uint8).reshape(1, 1, 1, 3)
    flat = [10, 20, 30]
    assert inputs.colour(pixels).tolist() == [[*flat, 0, 0, 0]]
    assert inputs.border(pixels).tolist() == [[*flat * 16, 0, 0, 0]]
    assert inputs.blurred(pixels).tolist() == [flat * 16]
    assert inputs.patches(pixels).tolist() == [[*flat, 0, 0, 0] * 16]


def test_a_grey_image_has_three_channels_alike():
    values = np.random.default_rng(0).integers(0, 256, (20, 20))
    pixels = _grey(values.tolist())
    for name, see in inputs.FEATURES.items():
        if name != "near black":
            channels = see(pixels).reshape(-1, 3)
            np.testing.assert_array_equal(channels, channels[:, :1].repeat(3, 1))


# Whole sets


def test_a_set_is_read_in_chunks_and_once_and_keeps_its_order(monkeypatch):
    number = 2 * inputs.CHUNK + 3
    images = image_set((number - 5, 5), pixels=_random(number, 6))
    images = replace(images, rows=np.random.default_rng(1).permutation(number))
    taken, take = [], ImageSet.take

    def watched(self: ImageSet, index: np.ndarray) -> np.ndarray:
        taken.append(index.tolist())
        return take(self, index)

    monkeypatch.setattr(ImageSet, "take", watched)
    found = inputs.image_features(images)
    assert max(map(len, taken)) == inputs.CHUNK
    assert [row for chunk in taken for row in chunk] == list(range(number))
    assert {name: values.shape[1] for name, values in found.items()} == WIDTHS
    pixels = images.pixels[images.rows]
    for name, values in found.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, inputs.FEATURES[name](pixels), rtol=1e-6)
