"""Training: an arm on every fold, on features computed once or end to end.

A frozen backbone with nothing random before it gives the same features for an image in every epoch,
seed and fold (`lib.training.features`), so that the rest is trained on them (`lib.training.fit`). With random
changes before it that holds for test images only. Without features, the whole model is run.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from lib.datasets import ControlSet, Fold, ImageSet, Twins
from lib.datasets.tables import DECIMALS, _named, _predicted, joined
from lib.models import build, costs
from lib.models.backend import keras, substrate
from lib.papers.declare import Arm, Paper
from lib.results import Cost, Model
from lib.settings import Settings, Training
from lib.training import resume
from lib.training.features import features, of_backbone, unaugmented
from lib.training.fit import Fit, Trainer, classify


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One arm, trained on every fold: its record, its costs and its fits."""

    model: Model
    cost: Cost
    fits: list[Fit]


def train_arm(
    paper: Paper,
    arm: Arm,
    backbone: build.Backbone,
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    controls: Sequence[ControlSet] = (),
    shown: np.ndarray | None = None,
) -> Trained:
    """Trains the arm on every fold, each time a new model; the test images are its validation images.

    Args:
        backbone: From `models.load_backbone`.
        images: Of any size; the arm gets them at its own.
        controls: Images of another origin: every trained model classifies them.
        shown: (images, size, size, 3) uint8 of the arm's size that belong to no fold: likewise.

    Raises:
        TrainingError: The loss is no longer a number.
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    training, classes = settings.training[arm.name], len(images.classes)
    images, parts = images.resized(training.image_size), paper.parts(arm)
    model = build.build_model(arm, backbone, classes, folds[0].seed, training)
    found, fits = features(model, images), []
    tested = found or features(unaugmented(model), images)
    others = {one.name: one.images.resized(training.image_size) for one in controls}
    seen = {name: features(unaugmented(model), other) for name, other in others.items()}
    trainer = Trainer(model, training, found, tested)
    for fold in folds:
        start = build.build_model(arm, backbone, classes, fold.seed, training)
        file = resume.path(paper.slug, arm.name, _parts(arm, start, images, fold, training))
        one = trainer.restart(start).fit(images, fold, file, on_training="train" in parts)
        fits.append(
            replace(
                one,
                shown=None if shown is None else classify(model, shown),
                controls={k: trainer.classified(other, seen[k]) for k, other in others.items()},
            )
        )
    cost = costs.measure(
        arm.name,
        model,
        feature_seconds=found.seconds if found else 0.0,
        training_seconds=float(np.mean([one.seconds for one in fits])),
    )
    record = build.describe(arm, model, backbone.weights)
    return Trained(model=record, cost=cost, fits=fits)


def frozen(
    arms: Sequence[Arm],
    backbones: Mapping[str, build.Backbone],
    images: ImageSet,
    settings: Settings,
) -> dict[str, np.ndarray]:
    """Arm's name → (images, channels) float32: what its untouched backbone makes of every image.

    Of the paper's own arms: a variant's backbone sees much the same.

    Raises:
        DataError: The disk is full or not writable.
    """
    own = [arm.name for arm in arms if not arm.variant_of]
    return {one: of_backbone(backbones[one], images, settings.training[one]) for one in own}


def _parts(arm: Arm, model: keras.Model, images: ImageSet, fold: Fold, training: Training) -> list:
    """All that a fit depends on, as JSON can write it."""
    weights = hashlib.sha256()
    for array in model.get_weights():
        weights.update(np.ascontiguousarray(array))
    divided = [fold.seed, fold.train.tolist(), fold.test.tolist()]
    start = [substrate(), repr(arm), asdict(training), weights.hexdigest()]
    return [*start, images.content, images.labels.tolist(), divided]


def history(trained: Sequence[Trained]) -> pd.DataFrame:
    """All epochs of all fits, with arm, protocol, seed and fold: history.csv."""
    return pd.concat(
        [_named(arm, one.fold, one.history.round(DECIMALS)) for arm, one in _fits(trained)],
        ignore_index=True,
    )


def predictions(images: ImageSet, twins: Twins, trained: Sequence[Trained]) -> pd.DataFrame:
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


def controls(
    sets: Sequence[ControlSet], images: ImageSet, trained: Sequence[Trained]
) -> pd.DataFrame:
    """Rows of evidence.csv: what every trained model called the images of every control set."""
    tables, names = [], np.asarray(images.classes)
    for one in sets:
        shown = one.images.table[["path", "group"]].assign(true=one.expected)
        for arm, made in _fits(trained):
            table = shown.assign(predicted=names[made.controls[one.name].argmax(1)])
            tables.append(_named(arm, made.fold, table).assign(kind="control", name=one.name))
    return joined(tables)


def _fits(trained: Sequence[Trained]) -> list[tuple[str, Fit]]:
    return [(one.model.arm, fit) for one in trained for fit in one.fits]
