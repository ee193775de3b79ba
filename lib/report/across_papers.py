"""All papers beside each other: what each prints, what of it is possible, what came out, what without leaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import floor
from types import MappingProxyType
from typing import Any

from lib import papers
from lib.audit.attainable import Attainable, attainable_accuracy
from lib.papers.declare import Claim, Paper
from lib.report.blocks import (
    NONE,
    Block,
    Markup,
    fold_away,
    paragraph,
    provenance_mark,
    stack,
    stacking_table,
)
from lib.report.notation import protocol_name, score_interval
from lib.results import (
    IMAGE_KINDS,
    PROTOCOLS,
    Gap,
    Grouping,
    Kind,
    Model,
    Reference,
    ReferenceArm,
    Results,
    Score,
    headlines,
    majority_share,
)
from lib.settings import telling_changes
from lib.words import counted, listed

COLUMNS = {  # protocol → the heading of its column
    "published": "Published split",
    "official": "Official split",
    "grouped": "Grouped split",
}
WIDTH, HEIGHT, MARGIN = 150, 34, 6  # pixels: of a strip, and of its ends, where a mark may stand
PRINTED_AT, FIRST_AT, APART = 5, 13, 8  # pixels from above: the printed number, our scores
FAINT = 'stroke="currentColor" stroke-opacity="0.4"'
PRINTED = 'stroke="currentColor" stroke-opacity="0.7" stroke-width="1.6"'
MARKS = {  # protocol → its colour, and the corners of its mark in pixels from the middle
    "published": ("#0072b2", ((-3, -3), (3, -3), (3, 3), (-3, 3))),
    "official": ("#a97400", ((0, -4), (4, 3), (-4, 3))),  # on a light and on a dark ground
    "grouped": ("#009e73", ((0, -4), (4, 0), (0, 4), (-4, 0))),
}
NOTHING = (
    "No finished run was found in the reports folder, and no kept result in data/reference/: `python run_all.py` "
    "runs all papers."
)
CAPTION = (
    "Accuracy on test images, by model and set of images. <em>Possible</em>: the numbers of correctly classified "
    "images that give the printed accuracy, and its 95 % interval. <em>Published</em>: the paper's split. "
    "<em>Grouped</em>: images that belong together are all in training or all in the test. <em>Majority</em>: always "
    "giving the most frequent answer. Scores of several seeds are means; brackets hold the 95 % interval of one run. "
    "In the last column a circle marks the printed accuracy, a square the published split, a triangle the official "
    "and a diamond the grouped one; dashed lines mark the majority."
)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A model's accuracy on one set of images, under each protocol, beside what its paper prints.

    Attributes:
        printed: The accuracy that the paper prints of images that were not trained on; None for none.
        attainable: What the audit leaves of it; None where it cannot tell.
        images: What the images are, in words; "" where the model was not measured.
        kind: Of the images; None where it was not measured.
        how: How many images, which run: "500 images, 5 seeds, paper profile, 2026-11-28".
        scores: Protocol → accuracy on the test images.
        majority: Protocol → accuracy of always giving the most frequent answer.
        unlearnt: The protocols under which the model is not shown to do better than that.
        grouping: What is known of the groups; None where it was not measured.
        gap: Between published and grouped; None unless both were run.
        weights: That it starts from other weights than the paper's model; "" if not.
        stale: Why the run would come out otherwise today; "" if it would not.
    """

    paper: Paper
    arm: str
    printed: Claim | None
    attainable: Attainable | None
    images: str = ""
    kind: Kind | None = None
    how: str = ""
    scores: Mapping[str, Score] = field(default_factory=dict)
    majority: Mapping[str, float] = field(default_factory=dict)
    unlearnt: frozenset[str] = frozenset()
    grouping: Grouping | None = None
    gap: Gap | None = None
    weights: str = ""
    stale: str = ""


