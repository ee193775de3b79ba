"""Heads side by side: many small heads on cached features, trained in one Keras fit, each as it would alone.

Heads of one form are put on top of each other: every layer gets an axis of heads in front, and the
losses are added up. No number of one head enters another's gradient, and Adam, SGD and RMSprop treat
each weight by itself; so a head learns what it learns in a fit of its own, from the same weights, on
the same batches in the same order, with the dropout of its own seed. Only the rounding differs. What a
step costs beside its arithmetic is paid once for all heads. Where images change at random in front of the
frozen backbone, a head gets its features batch by batch (`lib.training.augmented`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.datasets import Fold, ImageSet
from lib.models import random_changes, without_augmentation
from lib.models.backend import keras
from lib.models.head import for_every_class
from lib.settings import Training
from lib.training.augmented import AugmentedBatches, AugmentedFront
from lib.training.batches import Batches, encode_targets
from lib.training.features import Features, split_frozen_front
from lib.training.fit import Fit, Tell, Teller, compile_model
from lib.training.resume import COLUMNS, Recorder

LARGEST = (
    8_000_000  # numbers in the weights, or in a batch, of the heads that train together: 32 MB
)
FEW_IMAGES = 1000
OF_HEADS = "_of_heads"  # ends the names of measures that have a number per head
LOSSES = {
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
}


@dataclass(frozen=True, kw_only=True)
class Head:
    """One head that is to be trained, and on what.

    Attributes:
        model: A whole model from `models.build_model`, untrained until `Stack.trained_model` is asked for it.
        images: At the size of the model; their labels are learnt.
        features: Of these images, from `extract_features` of the model `without_augmentation`. Random
            changes give the training images others, batch by batch.
        learning_rate: Of this head; None for the recipe's.
    """

    model: keras.Sequential
    images: ImageSet
    fold: Fold
    features: Features
    learning_rate: float | None = None

    @property
    def network(self) -> keras.Sequential:
        """The layers behind the frozen front."""
        return split_frozen_front(without_augmentation(self.model))[1]


def can_be_stacked(model: keras.Sequential, training: Training) -> bool:
    """Whether such models can train side by side: what trains in them is dense layers and dropout.

    With mixed_float16 they cannot: one scale of the loss would serve all, and where one head
    overflows, no head would take its step.
    """
    front, network = split_frozen_front(without_augmentation(model))
    kinds = {type(layer) for layer in network.layers}
    stackable = kinds <= {keras.layers.Dense, keras.layers.Dropout}
    return front is not None and stackable and training.precision != "mixed_float16"


def divide_into_stacks(heads: Sequence[Head], training: Training) -> list[list[int]]:
    """The numbers of the heads that train together, stack after stack.

    Their epochs have the same number of steps: an optimizer with a memory moves weights in every step.
    No stack holds more than `LARGEST` numbers, unless a single head does. Where images change at random,
    an epoch of a stack is a pass of all its training images through the backbone, which is lost where
    training is interrupted: together they are at most `FEW_IMAGES`, unless those of a single head are more.
    """

    def steps(number: int) -> int:
        return math.ceil(len(heads[number].fold.train) / training.batch_size)

    network = heads[0].network
    weights = sum(math.prod(variable.shape) for variable in network.trainable_variables)
    batch = training.batch_size * network.input_shape[-1]
    most = max(1, LARGEST // max(weights, batch))
    if random_changes(heads[0].model):
        most = min(most, max(1, FEW_IMAGES // max(len(head.fold.train) for head in heads)))
    numbers = sorted(range(len(heads)), key=steps)  # stable
    return [
        alike[first : first + most]
        for alike in (list(group) for _, group in groupby(numbers, steps))
        for first in range(0, len(alike), most)
    ]


class Stack:
    """Heads of one form, in one network; compiled once.

    Args:
        heads: With as many steps per epoch as each other (`divide_into_stacks`).

    Raises:
        ValueError: From `compile_model`.
    """

    def __init__(self, heads: Sequence[Head], training: Training) -> None:
        self._heads, self._training = heads, training
        networks = [head.network for head in heads]
        inputs = outputs = keras.Input(
            batch_shape=(len(heads), None, *networks[0].input_shape[1:]), name="features"
        )
        for layers in zip(*(network.layers for network in networks), strict=True):
            dense = isinstance(layers[0], keras.layers.Dense)
            outputs = (StackedDense if dense else StackedDropout)(layers)(outputs)
        self._network = keras.Model(inputs, outputs)
        loss = LOSSES[training.loss]
        single = networks[0].output_shape[-1] == 1
        accuracy = keras.metrics.binary_accuracy if single else keras.metrics.categorical_accuracy
        measures = {"loss": loss(reduction=None), "accuracy": accuracy}
        compile_model(
            self._network,
            training,
            loss=loss(reduction="sum"),  # of what `StackedBatches` weights to means
            weighted_metrics=[
                MeanPerHead(measure, len(heads), name=f"{name}{OF_HEADS}")
                for name, measure in measures.items()
            ],
        )
        rates = [head.learning_rate or training.learning_rate for head in heads]
        if any(rate != training.learning_rate for rate in rates):
            # One for each head along the first axis of every weight.
            of_heads = np.array(rates, "float32")[:, None, None]
            self._network.optimizer.learning_rate = lambda: keras.ops.convert_to_tensor(of_heads)

    def restart(self, heads: Sequence[Head]) -> "Stack":
        """Everything as before training, with other heads: nothing is compiled anew.

        Args:
            heads: As many as before, of the same form, with the recipe's learning rate.
        """
        self._heads = heads
        networks = [head.network for head in heads]
        of_layer = zip(*(network.layers for network in networks), strict=True)
        for stacked, layers in zip(self._network.layers[1:], of_layer, strict=True):
            stacked.start(layers)
        for variable in self._network.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        self._network.optimizer.learning_rate = self._training.learning_rate
        return self

    def fit(
        self, file: Path | None = None, on_training: bool = False, tell: Tell | None = None
    ) -> list[Fit]:
        """Trains the heads; a fit per head, in their order, each with its share of the seconds.

        Args:
            file: Keeps the state (`Recorder`); training goes on from what it holds.
            on_training: Whether the trained heads also classify their training images.
            tell: Is called with every batch.

        Raises:
            TrainingError: The loss of a head is no longer a number.
            DataError: The disk is full or not writable.
        """
        keras.utils.set_random_seed(self._heads[0].fold.seed)
        recorder = _StackRecorder(self._network, self._training, file)
        epochs = range(len(recorder.rows), self._training.epochs)
        tests = [head.fold.test for head in self._heads]
        test = self._batches(tests)
        if epochs:
            train = self._batches([head.fold.train for head in self._heads], epochs)
            self._network.fit(
                train,
                initial_epoch=epochs.start,
                epochs=self._training.epochs,
                steps_per_epoch=train.steps,
                shuffle=False,  # `Batches` has its own order
                validation_data=test,
                callbacks=[recorder, *([Teller(recorder, train.steps, tell)] if tell else [])],
                verbose=0,
            )
        probabilities = self._probabilities(test, tests)
        on_trained: Sequence[np.ndarray | None] = [None] * len(self._heads)
        if on_training:
            trained = [head.fold.train for head in self._heads]
            on_trained = self._probabilities(self._batches(trained), trained)
        seconds = sum(row["seconds"] for row in recorder.rows) / len(self._heads)
        return [
            Fit(
                fold=head.fold,
                history=_history(recorder.rows, number),
                probabilities=probabilities[number],
                seconds=seconds,
                on_training=on_trained[number],
            )
            for number, head in enumerate(self._heads)
        ]

    def classify(self, values: np.ndarray) -> list[np.ndarray]:
        """A head → (images, classes) float32: what the trained heads make of images of no fold.

        Args:
            values: (images, ...), their features.
        """
        rows = np.arange(len(values))
        unknown = np.zeros((len(values), self._network.output_shape[-1]), "float32")
        size = self._training.batch_size
        batches = StackedBatches([Batches(values.__getitem__, unknown, rows, size)] * len(self))
        return self._probabilities(batches, [rows] * len(self))

    def trained_model(self, number: int) -> keras.Sequential:
        """The whole model of a head, by number, with the weights that the head was trained to."""
        head = self._heads[number]
        for stacked, layer in zip(self._network.layers[1:], head.network.layers, strict=True):
            if isinstance(stacked, StackedDense):
                layer.kernel.assign(stacked.kernel[number])
                layer.bias.assign(stacked.bias[number, 0])
        return head.model

    def __len__(self) -> int:
        return len(self._heads)

    def _batches(self, rows: Sequence[np.ndarray], epochs: range | None = None) -> "StackedBatches":
        """Of each head's `rows`; in the order of training where `epochs` are given."""
        outputs = self._network.output_shape[-1]
        changing = epochs is not None and random_changes(self._heads[0].model)
        front = AugmentedFront(self._heads[0].model) if changing else None
        batches: list[Batches] = []
        for head, index in zip(self._heads, rows, strict=True):
            y_true = encode_targets(head.images.labels, len(head.images.classes), outputs)
            given = (y_true, index, self._training.batch_size)
            take, seed = head.features.values.__getitem__, head.fold.seed
            if epochs is None:
                batches.append(Batches(take, *given))
            elif front:
                augmented = (front, head.model, head.images, *given, epochs, seed)
                batches.append(AugmentedBatches(*augmented))
            else:
                batches.append(Batches(take, *given, epochs, seed))
        return StackedBatches(batches)

    def _probabilities(
        self, batches: "StackedBatches", rows: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        numbers = range(len(batches))
        found = [self._network.predict_on_batch(batches[number][0]) for number in numbers]
        outputs = np.concatenate(found, axis=1)
        return [
            for_every_class(of_head[: len(index)])
            for of_head, index in zip(outputs, rows, strict=True)
        ]


class StackedBatches(keras.utils.PyDataset):
    """A batch per head in each: (input, target, weight), each with an axis of heads in front.

    All have `size` rows, so that one shape is compiled: a shorter batch is filled up with rows of
    zeros and weight 0, and so is every batch of a head that has no more. The rows of a batch weigh one
    together: a weighted sum is a mean.

    Args:
        of_heads: The batches of each head, with one batch size; those to train on have the same number
            of steps.
    """

    def __init__(self, of_heads: Sequence[Batches]) -> None:
        super().__init__()
        self._of_heads = of_heads
        self._size = of_heads[0].batch_size
        self.steps = max(batches.steps for batches in of_heads)

    def __len__(self) -> int:
        return max(map(len, self._of_heads))

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts = [batches[number] if number < len(batches) else None for batches in self._of_heads]
        inputs, targets = (
            np.zeros((len(parts), self._size, *shape), "float32") for shape in self._shapes(parts)
        )
        weights = np.zeros((len(parts), self._size), "float32")
        for head, part in enumerate(parts):
            if part is not None:
                rows = len(part[0])
                inputs[head, :rows], targets[head, :rows] = part
                weights[head, :rows] = 1 / rows
        return inputs, targets, weights

    @staticmethod
    def _shapes(
        parts: Sequence[tuple[np.ndarray, np.ndarray] | None],
    ) -> tuple[tuple[int, ...], ...]:
        inputs, targets = next(part for part in parts if part is not None)
        return inputs.shape[1:], targets.shape[1:]


class StackedDense(keras.layers.Layer):
    """Dense layers of one form side by side: (heads, images, inputs) → (heads, images, units).

    Args:
        layers: One per head, built; their weights are what it starts with.
    """

    def __init__(self, layers: Sequence[keras.layers.Dense]) -> None:
        super().__init__(dtype=layers[0].dtype_policy)
        self._activation = layers[0].activation
        kernel, bias = layers[0].kernel.shape, layers[0].bias.shape
        self.kernel = self.add_weight(shape=(len(layers), *kernel), initializer="zeros")
        self.bias = self.add_weight(shape=(len(layers), 1, *bias), initializer="zeros")
        self.start(layers)

    def start(self, layers: Sequence[keras.layers.Dense]) -> None:
        """Takes the weights of these layers."""
        self.kernel.assign(np.stack([layer.kernel for layer in layers]))
        self.bias.assign(np.stack([layer.bias for layer in layers])[:, None])

    def call(self, inputs: Any) -> Any:
        """Each head's images by its own weights."""
        return self._activation(keras.ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.kernel.shape[-1])


class StackedDropout(keras.layers.Layer):
    """Dropout side by side, (heads, images, inputs), each head's from its own seed.

    Args:
        layers: One per head; their seeds are what it starts with.
    """

    def __init__(self, layers: Sequence[keras.layers.Dropout]) -> None:
        super().__init__(dtype=layers[0].dtype_policy)
        self._rate = layers[0].rate
        self._generators = [keras.random.SeedGenerator(0) for _ in layers]
        self.start(layers)

    def start(self, layers: Sequence[keras.layers.Dropout]) -> None:
        """Takes the seeds of these layers."""
        for generator, layer in zip(self._generators, layers, strict=True):
            generator.state.assign(layer.seed_generator.state)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """As each head's own layer drops: the rows that fill up a batch come last and change nothing."""
        if not training:
            return inputs
        return keras.ops.stack(
            [
                keras.random.dropout(inputs[head], self._rate, seed=generator)
                for head, generator in enumerate(self._generators)
            ]
        )

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape


class MeanPerHead(keras.metrics.Metric):
    """(heads,): the mean of a measure over the images that have a weight, head by head.

    Args:
        measure: (y_true, y_pred), each (heads, images, outputs) → a number per image of every head.
    """

    def __init__(self, measure: Callable[[Any, Any], Any], heads: int, name: str) -> None:
        super().__init__(name=name)
        self._measure = measure
        self._sum, self._count = (
            self.add_variable((heads,), initializer="zeros", name=what) for what in ("sum", "count")
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any) -> None:
        """Adds a batch per head."""
        counted = keras.ops.cast(sample_weight > 0, "float32")
        # binary_accuracy keeps the axis of its one output.
        values = keras.ops.reshape(self._measure(y_true, y_pred), keras.ops.shape(counted))
        self._sum.assign_add(keras.ops.sum(values * counted, axis=1))
        self._count.assign_add(keras.ops.sum(counted, axis=1))

    def result(self) -> Any:
        return self._sum / self._count


class _StackRecorder(Recorder):
    """Keeps a row of lists per epoch: a number per head in each."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        given = logs or {}
        # Of a single head, Keras makes a plain number where NumPy still allows that.
        measured = {name: np.atleast_1d(given[f"{name}{OF_HEADS}"]) for name in COLUMNS[1:]}
        super().on_epoch_end(epoch, measured)


def _history(rows: Sequence[dict[str, Any]], head: int) -> pd.DataFrame:
    """One row per epoch, as of `Fit`."""
    measured = COLUMNS[1:]
    return pd.DataFrame(
        [{"epoch": row["epoch"], **{name: row[name][head] for name in measured}} for row in rows]
    )
