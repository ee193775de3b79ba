"""One training again with one thing changed: a choice left open, fewer images, or shuffled labels.

Each gives rows of evidence.csv: what the newly trained model calls the test images.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from itertools import groupby, islice
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from lib.datasets import ENOUGH, Fold, ImageSet, SplitError, split_published
from lib.datasets.progress import Phase, phase
from lib.datasets.tables import evidence_rows, join_evidence
from lib.models import Backbone, build_model, without_augmentation
from lib.models.backend import keras
from lib.papers.declare import NATIVE, Arm, Assumed, Paper, Recipe
from lib.results import Learning, has_learnt
from lib.settings import Settings, Training
from lib.training.features import Features, extract_features
from lib.training.fit import Fit, Trainer
from lib.training.side_by_side import Head, Stack, can_be_stacked, divide_into_stacks

# What other programs of this kind use where they say it.
USUAL = {
    "pixel_scaling": ("[0, 1]",),  # and what the weights were trained with
    "batch_size": (16, 32, 64),
    "learning_rate": (0.0001, 0.001, 0.01),
}
CHEAP = 1_000_000  # parameters that train: with more, another training takes minutes
SEEDS = 2  # other seeds that are tried, of the weights and of the split
SHUFFLED = 13  # added to the seed that shuffles labels: not the one that orders batches


def try_open_choices(
    paper: Paper,
    arms: Sequence[Arm],
    backbones: Mapping[str, Backbone],
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    learning: Sequence[Learning],
) -> pd.DataFrame:
    """Every choice that the paper leaves open, changed one at a time; rows of kind "choice".

    Of the first published fold, and only for the paper's arms with a frozen front and a small head:
    the features are there already, and another training takes seconds. A row's name is what was
    chosen, as "batch size=64"; the run's own choice is in predictions.csv.

    Args:
        learning: Of the run; an arm that did not learn is left out, since nothing is said of its choices.

    Returns:
        The rows, none where the settings ask for none (`Settings.tries_choices`), no arm is cheap or
        the published protocol is not run.

    Raises:
        TrainingError, DataError: As `training.train_arm`.
    """
    if not settings.tries_choices(len(images)):
        return join_evidence([])
    published = [fold for fold in folds if fold.protocol == "published"]
    tables = []
    for arm in arms:
        training = settings.training[arm.name]
        resized = images.resized(training.image_size)
        model = build_model(arm, backbones[arm.name], len(images.classes), 0, training)
        if arm.variant_of or not published or not _is_cheap(model, resized):
            continue
        if not has_learnt(learning, arm.name, "published"):
            continue
        first = published[0]
        variations = [
            *_other_recipes(arm, training, first),
            *_other_seeds(paper, images, first, training, settings),
        ]
        trainings = [(fold, changed) for _, fold, changed in variations]
        with phase(f"Open choices of {arm.name}", len(variations)) as work:
            answers = _predict(arm, backbones[arm.name], resized, trainings, work)
        for (name, fold, _), predicted in zip(variations, answers, strict=True):
            rows = evidence_rows("choice", name, arm.name, resized, fold, predicted)
            # Whatever its seeds are, it is a change of the first published fold.
            tables.append(rows.assign(seed=first.seed))
    return join_evidence(tables)


def train_on_fewer_images(
    arms: Sequence[Arm],
    backbones: Mapping[str, Backbone],
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
    learning: Sequence[Learning],
) -> pd.DataFrame:
    """The published split with as few training images as a grouped fold has; rows of kind "size".

    A learning-curve control: what the published split loses by this alone is no sign of a leak. Of the
    first seeds and of the paper's arms with a frozen front and a small head, since the features are
    there already; the test images stay. A row's name is the number, as "training images=160".

    Args:
        learning: Of the run; an arm that did not learn is left out, since it has nothing to lose.

    Returns:
        The rows, none where both protocols train on (nearly) as many images, or one was not run.

    Raises:
        TrainingError, DataError: As `training.train_arm`.
    """
    fewer = list(islice(_cut_to_grouped(folds), SEEDS))
    tables = []
    for arm in arms:
        if arm.variant_of or not fewer or not has_learnt(learning, arm.name, "published"):
            continue
        training = settings.training[arm.name]
        resized = images.resized(training.image_size)
        model = build_model(arm, backbones[arm.name], len(images.classes), 0, training)
        if not _is_cheap(model, resized):
            continue
        trainings = [(fold, training) for fold in fewer]
        with phase(f"Training {arm.name} on fewer images", len(fewer)) as work:
            answers = _predict(arm, backbones[arm.name], resized, trainings, work)
        for fold, predicted in zip(fewer, answers, strict=True):
            name = f"training images={len(fold.train)}"
            tables.append(evidence_rows("size", name, arm.name, resized, fold, predicted))
    return join_evidence(tables)


def train_on_shuffled_labels(
    arms: Sequence[Arm],
    backbones: Mapping[str, Backbone],
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
) -> pd.DataFrame:
    """Every arm trained on shuffled labels and tested on the true ones; rows of kind "probe".

    What such a network scores is what can be scored without having learnt anything about the
    classes. In the paper profile only, and for the first fold: it costs a whole training. Source:
    C. Zhang et al., Understanding deep learning requires rethinking generalization, ICLR 2017.

    Raises:
        TrainingError, DataError: As `training.train_arm`.
    """
    if settings.profile != "paper":
        return join_evidence([])
    tables, fold = [], folds[0]
    for arm in arms:
        if not arm.variant_of:
            training = settings.training[arm.name]
            shuffled = _with_shuffled_labels(images.resized(training.image_size), fold)
            with phase(f"Training {arm.name} on shuffled labels", 1) as work:
                (predicted,) = _predict(
                    arm, backbones[arm.name], shuffled, [(fold, training)], work
                )
            tables.append(
                evidence_rows("probe", "random labels", arm.name, shuffled, fold, predicted)
            )
    return join_evidence(tables)


# Again


def _predict(
    arm: Arm,
    backbone: Backbone,
    images: ImageSet,
    trainings: Sequence[tuple[Fold, Training]],
    work: Phase,
) -> list[np.ndarray]:
    """A training → (test images,) str: the classes that the newly trained model calls them."""
    models = [
        build_model(arm, backbone, len(images.classes), fold.seed, training)
        for fold, training in trainings
    ]
    features = [extract_features(without_augmentation(model), images) for model in models]
    computed = [of_model for of_model in features if of_model is not None]
    if len(computed) == len(models) and can_be_stacked(models[0], trainings[0][1]):
        heads = [
            Head(
                model=model,
                images=images,
                fold=fold,
                features=of_model,
                learning_rate=training.learning_rate,
            )
            for model, of_model, (fold, training) in zip(models, computed, trainings, strict=True)
        ]
        fits = _side_by_side(heads, [training for _, training in trainings], work)
    else:
        fits = [
            _alone(model, of_model, images, *training, partial(_tell, work, done, 1))
            for done, (model, of_model, training) in enumerate(
                zip(models, features, trainings, strict=True)
            )
        ]
    names = np.asarray(images.classes)
    return [names[fit.probabilities.argmax(1)] for fit in fits]


def _side_by_side(heads: Sequence[Head], trainings: Sequence[Training], work: Phase) -> list[Fit]:
    """A fit per head. Together learn those that the scaling of pixels and the learning rate alone tell apart."""

    def recipe(number: int) -> str:
        return repr(replace(trainings[number], pixel_scaling="", learning_rate=0.0))

    fits: dict[int, Fit] = {}
    for _, alike in groupby(sorted(range(len(heads)), key=recipe), recipe):
        numbers = list(alike)
        training = trainings[numbers[0]]
        for places in divide_into_stacks([heads[number] for number in numbers], training):
            together = [numbers[place] for place in places]
            tell = partial(_tell, work, len(fits), len(together), training.epochs)
            stack = Stack([heads[number] for number in together], training)
            fits |= zip(together, stack.fit(tell=tell), strict=True)
    return [fits[number] for number in range(len(heads))]


def _alone(
    model: keras.Sequential,
    features: Features | None,
    images: ImageSet,
    fold: Fold,
    training: Training,
    tell: Callable[[int, float, str], None],
) -> Fit:
    trainer = Trainer(model, training, features)
    return trainer.fit(images, fold, tell=partial(tell, training.epochs))


def _tell(work: Phase, before: int, fits: int, of: int, epochs: float, text: str) -> None:
    """Tells that `before` trainings are behind, and so many epochs `of` those of `fits` more."""
    work.advance(before + fits * epochs / of, text)


# Open choices


def _is_cheap(model: keras.Sequential, images: ImageSet) -> bool:
    trained = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    return trained <= CHEAP and extract_features(model, images) is not None


def _other_recipes(
    arm: Arm, training: Training, fold: Fold
) -> Iterator[tuple[str, Fold, Training]]:
    """(name, fold, training): the usual values of what the arm's recipe leaves open."""
    left_open = {
        setting.name
        for setting in fields(Recipe)
        if isinstance(getattr(arm.recipe, setting.name), Assumed)
    }
    for name, values in USUAL.items():
        if name in left_open:
            native = NATIVE.get(arm.backbone) if name == "pixel_scaling" else None
            for value in dict.fromkeys((*values, native)):
                if value not in (None, getattr(training, name)):
                    change: dict[str, Any] = {name: value}
                    words = f"{name.replace('_', ' ')}={value}"
                    yield words, fold, replace(training, **change)


