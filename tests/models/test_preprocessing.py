"""Pixels are scaled as Keras and torchvision scale them, in full precision; previews of random changes."""

from importlib import import_module

import numpy as np
import pytest

from lib.papers.declare import NATIVE, PIXEL_SCALINGS, Brightness, Flip, Rotation

pytestmark = pytest.mark.slow

# Backbone → the module of keras.applications whose `preprocess_input` its weights were trained with.
MODULES = {
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Small": "mobilenet_v3",
    "MobileNetV3Large": "mobilenet_v3",
    "ResNet50": "resnet",
    "ResNet50V2": "resnet_v2",
    "VGG16": "vgg16",
}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # torchvision.transforms._presets
# What black and white become, one number per channel in the order the network gets them.
ENDS = {
    "[0, 1]": ((0, 0, 0), (1, 1, 1)),
    "[-1, 1]": ((-1, -1, -1), (1, 1, 1)),
    "[0, 255]": ((0, 0, 0), (255, 255, 255)),
    "BGR - mean": ((-103.939, -116.779, -123.68), (151.061, 138.221, 131.32)),
    "(RGB - mean) / sd": ((-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.64)),
}


@pytest.fixture(scope="module")
def preprocessing():
    from lib.models import preprocessing

    return preprocessing


def pixels(count: int = 4, size: int = 8) -> np.ndarray:
    """Whole numbers from 0 to 255, as float32."""
    shape = (count, size, size, 3)
    return np.random.default_rng(0).integers(0, 256, shape).astype("float32")


def preprocess_input(backbone: str, images: np.ndarray) -> np.ndarray:
    module = import_module(f"keras.applications.{MODULES[backbone]}")
    return np.asarray(module.preprocess_input(images.copy()))  # it writes into what it is given


@pytest.mark.parametrize("backbone", MODULES)
def test_native_scaling_is_kerass_own_preprocessing(backbone, preprocessing):
    scaled = np.asarray(preprocessing.ScalePixels(NATIVE[backbone])(pixels()))
    np.testing.assert_allclose(scaled, preprocess_input(backbone, pixels()), rtol=1e-6, atol=1e-5)


def test_every_backbone_with_a_native_scaling_is_compared():
    assert set(NATIVE) == {*MODULES, "AlexNet"}


def test_torchvisions_scaling_is_mean_and_standard_deviation(preprocessing):
    scaled = np.asarray(preprocessing.ScalePixels(NATIVE["AlexNet"])(pixels()))
    np.testing.assert_allclose(scaled, (pixels() / 255 - MEAN) / DEVIATION, atol=1e-5)


def test_one_pixel_by_hand(preprocessing):
    pixel = np.array([[[[51, 102, 255]]]], "uint8")
    for scaling, expected in (
        ("[0, 1]", (0.2, 0.4, 1)),
        ("[-1, 1]", (-0.6, -0.2, 1)),
        ("BGR - mean", (255 - 103.939, 102 - 116.779, 51 - 123.68)),
    ):
        scaled = np.asarray(preprocessing.ScalePixels(scaling)(pixel)).ravel()
        np.testing.assert_allclose(scaled, expected, atol=1e-5)


@pytest.mark.parametrize("scaling", ENDS)
def test_black_and_white_go_to_the_ends(scaling, preprocessing):
    layer = preprocessing.ScalePixels(scaling)
    for value, expected in zip((0, 255), ENDS[scaling], strict=True):
        scaled = np.asarray(layer(np.full((1, 1, 1, 3), value, "float32")))
        np.testing.assert_allclose(scaled.ravel(), expected, atol=1e-4)


def test_every_scaling_has_its_ends():
    assert set(ENDS) == set(PIXEL_SCALINGS)


def test_an_unknown_scaling_is_an_error_that_lists_the_known_ones(preprocessing):
    with pytest.raises(ValueError, match=r"\[0, 1\], \[-1, 1\].*received 'native'"):
        preprocessing.ScalePixels("native")


def test_any_type_comes_out_as_float32(preprocessing):
    for kind in ("uint8", "int32", "float32", "float64"):
        scaled = preprocessing.ScalePixels("[0, 1]")(pixels().astype(kind))
        assert np.asarray(scaled).dtype == np.float32
        np.testing.assert_allclose(scaled, pixels() / 255, atol=1e-6)


