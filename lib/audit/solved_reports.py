"""Printed classification reports, searched for the confusion matrices that could give them."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

from lib.audit.exact.margins import ReportBounds, Solutions
from lib.audit.exact.search import solve
from lib.audit.reports import Report, find_reports
from lib.audit.rounding import Digits, bounds, common
from lib.papers.declare import Claim, Paper

NO_SOLUTIONS = Solutions(count=0, complete=True)


class Reading(NamedTuple):
    """How a report was printed, as far as it does not say so.

    `f1_of_means` and `zero_division` as in `Report.bounds`.
    """

    digits: Digits = "rounded"
    f1_of_means: tuple[str, ...] = ()
    zero_division: int = 0

    @property
    def condition(self) -> str:
        """What is to be assumed beyond digits that were rounded, after "if"; "" for nothing."""
        conditions = [
            *["digits were cut off"] * (self.digits == "cut"),
            *["some digits were rounded and others cut off"] * (self.digits == "mixed"),
            *["an average of F1 is the F1-score of the mean precision and the mean recall"]
            * bool(self.f1_of_means),
            *["the score of a class without images or calls is printed as 1"] * self.zero_division,
        ]
        return ", and ".join(conditions)


@dataclass(frozen=True, kw_only=True)
class SolvedReport:
    """A report with the margins that give it."""

    report: Report

    @cached_property
    def readings(self) -> list[Reading]:
        """The ways to read the report, the plainest first; digits made in two ways come last."""
        return [
            Reading(digits, f1, zero)
            for several in self._digits
            for zero, f1 in product(self._zero_divisions, [(), *_f1_averages(self.report)])
            for digits in several
        ]

    @property
    def _digits(self) -> list[tuple[Digits, ...]]:
        known = all(claim.kind.digits for claim in self.report.claims if claim.unit != "count")
        return [("rounded",)] if known else [("rounded", "cut"), ("mixed",)]

    @property
    def _zero_divisions(self) -> tuple[int, ...]:
        if any(claim.kind.zero_division for claim in self.report.claims):
            return (1,)
        return (0, 1) if any(map(_may_lack_calls, self.report.rows.values())) else (0,)

    @cached_property
    def solved(self) -> tuple[Reading, Solutions]:
        """The plainest reading that is not shown to be impossible, with the margins that give it.

        The plainest of all where every one is shown to be impossible.
        """
        for reading in self.readings:
            solutions = solve_report(self.report, reading)
            if not solutions.impossible:
                return reading, solutions
        return self.readings[0], NO_SOLUTIONS

    @property
    def reading(self) -> Reading:
        """As `solved`."""
        return self.solved[0]

    @property
    def solutions(self) -> Solutions:
        """As `solved`."""
        return self.solved[1]

    @property
    def widest_bounds(self) -> ReportBounds:
        """What the numbers allow however their digits were made.

        Raises:
            ValueError: Nothing: accuracies or totals exclude each other, so that it has no solutions.
        """
        widest = self.report.bounds("mixed")
        if widest is None:
            raise ValueError(f"{self.report.where} should have accuracies that agree.")
        return widest

    @property
    def empty(self) -> tuple[int, ...]:
        """Indices of the classes whose rows are impossible by themselves, however they are read."""
        if not self.solutions.impossible:
            return ()
        last = solve_report(self.report, self.readings[-1])
        first = solve_report(self.report, self.readings[0])
        return tuple(label for label in first.empty if label in last.empty)

    def fits(self, accuracy: Claim, plainly: bool) -> bool | None:
        """Whether any margins give both the report and an accuracy printed elsewhere.

        None where a search was given up. The accuracy narrows the search, so that all margins are
        judged, however many there are.

        Args:
            plainly: Whether both are rounded, and the report is read in the plainest way. Else digits of
                the accuracy may be cut off, and the report is read in every way that explains it as well
                as the best does: digits made in two ways only where nothing else explains it.
        """
        if plainly:
            return _fits(self.report, accuracy, self.readings[0], "rounded")
        mixed = self.reading.digits == "mixed"
        answer: bool | None = False
        for reading in self.readings:
            if (reading.digits == "mixed") == mixed:
                fits = _fits(self.report, accuracy, reading, "mixed")
                if fits:
                    return True
                answer = None if fits is None else answer
        return answer


def solve_reports(paper: Paper) -> list[SolvedReport]:
    """Every report of a paper that gives a number of images, with its margins."""
    return [SolvedReport(report=report) for report in find_reports(paper) if report.totals]


def solve_report(report: Report, reading: Reading) -> Solutions:
    """The margins that give a report, read in one way."""
    report_bounds = report.bounds(*reading)
    return NO_SOLUTIONS if report_bounds is None else solve(report_bounds)


def _f1_averages(report: Report) -> list[tuple[str, ...]]:
    """The averages that print an F1-score, all of them and then each without the others."""
    names = [name for name, row in report.averages.items() if "f1" in row]
    return [way for size in range(len(names), 0, -1) for way in combinations(names, size)]


def _may_lack_calls(row: dict[str, Claim]) -> bool:
    """Whether a class may have no images, or images but no predictions and a precision of 1."""
    support, recall, precision = (row.get(name) for name in ("support", "recall", "precision"))
    if support is not None and support.value == 0:
        return True
    return bool(recall and precision and recall.value == 0 and precision.value == 1)


def _fits(report: Report, accuracy: Claim, reading: Reading, digits: Digits) -> bool | None:
    report_bounds = report.bounds(*reading)
    if report_bounds is None:
        return False
    accuracies = [bounds(accuracy, digits)]
    if report_bounds.accuracy:
        accuracies.append(report_bounds.accuracy)
    within = common(accuracies)
    if within is None:
        return False
    solutions = solve(replace(report_bounds, accuracy=within), enough=1)
    return True if solutions.count else False if solutions.impossible else None
