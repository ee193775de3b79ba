"""How long it takes to check the runs of a class with `python -m lib verify`.

    python benchmarks/verify.py RUN_FOLDER [--copies N] [--jobs N]

Copies a finished run COPIES times, checks all copies in JOBS processes, started anew, and prints the seconds, those per
submission, and how many of them are consistent.
"""

import argparse
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import measure

from lib.grading.verify import verify_all


def timed(folder: Path, copies: int, jobs: int) -> tuple[float, int]:
    """Seconds for `copies` copies of the run in `folder`, and how many copies are consistent."""
    with TemporaryDirectory() as name:
        paths = [Path(name) / f"{folder.name}-{number}" for number in range(copies)]
        for path in paths:
            shutil.copytree(folder, path)
        start = time.perf_counter()
        checked = list(verify_all(paths, jobs))
        seconds = time.perf_counter() - start
    return seconds, sum(found.overall == "consistent" for found in checked)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", metavar="RUN_FOLDER", type=Path)
    parser.add_argument("--copies", metavar="N", type=measure.positive, default=100)
    parser.add_argument("--jobs", metavar="N", type=measure.positive, default=2)
    given = parser.parse_args()
    seconds, consistent = timed(given.run, given.copies, given.jobs)
    print(f"{given.copies} submissions, {given.jobs} processes: {seconds:.1f} s")
    print(f"per submission: {seconds / given.copies:.2f} s")
    print(f"consistent: {consistent} of {given.copies}")


if __name__ == "__main__":
    main()
