"""Quantities that a paper prints in several places."""

import re
from collections.abc import Sequence

from lib.audit.rounding import bounds, common
from lib.audit.tables import grouped
from lib.papers.declare import Claim, Contradiction, Paper


def disagreeing(paper: Paper) -> list[list[Claim]]:
    """The quantities of which no one value rounds to all that is printed."""
    return [
        claims
        for claims in quantities(paper)
        if not common(bounds(one, cut=False) for one in claims)
    ]


def quantities(paper: Paper) -> list[list[Claim]]:
    """The claims that are about one quantity, where there are several."""
    groups = grouped(
        (one for one in paper.claims if not one.incomparable),
        lambda one: (one.metric, one.arm, one.of, one.part, one.epoch),
    )
    return [claims for claims in groups.values() if len(claims) > 1]


def quoting(paper: Paper, claims: Sequence[Claim]) -> Contradiction | None:
    """The declared contradiction that quotes every one of these numbers, if there is one."""
    for one in paper.contradictions:
        text = " ".join(f" {reading.value} " for reading in one.readings)
        # 98.1 % and 0.981 are one number: either may stand for it.
        said = {each.decimal for each in claims if _stands(each.printed, text)}
        if said == {each.decimal for each in claims}:
            return one
    return None


def _stands(number: str, text: str) -> bool:
    """Whether a number stands in a text, and not as a part of another."""
    return bool(re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", text))
