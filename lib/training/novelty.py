"""What tells whether an image is unlike the training images of one trained model, measured once, after training."""

import numpy as np

from lib.datasets import Fold, ImageSet
from lib.models import without_augmentation
from lib.models.answers import Answerer
from lib.models.backend import keras
from lib.models.novelty import measure_novelty, pooled
from lib.training.features import extract_features

TRAINED, TESTED = 300, 200  # images that are looked at, at most


def novelty_arrays(model: keras.Sequential, images: ImageSet, fold: Fold) -> dict[str, np.ndarray]:
    """`measure_novelty` of a trained model, as arrays by name that are kept with it; at most a megabyte or two.

    A frozen front's features are in the store already; images of other models pass through the network.

    Args:
        model: As `models.build_model` makes it, trained on `fold`.
        images: Of any size.

    Raises:
        DataError: The disk is full or not writable.
    """
    answerer = Answerer(model)
    images = images.resized(answerer.size)
    features = extract_features(without_augmentation(model), images)

    def features_of(rows: np.ndarray) -> np.ndarray:
        if features is None:
            return answerer(images.take(rows)).features
        return pooled(features.values[rows], answerer.channels)

    rng = np.random.default_rng(0)
    train, test = (
        features_of(np.sort(rng.permutation(rows)[:most]))
        for rows, most in ((fold.train, TRAINED), (fold.test, TESTED))
    )
    return measure_novelty(train, test).arrays()
