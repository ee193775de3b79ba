"""Runs the notebooks with papermill and renders their reports.

    python run_all.py [SLUG ...] [--profile quick|paper] [--data auto|phantom|kaggle|PATH] [--seeds 0 1 2]
                      [-p NAME VALUE]... [--force] [--kernel NAME] [--reports DIR] [--list]

Nothing heavy is imported until the arguments are known to be good.
"""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from lib import ROOT, papers
from lib.words import escape_unencodable, printable_lines


class Terminated(KeyboardInterrupt):
    """SIGTERM came: everything is put away as after Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 if every run succeeded, 1 if one failed, 2 for unusable arguments."""
    escape_unencodable()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        for slug in papers.slugs():
            note = "" if slug in papers.runnable() else " (no notebook yet)"
            print(f"{slug}: {papers.load(slug).title_english}{note}")
        return 0
    unknown = [slug for slug in options.slugs if slug not in papers.slugs()]
    if unknown:
        parser.error(f"unknown paper {', '.join(unknown)}; known: {', '.join(papers.slugs())}")
    try:
        from lib.runs import batch, plan
    except ImportError as error:
        parser.error(
            f"{error.name} is not installed for {sys.executable}. Run `make setup`, then "
            f"`.venv/bin/python run_all.py …` (or activate .venv)."
        )
    try:
        plans, broken = plan.make_plans(options)
    except plan.UsageError as error:
        parser.error(printable_lines(str(error)))
    return batch.run(plans, Path(options.reports), force=options.force, broken=broken)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_all.py",
        description="Reproduce the papers: run their notebooks and render reports.",
        epilog="Exit code: 0 all succeeded, 1 a run failed, 2 unusable arguments, 130 interrupted, "
        "143 terminated.",
    )
    _add_what_to_run(parser)
    _add_how_to_run(parser)
    return parser


def _add_what_to_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="papers to run (default: all)")
    parser.add_argument(
        "--profile",
        default="quick",
        choices=("quick", "paper"),
        help="how much to do (default: quick)",
    )
    parser.add_argument(
        "--data",
        default="auto",
        metavar="auto|phantom|kaggle|PATH",
        help="images: data/SLUG/ or a Kaggle notebook's input if there, else drawn ones (auto); "
        "always drawn ones (phantom); "
        "data/SLUG/, downloaded if need be (kaggle); or a "
        "folder with one sub-folder per class, or one per SLUG",
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, metavar="N", help="seeds (default: those of the profile)"
    )
    parser.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        dest="parameters",
        metavar=("NAME", "VALUE"),
        help="set a parameter of the notebook; may be repeated",
    )


def _add_how_to_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="run even if nothing changed")
    parser.add_argument(
        "--kernel", metavar="NAME", help="Jupyter kernel to run on (default: this Python)"
    )
    parser.add_argument(
        "--reports",
        default=str(ROOT / "reports"),
        metavar="DIR",
        help="where to write (default: reports/ of this checkout)",
    )
    parser.add_argument("--list", action="store_true", help="list the papers and exit")


def _raise_terminated(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is put away must not be cut off
    raise Terminated


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        sys.exit(main())
    except KeyboardInterrupt as stop:
        terminated = isinstance(stop, Terminated)
        print(
            f"\n{'Terminated' if terminated else 'Interrupted'}. Finished runs are whole; the one under "
            f"way was dropped: run again, and its training goes on after the last finished epoch.",
            file=sys.stderr,
        )
        sys.exit(143 if terminated else 130)
