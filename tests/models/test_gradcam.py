"""Heat maps: counted by hand, against a plain GradientTape, on evidence in a known place, for every architecture."""

import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import under_jax

from lib import ROOT, papers
from lib.papers.declare import Assumed
from lib.settings import resolve

pytestmark = pytest.mark.slow

SIZE, SIDE = 32, 12  # pixels: of a made image, and of the square in it that tells its class
ARMS = {  # backbone → the first arm that has it, with its paper
    arm.backbone: (paper, arm)
    for paper in reversed([papers.load(slug) for slug in papers.slugs()])
    for arm in reversed(paper.arms)
}
SMALLEST = {"AlexNet": 63}  # pixels; the others take 32


@pytest.fixture(scope="module")
def gradcam():
    from lib.models import gradcam

    return gradcam


def built(backbone: str, size: int = SIZE):
    """The arm's model with random weights, for images of `size` pixels, or the fewest that it takes."""
    from lib import models

    paper, arm = ARMS[backbone]
    training = resolve(paper).training[arm.name]
    training = replace(training, image_size=max(size, SMALLEST.get(backbone, 0)))
    loaded = models.load_backbone(replace(arm, weights=Assumed("random", "made up")), training)
    return models.build_model(arm, loaded, len(paper.classes), 0, training)


def random_pixels(number: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (number, size, size, 3), dtype=np.uint8)


# By hand


def by_hand(outputs: int, *bias: float):
    """Two feature maps, red and green in 0…1, averaged; a dense layer puts them together."""
    from lib.models.backend import keras
    from lib.models.preprocessing import ScalePixels

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((2, 2, 3)),
            ScalePixels("[0, 1]"),
            layers.Conv2D(2, 1),
            layers.GlobalAveragePooling2D(),
            layers.Dense(outputs, activation="sigmoid" if outputs == 1 else "softmax"),
        ]
    )
    model.layers[1].set_weights([np.eye(3, 2, dtype="float32")[None, None], np.zeros(2)])
    weights = [[4.0], [-2.0]] if outputs == 1 else [[4.0, 0.0], [-2.0, 1.0]]
    model.layers[3].set_weights([np.array(weights), np.array(bias or [0.0] * outputs)])
    return model


PIXELS = np.zeros((1, 2, 2, 3), np.uint8)
PIXELS[0, :, :, 0] = [[255, 0], [51, 51]]  # red: 1, 0, 0.2, 0.2
PIXELS[0, :, :, 1] = [[0, 255], [0, 102]]  # green: 0, 1, 0, 0.4


def test_a_map_is_the_weighted_sum_of_the_features_without_what_is_negative(gradcam):
    # Class 0: red · 4 / 4 places − green · 2 / 4 = 1, −0.5, 0.2, 0; class 1: green · 1 / 4.
    found = gradcam.heat_maps(by_hand(2), np.concatenate([PIXELS, PIXELS]), [0, 1])
    np.testing.assert_allclose(found[0], [[1, 0], [0.2, 0]], atol=1e-6)
    np.testing.assert_allclose(found[1], [[0, 1], [0, 0.4]], atol=1e-6)


def test_for_the_first_class_of_a_sigmoid_counts_what_lowers_it(gradcam):
    model = by_hand(1)
    first, second = gradcam.heat_maps(model, np.concatenate([PIXELS, PIXELS]), [0, 1])
    np.testing.assert_allclose(second, [[1, 0], [0.2, 0]], atol=1e-6)
    np.testing.assert_allclose(first, [[0, 1], [0, 0]], atol=1e-6)  # −1, 0.5, −0.2, 0


@pytest.mark.parametrize(("bias", "label"), [(5.0, 1), (-5.0, 0)])
def test_without_a_class_it_is_the_one_that_the_model_answers_with(gradcam, bias, label):
    for model in (by_hand(1, bias), by_hand(2, 0.0, bias)):
        asked, answered = (gradcam.heat_maps(model, PIXELS, of) for of in ([label], None))
        np.testing.assert_array_equal(asked, answered)


def test_a_map_is_empty_where_nothing_speaks_for_the_class(gradcam):
    only_green = PIXELS * np.array([0, 1, 0], np.uint8)
    assert not gradcam.heat_maps(by_hand(2), only_green, [0]).any()


def test_the_number_of_images_changes_no_map(gradcam):
    model, pixels = built("ConvBlocks"), random_pixels(11, SIZE)
    every, last = gradcam.heat_maps(model, pixels), gradcam.heat_maps(model, pixels[-1:])
    np.testing.assert_allclose(every[-1:], last, atol=1e-4)


