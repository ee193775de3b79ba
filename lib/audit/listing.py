"""`python -m lib audit`: findings about a pasted table or a declared paper, for a terminal, a letter or a program."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from os.path import isfile  # False for a name that no file can have
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lib import papers
from lib.audit import CAVEAT, PASS, Finding, check_paper, summary_text
from lib.audit.letter import write_letter
from lib.audit.pasted import Classes, TableAudit, table
from lib.words import printable_lines

COLOURS = {
    "impossible": "red",
    "undetermined": "yellow",
    "consistent": "green",
    "not checkable": "dim",
}
STDIN = "-"
IMPOSSIBLE, UNREADABLE = 1, 2  # exit statuses


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to audit, what is known of it, and in which form."""
    parser.add_argument(
        "what",
        metavar="FILE|SLUG|-",
        nargs="*",
        type=_known,
        help=f"a file with a table, “-” for what is pasted, or a paper ({', '.join(papers.slugs())}); "
        "default: all papers",
    )
    parser.add_argument(
        "--n", type=int, help="images behind every number that does not say its own"
    )
    parser.add_argument(
        "--folds",
        type=int,
        metavar="K",
        help="scores are means over K folds of equal size, of --n images together",
    )
    parser.add_argument(
        "--mean",
        action="store_true",
        help="scores are means over seeds, repeats or folds of unknown size",
    )
    parser.add_argument(
        "--digits", choices=("rounded", "cut"), help="how digits were left out, where it is known"
    )
    parser.add_argument(
        "--classes",
        default=(),
        type=_classes,
        metavar="2|a,b|a=100,b=200",
        help="how many classes there are, their names, or the images of each (of two, the positive one first)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="as JSON: file → all of it, slug → list of findings"
    )
    form.add_argument("--letter", action="store_true", help="in words for a letter to the authors")


def run_command(options: argparse.Namespace) -> int:
    """0: consistent; 1: something in a table is impossible; 2: a table cannot be read.

    What is impossible in a declared paper is the study's subject and no failure: it counts as 0.
    """
    status = 0
    records: dict[str, Any] = {}
    for what in options.what or papers.slugs():
        if what in papers.slugs():
            _show_paper(what, options, records)
            continue
        try:
            audit = _audited(what, options)
        except ValueError as error:
            print(printable_lines(f"{what}: {error}"), file=sys.stderr)
            status = UNREADABLE
            continue
        status = max(status, IMPOSSIBLE * audit.is_impossible)
        records[what] = audit.record
        _show_table(audit, options)
    if options.json:
        print(json.dumps(records, indent=1, ensure_ascii=False))
    return status


def findings_table(title: str, findings: Sequence[Finding], caveat: str = CAVEAT) -> Table:
    """One row per finding: outcome, what it is about, and in words, as printed, as computed."""
    rows = Table(
        title=title,
        caption=summary_text(findings, caveat),
        title_justify="left",
        caption_justify="left",
        show_lines=True,
        expand=True,
    )
    rows.add_column("Outcome", no_wrap=True)
    rows.add_column("What", ratio=1)
    rows.add_column("Why", ratio=4)
    for finding in findings:
        outcome = f"[{COLOURS[finding.outcome]}]{finding.outcome}[/]"
        rows.add_row(outcome, escape(finding.title), escape(_why(finding)))
    return rows


def _known(text: str) -> str:
    """A paper's slug, "-", or the path of a file that is there."""
    if text in papers.slugs():
        if isfile(text):
            print(
                f"{text}: taken for the paper, not for the file; write ./{text} for the file",
                file=sys.stderr,
            )
        return text
    if text != STDIN and not isfile(text):
        known = ", ".join(papers.slugs())
        raise argparse.ArgumentTypeError(
            f"unknown paper {text}; known: {known}; nor is there such a file"
        )
    return text


def _classes(text: str) -> Classes:
    if text.isdecimal():
        return int(text)
    names = [name.strip() for name in text.split(",")]
    images = [name.rpartition("=") for name in names]
    if all(count.isdecimal() and name for name, _, count in images):
        return {name: int(count) for name, _, count in images}
    return tuple(names)


def _audited(what: str, options: argparse.Namespace) -> TableAudit:
    known = {name: getattr(options, name) for name in ("n", "folds", "mean", "digits", "classes")}
    if what != STDIN:
        return table(Path(what), **known)
    if sys.stdin.isatty():
        print("Paste the table, then press Ctrl-D.", file=sys.stderr)
    return table(sys.stdin.read(), **known)


def _show_paper(slug: str, options: argparse.Namespace, records: dict[str, Any]) -> None:
    paper = papers.load(slug)
    findings = check_paper(paper)
    records[slug] = [asdict(finding) for finding in findings]
    if options.letter:
        print(write_letter(f"“{paper.title_english}”", findings, ()))
    elif not options.json:
        Console().print(findings_table(f"{slug}: {paper.title_english}", findings))


def _show_table(audit: TableAudit, options: argparse.Namespace) -> None:
    if options.letter:
        print(printable_lines(audit.letter))
    elif not options.json:
        console = Console()
        title = escape(printable_lines(f"{audit.name}: {audit.source}"))
        console.print(findings_table(title, audit.findings, PASS) if audit.findings else title)
        for title, sentences in (
            ("What follows", [consequence.sentence for consequence in audit.follows]),
            ("How it was read", audit.notes),
        ):
            if sentences:
                console.print(f"[bold]{title}[/]")
                for sentence in sentences:
                    console.print(f"- {escape(printable_lines(sentence))}")


def _why(finding: Finding) -> str:
    lines = [finding.sentence, f"Printed: {'; '.join(finding.printed)}"]
    if finding.arithmetic:
        lines.append(f"Computed: {finding.arithmetic}")
    if finding.misprint:
        lines.append(f"Likely misprint: {finding.misprint}")
    if finding.again:
        lines.append(f"The same slip as: {finding.again}")
    return "\n".join(lines)
