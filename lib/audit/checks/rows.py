"""Precision, recall and F1-score in one line: what holds for every way to average them."""

from collections.abc import Iterator
from fractions import Fraction

from lib.audit.claims import grouped
from lib.audit.exact.averages import f1_range
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.misprints import mended, single_misprints
from lib.audit.reports import is_average
from lib.audit.rounding import Bounds, bounds, common
from lib.papers.declare import Claim, Paper

TOPIC = "F1-score beside precision and recall"


def check_rows(paper: Paper) -> Iterator[Finding]:
    """One finding per arm, row and place with all three scores, or with an accuracy beside an average.

    The rows of a report are left out: they are searched as a whole.
    """
    claims = (
        claim
        for claim in paper.claims
        if claim.metric in ("accuracy", "precision", "recall", "f1")
        and (not claim.of or is_average(claim.of) or claim.kind.mean_over)
    )
    for row in grouped(claims, _row_key).values():
        by_metric = {claim.metric: claim for claim in row}
        if by_metric.keys() >= {"precision", "recall", "f1"} and _alone(paper, row[0]):
            yield _f1_finding(paper, by_metric)
    yield from _weighted_recall(paper)


def _row_key(claim: Claim) -> tuple[str, str, str, int | None, str, str]:
    place = claim.where.split(",")[0]
    return claim.arm, claim.part, claim.of, claim.epoch, place, claim.kind.mean_over


def _f1_finding(paper: Paper, row: dict[str, Claim]) -> Finding:
    low, high = _f1_range(row)
    fits = _fits(row)
    claims = [row[name] for name in ("precision", "recall", "f1")]
    changes = [] if fits else [change for claim in claims for change in _mending(row, claim)]
    of = row["f1"].of
    return Finding(
        check="agreement",
        topic=f"{TOPIC}{f' of {of}' if of else ''}",
        outcome="consistent" if fits else "impossible",
        printed=quoted(claims),
        arithmetic=f"F1 lies between {_rounded(low)} and {_rounded(high)}; printed {row['f1'].text}",
        sentence=(
            "The F1-score fits precision and recall, of one class or averaged in one way."
            if fits
            else "No class, and no average over classes or folds by one set of weights, has this F1-score beside this "
            "precision and recall: at most their harmonic mean, and at least their sum minus 1."
        ),
        misprint=mended(changes),
        weight=weigh(paper, claims),
        arm=row["f1"].arm,
    )


def _f1_range(row: dict[str, Claim]) -> Bounds:
    return f1_range(bounds(row["precision"], "mixed"), bounds(row["recall"], "mixed"))


def _fits(row: dict[str, Claim]) -> bool:
    return bool(common([_f1_range(row), bounds(row["f1"], "mixed")]))


def _mending(row: dict[str, Claim], claim: Claim) -> list[tuple[Claim, Claim]]:
    return [
        (claim, misprint)
        for misprint in single_misprints(claim)
        if misprint.value <= 1 and _fits(row | {claim.metric: misprint})
    ]


def _rounded(value: Fraction) -> str:
    return f"{float(value):.5f}".rstrip("0").rstrip(".")


def _weighted_recall(paper: Paper) -> Iterator[Finding]:
    """The recall weighted by support, and every micro average, is the accuracy where an image has one label."""
    averages = [
        claim
        for claim in paper.claims
        if claim.metric == "recall" and claim.of == "weighted avg" and claim.kind.single
    ]
    for recall in averages:
        for accuracy in paper.claims:
            # A report's own accuracy is part of its search.
            same = (accuracy.arm, accuracy.part, accuracy.epoch, accuracy.kind) == (
                *(recall.arm, recall.part, recall.epoch),
                recall.kind,
            )
            if accuracy.metric == "accuracy" and not accuracy.of and same and _alone(paper, recall):
                yield _weighted_finding(paper, recall, accuracy)


def _alone(paper: Paper, average: Claim) -> bool:
    """Whether no report of the same images has rows of classes, which is searched as a whole."""
    return bool(average.kind.mean_over) or not any(
        claim.of and not is_average(claim.of)
        for claim in paper.claims
        if (claim.arm, claim.part, claim.metric) == (average.arm, average.part, "recall")
    )


def _weighted_finding(paper: Paper, recall: Claim, accuracy: Claim) -> Finding:
    fits = common([bounds(recall, "mixed"), bounds(accuracy, "mixed")])
    return Finding(
        check="agreement",
        topic="Weighted recall and accuracy",
        outcome="consistent" if fits else "impossible",
        printed=quoted([recall, accuracy]),
        arithmetic=f"recall {recall.text}, accuracy {accuracy.text}",
        sentence=(
            "The recall weighted by support is the accuracy."
            if fits
            else "The recall weighted by support is the accuracy where an image has one label, and these differ."
        ),
        weight=weigh(paper, [recall, accuracy]),
        arm=recall.arm,
    )
