"""`python -m lib data show`: what one folder of images holds, every rejected file included."""

import argparse

from lib import papers
from lib.datasets.listing import expected_lines, found_lines, print_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paper whose classes are looked for, and the folder."""
    papers.add_slug_argument(parser)
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", default="auto", help="default: data/SLUG/"
    )


def run_command(options: argparse.Namespace) -> int:
    """Prints what is expected and what is found; 0."""
    paper = papers.load(options.slug)
    print_lines(expected_lines(paper))
    print_lines(found_lines(paper, options.folder, named=None))
    return 0
