"""The tables of a run that concern images: predictions.csv, evidence.csv and splits.csv, row by row."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.datasets.folds import Fold
from lib.datasets.images import ImageSet

DECIMALS = (
    6  # of the numbers in the CSV files: float32 holds no more, and scores are computed from them
)


EVIDENCE = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]


def assignments(images: ImageSet, folds: Sequence[Fold]) -> pd.DataFrame:
    """One row an image (path, group, true) and one column a fold: "train", "test" or ""."""
    table = images.table[["path", "group"]].reset_index(drop=True)
    table["true"] = [images.classes[label] for label in images.labels]
    for fold in folds:
        column = np.full(len(images), "", dtype=object)
        column[fold.train], column[fold.test] = "train", "test"
        table[fold.name] = column
    return table


def _rows(
    kind: str, name: str, by: str, fold: Fold, table: pd.DataFrame, told: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    place = {"protocol": fold.protocol, "seed": fold.seed, "fold": fold.fold}
    return table[["path", "group"]].assign(kind=kind, name=name, arm=by, **place, **told)


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


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of evidence.csv's columns out of several or none."""
    if not tables:
        return pd.DataFrame(columns=EVIDENCE)
    return pd.concat(tables, ignore_index=True)[EVIDENCE]


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
