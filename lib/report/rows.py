"""A run in rows, one per model and protocol: what the index, reports/results.csv and the terminal show of it."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

from lib.papers.declare import overall_accuracy
from lib.report.notation import as_printed
from lib.results import Results, Score, Verdict, majority_share

COLUMNS = (  # of results.csv
    *(
        "slug",
        "arm",
        "variant_of",
        "protocol",
        "kind",
        "weights",
        "images",
        "seeds",
        "printed",
        "where",
    ),
    *("accuracy", "low", "high", "sd", "majority", "learnt", "verdict"),
    *("profile", "device", "seconds", "run_key", *get_args(Verdict), "stale"),
)


def summary_rows(results: Results) -> list[dict[str, Any]]:
    """One row per arm or variant and protocol: what reports/results.csv shows of a run."""
    counts = Counter(claim.verdict for claim in results.claims)
    by_verdict = {verdict: counts.get(verdict, 0) for verdict in get_args(Verdict)}
    return [_row(results, score) | by_verdict for score in results.scores if score.is_headline]


def summary_csv(runs: Sequence[Results], stale: Mapping[str, str] = MappingProxyType({})) -> str:
    """reports/results.csv: `summary_rows` of every run.

    Args:
        stale: Slug → why its report is not that of the code and settings of today.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for results in runs:
        outdated = {"stale": stale.get(results.slug, "")}
        writer.writerows(row | outdated for row in summary_rows(results))
    return text.getvalue()


def _row(results: Results, score: Score) -> dict[str, Any]:
    model = next(model for model in results.models if model.arm == score.arm)
    claim = overall_accuracy(results.claims, score.arm)
    return {
        "slug": results.slug,
        "arm": score.arm,
        "variant_of": model.variant_of,
        "protocol": score.protocol,
        "kind": results.data.kind,
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
        "learnt": results.learnt(score.arm, score.protocol),
        "verdict": claim.verdict if claim and score.protocol == "published" else "",
        "profile": results.profile,
        "device": results.provenance.device,
        "seconds": results.provenance.seconds,
        "run_key": results.provenance.run_key,
    }
