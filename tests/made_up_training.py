"""Small images, divisions and models on which training is tested, and what its tests share.

Loads Keras only where it builds or trains.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import ROOT
from lib.data import Fold, ImageSet
from lib.paper import Arm, Assumed
from lib.settings import Training

SIZE, CLASSES, NUMBER, TESTED = 32, 3, 40, 10


def image_set(
    classes: int = CLASSES, number: int = NUMBER, size: int = SIZE, seed: int = 0
) -> ImageSet:
    """`number` noisy images of `classes` classes in turn, each brighter in a colour of its own."""
    rng = np.random.default_rng(seed)
    labels = np.arange(number) % classes
    pixels = rng.integers(0, 120, (number, size, size, 3))
    pixels[np.arange(number), :, :, labels] += 100
    pixels = pixels.astype(np.uint8)
    table = pd.DataFrame({"path": [f"{row}.png" for row in range(number)], "label": labels})
    return ImageSet(
        name="made up",
        kind="phantom",
        classes=("a", "b", "c")[:classes],
        table=table.assign(group="", part="", stand_in=""),
        pixels=pixels,
        rows=np.arange(number),
        rejected=pd.DataFrame(columns=["path", "reason"]),
        sha256="",
        group_noun="group",
        content=hashlib.sha256(pixels).hexdigest(),
    )


def division(seed: int = 3, number: int = NUMBER, tested: int = TESTED, fold: int = 0) -> Fold:
    """All but `tested` of `number` rows to train on, another choice of them for every `fold`."""
    order = np.random.default_rng([1, fold]).permutation(number)
    return Fold(
        protocol="published", seed=seed, fold=fold, train=order[:-tested], test=order[-tested:]
    )


def training(**changes) -> Training:
    """Three epochs of Adam; batches of ten leave no smaller one, which would be traced anew."""
    values = {
        "image_size": SIZE,
        "pixel_scaling": "[-1, 1]",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 10,
        "epochs": 3,
        "loss": "categorical_crossentropy",
    }
    return Training(**(values | changes))


def model(
    seed: int = 0,
    *,
    scaling: str = "[-1, 1]",
    before: Sequence = (),
    inside: Sequence = (),
    dropout: float = 0,
    trainable: bool = False,
    marked: float = 0.1,
    outputs: int = CLASSES,
):
    """A small backbone with batch norm whose statistics are far from 0 and 1, and a head.

    Args:
        seed: Of the head; the backbone is always the same.
        before: Layers in front of the scaling of pixels.
        inside: Layers between the backbone's two convolutions.
        dropout: Rate in front of the output.
        trainable: Whether the backbone is.
        marked: The batch norm's offset.
        outputs: Units of the last layer: softmax, or one with a sigmoid.
    """
    from lib.backend import keras
    from lib.preprocessing import ScalePixels

    layers, pixels = keras.layers, keras.Input((SIZE, SIZE, 3))
    keras.utils.set_random_seed(7)
    backbone = keras.Sequential(
        [
            pixels,
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.BatchNormalization(),
            *inside,
            layers.Conv2D(12, 3, strides=2, activation="relu"),
        ]
    )
    values = (1.3, marked, 0.4, 2.0)
    backbone.layers[1].set_weights([np.full(8, value, "float32") for value in values])
    backbone.trainable = trainable
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            *before,
            ScalePixels(scaling),
            backbone,
            layers.GlobalAveragePooling2D(),
            layers.Dense(6, activation="relu"),
            *([layers.Dropout(dropout, seed=5)] if dropout else []),
            layers.Dense(
                outputs, activation="sigmoid" if outputs == 1 else "softmax", dtype="float32"
            ),
        ]
    )


def untrained(arm: Arm, how: Training):
    """The arm's backbone with random weights: nothing is looked for, nothing downloaded.

    Its batch norms get the statistics of made-up images. With those they start with, 0 and 1, a
    deep network makes the same nothing of every image, and any two ways to train on that agree.
    """
    from lib import models
    from lib.backend import keras
    from lib.preprocessing import ScalePixels

    found = models.load_backbone(replace(arm, weights=Assumed("random", "made up")), how)
    network, pixels = found.network, image_set(number=24, size=how.image_size).pixels
    norms = [one for one in network.layers if isinstance(one, keras.layers.BatchNormalization)]
    before = [one.momentum for one in norms]
    network.trainable = True
    for one in norms:
        one.momentum = 0.0  # the statistics of the next images alone
    network(ScalePixels(how.pixel_scaling)(pixels), training=True)
    for one, momentum in zip(norms, before, strict=True):
        one.momentum = momentum
    network.trainable = arm.trainable.value
    return found


def turned_and_flipped() -> list:
    """Two random changes to an image."""
    from lib.backend import keras

    return [keras.layers.RandomFlip(seed=1), keras.layers.RandomRotation(0.1, seed=2)]


def fit_on_features(model, images: ImageSet, fold: Fold, how: Training, file: Path | None = None):
    """Trains on features that are computed first."""
    from lib import training

    found = training.features(model, images)
    assert found is not None
    return training.fit(model, images, fold, how, found, file)


def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows that are taken from any image set from now on, in order."""
    rows, take = [], ImageSet.take
    monkeypatch.setattr(
        ImageSet, "take", lambda self, index: (rows.extend(index.tolist()), take(self, index))[1]
    )
    return rows


@contextmanager
def untraced() -> Iterator[None]:
    """Functions run as they stand: TensorFlow takes longer to trace fifty layers than to run them."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
    """Runs `code` in a process that finds the tests' own modules."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    paths = os.environ | {"PYTHONPATH": str(Path(__file__).parent)} | environment
    return subprocess.run(command, cwd=ROOT, env=paths, capture_output=True, text=True)


def assert_equal(first, second) -> None:
    """Two fits are the same to the last bit."""
    pd.testing.assert_frame_equal(first.history, second.history, check_exact=True)
    assert (first.probabilities == second.probabilities).all()


def same(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> bool:
    """Whether two lists of weights are equal."""
    return all((one == two).all() for one, two in zip(first, second, strict=True))
