"""What a check finds, how findings are ranked, and how printed numbers are quoted in them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lib.papers.declare import Claim, Paper

Outcome = Literal["impossible", "undetermined", "consistent", "not checkable"]
NOT_CHECKABLE: Final = "not checkable"
OUTCOMES: tuple[Outcome, ...] = ("impossible", "undetermined", "consistent", NOT_CHECKABLE)
# Where a paper says what it found, in the languages of the declarations.
HEADLINE = re.compile("abstract|conclusion|simpulan", re.IGNORECASE)
UNLIKELY = 1e-6  # a chance below which nothing is put down to coincidence


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: What was checked, in a word or two: "accuracy", "sample size", "agreement".
        topic: A short title.
        outcome: "impossible": nothing that rounds or is cut off to the printed digits fits;
            "consistent": something that rounds to them does; "undetermined": neither was shown;
            "not checkable": arithmetic decides nothing about numbers of this kind, as the sentence says.
        printed: The printed numbers or statements, each with its place.
        arithmetic: What was computed.
        sentence: What it means, for a reader who has not studied statistics.
        misprint: The single changed or swapped digits that would make the numbers possible; named,
            not assumed; "" where there is none, or so many that they tell nothing.
        weight: 3: headline or conclusion; 2: a table or the protocol; 1: a slip.
        arm: The model it is about, "" for the whole paper.
        declared: Whether it is one of the paper's declared contradictions.
        again: Title of the finding that comes first among those that show the same slip; "" for
            that one itself, and for every finding that stands alone.
    """

    check: str
    topic: str
    outcome: Outcome
    printed: tuple[str, ...]
    arithmetic: str
    sentence: str
    misprint: str = ""
    weight: int = 2
    arm: str = ""
    declared: bool = False
    again: str = ""

    @property
    def title(self) -> str:
        """The topic, with the model that it is about."""
        return f"{self.topic} ({self.arm})" if self.arm else self.topic


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What follows from printed numbers that fit together.

    Attributes:
        topic: "hits and called", "images", "baseline" or "interval".
        arm: The model it is about.
        sentence: In words.
        values: The same by name.
    """

    topic: str
    arm: str
    sentence: str
    values: dict[str, Any]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Impossible before undetermined before consistent, the weightier first, else in order."""
    return sorted(findings, key=lambda finding: (OUTCOMES.index(finding.outcome), -finding.weight))


def slips(findings: Iterable[Finding]) -> list[Finding]:
    """The impossible findings, one for every slip."""
    return [
        finding for finding in findings if finding.outcome == "impossible" and not finding.again
    ]


def quoted(claims: Iterable[Claim]) -> tuple[str, ...]:
    """Every printed number with what it is of and its place, each once."""
    texts = (
        f"{f'{claim.of}: ' if claim.of else ''}{claim.text} ({claim.where})" for claim in claims
    )
    return tuple(dict.fromkeys(texts))


def quoted_rows(rows: Mapping[str, Iterable[Claim]], where: str) -> tuple[str, ...]:
    """The rows of a table: "normal: 0.99 0.98 0.99 183 (Fig. 12)"."""
    printed = {name: " ".join(claim.printed for claim in row) for name, row in rows.items()}
    return tuple(f"{name}: {numbers} ({where})" for name, numbers in printed.items())


def weigh(paper: Paper, claims: Iterable[Claim]) -> int:
    """3 where a claim is the paper's headline or stands in its abstract or conclusion, else 2."""
    weighty = any(claim is paper.claims[0] or HEADLINE.search(claim.where) for claim in claims)
    return 3 if weighty else 2
