"""How much it saves to train heads side by side: one Keras fit of all against one fit each.

    python benchmarks/heads.py [--heads N] [--images N] [--epochs N] [--features N] [--hidden N]

Trains N small heads on random features, each from weights and an order of its own: in one stack as
`training.train_arm` does, and one of them by the plain `compile` and `fit` of Keras. Both are timed
with their compiling, in turns, after a first round that does not count. Prints seconds, processor
seconds, how many plain fits the stack takes (limit: 4 for 25 heads), and the largest difference
between the predictions of a stacked head and of the same head alone.
"""

import os
from collections.abc import Callable

import measure
import numpy as np

from lib.datasets import Fold
from lib.models.backend import keras
from lib.settings import Training
from lib.training.batches import Batches, encode_targets
from lib.training.features import Features
from lib.training.side_by_side import Head, Stack

CLASSES, SIZE, TEST_SHARE, LIMIT = 5, 8, 0.2, 4
ROUNDS = 2


def main(heads: int, images: int, epochs: int, features: int, hidden: int) -> None:
    given = [made_up_head(images, features, hidden, seed) for seed in range(heads)]
    training = recipe(epochs)
    answers: dict[str, np.ndarray] = {}
    processor: dict[str, float] = {}

    def timed(name: str, train: Callable[[], np.ndarray]) -> Callable[[], float]:
        def timing() -> float:
            before = sum(os.times()[:2])
            seconds = measure.seconds(lambda: answers.update({name: train()}))
            used = sum(os.times()[:2]) - before
            processor[name] = min(processor.get(name, used), used)
            return seconds

        return timing

    timings = {
        "side by side": timed(
            "side by side", lambda: Stack(given, training).fit()[0].probabilities
        ),
        "one plain fit": timed("one plain fit", lambda: plain_fit(given[0], training)),
    }
    measure.fastest(timings, rounds=1)
    processor.clear()
    taken = measure.fastest(timings, ROUNDS)
    difference = np.abs(answers["side by side"] - answers["one plain fit"]).max()
    print(
        f"{heads} heads of {features:,} inputs and {hidden} units, {images:,} images, {epochs} epochs:"
    )
    for name, seconds in taken.items():
        print(f"  {name + ':':16} {seconds:7.2f} s  {processor[name]:7.2f} s of processors")
    ratio = taken["side by side"] / taken["one plain fit"]
    used = processor["side by side"] / processor["one plain fit"]
    print(
        f"  ratio:           {ratio:7.2f} plain fits, {used:.2f} by processors (limit: {LIMIT} for 25)"
    )
    print(f"  one after another it would be {heads}; largest difference: {difference:.1e}")


def recipe(epochs: int) -> Training:
    """That of the white-blood-cell paper."""
    return Training(
        image_size=SIZE,
        pixel_scaling="[0, 1]",
        optimizer="adam",
        learning_rate=0.001,
        batch_size=32,
        epochs=epochs,
        loss="categorical_crossentropy",
    )


def made_up_head(images: int, features: int, hidden: int, seed: int) -> Head:
    """A head on random features, and one fold of them."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, images)
    values = rng.standard_normal((images, features), "float32")
    values[:, :CLASSES] += np.eye(CLASSES, dtype="float32")[labels]
    order = np.random.default_rng(seed).permutation(images)
    tested = round(TEST_SHARE * images)
    unseen = np.zeros(
        (images, SIZE, SIZE, 3), np.uint8
    )  # of the images only the labels are looked at
    return Head(
        model=network(features, hidden, seed),
        images=measure.labelled(unseen, labels, "abcde"),
        fold=Fold(
            protocol="published", seed=seed, fold=0, train=order[:-tested], test=order[-tested:]
        ),
        features=Features(values=values, seconds=0.0, reused=False),
    )


def network(features: int, hidden: int, seed: int) -> keras.Sequential:
    """A frozen layer, which stands for a backbone, and a head."""
    layers = keras.layers

    def dense(units: int, activation: str, number: int) -> keras.layers.Dense:
        start = keras.initializers.GlorotUniform(seed=1000 * seed + number)
        return layers.Dense(units, activation=activation, kernel_initializer=start)

    front = layers.Dense(features, trainable=False)
    return keras.Sequential(
        [
            keras.Input((features,)),
            front,
            dense(hidden, "relu", 0),
            dense(CLASSES, "softmax", 1),
        ]
    )


def plain_fit(head: Head, training: Training) -> np.ndarray:
    """(test images, classes): of one head, by Keras' own `compile` and `fit`, on the same batches."""
    keras.utils.set_random_seed(head.fold.seed)
    seed = head.fold.seed
    start = head.network.get_weights()
    model = keras.models.clone_model(head.network)
    model.set_weights(start)
    model.compile(
        optimizer=keras.optimizers.Adam(training.learning_rate),
        loss=training.loss,
        metrics=["accuracy"],
    )
    y_true = encode_targets(head.images.labels, CLASSES, CLASSES)
    take, size, fold = head.features.values.__getitem__, training.batch_size, head.fold
    train = Batches(take, y_true, fold.train, size, range(training.epochs), seed)
    test = Batches(take, y_true, fold.test, size)
    model.fit(
        train,
        epochs=training.epochs,
        steps_per_epoch=train.steps,
        shuffle=False,
        validation_data=test,
        verbose=0,
    )
    return model.predict(test, verbose=0)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, heads=25, images=3500, epochs=15, features=1280, hidden=128))
