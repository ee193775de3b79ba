"""What a fold trained on, as splits.csv tells it."""

import numpy as np

from lib.evaluation.rows import Rows
from lib.results import FOLD, fold_name


def trained_on(answers: Rows, splits: Rows, column: str) -> dict[tuple[str, int, int], np.ndarray]:
    """(protocol, seed, fold) → this column of splits.csv for its training images, of each fold that gave answers."""
    values = splits[column]
    return {fold: values[splits[fold_name(*fold)] == "train"] for fold, _ in answers.by(*FOLD)}
