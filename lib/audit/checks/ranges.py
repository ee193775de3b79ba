"""A number against the least and the greatest value that its metric can have."""

from collections.abc import Iterator

from lib.audit.findings import Finding, quoted, weigh
from lib.papers.declare import Paper, metric_range, out_of_range


def check_ranges(paper: Paper) -> Iterator[Finding]:
    """One finding for every number that lies outside."""
    for claim in paper.claims:
        if out_of_range(claim):
            least, greatest = metric_range(claim.metric)
            most = f"; {greatest} at most" if greatest is not None else ""
            yield Finding(
                check="range",
                topic=f"{claim.metric}{f' of {claim.of}' if claim.of else ''}".capitalize(),
                outcome="impossible",
                printed=quoted([claim]),
                arithmetic=f"{claim.metric}: {least} at least{most}",
                sentence=f"No {claim.metric} can be {claim.text}.",
                weight=weigh(paper, [claim]),
                arm=claim.arm,
            )
