"""Training: an arm on every fold, and the tables of a run that its fits fill.

A frozen backbone with nothing random before it gives the same features for an image in every epoch,
seed and fold (`lib.training.features`), so that only the rest is trained, on them (`lib.training.fit`).
With random changes before it that holds for test images only. Without features, the whole model is run.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from lib.datasets import ControlSet, Fold, ImageSet, Twins
from lib.datasets.progress import Phase, phase
from lib.datasets.tables import (
    DECIMALS,
    control_evidence,
    fold_rows,
    join_evidence,
    prediction_rows,
)
from lib.models import Backbone, build_model, costs, describe
from lib.models.backend import keras, substrate
from lib.papers.declare import Arm, Paper
from lib.results import Cost, Model
from lib.settings import Settings, Training
from lib.training.features import backbone_features, extract_features, without_augmentation
from lib.training.fit import Fit, Trainer, classify
from lib.training.resume import state_path


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One arm, trained on every fold: its record, its costs and its fits."""

    model: Model
    cost: Cost
    fits: list[Fit]


def train_arm(
    paper: Paper,
    arm: Arm,
    backbone: Backbone,
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    controls: Sequence[ControlSet] = (),
    extra_pixels: np.ndarray | None = None,
) -> Trained:
    """Trains the arm on every fold, each time a new model; the test images are its validation images.

    Args:
        backbone: From `models.load_backbone`.
        images: Of any size; the arm gets them at its own.
        controls: Images of another origin: every trained model classifies them.
        extra_pixels: (images, size, size, 3) uint8 of the arm's size that belong to no fold: likewise.

    Raises:
        TrainingError: The loss is no longer a number.
        DataError: The disk is full or not writable.
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    training, n_classes = settings.training[arm.name], len(images.classes)
    images = images.resized(training.image_size)
    model = build_model(arm, backbone, n_classes, folds[0].seed, training)
    features = extract_features(model, images)
    test_features = features or extract_features(without_augmentation(model), images)
    control_images = {each.name: each.images.resized(training.image_size) for each in controls}
    control_features = {
        name: extract_features(without_augmentation(model), of_set)
        for name, of_set in control_images.items()
    }
    trainer = Trainer(model, training, features, test_features)
    on_training = "train" in paper.parts(arm)
    fits = []
    with phase(f"Training {arm.name}", len(folds) * training.epochs) as work:
        for number, fold in enumerate(folds):
            start = build_model(arm, backbone, n_classes, fold.seed, training)
            depends_on = _dependencies(arm, start, images, fold, training)
            file = state_path(paper.slug, arm.name, depends_on)
            tell = partial(_tell, work, folds, number, training.epochs)
            fit = trainer.restart(start).fit(images, fold, file, on_training, tell)
            fits.append(
                replace(
                    fit,
                    on_extra=None if extra_pixels is None else classify(model, extra_pixels),
                    on_controls={
                        name: trainer.classify(of_set, control_features[name])
                        for name, of_set in control_images.items()
                    },
                )
            )
    cost = costs.measure(
        arm.name,
        model,
        feature_seconds=features.seconds if features else 0.0,
        training_seconds=float(np.mean([fit.seconds for fit in fits])),
    )
    return Trained(model=describe(arm, model, backbone.weights), cost=cost, fits=fits)


def _tell(
    work: Phase, folds: Sequence[Fold], number: int, epochs: int, done: float, text: str
) -> None:
    """Tells of one fit among those of an arm: `done` of its `epochs`, and `text`."""
    where = f"fit {number + 1} of {len(folds)}, {folds[number].protocol}"
    work.advance(number * epochs + done, f"{where}: {text}")


def _dependencies(
    arm: Arm, model: keras.Model, images: ImageSet, fold: Fold, training: Training
) -> list:
    """All that a fit depends on, as JSON can write it."""
    weights = hashlib.sha256()
    for array in model.get_weights():
        weights.update(np.ascontiguousarray(array))
    divided = [fold.seed, fold.train.tolist(), fold.test.tolist()]
    start = [substrate(), repr(arm), asdict(training), weights.hexdigest()]
    return [*start, images.content, images.labels.tolist(), divided]


def untouched_features(
    arms: Sequence[Arm],
    backbones: Mapping[str, Backbone],
    images: ImageSet,
    settings: Settings,
) -> dict[str, np.ndarray]:
    """Arm's name → (images, channels) float32: what its backbone makes of every image before training.

    Of the paper's own arms: a variant's backbone sees much the same.

    Raises:
        DataError: The disk is full or not writable.
    """
    own = [arm.name for arm in arms if not arm.variant_of]
    return {
        name: backbone_features(backbones[name], images, settings.training[name]) for name in own
    }


# Tables of a run


def history_table(trained: Sequence[Trained]) -> pd.DataFrame:
    """All epochs of all fits, with arm, protocol, seed and fold: history.csv."""
    return pd.concat(
        [fold_rows(arm, fit.fold, fit.history.round(DECIMALS)) for arm, fit in _fits(trained)],
        ignore_index=True,
    )


def prediction_table(images: ImageSet, twins: Twins, trained: Sequence[Trained]) -> pd.DataFrame:
    """One row per image, part and fit: predictions.csv (columns as in the design's run folder).

    The part is "test", and "train" where training images were classified after training too. The
    twin says what a test image has among the training images, as `Twins.closest`.
    """
    tables, twins_of_fold = [], {}
    for arm, fit in _fits(trained):
        fold = fit.fold
        if fold.name not in twins_of_fold:  # the same for every arm
            twins_of_fold[fold.name] = twins.closest(fold.train, fold.test)
        twin = twins_of_fold[fold.name]
        tables.append(
            prediction_rows(arm, images, fold, "test", fold.test, fit.probabilities, twin)
        )
        if fit.on_training is not None:
            tables.append(
                prediction_rows(arm, images, fold, "train", fold.train, fit.on_training, "")
            )
    return pd.concat(tables, ignore_index=True)


def control_table(
    controls: Sequence[ControlSet], images: ImageSet, trained: Sequence[Trained]
) -> pd.DataFrame:
    """Rows of evidence.csv: what every trained model called the images of every control set."""
    tables, names = [], np.asarray(images.classes)
    for control in controls:
        for arm, fit in _fits(trained):
            predicted = names[fit.on_controls[control.name].argmax(1)]
            tables.append(control_evidence(control, arm, fit.fold, predicted))
    return join_evidence(tables)


def _fits(trained: Sequence[Trained]) -> list[tuple[str, Fit]]:
    """(arm's name, fit) of every fit."""
    return [(of_arm.model.arm, fit) for of_arm in trained for fit in of_arm.fits]
