"""`python -m lib audit`: the findings about papers' printed numbers, for the terminal or as JSON."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lib import papers
from lib.audit import Finding, check_paper, summary_text
from lib.papers.declare import Paper

COLOURS = {"impossible": "red", "undetermined": "yellow", "consistent": "green"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which papers, and in which form."""
    papers.add_slugs_argument(parser)
    parser.add_argument("--json", action="store_true", help="as JSON: slug → list of findings")


def run_command(options: argparse.Namespace) -> int:
    """Print the findings; the exit code is 0 whatever they are."""
    audited = [(paper, check_paper(paper)) for paper in papers.load_all(options.slugs)]
    if options.json:
        records = {
            paper.slug: [asdict(finding) for finding in findings] for paper, findings in audited
        }
        print(json.dumps(records, indent=1, ensure_ascii=False))
        return 0
    console = Console()
    for paper, findings in audited:
        console.print(findings_table(paper, findings))
    return 0


def findings_table(paper: Paper, findings: Sequence[Finding]) -> Table:
    """One row per finding: outcome, what it is about, and in words, as printed, as computed."""
    table = Table(
        title=f"{paper.slug}: {paper.title_english}",
        caption=summary_text(findings),
        title_justify="left",
        caption_justify="left",
        show_lines=True,
        expand=True,
    )
    table.add_column("Outcome", no_wrap=True)
    table.add_column("What", ratio=1)
    table.add_column("Why", ratio=4)
    for finding in findings:
        outcome = f"[{COLOURS[finding.outcome]}]{finding.outcome}[/]"
        table.add_row(outcome, escape(finding.title), escape(_why(finding)))
    return table


def _why(finding: Finding) -> str:
    lines = [finding.sentence, f"Printed: {'; '.join(finding.printed)}"]
    if finding.arithmetic:
        lines.append(f"Computed: {finding.arithmetic}")
    if finding.misprint:
        lines.append(f"Likely misprint: {finding.misprint}")
    if finding.again:
        lines.append(f"The same slip as: {finding.again}")
    return "\n".join(lines)
