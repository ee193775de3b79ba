"""Can the numbers that a paper prints all be true? Arithmetic alone; needs no images and no Keras."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from lib.audit.all_checks import findings_of
from lib.audit.claimed import audit_claims, check_claims
from lib.audit.claims import single_evaluations
from lib.audit.findings import NOT_CHECKABLE, OUTCOMES, Consequence, Finding, ranked, slips
from lib.audit.pasted import TableAudit, table
from lib.audit.reading import Unreadable
from lib.audit.solved_reports import solve_reports
from lib.papers.declare import Contradiction, Paper
from lib.words import counted

PASS = "A pass proves nothing: numbers that fit together may still be wrong."
CAVEAT = "A pass proves nothing. The texts were extracted from PDF files, which may have changed a digit."
# What "impossible" says of a check: of numbers that images give, and of all others.
SHARES_OF_IMAGES = ("accuracy", "sample size", "report", "means", "two classes")
NO_IMAGES = "no whole numbers of images give the printed digits, rounded or cut off"
EXCLUDED = "what is printed excludes each other, however it was rounded"


_checked: dict[str, tuple[Paper, Sequence[Finding]]] = {}  # slug → declaration, its findings


def check_paper(paper: Paper) -> list[Finding]:
    """The findings of every check of a paper's printed numbers, the gravest first.

    They are computed once per declaration, which does not change: every page of a paper asks for them.

    Raises:
        ValueError: A declared contradiction excludes nothing, or is not shown in what it names.
    """
    known, findings = _checked.get(paper.slug, (None, ()))
    if known is not paper:
        findings = _findings(paper)
        _checked[paper.slug] = paper, findings
    return [*findings]


def _findings(paper: Paper) -> list[Finding]:
    findings = ranked(findings_of(paper, solve_reports(single_evaluations(paper))))
    for contradiction in paper.contradictions:
        if contradiction.shown_in:
            findings = _joined(findings, contradiction)
    return findings


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
    return "".join(
        finding.sentence for finding in gravest if finding.outcome in ("impossible", "undetermined")
    )


def summary_text(findings: Sequence[Finding], caveat: str = CAVEAT) -> str:
    """How many findings there are of each outcome, how many slips, and what a pass is worth."""
    counts = Counter(finding.outcome for finding in findings)
    told = ", ".join(
        f"{counts[outcome]} {outcome}"
        for outcome in OUTCOMES
        if outcome != NOT_CHECKABLE or counts[outcome]
    )
    number = len(slips(findings))
    same = f" The impossible ones show {counted(number, 'slip')}." * (number < counts["impossible"])
    return f"{told}.{same}{_meaning(findings)} {caveat}"


def _meaning(findings: Sequence[Finding]) -> str:
    """What "impossible" says of the checks that found something."""
    checks = [finding.check for finding in findings if finding.outcome == "impossible"]
    of_images = [check in SHARES_OF_IMAGES for check in checks]
    meanings = [*[NO_IMAGES] * any(of_images), *[EXCLUDED] * (not all(of_images))]
    return f" Impossible: {', or '.join(meanings)}." if checks else ""
