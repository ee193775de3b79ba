"""The audit of a paper's printed numbers, as tables: what cannot be, what is open, what fits."""

import re
from collections.abc import Sequence

from lib.audit import Finding, summary_text
from lib.audit.exact import convolution
from lib.papers.declare import Convolution, Paper, Sizes
from lib.report.blocks import OUTCOME_VERDICTS, Block, badge, fold_away, paragraph, stack, table
from lib.words import counted

QUOTED = 4  # numbers from one place, above which only some are quoted


def finding_table(findings: Sequence[Finding]) -> Block:
    """What the checks found, the gravest first; of those that found nothing the names, folded away.

    The declared contradictions are counted, but not told again: `contradiction_table` has them.
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
    title = f"{counted(len(passed), 'check')} that found nothing"
    return shown + fold_away(title, paragraph(f"{'; '.join(_topics(passed))}."))


def _among(declared: int) -> str:
    verb = "is" if declared == 1 else "are"
    return f"The {counted(declared, 'contradiction')} above {verb} among them."


def _grave_table(findings: Sequence[Finding], caption: str) -> Block:
    rows = [
        (
            badge(OUTCOME_VERDICTS[finding.outcome], finding.outcome),
            _topic(finding),
            _explanation(finding),
            _quoted(finding.printed),
            finding.arithmetic or None,
        )
        for finding in findings
    ]
    columns = ("Outcome", "What", "Finding", "As printed", "Arithmetic")
    return table(rows, columns, caption)


def _topic(finding: Finding) -> str:
    return f"{finding.topic} ({finding.arm})" if finding.arm else finding.topic


def _topics(findings: Sequence[Finding]) -> list[str]:
    """Each topic once, with its models."""
    arms: dict[str, list[str]] = {}
    for finding in findings:
        arms.setdefault(finding.topic, []).extend(filter(None, [finding.arm]))
    return [f"{topic} ({', '.join(names)})" if names else topic for topic, names in arms.items()]


def _quoted(printed: Sequence[str]) -> str:
    """The quotations one after another; of several from one place the last tells the place.

    Of many from one place the first and the last stand for all.
    """
    placed = [re.fullmatch(r"(.*?) (\(.*\))", text) for text in printed]
    if not all(placed):
        return "; ".join(printed)
    texts_by_place = {}
    for match in placed:
        texts_by_place.setdefault(match[2], []).append(match[1])
    return "; ".join(f"{_few(texts)} {place}" for place, texts in texts_by_place.items())


def _few(texts: Sequence[str]) -> str:
    if len(texts) <= QUOTED:
        return ", ".join(texts)
    return f"{texts[0]}, {texts[1]}, … {texts[-1]}, {len(texts)} numbers"


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
