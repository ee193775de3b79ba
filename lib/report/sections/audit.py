"""The audit of a paper's printed numbers, as tables: what cannot be, what is open, what fits."""

from collections import Counter
from collections.abc import Sequence

from lib.audit import CAVEAT, OUTCOMES, Finding
from lib.audit.exact import convolution
from lib.papers.declare import Convolution, Paper, Sizes
from lib.report.blocks import LOOKS, Shown, badge, fold_away, table

WEIGHTS = {3: "headline", 2: "table or protocol", 1: "slip"}


def audit(findings: Sequence[Finding]) -> Shown:
    """All findings, the gravest first; those that fit folded away."""
    counts = Counter(one.outcome for one in findings)
    listed = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    grave = [one for one in findings if one.outcome != "consistent"]
    rest = [one for one in findings if one.outcome == "consistent"]
    caption = (
        f"{len(findings)} checks of the printed numbers against each other: {listed}. {CAVEAT}"
    )
    shown = _table(grave, caption)
    if not rest:
        return shown
    return shown + fold_away(f"The {len(rest)} checks that found nothing", _table(rest, "Passed."))


def _table(findings: Sequence[Finding], caption: str) -> Shown:
    rows = [
        (
            badge(LOOKS[one.outcome], one.outcome),
            f"{one.topic} ({one.arm})" if one.arm else one.topic,
            one.sentence + (f" Likely misprint: {one.misprint}." if one.misprint else ""),
            "; ".join(one.printed),
            one.arithmetic,
            WEIGHTS[one.weight],
        )
        for one in findings
    ]
    columns = ("Outcome", "What", "In words", "As printed", "Arithmetic", "Concerns")
    return table(rows, columns, caption)


def examples(paper: Paper) -> Shown:
    """Every worked example of the paper, number by number; nothing where it has none."""
    return Shown("".join(_one(one).html for one in paper.examples))


def _one(example: Convolution | Sizes) -> Shown:
    rows = [
        (one.of, one.printed, one.unpadded, one.padded, "yes" if one.agrees else "no", one.where)
        for one in convolution.explain(example)
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


def _matrix(caption: str, matrix: Sequence[Sequence[int]]) -> Shown:
    rows = [(f"row {number}", *row) for number, row in enumerate(matrix, 1)]
    columns = ("", *(f"column {number}" for number in range(1, len(matrix[0]) + 1)))
    return table(rows, columns, caption, numeric=range(1, len(columns)))
