"""How long it takes to find the near-duplicates of a set, beside decoding it.

    python benchmarks/near_duplicates.py [--images N]

Writes JPEG files of 84 x 84 noise, every tenth a turned and brightened copy of another, decodes
them, looks for the pairs, and prints how many copies there are and how many pairs were found, the
seconds of both steps and their ratio.
"""

import time
from pathlib import Path

import measure
import numpy as np
from PIL import Image, ImageEnhance

from lib import papers
from lib.datasets import load, near_duplicates


def main(images: int) -> None:
    paper = papers.load("kuncoro_white_blood_cells")
    with measure.temporary_data() as folder:
        copies = write_images(folder / "images", paper.class_names, images)
        start = time.perf_counter()
        image_set = load(paper, folder / "images", 84)
        decoded = time.perf_counter()
        pairs = near_duplicates(image_set).pairs
        compared = time.perf_counter()
    decoding, comparing = decoded - start, compared - decoded
    print(f"{images} images of 84 x 84, {copies} of them copies; found {len(pairs)} pairs")
    print(
        f"  hashing and comparing {comparing:.1f} s, reading and decoding {decoding:.1f} s, "
        f"ratio {comparing / decoding:.1f}"
    )


def write_images(root: Path, classes: tuple[str, ...], images: int) -> int:
    """Files in one folder per class; how many of them are copies."""
    rng, image, copies = np.random.default_rng(0), None, 0
    for name in classes:
        (root / name).mkdir(parents=True)
    for number in range(images):
        is_copy = number % 10 == 9
        copies += is_copy
        image = turned_and_brightened(image) if is_copy else measure.smooth_noise(rng)
        path = root / classes[number * len(classes) // images] / f"{number:06d}.jpg"
        image.save(path, quality=92)
    return copies


def turned_and_brightened(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image.rotate(90)).enhance(1.1)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=10_000))
