"""Pixels are scaled as Keras and torchvision scale them, in full precision."""

from importlib import import_module

import numpy as np
import pytest

from lib.paper import NATIVE, PIXEL_SCALINGS

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
# What black and white become, one number a channel in the order the network gets them.
ENDS = {
    "[0, 1]": ((0, 0, 0), (1, 1, 1)),
    "[-1, 1]": ((-1, -1, -1), (1, 1, 1)),
    "[0, 255]": ((0, 0, 0), (255, 255, 255)),
    "BGR - mean": ((-103.939, -116.779, -123.68), (151.061, 138.221, 131.32)),
    "(RGB - mean) / sd": ((-2.1179, -2.0357, -1.8044), (2.2489, 2.4286, 2.64)),
}


@pytest.fixture(scope="module")
def preprocessing():
    from lib import preprocessing

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
    found = np.asarray(preprocessing.ScalePixels(NATIVE[backbone])(pixels()))
    np.testing.assert_allclose(found, preprocess_input(backbone, pixels()), rtol=1e-6, atol=1e-5)


def test_every_backbone_with_a_native_scaling_is_compared():
    assert set(NATIVE) == {*MODULES, "AlexNet"}


def test_torchvisions_scaling_is_mean_and_standard_deviation(preprocessing):
    found = np.asarray(preprocessing.ScalePixels(NATIVE["AlexNet"])(pixels()))
    np.testing.assert_allclose(found, (pixels() / 255 - MEAN) / DEVIATION, atol=1e-5)


def test_one_pixel_by_hand(preprocessing):
    pixel = np.array([[[[51, 102, 255]]]], "uint8")
    for scaling, expected in (
        ("[0, 1]", (0.2, 0.4, 1)),
        ("[-1, 1]", (-0.6, -0.2, 1)),
        ("BGR - mean", (255 - 103.939, 102 - 116.779, 51 - 123.68)),
    ):
        found = np.asarray(preprocessing.ScalePixels(scaling)(pixel)).ravel()
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("scaling", ENDS)
def test_black_and_white_go_to_the_ends(scaling, preprocessing):
    layer = preprocessing.ScalePixels(scaling)
    for value, expected in zip((0, 255), ENDS[scaling], strict=True):
        found = np.asarray(layer(np.full((1, 1, 1, 3), value, "float32")))
        np.testing.assert_allclose(found.ravel(), expected, atol=1e-4)


def test_every_scaling_has_its_ends():
    assert set(ENDS) == set(PIXEL_SCALINGS)


def test_an_unknown_scaling_is_an_error_that_lists_the_known_ones(preprocessing):
    with pytest.raises(ValueError, match=r"\[0, 1\], \[-1, 1\].*received 'native'"):
        preprocessing.ScalePixels("native")


def test_any_type_comes_out_as_float32(preprocessing):
    for kind in ("uint8", "int32", "float32", "float64"):
        found = preprocessing.ScalePixels("[0, 1]")(pixels().astype(kind))
        assert np.asarray(found).dtype == np.float32
        np.testing.assert_allclose(found, pixels() / 255, atol=1e-6)


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
