"""How long a class takes to grade: verified, held against a rubric, a page per student and one of all.

    python benchmarks/grade.py [--submissions N] [--jobs N]

Makes one quick run of a paper on drawn images, zips it SUBMISSIONS times as a student would hand it in,
and times `python -m lib grade` on the folder, from its start to its end. The goal is a hundred
submissions in a minute on two cores, that is with 1.2 s of processor time each. Beside it stands
`python -m lib verify` of the same folder, which grading includes.
"""

import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import measure

from lib import ROOT

SLUG = "kuncoro_white_blood_cells"
GOAL = 60 / 100  # seconds per submission


def main(submissions: int, jobs: int) -> None:
    with TemporaryDirectory() as name:
        place = Path(name)
        run_python("run_all.py", SLUG, "--data", "phantom", "--reports", str(place / "reports"))
        report(hand_in(place / "reports" / SLUG, place / "in", submissions), jobs)


def hand_in(run: Path, folder: Path, submissions: int) -> Path:
    """The folder of a class: one zip of the run for each student."""
    folder.mkdir()
    for number in range(submissions):
        target = folder / f"Student {number}_{number}_assignsubmission_file_run.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(run.iterdir()):
                archive.write(path, path.name)
    return folder


def report(folder: Path, jobs: int) -> None:
    """Times both commands and prints what they took."""
    submissions = len(list(folder.iterdir()))
    rubric, out = str(ROOT / "docs" / "rubric.yaml"), str(folder.parent / "out")
    grading = ["grade", str(folder), "--rubric", rubric, "--out", out, "--jobs", str(jobs)]
    verifying = ["verify", str(folder), "--jobs", str(jobs)]
    print(f"{submissions} submissions, {jobs} processes")
    for command in (verifying, grading):
        used = measure.children_cpu_seconds()
        taken = measure.seconds(partial(run_python, "-m", "lib", *command))
        used = (measure.children_cpu_seconds() - used) / submissions
        each = taken / submissions
        print(
            f"  {command[0]}: {taken:7.1f} s; per submission {each:6.2f} s, {each / GOAL:6.2f} of the goal, and "
            f"{used:6.2f} s of the processor"
        )


def run_python(*arguments: str) -> None:
    """Runs a command of the library. Raises: RuntimeError where it fails."""
    finished = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    if finished.returncode > 1 or "Traceback" in finished.stderr:  # 1: something is not consistent
        raise RuntimeError(finished.stderr)


if __name__ == "__main__":
    main(**measure.sizes(__doc__, submissions=100, jobs=2))
