"""What all families of phantoms draw with: noise, outlines, paint and the camera."""

import numpy as np
import pytest
from PIL import Image

from lib.phantoms import drawing

KINDS = ("round", "square")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [16, 500])
def test_a_known_kind_of_16_pixels_or_more_is_drawn(kind, size):
    drawing.check_request(kind, size, KINDS)


@pytest.mark.parametrize(("kind", "size"), [("oval", 16), ("", 16), ("round", 15), ("round", 0)])
def test_anything_else_is_refused_with_what_is_known_and_what_came(kind, size):
    with pytest.raises(ValueError, match=f"round, square.* 16 pixels.*{kind!r} and {size}"):
        drawing.check_request(kind, size, KINDS)


def test_one_picture_in_32_has_drifted_past_the_half_way():
    shares = np.random.default_rng(0).beta(*drawing.DRIFT, 100_000)
    assert np.mean(shares > 0.5) == pytest.approx(1 / 32, rel=0.05)


def test_a_plane_is_resized_to_rows_by_columns():
    plane = np.repeat(np.arange(4, dtype=np.float32)[:, None], 6, axis=1)  # rises downwards
    tall = drawing.resized(plane, 8, 3)
    assert (tall.shape, tall.dtype) == ((8, 3), np.float32)
    assert (np.diff(tall, axis=0) > 0).all()
    nearest = drawing.resized(plane, 8, 6, Image.NEAREST)
    np.testing.assert_array_equal(nearest, plane.repeat(2, axis=0))


def test_noise_is_smooth_has_unit_spread_and_as_many_bumps_as_asked():
    rng = np.random.default_rng(1)
    noise = np.stack([drawing.smooth_noise(rng, 10, 200) for _ in range(20)])
    assert (noise.shape, noise.dtype) == ((20, 200, 200), np.float32)
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(1, abs=0.25)
    for axis in (1, 2):
        assert np.abs(np.diff(noise, axis=axis)).max() < 0.6  # 20 pixels from bump to bump
        crossings = (np.diff(np.sign(noise), axis=axis) != 0).sum(axis=axis).mean()
        assert 3 < crossings < 7  # half of the steps between 10 bumps of random sign


def test_coordinates_are_x_and_y_in_turn():
    points = np.array([[1 + 2j, 3 + 4j], [5 + 6j, 7 + 8j]])
    assert drawing.coordinates(points) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert drawing.coordinates(points.T) == [[1, 2, 5, 6], [3, 4, 7, 8]]  # not contiguous
    assert drawing.coordinates(points[0].real) == [1, 0, 3, 0]


def test_paint_replaces_what_it_covers_in_place():
    planes = np.full((3, 1, 4), 100, np.float32)
    cover = np.array([[0, 0.25, 0.5, 1]], np.float32)
    drawing.blend(planes, cover, np.float32([200, 100, 0]).reshape(3, 1, 1))
    assert planes[:, 0].tolist() == [[100, 125, 150, 200], [100] * 4, [100, 75, 50, 0]]


def test_planes_are_averaged_down_each_by_itself():
    planes = np.arange(32, dtype=np.float32).reshape(2, 4, 4)
    means = planes.reshape(2, 2, 2, 2, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(drawing.averaged_down(planes, 2), means)


def test_grey_levels_are_cut_off_and_fractions_dropped():
    levels = drawing.grey_levels(np.array([-3, 0.9, 7.9, 254.9, 255, 300]))
    assert levels.dtype == np.uint8
    assert levels.tolist() == [0, 0, 7, 254, 255, 255]


def test_sensor_noise_differs_by_pixel_and_channel_and_has_the_asked_spread():
    picture = Image.new("RGB", (120, 80), (100, 150, 200))
    noisy = drawing.with_sensor_noise(np.random.default_rng(2), picture, (3, 3))
    assert (noisy.shape, noisy.dtype) == ((80, 120, 3), np.uint8)
    noise = noisy - np.array([100.0, 150.0, 200.0])
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(3, rel=0.05)
    channels = np.corrcoef(noise.reshape(-1, 3).T) - np.eye(3)
    assert np.abs(channels).max() < 0.05


def test_sensor_noise_stays_within_the_grey_levels():
    for level in (0, 255):
        picture = Image.new("RGB", (20, 20), (level, level, level))
        noisy = drawing.with_sensor_noise(np.random.default_rng(3), picture, (4, 4))
        assert np.abs(noisy.astype(int) - level).max() < 30