@pytest.mark.parametrize("scaling", PIXEL_SCALINGS)
def test_half_precision_rounds_once_after_scaling(scaling, preprocessing, keras):
    # Not whole numbers: brightness and rotation make such, which half precision would round before.
    images = pixels() * np.float32(0.973)
    full = preprocessing.ScalePixels(scaling)(images)
    half = preprocessing.ScalePixels(scaling, dtype="mixed_bfloat16")(images)
    assert keras.backend.standardize_dtype(half.dtype) == "bfloat16"
    rounded = keras.ops.cast(full, "bfloat16")
    assert (np.asarray(half) == np.asarray(rounded)).all()


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_model_with_it_is_saved_and_loaded_by_keras(policy, preprocessing, keras, tmp_path):
    layer = preprocessing.ScalePixels("BGR - mean", name="scale_pixels", dtype=policy)
    model = keras.Sequential([keras.Input((8, 8, 3)), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.layers[0].name, loaded.layers[0].scaling) == ("scale_pixels", "BGR - mean")
    images = pixels() * np.float32(0.973)
    assert (np.asarray(loaded(images)) == np.asarray(model(images))).all()
    assert loaded.output_shape == (None, 8, 8, 3)


# Previews of random changes

FLIP, TURN, LIGHT = Flip("horizontal"), Rotation(0.125, "nearest"), Brightness(0.2)


def _dark_left(size: int = 16) -> np.ndarray:
    """An image whose left half is dark and whose right half is bright."""
    pixels = np.full((size, size, 3), 200, np.uint8)
    pixels[:, : size // 2] = 50
    return pixels


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Brightness(0.2), "brightness ± 51 of 255"),
        (Brightness(0.1), "brightness ± 25.5 of 255"),
        (Flip("vertical"), "mirrored at random, vertical"),
        (Flip("horizontal_and_vertical"), "mirrored at random, horizontal and vertical"),
        (Rotation(0.125, "nearest"), "turned by up to ± 45°, corners filled by nearest"),
        (Rotation(0.2, "reflect"), "turned by up to ± 72°, corners filled by reflect"),
    ],
)
def test_a_random_change_says_what_it_does(change, words):
    assert str(change) == words


def test_previews_show_each_change_alone_and_then_all_together(preprocessing):
    rows = preprocessing.previews((FLIP, TURN, LIGHT), _dark_left())
    assert list(rows) == [str(FLIP), str(TURN), str(LIGHT), "all together"]
    for images in rows.values():
        assert (images.shape, images.dtype) == ((3, 16, 16, 3), np.uint8)


def test_a_single_change_has_no_row_of_all_together_and_none_has_none(preprocessing):
    assert list(preprocessing.previews((FLIP,), _dark_left())) == [str(FLIP)]
    assert preprocessing.previews((), _dark_left()) == {}


def test_a_mirrored_preview_is_the_image_or_its_mirror_image(preprocessing):
    pixels = _dark_left()
    (images,) = preprocessing.previews((FLIP,), pixels, versions=20).values()
    mirrored = [bool((image == pixels[:, ::-1]).all()) for image in images]
    same = [bool((image == pixels).all()) for image in images]
    assert all(flipped != unchanged for flipped, unchanged in zip(mirrored, same, strict=True))
    assert 3 < sum(mirrored) < 17


def test_a_brighter_preview_moves_every_pixel_by_the_same_within_its_range(preprocessing):
    pixels = _dark_left().astype(int)
    (images,) = preprocessing.previews((LIGHT,), pixels.astype(np.uint8), versions=20).values()
    moved = images - pixels
    assert (np.ptp(moved, axis=(1, 2, 3)) <= 1).all()  # each is rounded to whole numbers
    assert np.abs(moved).max() <= 51
    assert len({int(image[0, 0, 0]) for image in moved}) > 10
    assert moved.min() < 0 < moved.max()


def test_a_preview_stays_within_black_and_white(preprocessing):
    pixels = np.full((8, 8, 3), 250, np.uint8)
    (images,) = preprocessing.previews((LIGHT,), pixels, versions=20).values()
    assert images.max() == 255  # and did not wrap round to black
    assert images.min() >= 250 - 51


def test_previews_are_the_same_every_time_and_leave_the_image_alone(preprocessing):
    pixels = _dark_left()
    first, again = (preprocessing.previews((TURN, LIGHT), pixels) for _ in "ab")
    other = preprocessing.previews((TURN, LIGHT), pixels, seed=9)
    for name, images in first.items():
        assert (images == again[name]).all()
        assert (images != other[name]).any()
        assert len({version.tobytes() for version in images}) == 3
    assert (pixels == _dark_left()).all()


def test_all_together_is_each_change_behind_the_other(preprocessing):
    pixels = _dark_left()
    together = preprocessing.previews((TURN, LIGHT), pixels, seed=4)["all together"]
    images = np.repeat(pixels[None].astype("float32"), 3, axis=0)
    for layer in preprocessing.augmentation((TURN, LIGHT), 4):
        images = np.asarray(layer(images, training=True))
    np.testing.assert_array_equal(together, images.round())
