"""Can the numbers that a paper prints all be true? Arithmetic alone; needs no images and no Keras."""

from collections import Counter
from collections.abc import Iterator, Sequence

from lib.audit.checks.accuracy import check_accuracies
from lib.audit.checks.agreement import check_agreement
from lib.audit.checks.architecture import check_architecture
from lib.audit.checks.baselines import check_baselines
from lib.audit.checks.classification import check_reports
from lib.audit.checks.contradictions import check_contradictions
from lib.audit.checks.matrix import check_matrices
from lib.audit.checks.protocol import check_protocol
from lib.audit.checks.sample_size import check_sample_sizes
from lib.audit.checks.sizes import check_sizes
from lib.audit.findings import CHECKS, OUTCOMES, Finding, ranked
from lib.audit.solved import solved_reports
from lib.papers.declare import Paper

__all__ = ["CAVEAT", "CHECKS", "OUTCOMES", "Finding", "audit", "summary"]

CAVEAT = (
    "Impossible means that no whole numbers of images round, or can be cut off, to the printed digits. A pass "
    "proves nothing: numbers that fit together may still be wrong. The texts were extracted from PDF files, so a "
    "wrong digit may be theirs."
)


def audit(paper: Paper) -> list[Finding]:
    """Every check of what a paper prints, the gravest findings first."""
    return ranked(_findings(paper))


def _findings(paper: Paper) -> Iterator[Finding]:
    solved = solved_reports(paper)
    yield from check_accuracies(paper)
    yield from check_sample_sizes(paper)
    yield from check_reports(paper, solved)
    yield from check_matrices(paper)
    yield from check_sizes(paper)
    yield from check_architecture(paper)
    yield from check_agreement(paper, solved)
    yield from check_protocol(paper)
    yield from check_contradictions(paper)
    yield from check_baselines(paper, solved)


def summary(findings: Sequence[Finding]) -> str:
    """How many findings of each outcome, and what a pass is worth."""
    counts = Counter(one.outcome for one in findings)
    return f"{', '.join(f'{counts[one]} {one}' for one in OUTCOMES)}. {CAVEAT}"
