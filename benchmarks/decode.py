"""The decoded store against Keras' own image loader, and its memory as a set grows.

    python benchmarks/decode.py [IMAGES]

Builds stores of 1,000 and 20,000 images at 84 x 84, each in a process of its own, and prints the
peak of memory. Then writes JPEG files of 84 x 84 noise and reads them all at 224 x 224 with both
loaders in one process, first pass and second pass, in turns, and prints seconds and ratios. Of
each, the fastest of three rounds counts: in a virtual machine the first to touch fresh memory pays
for it, whichever it is.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SIZE, BATCH, ROUNDS = 224, 32, 3


def write_images(root: Path, number: int) -> list[Path]:
    """`number` JPEG files of smooth noise in five folders."""
    rng = np.random.default_rng(0)
    paths = [root / f"class_{i % 5}" / f"{i:06d}.jpg" for i in range(number)]
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True)
    for path in paths:
        small = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(small).resize((84, 84)).save(path, quality=92)
    return paths


def one_pass(batches) -> float:
    """Seconds until every batch stands in memory as an array: uint8 of ours, float32 of Keras'."""
    start = time.perf_counter()
    for batch in batches:
        np.array(batch)
    return time.perf_counter() - start


def ours(paths: list[Path], size: int):
    """Batches through the store, which decodes what it does not hold yet."""
    from lib.data.store import open_store

    pixels = open_store(paths, [path.name for path in paths], size).pixels
    for start in range(0, len(paths), BATCH):
        yield pixels[start : start + BATCH]


def compare(number: int) -> None:
    from lib.backend import keras
    from lib.data import store

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        paths = write_images(root / "images", number)
        rounds = []
        for count in range(ROUNDS):
            store.STORE = root / f"store_{count}"
            theirs = keras.utils.image_dataset_from_directory(
                root / "images",
                image_size=(SIZE, SIZE),
                batch_size=BATCH,
                shuffle=False,
                verbose=False,
            )
            ours_twice = [one_pass(ours(paths, SIZE)) for _ in range(2)]
            rounds.append(ours_twice + [one_pass(x for x, _ in theirs) for _ in range(2)])
            shutil.rmtree(store.STORE)
    ours_first, ours_later, keras_first, keras_later = np.min(rounds, axis=0)
    print(f"{number} images, decoded to {SIZE} x {SIZE}, both loaders in one process:")
    for name, mine, theirs in (
        ("first pass", ours_first, keras_first),
        ("later pass", ours_later, keras_later),
    ):
        print(f"  {name}: store {mine:.2f} s, Keras {theirs:.2f} s, ratio {theirs / mine:.1f}")


MEASURE = """
import resource, sys, tempfile; from pathlib import Path
sys.path.insert(0, {here!r}); import decode
from lib.data import store
with tempfile.TemporaryDirectory() as folder:
    store.STORE = Path(folder) / "store"
    paths = decode.write_images(Path(folder) / "images", {number})
    store.open_store(paths, [path.name for path in paths], 84)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def memory() -> None:
    print("peak memory of a process that builds a store at 84 x 84:")
    for number in (1_000, 20_000):
        code = MEASURE.format(here=str(Path(__file__).parent), number=number)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        print(f"  {number:>6} images: {float(done.stdout):.0f} MB")


if __name__ == "__main__":
    memory()  # first: a child inherits the peak of its parent, which Keras makes large
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 3_500)
