"""Training: an arm on every fold, on features computed once or end to end.

A frozen backbone with nothing random before it gives the same features for an image in every epoch,
seed and fold (`lib.features`), so that the rest is trained on them. Without features, the whole
model is run. Both see the same batches in the same order; tests hold them equal. A fit that was
interrupted goes on after its last finished epoch. Nothing stops early: no paper states that it does.
"""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lib import checkpoints, costs, models
from lib.backend import keras, substrate
from lib.batches import Batches, targets
from lib.checkpoints import State
from lib.compilation import compile_model
from lib.data import Fold, ImageSet, store
from lib.features import Features, cut, features
from lib.paper import Arm, Paper
from lib.results import Cost, Model
from lib.settings import Settings, Training

COLUMNS = ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]


class TrainingError(RuntimeError):
    """Training cannot go on; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One trained model's record.

    Attributes:
        fold: What it was trained and tested on.
        history: One row an epoch: epoch (from 1), accuracy, loss, val_accuracy, val_loss.
        probabilities: (test images, classes) float32, rows as `fold.test`.
        seconds: Of its epochs, validation included.
        on_training: As `probabilities`, rows as `fold.train`; None where they are not wanted.
        shown: (images, classes) float32 for the images of no fold; None where there are none.
    """

    fold: Fold
    history: pd.DataFrame
    probabilities: np.ndarray
    seconds: float
    on_training: np.ndarray | None = None
    shown: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One arm, trained on every fold: its record, its costs and its fits."""

    model: Model
    cost: Cost
    fits: list[Fit]


def train(
    paper: Paper,
    arm: Arm,
    backbone: models.Backbone,
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    shown: np.ndarray | None = None,
) -> Trained:
    """Trains the arm on every fold, each time a new model; the test images are its validation images.

    Args:
        backbone: From `models.backbone`.
        images: Of any size; the arm gets them at its own.
        shown: (images, size, size, 3) uint8 of the arm's size that belong to no fold: every trained
            model classifies them.

    Raises:
        TrainingError: The loss is no longer a number.
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    training, classes = settings.training[arm.name], len(images.classes)
    images, parts = images.resized(training.image_size), paper.parts(arm)
    model = models.build(arm, backbone, classes, folds[0].seed, training)
    found, fits = features(model, images), []
    for fold in folds:
        own = models.build(arm, backbone, classes, fold.seed, training)
        file = checkpoints.path(paper.slug, arm.name, _parts(arm, own, images, fold, training))
        one = fit(own, images, fold, training, found, file, on_training="train" in parts)
        fits.append(one if shown is None else replace(one, shown=classify(own, shown)))
    cost = costs.measure(
        arm.name,
        model,
        feature_seconds=found.seconds if found else 0.0,
        training_seconds=float(np.mean([one.seconds for one in fits])),
    )
    record = models.describe(arm, model, backbone.weights)
    return Trained(model=record, cost=cost, fits=fits)


def fit(
    model: keras.Sequential,
    images: ImageSet,
    fold: Fold,
    training: Training,
    features: Features | None = None,
    file: Path | None = None,
    on_training: bool = False,
) -> Fit:
    """Trains `model` on the fold's training images.

    Args:
        features: From `lib.features`, for a model with a frozen front; None trains end to end.
        file: Keeps the state after every epoch; training goes on from what it holds.
        on_training: Whether the trained model also classifies the training images.

    Raises:
        TrainingError, ValueError: As `train`.
    """
    network = model if features is None else cut(model)[1]
    keras.utils.set_random_seed(fold.seed)
    compile_model(network, training)
    record = _Record(network, training, file)
    done = range(len(record.rows), training.epochs)
    train, test = (
        _batches(network, images, index, training, features, **order)
        for index, order in ((fold.train, {"epochs": done, "seed": fold.seed}), (fold.test, {}))
    )
    if done:
        network.fit(
            train,
            initial_epoch=done.start,
            epochs=training.epochs,
            steps_per_epoch=train.steps,
            shuffle=False,  # `Batches` has its own order; Keras would draw one from the global seed
            validation_data=test,
            callbacks=[record],
            verbose=0,
        )
    history = pd.DataFrame(record.rows)
    seen = _batches(network, images, fold.train, training, features) if on_training else None
    return Fit(
        fold=fold,
        history=history[COLUMNS],
        probabilities=_probabilities(network, test),
        seconds=float(history["seconds"].sum()),
        on_training=None if seen is None else _probabilities(network, seen),
    )


