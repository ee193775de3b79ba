"""The distance to the nearest training image: counted by hand, its limit, and what is stored of it."""

import numpy as np
import pytest

from lib.models.novelty import Novelty, measure_novelty, pooled

TRAIN = np.array([[1, 0, 0], [0, 2, 0]], "float32")


def test_the_distance_is_one_less_the_largest_cosine_with_a_training_image():
    novelty = measure_novelty(TRAIN, TRAIN)
    asked = np.array([[5, 0, 0], [3, 4, 0], [0, 0, 7], [-1, 0, 0]], "float32")
    np.testing.assert_allclose(novelty.distances(asked), [0, 1 - 0.8, 1, 1], atol=1e-3)


def test_of_a_hundred_and_one_test_images_the_second_farthest_sets_the_limit():
    angles = np.linspace(0, 1, 101)
    test = np.stack([np.cos(angles), 0 * angles, np.sin(angles)], 1)
    novelty = measure_novelty(TRAIN, test)
    assert novelty.limit == pytest.approx(1 - np.cos(0.99), abs=1e-3)
    assert (novelty.distances(test) > novelty.limit).sum() == 1
    assert novelty.tested == 101


def test_of_few_test_images_the_farthest_sets_it_so_that_none_is_unlike():
    test = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 2]], "float32")
    novelty = measure_novelty(TRAIN, test)
    assert (novelty.distances(test) > novelty.limit).sum() == 0
    assert novelty.distances(np.array([[0, 0, 1.0]]))[0] > novelty.limit


def test_an_image_without_any_feature_is_unlike_all():
    assert measure_novelty(TRAIN, TRAIN).distances(np.zeros((1, 3)))[0] == 1


def test_feature_maps_are_averaged_whether_flat_or_not_or_averaged_already():
    maps = np.arange(2 * 3 * 3 * 4, dtype="float32").reshape(2, 3, 3, 4)
    mean = maps.mean((1, 2))
    np.testing.assert_allclose(pooled(maps, 4), mean)
    np.testing.assert_allclose(pooled(maps.reshape(2, -1), 4), mean)
    np.testing.assert_allclose(pooled(mean, 4), mean)
    assert pooled(maps.astype("float16"), 4).dtype == "float32"


def test_it_comes_back_from_its_arrays():
    before = measure_novelty(TRAIN, 2 * TRAIN + 1)
    after = Novelty.from_arrays(before.arrays())
    assert (after.limit, after.tested) == (before.limit, 2)
    np.testing.assert_array_equal(after.features, before.features)
    assert Novelty.from_arrays({}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"novelty_features": np.zeros((2, 3, 1))},
        {"novelty_features": np.zeros((0, 3))},
        {"novelty_features": np.full((2, 3), np.nan)},
        {"novelty_limit": np.zeros(2)},
    ],
)
def test_arrays_that_are_something_else_are_refused(changes):
    arrays = measure_novelty(TRAIN, TRAIN).arrays()
    with pytest.raises(ValueError, match=r"it|its"):
        Novelty.from_arrays(arrays | changes)
    lacking = {name: array for name, array in arrays.items() if name != "novelty_tested"}
    with pytest.raises(ValueError, match="novelty_tested"):
        Novelty.from_arrays(lacking)
