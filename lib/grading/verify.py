"""`python -m lib verify`: what was handed in, held against itself, side by side; on demand one fit trained again."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lib.grading.items import Item, Verification
from lib.grading.output import print_table, write_outputs
from lib.grading.processes import add_jobs_argument, side_by_side
from lib.grading.submissions import is_run, list_submissions, open_submission
from lib.words import listed, printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is checked, where the outcome goes, and whether one fit is trained again."""
    parser.add_argument(
        "reports",
        metavar="REPORT",
        nargs="+",
        type=Path,
        help="a run folder, a zip, a page (*.html), or a folder of these",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="every item as JSON; - prints it")
    parser.add_argument("--html", metavar="FILE", type=Path, help="every item as a page")
    parser.add_argument(
        "--rerun",
        action="store_true",
        help="also train one fit again, drawn at random: the only proof",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="the images of the run, for --rerun (default: drawn images are drawn again)",
    )
    parser.add_argument(
        "--draw-seed", type=int, metavar="N", help="draw the same fit again, for --rerun"
    )
    add_jobs_argument(parser)


def run_command(options: argparse.Namespace) -> int:
    """Prints what each submission comes to; 0 if all are consistent, 1 if not, 2 if none is given.

    Raises:
        ValueError: An option that has no meaning without --rerun.
    """
    _require_usable(options)
    paths, skipped = _checkable(options.reports)
    if not paths:
        said = f"REPORT should be run folders, zips or pages; received {listed(skipped)}. Give other paths."
        print(printable(said), file=sys.stderr)
        return 2
    verifications = list(verify_all(paths, options.jobs))
    if options.rerun:
        from lib.grading import rerun  # it loads all that reads images

        verifications = [
            rerun.with_rerun(checked, path, options.data, options.draw_seed)
            for path, checked in zip(paths, verifications, strict=True)
        ]
    if options.json is None or str(options.json) != "-":
        print_table(verifications, skipped)
        if options.rerun:
            print(*rerun.rerun_lines(verifications), sep="\n")
    write_outputs(verifications, options.json, options.html)
    return 0 if all(checked.overall == "consistent" for checked in verifications) else 1


def _require_usable(options: argparse.Namespace) -> None:
    """Raises: ValueError for an option that has no meaning without --rerun."""
    for name in ("data", "draw_seed"):
        if getattr(options, name) is not None and not options.rerun:
            option = f"--{name.replace('_', '-')}"
            raise ValueError(
                f"{option} should stand beside --rerun. Add it, or leave {option} out."
            )


def _checkable(reports: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The submissions that are given or lie in a folder that is given, and the names of what is none.

    What is not there, or an empty folder, stays: it is a row of its own.
    """
    paths: list[Path] = []
    skipped = []
    for given in reports:
        if given.is_file() and not is_run(given):
            skipped.append(given.name)
        else:
            paths += (list_submissions(given) if given.is_dir() else ()) or (given,)
    return list(dict.fromkeys(paths)), skipped


def verify_path(path: Path) -> Verification:
    """`lib.grading.consistency.verify` of what lies at `path`."""
    # It loads all that draws a page, which takes a second, and is needed only in the processes that check.
    from lib.grading.consistency import verify

    return verify(open_submission(path))


def verify_all(paths: Sequence[Path], jobs: int) -> Iterator[Verification]:
    """Each in turn, in order, in `jobs` processes; one that cannot be checked is unreadable and stops no other."""
    return side_by_side(verify_path, paths, jobs, _ended)


def _ended(path: Path) -> Verification:
    said = "checking it ended the process, most likely because memory ran out"
    return Verification(path.name, (Item("files", "cannot tell", said),), None)
