"""Training: an arm on every fold, and the tables of a run that its fits fill.

A frozen backbone with nothing random before it gives the same features for an image in every epoch,
seed and fold (`lib.training.features`), so that only the rest is trained, on them: the heads of all
folds side by side (`lib.training.side_by_side`). With random changes before it that holds for test
images only; training images pass through it in every epoch (`lib.training.augmented`). What cannot be
divided so is trained end to end, one model after another (`lib.training.fit`).
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

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
from lib.models import Backbone, build_model, costs, describe, without_augmentation
from lib.models.backend import keras, substrate
from lib.papers.declare import Arm, Paper
from lib.results import Cost, Model, shown_protocol
from lib.settings import Settings, Training
from lib.training.features import (
    Features,
    backbone_features,
    extract_features,
)
from lib.training.fit import Fit, Trainer
from lib.training.resume import state_path
from lib.training.side_by_side import Head, Stack, can_be_stacked, divide_into_stacks


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One arm, trained on every fold: its record, its costs and its fits.

    Attributes:
        models: Seed → the whole model, trained on that seed's first fold of the protocol that is shown: of
            the first seed, and of all whose models are kept. They share a frozen backbone.
    """

    model: Model
    cost: Cost
    fits: list[Fit]
    models: dict[int, keras.Sequential]

    def fit_of_model(self, seed: int) -> Fit:
        """The fit that trained the model of that seed."""
        protocol = shown_protocol(fit.fold.protocol for fit in self.fits)
        return next(
            fit for fit in self.fits if (fit.fold.protocol, fit.fold.seed) == (protocol, seed)
        )


def train_arm(
    paper: Paper,
    arm: Arm,
    backbone: Backbone,
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    controls: Sequence[ControlSet] = (),
) -> Trained:
    """Trains the arm on every fold, each time a new model; the test images are its validation images.

    Args:
        backbone: From `models.load_backbone`.
        images: Of any size; the arm gets them at its own.
        controls: Images of another origin: every trained model classifies them.

    Raises:
        TrainingError: The loss is no longer a number.
        DataError: The disk is full or not writable.
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    training = settings.training[arm.name]
    images = images.resized(training.image_size)
    build = partial(build_model, arm, backbone, len(images.classes), training=training)
    model = build(folds[0].seed)
    features = extract_features(without_augmentation(model), images)
    shown = _Shown(
        controls={each.name: each.images.resized(training.image_size) for each in controls},
        training_images="train" in paper.parts(arm),
    )
    recipe = _Recipe(
        slug=paper.slug,
        arm=arm,
        training=training,
        images=images,
        build=build,
        shown=shown,
        wanted=_first_folds(folds, settings.kept_seeds),
    )
    with phase(f"Training {arm.name}", len(folds) * training.epochs) as work:
        if features is not None and can_be_stacked(model, training):
            fits, models = _train_side_by_side(recipe, folds, features, work)
        else:
            fits, models = _train_one_by_one(recipe, folds, model, features, work)
    cost = costs.measure(
        arm.name,
        model,
        feature_seconds=features.seconds if features else 0.0,
        training_seconds=float(np.mean([fit.seconds for fit in fits])),
    )
    return Trained(
        model=describe(arm, model, backbone.weights),
        cost=cost,
        fits=fits,
        models={folds[number].seed: trained for number, trained in models.items()},
    )


def _first_folds(folds: Sequence[Fold], kept_seeds: Sequence[int]) -> set[int]:
    """The numbers of the folds whose models are handed out: one of the first seed, and one of each kept one."""
    protocol = shown_protocol(fold.protocol for fold in folds)
    first: dict[int, int] = {}
    for number, fold in enumerate(folds):
        if fold.protocol == protocol:
            first.setdefault(fold.seed, number)
    return {min(first.values()), *(first[seed] for seed in kept_seeds if seed in first)}


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What the trained models of an arm classify besides their test images.

    Attributes:
        controls: Name of a control set → its images, at the size of the arm.
        training_images: Whether their training images.
    """

    controls: Mapping[str, ImageSet]
    training_images: bool

    def features(self, model: keras.Sequential) -> dict[str, Features | None]:
        """Name of a control set → what the model, as it tests, makes of its images in front."""
        tester = without_augmentation(model)
        return {name: extract_features(tester, images) for name, images in self.controls.items()}