def collect_measurements(
    runs: Sequence[tuple[Paper, Results]],
    references: Sequence[Reference],
    stale: Mapping[str, str] = MappingProxyType({}),
) -> list[Measurement]:
    """Of every paper that has a run or a reference: paper by paper, model by model, real images first.

    Variants are left out. A model of such a paper that was never measured has its printed number alone.

    Args:
        runs: The declarations and records of the finished runs.
        references: What was measured on real images.
        stale: Slug → why a run would come out otherwise today.
    """
    declared = {paper.slug: paper for paper, _ in runs}
    for reference in references:
        declared.setdefault(reference.slug, papers.load(reference.slug))
    return [
        measurement
        for slug in sorted(declared)
        for measurement in _of_paper(
            declared[slug],
            [results for _, results in runs if results.slug == slug],
            [reference for reference in references if reference.slug == slug],
            stale.get(slug, ""),
        )
    ]


def _of_paper(
    paper: Paper, runs: Sequence[Results], references: Sequence[Reference], stale: str
) -> list[Measurement]:
    measured = [
        *(
            _of_reference(paper, reference, arm)
            for reference in references
            for arm in reference.arms
            if not arm.variant_of
        ),
        *(
            _of_run(paper, results, model, stale)
            for results in runs
            for model in results.models
            if not model.variant_of
        ),
    ]
    names = paper.without_variants(
        [*(arm.name for arm in paper.arms), *(measurement.arm for measurement in measured)]
    )
    ordered = []
    for name in names:
        of_arm = [measurement for measurement in measured if measurement.arm == name]
        of_arm.sort(key=lambda measurement: measurement.kind == "phantom")
        ordered += of_arm or [Measurement(**_printed(paper, name))]
    return ordered


def _printed(paper: Paper, arm: str) -> dict[str, Any]:
    return {
        "paper": paper,
        "arm": arm,
        "printed": paper.printed_accuracy(arm),
        "attainable": attainable_accuracy(paper, arm),
    }


def _of_reference(paper: Paper, reference: Reference, arm: ReferenceArm) -> Measurement:
    majority = {score.protocol: score.majority for score in arm.scores}
    scores = {score.protocol: score.accuracy for score in arm.scores}
    return Measurement(
        **_printed(paper, arm.arm),
        images=reference.title,
        kind=reference.data.kind,
        how=_how(reference),
        scores=scores,
        majority=majority,
        unlearnt=frozenset(
            protocol for protocol, score in scores.items() if score.low <= majority[protocol]
        ),
        grouping=reference.grouping,
        gap=arm.gap,
        weights=provenance_mark("exact", arm.weights),
    )


def _of_run(paper: Paper, results: Results, model: Model, stale: str) -> Measurement:
    scores = {
        protocol: score
        for protocol in dict.fromkeys(fold.protocol for fold in results.folds)
        for score in headlines(results.scores, protocol)
        if score.arm == model.arm
    }
    return Measurement(
        **_printed(paper, model.arm),
        images=_images_of_run(results),
        kind=results.data.kind,
        how=_how(results),
        scores=scores,
        majority={protocol: majority_share(results.folds, protocol) for protocol in scores},
        unlearnt=frozenset(
            protocol for protocol in scores if not results.learnt(model.arm, protocol)
        ),
        grouping=results.grouping,
        gap=next((gap for gap in results.gaps if gap.arm == model.arm), None),
        weights=provenance_mark("exact", model.weights),
        stale=stale,
    )


def _images_of_run(results: Results) -> str:
    if results.data.kind == "phantom":
        return "Drawn by a program"
    owner = "the paper's own" if results.data.kind == "exact" else "other images than the paper's"
    return f"Folder {results.data.name}, {owner}"


def _how(record: Results | Reference) -> str:
    """ "500 images, 5 seeds, paper profile, 2026-11-28", with the settings that are not the paper's."""
    images, seeds = (
        counted(record.data.images, "image"),
        counted(len(record.settings["seeds"]), "seed"),
    )
    started = record.started if isinstance(record, Reference) else record.provenance.started
    changes = [name.replace("_", " ") for name in telling_changes(record.changed)]
    changed = f" (not as in the paper: {listed(changes)})" if changes else ""
    return f"{images}, {seeds}, {record.profile} profile{changed}, {started[:10]}"


