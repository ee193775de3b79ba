"""Whether training end to end ever waits for its images: images per second of a run beside a bare Keras loop.

    python benchmarks/end_to_end.py [--arms N] [--images-per-class N] [--rounds N]

For a network from scratch, a fine-tuned one, and one behind random changes, or the first N of them: the
same model is trained for an epoch on the same batches as a run does (`lib.training.Trainer`: decoded images on
disk, uint8), with the batches lying ready as float32 arrays, and by a bare `fit` on random arrays. All
are compiled before; the three take turns, and of each the fastest of ROUNDS rounds counts. Prints images per second,
the ratio to the bare loop (limit: at least 0.95), the share of the time that a run waits for its input, by
the difference from batches that lie ready, and the largest difference between the weights trained on either.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import measure
import numpy as np

from lib import models, papers, phantoms
from lib.datasets import Fold, ImageSet, load
from lib.models.backend import keras
from lib.settings import resolve
from lib.training import Trainer
from lib.training.batches import encode_targets
from lib.training.fit import compile_model

LIMIT = 0.95
SEED = 0


@dataclass(frozen=True, kw_only=True)
class EndToEnd:
    """An arm that is trained as a whole, or behind random changes."""

    slug: str
    arm: str


ARMS = (
    EndToEnd(slug="violina_blood_cancer", arm="cnn"),
    EndToEnd(slug="hulu_breast_mammography", arm="alexnet-fine-tuned"),
    EndToEnd(slug="kumar_breakhis", arm="mobilenetv3"),
)


def main(arms: int, images_per_class: int, rounds: int) -> None:
    for each in ARMS[:arms]:
        with measure.temporary_data():
            compare(each, images_per_class, rounds)


def compare(each: EndToEnd, images_per_class: int, rounds: int) -> None:
    paper = papers.load(each.slug)
    arm, settings = paper.arm(each.arm), resolve(paper, profile="paper", seeds=[SEED])
    training = replace(settings.training[arm.name], epochs=1)
    images = load(paper, phantoms.folder(paper, images_per_class), training.image_size)
    fold = with_few_tested(len(images), training.batch_size)
    backbone = models.load_backbone(arm, training)
    model, start, bare = (
        models.build_model(arm, backbone, len(images.classes), SEED, training) for _ in range(3)
    )
    trainer = Trainer(model, training)
    compile_model(bare, training)
    ready = images_in_memory(images)
    timings: dict[str, Callable[[], float]] = {
        "as a run": lambda: seconds_of_run(trainer, start, images, fold),
        "lying ready": lambda: seconds_of_run(trainer, start, ready, fold),
        "bare loop": partial(seconds_of_bare_loop, bare, images, fold, training.batch_size),
    }
    trained = {}
    for name, timing in timings.items():  # compiles
        timing()
        trained[name] = [keras.ops.convert_to_numpy(array) for array in model.trainable_variables]
    rates = {
        name: len(fold.train) / taken for name, taken in measure.fastest(timings, rounds).items()
    }
    apart = max(
        np.abs(ours - theirs).max()
        for ours, theirs in zip(trained["as a run"], trained["lying ready"], strict=True)
    )
    print(f"{each.slug}, {arm.name}: {len(fold.train)} images of {training.image_size} pixels")
    for name, rate in rates.items():
        print(f"  {name + ':':13} {rate:8.1f} images/s")
    print(f"  ratio:        {rates['as a run'] / rates['bare loop']:8.2f} (limit: {LIMIT})")
    print(f"  waiting:      {max(0.0, 1 - rates['as a run'] / rates['lying ready']):8.1%}")
    print(f"  largest difference: {apart:.1e}")


def with_few_tested(images: int, tested: int) -> Fold:
    """Testing is no part of the question: of one batch, and at most a tenth of the images."""
    order = np.random.default_rng(SEED).permutation(images)
    tested = min(tested, max(1, images // 10))
    return Fold(protocol="published", seed=SEED, fold=0, train=order[tested:], test=order[:tested])


def images_in_memory(images: ImageSet) -> ImageSet:
    """The same images as float32 arrays: nothing is left to read or to convert."""
    return replace(
        images,
        pixels=images.take(np.arange(len(images))).astype("float32"),
        rows=np.arange(len(images)),
    )


def seconds_of_run(
    trainer: Trainer, start: keras.Sequential, images: ImageSet, fold: Fold
) -> float:
    """Of one epoch, its test included."""
    return trainer.restart(start).fit(images, fold).seconds


def seconds_of_bare_loop(
    model: keras.Sequential, images: ImageSet, fold: Fold, batch_size: int
) -> float:
    """Of one epoch of Keras' own `fit` on random numbers of the same shape, tested on as many."""
    rng = np.random.default_rng(SEED)

    def made_up(number: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.integers(0, len(images.classes), number)
        pixels = 255 * rng.random((number, *model.input_shape[1:]), "float32")
        return pixels, encode_targets(labels, len(images.classes), model.output_shape[-1])

    x, y = made_up(len(fold.train))
    test = made_up(len(fold.test))
    return measure.seconds(
        lambda: model.fit(x, y, batch_size=batch_size, validation_data=test, verbose=0)
    )


if __name__ == "__main__":
    main(**measure.sizes(__doc__, arms=len(ARMS), images_per_class=100, rounds=2))