def test_labels_that_are_not_one_per_image_are_refused(gradcam):
    with pytest.raises(ValueError, match="one label for each of 1 images; it holds 2"):
        gradcam.heat_maps(by_hand(2), PIXELS, [0, 1])


def test_a_model_without_feature_maps_is_refused(gradcam):
    from lib.models.backend import keras

    flat = keras.Sequential([keras.Input((2, 2, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="should have feature maps"):
        gradcam.heat_maps(flat, PIXELS)


# Against the definition, written down over the whole model


def test_a_nested_backbone_gives_the_maps_of_a_plain_gradient_tape(gradcam):
    """Differentiated from the pixels on, through every layer, as a tutorial does it."""
    import cv2
    import tensorflow as tf

    from lib.models.backend import keras

    model, pixels = built("VGG16"), random_pixels(3, SIZE)
    place = next(n for n, layer in enumerate(model.layers) if isinstance(layer, keras.Model))
    scale, network, *head = model.layers[place - 1 :]
    both = keras.Model(network.inputs, [network.get_layer("block5_conv3").output, network.output])
    values = tf.Variable(pixels.astype("float32"))
    with tf.GradientTape() as tape:
        maps, outputs = both(scale(values), training=False)
        for layer in head[:-1]:
            outputs = layer(outputs, training=False)
        logits = outputs @ head[-1].kernel + head[-1].bias
        score = tf.reduce_sum(tf.reduce_max(logits, axis=1))
    slopes = tape.gradient(score, maps).numpy()
    coarse = np.maximum((slopes.mean((1, 2), keepdims=True) * maps.numpy()).sum(3), 0)
    found = gradcam.heat_maps(model, pixels)
    for of_image, expected in zip(found, coarse, strict=True):
        expected = cv2.resize(expected, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        assert expected.max() > 0
        np.testing.assert_allclose(of_image, expected / expected.max(), atol=1e-4)


# Evidence in a known place


def drawn(number: int, seed: int):
    """Images with two squares on noise: red or green tells the class, black or white tells nothing.

    Returns:
        (images, SIZE, SIZE, 3) uint8, labels, and where the first square is: (images, SIZE, SIZE) bool.
    """
    rng = np.random.default_rng(seed)
    pixels = rng.integers(100, 156, (number, SIZE, SIZE, 1)).repeat(3, 3)
    labels, place = np.arange(number) % 2, np.zeros((number, SIZE, SIZE), bool)
    for image, mask, label in zip(pixels, place, labels, strict=True):
        lefts = (rng.integers(0, SIZE // 2 - SIDE + 1), rng.integers(SIZE // 2, SIZE - SIDE + 1))
        squares = [_square(rng, left) for left in rng.permutation(lefts)]
        image[squares[0]] += np.array([80, -80, 0] if label else [-80, 80, 0])
        image[squares[1]] += rng.choice([80, -80])
        mask[squares[0]] = True
    return pixels.clip(0, 255).astype(np.uint8), labels, place


def _square(rng: np.random.Generator, left: int) -> tuple[slice, slice]:
    top = rng.integers(0, SIZE - SIDE + 1)
    return slice(top, top + SIDE), slice(left, left + SIDE)


def trained(labels: np.ndarray, pixels: np.ndarray):
    """Two convolutions and a dense layer, ten epochs."""
    from lib.models.backend import keras
    from lib.models.preprocessing import ScalePixels

    layers = keras.layers
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            ScalePixels("[-1, 1]"),
            backbone,
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    adam = keras.optimizers.Adam(0.01)
    model.compile(adam, "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(pixels, labels, epochs=10, batch_size=50, verbose=0)
    return model


@pytest.fixture(scope="module")
def learnt():
    """A model that tells red squares from green ones."""
    pixels, labels, _ = drawn(200, 0)
    return trained(labels, pixels)


def share_on(place: np.ndarray, heat: np.ndarray) -> float:
    """Mean over images; an empty map has none of its heat there."""
    totals = heat.sum((1, 2))
    on_place = (heat * place).sum((1, 2))
    return float(np.divide(on_place, totals, out=np.zeros(len(heat)), where=totals > 0).mean())


def test_most_heat_falls_on_the_evidence_and_none_of_it_is_there_after_shuffled_labels(
    gradcam, learnt
):
    tested, labels, place = drawn(60, 100)
    assert (learnt.predict_on_batch(tested).argmax(1) == labels).all()
    assert place.mean() < 0.15
    assert share_on(place, gradcam.heat_maps(learnt, tested)) > 0.55
    pixels, labels, _ = drawn(200, 0)
    fooled = trained(np.random.default_rng(0).permutation(labels), pixels)
    assert share_on(place, gradcam.heat_maps(fooled, tested)) < 0.35


def test_the_maps_follow_the_weights_that_are_randomised_from_the_head_down(gradcam, learnt):
    """J. Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018: a map that stays shows no model."""
    tested, labels, _ = drawn(60, 100)
    before = gradcam.heat_maps(learnt, tested, labels)
    backbone = learnt.layers[1]
    rng, likeness = np.random.default_rng(0), []
    weights = learnt.get_weights()
    for layer in (learnt.layers[-1], backbone.layers[2], backbone.layers[0]):
        kernel, bias = layer.get_weights()
        layer.set_weights([rng.normal(0, kernel.std(), kernel.shape), np.zeros_like(bias)])
        after = gradcam.heat_maps(learnt, tested, labels)
        likeness.append(np.mean([_correlation(*pair) for pair in zip(before, after, strict=True)]))
    learnt.set_weights(weights)
    assert max(likeness) < 0.7
    assert min(likeness) < 0.3


def _correlation(before: np.ndarray, after: np.ndarray) -> float:
    """0 for an empty map."""
    return float(np.corrcoef(before.ravel(), after.ravel())[0, 1]) if after.any() else 0.0


# Every architecture


@pytest.mark.parametrize("backbone", ARMS)
def test_every_architecture_gives_maps_of_the_image_s_size(gradcam, backbone):
    model = built(backbone)
    pixels = random_pixels(2, model.input_shape[1])
    found = gradcam.heat_maps(model, pixels, [0, 1])
    assert found.shape == pixels.shape[:3]
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert np.isin(found.max((1, 2)), [0, 1]).all()


COMPARED = ("ConvBlocks", "MobileNetV3Small", "ResNet50V2")
UNDER_JAX = """
import sys
import numpy as np
import under_jax

under_jax.prepare()
import test_gradcam as tests

for backbone in tests.COMPARED:
    np.savez(f"{sys.argv[1]}/{backbone}.npz", **tests.maps_of_drawn_weights(backbone))
"""


def maps_of_drawn_weights(backbone: str) -> dict[str, np.ndarray]:
    """Of a nested backbone and of a sigmoid; NumPy draws weights alike for all backends."""
    from lib.models import gradcam
    from lib.models.backend import keras

    model, rng = built(backbone, 2 * SIZE), np.random.default_rng(1)  # 2 × 2 maps at the least
    model.set_weights([_drawn_weights(rng, of.shape) for of in model.get_weights()])
    pixels = random_pixels(2, model.input_shape[1])
    return {
        "backend": keras.backend.backend(),
        "nested": gradcam.heat_maps(model, pixels, [0, 1]),
        "sigmoid": gradcam.heat_maps(by_hand(1), np.concatenate([PIXELS, PIXELS]), [0, 1]),
    }


def _drawn_weights(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Kernels that keep the size of what they are given; positive numbers else, as a variance must be."""
    if len(shape) == 1:
        return rng.uniform(0.5, 1.5, shape)
    inputs = np.prod(shape[:-1]) if shape[-1] > 1 else np.prod(shape[:-2])  # the latter: depthwise
    return rng.normal(0, np.sqrt(2 / inputs), shape)


@pytest.fixture(scope="module")
def maps_by_jax(tmp_path_factory) -> Path:
    """A folder with the maps of each backbone that is compared; one process makes them all."""
    folder = tmp_path_factory.mktemp("jax")
    command = [sys.executable, "-c", UNDER_JAX, folder]
    environment = os.environ | under_jax.ENVIRONMENT
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=600)
    return folder


@pytest.mark.backend
@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax, which the extra `test` installs")
@pytest.mark.parametrize("backbone", COMPARED)
def test_jax_gives_the_maps_of_tensorflow(maps_by_jax, backbone):
    found = np.load(maps_by_jax / f"{backbone}.npz")
    expected = maps_of_drawn_weights(backbone)
    assert (str(found["backend"]), expected["backend"]) == ("jax", "tensorflow")
    for name in ("nested", "sigmoid"):
        assert expected[name].any()
        np.testing.assert_allclose(found[name], expected[name], atol=1e-3)
