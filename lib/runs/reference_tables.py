"""The references as tables of README.md and notebooks/README.md, between two marks in each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lib import ROOT, papers
from lib.evaluation.curves import epoch_spread
from lib.report.leaks import known_groups
from lib.report.notation import protocol_name, spread_text
from lib.results import (
    PROTOCOLS,
    WEIGHTS,
    Reference,
    ReferenceArm,
    ReferenceScore,
    shown_protocol,
)
from lib.settings import telling_changes
from lib.storage import write_text
from lib.words import interval, percent

BEGIN = "<!-- reference: made by `python -m lib reference tables` -->"
END = "<!-- reference: end -->"
NOTHING = "No result is kept yet; `data/reference/README.md` says how to keep one."
DASH = "–"
SUBSTITUTE, RANDOM, BY_LOOK, PARTLY = "¹", "²", "³", "⁴"
LEGEND = {
    SUBSTITUTE: "Real images of the same task, not proven to be the paper's: they neither confirm nor refute it.",
    RANDOM: "The paper starts from trained weights. None could be had, so the backbone starts from random ones.",
    BY_LOOK: (
        "Which images belong together is not known: those found to look alike stay on one side, and copies that "
        "were not found may stand on both."
    ),
    PARTLY: "Which images belong together is known for some only: copies among the others may stand on both sides.",
}
SEEN_IN_PART = {"by-look": BY_LOOK, "partly grouped": PARTLY}  # name of a protocol → its mark


def update(references: Sequence[Reference], *, check: bool) -> int:
    """Writes the tables of both files anew; with `check` only names the file whose table is another.

    Returns:
        1 if `check` finds one, else 0.

    Raises:
        ValueError: A file lacks the marks.
    """
    late = {
        path: text
        for path, text in updated(references).items()
        if text != path.read_text(encoding="utf-8")
    }
    for path, text in late.items():
        if not check:
            write_text(path, text)
        state = (
            "out of date: `python -m lib reference tables` writes it anew" if check else "written"
        )
        print(f"{path.relative_to(ROOT)}: {state}")
    return 1 if check and late else 0


def updated(references: Sequence[Reference]) -> dict[Path, str]:
    """Path → its whole text with the table that follows from the references.

    Raises:
        ValueError: A file lacks the marks.
    """
    tables = {
        ROOT / "README.md": short_table(references),
        ROOT / "notebooks" / "README.md": long_tables(references),
    }
    return {path: _with_table(path, table) for path, table in tables.items()}


def _with_table(path: Path, table: str) -> str:
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(
            f"{path} should have a line {BEGIN!r} and below it a line {END!r}; it lacks one. Put them "
            f"where the table belongs."
        )
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def short_table(references: Sequence[Reference]) -> str:
    """A row for each reference and each of the paper's own models, in Markdown."""
    protocols = _protocols(references)
    splits = [f"{protocol.capitalize()} split" for protocol in protocols]
    columns = ("Paper", "Images", "Model", "Printed", *splits, "Majority", "Weights", "Seeds")
    rows = []
    for reference in references:
        for arm in reference.arms:
            if not arm.variant_of:
                rows.append(_short_row(reference, arm, protocols))
    return _table(columns, rows)


def _short_row(
    reference: Reference, arm: ReferenceArm, protocols: Sequence[str]
) -> tuple[str, ...]:
    by_protocol = {score.protocol: score for score in arm.scores}
    shown = by_protocol[shown_protocol(by_protocol)]
    return (
        _paper(reference.slug, "notebooks/"),
        _images(reference),
        arm.arm,
        _printed(arm),
        *(_measured(reference, by_protocol.get(protocol)) for protocol in protocols),
        f"{shown.majority:.2f}",
        _weights(arm),
        _seeds(reference),
    )


def long_tables(references: Sequence[Reference]) -> str:
    """For each paper a table with a row for each reference, model, variant and protocol, in Markdown."""
    columns = (
        *("Images", "Model", "Weights", "Seeds", "Split", "Test images", "Printed", "Ours"),
        *("Scatter of seeds", "Last epochs of one fit", "Majority", "Best simple classifier"),
        "Sharing a group with training",
    )
    blocks = []
    for slug in dict.fromkeys(reference.slug for reference in references):
        of_paper = [reference for reference in references if reference.slug == slug]
        rows = [row for reference in of_paper for row in _long_rows(reference)]
        blocks.append(f"{_paper(slug, '')}: {papers.load(slug).task}.\n\n{_table(columns, rows)}")
    return "\n\n".join(blocks) or NOTHING