def classify(model: keras.Sequential, pixels: np.ndarray) -> np.ndarray:
    """(images, classes) float32: the probabilities that a trained model gives to images.

    Args:
        pixels: (images, size, size, 3) uint8.
    """
    return _of_every_class(model.predict_on_batch(pixels.astype("float32")))


class _Record(keras.callbacks.Callback):
    """Keeps every epoch's row, in memory and in `file`; `rows` starts with what `file` holds.

    After the last epoch the file goes without the optimizer's memory, two thirds of its size.
    """

    def __init__(self, network: keras.Model, training: Training, file: Path | None) -> None:
        super().__init__()
        self._moving, self._memory = _moving(network), _memory(network)
        self._training, self._file, self._start = training, file, 0.0
        self.rows = self._resume() if file else []

    def _resume(self) -> list[dict]:
        variables = self._moving + self._memory
        shapes = [one.shape for one in variables]
        state = checkpoints.read(self._file, shapes, shapes[: len(self._moving)])
        if state is None:
            return []
        for variable, array in zip(variables, state.variables, strict=False):
            variable.assign(array)
        return state.history.to_dict("records")

    def on_epoch_begin(self, epoch, logs=None) -> None:  # noqa: ARG002 - named by Keras
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None) -> None:
        row = {"epoch": epoch + 1, **{name: float(logs[name]) for name in COLUMNS[1:]}}
        if not math.isfinite(row["loss"]) or math.isnan(row["val_loss"]):
            raise TrainingError(
                f"In epoch {row['epoch']} the training loss should be a number; it is "
                f"{row['loss']} (validation: {row['val_loss']}). The learning rate, "
                f"{self._training.learning_rate:g} here, is the first thing to lower; with "
                f"precision {self._training.precision} small numbers can vanish."
            )
        self.rows.append(row | {"seconds": time.perf_counter() - self._start})
        if self._file:
            memory = self._memory if row["epoch"] < self._training.epochs else []
            arrays = [keras.ops.convert_to_numpy(one) for one in self._moving + memory]
            state = State(variables=arrays, history=pd.DataFrame(self.rows))
            with store.explained("the state of training"):
                checkpoints.write(self._file, state)


def _moving(network: keras.Model) -> list:
    """All that training moves in the network: weights, running statistics, random seeds."""
    return [one for layer in network.layers if layer.trainable for one in layer.variables]


def _memory(network: keras.Model) -> list:
    network.optimizer.build(network.trainable_variables)
    return network.optimizer.variables


def _batches(network, images, index, training, features, **order) -> Batches:
    def pixels(rows):
        return images.take(rows).astype("float32")

    take = pixels if features is None else features.values.__getitem__
    wanted = targets(images.labels, len(images.classes), network.output_shape[-1])
    return Batches(take, wanted, index, training.batch_size, **order)


def _probabilities(network: keras.Model, test: Batches) -> np.ndarray:
    found = [network.predict_on_batch(test[i][0]) for i in range(len(test))]
    return _of_every_class(np.concatenate(found))


def _of_every_class(found: np.ndarray) -> np.ndarray:
    """A sigmoid gives the probability of the second class only."""
    return np.hstack([1 - found, found]) if found.shape[1] == 1 else found


def _parts(arm: Arm, model: keras.Model, images: ImageSet, fold: Fold, training: Training) -> list:
    """All that a fit depends on, as JSON can write it."""
    weights = hashlib.sha256()
    for array in model.get_weights():
        weights.update(np.ascontiguousarray(array))
    divided = [fold.seed, fold.train.tolist(), fold.test.tolist()]
    start = [substrate(), repr(arm), asdict(training), weights.hexdigest()]
    return [*start, images.content, images.labels.tolist(), divided]