@dataclass(frozen=True, kw_only=True)
class _Recipe:
    """What the fits of an arm have in common.

    Attributes:
        images: At the size of the arm.
        build: A seed → a new model.
        wanted: The numbers of the folds whose trained models are handed out.
    """

    slug: str
    arm: Arm
    training: Training
    images: ImageSet
    build: Callable[[int], keras.Sequential]
    shown: _Shown
    wanted: Collection[int]

    def dependencies(self, model: keras.Sequential, fold: Fold) -> list[Any]:
        """All that the fit of this new model on this fold depends on."""
        return _dependencies(self.arm, model, self.images, fold, self.training)

    def file(self, depends_on: list[Any]) -> Path:
        """Where the state of what depends on that lies."""
        return state_path(self.slug, self.arm.name, depends_on)


def _train_one_by_one(
    recipe: _Recipe,
    folds: Sequence[Fold],
    model: keras.Sequential,
    features: Features | None,
    work: Phase,
) -> tuple[list[Fit], dict[int, keras.Sequential]]:
    """A fit per fold, of `model`, which is compiled once and starts anew on each; the wanted trained models."""
    images, training, shown = recipe.images, recipe.training, recipe.shown
    control_features = shown.features(model)
    trainer = Trainer(model, training, features)
    fits, models = [], {}
    for number, fold in enumerate(folds):
        start = recipe.build(fold.seed)
        file = recipe.file(recipe.dependencies(start, fold))
        where = f"fit {number + 1} of {len(folds)}, {fold.protocol}"
        tell = partial(_tell, work, where, number * training.epochs, 1)
        fit = trainer.restart(start).fit(images, fold, file, shown.training_images, tell)
        on_controls = {
            name: trainer.classify(of_set, control_features[name])
            for name, of_set in shown.controls.items()
        }
        fits.append(replace(fit, on_controls=on_controls))
        if number in recipe.wanted:
            models[number] = trainer.copy_to(start)
    return fits, models


def _train_side_by_side(
    recipe: _Recipe, folds: Sequence[Fold], features: Features, work: Phase
) -> tuple[list[Fit], dict[int, keras.Sequential]]:
    """A fit per fold, in their order, trained in stacks of heads; the wanted trained models."""
    training, shown = recipe.training, recipe.shown
    heads = [
        Head(model=recipe.build(fold.seed), images=recipe.images, fold=fold, features=features)
        for fold in folds
    ]
    control_features = shown.features(heads[0].model)
    fits: dict[int, Fit] = {}
    models: dict[int, keras.Sequential] = {}
    done = 0
    stack: Stack | None = None
    for numbers in divide_into_stacks(heads, training):
        stacked = [heads[number] for number in numbers]
        depends_on = [recipe.dependencies(head.model, head.fold) for head in stacked]
        where = f"fits {done + 1} to {done + len(stacked)} of {len(folds)}, side by side"
        tell = partial(_tell, work, where, done * training.epochs, len(stacked))
        if stack is not None and len(stack) == len(stacked):
            stack.restart(stacked)
        else:
            stack = Stack(stacked, training)
        trained = stack.fit(recipe.file(depends_on), shown.training_images, tell)
        on_controls = {
            name: stack.classify(of_set.values)
            for name, of_set in control_features.items()
            if of_set is not None  # none is: the heads that are stacked have a frozen front
        }
        for place, (number, fit) in enumerate(zip(numbers, trained, strict=True)):
            called = {name: of_heads[place] for name, of_heads in on_controls.items()}
            fits[number] = replace(fit, on_controls=called)
            if number in recipe.wanted:
                models[number] = stack.trained_model(place)
        done += len(stacked)
    return [fits[number] for number in range(len(folds))], models


def _tell(work: Phase, where: str, before: float, fits: int, done: float, text: str) -> None:
    """Tells that of so many `fits` `done` epochs each are behind, and `before` epochs of others."""
    work.advance(before + fits * done, f"{where}: {text}")


def _dependencies(
    arm: Arm, model: keras.Model, images: ImageSet, fold: Fold, training: Training
) -> list[Any]:
    """All that a fit depends on, as JSON can write it."""
    weights = hashlib.sha256()
    for array in model.get_weights():
        weights.update(np.ascontiguousarray(array).data)
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
