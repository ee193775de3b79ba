"""Fitting: one model on one fold, on features computed once or end to end.

Both ways see the same batches in the same order; tests hold them equal. A fit that was interrupted
goes on after the last epoch that was kept. Nothing stops early: no paper states that it does.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.datasets import Fold, ImageSet
from lib.models import leaves, random_changes, without_augmentation
from lib.models.backend import keras
from lib.models.head import for_every_class
from lib.models.inference import BATCH, forward
from lib.settings import Training
from lib.training.batches import Batches, encode_targets
from lib.training.features import Features, split_frozen_front
from lib.training.resume import COLUMNS, Recorder

Tell = Callable[[float, str], None]
"""Is told how many epochs are done, fractions included, and what there is to say."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One trained model's record.

    Attributes:
        fold: What it was trained and tested on.
        history: One row per epoch: epoch (from 1), accuracy, loss, val_accuracy, val_loss.
        probabilities: (test images, classes) float32, rows as `fold.test`.
        seconds: Of its epochs, validation included.
        on_training: As `probabilities`, rows as `fold.train`; None where they are not wanted.
        on_controls: Name of a control set → (images, classes) float32.
    """

    fold: Fold
    history: pd.DataFrame
    probabilities: np.ndarray
    seconds: float
    on_training: np.ndarray | None = None
    on_controls: Mapping[str, np.ndarray] = field(default_factory=dict)


class Trainer:
    """One model, compiled once and trained anew on one fold after another.

    Args:
        model: From `models.build_model`; it is what is trained.
        features: From `extract_features` of the model `without_augmentation`; None trains end to end. Behind
            random changes a frozen backbone sees training images anew in every epoch: then they are
            of test images alone.

    Raises:
        ValueError: From `compile_model`.
    """

    def __init__(
        self,
        model: keras.Sequential,
        training: Training,
        features: Features | None = None,
    ) -> None:
        # Compiling a deep network takes as long as several epochs of a small set.
        self._model, self._training = model, training
        self._test_features = features
        self._features = None if random_changes(model) else features
        self._network = model if self._features is None else split_frozen_front(model)[1]
        compile_model(self._network, training)
        self._tester = self._network
        if self._test_features is not self._features:
            self._tester = split_frozen_front(without_augmentation(model))[1]
            compile_model(self._tester, training)
        self._network.optimizer.build(self._network.trainable_variables)
        self._fresh_optimizer = [
            keras.ops.convert_to_numpy(variable) for variable in self._network.optimizer.variables
        ]

    def restart(self, start: keras.Sequential) -> "Trainer":
        """Everything as it was before training, with the weights and random seeds of `start`.

        Args:
            start: Another model of the same arm; only read.
        """
        for mine, new in zip(self._model.variables, start.variables, strict=True):
            if mine is not new:  # a frozen backbone is shared
                mine.assign(new)
        optimizer = self._network.optimizer.variables
        for mine, new in zip(optimizer, self._fresh_optimizer, strict=True):
            mine.assign(new)
        self._network.optimizer.learning_rate = self._training.learning_rate
        return self

    def copy_to(self, model: keras.Sequential) -> keras.Sequential:
        """`model`, another one of the same arm, with the weights of the one that was trained."""
        for trained, other in zip(self._model.variables, model.variables, strict=True):
            if trained is not other:  # a frozen backbone is shared
                other.assign(trained)
        return model

    def fit(
        self,
        images: ImageSet,
        fold: Fold,
        file: Path | None = None,
        on_training: bool = False,
        tell: Tell | None = None,
    ) -> Fit:
        """Trains the model on the fold's training images.

        Args:
            images: At the size of the model.
            file: Keeps the state (`Recorder`); training goes on from what it holds.
            on_training: Whether the trained model also classifies the training images.
            tell: Is called with every batch.

        Raises:
            TrainingError: The loss is no longer a number.
            DataError: The disk is full or not writable.
        """
        keras.utils.set_random_seed(fold.seed)
        has_tester = self._tester is not self._network
        test = self._batches(images, fold.test, self._test_features)
        validate = partial(self._validate, test) if has_tester else dict
        recorder = Recorder(self._network, self._training, file, validate)
        epochs = range(len(recorder.rows), self._training.epochs)
        train = self._batches(images, fold.train, self._features, epochs=epochs, seed=fold.seed)
        if epochs:
            self._network.fit(
                train,
                initial_epoch=epochs.start,
                epochs=self._training.epochs,
                steps_per_epoch=train.steps,
                shuffle=False,  # `Batches` has its own order; Keras would draw one from the global seed
                validation_data=None if has_tester else test,
                callbacks=[recorder, *([Teller(recorder, train.steps, tell)] if tell else [])],
                verbose=0,
            )
        history = pd.DataFrame(recorder.rows)
        seen = self._batches(images, fold.train, self._test_features) if on_training else None
        return Fit(
            fold=fold,
            history=history[COLUMNS],
            probabilities=_probabilities(self._tester, test),
            seconds=float(history["seconds"].sum()),
            on_training=None if seen is None else _probabilities(self._tester, seen),
        )

    def classify(self, images: ImageSet, features: Features | None) -> np.ndarray:
        """(images, classes) float32: what the trained model makes of images of no fold.

        Args:
            features: Of these images, where the model has a frozen front.
        """
        take = images.take if features is None else features.values.__getitem__
        starts = range(0, len(images), BATCH)
        rows = (np.arange(start, min(start + BATCH, len(images))) for start in starts)
        outputs = [forward(self._tester, take(some)) for some in rows]
        return for_every_class(np.concatenate(outputs))

    def _validate(self, test: Batches) -> dict[str, float]:
        metrics = self._tester.evaluate(test, verbose=0, return_dict=True)
        return {f"val_{name}": value for name, value in metrics.items()}

    def _batches(
        self, images: ImageSet, index: np.ndarray, features: Features | None, **order: Any
    ) -> Batches:
        def pixels(rows: np.ndarray) -> np.ndarray:
            return images.take(rows).astype("float32")

        take = pixels if features is None else features.values.__getitem__
        outputs = self._network.output_shape[-1]
        y_true = encode_targets(images.labels, len(images.classes), outputs)
        return Batches(take, y_true, index, self._training.batch_size, **order)


class Teller(keras.callbacks.Callback):
    """Tells where training is. At the beginning of a batch: its end would wait for the batch's metrics."""

    def __init__(self, recorder: Recorder, steps: int, tell: Tell) -> None:
        super().__init__()
        self._recorder, self._steps, self._tell = recorder, steps, tell
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - named by Keras
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:  # noqa: ARG002
        rows = self._recorder.rows
        so_far = f", validation accuracy {np.mean(rows[-1]['val_accuracy']):.3f}" if rows else ""
        text = f"epoch {self._epoch + 1} of {self.params['epochs']}{so_far}"
        self._tell(self._epoch + batch / self._steps, text)


