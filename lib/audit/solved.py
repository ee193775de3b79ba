"""Printed classification reports, searched for the confusion matrices that could give them."""

from dataclasses import dataclass
from functools import cached_property

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.tables import Report, reports
from lib.papers.declare import Paper

NONE = Solutions(count=0, complete=True)


@dataclass(frozen=True, kw_only=True)
class Solved:
    """A report with the margins that give it by rounding."""

    report: Report
    rounded: Solutions

    @cached_property
    def cut(self) -> Solutions:
        """The margins that give it if digits may also be cut off."""
        return margins_of(self.report, cut=True)

    @property
    def best(self) -> Solutions:
        """The margins of the rounded numbers, where there are any, else those of cut ones."""
        return self.rounded if self.rounded.count else self.cut


def solved_reports(paper: Paper) -> list[Solved]:
    """Every report of a paper that gives a number of images, with its margins."""
    return [
        Solved(report=one, rounded=margins_of(one, cut=False))
        for one in reports(paper)
        if one.totals
    ]


def margins_of(report: Report, cut: bool, without: tuple[str, ...] = ()) -> Solutions:
    """The margins that give a report; arguments as in `Report.table`."""
    table = report.table(cut, without)
    return NONE if table is None else solve(table)
