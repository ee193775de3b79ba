"""What the search for look-alikes compares: descriptors of every image, computed once and kept on disk."""

import hashlib
import json
from functools import partial
from pathlib import Path

import numpy as np

from lib import storage
from lib.datasets import ImageSet, Looks
from lib.datasets.progress import phase
from lib.models import descriptors
from lib.models.backend import keras, substrate
from lib.models.inference import BATCH, forward
from lib.storage import array_writer, open_entry

VALUES = "looks.npy"
VERSION = 1  # of how they are described: another one must not take the old one's values


def describe_looks(images: ImageSet, search: bool | None = None) -> Looks:
    """A descriptor of every image, or why there is none.

    Args:
        images: Of any size.
        search: Whether look-alikes are searched for; None for where no group is known, unless the
            images are drawn.

    Raises:
        DataError: The disk is full or not writable.
        ValueError: From `descriptors.load_descriptor`.
    """
    hindrance = _hindrance(images, search)
    if hindrance:
        return Looks(vectors=None, hindrance=hindrance)
    model, weights = descriptors.load_descriptor()
    if weights.used == "random":
        return Looks(vectors=None, hindrance=f"it needs ImageNet weights: {weights.source}")
    images = images.resized(descriptors.SIDE)
    parts = [VERSION, substrate(), images.content, weights.sha256]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    entry = open_entry(
        storage.store() / f"looks-{key}",
        f"the descriptors of {len(images)} images",
        arrays={VALUES: ((len(images), model.output_shape[1]), "<f4")},
        facts=(),
        write=partial(_write, model, images),
    )
    return Looks(vectors=entry.arrays[VALUES], weights=weights.used)


def _hindrance(images: ImageSet, search: bool | None) -> str:
    if search:
        return ""
    if search is False:
        return "leak_search is False"
    if images.has_groups:
        known = (
            f"{len(images) - images.ungrouped:,} of {len(images):,}" if images.ungrouped else "all"
        )
        return f"the groups of {known} images are known; leak_search = True searches all the same"
    if images.kind == "phantom":
        return "the images are drawn; leak_search = True searches all the same"
    return ""


def _write(model: keras.Model, images: ImageSet, folder: Path) -> None:
    write = array_writer(folder / VALUES, (len(images), model.output_shape[1]), "<f4")
    with phase(f"Descriptors of {len(images):,} images, turned", len(images)) as work:
        for first in range(0, len(images), BATCH):
            rows = np.arange(first, min(first + BATCH, len(images)))
            write(first, descriptors.describe(partial(forward, model), images.take(rows)))
            work.advance(rows[-1] + 1)
