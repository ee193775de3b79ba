"""Random changes to training images: within their limits, seeded, and before the scaling of pixels."""

from importlib import import_module

import numpy as np
import pytest

from lib import papers
from lib.papers.declare import Brightness, Flip, Rotation
from lib.settings import resolve

pytestmark = pytest.mark.slow

# Arm of Kumar et al. → the module of keras.applications whose `preprocess_input` it calls.
KUMAR = {
    "vgg16": "vgg16",
    "mobilenetv3": "mobilenet_v3",
    "resnet50v2": "resnet_v2",
    "mobilenetv3-large": "mobilenet_v3",
    "resnet50v2-as-printed": "resnet_v2",
}
CHANGES = (
    Brightness(0.2),
    Flip("horizontal"),
    Flip("horizontal_and_vertical"),
    Rotation(0.2, "reflect"),
    Rotation(45 / 360, "nearest"),
)


@pytest.fixture(scope="module")
def preprocessing():
    from lib.models import preprocessing

    return preprocessing


def pixels(count: int = 4, size: int = 8) -> np.ndarray:
    """Whole numbers from 0 to 255, as float32."""
    shape = (count, size, size, 3)
    return np.random.default_rng(0).integers(0, 256, shape).astype("float32")


def changed(preprocessing, change, images, seed=0) -> np.ndarray:
    for layer in preprocessing.augmentation([change], seed):
        images = layer(images, training=True)
    return np.asarray(images)


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_nothing_changes_at_inference(change, preprocessing, keras):
    layers = preprocessing.augmentation([change], 0)
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    assert (np.asarray(model(pixels(), training=False)) == pixels()).all()
    assert (model.predict_on_batch(pixels()) == pixels()).all()
    assert (np.asarray(model(pixels(), training=True)) != pixels()).any()


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_same_seed_gives_the_same_change_and_another_seed_another(change, preprocessing):
    images = pixels(16)
    first = changed(preprocessing, change, images, seed=1)
    assert (changed(preprocessing, change, images, seed=1) == first).all()
    assert (changed(preprocessing, change, images, seed=2) != first).any()
    assert (first != images).any()


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_random_changes_are_made_in_full_precision_and_stay_within_black_and_white(
    change, preprocessing, keras
):
    images = pixels(64) * np.float32(0.973)
    images[:8], images[8:16] = 0, 255
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        moved = changed(preprocessing, change, images)
    finally:
        keras.config.set_dtype_policy(before)
    assert moved.dtype == np.float32
    assert moved.min() >= -1e-3  # rotation interpolates: the weights' sum is one but for rounding
    assert moved.max() <= 255 + 1e-3
    assert (moved == changed(preprocessing, change, images)).all()


def test_brightness_moves_a_whole_image_by_one_number(preprocessing):
    images = 100 + pixels(256) / 5  # from 100 to 151: 51 more or less stay within 0…255
    moved = changed(preprocessing, Brightness(0.2), images) - images
    one_a_picture = moved.mean(axis=(1, 2, 3), keepdims=True)
    np.testing.assert_allclose(moved, np.broadcast_to(one_a_picture, moved.shape), atol=1e-4)
    assert abs(moved).max() <= 0.2 * 255 + 1e-4
    # Even over the whole range: 256 draws come near both ends and lie around the middle.
    assert one_a_picture.min() < -45
    assert one_a_picture.max() > 45
    assert abs(one_a_picture.mean()) < 6  # twice the standard error, 29.4 / 16


def test_brightness_cuts_off_at_black_and_white(preprocessing):
    black, white = np.zeros((64, 2, 2, 3), "float32"), np.full((64, 2, 2, 3), 255, "float32")
    moved = changed(preprocessing, Brightness(0.2), np.concatenate([black, white]))
    assert (moved.min(), moved.max()) == (0, 255)
    assert moved[:64].max() <= 51
    assert moved[64:].min() >= 204


