"""What a run cannot support, and which reporting items are told by whom."""

from collections import Counter
from html import escape

from lib.checklist import SOURCES, Item, left_out
from lib.checklist import checklist as items
from lib.limitations import limitations as sentences
from lib.paper import Paper
from lib.report.shown import Shown, badge, table
from lib.results import Results

COLOURS = {"stated": "reproduced", "added here": "inconclusive", "unknown": "not comparable"}


def limitations(paper: Paper, results: Results) -> Shown:
    """What this run cannot support, the gravest first."""
    told = "".join(f"<li>{escape(one)}</li>" for one in sentences(paper, results))
    return Shown(
        "<p>What this run cannot support, the gravest first; every sentence is made of the run's own "
        f"facts.</p><ul>{told}</ul>"
    )


def checklist(paper: Paper, results: Results) -> Shown:
    """Which reporting items the paper states, which this run adds, and which stay unknown."""
    found = items(paper, results)
    columns = ("Item", "Numbers", "The paper states", "This run adds", "Status")
    return table([_row(one) for one in found], columns, _caption(found))


def _row(item: Item) -> tuple:
    status = badge(COLOURS[item.status], item.status)
    return (item.name, item.numbers, item.paper or None, item.ours or None, status)


def _caption(found: list[Item]) -> str:
    counts = Counter(one.status for one in found)
    cited = " ".join(f"{name}: {citation}." for name, citation in SOURCES.items())
    return (
        f"Reporting items after {' and '.join(SOURCES)}, in our own words: {counts['stated']} stated by "
        f"the paper, {counts['added here']} added or completed here, {counts['unknown']} unknown. "
        f"Left out, as they ask for no fact or only fit studies of patients: {left_out()}. {cited}"
    )