# The table


def accuracy_overview(
    measurements: Sequence[Measurement], addresses: Mapping[str, str] = MappingProxyType({})
) -> Block:
    """Printed, possible, reproduced and grouped accuracy, a row per model and set of images.

    Real images come first. What was measured on drawn ones has a table of its own, which is marked, and
    folded away where there are real ones. Where nothing was measured, a sentence says what to run.

    Args:
        addresses: Slug → where the paper's report lies.
    """
    drawn = [measurement for measurement in measurements if measurement.kind == "phantom"]
    others = [measurement for measurement in measurements if measurement.kind != "phantom"]
    if not any(measurement.scores for measurement in measurements):
        return paragraph(NOTHING)
    low = _lowest(measurements)
    if not any(measurement.scores for measurement in others):
        return _table(measurements, low, addresses)
    shown = _table(others, low, addresses)
    if not drawn:
        return shown
    title = f"On drawn images, which say nothing about a paper ({counted(len(drawn), 'row')})"
    return shown + fold_away(title, _table(drawn, low, addresses, "Columns and marks as above."))


def missing_papers(measurements: Sequence[Measurement], reasons: Mapping[str, str]) -> Block:
    """A line for each paper that has no measurement or whose last run has none to show.

    Args:
        reasons: Slug → why its run has nothing to show; of a paper without a run, nothing.
    """
    measured = {measurement.paper.slug for measurement in measurements if measurement.scores}
    if not measured and not reasons:
        return Block("")
    lines = [f"{slug}: {reason}" for slug, reason in reasons.items()]
    lines += [
        f"{slug}: neither a finished run nor a kept result was found. `python run_all.py {slug}` runs it."
        for slug in papers.slugs()
        if slug not in measured and slug not in reasons
    ]
    return stack(paragraph(line) for line in lines)


def _table(
    measurements: Sequence[Measurement],
    low: float,
    addresses: Mapping[str, str],
    caption: str = CAPTION,
) -> Block:
    columns = ("Model", "Images", "Printed", "Possible", *COLUMNS.values(), "Majority")
    rows = [
        [
            _model_cell(measurement, addresses),
            _images_cell(measurement),
            Markup(escape(measurement.printed.text) if measurement.printed else NONE),
            _possible_cell(measurement),
            *(_score_cell(measurement, protocol) for protocol in COLUMNS),
            _majority_cell(measurement),
            _strip(measurement, low),
        ]
        for measurement in measurements
    ]
    kinds = {row.kind for row in measurements if row.kind is not None}
    mark = IMAGE_KINDS[kinds.pop()].mark if len(kinds) == 1 else ""
    marked = f'<strong class="mark">{escape(mark)}.</strong> ' if mark else ""
    head = f"{low:.1f} to 1"
    rows_as_cards = stacking_table([*columns, head], rows, f"{marked}{caption}")
    return Block(f'<div class="across">{rows_as_cards}</div>')


def _lowest(measurements: Sequence[Measurement]) -> float:
    """Where the strips begin: at or below everything that they show, in tenths."""
    values = [1.0]
    for measurement in measurements:
        values += [score.low for score in measurement.scores.values()]
        values += measurement.majority.values()
        values += [measurement.printed.value] if measurement.printed else []
        values += possible_interval(measurement) or []
    return min(floor(10 * min(values)) / 10, 0.9)


def possible_interval(measurement: Measurement) -> tuple[float, float] | None:
    """95 % interval of the accuracy that the audit leaves possible; None where it cannot tell."""
    return measurement.attainable.interval if measurement.attainable else None


def _model_cell(measurement: Measurement, addresses: Mapping[str, str]) -> Markup:
    name, slug = escape(measurement.paper.name), measurement.paper.slug
    if slug in addresses:
        name = f'<a href="{escape(addresses[slug])}">{name}</a>'
    return Markup(f"{escape(measurement.arm)}<small>{name}</small>")


