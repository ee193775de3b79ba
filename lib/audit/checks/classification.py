"""Classification reports: is there one joint confusion matrix behind every printed number?"""

from collections.abc import Iterator, Sequence

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.findings import Finding, weigh
from lib.audit.misprints import mended, single_misprints
from lib.audit.reports import Report
from lib.audit.solved_reports import SolvedReport, solve_report
from lib.papers.declare import Claim, Paper
from lib.words import listed

LARGEST = 2000  # images up to which misprints are looked for
SHORT = 1000  # steps of each of these searches


def check_reports(paper: Paper, solved_reports: Sequence[SolvedReport]) -> Iterator[Finding]:
    """One finding per report."""
    for solved in solved_reports:
        report = solved.report
        outcome, sentence = _verdict(solved)
        impossible = outcome == "impossible"
        yield Finding(
            check="report",
            topic=f"Classification report of {report.where}",
            outcome=outcome,
            printed=report.quoted,
            arithmetic=_arithmetic(solved),
            sentence=sentence,
            misprint=mended(_mending(report)) if impossible else "",
            weight=weigh(paper, report.claims),
            arm=report.arm,
        )


def _verdict(solved: SolvedReport) -> tuple[str, str]:
    if solved.rounded.count:
        return "consistent", _consistent(solved.rounded)
    if solved.cut.count:
        return "undetermined", (
            "No confusion matrix gives these numbers by rounding; one does if digits were cut off."
        )
    if not solved.best.impossible and not solved.best.count:
        return "undetermined", "The search for a confusion matrix was given up: there are too many."
    if solved.best.count:
        return "undetermined", (
            "A confusion matrix gives these numbers if an average of F1 is not the mean of the classes' "
            "F1-scores but the F1-score of the mean precision and the mean recall, as some take it."
        )
    return "impossible", _impossible(solved)


def _consistent(solutions: Solutions) -> str:
    if solutions.count == 1 and solutions.complete:
        return (
            "One way of counting hits and calls, and no other, gives every number. "
            "That they fit together does not prove them."
        )
    return (
        "Several ways of counting hits and calls give every number. "
        "That they fit together does not prove them."
    )


def _impossible(solved: SolvedReport) -> str:
    names = list(solved.report.rows)
    wrong = listed(names[label] for label in solved.cut.empty)
    rows = f"the row of {wrong}" if wrong else "these rows together"
    return (
        f"No confusion matrix gives {rows}, whether numbers were rounded or cut off: "
        "at least one of them is wrong."
    )


def _arithmetic(solved: SolvedReport) -> str:
    totals = sorted(solved.report.totals)
    if len(totals) > 1:
        return f"numbers of images in all: {listed(totals)}"
    (total,) = totals
    give = "gives" if solved.rounded.count == 1 and solved.rounded.complete else "give"
    rounded = f"{_counted(solved.rounded)} of margins {give} every number by rounding"
    if solved.rounded.count:
        return f"{rounded}; {_hits(solved.rounded, total)}"
    if solved.cut.count:
        return (
            f"{rounded}, {_counted(solved.cut)} if digits are cut off; {_hits(solved.cut, total)}"
        )
    neither = f"{rounded}, {_counted(solved.cut)} if digits are cut off"
    if solved.best.count:
        return (
            f"{neither}, {_counted(solved.best)} with F1 of the mean precision and recall; "
            f"{_hits(solved.best, total)}"
        )
    return f"{neither}; {total:,} images"


def _counted(solutions: Solutions) -> str:
    if solutions.complete:
        return f"{solutions.count:,} set{'s' * (solutions.count != 1)}"
    return f"at least {solutions.count:,} sets"


def _hits(solutions: Solutions, total: int) -> str:
    hits = solutions.hits
    known = "" if solutions.complete else ", among those found"
    if len(hits) == 1:
        return f"{hits[0]:,} of {total:,} images right, {hits[0] / total:.4f}{known}"
    shares = f"{hits[0] / total:.4f} … {hits[-1] / total:.4f}"
    return f"{hits[0]:,} … {hits[-1]:,} of {total:,} images right, {shares}{known}"


def _mending(report: Report) -> Iterator[tuple[Claim, Claim]]:
    """The single misprints that, taken back, make a report possible."""
    if max(report.totals) > LARGEST:
        return
    names, empty = list(report.rows), solve_report(report, cut=False).empty
    suspects = report.claims
    if empty:  # a row that is impossible by itself has the misprint
        suspects = tuple(report.rows[names[empty[0]]].values()) if len(empty) == 1 else ()
    for old in suspects:
        for new in single_misprints(old):
            if _is_possible(report.with_claim(old, new)):
                yield old, new


def _is_possible(report: Report) -> bool:
    """Whether a short search finds margins that give a report by rounding."""
    report_bounds = report.bounds(cut=False)
    return report_bounds is not None and solve(report_bounds, enough=1, steps=SHORT).count > 0
