"""The accuracy that a report implies, against the accuracies printed elsewhere for its images."""

from collections.abc import Iterator, Sequence

from lib.audit.claims import final_accuracies
from lib.audit.exact.margins import possible_hits
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.solved_reports import SolvedReport
from lib.papers.declare import Claim, Paper
from lib.words import listed


def check_implied_accuracies(
    paper: Paper, solved_reports: Sequence[SolvedReport]
) -> Iterator[Finding]:
    """One finding per report that is not impossible itself and has accuracies elsewhere."""
    for solved in solved_reports:
        yield from _implied_accuracy(paper, solved)


def _implied_accuracy(paper: Paper, solved: SolvedReport) -> Iterator[Finding]:
    report = solved.report
    others = [
        claim
        for claim in final_accuracies(paper, report.arm, report.part)
        if claim not in report.accuracy
    ]
    if not others or solved.solutions.impossible:
        return
    by_rounding = {claim: solved.fits(claim, plainly=True) for claim in others}
    apart = [claim for claim, fits in by_rounding.items() if not fits]
    otherwise = {
        claim: None if by_rounding[claim] is None else solved.fits(claim, plainly=False)
        for claim in apart
    }
    never = [claim for claim, fits in otherwise.items() if fits is False]
    trained = [claim for claim in never if claim.epoch is None]
    unknown = [claim for claim, fits in otherwise.items() if fits is None]
    yield Finding(
        check="agreement",
        topic=f"Accuracy implied by {report.where}",
        outcome="impossible" if trained else "undetermined" if apart else "consistent",
        printed=quoted(apart or others),
        arithmetic=_arithmetic(solved),
        sentence=_sentence(solved, trained, never, unknown, apart),
        weight=weigh(paper, apart or others),
        arm=report.arm,
    )


def _arithmetic(solved: SolvedReport) -> str:
    total, solutions = max(solved.report.totals), solved.solutions
    if not solutions.complete:
        hits = possible_hits(solved.widest_bounds)
        return f"by its recalls, between {hits[0]:,} and {hits[-1]:,} of {total:,} images right"
    least, most = solutions.hits[0], solutions.hits[-1]
    words = listed(solutions.hits, "or") if len(solutions.hits) < 4 else f"{least:,} … {most:,}"
    share = f"{least / total:.4f}" + f" … {most / total:.4f}" * (least < most)
    return f"{words} of {total:,} images right, {share}"


def _sentence(
    solved: SolvedReport,
    trained: list[Claim],
    never: list[Claim],
    unknown: list[Claim],
    apart: list[Claim],
) -> str:
    where = solved.report.where
    numbers = listed(claim.text for claim in trained or never or unknown or apart)
    if trained:
        return f"{numbers} and {where} cannot both be of the same network and images."
    if never:
        return f"The curve ends at {numbers}, but {where} of the trained network is another."
    if unknown:
        return f"Whether {numbers} and {where} fit together stays open: the search was given up."
    if apart:
        how = solved.reading.condition or "digits were cut off"
        return f"{numbers} and {where} fit together only if {how}."
    return f"The accuracies printed elsewhere for these images are those of {where}."
