"""The tables of a run's trained models: history.csv and predictions.csv."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib.data import Fold, ImageSet

if TYPE_CHECKING:
    from lib.training import Fit, Trained

DECIMALS = (
    6  # of the numbers in the CSV files: float32 holds no more, and scores are computed from them
)


def history(trained: Sequence["Trained"]) -> pd.DataFrame:
    """All epochs of all fits, with arm, protocol, seed and fold: history.csv."""
    return pd.concat(
        [_named(arm, one.fold, one.history.round(DECIMALS)) for arm, one in _fits(trained)],
        ignore_index=True,
    )


def predictions(images: ImageSet, trained: Sequence["Trained"]) -> pd.DataFrame:
    """One row an image, part and fit: predictions.csv (columns as in the design's run folder).

    The part is "test", and "train" where training images were classified after training too.
    """
    tables = []
    for arm, one in _fits(trained):
        tables.append(_predicted(arm, images, one.fold, "test", one.fold.test, one.probabilities))
        if one.on_training is not None:
            tables.append(
                _predicted(arm, images, one.fold, "train", one.fold.train, one.on_training)
            )
    return pd.concat(tables, ignore_index=True)


def _fits(trained: Sequence["Trained"]) -> list[tuple[str, "Fit"]]:
    return [(one.model.arm, fit) for one in trained for fit in one.fits]


def _named(arm: str, fold: Fold, table: pd.DataFrame) -> pd.DataFrame:
    named = {"arm": arm, "protocol": fold.protocol, "seed": fold.seed, "fold": fold.fold}
    return table.assign(**named)[[*named, *table.columns]]


def _predicted(
    arm: str, images: ImageSet, fold: Fold, part: str, index: np.ndarray, probabilities: np.ndarray
) -> pd.DataFrame:
    rows = images.table.iloc[index]
    names = np.asarray(images.classes)
    table = pd.DataFrame(
        {
            "part": part,
            "path": rows["path"].to_numpy(),
            "group": rows["group"].to_numpy(),
            "true": names[rows["label"]],
            "predicted": names[probabilities.argmax(axis=1)],
        }
    )
    shares = probabilities.T.astype("float64").round(DECIMALS)
    return _named(arm, fold, table.assign(**dict(zip(images.classes, shares, strict=True))))
