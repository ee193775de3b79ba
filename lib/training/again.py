"""One fit of a finished run, trained again: nothing that an interrupted run left behind is taken up."""

import numpy as np

from lib.datasets import Fold, ImageSet
from lib.models import Backbone, build_model, without_augmentation
from lib.papers.declare import Arm
from lib.settings import Training
from lib.training.features import extract_features
from lib.training.fit import Trainer
from lib.training.side_by_side import Head, Stack, can_be_stacked


def train_again(
    arm: Arm, backbone: Backbone, images: ImageSet, fold: Fold, training: Training
) -> tuple[np.ndarray, bool]:
    """((test images, classes) float32, exact): what the arm, trained on one fold, answers.

    The same as `train_arm` gives of that fold among others: `exact` to the last bit where it trains one model after
    another, and but for rounding where it trains heads side by side (`lib.training.side_by_side`).

    Args:
        images: Of any size; the arm gets them at its own.

    Raises:
        TrainingError, DataError, ValueError: As `train_arm`.
    """
    images = images.resized(training.image_size)
    model = build_model(arm, backbone, len(images.classes), fold.seed, training)
    features = extract_features(without_augmentation(model), images)
    if features is not None and can_be_stacked(model, training):
        head = Head(model=model, images=images, fold=fold, features=features)
        (fit,) = Stack([head], training).fit()
        return fit.probabilities, False
    return Trainer(model, training, features).fit(images, fold).probabilities, True
