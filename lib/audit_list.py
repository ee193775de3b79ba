"""The findings about a paper's printed numbers as a table for the terminal."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from lib.claims import Finding, summary
from lib.paper import Paper

COLOURS = {"impossible": "red", "undetermined": "yellow", "consistent": "green"}


def listing(paper: Paper, findings: Sequence[Finding]) -> Table:
    """One row a finding: outcome, what it is about, and in words, as printed, as computed."""
    table = Table(
        title=f"{paper.slug}: {paper.title_english}",
        caption=summary(findings),
        title_justify="left",
        caption_justify="left",
        show_lines=True,
        expand=True,
    )
    table.add_column("Outcome", no_wrap=True)
    table.add_column("What", ratio=1)
    table.add_column("Why", ratio=4)
    for one in findings:
        outcome = f"[{COLOURS[one.outcome]}]{one.outcome}[/]"
        about = f"{one.topic} ({one.arm})" if one.arm else one.topic
        table.add_row(outcome, escape(about), escape(_why(one)))
    return table


def _why(finding: Finding) -> str:
    lines = [finding.sentence, f"Printed: {'; '.join(finding.printed)}"]
    if finding.arithmetic:
        lines.append(f"Computed: {finding.arithmetic}")
    if finding.misprint:
        lines.append(f"Likely misprint: {finding.misprint}")
    return "\n".join(lines)
