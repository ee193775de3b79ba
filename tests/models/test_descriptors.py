"""Descriptors: the same for a picture however it is turned, blind to its corners, of length 1."""

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def descriptors():
    from lib.models import descriptors

    return descriptors


def _picture(side: int = 32) -> np.ndarray:
    """(side, side, 3) uint8, smooth."""
    small = np.random.default_rng(0).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)


def _turned(pixels: np.ndarray, degrees: float) -> np.ndarray:
    side = len(pixels)
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2,) * 2, degrees, 1)
    return cv2.warpAffine(pixels, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)


def _quadrants(images: np.ndarray) -> np.ndarray:
    """A network's stand-in that sees where something is: the mean of each quarter."""
    half = images.shape[1] // 2
    quarters = [images[:, :half, :half], images[:, :half, half:]]
    quarters += [images[:, half:, :half], images[:, half:, half:]]
    return np.concatenate([quarter.mean((1, 2)) for quarter in quarters], axis=1)


def test_every_turn_is_a_picture_of_the_same_disc(descriptors):
    turned = list(descriptors.turns(_picture()[None]))
    assert len(turned) == descriptors.TURNS
    for number, images in enumerate(turned):
        assert (images.shape, images.dtype) == ((1, 32, 32, 3), np.float32)
        assert (images[0, 0, 0] == descriptors.OUTSIDE).all()  # a corner
        expected = _turned(_picture(), 360 * number / descriptors.TURNS)
        np.testing.assert_allclose(images[0, 8:24, 8:24], expected[8:24, 8:24], atol=1)


def test_what_lies_outside_the_disc_does_not_count(descriptors):
    pixels = np.stack([_picture()] * 2)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        pixels[1, row, column] = 255 - pixels[1, row, column]
    one, other = descriptors.describe(_quadrants, pixels)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("degrees", [45, 90, 180, 315])
def test_a_picture_and_its_turned_copy_are_described_alike(descriptors, degrees):
    pixels = np.stack([_picture(), _turned(_picture(), degrees)])
    described = descriptors.describe(_quadrants, pixels)
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, rtol=1e-6)
    plain = _quadrants(pixels.astype(np.float32))
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    assert described[0] @ described[1] > 0.9999 > plain[0] @ plain[1]


def test_the_network_is_the_one_whose_weights_the_run_key_knows(descriptors):
    from lib.runs import key

    assert descriptors.BACKBONE.backbone == key.LOOKS
