"""The batches a model is trained on: the same, in the same order, on cached features or end to end."""

from collections.abc import Callable, Sequence

import numpy as np

from lib.models.backend import keras


class Batches(keras.utils.PyDataset):
    """Batches of (input, target), all epochs one after another; `steps` of them per epoch.

    Every epoch has its own order, drawn by numpy from (seed, epoch) alone: the same for cached and
    end-to-end training, for every backend, and after an interruption. Shuffling in `on_epoch_end`
    would not do: Keras fetches ahead in a thread, so batches of the next epoch can be taken before
    it is called.

    Args:
        take: Rows → the input of those rows.
        targets: (all rows, ...) what the output is held against.
        index: The rows to be batched.
        batch_size: Rows per batch; the last of an epoch may have fewer.
        epochs: Which epochs, counted from 0.
        seed: Of the order; None leaves the rows as they are.
    """

    def __init__(
        self,
        take: Callable[[np.ndarray], np.ndarray],
        targets: np.ndarray,
        index: np.ndarray,
        batch_size: int,
        epochs: Sequence[int] = (0,),
        seed: int | None = None,
    ) -> None:
        super().__init__()
        self._take = take
        self._targets = targets
        self.batch_size = batch_size
        self._orders = [_order(np.asarray(index), seed, epoch) for epoch in epochs]
        self.steps = -(-len(index) // batch_size)

    def __len__(self) -> int:
        return self.steps * len(self._orders)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.rows(batch)
        return self._take(rows), self._targets[rows]

    def rows(self, batch: int) -> np.ndarray:
        """The rows of a batch, by its number."""
        epoch, step = divmod(batch, self.steps)
        return self._orders[epoch][step * self.batch_size : (step + 1) * self.batch_size]


def encode_targets(labels: np.ndarray, n_classes: int, outputs: int) -> np.ndarray:
    """What a model's output is held against, float32.

    Args:
        labels: (images,) int.
        outputs: Width of the model's output.

    Returns:
        (images, n_classes) one-hot; (images, 1) for a single output, the probability of class 1.
    """
    if outputs == 1:
        return labels[:, None].astype("float32")
    return np.eye(n_classes, dtype="float32")[labels]


def _order(index: np.ndarray, seed: int | None, epoch: int) -> np.ndarray:
    return index if seed is None else np.random.default_rng([seed, epoch]).permutation(index)
