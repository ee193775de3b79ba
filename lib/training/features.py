"""What a frozen backbone makes of every image: computed once, kept on disk, the same for all.

A front of the model that neither trains nor draws random numbers gives the same features for an
image in every epoch, seed, fold and head. They are stored beside the decoded images, keyed by all
they depend on: the front's layers and weights (pixel scaling and precision among them), the images'
content, what computes them with its version, and the device. What was kept is checked when it is opened
(`storage.open_entry`).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lib import storage
from lib.datasets import ImageSet
from lib.datasets.progress import phase
from lib.models.backend import keras, substrate
from lib.models.build import Backbone, leaves
from lib.models.inference import BATCH, frozen_engine, frozen_forward
from lib.models.preprocessing import ScalePixels
from lib.settings import Training
from lib.storage import array_writer, open_entry

VALUES, SECONDS = "features.npy", "seconds.json"  # files of an entry


@dataclass(frozen=True, kw_only=True)
class Features:
    """The features of an image set under one front.

    Attributes:
        values: (images, ...) float32, rows as `images.table`; memory-mapped.
        seconds: What computing them took, when it was done.
        reused: Whether they were there already.
    """

    values: np.ndarray
    seconds: float
    reused: bool


def extract_features(model: keras.Sequential, images: ImageSet) -> Features | None:
    """What the model's frozen front makes of every image, each seen once.

    Returns:
        None where no front is frozen, or something random comes before it: in that case training
        runs end to end.

    Raises:
        DataError: The disk is full or not writable.
    """
    front, _ = split_frozen_front(model)
    if front is None:
        return None
    entry = open_entry(
        storage.store() / f"features-{_key(front, images)}",
        f"the features of {len(images)} images",
        arrays={VALUES: ((len(images), *front.output_shape[1:]), "<f4")},
        facts=(SECONDS,),
        write=partial(_write, front, images),
    )
    return Features(values=entry.arrays[VALUES], seconds=entry.facts[SECONDS], reused=entry.reused)


def backbone_features(backbone: Backbone, images: ImageSet, training: Training) -> np.ndarray:
    """(images, channels) float32: what the backbone makes of every image before any training.

    Its last feature maps, averaged. Of a network that starts from random weights it is what an
    untrained one sees.

    Args:
        images: Of any size; the backbone gets them at its own.

    Raises:
        DataError: As `extract_features`.
    """
    trains = backbone.network.trainable
    backbone.network.trainable = False
    try:
        front = keras.Sequential(
            [
                keras.Input(backbone.network.input_shape[1:]),
                ScalePixels(training.pixel_scaling),
                backbone.network,
                keras.layers.GlobalAveragePooling2D(),
            ]
        )
        features = extract_features(front, images.resized(training.image_size))
        assert features is not None  # nothing in this front trains or is drawn at random
        return features.values
    finally:
        backbone.network.trainable = trains


def split_frozen_front(model: keras.Sequential) -> tuple[keras.Model | None, keras.Model]:
    """The longest front that neither trains nor draws random numbers, and the rest; layers shared.

    Returns:
        None and the whole model where such a front has no weights, so that nothing would be gained.
    """
    front = []
    for layer in model.layers:
        if layer.trainable_variables or _is_random(layer):
            break
        front.append(layer)
    if not any(layer.weights for layer in front):
        return None, model
    frozen = keras.Sequential([keras.Input(model.input_shape[1:]), *front])
    rest = model.layers[len(front) :]
    return frozen, keras.Sequential([keras.Input(frozen.output_shape[1:]), *rest])


def _is_random(layer: keras.Layer) -> bool:
    # What Keras counts among a layer's variables and not among its weights: seeds, its own and
    # those of the layers in it. (The attribute that holds them has one name in Dropout and another
    # in the augmentation layers.)
    return len(layer.variables) > len(layer.weights)


def _key(front: keras.Model, images: ImageSet) -> str:
    digest = hashlib.sha256(
        json.dumps([substrate() | frozen_engine(front), images.content]).encode()
    )
    for layer in leaves(front):
        digest.update(json.dumps([type(layer).__name__, *_configuration(layer)]).encode())
        for array in layer.get_weights():
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _configuration(layer: keras.Layer) -> Iterator[Any]:
    """What a layer computes with besides its weights; names are numbered anew in every process."""
    yield from (str(layer.output.shape), layer.dtype_policy.name)
    for name, value in sorted(layer.get_config().items()):
        if name != "name" and isinstance(value, bool | int | float | str | list | tuple):
            yield [name, value]


def _write(front: keras.Model, images: ImageSet, folder: Path) -> None:
    start = time.perf_counter()
    write = array_writer(folder / VALUES, (len(images), *front.output_shape[1:]), "<f4")
    with phase(f"Computing features of {len(images):,} images", len(images)) as work:
        forward = frozen_forward(front)
        for first in range(0, len(images), BATCH):
            rows = np.arange(first, min(first + BATCH, len(images)))
            write(first, forward(images.take(rows)))
            work.advance(rows[-1] + 1)
    (folder / SECONDS).write_text(json.dumps(time.perf_counter() - start))
