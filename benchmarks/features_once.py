"""How much the cached features save: one pass over the images against one pass an epoch.

    python benchmarks/features_once.py [IMAGES_A_CLASS EPOCHS]

Trains the white-blood-cell head on phantoms both ways in one process, and prints seconds and their
ratio. The ratio grows with the number of epochs and seeds; a GPU makes both sides faster.
"""

import sys
import tempfile
import time
from pathlib import Path

from lib import models, papers, phantoms, training
from lib.data import load, split, store
from lib.settings import resolve


def main(per_class: int, epochs: int) -> None:
    paper = papers.load("kuncoro_white_blood_cells")
    settings = resolve(paper, epochs=epochs, seeds=[0])
    images = load(paper, phantoms.folder(paper, per_class), settings.image_size)
    (fold,) = split(images, test_share=0.2, stratified=True, seeds=[0])
    arm = paper.arm("mobilenetv2")
    how = settings.training[arm.name]
    backbone = models.backbone(arm, how)

    def timed(cached: bool) -> float:
        start = time.perf_counter()
        model = models.build(arm, backbone, len(images.classes), 0, how)
        found = training.features(model, images) if cached else None
        training.fit(model, images, fold, how, found)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as folder:
        store.STORE = Path(folder)  # no features lie there yet
        once, whole = timed(cached=True), timed(cached=False)

    print(f"{len(images)} images, {epochs} epochs, one seed, side by side in one process:")
    print(f"  features once: {once:.1f} s")
    print(f"  end to end:    {whole:.1f} s")
    print(f"  ratio:         {whole / once:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] or (40, 5)))
