"""Can the numbers that a paper prints all be true? Arithmetic alone; needs no images and no Keras."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.audit.checks.accuracy import check_accuracies
from lib.audit.checks.architecture import check_architecture
from lib.audit.checks.arm_differences import check_arm_differences
from lib.audit.checks.baselines import check_baselines
from lib.audit.checks.class_draw import check_class_draw
from lib.audit.checks.classification import check_reports
from lib.audit.checks.contradictions import check_contradictions
from lib.audit.checks.implied_accuracy import check_implied_accuracies
from lib.audit.checks.losses import check_losses
from lib.audit.checks.matrix import check_matrices
from lib.audit.checks.protocol import check_protocol
from lib.audit.checks.repeated_numbers import check_repeated_numbers
from lib.audit.checks.sample_size import check_sample_sizes
from lib.audit.checks.sizes import check_sizes
from lib.audit.checks.worked_examples import check_worked_examples
from lib.audit.findings import OUTCOMES, Finding, ranked, slips
from lib.audit.solved_reports import solve_reports
from lib.papers.declare import Contradiction, Paper
from lib.words import counted

CAVEAT = (
    "Impossible: no whole numbers of images give the printed digits, rounded or cut off. A pass proves nothing: "
    "numbers that fit together may still be wrong. The texts were extracted from PDF files, which may have changed a "
    "digit."
)


def check_paper(paper: Paper) -> list[Finding]:
    """The findings of every check of a paper's printed numbers, the gravest first.

    Raises:
        ValueError: A declared contradiction excludes nothing, or is not shown in what it names.
    """
    findings = ranked(_findings(paper))
    for contradiction in paper.contradictions:
        if contradiction.shown_in:
            findings = _joined(findings, contradiction)
    return findings


def _findings(paper: Paper) -> Iterator[Finding]:
    solved_reports = solve_reports(paper)
    yield from check_accuracies(paper)
    yield from check_sample_sizes(paper)
    yield from check_reports(paper, solved_reports)
    yield from check_matrices(paper)
    yield from check_sizes(paper)
    yield from check_class_draw(paper)
    yield from check_architecture(paper)
    yield from check_worked_examples(paper)
    yield from check_repeated_numbers(paper)
    yield from check_losses(paper)
    yield from check_implied_accuracies(paper, solved_reports)
    yield from check_protocol(paper)
    yield from check_contradictions(paper)
    yield from check_baselines(paper, solved_reports)
    yield from check_arm_differences(paper)


def _joined(findings: Sequence[Finding], contradiction: Contradiction) -> list[Finding]:
    """The findings, of which those that show a contradiction's slip again name the first of them."""
    same = [
        finding
        for finding in findings
        if finding.outcome == "impossible"
        and (
            finding.title in contradiction.shown_in
            or (finding.declared and finding.topic == contradiction.topic)
        )
    ]
    if missing := set(contradiction.shown_in) - {finding.title for finding in same}:
        raise ValueError(
            f"`shown_in` of {contradiction.topic!r} should name impossible findings; received "
            f"{sorted(missing)}."
        )
    first, *others = same
    return [
        replace(finding, again=first.title) if finding in others else finding
        for finding in findings
    ]


def worst_finding(paper: Paper) -> str:
    """The gravest finding of the audit as one sentence with its places; "" where nothing was found.

    The declared one, else the sentence of the first finding that is not consistent.
    """
    if paper.worst:
        return f"{paper.worst.sentence} ({paper.worst.where})."
    gravest = check_paper(paper)[:1]
    return "".join(finding.sentence for finding in gravest if finding.outcome != "consistent")


def summary_text(findings: Sequence[Finding]) -> str:
    """How many findings there are of each outcome, how many slips, and what a pass is worth."""
    counts = Counter(finding.outcome for finding in findings)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    number = len(slips(findings))
    same = f" The impossible ones show {counted(number, 'slip')}." * (number < counts["impossible"])
    return f"{told}.{same} {CAVEAT}"
