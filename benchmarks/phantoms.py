"""How fast the phantoms are drawn: images per second of processor time, on one core.

    OMP_NUM_THREADS=1 python benchmarks/phantoms.py [--images N]

Draws IMAGES of every class of every paper at the size of the paper's images and prints the rate and
its ratio to the goal of 100 per second.
"""

import time
from collections.abc import Callable
from importlib import import_module

import measure
import numpy as np

from lib import papers

GOAL = 100


def main(images: int) -> None:
    for paper in map(papers.load, papers.slugs()):
        draw = import_module(f"lib.phantoms.families.{paper.phantom}").draw
        side = paper.dataset.side.value
        for name in paper.class_names:
            rate = drawing_rate(draw, name, side, images)
            print(
                f"{paper.phantom:18} {name:15} {side} px: {rate:5.0f} per second, "
                f"{rate / GOAL:.1f} of the goal"
            )


def drawing_rate(draw: Callable[..., np.ndarray], name: str, side: int, images: int) -> float:
    """Images per second of processor time, the first drawing (imports, caches) left out."""
    rng = np.random.default_rng(0)
    draw(name, size=side, rng=rng)
    start = time.process_time()
    for _ in range(images):
        draw(name, size=side, rng=rng)
    return images / (time.process_time() - start)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=100))
