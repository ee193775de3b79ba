"""All runs in one page: a card per paper, the papers beside each other, and one table over all models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lib import audit
from lib.evidence.status import status_of
from lib.papers.declare import Paper
from lib.report import citation
from lib.report.across_papers import accuracy_overview, collect_measurements
from lib.report.blocks import badge, provenance_mark
from lib.report.frame import NOTHING_FROM_OUTSIDE, TEMPLATES, environment, page_style
from lib.report.notation import protocol_name, score_interval
from lib.report.rows import summary_rows
from lib.report.status import STATUS_CLASSES, STATUS_IN_WORDS
from lib.report.typography import typeset
from lib.results import IMAGE_KINDS, Reference, Results, headlines

NOT_LEARNT = " (not shown to have learnt)"


@dataclass(frozen=True, kw_only=True)
class Unshown:
    """A paper that has a card without numbers.

    Attributes:
        reason: Why: its last run failed, or its report is not the one that was written.
        links: What there is to look at → its address, relative to the index.
    """

    paper: Paper
    reason: str
    links: Mapping[str, str]


def index_page(
    runs: Sequence[tuple[Paper, Results]],
    references: Sequence[Reference],
    unshown: Sequence[Unshown] = (),
    *,
    stale: Mapping[str, str] = MappingProxyType({}),
    sweeps: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The page that lists all runs: a card each, the papers beside each other, a row per model and protocol.

    Args:
        runs: The declarations and records of the finished runs.
        references: What was measured on real images, of any paper.
        unshown: The other papers of which there is something to be said.
        stale: Slug → why a run would come out otherwise today.
        sweeps: Name → the address of its page, relative to the index.
    """
    rows = [row for paper, results in runs for row in _rows(paper, results)]
    measurements = collect_measurements(runs, references, stale)
    reports = {paper.slug: f"{paper.slug}/report.html" for paper, _ in runs}
    html = (
        environment()
        .get_template("index_page.html.j2")
        .render(
            cards=[_card(paper, results, references) for paper, results in runs],
            unshown=unshown,
            comparison=accuracy_overview(measurements, reports).html if measurements else "",
            rows=rows,
            stale=stale,
            sweeps=sweeps,
            several_seeds=any(row["sd"] is not None for row in rows),
            kinds=IMAGE_KINDS,
            badge=badge,
            policy=NOTHING_FROM_OUTSIDE,
            style=page_style(),
            script=(TEMPLATES / "index.js").read_text(encoding="utf-8"),
        )
    )
    return typeset(html)


def _rows(paper: Paper, results: Results) -> list[dict[str, Any]]:
    """`summary_rows` without variants, each with its paper's name, its interval and its protocol in words."""
    intervals = {
        (score.arm, score.protocol): score_interval(score)
        for score in results.scores
        if score.is_headline
    }
    return [
        row
        | {
            "name": paper.name,
            "interval": intervals[row["arm"], row["protocol"]],
            "protocol": protocol_name(results.grouping, row["protocol"]),
        }
        for row in summary_rows(results)
        if not row["variant_of"]
    ]


def _card(paper: Paper, results: Results, references: Sequence[Reference]) -> dict[str, Any]:
    status = status_of(results)
    provenance = results.provenance
    return {
        "slug": results.slug,
        "name": paper.name,
        "by": f"{citation.authors_in_short(paper)}, {citation.published_in(paper)}",
        "status": STATUS_IN_WORDS[status],
        "look": STATUS_CLASSES[status],
        "claim": paper.in_brief,
        "worst": audit.worst_finding(paper),
        "kept": [_kept(kept) for kept in references if kept.slug == results.slug],
        "ours": [_reached(results, model.arm) for model in results.models if not model.variant_of],
        "run": (
            f"Run of {provenance.started[:10]}: {results.data.images:,} images, {results.profile} "
            f"profile, {provenance.seconds:,.0f} s"
        ),
    }


def _reached(results: Results, arm: str) -> str:
    """ "mobilenetv2: 0.944 [0.918, 0.965] published, 0.618 [0.482, 0.737] grouped"."""
    protocols = list(dict.fromkeys(fold.protocol for fold in results.folds))
    learnt = [protocol for protocol in protocols if results.learnt(arm, protocol)]
    reached = []
    for protocol in protocols:
        (score,) = (score for score in headlines(results.scores, protocol) if score.arm == arm)
        remark = NOT_LEARNT if learnt and protocol not in learnt else ""
        reached.append(
            f"{score_interval(score)} {protocol_name(results.grouping, protocol)}{remark}"
        )
    return f"{arm}: {', '.join(reached)}{'' if learnt else NOT_LEARNT}"


def _kept(reference: Reference) -> str:
    """ "Cells: cnn 0.505 [0.408, 0.611] published (random weights, …). Substitute images, not the paper's"."""
    arms = []
    for arm in reference.arms:
        if not arm.variant_of:
            reached = (
                f"{score_interval(score.accuracy)} {protocol_name(reference.grouping, score.protocol)}"
                for score in arm.scores
            )
            start = provenance_mark("exact", arm.weights)
            arms.append(f"{arm.arm} {', '.join(reached)}{start and f' ({start})'}")
    mark = IMAGE_KINDS[reference.data.kind].mark
    return f"{reference.title}: {'; '.join(arms)}{mark and f'. {mark}'}"
