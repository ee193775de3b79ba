"""The tables of a run that concern images: predictions.csv, evidence.csv and splits.csv, row by row."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.datasets.controls import ControlSet
from lib.datasets.folds import Fold
from lib.datasets.images import ImageSet

DECIMALS = 6  # in the CSV files: float32 holds no more, and scores are computed from them
EVIDENCE = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]


def split_table(images: ImageSet, folds: Sequence[Fold]) -> pd.DataFrame:
    """splits.csv: one row per image (path, group, true) and one column per fold: "train", "test" or ""."""
    table = images.table[["path", "group"]].reset_index(drop=True)
    table["true"] = [images.classes[label] for label in images.labels]
    for fold in folds:
        column = np.full(len(images), "", dtype=object)
        column[fold.train], column[fold.test] = "train", "test"
        table[fold.name] = column
    return table


def prediction_rows(
    arm: str,
    images: ImageSet,
    fold: Fold,
    part: str,
    index: np.ndarray,
    probabilities: np.ndarray,
    twin: np.ndarray | str,
) -> pd.DataFrame:
    """Rows of predictions.csv: what an arm called some images after one fit.

    Args:
        part: "test" or "train".
        index: (rows,) int: the images, as rows of `images.table`.
        probabilities: (rows, classes).
        twin: (rows,) str, or one for all: as `Twins.closest`.
    """
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
    return fold_rows(arm, fold, table.assign(**dict(zip(images.classes, shares, strict=True))))


def fold_rows(arm: str, fold: Fold, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns in front that name a fit: arm, protocol, seed, fold."""
    fit = {"arm": arm, "protocol": fold.protocol, "seed": fold.seed, "fold": fold.fold}
    return table.assign(**fit)[[*fit, *table.columns]]


def evidence_rows(
    kind: str, name: str, arm: str, images: ImageSet, fold: Fold, predicted: np.ndarray
) -> pd.DataFrame:
    """Rows of evidence.csv: what something other than a run's own models called the test images.

    Args:
        kind: "probe", "choice" or "size".
        name: Of the probe or the choice; of a size "training images=160".
        arm: Whose backbone or recipe it uses, "" for none.
        predicted: (fold.test,) str: class names.
    """
    rows = images.table.iloc[fold.test]
    return _evidence(
        kind, name, arm, fold, rows, np.asarray(images.classes)[rows["label"]], predicted
    )


def control_evidence(
    control: ControlSet, model: str, fold: Fold, predicted: np.ndarray
) -> pd.DataFrame:
    """Rows of evidence.csv: what a model or a probe called the images of a control set.

    Args:
        model: The arm, or the probe.
        fold: What it was trained on.
        predicted: (control.images,) str: class names of the paper.
    """
    return _evidence(
        "control", control.name, model, fold, control.images.table, control.expected, predicted
    )


def join_evidence(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of evidence.csv's columns out of several or none."""
    if not tables:
        return pd.DataFrame(columns=EVIDENCE)
    return pd.concat(tables, ignore_index=True)[EVIDENCE]


def _evidence(
    kind: str,
    name: str,
    arm: str,
    fold: Fold,
    rows: pd.DataFrame,
    true: np.ndarray,
    predicted: np.ndarray,
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "path": rows["path"].to_numpy(),
            "group": rows["group"].to_numpy(),
            "true": true,
            "predicted": predicted,
        }
    )
    return fold_rows(arm, fold, table.assign(kind=kind, name=name))[EVIDENCE]
