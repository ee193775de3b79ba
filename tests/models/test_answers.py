"""A trained model asked about images of no data set: its probabilities, and the features behind them, in one pass."""

import numpy as np
import pytest

from lib.models.novelty import pooled

pytestmark = pytest.mark.slow

SIZE = 32


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """More images than one batch has."""
    return np.random.default_rng(0).integers(0, 256, (35, SIZE, SIZE, 3), np.uint8)


@pytest.fixture(scope="module", params=[("softmax", True), ("sigmoid", True), ("softmax", False)])
def model(request):
    """Random changes, scaling, a backbone of a convolution that is frozen or not, dropout, a head."""
    from lib.models.backend import keras
    from lib.models.preprocessing import ScalePixels

    activation, frozen = request.param
    layers = keras.layers
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(6, 5, strides=4)])
    backbone.trainable = not frozen
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.RandomFlip(seed=1),
            ScalePixels("[0, 1]"),
            backbone,
            layers.Flatten(),
            layers.Dropout(0.5, seed=2),
            layers.Dense(1 if activation == "sigmoid" else 3, activation=activation),
        ]
    )


def test_the_probabilities_are_those_that_the_whole_model_predicts(model, pixels):
    from lib.models.answers import Answerer

    outputs = model.predict(pixels.astype("float32"), verbose=0)
    expected = np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
    answers = Answerer(model)(pixels)
    np.testing.assert_allclose(answers.probabilities, expected, atol=1e-6)
    assert answers.probabilities.dtype == "float32"


def test_the_features_are_the_means_of_the_last_maps_of_the_backbone(model, pixels):
    from lib.models.answers import Answerer

    maps = model.layers[2](pixels[:4] / np.float32(255))
    features = Answerer(model)(pixels).features
    assert features.shape == (35, 6)
    np.testing.assert_allclose(features[:4], pooled(np.asarray(maps), 6), atol=1e-5)


def test_one_image_gets_what_it_gets_among_many(model, pixels):
    from lib.models.answers import Answerer

    answerer = Answerer(model)
    one, many = answerer(pixels[7:8]), answerer(pixels)
    np.testing.assert_allclose(one.probabilities[0], many.probabilities[7], atol=1e-6)
    np.testing.assert_allclose(one.features[0], many.features[7], atol=1e-6)
