"""The accuracy that a report implies, against the accuracies printed elsewhere for its images."""

from collections.abc import Iterator, Sequence

from lib.audit.claims import final_accuracies
from lib.audit.exact.margins import Solutions
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.rounding import bounds, shares
from lib.audit.solved_reports import SolvedReport
from lib.papers.declare import Claim, Paper
from lib.words import listed


def check_implied_accuracies(
    paper: Paper, solved_reports: Sequence[SolvedReport]
) -> Iterator[Finding]:
    """One finding per report whose solutions are all known."""
    for solved in solved_reports:
        yield from _implied_accuracy(paper, solved)


def _implied_accuracy(paper: Paper, solved: SolvedReport) -> Iterator[Finding]:
    report, best, total = solved.report, solved.best, max(solved.report.totals)
    others = [
        claim
        for claim in final_accuracies(paper, report.arm, report.part)
        if claim not in report.accuracy
    ]
    if not others or not best.count or not _all_known(best):
        return
    apart = [claim for claim in others if not _fits(solved.rounded, total, claim, cut=False)]
    if apart and not _all_known(solved.cut):
        return
    never = [claim for claim in apart if not _fits(solved.cut, total, claim, cut=True)]
    trained = [claim for claim in never if claim.epoch is None]
    yield Finding(
        check="agreement",
        topic=f"Accuracy implied by {report.where}",
        outcome="impossible" if trained else "undetermined" if apart else "consistent",
        printed=quoted(apart or others),
        arithmetic=_arithmetic(best.hits, total),
        sentence=_sentence(report.where, apart, never, trained),
        weight=weigh(paper, apart or others),
        arm=report.arm,
    )


def _all_known(solutions: Solutions) -> bool:
    return solutions.complete and solutions.count == len(solutions.found)


def _fits(solutions: Solutions, total: int, claim: Claim, cut: bool) -> bool:
    return bool(set(solutions.hits) & set(shares(total, bounds(claim, cut))))


def _arithmetic(hits: Sequence[int], total: int) -> str:
    least, most = hits[0], hits[-1]
    words = listed(hits, "or") if len(hits) < 4 else f"{least} … {most}"
    share = f"{least / total:.4f}" + f" … {most / total:.4f}" * (len(hits) > 1)
    return f"{words} of {total:,} images right, {share}"


def _sentence(where: str, apart: list[Claim], never: list[Claim], trained: list[Claim]) -> str:
    numbers = listed(claim.text for claim in trained or never or apart)
    if trained:
        return f"{numbers} and {where} cannot both be of the same network and images."
    if never:
        return f"The curve ends at {numbers}, but {where} of the trained network is another."
    if apart:
        return f"{numbers} and {where} fit together only if digits were cut off."
    return f"The accuracies printed elsewhere for these images are those of {where}."
