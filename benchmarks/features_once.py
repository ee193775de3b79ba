"""How much the cached features save: one pass of the backbone over the images against one per epoch.

    python benchmarks/features_once.py [--images-per-class N] [--epochs N] [--image-size N]

Trains the white-blood-cell head on phantoms both ways in one process, and prints seconds and their
ratio. The ratio grows with the number of epochs and seeds; a GPU makes both ways faster.
"""

import measure

from lib import models, papers, phantoms
from lib.datasets import load, split_published
from lib.models.backend import keras
from lib.settings import resolve
from lib.training import Trainer, extract_features


def main(images_per_class: int, epochs: int, image_size: int) -> None:
    paper = papers.load("kuncoro_white_blood_cells")
    arm = paper.arm("mobilenetv2")
    settings = resolve(paper, epochs=epochs, seeds=[0], image_size=image_size)
    training = settings.training[arm.name]
    backbone = models.load_backbone(arm, training)

    with measure.temporary_data():
        images = load(paper, phantoms.folder(paper, images_per_class), settings.image_size)
        (fold,) = split_published(images, test_share=0.2, stratified=True, seeds=[0])

        def new_model() -> keras.Sequential:
            return models.build_model(arm, backbone, len(images.classes), 0, training)

        def train_on_features() -> None:
            model = new_model()
            Trainer(model, training, extract_features(model, images)).fit(images, fold)

        def train_end_to_end() -> None:
            Trainer(new_model(), training).fit(images, fold)

        on_features = measure.seconds(train_on_features)
        end_to_end = measure.seconds(train_end_to_end)

    print(f"{len(images)} images, {epochs} epochs, one seed, side by side in one process:")
    print(f"  features once: {on_features:.1f} s")
    print(f"  end to end:    {end_to_end:.1f} s")
    print(f"  ratio:         {end_to_end / on_features:.1f}")


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images_per_class=40, epochs=5, image_size=224))
