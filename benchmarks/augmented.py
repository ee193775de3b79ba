"""How much it saves to compute a frozen backbone behind random changes apart from the head that trains.

    python benchmarks/augmented.py [--images-per-class N] [--epochs N] [--image-size N]

Trains the breast-histology paper's MobileNetV3 on phantoms, two seeds, in one process: the heads side by side on
features that are computed batch by batch, as `training.train_arm` does, and every model as a whole, one after
another. Both with their compiling, in turns. Prints seconds, processor seconds, their ratios, and the largest
difference between the predictions.
"""

import os
from collections.abc import Callable

import measure
import numpy as np

from lib import models, papers, phantoms
from lib.datasets import load, split_published
from lib.settings import resolve
from lib.training import Fit, Trainer, extract_features
from lib.training.side_by_side import Head, Stack

SEEDS = (0, 1)


def main(images_per_class: int, epochs: int, image_size: int) -> None:
    paper = papers.load("kumar_breakhis")
    arm = paper.arm("mobilenetv3")
    settings = resolve(paper, epochs=epochs, seeds=SEEDS, image_size=image_size)
    training = settings.training[arm.name]
    backbone = models.load_backbone(arm, training)
    fits: dict[str, list[Fit]] = {}
    processor: dict[str, float] = {}

    def timed(name: str, train: Callable[[], list[Fit]]) -> float:
        before = sum(os.times()[:2])
        seconds = measure.seconds(lambda: fits.update({name: train()}))
        processor[name] = sum(os.times()[:2]) - before
        return seconds

    with measure.temporary_data():
        images = load(paper, phantoms.folder(paper, images_per_class), settings.image_size)
        folds = split_published(images, test_share=0.25, stratified=True, seeds=SEEDS)
        built = [
            models.build_model(arm, backbone, len(images.classes), fold.seed, training)
            for fold in folds
        ]
        features = extract_features(models.without_augmentation(built[0]), images)
        assert features is not None  # the backbone is frozen

        def train_apart() -> list[Fit]:
            heads = [
                Head(model=model, images=images, fold=fold, features=features)
                for model, fold in zip(built, folds, strict=True)
            ]
            return Stack(heads, training).fit()

        def train_as_a_whole() -> list[Fit]:
            model = models.build_model(arm, backbone, len(images.classes), 0, training)
            trainer = Trainer(model, training, features)
            return [
                trainer.restart(start).fit(images, fold)
                for start, fold in zip(built, folds, strict=True)
            ]

        seconds = {
            name: timed(name, train)
            for name, train in (("apart", train_apart), ("as a whole", train_as_a_whole))
        }
    difference = max(
        np.abs(mine.probabilities - other.probabilities).max()
        for mine, other in zip(*fits.values(), strict=True)
    )
    print(f"{len(images)} images of {image_size} pixels, {epochs} epochs, {len(SEEDS)} seeds:")
    for name in seconds:
        print(f"  {name + ':':12} {seconds[name]:6.1f} s  {processor[name]:6.1f} s of processors")
    ratio = seconds["as a whole"] / seconds["apart"]
    used = processor["as a whole"] / processor["apart"]
    print(f"  ratio:       {ratio:6.1f}    {used:6.1f}")
    print(f"  largest difference: {difference:.1e}")


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images_per_class=150, epochs=3, image_size=64))
