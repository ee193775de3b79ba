"""How time and memory grow with the number of images: scan, decode, features, near-duplicates, splits, probes.

    python benchmarks/scale.py [--smallest N] [--largest N]

Draws sets of N, 10 N, … images of 64 x 64 pixels (phantoms of the blood-cancer paper) up to the
largest, and takes each through the steps of a run before anything is trained, each set in a process of
its own; the backbone is MobileNetV2 with random weights. Prints seconds and peak memory per step: what the
process holds beyond what it held before, views of files on disk left out, for these the system takes
back when it needs to. `power` is the exponent by which the step grew between the two largest sets: 1 is
linear, 2 quadratic, 0 flat. A million images are calculated from the largest set and that exponent (of
time: at least 1), not measured. Every process first takes a small set through all steps, so that no step
waits for a library to load.
"""

import gc
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import measure
import numpy as np

from lib import papers, phantoms, storage
from lib.datasets import ImageSet, divide, find_units, load, near_duplicates, scan
from lib.evidence.probes import run_probes
from lib.models.backend import keras
from lib.models.preprocessing import ScalePixels
from lib.training import extract_features

SLUG, SIDE, MILLION = "violina_blood_cancer", 64, 1_000_000
FIRST = 16  # images that every process begins with
STATUS, HELD = Path("/proc/self/status"), "RssAnon"  # of Linux: memory that is no view of a file
SAMPLED_S = 0.01


class Cost(NamedTuple):
    """Of one step. `mebibytes` is None where the system does not tell."""

    seconds: float
    mebibytes: float | None


def main(smallest: int, largest: int) -> None:
    sizes = [smallest]
    while 10 * sizes[-1] <= largest:
        sizes.append(10 * sizes[-1])
    measured = {}
    with measure.temporary_data() as folder:
        for images in sizes:
            told = measure.in_new_process(costs_of, images, folder)
            measured[images] = {step: Cost(*cost) for step, cost in told.items()}
            print(f"{images:,} images:")
            for step, cost in measured[images].items():
                print(f"  {step + ':':18} {_told(cost)}")
    if len(sizes) > 1:
        _print_growth(sizes[-2], sizes[-1], measured)


def costs_of(images: int, folder: Path) -> dict[str, tuple[float, float | None]]:
    """Step → the fields of its `Cost`, with so many images that are drawn in `folder`."""
    storage.DATA = folder
    front = backbone()
    _take_through(FIRST, front)
    costs = _take_through(images, front)
    return {step: (cost.seconds, cost.mebibytes) for step, cost in costs.items()}


def _take_through(images: int, front: keras.Sequential) -> dict[str, Cost]:
    paper = papers.load(SLUG)
    costs: dict[str, Cost] = {}

    def features_of(loaded: ImageSet) -> np.ndarray:
        features = extract_features(front, loaded)
        assert features is not None  # all of the front is frozen
        return features.values

    def timed(step: str, action: Callable[[], Any]) -> Any:
        gc.collect()
        with peak_memory() as peak:
            results = []
            seconds = measure.seconds(lambda: results.append(action()))
        costs[step] = Cost(seconds, peak[0])
        return results[0]

    place = timed("draw", lambda: phantoms.folder(paper, -(-images // len(paper.classes))))
    timed("scan", lambda: scan(paper, place))
    loaded = timed("scan and decode", lambda: load(paper, place, SIDE))
    features = timed("features", lambda: features_of(loaded))
    twins = timed("near-duplicates", lambda: near_duplicates(loaded))
    folds = timed(
        "splits",
        lambda: divide(
            loaded,
            find_units(loaded, twins),
            protocols=["published", "grouped"],
            grouped_folds=2,
            test_share=0.2,
            stratified=True,
            seeds=[0],
        ),
    )
    timed("probes", lambda: run_probes(loaded, folds, features={"mobilenetv2": features}))
    return costs


def backbone() -> keras.Sequential:
    """From pixels to mean features, with random weights."""
    shape = (SIDE, SIDE, 3)
    network = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=shape)
    network.trainable = False
    layers = [ScalePixels("[-1, 1]"), network, keras.layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input(shape), *layers])


@contextmanager
def peak_memory() -> Iterator[list[float | None]]:
    """A list that holds, once the block has ended, the most memory it held beyond that before it, in MiB."""
    before, done = _held(), threading.Event()
    peak: list[float | None] = [None]
    if before is None:
        yield peak
        return

    def look() -> None:
        peak[0] = max(peak[0] or 0.0, (_held() or 0.0) - before)

    def watch() -> None:
        while not done.wait(SAMPLED_S):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
        look()


def _held() -> float | None:
    """MiB of this process's own memory; None on a system that does not tell."""
    if not STATUS.is_file():
        return None
    for line in STATUS.read_text(encoding="utf-8").splitlines():
        if line.startswith(HELD):
            return int(line.split()[1]) / 1024
    return None


def _told(cost: Cost) -> str:
    memory = "not told" if cost.mebibytes is None else f"{cost.mebibytes:8.0f} MiB"
    return f"{cost.seconds:9.2f} s  {memory}"


def _print_growth(smaller: int, larger: int, measured: dict[int, dict[str, Cost]]) -> None:
    """Prints the exponents between two sets, and what a million images would take by them."""
    print(f"from {smaller:,} to {larger:,} images, and a million calculated from that:")
    for step, cost in measured[larger].items():
        before = measured[smaller][step]
        power = _power(before.seconds, cost.seconds, larger / smaller)
        seconds = cost.seconds * (MILLION / larger) ** max(1.0, power)
        line = f"  {step + ':':18} time power {power:5.2f}, {seconds / 60:9.1f} minutes"
        if before.mebibytes is not None and cost.mebibytes is not None:
            power = _power(before.mebibytes, cost.mebibytes, larger / smaller)
            mebibytes = cost.mebibytes * (MILLION / larger) ** power
            line += f"; memory power {power:5.2f}, {mebibytes / 1024:6.1f} GiB"
        print(line)


def _power(smaller: float, larger: float, times: float) -> float:
    """The exponent p for which `larger` is `smaller` * times**p; 0 for what does not grow."""
    if larger <= smaller or smaller <= 0:
        return 0.0
    return math.log(larger / smaller) / math.log(times)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, smallest=1000, largest=10_000))
