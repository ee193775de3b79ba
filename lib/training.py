"""Training: one fold of one model, on features computed once or end to end.

A frozen backbone with nothing random before it gives the same features for an image in every epoch,
seed and fold, so `features` computes them once and `fit` trains the rest on them. Without features,
`fit` runs the whole model. Both see the same batches in the same order; tests hold them equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.backend import keras
from lib.data import Fold, ImageSet
from lib.paper import PIXEL_SCALINGS
from lib.settings import Settings

CHUNK = 32  # images a forward pass of the backbone: fastest of 8, 16, 32 on two CPU cores
DECIMALS = (
    6  # of the numbers in the CSV files: float32 holds no more, and scores are computed from them
)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One trained model's record.

    Attributes:
        fold: What it was trained and tested on.
        history: One row an epoch: epoch (from 1), accuracy, loss, val_accuracy, val_loss.
        probabilities: (test images, classes) float32, rows as `fold.test`.
    """

    fold: Fold
    history: pd.DataFrame
    probabilities: np.ndarray


class Batches(keras.utils.PyDataset):
    """Batches of (input, one-hot label), all epochs one after another; `steps` of them an epoch.

    Every epoch has its own order, drawn by numpy from (seed, epoch) alone: the same for cached and
    end-to-end training and for every backend. Shuffling in `on_epoch_end` would not do: Keras
    fetches ahead in a thread, so batches of the next epoch can be taken before it is called.
    """

    def __init__(self, take, labels, index, n_classes, batch_size, epochs=1, seed=None):
        super().__init__()
        self._take = take
        self._targets = np.eye(n_classes, dtype="float32")[labels]
        self._size = batch_size
        self._orders = [_order(np.asarray(index), seed, epoch) for epoch in range(epochs)]
        self.steps = -(-len(index) // batch_size)

    def __len__(self) -> int:
        return self.steps * len(self._orders)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        epoch, step = divmod(batch, self.steps)
        index = self._orders[epoch][step * self._size : (step + 1) * self._size]
        return self._take(index), self._targets[index]


def _order(index: np.ndarray, seed: int | None, epoch: int) -> np.ndarray:
    return index if seed is None else np.random.default_rng([seed, epoch]).permutation(index)


def scale(pixels: np.ndarray, pixel_scaling: str) -> np.ndarray:
    """uint8 pixels as float32 in the range `pixel_scaling` ("[0, 1]", "[-1, 1]", "[0, 255]")."""
    factor, offset = PIXEL_SCALINGS[pixel_scaling]
    return pixels.astype("float32") * np.float32(factor) + np.float32(offset)


def features(model: keras.Sequential, images: ImageSet, pixel_scaling: str) -> np.ndarray | None:
    """What the model's frozen front makes of every image, each seen once.

    Returns:
        (images, ...) float32, rows as `images.table`; None where no front is frozen, in which case
        training runs end to end.
    """
    front, _ = _cut(model)
    if front is None:
        return None
    chunks = np.array_split(np.arange(len(images)), -(-len(images) // CHUNK))
    return np.concatenate(
        [front.predict_on_batch(scale(images.take(chunk), pixel_scaling)) for chunk in chunks]
    )


def fit(
    model: keras.Sequential,
    images: ImageSet,
    fold: Fold,
    settings: Settings,
    features: np.ndarray | None = None,
) -> Fit:
    """Trains `model` on the fold's training images; the test images are its validation images.

    Args:
        features: From `features`, for a model with a frozen front; None trains end to end.
    """
    network = model
    if features is not None:
        _, network = _cut(model)
    _compile(network, settings)
    train, test = (_batches(part, images, fold, settings, features) for part in ("train", "test"))
    record = network.fit(
        train,
        epochs=settings.epochs,
        steps_per_epoch=train.steps,
        shuffle=False,  # `Batches` has its own order; Keras would draw one from the global seed
        validation_data=test,
        verbose=0,
    )
    history = pd.DataFrame(record.history)[["accuracy", "loss", "val_accuracy", "val_loss"]]
    history.insert(0, "epoch", range(1, len(history) + 1))
    probabilities = np.concatenate([network.predict_on_batch(test[i][0]) for i in range(len(test))])
    return Fit(fold=fold, history=history, probabilities=probabilities)


def history(arm: str, fits: Sequence[Fit]) -> pd.DataFrame:
    """All epochs of all fits, with arm, protocol, seed and fold: history.csv."""
    tables = [_named(arm, one.fold, one.history.round(DECIMALS)) for one in fits]
    return pd.concat(tables, ignore_index=True)


def predictions(arm: str, images: ImageSet, fits: Sequence[Fit]) -> pd.DataFrame:
    """One row a test image and fit: predictions.csv (columns as in the design's run folder)."""
    return pd.concat([_predicted(arm, images, one) for one in fits], ignore_index=True)


def _compile(network: keras.Model, settings: Settings) -> None:
    optimizer = keras.optimizers.get(settings.optimizer)
    optimizer.learning_rate = settings.learning_rate
    network.compile(optimizer=optimizer, loss=settings.loss, metrics=["accuracy"])


def _batches(part, images, fold, settings, features) -> Batches:
    def pixels(index):
        return scale(images.take(index), settings.pixel_scaling)

    take = pixels if features is None else features.__getitem__
    order = {"epochs": settings.epochs, "seed": fold.seed} if part == "train" else {}
    rows, classes = getattr(fold, part), len(images.classes)
    return Batches(take, images.labels, rows, classes, settings.batch_size, **order)


def _cut(model: keras.Sequential) -> tuple[keras.Model | None, keras.Model]:
    """The longest front that neither trains nor draws random numbers, and the rest; layers shared."""
    front = []
    for layer in model.layers:
        if layer.trainable_variables or _is_random(layer):
            break
        front.append(layer)
    if not any(layer.weights for layer in front):
        return None, model
    first = keras.Sequential([keras.Input(model.input_shape[1:]), *front])
    rest = model.layers[len(front) :]
    return first, keras.Sequential([keras.Input(first.output_shape[1:]), *rest])


def _is_random(layer: keras.Layer) -> bool:
    # Dropout and every augmentation layer of Keras own a seed generator.
    inner = getattr(layer, "layers", [])
    return getattr(layer, "seed_generator", None) is not None or any(map(_is_random, inner))


def _named(arm: str, fold: Fold, table: pd.DataFrame) -> pd.DataFrame:
    named = {"arm": arm, "protocol": fold.protocol, "seed": fold.seed, "fold": fold.fold}
    return table.assign(**named)[[*named, *table.columns]]


def _predicted(arm: str, images: ImageSet, one: Fit) -> pd.DataFrame:
    rows = images.table.iloc[one.fold.test]
    names = np.asarray(images.classes)
    table = pd.DataFrame(
        {
            "path": rows["path"].to_numpy(),
            "group": rows["group"].to_numpy(),
            "true": names[rows["label"]],
            "predicted": names[one.probabilities.argmax(axis=1)],
        }
    )
    shares = one.probabilities.T.astype("float64").round(DECIMALS)
    columns = dict(zip(images.classes, shares, strict=True))
    return _named(arm, one.fold, table.assign(**columns))
