"""What an arm costs: size, arithmetic, speed, time.

The speed is measured once per network and machine, and kept in the store. While other programs hold the
processors nothing is measured: a kept number is used, or none.
"""

import hashlib
import json
import math
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from lib import machine, storage
from lib.models.backend import keras, substrate
from lib.models.build import leaves
from lib.models.inference import BATCH, frozen_engine, frozen_forward
from lib.results import Cost
from lib.storage import open_entry

LEAST_SECONDS, LEAST_BATCHES = 0.3, 3  # so that a single hiccup does not decide
SPEED = "speed.json"  # file of an entry of the store
DISTURBED = 0.1  # share of the processors' time that others may take while a speed is measured


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
        images_per_second=images_per_second(model),
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


def images_per_second(model: keras.Sequential) -> float | None:
    """Images that pass through the model per second, in batches of `BATCH`, after a warm-up.

    Models with the same layers, whatever their weights and pixel range, are as fast: one of them is measured.

    Returns:
        None where no number is kept and other programs held the processors.

    Raises:
        DataError: The disk is full or not writable.
    """
    try:
        entry = open_entry(
            storage.store() / f"speed-{_speed_key(model)}",
            "the images per second of a network",
            arrays={},
            facts=(SPEED,),
            write=partial(_write_speed, model),
        )
    except _DisturbedError:
        return None
    return entry.facts[SPEED]


class _DisturbedError(Exception):
    """Other programs held the processors while a speed was measured."""


def _speed_key(model: keras.Sequential) -> str:
    """Of all that decides how fast it is: layers, sizes, precision, versions and hardware."""
    layers = [
        (type(layer).__name__, str(layer.output.shape), layer.dtype_policy.name)
        for layer in leaves(model)
    ]
    hardware = machine.cpu_name(), machine.processors()
    what = [list(model.input_shape[1:]), layers, BATCH, substrate(), frozen_engine(model), hardware]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def _write_speed(model: keras.Sequential, folder: Path) -> None:
    (folder / SPEED).write_text(json.dumps(round(_measured_speed(model), 1)))


def _measured_speed(model: keras.Sequential) -> float:
    pixels = np.zeros((BATCH, *model.input_shape[1:]), "float32")
    # As a run computes features: nothing is compiled for this alone.
    forward = frozen_forward(model)
    forward(pixels)
    before, batches, start = _processor_time(), 0, time.perf_counter()
    while batches < LEAST_BATCHES or time.perf_counter() - start < LEAST_SECONDS:
        forward(pixels)
        batches += 1
    speed = batches * BATCH / (time.perf_counter() - start)
    if _is_disturbed(before, _processor_time()):
        raise _DisturbedError
    return speed


class _ProcessorTime(NamedTuple):
    """Seconds that the processors open to this process have passed so far: in all, idle, and with its work."""

    all: float
    idle: float
    own: float


def _processor_time() -> _ProcessorTime:
    processors = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):
        open_to_us = os.sched_getaffinity(0)
        processors = [times for number, times in enumerate(processors) if number in open_to_us]
    # A guest's time is in its user's, too.
    every = sum(
        seconds
        for times in processors
        for name, seconds in times._asdict().items()
        if not name.startswith("guest")
    )
    idle = sum(times.idle + getattr(times, "iowait", 0) for times in processors)
    return _ProcessorTime(all=every, idle=idle, own=time.process_time())


def _is_disturbed(before: _ProcessorTime, after: _ProcessorTime) -> bool:
    """Whether others took more than `DISTURBED` of the processors' time and left less than that unused."""
    every, idle, own = (later - earlier for earlier, later in zip(before, after, strict=True))
    return every - idle - own > DISTURBED * every and idle < DISTURBED * every
