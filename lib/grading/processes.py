"""Submissions side by side, in processes: one that ends its process costs its own row alone."""

import argparse
import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from threadpoolctl import threadpool_limits

from lib import machine

T = TypeVar("T")
SELDOM = (
    500_000  # new objects after which the youngest are searched for garbage; Python's own is 700
)
SPAWN = get_context("spawn")  # a forked process would inherit threads and locks as they stand


def add_jobs_argument(parser: argparse.ArgumentParser) -> None:
    """How many processes."""
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_at_least_one,
        default=machine.processors(),
        help="processes (default: as many as processors)",
    )


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"should be a whole number from 1 on; received {text!r}")
    return int(text)


def side_by_side(
    function: Callable[[Path], T], paths: Sequence[Path], jobs: int, ended: Callable[[Path], T]
) -> Iterator[T]:
    """`function` of each path, in their order, in `jobs` processes.

    Args:
        function: Picklable; it raises nothing.
        ended: What stands for a path whose process ended, as when memory runs out.
    """
    if jobs == 1 or len(paths) < 2:
        yield from map(function, paths)
        return
    done = 0
    try:
        with ProcessPoolExecutor(min(jobs, len(paths)), SPAWN) as pool:
            for result in pool.map(partial(_settled, function), paths):
                yield result
                done += 1
    except BrokenProcessPool:
        # One of them ended its process, and the others' results went with it: alone, each shows which it was.
        yield from map(partial(_alone, function, ended), paths[done:])


def _settled(function: Callable[[Path], T], path: Path) -> T:
    result = function(path)
    _settle()
    return result


@cache
def _settle() -> None:
    """After the first submission, once in a process: what was loaded for it stays to the end.

    Frozen, it is not searched for garbage again and again. What a submission leaves behind is a hundred megabytes
    at most, and is searched less often. BLAS, loaded by then, has one thread left: on matrices this small two only
    wait for one another.
    """
    threadpool_limits(1, "blas")
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


def _alone(function: Callable[[Path], T], ended: Callable[[Path], T], path: Path) -> T:
    try:
        with ProcessPoolExecutor(1, SPAWN) as pool:
            return pool.submit(function, path).result()
    except BrokenProcessPool:
        return ended(path)
