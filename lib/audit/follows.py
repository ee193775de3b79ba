"""What follows from numbers that fit together: counts, images, baseline and interval."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from lib.audit.checks.two_classes import tables_of, two_class_rows, ways
from lib.audit.claims import comparable_accuracies, distinct, grouped, single_evaluations
from lib.audit.exact.two_by_two import fitting
from lib.audit.findings import Consequence
from lib.audit.rounding import FARTHEST, bounds, fitting_totals, percent_text
from lib.audit.solved_reports import SolvedReport
from lib.evaluation.metrics import wilson
from lib.papers.declare import Paper
from lib.words import listed, percent

LEAST, SHOWN = 3, 5  # accuracies that tell a number of images, and numbers that are named


def consequences_of(paper: Paper, solved_reports: Sequence[SolvedReport]) -> list[Consequence]:
    """All that follows, arm by arm; nothing from what is impossible.

    Args:
        solved_reports: Those of `single_evaluations(paper)`.
    """
    single = single_evaluations(paper)
    return [*_of_reports(solved_reports), *_of_two_classes(single), *_of_totals(single)]


def _of_reports(solved_reports: Sequence[SolvedReport]) -> Iterator[Consequence]:
    for solved in solved_reports:
        if solved.solutions.count:
            yield from _of_report(solved)


def _of_report(solved: SolvedReport) -> Iterator[Consequence]:
    report, solutions = solved.report, solved.solutions
    if solutions.count == 1 and solutions.complete:
        counts = dict(zip(report.rows, solutions.found[0], strict=True))
        told = listed(
            f"{name} {margin.hits:,} right of {margin.support:,}, called {margin.predicted:,} times"
            for name, margin in counts.items()
        )
        values = {
            name: {"hits": margin.hits, "called": margin.predicted, "support": margin.support}
            for name, margin in counts.items()
        }
        yield Consequence(
            topic="hits and called",
            arm=report.arm,
            sentence=f"One way of counting, and no other, gives {report.where}: {told}.",
            values=values,
        )
    supports = [margin.support for margin in solutions.found[0]]
    yield _baseline(report.arm, dict(zip(report.rows, supports, strict=True)))
    if solutions.complete:
        yield _interval(report.arm, solutions.hits[0], solutions.hits[-1], sum(supports))


def _baseline(arm: str, supports: dict[str, int]) -> Consequence:
    images, most = sum(supports.values()), max(supports, key=supports.__getitem__)
    share = Fraction(supports[most], images)
    return Consequence(
        topic="baseline",
        arm=arm,
        sentence=f"Calling every image {most} would be right for {percent_text(share)} of them.",
        values={"majority": most, "share": float(share)},
    )


def _interval(arm: str, least: int, most: int, images: int) -> Consequence:
    low, high = wilson(least, images)[0], wilson(most, images)[1]
    right = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return Consequence(
        topic="interval",
        arm=arm,
        sentence=(
            f"{right} of {images:,} images are right; 95 % interval of the accuracy {percent(low)} to {percent(high)}."
        ),
        values={"hits": [least, most], "images": images, "low": low, "high": high},
    )


def _of_two_classes(paper: Paper) -> Iterator[Consequence]:
    for row in two_class_rows(paper):
        tables = tables_of(paper, row)
        if tables is None:
            continue
        for digits, definition in ways(row):
            within = {
                score: bounds(claim, digits) for score, claim in row.items() if score != "auc"
            }
            (places,) = np.nonzero(fitting(tables, within, definition))
            if len(places) == 1:
                (place,) = places
                p, n, tp, tn = (
                    int(array[place])
                    for array in (tables.positives, tables.negatives, tables.tp, tables.tn)
                )
                yield Consequence(
                    topic="hits and called",
                    arm=next(iter(row.values())).arm,
                    sentence=(
                        f"One table, and no other, gives all scores: {tp:,} of {p:,} positive and "
                        f"{tn:,} of {n:,} negative images called rightly."
                    ),
                    values={
                        "positive": {"hits": tp, "called": tp + n - tn, "support": p},
                        "negative": {"hits": tn, "called": tn + p - tp, "support": n},
                    },
                )
            if len(places):
                break


def _of_totals(paper: Paper) -> Iterator[Consequence]:
    """The numbers of images that allow all accuracies of a table that states none."""
    for (part, where), claims in grouped(
        comparable_accuracies(paper), lambda claim: (claim.part, claim.where)
    ).items():
        if len(distinct(claims)) < LEAST or any(claim.n for claim in claims):
            continue
        if any(_counted(paper, claim.arm, part) for claim in claims):
            continue
        totals = fitting_totals(claims, FARTHEST, "rounded")
        if totals and len(totals) < FARTHEST // 10:
            more = f" and {len(totals) - SHOWN} more up to {FARTHEST:,}" * (len(totals) > SHOWN)
            yield Consequence(
                topic="images",
                arm=claims[0].arm if len({claim.arm for claim in claims}) == 1 else "",
                sentence=(
                    f"If they are shares of one number of images, the accuracies of {where} fit "
                    f"{listed(totals[:SHOWN], 'or')} images{more}."
                ),
                values={"totals": totals},
            )


def _counted(paper: Paper, arm: str, part: str) -> bool:
    return any(
        (claim.metric, claim.arm, claim.part) == ("support", arm, part) for claim in paper.claims
    )