def outcomes(flipped: np.ndarray, image: np.ndarray) -> set[str]:
    """Which mirror images of `image` there are, each equal to the last digit."""
    known = {
        "as it was": image,
        "left and right": image[:, ::-1],
        "up and down": image[::-1],
        "both": image[::-1, ::-1],
    }
    names = [
        next((name for name, mirrored in known.items() if (mirrored == version).all()), "?")
        for version in flipped
    ]
    return set(names)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("horizontal", {"as it was", "left and right"}),
        ("vertical", {"as it was", "up and down"}),
        ("horizontal_and_vertical", {"as it was", "left and right", "up and down", "both"}),
    ],
)
def test_flips_mirror_exactly(mode, expected, preprocessing):
    image = pixels(1)[0]
    flipped = changed(preprocessing, Flip(mode), np.stack([image] * 64))
    assert outcomes(flipped, image) == expected


@pytest.mark.parametrize(("factor", "fill"), [(0.2, "reflect"), (45 / 360, "nearest")])
def test_a_dot_turns_by_no_more_than_the_factor(factor, fill, preprocessing):
    size, radius = 41, 12  # the dot, three pixels wide, lies right of the centre
    image = np.zeros((size, size, 3), "float32")
    image[19:22, 20 + radius - 1 : 20 + radius + 2] = 255
    turned = changed(preprocessing, Rotation(factor, fill), np.stack([image] * 256))[..., 0]
    row, column = np.indices((size, size)) - 20
    inner = np.hypot(row, column) <= 18  # what was never outside the image
    mass = (turned * inner).sum(axis=(1, 2))
    rows, columns = ((turned * inner * place).sum(axis=(1, 2)) / mass for place in (row, column))
    angles = np.degrees(np.arctan2(rows, columns))
    np.testing.assert_allclose(np.hypot(rows, columns), radius, atol=0.5)
    np.testing.assert_allclose(mass, 9 * 255, rtol=0.15)
    limit = 360 * factor
    assert abs(angles).max() <= limit + 2  # the centre of a dot of nine pixels, to two degrees
    assert angles.min() < -0.9 * limit
    assert angles.max() > 0.9 * limit


def test_corners_are_filled_with_the_nearest_pixel_or_by_reflection(preprocessing):
    image = np.full((41, 41, 3), 255, "float32")
    image[2:-2, 2:-2] = 0  # a white frame around black
    images = np.stack([image] * 64)
    nearest, reflect = (
        changed(preprocessing, Rotation(0.125, fill), images)[:, 0, 0]
        for fill in ("nearest", "reflect")
    )
    assert nearest.min() > 250  # the frame goes on for ever
    assert reflect.min() < 5  # behind it comes the inside again
    even = changed(preprocessing, Rotation(0.2, "reflect"), np.full((64, 9, 9, 3), 200, "float32"))
    np.testing.assert_allclose(even, 200, atol=1e-3)


@pytest.mark.parametrize("name", KUMAR)
def test_what_reaches_the_backbone_lies_in_the_range_of_its_own_preprocessing(
    name, preprocessing, keras
):
    paper = papers.load("kumar_breakhis")
    arm, images = paper.arm(name), pixels(64)
    images[:16], images[16:32] = 0, 255
    layers = preprocessing.augmentation(arm.augmentation.value, 0)
    scale = preprocessing.ScalePixels(resolve(paper).training[name].pixel_scaling)
    scaled = np.asarray(keras.Sequential([*layers, scale])(images, training=True))
    module = import_module(f"keras.applications.{KUMAR[name]}")
    low, high = (module.preprocess_input(np.full(3, value, "float32")) for value in (0, 255))
    assert (scaled >= low - 1e-3).all()
    assert (scaled <= high + 1e-3).all()
    # Black stays the darkest and white the brightest there is: the range is used up to its ends.
    np.testing.assert_allclose(scaled.min(axis=(0, 1, 2)), low, atol=1e-3)
    np.testing.assert_allclose(scaled.max(axis=(0, 1, 2)), high, atol=1e-3)
    names = [layer.name.removeprefix("random_") for layer in layers]
    assert names == ["brightness", "flip_horizontal", "flip_vertical", "rotation"]
