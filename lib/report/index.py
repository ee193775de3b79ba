"""All runs in one: a card per paper and one table over all papers and models, as HTML and as CSV."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib import audit
from lib.evidence.status import status_of
from lib.papers.declare import Paper, overall_accuracy
from lib.report import citation
from lib.report.blocks import VERDICT_CLASSES, badge
from lib.report.notation import as_printed, protocol_name, score_interval
from lib.report.page import NOTHING_FROM_OUTSIDE, TEMPLATES, environment, page_style
from lib.report.summary import STATUS_CLASSES, STATUS_IN_WORDS
from lib.results import (
    IMAGE_KINDS,
    Reference,
    Results,
    Score,
    headlines,
    majority_share,
)

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
) -> str:
    """The page that lists all runs: a card each, and one row per model and protocol.

    Args:
        runs: The declarations and records of the finished runs.
        references: What was measured on real images, of any paper.
        unshown: The other papers of which there is something to be said.
    """
    rows = [
        row
        | {
            "name": paper.name,
            "interval": score_interval(score),
            "protocol": protocol_name(results.grouping, score.protocol),
        }
        for paper, results in runs
        for score, row in _rows(results)
        if not row["variant_of"]
    ]
    return (
        environment()
        .get_template("index_page.html.j2")
        .render(
            cards=[_card(paper, results, references) for paper, results in runs],
            unshown=unshown,
            rows=rows,
            several_seeds=any(row["sd"] is not None for row in rows),
            kinds=IMAGE_KINDS,
            badge=badge,
            policy=NOTHING_FROM_OUTSIDE,
            style=page_style(),
            script=(TEMPLATES / "index.js").read_text(encoding="utf-8"),
        )
    )


def summary_rows(results: Results) -> list[dict]:
    """One row per arm or variant and protocol: what reports/results.csv shows of a run."""
    return [row for _, row in _rows(results)]


def summary_csv(runs: Sequence[Results]) -> str:
    """reports/results.csv: `summary_rows` of every run."""
    rows = [row for results in runs for row in summary_rows(results)]
    return pd.DataFrame(rows).drop(columns=["title", "mark"], errors="ignore").to_csv(index=False)


def _rows(results: Results) -> list[tuple[Score, dict]]:
    """Each accuracy on test images and its row."""
    counts = Counter(claim.verdict for claim in results.claims)
    by_verdict = {verdict: counts.get(verdict, 0) for verdict in VERDICT_CLASSES}
    return [
        (score, _row(results, score) | by_verdict) for score in results.scores if score.is_headline
    ]


def _row(results: Results, score: Score) -> dict:
    model = next(model for model in results.models if model.arm == score.arm)
    claim = overall_accuracy(results.claims, score.arm)
    return {
        "slug": results.slug,
        "title": results.title,
        "arm": score.arm,
        "variant_of": model.variant_of,
        "protocol": score.protocol,
        "kind": results.data.kind,
        "mark": IMAGE_KINDS[results.data.kind].mark,
        "weights": model.weights.used,
        "images": results.data.images,
        "seeds": len(score.per_seed),
        "printed": as_printed(claim) if claim else "",
        "where": claim.where if claim else "",
        "accuracy": round(score.mean, 4),
        "low": round(score.low, 4),
        "high": round(score.high, 4),
        "sd": None if score.sd is None else round(score.sd, 4),
        "majority": round(majority_share(results.folds, score.protocol), 4),
        "verdict": claim.verdict if claim and score.protocol == "published" else "",
        "profile": results.profile,
        "device": results.provenance.device,
        "seconds": results.provenance.seconds,
        "run_key": results.provenance.run_key,
    }


def _card(paper: Paper, results: Results, references: Sequence[Reference]) -> dict:
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
        "ours": [_reached(results, model.arm) for model in results.models if not model.variant_of],
        "kept": [_kept(kept) for kept in references if kept.slug == results.slug],
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
    """ "mini-MIAS: alexnet 0.505 [0.408, 0.611] published; resnet50 0.619 [0.531, 0.713] published"."""
    arms = []
    for arm in reference.arms:
        if not arm.variant_of:
            reached = (
                f"{score_interval(score.accuracy)} {protocol_name(reference.grouping, score.protocol)}"
                for score in arm.scores
            )
            arms.append(f"{arm.arm} {', '.join(reached)}")
    return f"{reference.title}: {'; '.join(arms)}"
