"""How often each probe fires on phantoms with a planted fault, and without, over several sets.

    python benchmarks/probe_rates.py [--sets N] [--images-per-class N]

Leukaemia phantoms of two classes (their images look as alike in plain colour as drawn cells can).
For every switch SETS sets of other drawings, IMAGES_PER_CLASS images per class. The network is a
stand-in that has looked at nothing: it is right on `ACCURACY` of the images, drawn at random. A
probe fires:

- baseline or shortcut: if it reaches that network (grouped protocol, `lib.evidence.probes.probe_level`);
- nearest neighbour: if it tells of a leak (`lib.evidence.probes.indicates_leak`);
- near-duplicates: if a test image of the published split has a twin in training.

Prints in how many sets each probe (row) fired under each switch (column).
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import measure
import numpy as np
import pandas as pd
from PIL import Image

from lib import papers, phantoms
from lib.datasets import ImageSet, load, near_duplicates, split_grouped, split_published
from lib.evaluation import intervals
from lib.evidence import comparisons, probes
from lib.papers.declare import Assumed, Collection
from lib.phantoms import Faults

SETS, IMAGES_PER_CLASS = 10, 96  # 96: whole groups of 4 drawings, whole drawings of 8 copies
SIDE, FOLDS, ACCURACY = 48, 3, 0.9
NETWORK, NEAREST, TWINS = "stand-in", "nearest neighbour", "near-duplicates"
CLEAN, MIXED = "clean", "types at random"
FAULTS = {
    CLEAN: Faults(),
    "other scanner": Faults(other_scanner="cancer"),
    "other file": Faults(other_file="cancer"),
    "copies": Faults(copies=8),
}


def main(sets: int, images_per_class: int) -> None:
    table = rates(sets, images_per_class)
    print(f"Fired in so many of {sets} sets of {images_per_class} images per class:")
    print(table.to_string())


def rates(sets: int = SETS, images_per_class: int = IMAGES_PER_CLASS) -> pd.DataFrame:
    """In how many sets each probe (row) fired under each switch (column)."""
    counts = {}
    with (
        measure.temporary_data(),
        patch.object(phantoms, "_draw", drawn_once(phantoms._draw)),
    ):
        for switch, images in switched(sets * images_per_class):
            fired = pd.DataFrame(
                probes_fired(part_of(images, seed, images_per_class), seed) for seed in range(sets)
            )
            counts[switch] = fired.fillna(False).astype(int).sum()
    names = [probe.name for probe in probes.PROBES if probe.name != "features"]
    return pd.DataFrame(counts).reindex([*names, TWINS]).fillna(0).astype(int)


def drawn_once(draw: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """`draw` with a memory: three switches change the same drawings, which take half of the time."""
    memory: dict[Any, Any] = {}

    def draw_or_remember(
        collection: Collection, class_name: str, rng: np.random.Generator
    ) -> np.ndarray:
        numbers = rng.bit_generator
        key = class_name, repr(numbers.state)
        if key not in memory:
            memory[key] = draw(collection, class_name, rng), numbers.state
        drawing, numbers.state = memory[key]
        return drawing

    return draw_or_remember


def switched(images_per_class: int) -> Iterator[tuple[str, ImageSet]]:
    """Each switch with the images of all its sets."""
    paper = papers.load("violina_blood_cancer")
    paper = replace(paper, dataset=replace(paper.dataset, side=Assumed(SIDE, "fast to draw")))
    for switch, faults in FAULTS.items():
        folder = phantoms.folder(paper, images_per_class, faults)
        yield switch, load(paper, folder, SIDE)
        if switch == CLEAN:
            yield MIXED, load(paper, with_mixed_types(folder), SIDE)


def with_mixed_types(folder: Path) -> Path:
    """A copy in which half of the images, drawn at random whatever their class, are JPEG."""
    target, rng = folder.with_name("mixed"), np.random.default_rng(0)
    shutil.copytree(folder, target)
    for path in sorted(target.rglob("*.png")):
        if rng.random() < 0.5:
            Image.open(path).save(path.with_suffix(".jpg"), quality=phantoms.JPEG_QUALITY)
            path.unlink()
    return target


def part_of(images: ImageSet, seed: int, images_per_class: int) -> ImageSet:
    """The images of one set; no other has one of their drawings."""
    number = images.table.groupby("label").cumcount()
    return images.subset(np.flatnonzero(number // images_per_class == seed))


def probes_fired(images: ImageSet, seed: int) -> dict[str, bool]:
    """Probe → whether it fired on one set."""
    (published,) = split_published(images, test_share=0.25, stratified=True, seeds=[seed])
    rows = probes.run_probes(
        images, [published, *split_grouped(images, images.groups, folds=FOLDS, seeds=[seed])]
    )
    rows = rows.assign(arm=rows["name"])
    nearest = [
        intervals.accuracy_score(NEAREST, protocol, of_protocol, images.group_noun)
        for protocol, of_protocol in rows[rows["name"] == NEAREST].groupby("protocol", sort=False)
    ]
    twins, _ = near_duplicates(images).count_leaked(published.train, published.test)
    return {
        **probes_reaching(rows[rows["protocol"] == "grouped"], images, seed),
        NEAREST: probes.indicates_leak(*nearest),
        TWINS: twins > 0,
    }


def probes_reaching(rows: pd.DataFrame, images: ImageSet, seed: int) -> dict[str, bool]:
    """Probe → whether it reaches the stand-in."""
    scores = {
        name: intervals.accuracy_score(name, "grouped", of_probe, images.group_noun)
        for name, of_probe in rows.groupby("name", sort=False)
    }
    with_network = pd.concat([rows, stand_in(rows, images.classes, seed)], ignore_index=True)
    pairs = [(NETWORK, name) for name in scores]
    differences = comparisons.compare(pairs, with_network, images.group_noun)
    majority = scores["majority"].mean
    return {
        difference.versus: probes.probe_level(scores[difference.versus], majority, difference)
        in (probes.REACHES, probes.BEATS)
        for difference in differences
    }


def stand_in(rows: pd.DataFrame, classes: tuple[str, ...], seed: int) -> pd.DataFrame:
    """The answers of the network that is none: the other class where it is wrong."""
    answers = rows[rows["name"] == "majority"].assign(arm=NETWORK)
    right = np.random.default_rng(seed).random(len(answers)) < ACCURACY
    other = answers["true"].map(dict(zip(classes, classes[::-1], strict=True)))
    return answers.assign(predicted=answers["true"].where(right, other))


if __name__ == "__main__":
    main(**measure.sizes(__doc__, sets=SETS, images_per_class=IMAGES_PER_CLASS))
