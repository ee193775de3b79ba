"""What the same result for the same input costs: deterministic operations on and off, XLA on and off.

    python benchmarks/determinism.py [IMAGES_A_CLASS EPOCHS]

Trains the small network for blood cancer on phantoms with TensorFlow, one process for each of four
ways in turns, and prints seconds an epoch and ratios. Of each, the fastest of three rounds counts,
without the first epoch, which compiles. XLA takes neither TensorFlow's deterministic operations nor
a random rotation: the pair that compares it does without both.
"""

import os
import subprocess
import sys
from dataclasses import replace

ROUNDS = 3
WAYS = {  # name → TF_DETERMINISTIC_OPS, jit_compile, random changes to the images
    "deterministic": ("1", False, True),
    "not deterministic": ("0", False, True),
    "no random changes": ("0", False, False),
    "no random changes, XLA": ("0", True, False),
}


def seconds_an_epoch(per_class: int, epochs: int, way: str) -> float:
    """The mean of all epochs but the first, in this process."""
    from lib import models, papers, phantoms, training
    from lib.data import load, split
    from lib.paper import Assumed
    from lib.settings import resolve

    _, jit_compile, random = WAYS[way]
    paper = papers.load("violina_blood_cancer")
    settings = resolve(paper, epochs=epochs, seeds=[0], jit_compile=jit_compile)
    images = load(paper, phantoms.folder(paper, per_class), settings.image_size)
    (fold,) = split(images, test_share=0.1, stratified=True, seeds=[0])
    arm = paper.arm("cnn")
    if not random:
        arm = replace(arm, augmentation=Assumed((), "for XLA"))
    how = settings.training[arm.name]
    model = models.build(arm, models.backbone(arm, how), len(images.classes), 0, how)
    rows = kept_rows(training)
    training.fit(model, images, fold, how)
    return sum(row["seconds"] for row in rows[1:]) / (epochs - 1)


def kept_rows(training) -> list[dict]:
    """Every epoch's row with its seconds, of which a fit tells no more than the sum."""
    rows, end = [], training._Record.on_epoch_end

    def on_epoch_end(self, epoch, logs=None):
        end(self, epoch, logs)
        rows.append(self.rows[-1])

    training._Record.on_epoch_end = on_epoch_end
    return rows


def measured(way: str, *numbers: str) -> float:
    """Seconds an epoch of one way, in a process of its own."""
    own = {"TF_DETERMINISTIC_OPS": WAYS[way][0], "KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, __file__, *numbers, way]
    done = subprocess.run(
        command, env=os.environ | own, stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def main(per_class: str, epochs: str) -> None:
    rounds = [{way: measured(way, per_class, epochs) for way in WAYS} for _ in range(ROUNDS)]
    best = {way: min(one[way] for one in rounds) for way in WAYS}
    print(f"{per_class} images a class, {epochs} epochs, the fastest of {ROUNDS} rounds:")
    for way, seconds in best.items():
        print(f"  {way:23} {seconds:.2f} s an epoch")
    deterministic, free, plain, compiled = best.values()
    print(f"  deterministic / not: {deterministic / free:.2f}")
    print(f"  XLA / without:       {compiled / plain:.2f}")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(seconds_an_epoch(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
    else:
        main(*(sys.argv[1:3] or ("100", "4")))