def _long_rows(reference: Reference) -> Iterator[tuple[str, ...]]:
    images = _images(reference)
    for arm in reference.arms:
        for score in arm.scores:
            yield (
                images,
                arm.arm,
                _weights(arm),
                _seeds(reference),
                protocol_name(reference.grouping, score.protocol),
                f"{score.test_images:,.0f}",
                _printed(arm),
                _measured(reference, score),
                DASH if score.accuracy.sd is None else f"{score.accuracy.sd:.3f}",
                _last_epochs(arm, score),
                f"{score.majority:.3f}",
                _best_probe(score),
                _shared_groups(reference, score),
            )
            images = ""  # in the first row alone


def _protocols(references: Sequence[Reference]) -> list[str]:
    """Those of which there is a score, the paper's first."""
    run = {
        score.protocol for reference in references for arm in reference.arms for score in arm.scores
    }
    return [protocol for protocol in PROTOCOLS if protocol in run]


def _paper(slug: str, folder: str) -> str:
    return f"[{slug}]({folder}{slug}.ipynb)"


def _images(reference: Reference) -> str:
    data = reference.data
    groups = f" of {known_groups(data)}" if data.groups else ""
    mark = SUBSTITUTE if data.kind != "exact" else ""
    return f"{reference.title} ({data.images:,} images{groups}, {data.image_size} pixels){mark}"


def _printed(arm: ReferenceArm) -> str:
    texts = [arm.printed.text] if arm.printed else []
    if arm.printed_on_training:
        texts.append(f"{arm.printed_on_training.text} on training images")
    return "; ".join(texts) or DASH


def _measured(reference: Reference, score: ReferenceScore | None) -> str:
    if score is None:
        return DASH
    text = interval(score.accuracy.mean, score.accuracy.low, score.accuracy.high)
    if score.on_training:
        text += f"; {score.on_training.mean:.3f} on training images"
    return text + SEEN_IN_PART.get(protocol_name(reference.grouping, score.protocol), "")


def _weights(arm: ReferenceArm) -> str:
    mark = RANDOM if arm.weights.used == "random" != arm.weights.declared else ""
    return f"{WEIGHTS[arm.weights.used]}{mark}"


def _seeds(reference: Reference) -> str:
    """Their number, the profile, and which settings are not the paper's: "1 (quick; changed: epochs)"."""
    changed = ", ".join(telling_changes(reference.changed)).replace("_", " ")
    how = f"{reference.profile}; changed: {changed}" if changed else reference.profile
    return f"{len(reference.settings['seeds'])} ({how})"


def _last_epochs(arm: ReferenceArm, score: ReferenceScore) -> str:
    spread = epoch_spread(score.last_epochs, arm.arm, score.protocol)
    return spread_text(spread) if spread else DASH


def _best_probe(score: ReferenceScore) -> str:
    probe = score.best_probe
    return f"{probe.name}, {probe.accuracy.mean:.3f}" if probe else DASH


def _shared_groups(reference: Reference, score: ReferenceScore) -> str:
    """Of the test images; the groups are those that are known."""
    share, data = score.leaks.get("group"), reference.data
    if share is None:
        return "not known"
    least = "at least " if data.ungrouped else ""
    return f"{least}{percent(share)} ({data.group_noun})"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown, and below it what the marks in it mean."""
    if not rows:
        return NOTHING
    table = "\n".join(
        [_line(columns), _line(["---"] * len(columns)), *(_line(row) for row in rows)]
    )
    legend = " ".join(f"{mark} {meaning}" for mark, meaning in LEGEND.items() if mark in table)
    return f"{table}\n\n{legend}" if legend else table


def _line(cells: Sequence[str]) -> str:
    # A bar in a title would begin another cell; an angle bracket could be HTML.
    safe = (cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(safe)} |"
