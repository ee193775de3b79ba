"""Runs the notebooks with papermill and renders their reports.

    python run_all.py [SLUG ...] [--profile quick|paper] [--data auto|phantom|kaggle|PATH] [--seeds 0 1 2]
                      [-p NAME VALUE]... [--parameters FILE.yaml] [--sweep NAME=V1,V2,...]... [--jobs N]
                      [--timeout MINUTES] [--kernel NAME] [--parsl CONFIG.py] [--reports DIR] [--junit FILE.xml]
                      [--force] [--dry-run] [--verbose] [--list]

Nothing heavy is imported until the arguments are known to be good.
"""

import argparse
import sys
from importlib.util import find_spec
from os.path import expanduser, isfile  # unlike Path's, these raise nothing for odd names
from pathlib import Path

from lib import ROOT, papers
from lib.runs.ending import Terminated, end_politely
from lib.words import escape_unencodable, printable_lines, printed_whole

TIMEOUT = 24 * 60  # minutes; a run of the paper profile on a slow machine takes hours


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
        from lib.runs import plan
        from lib.runs.arguments import UsageError, read_sweep

        try:  # of its own: an interrupt of the imports must not look for UsageError, which is not there yet
            sweep = read_sweep(options.sweep)
            plans, broken = plan.make_plans(options, sweep)
            from lib.runs import batch, cluster  # load what reads images: only now

            parsl = cluster.load_config(options.parsl) if options.parsl else None
        except (UsageError, OSError) as error:
            parser.error(printable_lines(str(error)))
    except ImportError as error:
        parser.error(
            f"{error.name} is not installed for {sys.executable}. Run `make setup`, then "
            f"`.venv/bin/python run_all.py …` (or activate .venv)."
        )
    how = batch.How(
        force=options.force,
        jobs=options.jobs,
        timeout_s=60 * options.timeout,
        verbose=options.verbose,
        parsl=parsl,
        junit=options.junit,
        dry_run=options.dry_run,
    )
    return batch.run(plans, Path(options.reports), how, sweep_values=sweep, broken=broken)


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
        "--seeds",
        nargs="+",
        type=_seed,
        metavar="N",
        help="seeds (default: those of the profile), or the word `author`: those that follow from "
        "the parameters author and assignment",
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
    parser.add_argument(
        "--parameters",
        type=_file,
        dest="parameters_file",
        metavar="FILE.yaml",
        help="set parameters from a file with a line `NAME: VALUE` for each, as papermill takes "
        "it; -p wins",
    )
    parser.add_argument(
        "--sweep",
        action="append",
        default=[],
        metavar="NAME=V1,V2,...",
        help="run with each of these values of a parameter; with each combination, if repeated",
    )


def _add_how_to_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--jobs",
        type=_whole_number,
        metavar="N",
        help="runs at a time (default: as many as processors, memory and GPUs allow)",
    )
    parser.add_argument(
        "--timeout",
        type=_minutes,
        default=TIMEOUT,
        metavar="MINUTES",
        help=f"end a run that takes longer (default: {TIMEOUT}, a day)",
    )
    parser.add_argument(
        "--kernel", metavar="NAME", help="Jupyter kernel to run on (default: this Python)"
    )
    parser.add_argument(
        "--parsl",
        type=_parsl_config,
        metavar="CONFIG.py",
        help="run on the machines that a Parsl configuration names",
    )
    parser.add_argument(
        "--reports",
        default=str(ROOT / "reports"),
        metavar="DIR",
        help="where to write (default: reports/ of this checkout)",
    )
    parser.add_argument(
        "--junit", type=_new_file, metavar="FILE.xml", help="also tell CI of the outcomes"
    )
    parser.add_argument("--force", action="store_true", help="run even if nothing changed")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would run and why; run nothing"
    )
    parser.add_argument(
        "--verbose", action="store_true", help="show what the notebooks print while they run"
    )
    parser.add_argument("--list", action="store_true", help="list the papers and exit")


def _seed(text: str) -> int | str:
    from lib.runs.parameters import OF_THE_AUTHOR

    if text == OF_THE_AUTHOR:
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"should be whole numbers, or the word {OF_THE_AUTHOR}; received {text}"
        ) from None


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"should be a whole number from 1; received {text}")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"should be minutes, more than 0; received {text}")
    return minutes


def _file(text: str) -> Path:
    path = Path(expanduser(text)).resolve()
    if not isfile(path):
        raise argparse.ArgumentTypeError(f"should be a file; there is none at {path}")
    return path


def _parsl_config(text: str) -> Path:
    if find_spec("parsl") is None:
        raise argparse.ArgumentTypeError(
            f"needs Parsl, which is not installed for {sys.executable}. Run "
            f"`{sys.executable} -m pip install -e '.[cluster]'`"
        )
    return _file(text)


def _new_file(text: str) -> Path:
    path = Path(expanduser(text)).resolve()
    try:
        usable = path.parent.is_dir() and not path.is_dir()
    except OSError:  # a name that no file can have
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError(
            f"should be a file in a folder that is there; {path} is not"
        )
    return path


if __name__ == "__main__":
    end_politely()
    try:
        sys.exit(printed_whole(main))
    except KeyboardInterrupt as stop:
        terminated = isinstance(stop, Terminated)
        print(
            f"\n{'Terminated' if terminated else 'Interrupted'}. Finished runs are whole; those "
            f"under way were dropped: run again, and their training goes on after the last epoch that was kept.",
            file=sys.stderr,
        )
        sys.exit(143 if terminated else 130)
