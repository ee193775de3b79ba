"""What an audit found, in words that a reviewer can paste into a letter to the authors."""

from collections.abc import Iterator, Sequence

from lib.audit.findings import Consequence, Finding, slips
from lib.words import counted

PASS = "Numbers that fit together may still be wrong."


def write_letter(source: str, findings: Sequence[Finding], follows: Sequence[Consequence]) -> str:
    """Paragraphs of plain text: what cannot be true and why, what is open, and what is asked for.

    Args:
        source: What the numbers were read from.
        findings: Of the audit.
        follows: What follows from the numbers.
    """
    paragraphs = [*_impossible(findings)] or [
        f"I checked the numbers of {source} against each other and found no contradiction. {PASS}"
    ]
    paragraphs += _open(findings)
    if told := [consequence.sentence for consequence in follows]:
        paragraphs.append("What follows from the numbers as printed: " + " ".join(told))
    return "\n\n".join(paragraphs)


def _impossible(findings: Sequence[Finding]) -> Iterator[str]:
    wrong = slips(findings)
    if not wrong:
        return
    yield (
        f"Arithmetic alone shows {counted(len(wrong), 'contradiction')} in the numbers as printed, "
        "whether they were rounded or cut off:"
    )
    for place, finding in enumerate(wrong, start=1):
        text = f"{place}. {finding.title}. {finding.sentence}"
        if finding.arithmetic:
            text += f" (Computed: {finding.arithmetic}.)"
        if finding.misprint:
            text += f" One digit would mend it: {finding.misprint}."
        yield text
    yield (
        "Could the authors check these numbers, and say on which images they were measured and whether they are "
        "means over folds or runs?"
    )


def _open(findings: Sequence[Finding]) -> Iterator[str]:
    undecided = [
        finding
        for finding in findings
        # What a score is worth is told with what follows.
        if finding.outcome == "undetermined" and finding.check != "baselines"
    ]
    if undecided:
        sentences = " ".join(f"{finding.title}: {finding.sentence}" for finding in undecided)
        yield f"The numbers do not decide the following. {sentences}"
