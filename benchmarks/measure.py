"""What the benchmarks share: sizes from the command line, a data folder of their own, fair timing."""

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from unittest.mock import patch

import numpy as np
import pandas as pd
from PIL import Image

from lib import storage
from lib.datasets import ImageSet

T = TypeVar("T")


def sizes(description: str, **defaults: int) -> dict[str, int]:
    """The sizes that the command line gives as `--name N`, else their defaults.

    Args:
        description: The benchmark's docstring, shown by `--help`.
        defaults: Name → default; "images_per_class" is given as `--images-per-class`.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in defaults.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=positive,
            default=default,
            metavar="N",
            help=f"default: {default:,}",
        )
    return vars(parser.parse_args())


def positive(text: str) -> int:
    """The number from 1 that a command line gives."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1; received {text!r}")
    return int(text)


@contextmanager
def temporary_data() -> Iterator[Path]:
    """A folder for the images, stores and phantoms of one block; the checkout's data/ stays as it is."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with patch.object(storage, "DATA", folder):
            yield folder


def smooth_noise(rng: np.random.Generator) -> Image.Image:
    """An image of 84 x 84 pixels that no other resembles: as large as a white blood cell's."""
    coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((84, 84))


def labelled(pixels: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> ImageSet:
    """Made-up images of no folder: (images, side, side, 3) uint8 and (images,) int."""
    table = pd.DataFrame({"path": [f"{row}.png" for row in range(len(labels))], "label": labels})
    return ImageSet(
        name="made up",
        kind="phantom",
        classes=tuple(classes),
        table=table.assign(group="", part="", stand_in=""),
        pixels=pixels,
        rows=np.arange(len(labels)),
        rejected=pd.DataFrame(columns=["path", "reason"]),
        sha256="",
        group_noun="image",
        content="",
    )


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def children_cpu_seconds() -> float:
    """Processor time, user and system, of all processes that this one started and that have ended.

    On a loaded machine it tells more of a program than the time that passes, but grows with the load, too.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fastest(timings: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Name → the fewest seconds that its timing returned in `rounds` rounds.

    The timings take turns, so that a slow minute of the machine slows all of them. The fewest
    count, because in a virtual machine the first to touch fresh memory pays for it.
    """
    taken = [{name: timing() for name, timing in timings.items()} for _ in range(rounds)]
    return {name: min(row[name] for row in taken) for name in timings}


def in_new_process(
    function: Callable[..., T], *arguments: object, environment: Mapping[str, str] | None = None
) -> T:
    """What `function` returns in a Python process of its own.

    Args:
        function: Of a module's top level; the process imports that module anew.
        environment: Variables of that process, in addition to this one's.
    """
    with (
        patch.dict(os.environ, environment or {}),
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
    ):
        return pool.submit(function, *arguments).result()
