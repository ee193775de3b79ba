"""All runs in one: a card per paper and one table over all papers and models, as HTML and as CSV."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.audit import OUTCOMES, Finding
from lib.evaluation.curves import spread_around
from lib.papers.declare import in_unit, overall_accuracy, with_unit
from lib.report.blocks import (
    OUTCOME_VERDICTS,
    VERDICT_CLASSES,
    Block,
    badge,
    picture,
    record_marks,
)
from lib.report.notation import PART_IMAGES, as_printed, spread_text
from lib.report.page import NOTHING_FROM_OUTSIDE, environment, style
from lib.results import (
    IMAGE_KINDS,
    ClaimResult,
    Confusion,
    LastEpochs,
    Results,
    Score,
    headlines,
    majority_share,
    score_of_claim,
    shown_protocol,
)

THUMBNAIL = 1.9  # inches a side


@dataclass(frozen=True, kw_only=True)
class Unshown:
    """A paper that has a card without numbers.

    Attributes:
        reason: Why: its last run failed, or its report is not the one that was written.
        links: What there is to look at → its address, relative to the index.
    """

    slug: str
    title: str
    reason: str
    links: Mapping[str, str]


def index_page(
    runs: Sequence[Results],
    audits: Mapping[str, Sequence[Finding]],
    unshown: Sequence[Unshown] = (),
) -> str:
    """The page that lists all runs: a card each, and one row per model and protocol.

    Args:
        runs: The records of the finished runs.
        audits: Slug → the findings about the paper's printed numbers.
        unshown: The other papers of which there is something to be said.
    """
    rows = [row for results in runs for row in summary_rows(results) if not row["variant_of"]]
    cards = [
        _card(results) | {"audit": _outcome_counts(audits.get(results.slug, ()))}
        for results in runs
    ]
    template = environment().get_template("index_page.html.j2")
    return template.render(
        cards=cards,
        unshown=unshown,
        rows=rows,
        kinds=IMAGE_KINDS,
        verdicts=VERDICT_CLASSES,
        badge=badge,
        policy=NOTHING_FROM_OUTSIDE,
        style=style(),
    )


def summary_rows(results: Results) -> list[dict]:
    """One row per arm or variant and protocol: what reports/results.csv shows of a run."""
    counts = Counter(claim.verdict for claim in results.claims)
    return [
        _row(results, score) | {verdict: counts.get(verdict, 0) for verdict in VERDICT_CLASSES}
        for score in results.scores
        if (score.metric, score.of, score.part) == ("accuracy", "", "test")
    ]


def summary_csv(runs: Sequence[Results]) -> str:
    """reports/results.csv: `summary_rows` of every run."""
    rows = [row for results in runs for row in summary_rows(results)]
    return pd.DataFrame(rows).drop(columns=["title", "mark"], errors="ignore").to_csv(index=False)


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


def _card(results: Results) -> dict:
    claim = results.claims[0] if results.claims else None
    confusion = next(iter(results.confusions), None)
    return {
        "slug": results.slug,
        "title": results.title,
        "thumbnail": _thumbnail(results, confusion).html if confusion else "",
        "claim": claim and f"{as_printed(claim)} {_measured(claim)}",
        "where": claim and claim.where,
        "ours": _ours(results, claim),
        "verdict": claim and claim.verdict,
        "mark": _mark(results),
        "images": results.data.images,
        "protocols": " and ".join(dict.fromkeys(fold.protocol for fold in results.folds)),
        "seconds": round(results.provenance.seconds),
        "profile": results.profile,
        "counts": Counter(claim.verdict for claim in results.claims),
    }


def _outcome_counts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """(verdict whose colour it has, how many findings of an outcome), the gravest first."""
    counts = Counter(finding.outcome for finding in findings)
    return [
        (OUTCOME_VERDICTS[outcome], f"{counts[outcome]} {outcome}")
        for outcome in OUTCOMES
        if counts[outcome]
    ]


def _measured(claim: ClaimResult) -> str:
    epoch = f", epoch {claim.epoch}" if claim.epoch is not None else ""
    return f"{claim.metric} of {claim.arm} on {PART_IMAGES[claim.part]}{epoch}"


def _ours(results: Results, claim: ClaimResult | None) -> list[str]:
    """Our value of the headline, and the test accuracy where the headline is another number."""
    if claim is None:
        return []
    protocol = shown_protocol(fold.protocol for fold in results.folds)
    reached = score_of_claim(results.scores, claim, protocol)
    scores = [reached] if reached else []
    if claim.part != "test":
        accuracies = headlines(results.scores, protocol)
        scores += [score for score in accuracies if score.arm == claim.arm]
    return [_score_text(score, claim, results.last_epochs) for score in scores]


def _score_text(score: Score, claim: ClaimResult, fits: Sequence[LastEpochs]) -> str:
    """Our value with its interval, in the claim's unit, on what images, and what single epochs make of it."""
    form = ".1f" if claim.unit == "percent" else ".3f"
    mean, low, high = (
        format(in_unit(bound, claim.unit), form) for bound in (score.mean, score.low, score.high)
    )
    epoch = f", epoch {score.epoch}" if score.epoch is not None else ""
    text = f"{with_unit(mean, claim.unit)} [{low}, {high}] on {PART_IMAGES[score.part]}{epoch}"
    spread = spread_around(score, fits, score.protocol)
    return f"{text} (one fit: {spread_text(spread, claim.unit)})" if spread else text


def _mark(results: Results) -> str:
    return record_marks(results)[results.models[0].arm]


def _thumbnail(results: Results, confusion: Confusion) -> Block:
    counts = np.asarray(confusion.counts)
    figure = Figure(figsize=(THUMBNAIL, THUMBNAIL), layout="constrained")
    axis = figure.subplots()
    axis.imshow(counts / np.maximum(counts.sum(1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[], xlabel="predicted", ylabel="true")
    for (row, column), count in np.ndenumerate(counts):
        dark = counts[row].sum() and count / counts[row].sum() > 0.5
        colour = "white" if dark else "black"
        axis.text(column, row, count, ha="center", va="center", fontsize=7, color=colour)
    caption = f"{confusion.arm}, seed {confusion.seed}"
    alt = f"Confusion matrix of {caption}: {', '.join(results.classes)}"
    return picture(figure, caption, alt, _mark(results))
