"""The decoded store against Keras' own image loader, and its memory as a set grows.

    python benchmarks/decode.py [--images N] [--largest N] [--rounds N]

Builds two stores of noise at 84 x 84 pixels, of LARGEST images and of a twentieth of them, each in
a process of its own, and prints both peaks of memory and their ratio. Then writes IMAGES JPEG files
and reads them all at 224 x 224 pixels with both loaders in one process, first pass and later pass,
in turns, and prints seconds and ratios. Of each, the fastest of ROUNDS rounds counts.
"""

import resource
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import measure
import numpy as np

from lib.datasets.store import open_store
from lib.storage import file_sha256

SIDE, SMALL_SIDE, BATCH = 224, 84, 32


def main(images: int, largest: int, rounds: int) -> None:
    # Memory first: a child inherits the peak of its parent, which Keras makes large.
    compare_memory(largest)
    compare_loaders(images, rounds)


def compare_memory(largest: int) -> None:
    """Prints the peaks of memory of building a small and a large store."""
    counts = (max(1, largest // 20), largest)
    peaks = [measure.in_new_process(peak_memory, images) for images in counts]
    print(f"peak memory of a process that builds a store at {SMALL_SIDE} x {SMALL_SIDE}:")
    for images, peak in zip(counts, peaks, strict=True):
        print(f"  {images:>6} images: {peak:.0f} MB")
    print(f"  ratio:         {peaks[1] / peaks[0]:.2f}")


def peak_memory(images: int) -> float:
    """Megabytes that this process has held at most, once it has built a store."""
    with measure.temporary_data() as folder:
        paths = write_images(folder / "images", images)
        read_store(paths, hash_files(paths), SMALL_SIDE)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare_loaders(images: int, rounds: int) -> None:
    """Prints the seconds of a first and a later pass with both loaders."""
    from lib.models.backend import keras

    with measure.temporary_data() as folder:
        paths = write_images(folder / "images", images)
        hashes = hash_files(paths)  # as every run has them, from the scan of its folder
        keras_batches = keras.utils.image_dataset_from_directory(
            folder / "images",
            image_size=(SIDE, SIDE),
            batch_size=BATCH,
            shuffle=False,
            verbose=False,
        )

        def read_new_store() -> float:
            shutil.rmtree(folder / "store", ignore_errors=True)
            return read_old_store()

        def read_old_store() -> float:
            return measure.seconds(lambda: copy_each(store_batches(paths, hashes)))

        def read_with_keras() -> float:
            return measure.seconds(lambda: copy_each(pixels for pixels, _ in keras_batches))

        taken = measure.fastest(
            {
                "store, first pass": read_new_store,
                "store, later pass": read_old_store,
                "Keras, first pass": read_with_keras,
                "Keras, later pass": read_with_keras,
            },
            rounds,
        )
    print(f"{images} images, decoded to {SIDE} x {SIDE}, both loaders in one process:")
    for name in ("first pass", "later pass"):
        ours, theirs = taken[f"store, {name}"], taken[f"Keras, {name}"]
        print(f"  {name}: store {ours:.2f} s, Keras {theirs:.2f} s, ratio {theirs / ours:.1f}")


def write_images(root: Path, images: int) -> list[Path]:
    """JPEG files of smooth noise in five folders."""
    rng = np.random.default_rng(0)
    paths = [root / f"class_{i % 5}" / f"{i:06d}.jpg" for i in range(images)]
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True)
    for path in paths:
        measure.smooth_noise(rng).save(path, quality=92)
    return paths


def hash_files(paths: list[Path]) -> list[str]:
    """SHA-256 of each file."""
    return [file_sha256(path) for path in paths]


def read_store(paths: list[Path], hashes: list[str], side: int) -> np.ndarray:
    """(images, side, side, 3) uint8: the pixels in the store, which decodes what it does not hold."""
    return open_store(paths, hashes, side).pixels


def store_batches(paths: list[Path], hashes: list[str]) -> Iterator[np.ndarray]:
    pixels = read_store(paths, hashes, SIDE)
    for start in range(0, len(paths), BATCH):
        yield pixels[start : start + BATCH]


def copy_each(batches: Iterable[Any]) -> None:
    """Brings every batch into memory as an array: uint8 of the store's, float32 of Keras'."""
    for batch in batches:
        np.array(batch)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=3_500, largest=20_000, rounds=3))