def _probabilities(network: keras.Model, batches: Batches) -> np.ndarray:
    outputs = [network.predict_on_batch(batches[number][0]) for number in range(len(batches))]
    return for_every_class(np.concatenate(outputs))


def compile_model(network: keras.Model, training: Training, **measured: Any) -> None:
    """Gives `network` its optimizer, loss and metric.

    Args:
        measured: Losses and metrics, as `keras.Model.compile` takes them, instead of the recipe's loss
            and the accuracy.

    Raises:
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    if keras.backend.backend() == "jax":
        # Keras marks layers that TensorFlow's XLA cannot compile; JAX compiles them like any other,
        # and without them takes every operation of a whole model by itself.
        for layer in leaves(network):
            layer.supports_jit = True
    without_xla = sorted({layer.name for layer in leaves(network) if not layer.supports_jit})
    if training.jit_compile is True and without_xla:
        raise ValueError(
            f"`jit_compile` should be False or 'auto' for this model; XLA cannot compile "
            f"{', '.join(without_xla)}."
        )
    optimizer = keras.optimizers.get(training.optimizer)
    optimizer.learning_rate = training.learning_rate
    if training.precision == "mixed_float16":
        # Keras does so by itself, but not for the rest behind a frozen front, whose own policy is another.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    measured = measured or {"loss": training.loss, "metrics": ["accuracy"]}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Model doesn't support `jit_compile=True`")
        network.compile(optimizer=optimizer, jit_compile=training.jit_compile, **measured)
    if training.jit_compile is True and not network.jit_compile:
        raise ValueError(
            "`jit_compile` should be False or 'auto' here: TensorFlow's deterministic operations "
            "cannot be compiled by XLA. TF_DETERMINISTIC_OPS=0 in the environment does without "
            "them; KERAS_BACKEND=jax has both."
        )
