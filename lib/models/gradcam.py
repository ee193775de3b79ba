"""Grad-CAM: which parts of an image raise the score of a class, as a coarse map over the image.

The last feature maps A^k of a network are weighted by how much the score y^c of class c, before its softmax or
sigmoid, changes with them, and added up; what lowers the score is cut off:

    α_k = mean over places of ∂y^c/∂A^k,    L = ReLU(Σ_k α_k A^k)

Source: R. R. Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization, ICCV 2017, equations 1 and 2. A probability would not do for the score: it also rises where
another class loses. A single sigmoid stands for two classes: its input is the score of the second, and with
the opposite sign that of the first.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np

from lib.models.backend import keras

AT_ONCE = 8  # images; all maps of a network are held, which of 32 images of 224 pixels take 3 GB
POOLINGS = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)


def heat_maps(
    model: keras.Sequential, pixels: np.ndarray, classes: Sequence[int] | None = None
) -> np.ndarray:
    """(images, size, size) float32 in 0…1: the map of each image, enlarged to it; its largest value is 1.

    A map is 0 all over where no feature speaks for the class.

    Args:
        model: From `models.build_model`: pixels in 0…255 → probabilities. It is called as it tests.
        pixels: (images, size, size, 3), of the model's size.
        classes: Whose score it is, a label per image; None for the class that the model answers with.

    Raises:
        ValueError: The model has no feature maps, or not one class is given per image.
    """
    if classes is not None and len(classes) != len(pixels):
        raise ValueError(
            f"`classes` should hold one label for each of {len(pixels)} images; it holds {len(classes)}."
        )
    front, rear = split_at_last_maps(model)
    heat = np.zeros(pixels.shape[:3], "float32")
    for start in range(0, len(pixels), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        maps = _called(front, keras.ops.convert_to_tensor(pixels[rows]))
        maps = keras.ops.cast(maps, "float32")
        labels = None if classes is None else np.asarray(classes[rows], "int32")
        slopes = _gradient(partial(_score, rear, labels=labels), maps)
        weights = keras.ops.mean(slopes, axis=(1, 2), keepdims=True)
        coarse = keras.ops.relu(keras.ops.sum(weights * maps, axis=3))
        heat[rows] = [
            _enlarged(of_image, pixels.shape[1]) for of_image in keras.ops.convert_to_numpy(coarse)
        ]
    return heat


def split_at_last_maps(
    model: keras.Sequential,
) -> tuple[list[keras.Layer], list[keras.Layer]]:
    """The layers up to the last feature maps, and those behind: each a chain, layers shared with the model.

    The last maps are those of a nested backbone, taken before poolings at its end: these only make them
    coarser.

    Raises:
        ValueError: No layer gives feature maps.
    """
    layers = model.layers
    places = [number for number, layer in enumerate(layers) if _has_weights_and_maps(layer)]
    if not places:
        raise ValueError(f"`model` should have feature maps; {model.name} has none.")
    last = places[-1]
    front, rear = layers[: last + 1], layers[last + 1 :]
    if isinstance(front[-1], keras.Model):
        network, poolings = _without_last_poolings(front[-1])
        front, rear = [*front[:-1], network], [*poolings, *rear]
    return front, rear


def _has_weights_and_maps(layer: keras.Layer) -> bool:
    return bool(layer.weights) and len(layer.output.shape) == 4


def _without_last_poolings(network: keras.Model) -> tuple[keras.Model, list[keras.Layer]]:
    end = len(network.layers)
    while isinstance(network.layers[end - 1], POOLINGS):
        end -= 1
    poolings = network.layers[end:]
    if not poolings:
        return network, []
    return keras.Model(network.inputs, network.layers[end - 1].output), poolings


def _called(layers: Sequence[keras.Layer], values: Any) -> Any:
    # Layer by layer, as they stand: to compile a network takes longer than a few images do.
    for layer in layers:
        values = layer(values, training=False)
    return values


def _score(rear: Sequence[keras.Layer], maps: Any, labels: np.ndarray | None) -> Any:
    """The sum over the images of the score of each one's class: no image enters another's gradient."""
    *hidden, last = rear
    inputs = keras.ops.cast(_called(hidden, maps), "float32")
    scores = keras.ops.matmul(inputs, last.kernel) + last.bias
    if last.units == 1:
        scores = keras.ops.concatenate([-scores, scores], axis=1)
    labels = keras.ops.argmax(scores, axis=1) if labels is None else labels
    return keras.ops.sum(scores * keras.ops.one_hot(labels, scores.shape[1]))


def _gradient(score: Callable[[Any], Any], maps: Any) -> Any:
    """∂ score / ∂ maps, by the backend that Keras has."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(score)(maps)
    import tensorflow

    with tensorflow.GradientTape() as tape:
        tape.watch(maps)
        value = score(maps)
    return tape.gradient(value, maps)


def _enlarged(coarse: np.ndarray, size: int) -> np.ndarray:
    """(size, size) from (h, w), 0 and above, scaled to a largest value of 1."""
    enlarged = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)
    largest = enlarged.max()
    return enlarged / largest if largest > 0 else enlarged
