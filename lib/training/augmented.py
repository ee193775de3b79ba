"""What a frozen backbone makes of images that are changed at random in front of it, batch after batch.

Every epoch sees other changes, so that nothing can be kept from one epoch to the next. But nothing that
trains stands in front of the backbone either: its features can be computed apart, by the network that is
compiled for the test images already, and the head behind it trains on them as on features that were kept
(`lib.training.side_by_side`). The changes are those of a fit of the whole model: a layer's random numbers
follow from its seed and from how often it was called.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lib.datasets import ImageSet
from lib.models import random_changes, without_augmentation
from lib.models.backend import keras
from lib.models.inference import BATCH, frozen_forward
from lib.training.batches import Batches
from lib.training.features import split_frozen_front

AHEAD = 12  # batches that are computed at a time, at most: the network takes images by the `BATCH`


class AugmentedFront:
    """The random changes and the frozen front of a model, compiled once for all models of its arm.

    Args:
        model: A whole model from `models.build_model`, in which random changes come before a frozen
            front; it is only read.
    """

    def __init__(self, model: keras.Sequential) -> None:
        front, _ = split_frozen_front(without_augmentation(model))
        self._forward = frozen_forward(front)
        self._changes = _Changes([_copy(layer) for layer in random_changes(model)])
        self._changing = keras.Sequential([keras.Input(model.input_shape[1:]), self._changes])

    def features(
        self, images: ImageSet, batches: Sequence[np.ndarray], number: int, seeds: list[np.ndarray]
    ) -> list[np.ndarray]:
        """(images, ...) float32 of each of some batches that follow one another.

        Args:
            images: At the size of the model.
            batches: The rows of each.
            number: Of the first, counted from 0 through all epochs.
            seeds: Of the changes before the first epoch, from `start_seeds`.
        """
        changed: list[np.ndarray] = []
        for rows in batches:
            self._changes.seed([[own, drawn + number + len(changed)] for own, drawn in seeds])
            changed.append(self._changing.predict_on_batch(images.take(rows).astype("float32")))
        pixels = np.concatenate(changed)
        starts = range(0, len(pixels), BATCH)
        features = [self._forward(pixels[start : start + BATCH]) for start in starts]
        ends = np.cumsum([len(rows) for rows in batches])
        return np.split(np.concatenate(features), ends[:-1])


class _Changes(keras.layers.Layer):
    """Layers that change images at random, one after another, at any time as in training."""

    def __init__(self, layers: Sequence[keras.Layer]) -> None:
        super().__init__(dtype="float32")
        self._layers_in_order = layers

    def call(self, images: Any) -> Any:
        for layer in self._layers_in_order:
            images = layer(images, training=True)
        return images

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape does not change."""
        return input_shape

    def seed(self, seeds: Sequence[Sequence[int]]) -> None:
        """Puts these in the place of the layers' seeds, in their order."""
        variables = (seed for layer in self._layers_in_order for seed in layer.variables)
        for variable, seed in zip(variables, seeds, strict=True):
            variable.assign(seed)


def _copy(layer: keras.Layer) -> keras.Layer:
    return type(layer).from_config(layer.get_config())


def start_seeds(model: keras.Sequential) -> list[np.ndarray]:
    """(2,) int of each random change: a number of its own, and how often numbers were drawn from it."""
    return [
        keras.ops.convert_to_numpy(seed)
        for layer in random_changes(model)
        for seed in layer.variables
    ]


class AugmentedBatches(Batches):
    """Batches of (features, target) of images that change at random: otherwise as `Batches`.

    Args:
        front: Gives the features.
        model: Whose seeds the changes have: it is only read.
        images: At the size of the model.
        targets, index, batch_size, epochs, seed: As of `Batches`.
    """

    def __init__(
        self,
        front: AugmentedFront,
        model: keras.Sequential,
        images: ImageSet,
        targets: np.ndarray,
        index: np.ndarray,
        batch_size: int,
        epochs: range,
        seed: int,
    ) -> None:
        super().__init__(images.take, targets, index, batch_size, epochs, seed)
        self._front, self._images, self._seeds = front, images, start_seeds(model)
        self._before = epochs.start * self.steps  # batches of the epochs that are behind
        self._ahead: tuple[range, list[np.ndarray]] = range(0), []

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        numbers, features = self._ahead
        if batch not in numbers:
            rows = [self.rows(each) for each in range(batch, min(batch + AHEAD, len(self)))]
            rows = rows[: _filling([len(of_batch) for of_batch in rows])]
            numbers, number = range(batch, batch + len(rows)), self._before + batch
            features = self._front.features(self._images, rows, number, self._seeds)
            self._ahead = numbers, features
        return features[batch - numbers.start], self._targets[self.rows(batch)]


def _filling(sizes: Sequence[int]) -> int:
    """How many of the next batches, of these sizes, fill passes of `BATCH` images with the smallest rest."""
    images = np.cumsum(sizes)
    return int(np.argmin((-images % BATCH) / images)) + 1
