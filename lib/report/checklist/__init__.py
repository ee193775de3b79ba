"""Reporting items: which the paper states, which this run adds, which stay unknown.

After CLAIM and REFORMS, in words of our own with their numbers; items that only studies of patients
can meet, or that ask for no fact, are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lib.papers.declare import Paper
from lib.report.checklist.entries import ENTRIES, Entry
from lib.report.checklist.stated import declared_settings, reported
from lib.report.facts import Run
from lib.results import Results
from lib.words import listed

SOURCES = {
    "CLAIM": (
        "A. S. Tejani et al., Checklist for Artificial Intelligence in Medical Imaging, 2024 update, Radiology: "
        "Artificial Intelligence 6(4), e240300"
    ),
    "REFORMS": (
        "S. Kapoor et al., REFORMS: Consensus-based Recommendations for Machine-learning-based Science, Science "
        "Advances 10(18), 2024, eadk3452"
    ),
}
"""What to cite for the items' numbers."""

# Letters of REFORMS' items by module, 1 to 8.
LETTERS = ("abc", "abcde", "abcdefg", "abc", "abcdef", "abc", "abc", "ab")
NUMBERS = {
    "CLAIM": tuple(range(1, 45)),
    "REFORMS": tuple(
        f"{module}{letter}" for module, letters in enumerate(LETTERS, 1) for letter in letters
    ),
}
"""Every item there is, by source."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row of the checklist.

    Attributes:
        name: In our own words.
        numbers: Of the items it stands for, each source by its first letter: "C20; R6b".
        paper: What the paper states, each with its place; "" for nothing.
        ours: What this run adds, or had to assume; "" for nothing.
        whole: Whether the paper leaves nothing of it to be assumed.
    """

    name: str
    numbers: str
    paper: str
    ours: str
    whole: bool = True

    @property
    def status(self) -> Literal["stated", "added here", "unknown"]:
        """Who tells it: the paper alone, or this run, or neither."""
        if self.paper and self.whole:
            return "stated"
        return "added here" if self.ours else "unknown"


def reporting_items(paper: Paper, results: Results) -> list[Item]:
    """Every item of the checklist, for this paper and run.

    Raises:
        ValueError: `paper.reporting` has a key that is no item.
    """
    unknown = sorted(set(paper.reporting) - {entry.key for entry in ENTRIES})
    if unknown:
        known = ", ".join(entry.key for entry in ENTRIES)
        raise ValueError(f"`reporting` should be among {known}; received {', '.join(unknown)}.")
    run = Run(paper=paper, results=results)
    return [_item(entry, run) for entry in ENTRIES]


def _item(entry: Entry, run: Run) -> Item:
    stated, unstated = declared_settings(run.paper, entry.settings)
    printed = entry.reads(run.paper) if entry.reads else ""
    added = entry.adds(run) if entry.adds else ""
    assumed = f"assumed: {listed(unstated)}" if unstated else ""
    return Item(
        name=entry.name,
        numbers=_numbered({"C": entry.claim, "R": entry.reforms}),
        paper=_joined([*stated, printed, reported(run.paper, entry.key)]),
        ours=_joined([assumed, added]),
        whole=not unstated,
    )


def left_out() -> str:
    """The numbers of the items that no entry stands for."""
    used = {number for entry in ENTRIES for number in (*entry.claim, *entry.reforms)}
    return _numbered(
        {
            f"{source} ": [number for number in numbers if number not in used]
            for source, numbers in NUMBERS.items()
        }
    )


def _numbered(numbers_by_source: Mapping[str, Sequence[object]]) -> str:
    """ "C20; R6b"."""
    return _joined(
        f"{source}{', '.join(map(str, numbers))}" if numbers else ""
        for source, numbers in numbers_by_source.items()
    )


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(filter(None, texts))
