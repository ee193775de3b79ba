"""The audit of a paper's printed numbers, as tables: what cannot be, what is open, what fits."""

from collections import Counter
from collections.abc import Sequence

from lib.claims import CAVEAT, OUTCOMES, Finding
from lib.report.shown import Shown, badge, fold_away, table

LOOKS = {"impossible": "not reproduced", "undetermined": "inconclusive", "consistent": "reproduced"}
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
