"""What an arm costs: size, arithmetic, speed, time."""

import math
import tempfile
import time
from pathlib import Path

import numpy as np

from lib.models.backend import keras
from lib.models.build import leaves
from lib.models.inference import BATCH, frozen_forward
from lib.results import Cost

LEAST_SECONDS, LEAST_BATCHES = 0.3, 3  # so that a single hiccup does not decide
_speeds: dict[tuple, float] = {}  # of the networks that were measured in this process


def measure(
    arm: str, model: keras.Sequential, *, feature_seconds: float, training_seconds: float
) -> Cost:
    """The costs of one arm on this machine.

    Args:
        arm: The arm's name.
        model: The arm's whole model, as `models.build_model` makes it.
        feature_seconds: Of the frozen front over all images.
        training_seconds: Of one fold's epochs.
    """
    return Cost(
        arm=arm,
        parameters=model.count_params(),
        multiply_adds=multiply_adds(model),
        file_bytes=file_bytes(model),
        images_per_second=round(images_per_second(model), 1),
        feature_seconds=round(feature_seconds, 2),
        training_seconds=round(training_seconds, 2),
    )


def multiply_adds(model: keras.Model) -> int:
    """Multiplications, each with an addition, that one image takes, as papers count them.

    Those of convolutions and dense layers; all others add less than a hundredth.
    """
    return sum(_layer_multiply_adds(layer) for layer in leaves(model))


def _layer_multiply_adds(layer: keras.Layer) -> int:
    layers = keras.layers
    if not isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return 0
    # Each number of the output is a sum over the kernel; a bias is the start of that sum.
    per_place = math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Dense):
        return per_place
    return per_place * math.prod(layer.output.shape[1:3])


def file_bytes(model: keras.Model) -> int:
    """Size of the file that Keras saves the model's weights to, in bytes."""
    # A model of its own: beside the weights of one that was trained Keras saves the optimizer's memory.
    model = keras.Model(model.inputs, model.outputs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        model.save_weights(path)
        return path.stat().st_size


def images_per_second(model: keras.Sequential) -> float:
    """Images that pass through the model per second, in batches of `BATCH`, after a warm-up.

    Measured once per network: models with the same layers, whatever their weights and pixel range, are as fast.
    """
    form = tuple(
        (type(layer).__name__, str(layer.output.shape), layer.dtype_policy.name)
        for layer in leaves(model)
    )
    if form not in _speeds:
        _speeds[form] = _measured_speed(model)
    return _speeds[form]


def _measured_speed(model: keras.Sequential) -> float:
    pixels = np.zeros((BATCH, *model.input_shape[1:]), "float32")
    # As a run computes features: nothing is compiled for this alone.
    forward = frozen_forward(model)
    forward(pixels)
    batches, start = 0, time.perf_counter()
    while batches < LEAST_BATCHES or time.perf_counter() - start < LEAST_SECONDS:
        forward(pixels)
        batches += 1
    return batches * BATCH / (time.perf_counter() - start)
