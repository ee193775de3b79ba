"""All runs in one: a card a paper and one table over all papers and models, as HTML and as CSV."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.audit import OUTCOMES, Finding
from lib.papers.declare import in_unit, overall_accuracy, with_unit
from lib.report.blocks import (
    KINDS,
    LOOKS,
    VERDICTS,
    Shown,
    badge,
    note,
    picture,
)
from lib.report.notation import PARTS, as_printed
from lib.report.page import NOTHING_FROM_OUTSIDE, environment, style
from lib.results import ClaimResult, Confusion, Results, Score

THUMBNAIL = 1.9  # inches a side


def index(found: Sequence[Results], audits: Mapping[str, Sequence[Finding]]) -> str:
    """The page that lists all runs: a card each, and one row a model and protocol.

    Args:
        audits: Slug → the findings about the paper's printed numbers.
    """
    rows = [row for results in found for row in summary(results) if not row["variant_of"]]
    cards = [_card(one) | {"audit": _audited(audits.get(one.slug, ()))} for one in found]
    template = environment().get_template("index_page.html.j2")
    return template.render(
        cards=cards,
        rows=rows,
        verdicts=VERDICTS,
        badge=badge,
        policy=NOTHING_FROM_OUTSIDE,
        style=style(),
    )


def summary(results: Results) -> list[dict]:
    """One row an arm or variant and protocol: what reports/results.csv shows of a run."""
    counts = Counter(one.verdict for one in results.claims)
    return [
        _row(results, score) | {verdict: counts.get(verdict, 0) for verdict in VERDICTS}
        for score in results.scores
        if (score.metric, score.of, score.part) == ("accuracy", "", "test")
    ]


def results_table(found: Sequence[Results]) -> str:
    """reports/results.csv: `summary` of every run."""
    rows = [row for results in found for row in summary(results)]
    return pd.DataFrame(rows).drop(columns=["title", "mark"], errors="ignore").to_csv(index=False)


def _row(results: Results, score: Score) -> dict:
    model = next(one for one in results.models if one.arm == score.arm)
    claim = overall_accuracy(results.claims, score.arm)
    return {
        "slug": results.slug,
        "title": results.title,
        "arm": score.arm,
        "variant_of": model.variant_of,
        "protocol": score.protocol,
        "kind": results.data.kind,
        "mark": KINDS[results.data.kind],
        "weights": model.weights.used,
        "images": results.data.images,
        "seeds": len(score.per_seed),
        "printed": as_printed(claim) if claim else "",
        "where": claim.where if claim else "",
        "accuracy": round(score.mean, 4),
        "low": round(score.low, 4),
        "high": round(score.high, 4),
        "sd": None if score.sd is None else round(score.sd, 4),
        "majority": round(_majority(results, score.protocol), 4),
        "verdict": claim.verdict if claim and score.protocol == "published" else "",
        "profile": results.profile,
        "device": results.provenance.device,
        "seconds": results.provenance.seconds,
        "run_key": results.provenance.run_key,
    }


def _majority(results: Results, protocol: str) -> float:
    """Accuracy of always answering with the most frequent class of the training images."""
    folds = [one for one in results.folds if one.protocol == protocol]
    return float(np.mean([fold.majority for fold in folds]))


def _card(results: Results) -> dict:
    claim = results.claims[0] if results.claims else None
    shown = next(iter(results.confusions), None)
    return {
        "slug": results.slug,
        "title": results.title,
        "thumbnail": _thumbnail(results, shown).html if shown else "",
        "claim": claim and f"{as_printed(claim)} {_of(claim)}",
        "where": claim and claim.where,
        "ours": _ours(results, claim),
        "verdict": claim and claim.verdict,
        "mark": _mark(results),
        "images": results.data.images,
        "protocols": " and ".join(dict.fromkeys(fold.protocol for fold in results.folds)),
        "seconds": round(results.provenance.seconds),
        "profile": results.profile,
        "counts": Counter(one.verdict for one in results.claims),
    }


def _audited(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """(verdict whose colour it has, how many findings of an outcome), the gravest first."""
    counts = Counter(one.outcome for one in findings)
    return [(LOOKS[name], f"{counts[name]} {name}") for name in OUTCOMES if counts[name]]


def _of(claim: ClaimResult) -> str:
    epoch = f", epoch {claim.epoch}" if claim.epoch is not None else ""
    return f"{claim.metric} of {claim.arm} on {PARTS[claim.part]}{epoch}"


def _ours(results: Results, claim: ClaimResult | None) -> list[str]:
    """Our value of the headline, and the test accuracy where the headline is another number."""
    if claim is None:
        return []
    protocol = results.folds[0].protocol  # the paper's, unless only another was run
    same = [one for one in results.scores if _is_same(one, claim, protocol)]
    # Of a training log: the epoch that the paper prints, else the last that was run.
    reached = [one for one in same if one.epoch in (None, claim.epoch)] or same[-1:]
    told = [_told(one, claim) for one in reached[:1]]
    if claim.part != "test":
        told += [
            _told(one, claim)
            for one in results.scores
            if (one.arm, one.protocol, one.metric, one.of, one.part, one.epoch)
            == (claim.arm, protocol, "accuracy", "", "test", None)
        ]
    return told


def _is_same(score: Score, claim: ClaimResult, protocol: str) -> bool:
    key = (claim.arm, protocol, claim.metric, claim.of, claim.part)
    logged = (score.epoch is None) == (claim.epoch is None)
    return logged and (score.arm, score.protocol, score.metric, score.of, score.part) == key


def _told(score: Score, claim: ClaimResult) -> str:
    form = ".1f" if claim.unit == "percent" else ".3f"
    mean, low, high = (
        format(in_unit(bound, claim.unit), form) for bound in (score.mean, score.low, score.high)
    )
    epoch = f", epoch {score.epoch}" if score.epoch is not None else ""
    return f"{with_unit(mean, claim.unit)} [{low}, {high}] on {PARTS[score.part]}{epoch}"


def _mark(results: Results) -> str:
    first = results.models[0].weights
    return note(results.data.kind, first)


def _thumbnail(results: Results, one: Confusion) -> Shown:
    counts = np.asarray(one.counts)
    figure = Figure(figsize=(THUMBNAIL, THUMBNAIL), layout="constrained")
    axis = figure.subplots()
    axis.imshow(counts / np.maximum(counts.sum(1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[], xlabel="predicted", ylabel="true")
    for (row, column), count in np.ndenumerate(counts):
        dark = counts[row].sum() and count / counts[row].sum() > 0.5
        colour = "white" if dark else "black"
        axis.text(column, row, count, ha="center", va="center", fontsize=7, color=colour)
    alt = f"Confusion matrix of {one.arm}, seed {one.seed}: {', '.join(results.classes)}"
    return picture(figure, f"{one.arm}, seed {one.seed}", alt, _mark(results))
