"""What an epoch leaves behind: its row of the history, and the state to go on from."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from lib import checkpoints
from lib.backend import keras
from lib.checkpoints import State
from lib.data import store
from lib.settings import Training

COLUMNS = ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]


class TrainingError(RuntimeError):
    """Training cannot go on; the message says what to change."""


class Recorder(keras.callbacks.Callback):
    """Keeps every epoch's row, in memory and in `file`; `rows` starts with what `file` holds.

    After the last epoch the file goes without the optimizer's memory, two thirds of its size.

    Args:
        validate: Gives val_accuracy and val_loss where Keras' own validation does not.
    """

    def __init__(
        self,
        network: keras.Model,
        training: Training,
        file: Path | None,
        validate: Callable[[], dict[str, float]] = dict,
    ) -> None:
        super().__init__()
        self._validate = validate
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
        logs = logs | self._validate()
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