def _other_seeds(
    paper: Paper, images: ImageSet, fold: Fold, training: Training, settings: Settings
) -> Iterator[tuple[str, Fold, Training]]:
    """(name, fold, training): other seeds of the weights, then of the split, where none is stated."""
    if not isinstance(paper.seeds, Assumed):
        return
    others = [seed for seed in range(SEEDS + 1) if seed != fold.seed][:SEEDS]
    for seed in others:
        yield f"seed of the weights={seed}", replace(fold, seed=seed), training
    for seed in others:
        # A class with few images may be missing on one side: that is no split to be trained on.
        with suppress(SplitError):
            (other,) = split_published(
                images,
                test_share=settings.test_share,
                stratified=settings.stratified,
                seeds=(seed,),
            )
            yield f"seed of the split={seed}", replace(other, seed=fold.seed), training


# Fewer images


def _cut_to_grouped(folds: Sequence[Fold]) -> Iterator[Fold]:
    """Each published fold that trains on far more images than the grouped ones of its seed, cut to as many."""
    for fold in folds:
        sizes = [
            len(other.train)
            for other in folds
            if (other.protocol, other.seed) == ("grouped", fold.seed)
        ]
        if fold.protocol == "published" and sizes:
            number = round(fmean(sizes))
            if number < ENOUGH * len(fold.train):
                # The rows stand in random order, so the first are drawn at random.
                yield replace(fold, train=fold.train[:number])


# Shuffled labels


def _with_shuffled_labels(images: ImageSet, fold: Fold) -> ImageSet:
    """The same images; those of the training part have their labels dealt out anew.

    Every class gets all labels in the shares that they have. Where chance gives some class one label
    more often, a network that tells classes apart calls all of it that, and is right on all or none.
    """
    labels = images.labels.copy()
    rng = np.random.default_rng([fold.seed, SHUFFLED])
    rows = rng.permutation(fold.train)
    rows = rows[np.argsort(labels[rows], kind="stable")]  # class after class
    dealt = pd.Series(labels[rows])
    of_label = dealt.groupby(dealt)
    spread = (of_label.cumcount() + rng.random(len(rows))) / of_label.transform("size")
    labels[rows] = dealt.iloc[np.argsort(spread)]
    return replace(images, table=images.table.assign(label=labels))