def _images_cell(measurement: Measurement) -> Markup:
    if measurement.kind is None:
        return Markup("not measured")
    remarks = (measurement.how, measurement.weights)
    small = "".join(f"<small>{escape(remark)}</small>" for remark in remarks if remark)
    if measurement.stale:
        small += f'<small title="{escape(measurement.stale)}"><strong>out of date</strong></small>'
    return Markup(f"{escape(measurement.images)}{small}")


def _possible_cell(measurement: Measurement) -> Markup:
    if measurement.attainable is None:
        return Markup(NONE)
    bounds = possible_interval(measurement)
    within = f"<small>[{bounds[0]:.3f}, {bounds[1]:.3f}]</small>" if bounds else ""
    return Markup(f"{escape(measurement.attainable.text)}{within}")


def _score_cell(measurement: Measurement, protocol: str) -> Markup:
    """The score; below it, what its name does not say: how far groups are known, that nothing was learnt."""
    if protocol not in measurement.scores:
        return Markup(NONE)
    name = protocol_name(measurement.grouping, protocol)
    remarks = [name] if name != protocol else []
    remarks += ["not shown to have learnt"] if protocol in measurement.unlearnt else []
    small = f"<small>{escape('; '.join(remarks))}</small>" if remarks else ""
    return Markup(f"{score_interval(measurement.scores[protocol])}{small}")


def _majority_cell(measurement: Measurement) -> Markup:
    shares = dict.fromkeys(f"{share:.3f}" for share in measurement.majority.values())
    return Markup(" / ".join(shares) or NONE)


# The strip at the end of a row: its numbers on one axis


def _strip(measurement: Measurement, low: float) -> Markup:
    """A small drawing of the row, for the eye alone: its numbers stand in the other cells.

    As elements of the page and not as a figure of matplotlib, which no index waits for.
    """
    drawn = [_line(FAINT, (0, WIDTH), (HEIGHT - 1, HEIGHT - 1))]
    for share in dict.fromkeys(measurement.majority.values()):
        place = _place(share, low)
        drawn.append(_line(f'{FAINT} stroke-dasharray="3 2"', (place, place), (0, HEIGHT)))
    if measurement.printed:
        if bounds := possible_interval(measurement):
            drawn.append(_bar(PRINTED, bounds, PRINTED_AT, low))
        at = _place(measurement.printed.value, low)
        drawn.append(f'<circle {PRINTED} fill="none" cx="{at}" cy="{PRINTED_AT}" r="3.2"/>')
    protocols = [name for name in PROTOCOLS if name in measurement.scores]
    for number, protocol in enumerate(protocols):
        drawn += _score_marks(measurement.scores[protocol], FIRST_AT + APART * number, low)
    # Jupyter shrinks drawings to their place, which here has no width of its own.
    size = f'width="{WIDTH}" height="{HEIGHT}" style="min-width: {WIDTH}px"'
    return Markup(f'<svg class="strip" {size} aria-hidden="true">{"".join(drawn)}</svg>')


def _score_marks(score: Score, row: int, low: float) -> list[str]:
    """Interval and mean, in the colour and with the mark of the protocol."""
    colour, corners = MARKS[score.protocol]
    at = _place(score.mean, low)
    points = " ".join(f"{at + x:.1f},{row + y}" for x, y in corners)
    bar = _bar(f'stroke="{colour}" stroke-width="2"', (score.low, score.high), row, low)
    return [bar, f'<polygon fill="{colour}" points="{points}"/>']


def _bar(look: str, bounds: tuple[float, float], row: int, low: float) -> str:
    left, right = (_place(bound, low) for bound in bounds)
    return _line(look, (left, right), (row, row))


def _line(look: str, across: tuple[float, float], down: tuple[float, float]) -> str:
    (left, right), (top, bottom) = across, down
    return f'<line {look} x1="{left}" x2="{right}" y1="{top}" y2="{bottom}"/>'


def _place(value: float, low: float) -> float:
    """Pixels from the left of a strip that begins at `low` and ends at 1."""
    return round(MARGIN + (value - low) / (1 - low) * (WIDTH - 2 * MARGIN), 1)
