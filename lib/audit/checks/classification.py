"""Classification reports: is there one joint confusion matrix behind every printed number?"""

from collections.abc import Iterator, Sequence

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.findings import Finding, Outcome, weigh
from lib.audit.misprints import mended, single_misprints
from lib.audit.reports import Report
from lib.audit.solved_reports import Reading, SolvedReport, solve_report
from lib.papers.declare import Claim, Paper
from lib.words import listed

LARGEST = 2000  # images up to which misprints are looked for
MOST_CHANGES = 1000  # beyond these none is looked for
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


def _verdict(solved: SolvedReport) -> tuple[Outcome, str]:
    reading, solutions = solved.solved
    if solutions.impossible:
        return "impossible", _impossible(solved)
    if not solutions.count:
        return "undetermined", "The search for a confusion matrix was given up: there are too many."
    if not reading.condition:
        return "consistent", _consistent(solutions)
    return "undetermined", (
        f"No confusion matrix gives these numbers by rounding alone; one does if {reading.condition}."
    )


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
    wrong = listed(names[label] for label in solved.empty)
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
    reading, solutions = solved.solved
    if not solutions.count:
        return f"{_counted(solutions)} of margins give every number; {total:,} images"
    give = "gives" if solutions.count == 1 and solutions.complete else "give"
    how = f"if {reading.condition}" if reading.condition else "by rounding"
    return f"{_counted(solutions)} of margins {give} every number {how}; {_hits(solutions, total)}"


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
    names, empty = list(report.rows), solve_report(report, Reading()).empty
    suspects = report.claims
    if empty:  # a row that is impossible by itself has the misprint
        suspects = tuple(report.rows[names[empty[0]]].values()) if len(empty) == 1 else ()
    changes = [(old, new) for old in suspects for new in single_misprints(old)]
    if len(changes) <= MOST_CHANGES:
        for old, new in changes:
            if _is_possible(report.with_claim(old, new)):
                yield old, new


def _is_possible(report: Report) -> bool:
    """Whether a short search finds margins that give a report by rounding."""
    report_bounds = report.bounds(digits="rounded")
    return report_bounds is not None and solve(report_bounds, enough=1, steps=SHORT).count > 0
