"""How much faster a frozen recipe trains here than by the paper's way, `model.fit` end to end, at equal predictions.

    python benchmarks/frozen_recipes.py [--recipes N] [--images-per-class N] [--epochs N] [--heads N] [--images N]

For each of three papers, or the first N, both ways train one model on the same phantoms, from the same
weights, on the same batches: that gives the largest difference between their predictions, the seconds
that Keras' fit takes per epoch once it is compiled, and the seconds that the backbone takes per image.
From these the paper's own size is calculated, since Keras' fit takes hours there: its epochs, its images
(or at most `--images`), and the compiling as measured. The heads are not calculated: so many are trained
side by side at that size, on features that repeat the measured ones. A run trains one model per seed and
fold, and all of them share the features: the ratio is that of one model end to end to one of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import measure
import numpy as np

from lib import models, papers, phantoms
from lib.datasets import Fold, ImageSet, load, split_published
from lib.models.backend import keras
from lib.models.inference import BATCH, frozen_forward
from lib.papers.declare import printed_count
from lib.settings import Training, resolve
from lib.training.batches import Batches, encode_targets
from lib.training.features import Features, extract_features, split_frozen_front
from lib.training.side_by_side import Head, Stack, divide_into_stacks

ROUNDS = 3  # batches of which the fastest counts


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An arm with a frozen backbone. `goal`: how many times faster it should train."""

    slug: str
    arm: str
    goal: int


RECIPES = (
    Recipe(slug="kuncoro_white_blood_cells", arm="mobilenetv2", goal=40),
    Recipe(slug="sulistiana_cat_breeds", arm="mobilenetv2", goal=40),
    Recipe(slug="hulu_breast_mammography", arm="resnet50", goal=150),
)


def main(recipes: int, images_per_class: int, epochs: int, heads: int, images: int) -> None:
    for recipe in RECIPES[:recipes]:
        with measure.temporary_data():
            compare(recipe, images_per_class, epochs, heads, images)


def compare(recipe: Recipe, images_per_class: int, epochs: int, heads: int, most: int) -> None:
    """Prints both ways of one recipe, calculated for the paper's number of images or at most `most`."""
    paper = papers.load(recipe.slug)
    arm, settings = paper.arm(recipe.arm), resolve(paper, profile="paper", seeds=[0])
    training = settings.training[arm.name]
    backbone = models.load_backbone(arm, training)
    images = load(paper, phantoms.folder(paper, images_per_class), training.image_size)
    (fold,) = split_published(images, test_share=settings.test_share, stratified=True, seeds=[0])
    build = partial(models.build_model, arm, backbone, len(images.classes), training=training)
    short = replace(training, epochs=1 + epochs)

    compiling, per_epoch, expected = fit_end_to_end(build(0), images, fold, short)
    features = extract_features(build(0), images)
    assert features is not None  # the backbone is frozen
    head = Head(model=build(0), images=images, fold=fold, features=features)
    answers = Stack([head], short).fit()[0].probabilities
    difference = np.abs(answers - expected).max()

    total = min(printed_count(paper.dataset.total.value), most)
    end_to_end = compiling + training.epochs * per_epoch * total / len(images)
    first_batch, per_image = seconds_of_features(build(0), images)
    frozen = first_batch + per_image * total
    built = [build(seed) for seed in range(heads)]
    stacked = seconds_of_heads(built, images.classes, features, total, training)
    per_model = (frozen + stacked) / heads

    print(f"{recipe.slug}, {arm.name}: {training.epochs} epochs on {total:,} images")
    print(
        f"  largest difference:    {difference:.1e} after {1 + epochs} epochs on {len(images)} images"
    )
    print(
        f"  model.fit end to end:  {end_to_end:9.1f} s, calculated ({per_epoch:.2f} s per epoch there)"
    )
    print(f"  features once:         {frozen:9.1f} s, calculated ({1 / per_image:.0f} images/s)")
    print(f"  {heads} heads side by side: {stacked:7.1f} s")
    print(f"  per model of {heads}:        {per_model:7.1f} s")
    print(f"  ratio:                 {end_to_end / per_model:9.1f} (goal: {recipe.goal})")


def fit_end_to_end(
    model: keras.Sequential, images: ImageSet, fold: Fold, training: Training
) -> tuple[float, float, np.ndarray]:
    """Seconds of compiling, seconds per epoch after it, and (test images, classes): by Keras alone."""
    keras.utils.set_random_seed(fold.seed)
    model.compile(
        optimizer=keras.optimizers.get(
            {"class_name": training.optimizer, "config": {"learning_rate": training.learning_rate}}
        ),
        loss=training.loss,
        metrics=["accuracy"],
    )
    y_true = encode_targets(images.labels, len(images.classes), model.output_shape[-1])

    def pixels(rows: np.ndarray) -> np.ndarray:
        return images.take(rows).astype("float32")

    test = Batches(pixels, y_true, fold.test, training.batch_size)

    def fit(epochs: range) -> None:
        train = Batches(pixels, y_true, fold.train, training.batch_size, epochs, fold.seed)
        model.fit(
            train,
            initial_epoch=epochs.start,
            epochs=epochs.stop,
            steps_per_epoch=train.steps,
            shuffle=False,
            validation_data=test,
            verbose=0,
        )

    first = measure.seconds(lambda: fit(range(1)))
    per_epoch = measure.seconds(lambda: fit(range(1, training.epochs))) / (training.epochs - 1)
    return max(0.0, first - per_epoch), per_epoch, model.predict(test, verbose=0)


def seconds_of_features(model: keras.Sequential, images: ImageSet) -> tuple[float, float]:
    """Of the first batch, compiling included, and per image after it."""
    front, _ = split_frozen_front(model)
    batch = images.take(np.resize(np.arange(len(images)), BATCH))
    forward = frozen_forward(front)
    first = measure.seconds(lambda: forward(batch))
    later = min(measure.seconds(lambda: forward(batch)) for _ in range(ROUNDS))
    return first, later / BATCH


def seconds_of_heads(
    built: Sequence[keras.Sequential],
    classes: tuple[str, ...],
    measured: Features,
    total: int,
    training: Training,
) -> float:
    """Of all heads at the paper's own size, compiling included."""
    labels = np.random.default_rng(0).integers(0, len(classes), total)
    unseen = np.zeros((total, 1, 1, 3), np.uint8)  # only the labels are looked at
    images = measure.labelled(unseen, labels, classes)
    rows = np.resize(np.arange(len(measured.values)), total)
    features = Features(values=np.asarray(measured.values)[rows], seconds=0.0, reused=False)
    tested = total // 5
    heads = []
    for seed, model in enumerate(built):
        order = np.random.default_rng(seed).permutation(total)
        fold = Fold(
            protocol="published", seed=seed, fold=0, train=order[tested:], test=order[:tested]
        )
        heads.append(Head(model=model, images=images, fold=fold, features=features))

    def train() -> None:
        for numbers in divide_into_stacks(heads, training):
            Stack([heads[number] for number in numbers], training).fit()

    return measure.seconds(train)


if __name__ == "__main__":
    every = {"recipes": len(RECIPES), "images": 3500}
    main(**measure.sizes(__doc__, images_per_class=10, epochs=2, heads=5, **every))
