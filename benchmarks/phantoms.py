"""How fast the phantoms are drawn: images a second of processor time, on one core.

    OMP_NUM_THREADS=1 python benchmarks/phantoms.py [IMAGES]

Draws IMAGES (default 100) of every kind of every family at the size of its paper's images and
prints the rate and its ratio to the goal of 100 a second.
"""

import sys
import time
from importlib import import_module

import numpy as np

from lib import papers

GOAL = 100


def rate(draw, kind: str, size: int, number: int) -> float:
    """Images a second of processor time, the first drawing (imports, caches) left out."""
    rng = np.random.default_rng(0)
    draw(kind, size=size, rng=rng)
    start = time.process_time()
    for _ in range(number):
        draw(kind, size=size, rng=rng)
    return number / (time.process_time() - start)


def main(number: int) -> None:
    for paper in map(papers.load, papers.slugs()):
        draw = import_module(f"lib.phantoms.{paper.phantom}").draw
        size = paper.dataset.side.value
        for kind in paper.class_names:
            found = rate(draw, kind, size, number)
            print(
                f"{paper.phantom:18} {kind:15} {size} px: {found:5.0f} a second, {found / GOAL:.1f} of the goal"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
