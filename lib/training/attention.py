"""Heat maps of a run's answers, by the models that gave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.datasets import ImageSet
from lib.models import gradcam, without_augmentation
from lib.training.train import Trained


@dataclass(frozen=True)
class Heat:
    """Where what speaks for an answer lies.

    Attributes:
        maps: (arm, path of the image) → (size, size) float32 in 0…1, of the arm's image size.
    """

    maps: Mapping[tuple[str, str], np.ndarray]

    def take(self, arm: str, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), size, size)."""
        return np.stack([self.maps[arm, path] for path in paths])


def heat_maps(trained: Sequence[Trained], images: ImageSet, answers: pd.DataFrame) -> Heat:
    """The map of every answer.

    Args:
        images: Of any size; each arm gets them at its own.
        answers: Rows as in predictions.csv; of each arm one fit, whose model is among `Trained.models`.
    """
    models = {of_arm.model.arm: of_arm.models for of_arm in trained}
    maps: dict[tuple[str, str], np.ndarray] = {}
    for (arm, seed), of_arm in answers.groupby(["arm", "seed"], sort=False):
        distinct = of_arm.drop_duplicates("path")
        model = without_augmentation(models[arm][seed])
        pixels = images.resized(model.input_shape[1]).take_paths(list(distinct["path"]))
        labels = [images.classes.index(answer) for answer in distinct["predicted"]]
        heat = gradcam.heat_maps(model, pixels, labels)
        maps |= {(arm, path): of_path for path, of_path in zip(distinct["path"], heat, strict=True)}
    return Heat(maps)
