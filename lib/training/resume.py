"""Interrupted training: what every epoch leaves behind, and how training goes on from it.

An epoch leaves a row of the history and, in a file, the state of all that training moves; where that is
large, only an epoch every now and then does. The file goes when the run that used it is whole
(`storage.forget_training_states`).
"""

import hashlib
import json
import math
import os
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib import PlainError, storage
from lib.models.backend import keras
from lib.papers.declare import file_name
from lib.settings import Training
from lib.storage import explain_disk_failure

COLUMNS = ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
# AlexNet's dense layers for three folds and an optimizer's memory of them are two gigabytes, whose writing took
# three quarters of the time of training. A state of more numbers than these is written when training has gone on
# for long enough since the last one that writing, at 200 MB a second, takes a tenth of the time.
LARGE = 16_000_000
NUMBERS_A_SECOND = 5_000_000


class TrainingError(PlainError, RuntimeError):
    """Training cannot go on; the message says what to change."""


class Recorder(keras.callbacks.Callback):
    """Keeps every epoch's row in memory; `rows` starts with what `file` holds.

    A measure is a number, or a list of numbers where heads train side by side, one per head.

    The file is renewed by every epoch, by fewer where the state is large, and by the last one in any case: from
    then on it goes without the optimizer's memory, two thirds of its size.

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
        self._moving, self._memory = _moving_variables(network), _optimizer_variables(network)
        self._training, self._file, self._start = training, file, 0.0
        numbers = sum(math.prod(variable.shape) for variable in self._moving + self._memory)
        self._interval_s = numbers / NUMBERS_A_SECOND if numbers > LARGE else 0.0
        self._written = time.perf_counter()
        self.rows = self._resume(file) if file else []

    def _resume(self, file: Path) -> list[dict[str, Any]]:
        variables = self._moving + self._memory
        shapes = [variable.shape for variable in variables]
        state = read_state(file, shapes, shapes[: len(self._moving)])
        if state is None:
            return []
        for variable, array in zip(variables, state.variables, strict=False):
            variable.assign(array)
        return state.history.to_dict("records")

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002 - named by Keras
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = (logs or {}) | self._validate()
        row: dict[str, Any] = {"epoch": epoch + 1}
        row |= {name: _numbers(logs[name]) for name in COLUMNS[1:]}
        loss, val_loss = np.atleast_1d(row["loss"]), np.atleast_1d(row["val_loss"])
        bad = ~np.isfinite(loss) | np.isnan(val_loss)
        if bad.any():
            first = bad.argmax()
            raise TrainingError(
                f"In epoch {row['epoch']} the training loss should be a number; it is "
                f"{loss[first]} (validation: {val_loss[first]}). The learning rate, "
                f"{self._training.learning_rate:g} here, is the first thing to lower; with "
                f"precision {self._training.precision} small numbers can vanish."
            )
        self.rows.append(row | {"seconds": time.perf_counter() - self._start})
        is_last = row["epoch"] == self._training.epochs
        if self._file and (is_last or time.perf_counter() - self._written >= self._interval_s):
            self._write(self._file, self._moving + ([] if is_last else self._memory))

    def _write(self, file: Path, variables: list[Any]) -> None:
        # Not by `convert_to_numpy`, which copies twice.
        arrays = [np.asarray(each) for each in variables]
        with explain_disk_failure("the state of training"):
            write_state(file, State(variables=arrays, history=pd.DataFrame(self.rows)))
        self._written = time.perf_counter()


def _numbers(measure: ArrayLike) -> float | list[float]:
    return np.asarray(measure, float).tolist()


def _moving_variables(network: keras.Model) -> list[Any]:
    """All that training moves in the network: weights, running statistics, random seeds."""
    trained = [layer for layer in network.layers if layer.trainable]
    return [variable for layer in trained for variable in layer.variables]


def _optimizer_variables(network: keras.Model) -> list[Any]:
    network.optimizer.build(network.trainable_variables)
    return network.optimizer.variables


# The state on disk


@dataclass(frozen=True, kw_only=True)
class State:
    """Training as it stood at the end of an epoch.

    Attributes:
        variables: Every array that training moves, the optimizer's and the random seeds' included.
        history: One row per epoch so far.
    """

    variables: list[np.ndarray]
    history: pd.DataFrame


def state_path(slug: str, arm: str, dependencies: object) -> Path:
    """Where the state of one fit lies.

    Args:
        dependencies: All that the fit depends on, as JSON can write it: a fit that differs in
            anything has a file of its own and never resumes another's.
    """
    digest = hashlib.sha256(json.dumps(dependencies, sort_keys=True).encode()).hexdigest()
    return storage.training_states(slug) / f"{file_name(arm)}-{digest[:32]}.npz"


def write_state(target: Path, state: State) -> None:
    """Puts `state` in the place of an earlier one.

    Raises:
        OSError: The disk is full or not writable; the earlier state is as it was.
    """
    storage.note_training_state(target)
    arrays: dict[str, Any] = {f"{n:05d}": array for n, array in enumerate(state.variables)}
    # By json: pandas' own writer rounds to ten decimals.
    history = json.dumps(state.history.to_dict(orient="split"))
    with storage.temporary_folder(target.parent) as folder:
        np.savez(folder / target.name, history=np.array(history), **arrays)
        os.replace(folder / target.name, target)


def read_state(source: Path, *alternatives: Sequence[tuple[int, ...]]) -> State | None:
    """The state in `source`; None where there is none that fits.

    Args:
        alternatives: Lists of the shapes of the variables that are to take the state's arrays; the
            arrays must fit one of these lists.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            # All checksums first: NumPy stops reading where an array is full, which on a broken
            # header is before the checksum that would tell.
            if archive.testzip():
                return None
        with np.load(source) as arrays:  # refuses anything pickled
            history = json.loads(str(arrays["history"]))
            variables = [arrays[name] for name in sorted(set(arrays) - {"history"})]
        table = pd.DataFrame(history["data"], columns=history["columns"])
    # zipfile and NumPy raise many kinds of error on broken content (BadZipFile, RuntimeError for a
    # header that seems to ask for a password, …); whichever it is, training starts anew.
    except Exception:
        return None
    shapes = [array.shape for array in variables]
    if not any(shapes == list(map(tuple, expected)) for expected in alternatives):
        return None
    storage.note_training_state(source)
    return State(variables=variables, history=table)
