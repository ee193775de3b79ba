"""What a model makes of images without training on them: compiled once per network, whatever stands around it."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np

from lib.models import openvino
from lib.models.backend import keras

BATCH = 32  # images per pass: fastest of 8, 16, 32 on two CPU cores


def forward(model: keras.Sequential, pixels: np.ndarray) -> np.ndarray:
    """(images, ...): what the model makes of at most `BATCH` images, as it tests.

    Keras keeps what it compiled with the model it compiled. A frozen backbone stands in many models:
    one per pixel range, image set, seed and head. Compiled as a whole, each of them would cost a
    second or two; so the backbone is called by itself, and the few layers around it one by one.
    Every number of images would be compiled anew as well; so missing images are filled in, as zeros.

    Args:
        pixels: (images, ...), numbers of any type.
    """
    return _forward(model, {}, pixels)


def frozen_forward(model: keras.Sequential) -> Callable[[np.ndarray], np.ndarray]:
    """`forward` of a model, for many batches: the frozen networks in it by OpenVINO, where that is for them."""
    engines = {layer: openvino.converted(layer, BATCH) for layer in _by_openvino(model)}
    return partial(_forward, model, engines)


def frozen_engine(model: keras.Sequential) -> dict[str, str]:
    """What computes `frozen_forward` beside Keras, and its version."""
    return {"openvino": version("openvino")} if _by_openvino(model) else {}


def _by_openvino(model: keras.Sequential) -> list[keras.Model]:
    frozen = filter(_is_frozen_network, model.layers)
    return [network for network in frozen if openvino.is_for(network)]


def _forward(
    model: keras.Sequential, engines: Mapping[keras.Layer, openvino.Infer], pixels: np.ndarray
) -> np.ndarray:
    values = np.zeros((BATCH, *pixels.shape[1:]), "float32")
    values[: len(pixels)] = pixels
    if any(map(_is_frozen_network, model.layers)):
        for layer in model.layers:
            values = _call(layer, values, engines)
    else:
        values = model.predict_on_batch(values)
    return keras.ops.convert_to_numpy(values)[: len(pixels)]


def _is_frozen_network(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.Model) and not layer.trainable_variables


def _call(layer: keras.Layer, values: Any, engines: Mapping[keras.Layer, openvino.Infer]) -> Any:
    if layer in engines:
        return engines[layer](keras.ops.convert_to_numpy(values))
    if isinstance(layer, keras.Model):
        return layer.predict_on_batch(values)
    return layer(
        values, training=False
    )  # layers that change images at random would do so if not told
