"""How long it takes to find the near-duplicates of a set, beside decoding it.

    python benchmarks/near_duplicates.py [IMAGES]

Writes IMAGES (default 10,000) JPEG files of 84 x 84 noise, every tenth a turned and brightened copy
of another, decodes them, looks for the pairs, and prints seconds and their ratio, and whether
exactly the copies were found.
"""

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from lib import papers
from lib.data import load, near_duplicates


def write_images(root: Path, number: int) -> int:
    """`number` files in the folders of one paper's classes; how many of them are copies."""
    classes = papers.load("kuncoro_white_blood_cells").class_names
    rng, copies = np.random.default_rng(0), 0
    for folder in classes:
        (root / folder).mkdir(parents=True)
    image = Image.new("RGB", (84, 84))
    for count in range(number):
        if count % 10 == 9:
            image = ImageEnhance.Brightness(image.rotate(90)).enhance(1.1)
            copies += 1
        else:
            small = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
            image = Image.fromarray(small).resize((84, 84))
        image.save(root / classes[count * len(classes) // number] / f"{count:06d}.jpg", quality=92)
    return copies


def main(number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        import_module("lib.data.store").STORE = Path(folder) / "store"
        copies = write_images(Path(folder) / "images", number)
        start = time.perf_counter()
        images = load(papers.load("kuncoro_white_blood_cells"), Path(folder) / "images", 84)
        decoded = time.perf_counter()
        pairs = near_duplicates(images).pairs
        done = time.perf_counter()
    print(f"{number} images of 84 x 84, {copies} of them copies; found {len(pairs)} pairs")
    print(
        f"  hashing and comparing {done - decoded:.1f} s, reading and decoding {decoded - start:.1f} s, "
        f"ratio {(done - decoded) / (decoded - start):.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
