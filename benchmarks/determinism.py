"""What the same result for the same input costs: deterministic operations on and off, XLA on and off.

    python benchmarks/determinism.py [--images-per-class N] [--epochs N] [--rounds N]

Trains the small network for blood cancer on phantoms with TensorFlow in four configurations, each
in a process of its own, in turns, and prints seconds per epoch and ratios: of EPOCHS epochs after a
first one, which compiles, validation included, in the fastest of ROUNDS rounds. XLA can compile
neither TensorFlow's deterministic operations nor a random rotation: the pair that compares it does
without both.
"""

import time
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import measure
import numpy as np


class Configuration(NamedTuple):
    """How the network is trained: `augmented` with the random changes that the paper makes."""

    deterministic: bool
    augmented: bool
    jit_compile: bool


CONFIGURATIONS = {
    "deterministic": Configuration(deterministic=True, augmented=True, jit_compile=False),
    "not deterministic": Configuration(deterministic=False, augmented=True, jit_compile=False),
    "no random changes": Configuration(deterministic=False, augmented=False, jit_compile=False),
    "no random changes, XLA": Configuration(deterministic=False, augmented=False, jit_compile=True),
}


def main(images_per_class: int, epochs: int, rounds: int) -> None:
    timings = {
        name: partial(train_in_new_process, configuration, images_per_class, epochs)
        for name, configuration in CONFIGURATIONS.items()
    }
    taken = measure.fastest(timings, rounds)
    print(f"{images_per_class} images per class, {epochs} epochs, the fastest of {rounds} rounds:")
    for name, seconds in taken.items():
        print(f"  {name:23} {seconds:.3f} s per epoch")
    deterministic, not_deterministic, without_xla, with_xla = taken.values()
    print(f"  deterministic / not: {deterministic / not_deterministic:.2f}")
    print(f"  XLA / without:       {with_xla / without_xla:.2f}")


def train_in_new_process(configuration: Configuration, images_per_class: int, epochs: int) -> float:
    """Seconds per epoch, in a process whose backend is set up for the configuration."""
    return measure.in_new_process(
        seconds_per_epoch,
        configuration,
        images_per_class,
        epochs,
        environment={
            "KERAS_BACKEND": "tensorflow",
            "TF_DETERMINISTIC_OPS": str(int(configuration.deterministic)),
        },
    )


def seconds_per_epoch(configuration: Configuration, images_per_class: int, epochs: int) -> float:
    """The mean of `epochs` epochs after a first one, in this process."""
    from lib import models, papers, phantoms
    from lib.datasets import load, split_published
    from lib.models.backend import keras
    from lib.papers.declare import Assumed
    from lib.settings import resolve
    from lib.training.batches import Batches, encode_targets
    from lib.training.fit import compile_model

    paper = papers.load("violina_blood_cancer")
    arm = paper.arm("cnn")
    if not configuration.augmented:
        arm = replace(arm, augmentation=Assumed((), "XLA cannot compile a random rotation"))
    settings = resolve(paper, seeds=[0], jit_compile=configuration.jit_compile)
    training = settings.training[arm.name]
    with measure.temporary_data():
        images = load(paper, phantoms.folder(paper, images_per_class), settings.image_size)
        (fold,) = split_published(images, test_share=0.1, stratified=True, seeds=[0])
        pixels = images.take(np.arange(len(images))).astype("float32")
    backbone = models.load_backbone(arm, training)
    model = models.build_model(arm, backbone, len(images.classes), 0, training)
    compile_model(model, training)
    y_true = encode_targets(images.labels, len(images.classes), model.output_shape[-1])
    # Batches as in every run: Keras' own feeding of arrays makes XLA compile again and again.
    train = Batches(
        pixels.__getitem__, y_true, fold.train, training.batch_size, range(1 + epochs), seed=0
    )
    ends = []
    model.fit(
        train,
        epochs=1 + epochs,
        steps_per_epoch=train.steps,
        shuffle=False,
        validation_data=Batches(pixels.__getitem__, y_true, fold.test, training.batch_size),
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter())  # noqa: ARG005
            )
        ],
        verbose=0,
    )
    return (ends[-1] - ends[0]) / epochs


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images_per_class=100, epochs=3, rounds=3))
