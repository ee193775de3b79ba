"""`python -m lib data|verify|schema`: what can be asked without running a notebook or loading Keras."""

import argparse
import json
import sys
from pathlib import Path

from lib import papers


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 if all is well, 1 if something is found wrong, 2 for unusable arguments."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (ValueError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    data = commands.add_parser("data", help="say what a paper expects and what a folder holds")
    data.add_argument(
        "slug", metavar="SLUG", choices=papers.slugs(), help=", ".join(papers.slugs())
    )
    data.add_argument(
        "folder", metavar="FOLDER", nargs="?", default="auto", help="default: data/SLUG/"
    )
    data.set_defaults(command=_data)
    verify = commands.add_parser("verify", help="recompute a report's numbers from its CSV files")
    verify.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="reports/SLUG")
    verify.set_defaults(command=_verify)
    schema = commands.add_parser("schema", help="print the JSON Schema of results.json")
    schema.set_defaults(command=_schema)
    return parser


def _data(options: argparse.Namespace) -> int:
    from lib.data import contents, load, locate, scan

    paper = papers.load(options.slug)
    expected = ", ".join(
        f"{name} {setting.value}" for name, setting in paper.dataset.counts.items()
    )
    print(f"expected: {paper.dataset.source} ({expected})")
    folder = locate(paper, options.folder, lambda: None)
    if folder is None:
        print(f"found: no data/{paper.slug}/; runs draw phantoms")
        return 0
    data = load(paper, folder, paper.recipe.image_size.value).summary()
    counts = ", ".join(f"{name} {count}" for name, count in data.counts.items())
    groups = "unknown" if data.groups is None else f"{data.groups} ({data.group_noun}s)"
    print(f"found: {folder}: {data.kind}, {data.images} images ({counts}), groups: {groups}")
    print(f"contents: {contents(scan(paper, folder).files)} (SHA-256; a manifest compares this)")
    for one in data.rejected:
        print(f"rejected: {one.path}: {one.reason}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from lib.verify import faults

    found = {folder: faults(folder) for folder in options.folders}
    for folder, wrong in found.items():
        print(f"{folder}: {'consistent' if not wrong else 'NOT consistent'}")
        for fault in wrong:
            print(f"  {fault}")
    return 1 if any(found.values()) else 0


def _schema(_: argparse.Namespace) -> int:
    from lib.results import Results

    print(json.dumps(Results.model_json_schema(), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
