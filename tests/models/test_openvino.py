"""A frozen network by OpenVINO: Keras' numbers, whatever stands beside an image; only where it is worth it."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("openvino"), reason="needs the extra `fast`"),
]

SIZE, BATCH = 32, 4
OF_THE_LARGEST = 5e-6  # measured: 1e-6


@pytest.fixture(scope="module")
def engine():
    from lib.models import openvino

    return openvino


@pytest.fixture(scope="module")
def mobilenet(keras):
    """Untrained, but its normalization does something."""
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(SIZE, SIZE, 3)
    )
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, array.shape) for array in layer.get_weights()])
    network.trainable = False
    return network


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (BATCH, SIZE, SIZE, 3)).astype("float32")


def assert_as_keras(network, infer, pixels) -> None:
    expected = network.predict_on_batch(pixels)
    np.testing.assert_allclose(infer(pixels), expected, atol=OF_THE_LARGEST * expected.max())


def test_it_is_what_keras_predicts_also_after_the_weights_have_changed(engine, mobilenet, pixels):
    infer = engine.converted(mobilenet, BATCH)
    assert_as_keras(mobilenet, infer, pixels)
    assert engine.converted(mobilenet, BATCH) is infer
    kernel = mobilenet.layers[1].kernel
    kernel.assign(2 * kernel.numpy())
    assert_as_keras(mobilenet, engine.converted(mobilenet, BATCH), pixels)


def test_an_image_gets_the_same_numbers_whatever_stands_beside_it(engine, mobilenet, pixels):
    infer = engine.converted(mobilenet, BATCH)
    turned = infer(np.ascontiguousarray(pixels[::-1]))[::-1]
    np.testing.assert_array_equal(infer(pixels), turned)


def test_it_is_for_networks_that_gain_by_it_and_compute_in_float32(engine, keras, mobilenet):
    def of_one(layer):
        return keras.Sequential([keras.Input((SIZE, SIZE, 3)), layer])

    assert engine.is_for(mobilenet)
    assert engine.is_for(of_one(keras.layers.DepthwiseConv2D(3)))
    assert not engine.is_for(of_one(keras.layers.DepthwiseConv2D(3, dtype="mixed_bfloat16")))
    assert not engine.is_for(of_one(keras.layers.Conv2D(3, 3)))
    assert not engine.is_for(keras.layers.DepthwiseConv2D(3))


def test_the_maker_is_told_nothing(engine, mobilenet):
    engine.converted(mobilenet, BATCH)
    assert sys.modules["openvino_telemetry"] is None


def test_features_of_a_mobilenet_are_computed_by_it_and_kept_under_its_version(
    engine, keras, mobilenet, pixels
):
    from lib.models.inference import frozen_engine, frozen_forward
    from lib.models.preprocessing import ScalePixels

    def front(network):
        layers = [ScalePixels("[-1, 1]"), network, keras.layers.GlobalAveragePooling2D()]
        return keras.Sequential([keras.Input((SIZE, SIZE, 3)), *layers])

    plain = keras.Sequential([keras.Input((SIZE, SIZE, 3)), keras.layers.Conv2D(3, 3)])
    assert frozen_engine(front(plain)) == {}
    assert list(frozen_engine(front(mobilenet))) == ["openvino"]
    images = (127.5 * (pixels + 1)).round().astype("uint8")
    assert_as_keras(front(mobilenet), frozen_forward(front(mobilenet)), images)


def test_a_conversion_asks_openvino_for_no_version_of_tensorflow(
    engine, mobilenet, pixels, monkeypatch
):
    """What OpenVINO asks with ends in a NameError on Python 3.13."""

    def ask(_: str) -> dict:
        raise NameError("tensorflow")

    monkeypatch.setattr("openvino.frontend.tensorflow.utils.get_environment_setup", ask)
    assert_as_keras(
        mobilenet, engine._traced(mobilenet) and engine.converted(mobilenet, 1), pixels[:1]
    )
