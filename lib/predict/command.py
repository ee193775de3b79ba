"""`python -m lib predict`: what a kept model calls images, one or thousands, with what must be known of its answers."""

import argparse
import sys
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from lib import papers
from lib.datasets import walk
from lib.predict.asking import Announce, Asked, ask
from lib.predict.chosen import PredictError
from lib.predict.printed import FEW, print_model
from lib.storage import write_text
from lib.words import printable, printable_lines

READ, SOME_UNREAD, UNUSABLE, INTERRUPTED = 0, 1, 2, 130  # exit statuses


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the images, and where the answers go."""
    parser.add_argument("slug", metavar="SLUG", help=", ".join(papers.slugs()))
    parser.add_argument(
        "images",
        metavar="IMAGE_OR_FOLDER",
        nargs="+",
        help="JPEG, PNG, GIF, BMP, TIFF, WebP and what else a run reads; folders with all below them",
    )
    parser.add_argument("--arm", default="", help="default: the first that the run keeps")
    parser.add_argument("--model", metavar="FILE", help="a kept model, instead of the run's")
    parser.add_argument("--reports", metavar="DIR", help="where the runs are; default: reports/")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="every answer, a row per image")
    parser.add_argument("--html", metavar="FILE", type=Path, help="a page, least certain first")
    parser.add_argument(
        "--labels",
        action="store_true",
        help="an external test: the images lie in folders named by class",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="on the page, where the network found what speaks for its answer (Grad-CAM)",
    )


def run_command(options: argparse.Namespace) -> int:
    """0 if all images were read, 1 if some were not, 2 if the arguments are of no use."""
    try:
        _require_usable(options)
        console = Console()
        asked = _ask(options, partial(print_model, console))
        asked.print_answers(console)
        _write_outputs(options, asked, console)
    except (ValueError, OSError) as error:
        print(printable_lines(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        return INTERRUPTED
    return READ if asked.all_read else SOME_UNREAD


def _require_usable(options: argparse.Namespace) -> None:
    """Whether what is asked for can be written, before anything is computed."""
    if options.explain and not options.html:
        raise PredictError("--explain should go with --html FILE, where it is shown. Give both.")
    images = {Path(image).resolve() for image in options.images}
    for name, target in (("--csv", options.csv), ("--html", options.html)):
        if target is None:
            continue
        if target.is_dir() or not target.resolve().parent.is_dir():
            raise PredictError(
                f"{name} should be a file in a folder that is there; received {target}. Give another."
            )
        if target.resolve() in images or walk.is_image(target.name):
            raise PredictError(f"{name} should be no image; received {target}. Give another file.")


def _ask(options: argparse.Namespace, announce: Announce) -> Asked:
    """The answers; on a terminal a bar shows how far they have come."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("images"), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def tell(done: int, images: int) -> None:
            bar.update(task, completed=done, total=images)

        return ask(
            options.slug,
            options.images,
            arm=options.arm,
            model=options.model,
            reports=options.reports,
            labels=options.labels,
            announce=announce,
            tell=tell,
        )


def _write_outputs(options: argparse.Namespace, asked: Asked, console: Console) -> None:
    """Both files are made before either is written, each whole or not at all."""
    outputs = {}
    if options.csv:
        outputs[options.csv] = asked.csv()
    if options.html:
        outputs[options.html] = asked.page(explain=options.explain)
    for target, text in outputs.items():
        write_text(target, text)
        console.print(Text(f"Written: {printable(str(target))}"), soft_wrap=True)
    if len(asked.answers) > FEW and not options.csv:
        console.print("--csv FILE writes every answer.")
