"""The tables of a run's trained models: history.csv and predictions.csv."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib.data import ControlSet, Fold, ImageSet, Twins

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


def predictions(images: ImageSet, twins: Twins, trained: Sequence["Trained"]) -> pd.DataFrame:
    """One row an image, part and fit: predictions.csv (columns as in the design's run folder).

    The part is "test", and "train" where training images were classified after training too. The
    twin says whether a training image is "identical", a "near" duplicate, or "" for neither.
    """
    tables, closest = [], {}
    for arm, one in _fits(trained):
        fold = one.fold
        if fold.name not in closest:  # the same for every arm
            closest[fold.name] = twins.closest(fold.train, fold.test)
        near = closest[fold.name]
        tables.append(_predicted(arm, images, fold, "test", fold.test, one.probabilities, near))
        if one.on_training is not None:
            tables.append(_predicted(arm, images, fold, "train", fold.train, one.on_training, ""))
    return pd.concat(tables, ignore_index=True)


EVIDENCE = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]


def evidence(
    kind: str, name: str, arm: str, images: ImageSet, fold: Fold, predicted: np.ndarray
) -> pd.DataFrame:
    """Rows of evidence.csv: what something other than a run's own models called the test images.

    Args:
        kind: "probe" or "choice".
        name: Of the probe or the choice.
        arm: Whose backbone or recipe it uses, "" for none.
        predicted: (fold.test,) str: class names.
    """
    rows = images.table.iloc[fold.test]
    table = pd.DataFrame(
        {
            "path": rows["path"].to_numpy(),
            "group": rows["group"].to_numpy(),
            "true": np.asarray(images.classes)[rows["label"]],
            "predicted": predicted,
        }
    )
    return _named(arm, fold, table).assign(kind=kind, name=name)[EVIDENCE]


def controls(
    sets: Sequence[ControlSet], images: ImageSet, trained: Sequence["Trained"]
) -> pd.DataFrame:
    """Rows of evidence.csv: what every trained model called the images of every control set."""
    tables, names = [], np.asarray(images.classes)
    for one in sets:
        shown = one.images.table[["path", "group"]].assign(true=one.expected)
        for arm, made in _fits(trained):
            table = shown.assign(predicted=names[made.controls[one.name].argmax(1)])
            tables.append(_named(arm, made.fold, table).assign(kind="control", name=one.name))
    return joined(tables)


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of evidence.csv's columns out of several or none."""
    if not tables:
        return pd.DataFrame(columns=EVIDENCE)
    return pd.concat(tables, ignore_index=True)[EVIDENCE]


def _fits(trained: Sequence["Trained"]) -> list[tuple[str, "Fit"]]:
    return [(one.model.arm, fit) for one in trained for fit in one.fits]


def _named(arm: str, fold: Fold, table: pd.DataFrame) -> pd.DataFrame:
    named = {"arm": arm, "protocol": fold.protocol, "seed": fold.seed, "fold": fold.fold}
    return table.assign(**named)[[*named, *table.columns]]


def _predicted(
    arm: str,
    images: ImageSet,
    fold: Fold,
    part: str,
    index: np.ndarray,
    probabilities: np.ndarray,
    twin: np.ndarray | str,
) -> pd.DataFrame:
    rows = images.table.iloc[index]
    names = np.asarray(images.classes)
    table = pd.DataFrame(
        {
            "part": part,
            "twin": twin,
            "path": rows["path"].to_numpy(),
            "group": rows["group"].to_numpy(),
            "true": names[rows["label"]],
            "predicted": names[probabilities.argmax(axis=1)],
        }
    )
    shares = probabilities.T.astype("float64").round(DECIMALS)
    return _named(arm, fold, table.assign(**dict(zip(images.classes, shares, strict=True))))
