"""The audit of a paper's printed numbers, as tables: what cannot be, what is open, what fits."""

import re
from collections import Counter
from collections.abc import Sequence

from lib.audit import Finding, summary_text
from lib.audit.exact import convolution
from lib.papers.declare import Convolution, Paper, Sizes
from lib.report.blocks import OUTCOME_VERDICTS, Block, badge, paragraph, stack, table
from lib.words import counted, listed

QUESTIONS = {  # check → what it looks at
    "range": "values in their metric's range",
    "accuracy": "accuracies as shares of images",
    "means": "means over folds, seeds or batches",
    "two classes": "scores of two classes",
    "sample size": "the images behind several accuracies",
    "report": "classification reports",
    "matrix": "confusion matrices",
    "sizes": "numbers of images",
    "architecture": "layers and sizes of networks",
    "agreement": "numbers printed in several places",
    "baselines": "scores beside baselines",
}


def finding_table(findings: Sequence[Finding]) -> Block:
    """What the checks found, the gravest first; those that found nothing are counted.

    The declared contradictions are counted, but not told again: `contradiction_table` has them. The
    arithmetic of a slip is told once.
    """
    declared = sum(finding.declared for finding in findings)
    grave = [
        finding for finding in findings if finding.outcome != "consistent" and not finding.declared
    ]
    passed = [finding for finding in findings if finding.outcome == "consistent"]
    summary = summary_text(findings)
    among = f" {_among(declared)}" if declared else ""
    caption = f"{len(findings)} checks of the printed numbers: {summary}{among}"
    shown = _grave_table(grave, caption) if grave else paragraph(caption)
    if not passed:
        return shown
    return shown + paragraph(_passed(passed))


def _passed(findings: Sequence[Finding]) -> str:
    """What was checked without finding anything: "5 checks found nothing: 3 of accuracies and 2 of baselines."."""
    counts = Counter(QUESTIONS[finding.check] for finding in findings)
    told = listed(f"{count} of {question}" for question, count in counts.items())
    return (
        f"{counted(len(findings), 'check')} found nothing: {told}. python -m lib audit lists them."
    )


def _among(declared: int) -> str:
    verb = "is" if declared == 1 else "are"
    return f"The {counted(declared, 'contradiction')} above {verb} among them."


def _grave_table(findings: Sequence[Finding], caption: str) -> Block:
    rows = [
        (
            badge(OUTCOME_VERDICTS[finding.outcome], finding.outcome),
            finding.title,
            _explanation(finding),
            _places(finding) or None,
            None if finding.again else finding.arithmetic or None,
        )
        for finding in findings
    ]
    columns = ("Outcome", "What", "Finding", "Where", "Arithmetic")
    return table(rows, columns, caption)


def _places(finding: Finding) -> str:
    """Where the numbers are printed; themselves they stand in the finding or its arithmetic."""
    places = (re.fullmatch(r".*? \((.*)\)", text) for text in finding.printed)
    return "; ".join(dict.fromkeys(place[1] for place in places if place))


def _explanation(finding: Finding) -> str:
    misprint = f" Likely misprint: {finding.misprint}." if finding.misprint else ""
    again = f" The same slip as: {finding.again}." if finding.again else ""
    return f"{finding.sentence}{misprint}{again}"


def example_tables(paper: Paper) -> Block:
    """Every worked example of the paper, number by number; nothing where it has none."""
    return stack(map(_example, paper.examples))


def _example(example: Convolution | Sizes) -> Block:
    rows = [
        (
            *(number.of, number.printed, number.unpadded, number.padded),
            "yes" if number.agrees else "no",
            number.where if number.where != example.where else None,
        )
        for number in convolution.explain(example)
    ]
    columns = ("Number", "Printed", "Without padding", "With padding", "Agrees", "Where")
    if isinstance(example, Sizes):
        caption = (
            f"Sides of the feature maps, step by step from {example.side} pixels ({example.where}): "
            f"each step starts from the printed size before it."
        )
        return table(rows, columns, caption, numeric=(1, 2, 3))
    caption = (
        "The output of the convolution, printed and computed. Where shapes differ, their centres are "
        "aligned; a dash means that there is no such number."
    )
    image, kernel = (
        _matrix(f"{name} ({example.where}).", matrix)
        for name, matrix in (("Input", example.image), ("Kernel", example.kernel))
    )
    return image + kernel + table(rows, columns, caption, numeric=(1, 2, 3))


def _matrix(caption: str, matrix: Sequence[Sequence[int]]) -> Block:
    rows = [(f"row {number}", *row) for number, row in enumerate(matrix, 1)]
    columns = ("", *(f"column {number}" for number in range(1, len(matrix[0]) + 1)))
    return table(rows, columns, caption, numeric=range(1, len(columns)))
