"""The end of a report: where it comes from, the checklist, what it cannot support."""

from collections import Counter
from html import escape

from lib.papers.declare import Paper
from lib.report.blocks import Markup, Shown, badge, facts, table
from lib.report.checklist import SOURCES, Item, left_out
from lib.report.checklist import checklist as items
from lib.report.limits import limitations as sentences
from lib.results import Results

COLOURS = {"stated": "reproduced", "added here": "inconclusive", "unknown": "not comparable"}


def provenance(results: Results) -> Shown:
    """Versions, device, seeds, data, weights and time."""
    made, weights = results.provenance, [model.weights for model in results.models]
    pairs = [
        ("Device", made.device),
        ("Backend", made.backend),
        ("Platform", made.platform),
        ("Seeds", ", ".join(map(str, results.settings["seeds"]))),
        ("Profile", results.profile),
        ("Changed settings", ", ".join(results.changed) or "none"),
        ("Data manifest (SHA-256)", _code(results.data.sha256)),
        ("Weights", "; ".join(f"{one.used}: {one.source}" for one in weights)),
        (
            "Weights (SHA-256)",
            _code(", ".join(one.sha256 for one in weights if one.sha256) or "none"),
        ),
        ("Predictions (SHA-256)", _code(results.files["predictions.csv"])),
        ("History (SHA-256)", _code(results.files["history.csv"])),
        ("Splits (SHA-256)", _code(results.files["splits.csv"])),
        ("Run key", _code(made.run_key or "none: run by hand")),
        ("Started", f"{made.started} (UTC)"),
        ("Wall time", f"{made.seconds:.0f} s"),
    ]
    versions = table(
        list(made.versions.items()), ("Package", "Version"), "Versions of what computed this."
    )
    return facts(pairs) + versions


def _code(text: str) -> Markup:
    return Markup(f"<code>{text}</code>")


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
