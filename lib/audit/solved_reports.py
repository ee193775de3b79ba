"""Printed classification reports, searched for the confusion matrices that could give them."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from lib.audit.exact.margins import Solutions
from lib.audit.exact.search import solve
from lib.audit.reports import Report, find_reports
from lib.audit.rounding import bounds, common
from lib.papers.declare import Claim, Paper

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

    @cached_property
    def other_f1(self) -> Solutions:
        """The margins that give it if averages of F1 are F1-scores of the mean precision and recall.

        Digits may be cut off. Of several averages, one or all may be such; the first way that is not
        shown to be impossible counts.
        """
        solutions = NO_SOLUTIONS
        for names in _f1_averages(self.report):
            solutions = solve_report(self.report, cut=True, f1_of_means=names)
            if not solutions.impossible:
                break
        return solutions

    @property
    def best(self) -> Solutions:
        """The margins by the narrowest reading that is not shown to be impossible."""
        if self.rounded.count:
            return self.rounded
        return self.other_f1 if self.cut.impossible else self.cut

    def fits(self, accuracy: Claim, cut: bool) -> bool | None:
        """Whether any margins give both the report and an accuracy printed elsewhere.

        None where a search was given up. The accuracy narrows the search, so that all margins are
        judged, however many there are.

        Args:
            cut: Whether digits may be cut off and averages of F1 be those of `other_f1`.
        """
        ways = [(), *_f1_averages(self.report)] if cut else [()]
        for names in ways:
            fits = _fits(self.report, accuracy, cut, names)
            if fits is not False:
                return fits
        return False


def solve_reports(paper: Paper) -> list[SolvedReport]:
    """Every report of a paper that gives a number of images, with its margins."""
    return [
        SolvedReport(report=report, rounded=solve_report(report, cut=False))
        for report in find_reports(paper)
        if report.totals
    ]


def solve_report(report: Report, cut: bool, f1_of_means: tuple[str, ...] = ()) -> Solutions:
    """The margins that give a report; arguments as in `Report.bounds`."""
    report_bounds = report.bounds(cut, f1_of_means)
    return NO_SOLUTIONS if report_bounds is None else solve(report_bounds)


def _f1_averages(report: Report) -> list[tuple[str, ...]]:
    """The averages that print an F1-score, all of them and then each without the others."""
    names = [name for name, row in report.averages.items() if "f1" in row]
    return [way for size in range(len(names), 0, -1) for way in combinations(names, size)]


def _fits(report: Report, accuracy: Claim, cut: bool, f1_of_means: tuple[str, ...]) -> bool | None:
    report_bounds = report.bounds(cut, f1_of_means)
    if report_bounds is None:
        return False
    accuracies = [bounds(accuracy, cut)]
    if report_bounds.accuracy:
        accuracies.append(report_bounds.accuracy)
    within = common(accuracies)
    if within is None:
        return False
    solutions = solve(replace(report_bounds, accuracy=within), enough=1)
    return True if solutions.count else False if solutions.impossible else None
