"""Accuracies that count an image as right if its class is among the k most probable ones."""

from collections.abc import Iterator
from itertools import combinations

from lib.audit.claims import grouped
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.rounding import bounds
from lib.papers.declare import Claim, Paper, top_k


def check_top_k(paper: Paper) -> Iterator[Finding]:
    """One finding per arm and images with several of them: does the accuracy fall as k rises?"""
    accuracies = (claim for claim in paper.claims if top_k(claim.metric) and not claim.of)
    groups = grouped(
        accuracies,
        lambda claim: (claim.arm, claim.part, claim.epoch, claim.where.split(",")[0], claim.kind),
    )
    for claims in groups.values():
        by_k = sorted(claims, key=_k)
        if _k(by_k[-1]) > 1 and len({claim.metric for claim in claims}) > 1:
            yield _finding(paper, by_k)


def _k(claim: Claim) -> int:
    return top_k(claim.metric) or 0  # never 0 here: only such accuracies are looked at


def _finding(paper: Paper, by_k: list[Claim]) -> Finding:
    falling = [
        (fewer, more)
        for fewer, more in combinations(by_k, 2)
        if _k(fewer) < _k(more) and bounds(more, "mixed")[1] < bounds(fewer, "mixed")[0]
    ]
    fewer, more = falling[0] if falling else (by_k[0], by_k[-1])
    return Finding(
        check="accuracy",
        topic=f"{more.metric.capitalize()} beside {fewer.metric}",
        outcome="impossible" if falling else "consistent",
        printed=quoted([fewer, more]),
        arithmetic=f"{fewer.metric} {fewer.text}, {more.metric} {more.text}",
        sentence=(
            "Whatever is right among the first few is right among more: the second cannot be smaller."
            if falling
            else "The accuracy does not fall where more answers count."
        ),
        weight=weigh(paper, by_k),
        arm=fewer.arm,
    )
