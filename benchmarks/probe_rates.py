"""How often each probe fires on phantoms with a planted fault, and without: its rates over ten sets.

    python benchmarks/probe_rates.py

Leukaemia phantoms of two classes (their images look as alike in plain colour as drawn cells can).
For every switch ten sets of other drawings, `PER_CLASS` images a class. The network is a stand-in
that has looked at nothing: it is right on `RIGHT` of the images, drawn at random. A probe fires:

- baseline or shortcut: if it reaches that network (grouped protocol, `lib.probes.level`);
- nearest neighbour: if it tells of a leak (`lib.probes.tells_of_leak`);
- near-duplicates: if a test image of the published split has a twin in training.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pandas as pd
from PIL import Image

from lib import comparisons, intervals, papers, phantoms, probes
from lib.data import ImageSet, grouped, load, near_duplicates, split
from lib.paper import Assumed
from lib.phantoms import Faults

SEEDS, PER_CLASS, SIDE = 10, 96, 48  # 96: whole groups of 4 drawings, whole drawings of 8 copies
FOLDS = 3
RIGHT = 0.9
NETWORK, NEAREST, TWINS = "stand-in", "nearest neighbour", "near-duplicates"
CLEAN, MIXED = "clean", "types at random"
FAULTS = {
    CLEAN: Faults(),
    "other scanner": Faults(other_scanner="cancer"),
    "other file": Faults(other_file="cancer"),
    "copies": Faults(copies=8),
}


def rates() -> pd.DataFrame:
    """In how many of `SEEDS` sets each probe (row) fired under each switch (column)."""
    fired = {}
    with _apart():
        for switch, images in _sets():
            sets = [_part(images, seed) for seed in range(SEEDS)]
            found = pd.DataFrame([_fired(one, seed) for seed, one in enumerate(sets)])
            fired[switch] = found.fillna(False).astype(int).sum()
    names = [one.name for one in probes.PROBES if one.name != "features"]
    return pd.DataFrame(fired).reindex([*names, TWINS]).fillna(0).astype(int)


@contextmanager
def _apart() -> Iterator[None]:
    """Draws and decodes into a folder that goes away."""
    store = import_module("lib.data.store")
    with (
        TemporaryDirectory() as folder,
        patch.object(store, "STORE", Path(folder, "store")),
        patch.object(phantoms, "PHANTOMS", Path(folder, "phantoms")),
    ):
        yield


def _sets() -> Iterator[tuple[str, ImageSet]]:
    """Switch and the images of all seeds."""
    paper = papers.load("violina_blood_cancer")
    paper = replace(paper, dataset=replace(paper.dataset, side=Assumed(SIDE, "fast to draw")))
    for switch, faults in FAULTS.items():
        folder = phantoms.folder(paper, SEEDS * PER_CLASS, faults)
        yield switch, load(paper, folder, SIDE)
        if switch == CLEAN:
            yield MIXED, load(paper, _mixed(folder), SIDE)


def _mixed(folder: Path) -> Path:
    """A copy in which half of the images, drawn at random whatever their class, are JPEG."""
    target, rng = folder.with_name("mixed"), np.random.default_rng(0)
    shutil.copytree(folder, target)
    for path in sorted(target.rglob("*.png")):
        if rng.random() < 0.5:
            Image.open(path).save(path.with_suffix(".jpg"), quality=phantoms.QUALITY)
            path.unlink()
    return target


def _part(images: ImageSet, seed: int) -> ImageSet:
    """The images of one seed; no other seed has one of their drawings."""
    number = images.table.groupby("label").cumcount()
    return images.only(np.flatnonzero(number // PER_CLASS == seed))


def _fired(images: ImageSet, seed: int) -> dict[str, bool]:
    (published,) = split(images, test_share=0.25, stratified=True, seeds=[seed])
    rows = probes.run(images, [published, *grouped(images, folds=FOLDS, seeds=[seed])])
    rows = rows.assign(arm=rows["name"])
    leaks = [
        intervals.accuracy(NEAREST, protocol, one, images.group_noun)
        for protocol, one in rows[rows["name"] == NEAREST].groupby("protocol", sort=False)
    ]
    twins = near_duplicates(images).tested_on(published.train, published.test)
    return {
        **_reaching(rows[rows["protocol"] == "grouped"], images, seed),
        NEAREST: probes.tells_of_leak(*leaks),
        TWINS: twins > 0,
    }


def _stand_in(rows: pd.DataFrame, classes: tuple[str, ...], seed: int) -> pd.DataFrame:
    """The answers of the network that is none: the other class where it is wrong."""
    answers = rows[rows["name"] == "majority"].assign(arm=NETWORK)
    right = np.random.default_rng(seed).random(len(answers)) < RIGHT
    other = answers["true"].map(dict(zip(classes, classes[::-1], strict=True)))
    return answers.assign(predicted=answers["true"].where(right, other))


def _reaching(rows: pd.DataFrame, images: ImageSet, seed: int) -> dict[str, bool]:
    """Probe → whether it reaches the stand-in."""
    scores = {
        name: intervals.accuracy(name, "grouped", one, images.group_noun)
        for name, one in rows.groupby("name", sort=False)
    }
    both = pd.concat([rows, _stand_in(rows, images.classes, seed)], ignore_index=True)
    apart = comparisons.compare([(NETWORK, name) for name in scores], both, images.group_noun)
    majority = scores["majority"].mean
    levels = {one.versus: probes.level(scores[one.versus], majority, one) for one in apart}
    return {name: one == probes.REACHES for name, one in levels.items()}


def main() -> None:
    start = time.perf_counter()
    found = rates()
    print(f"Fired in so many of {SEEDS} sets of {PER_CLASS} images a class:")
    print(found.to_string())
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
