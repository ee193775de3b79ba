"""Printed classification reports, searched for the confusion matrices that could give them."""

from dataclasses import dataclass
from functools import cached_property

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.reports import Report, find_reports
from lib.papers.declare import Paper

NO_SOLUTIONS = Solutions(count=0, complete=True)


@dataclass(frozen=True, kw_only=True)
class SolvedReport:
    """A report with the margins that give it by rounding."""

    report: Report
    rounded: Solutions

    @cached_property
    def cut(self) -> Solutions:
        """The margins that give it if digits may also be cut off."""
        return solve_report(self.report, cut=True)

    @property
    def best(self) -> Solutions:
        """The margins of the rounded numbers, where there are any, else those of cut ones."""
        return self.rounded if self.rounded.count else self.cut


def solve_reports(paper: Paper) -> list[SolvedReport]:
    """Every report of a paper that gives a number of images, with its margins."""
    return [
        SolvedReport(report=report, rounded=solve_report(report, cut=False))
        for report in find_reports(paper)
        if report.totals
    ]


def solve_report(report: Report, cut: bool, without: tuple[str, ...] = ()) -> Solutions:
    """The margins that give a report; arguments as in `Report.bounds`."""
    report_bounds = report.bounds(cut, without)
    return NO_SOLUTIONS if report_bounds is None else solve(report_bounds)
