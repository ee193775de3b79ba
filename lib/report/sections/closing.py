"""The end of a report: where it comes from, the checklist, what it cannot support."""

from collections.abc import Sequence
from html import escape

from lib.papers.declare import Paper
from lib.report.blocks import (
    Block,
    Markup,
    badge,
    fact_list,
    fold_away,
    paragraph,
    stack,
)
from lib.report.checklist import SOURCES, Item, left_out, reporting_items
from lib.report.limits import limitations
from lib.report.notation import capitalised
from lib.results import Results
from lib.words import listed

STATUSES = {  # of an item → the verdict whose colour it has
    "stated": "reproduced",
    "added here": "inconclusive",
    "unknown": "not comparable",
}


def provenance_facts(results: Results) -> Block:
    """Versions, device, seeds, data, weights and time."""
    provenance, weights = results.provenance, [model.weights for model in results.models]
    hashes = ", ".join(start.sha256 for start in weights if start.sha256)
    pairs = [
        ("Device", f"{provenance.device}; {provenance.backend}; {provenance.platform}"),
        ("Settings not as declared", ", ".join(results.changed) or "none"),
        ("Data manifest (SHA-256)", _code(results.data.sha256)),
        ("Weights", "; ".join(dict.fromkeys(f"{start.used}: {start.source}" for start in weights))),
        ("Weights (SHA-256)", _code(hashes or "none")),
        ("Predictions (SHA-256)", _code(results.files["predictions.csv"])),
        ("History (SHA-256)", _code(results.files["history.csv"])),
        ("Splits (SHA-256)", _code(results.files["splits.csv"])),
        ("Models kept", _kept_models(results)),
        ("Run key", _code(provenance.run_key or "none: run by hand")),
        ("Started", f"{provenance.started} (UTC)"),
        ("Seeds", ", ".join(map(str, results.settings["seeds"]))),
        (
            "Versions",
            ", ".join(f"{name} {version}" for name, version in provenance.versions.items()),
        ),
    ]
    return fact_list(pairs)


def _kept_models(results: Results) -> str:
    """ "mobilenetv2.keras (0.7 MB)" for every file."""
    kept = (
        f"{each.file.rpartition('/')[2]} ({each.bytes / 1e6:.1f} MB)"
        for each in results.kept_models
    )
    return f"in models/: {', '.join(kept)}" if results.kept_models else "none"


def _code(text: str) -> Markup:
    return Markup(f"<code>{text}</code>")


def checklist_table(paper: Paper, results: Results) -> Block:
    """The reporting items, listed by who tells each: the paper, this run, or neither."""
    items = reporting_items(paper, results)
    lists = (_items_of_status(status, items) for status in STATUSES)
    intro = f"After {listed(f'{name} ({name[0]})' for name in SOURCES)}, in our own words."
    return (
        paragraph(intro) + stack(lists) + fold_away("The two checklists", paragraph(_checklists()))
    )


def _items_of_status(status: str, items: Sequence[Item]) -> Block:
    """The items with this status under its name, with what is told of each; nothing where there are none."""
    own = [item for item in items if item.status == status]
    if not own:
        return Block("")
    listing = "".join(f"<li>{escape(_item_text(item))}</li>" for item in own)
    head = badge(STATUSES[status], f"{capitalised(status)}: {len(own)}")
    return Block(f"<p>{head}</p><ul>{listing}</ul>")


def _item_text(item: Item) -> str:
    """ "Who paid for it (C44): a grant (Thanks)"; what the paper states in part stands among the assumptions."""
    told = item.paper if item.status == "stated" else item.ours
    return ": ".join(filter(None, [f"{item.name} ({item.numbers})", told]))


def _checklists() -> str:
    """What the numbers are of, and which are left out."""
    citations = " ".join(f"{name}: {citation}." for name, citation in SOURCES.items())
    return f"{citations} Left out, because they ask for no fact or fit only studies of patients: {left_out()}."


def limitation_list(paper: Paper, results: Results) -> Block:
    """What this run cannot support, the gravest first."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in limitations(paper, results))
    return Block(f"<p>The gravest first, each from the facts of this run.</p><ul>{items}</ul>")
