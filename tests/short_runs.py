"""Short runs of three arms on one backend, as a notebook makes them: a process of test_backends.py.

    KERAS_BACKEND=jax python short_runs.py FOLDER

Works below its current folder, in which the library lies. Writes the tables of every arm, and the
numbers of a training that was interrupted, to FOLDER.
"""

import sys
from pathlib import Path

sys.path.insert(
    0, str(Path.cwd())
)  # before an installed library: this one writes below its own root

import made_up_training as made_up
import numpy as np

from lib import costs, models, outcomes, papers, phantoms, training
from lib.backend import keras
from lib.data import load, near_duplicates, split
from lib.recording import Recorder
from lib.settings import resolve

FROZEN = "kuncoro_white_blood_cells"
ARMS = {  # a small network from scratch; a frozen backbone; a frozen one behind random changes
    "violina_blood_cancer": "cnn",
    FROZEN: "mobilenetv2",
    "kumar_breakhis": "mobilenetv3",
}


def run(slug: str, name: str, target: Path) -> None:
    """One arm with one seed: history and predictions.

    Of a frozen front its features too, and what the whole model makes of the test images afterwards.
    """
    paper = papers.load(slug)
    settings = resolve(paper, image_size=32, epochs=2, seeds=[0], phantoms_per_class=8)
    images = load(paper, phantoms.folder(paper, settings.phantoms_per_class), settings.image_size)
    folds = split(images, test_share=0.25, stratified=True, seeds=settings.seeds)
    arm, how = paper.arm(name), settings.training[name]
    backbone = models.load_backbone(arm, how)
    assert backbone.weights.used == "random"
    shown = images.take(folds[0].test) if slug == FROZEN else None
    trained = [training.train(paper, arm, backbone, images, folds, settings, shown=shown)]
    outcomes.history(trained).to_csv(target / f"{slug}-history.csv", index=False)
    table = outcomes.predictions(images, near_duplicates(images), trained)
    table.to_csv(target / f"{slug}-predictions.csv", index=False)
    if slug == FROZEN:
        found = training.features(models.build_model(arm, backbone, 5, 0, how), images)
        assert found.reused
        np.save(target / "features", found.values)
        np.save(target / "shown", trained[0].fits[0].shown)


def drawn(initializer, shape, dtype=None) -> np.ndarray:
    """A kernel drawn by NumPy, which is the same everywhere: every backend draws in its own way.

    Of the width that keeps numbers alive through many layers.
    """
    depthwise = len(shape) == 4 and shape[-1] == 1
    summands = np.prod(shape[:2] if depthwise else shape[:-1])
    rng = np.random.default_rng(initializer.seed)
    return rng.normal(0, (2 / summands) ** 0.5, shape).astype(dtype or "float32")


def interrupted(target: Path) -> None:
    """One training without, one with an interruption in its third epoch."""
    whole = four_epochs(None)
    Recorder.on_train_batch_end = stop_in_the_third_epoch
    try:
        four_epochs(target / "state.npz")
    except KeyboardInterrupt:
        del Recorder.on_train_batch_end
    again = four_epochs(target / "state.npz")
    for name, fit in (("whole", whole), ("again", again)):
        np.savez(target / name, history=fit.history.to_numpy(), p=fit.probabilities)


def four_epochs(file: Path | None):
    flip = keras.layers.RandomFlip(seed=1)
    model = made_up.model(before=[flip], dropout=0.3, trainable=True)
    how = made_up.training(epochs=4)
    return training.fit(model, made_up.image_set(), made_up.division(), how, file=file)


def stop_in_the_third_epoch(self, batch, logs=None) -> None:
    if len(self.rows) == 2 and batch == 1:
        raise KeyboardInterrupt


if __name__ == "__main__":
    out = Path(sys.argv[1])
    keras.initializers.GlorotUniform.__call__ = drawn
    costs.LEAST_SECONDS, costs.LEAST_BATCHES = 0, 1
    for one in ARMS.items():
        run(*one, out)
        # Of the first arm only: to compile a deep network for it takes as long as to train it.
        costs.images_per_second = lambda _: 1.0
    interrupted(out)
    print(keras.backend.backend())
