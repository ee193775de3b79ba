"""The audit of a paper's printed numbers, as tables: what cannot be, what is open, what fits."""

from collections.abc import Sequence

from lib.audit import Finding, summary_text
from lib.audit.exact import convolution
from lib.papers.declare import Convolution, Paper, Sizes
from lib.report.blocks import OUTCOME_VERDICTS, Block, badge, fold_away, stack, table

CONCERNS = {3: "headline", 2: "table or protocol", 1: "slip"}


def finding_table(findings: Sequence[Finding]) -> Block:
    """All findings, the gravest first; those that fit folded away."""
    grave = [finding for finding in findings if finding.outcome != "consistent"]
    passed = [finding for finding in findings if finding.outcome == "consistent"]
    summary = summary_text(findings)
    caption = f"{len(findings)} checks of the printed numbers against each other: {summary}"
    if not passed:
        return _table(grave, caption)
    title = f"The {len(passed)} checks that found nothing"
    return _table(grave, caption) + fold_away(title, _table(passed, "Passed."))


def _table(findings: Sequence[Finding], caption: str) -> Block:
    rows = [
        (
            badge(OUTCOME_VERDICTS[finding.outcome], finding.outcome),
            f"{finding.topic} ({finding.arm})" if finding.arm else finding.topic,
            _explanation(finding),
            "; ".join(finding.printed),
            finding.arithmetic,
            CONCERNS[finding.weight],
        )
        for finding in findings
    ]
    columns = ("Outcome", "What", "In words", "As printed", "Arithmetic", "Concerns")
    return table(rows, columns, caption)


def _explanation(finding: Finding) -> str:
    misprint = f" Likely misprint: {finding.misprint}." if finding.misprint else ""
    return f"{finding.sentence}{misprint}"


def example_tables(paper: Paper) -> Block:
    """Every worked example of the paper, number by number; nothing where it has none."""
    return stack(map(_example, paper.examples))


def _example(example: Convolution | Sizes) -> Block:
    rows = [
        (
            *(number.of, number.printed, number.unpadded, number.padded),
            "yes" if number.agrees else "no",
            number.where,
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
        "The output of the convolution: printed, and computed from input and kernel. Where shapes "
        "differ, the two are laid on one another by their centres; a dash: there is no such number."
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
