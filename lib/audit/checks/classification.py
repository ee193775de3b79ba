"""Classification reports: is there one joint confusion matrix behind every printed number?"""

from collections.abc import Iterator
from dataclasses import replace

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.findings import Finding, weight
from lib.audit.rounding import mended, misprints
from lib.audit.solved import Solved, margins_of
from lib.audit.tables import Report
from lib.papers.declare import Claim, Paper
from lib.words import listed

LARGEST, SHORT = 2000, 1000  # images up to which misprints are looked for, steps of each search


def possible(report: Report) -> bool:
    """Whether a short search finds margins that give a report by rounding."""
    table = report.table(cut=False)
    return table is not None and solve(table, enough=1, steps=SHORT).count > 0


def check_reports(paper: Paper, solved: list[Solved]) -> Iterator[Finding]:
    """One finding a report."""
    for one in solved:
        report = one.report
        outcome, sentence = _verdict(one)
        impossible = outcome == "impossible"
        yield Finding(
            check="report",
            topic=f"Classification report of {report.where}",
            outcome=outcome,
            printed=report.quoted,
            arithmetic=_arithmetic(one),
            sentence=sentence,
            misprint=mended(_mending(report)) if impossible else "",
            weight=weight(paper, report.claims),
            arm=report.arm,
        )


def _verdict(one: Solved) -> tuple[str, str]:
    if one.rounded.count:
        return "consistent", _consistent(one.rounded)
    if one.cut.count:
        return "undetermined", (
            "No confusion matrix gives these numbers by rounding; one does if digits were cut off."
        )
    if not one.cut.impossible:
        return "undetermined", "The search for a confusion matrix was given up: there are too many."
    if margins_of(one.report, cut=True, without=("f1",)).count:
        return "undetermined", (
            "A confusion matrix gives all numbers but the averages of F1, which are not always taken as "
            "the mean of the classes' F1-scores."
        )
    return "impossible", _impossible(one)


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


def _impossible(one: Solved) -> str:
    names = list(one.report.rows)
    wrong = listed(names[place] for place in one.cut.empty)
    of = f"the row of {wrong}" if wrong else "these rows together"
    return (
        f"No confusion matrix gives {of}, whether numbers were rounded or cut off: "
        "at least one of them is wrong."
    )


def _arithmetic(one: Solved) -> str:
    totals = sorted(one.report.totals)
    if len(totals) > 1:
        return f"numbers of images in all: {listed(totals)}"
    (total,) = totals
    rounded = f"{_counted(one.rounded)} of margins give every number by rounding"
    if one.rounded.count:
        return f"{rounded}; {_hits(one.rounded, total)}"
    if one.cut.count:
        return f"{rounded}, {_counted(one.cut)} if digits are cut off; {_hits(one.cut, total)}"
    return f"{rounded}, {_counted(one.cut)} if digits are cut off; {total:,} images"


def _counted(solutions: Solutions) -> str:
    if solutions.complete:
        return f"{solutions.count:,} set{'s' * (solutions.count != 1)}"
    return f"at least {solutions.count:,} sets"


def _hits(solutions: Solutions, total: int) -> str:
    hits = solutions.hits
    some = "" if solutions.complete else ", among those found"
    if len(hits) == 1:
        return f"{hits[0]:,} of {total:,} images right, {hits[0] / total:.4f}{some}"
    shares = f"{hits[0] / total:.4f} … {hits[-1] / total:.4f}"
    return f"{hits[0]:,} … {hits[-1]:,} of {total:,} images right, {shares}{some}"


def _mending(report: Report) -> Iterator[tuple[Claim, Claim]]:
    """The single misprints that, taken back, make a report possible."""
    if max(report.totals) > LARGEST:
        return
    names, empty = list(report.rows), margins_of(report, cut=False).empty
    suspects = report.claims
    if empty:  # a row that is impossible by itself has the misprint
        suspects = tuple(report.rows[names[empty[0]]].values()) if len(empty) == 1 else ()
    for old in suspects:
        for new in misprints(old):
            if possible(_changed(report, old, new)):
                yield old, new


def _changed(report: Report, old: Claim, new: Claim) -> Report:
    def swapped(table: dict[str, dict[str, Claim]]) -> dict[str, dict[str, Claim]]:
        return {
            of: {score: new if one is old else one for score, one in row.items()}
            for of, row in table.items()
        }

    return replace(
        report,
        rows=swapped(report.rows),
        averages=swapped(report.averages),
        accuracy=tuple(new if one is old else one for one in report.accuracy),
        total=tuple(new if one is old else one for one in report.total),
    )
