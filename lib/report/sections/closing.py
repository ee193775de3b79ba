"""The end of a report: where it comes from, the checklist, what it cannot support."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from lib.papers.declare import Paper
from lib.report.blocks import Block, Markup, badge, fact_list, fold_away, paragraph, table
from lib.report.checklist import SOURCES, Item, left_out, reporting_items
from lib.report.limits import limitations
from lib.results import Results
from lib.words import listed

# Status of an item in the table → the verdict whose colour it has.
STATUS_VERDICTS = {
    "stated": "reproduced",
    "added here": "inconclusive",
}


def provenance_facts(results: Results) -> Block:
    """Versions, device, seeds, data, weights and time."""
    provenance, weights = results.provenance, [model.weights for model in results.models]
    hashes = ", ".join(start.sha256 for start in weights if start.sha256)
    pairs = [
        ("Device", provenance.device),
        ("Backend", provenance.backend),
        ("Platform", provenance.platform),
        ("Seeds", ", ".join(map(str, results.settings["seeds"]))),
        ("Profile", results.profile),
        ("Changed settings", ", ".join(results.changed) or "none"),
        ("Data manifest (SHA-256)", _code(results.data.sha256)),
        ("Weights", "; ".join(f"{start.used}: {start.source}" for start in weights)),
        ("Weights (SHA-256)", _code(hashes or "none")),
        ("Predictions (SHA-256)", _code(results.files["predictions.csv"])),
        ("History (SHA-256)", _code(results.files["history.csv"])),
        ("Splits (SHA-256)", _code(results.files["splits.csv"])),
        ("Run key", _code(provenance.run_key or "none: run by hand")),
        ("Started", f"{provenance.started} (UTC)"),
        ("Wall time", f"{provenance.seconds:.0f} s"),
    ]
    rows = list(provenance.versions.items())
    return fact_list(pairs) + table(rows, ("Package", "Version"), "Versions of what computed this.")


def _code(text: str) -> Markup:
    return Markup(f"<code>{text}</code>")


def checklist_table(paper: Paper, results: Results) -> Block:
    """Which reporting items the paper states and which this run adds; those that stay unknown in a sentence."""
    items = reporting_items(paper, results)
    told = [item for item in items if item.status != "unknown"]
    columns = ("Item", "Numbers", "The paper states", "This run adds", "Status")
    shown = table([_item_row(item) for item in told], columns, _checklist_caption(items))
    unknown = [
        f"{item.name[0].lower()}{item.name[1:]} ({item.numbers})"
        for item in items
        if item.status == "unknown"
    ]
    if unknown:
        shown += paragraph(f"Told by neither: {'; '.join(unknown)}.")
    return shown + fold_away("The two checklists", paragraph(_checklists()))


def _item_row(item: Item) -> tuple:
    status = badge(STATUS_VERDICTS[item.status], item.status)
    return (item.name, item.numbers, item.paper or None, item.ours or None, status)


def _checklist_caption(items: Sequence[Item]) -> str:
    counts = Counter(item.status for item in items)
    return (
        f"Reporting items after {listed(SOURCES)}, in our own words: {counts['stated']} stated by "
        f"the paper, {counts['added here']} added or completed here, {counts['unknown']} unknown."
    )


def _checklists() -> str:
    """What the numbers are of, and which are left out."""
    citations = " ".join(f"{name}: {citation}." for name, citation in SOURCES.items())
    return f"{citations} Left out, as they ask for no fact or only fit studies of patients: {left_out()}."


def limitation_list(paper: Paper, results: Results) -> Block:
    """What this run cannot support, the gravest first."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in limitations(paper, results))
    return Block(
        "<p>What this run cannot support, the gravest first; every sentence is made of the run's own "
        f"facts.</p><ul>{items}</ul>"
    )
