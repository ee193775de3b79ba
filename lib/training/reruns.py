"""One training again with one thing changed: what a paper leaves unsaid, or every label shuffled.

Each gives rows of evidence.csv: what the model that came of it calls the test images.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace

import numpy as np
import pandas as pd

from lib.datasets import Fold, ImageSet, SplitError, split
from lib.datasets import tables as tables_module
from lib.models import build
from lib.models.backend import keras
from lib.papers.declare import NATIVE, Arm, Assumed, Paper, Recipe
from lib.settings import Settings, Training
from lib.training.features import features
from lib.training.fit import Trainer

# What other programs of this kind use where they say it.
USUAL = {
    "pixel_scaling": ("[0, 1]",),  # and what the weights were trained with
    "batch_size": (16, 32, 64),
    "learning_rate": (0.0001, 0.001, 0.01),
}
CHEAP = 1_000_000  # parameters that train: of more, another training takes minutes
SEEDS = 2  # other seeds that are tried, of the weights and of the split
SHUFFLED = 13  # added to the seed that shuffles labels: not the one that orders batches


def choices(
    paper: Paper,
    arms: Sequence[Arm],
    backbones: Mapping[str, build.Backbone],
    images: ImageSet,
    folds: Sequence[Fold],
    settings: Settings,
) -> pd.DataFrame:
    """Every choice that the paper leaves open, changed one at a time; rows of kind "choice".

    Of the first published fold, and only for the paper's arms with a frozen front and a small head:
    the features are there already, and another training takes seconds. The name of a row is what was chosen,
    as "batch size=64"; the run's own choice is in predictions.csv.

    Returns:
        The rows, none where no arm is cheap or the published protocol is not run.

    Raises:
        TrainingError, DataError: As `training.train_arm`.
    """
    published = [one for one in folds if one.protocol == "published"]
    tables = []
    for arm in arms:
        how = settings.training[arm.name]
        own = images.resized(how.image_size)
        model = build.build_model(arm, backbones[arm.name], len(images.classes), 0, how)
        if arm.variant_of or not published or not _is_cheap(model, own):
            continue
        first = published[0]
        tried = [
            *_recipes(arm, how, first),
            *_seeds(paper, images, first, how, settings),
        ]
        trainers = {}
        for name, fold, changed in tried:
            found = _fitted(arm, backbones[arm.name], own, fold, changed, trainers)
            # Whatever its seeds are, it is a change of the first published fold.
            rows = tables_module.evidence("choice", name, arm.name, own, fold, found)
            tables.append(rows.assign(seed=first.seed))
    return tables_module.joined(tables)


def random_labels(
    arms: Sequence[Arm],
    backbones: Mapping[str, build.Backbone],
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
    tables, fold = [], folds[0]
    for arm in arms if settings.profile == "paper" else ():
        if not arm.variant_of:
            how = settings.training[arm.name]
            own = _shuffled(images.resized(how.image_size), fold)
            found = _fitted(arm, backbones[arm.name], own, fold, how, {})
            rows = tables_module.evidence("probe", "random labels", arm.name, own, fold, found)
            tables.append(rows)
    return tables_module.joined(tables)


def _is_cheap(model: keras.Sequential, images: ImageSet) -> bool:
    trained = sum(math.prod(one.shape) for one in model.trainable_variables)
    return trained <= CHEAP and features(model, images) is not None


def _fitted(
    arm: Arm,
    backbone: build.Backbone,
    images: ImageSet,
    fold: Fold,
    how: Training,
    trainers: dict[Training, Trainer],
) -> np.ndarray:
    """(test images,) str: the classes that a newly trained model calls them.

    Args:
        trainers: Those of the arm that are compiled already; a new one is added.
    """
    start = build.build_model(arm, backbone, len(images.classes), fold.seed, how)
    if how not in trainers:
        trainers[how] = Trainer(start, how, features(start, images))
    probabilities = trainers[how].restart(start).fit(images, fold).probabilities
    return np.asarray(images.classes)[probabilities.argmax(1)]


def _recipes(arm: Arm, how: Training, fold: Fold) -> Iterator[tuple[str, Fold, Training]]:
    open_ones = {
        one.name for one in fields(Recipe) if isinstance(getattr(arm.recipe, one.name), Assumed)
    }
    for name, values in USUAL.items():
        if name in open_ones:
            native = NATIVE.get(arm.backbone) if name == "pixel_scaling" else None
            for value in dict.fromkeys((*values, native)):
                if value not in (None, getattr(how, name)):
                    changed = replace(how, **{name: value})
                    yield f"{name.replace('_', ' ')}={value}", fold, changed


def _seeds(
    paper: Paper, images: ImageSet, fold: Fold, how: Training, settings: Settings
) -> Iterator[tuple[str, Fold, Training]]:
    if not isinstance(paper.seeds, Assumed):
        return
    others = [seed for seed in range(SEEDS + 1) if seed != fold.seed][:SEEDS]
    for seed in others:
        yield f"seed of the weights={seed}", replace(fold, seed=seed), how
    for seed in others:
        # A class with few images may be missing on one side: that is no split to be trained on.
        with suppress(SplitError):
            (one,) = split(
                images,
                test_share=settings.test_share,
                stratified=settings.stratified,
                seeds=(seed,),
            )
            yield f"seed of the split={seed}", replace(one, seed=fold.seed), how


def _shuffled(images: ImageSet, fold: Fold) -> ImageSet:
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
