"""Plain colours of the classes, against numbers counted by hand and NumPy over whole images."""

from importlib import import_module

import numpy as np
import pytest
from made_up_sets import image_set

from lib.datasets import ImageSet, colours
from lib.results import Colour


def _set(*classes: list[tuple[int, int, int]]) -> ImageSet:
    """Of each class the colours of its images, which have 2 × 2 pixels of one colour each."""
    flat = np.array([colour for one in classes for colour in one], np.uint8)
    pixels = np.broadcast_to(flat[:, None, None], (len(flat), 2, 2, 3))
    return image_set([len(one) for one in classes], pixels=pixels)


def test_mean_spread_and_black_of_each_class_by_hand():
    images = _set(
        [(0, 10, 200), (100, 10, 220)],
        [(0, 0, 0), (16, 16, 16), (17, 0, 0), (60, 60, 60)],
    )
    first, second = colours(images)
    assert first == Colour(
        name="basophil", images=2, mean=[50, 10, 210], spread=[50, 0, 10], black=0
    )
    assert (second.name, second.images, second.black) == ("monocyte", 4, 0.5)
    assert second.mean == pytest.approx([93 / 4, 76 / 4, 76 / 4])


def test_a_pixel_is_black_by_its_brightest_channel():
    (one,) = colours(_set([(16, 16, 16), (0, 0, 17), (0, 17, 0), (17, 0, 0)]))
    assert one.black == 0.25


def test_pixels_within_an_image_count_each():
    pixels = np.zeros((1, 2, 2, 3), np.uint8)
    pixels[0, 0] = 80
    (one,) = colours(image_set((1,), pixels=pixels))
    assert (one.mean, one.spread, one.black) == ([40] * 3, [40] * 3, 0.5)


def test_colours_of_noise_agree_with_numpy():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 5, 5, 3), dtype=np.uint8)
    images = image_set((10, 20), pixels=pixels)
    for label, one in enumerate(colours(images)):
        flat = pixels[images.labels == label].astype(float)
        assert one.mean == pytest.approx(flat.mean((0, 1, 2)))
        assert one.spread == pytest.approx(flat.std((0, 1, 2)))


def test_of_many_images_a_sample_is_looked_at_the_same_every_time(monkeypatch):
    monkeypatch.setattr(import_module("lib.datasets.images"), "SAMPLE", 4)
    images = _set([(value, 0, 0) for value in range(0, 200, 10)], [(7, 0, 0)] * 3)
    first, second = colours(images)
    assert (first.images, second.images) == (4, 3)
    assert colours(images) == [first, second]
    assert first.mean[0] != pytest.approx(95)  # the mean of all


def test_a_file_without_a_row_is_not_looked_at():
    """Where a file was rejected, `pixels` hold black in its place."""
    pixels = np.zeros((4, 2, 2, 3), np.uint8)
    pixels[[0, 2]] = 90
    images = image_set((2,), pixels=pixels)
    images.rows[:] = [0, 2]
    (one,) = colours(images)
    assert (one.mean, one.black) == ([90] * 3, 0)
