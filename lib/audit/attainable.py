"""What the audit leaves of a printed accuracy: the numbers of images that give it, with their interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lib.audit.claims import comparable_accuracies, distinct, parts_like, single_evaluations
from lib.audit.part_sizes import known_sizes, printed_sizes
from lib.audit.rounding import FARTHEST, bounds, fitting_totals, shares
from lib.audit.solved_reports import solve_reports
from lib.evaluation.metrics import wilson
from lib.papers.declare import Claim, Paper

LEAST = 3  # accuracies of one table that tell the number of images behind them
FEW = FARTHEST // 10  # numbers of images; where more fit, the accuracies tell none


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Images called rightly, of how many.

    Attributes:
        hits: The possible numbers of images called rightly, in rising order.
        images: All of them.
        where: What tells it.
    """

    hits: Sequence[int]
    images: int
    where: str

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy, from that of the least to that of the greatest number."""
        return wilson(self.hits[0], self.images)[0], wilson(self.hits[-1], self.images)[1]

    @property
    def text(self) -> str:
        """ "125 of 160", "1,992 to 2,000 of 2,000"."""
        least, most = f"{self.hits[0]:,}", f"{self.hits[-1]:,}"
        return f"{least if least == most else f'{least} to {most}'} of {self.images:,}"


@dataclass(frozen=True, kw_only=True)
class Attainable:
    """What arithmetic leaves of a printed accuracy.

    Attributes:
        claim: The accuracy.
        counted: The numbers of images that give it; None where no number does.
        multiple: Whether any multiple of that number of images gives it as well: the paper states none,
            and this is the least that all accuracies of its table are shares of.
        instead: What the classification report of the same images gives, where no number of images
            gives both or none gives the accuracy; None without such a report.
        images: How many images it was tried with.
    """

    claim: Claim
    counted: Counted | None
    multiple: bool = False
    instead: Counted | None = None
    images: int

    @property
    def text(self) -> str:
        """ "125 of 160", "none of 160; by Fig. 13, 99 of 160"."""
        if self.counted:
            return self.counted.text + ", or a multiple" * self.multiple
        report = f"; by {self.instead.where}, {self.instead.text}" if self.instead else ""
        return f"none of {self.images:,}{report}"

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the accuracy that is left; None where nothing is."""
        left = self.counted or self.instead
        return left.interval if left else None


def attainable_accuracy(paper: Paper, arm: str) -> Attainable | None:
    """What is left of the accuracy that the paper prints of an arm (`Paper.printed_accuracy`).

    None where it prints none, where the number is not of one evaluation (a mean over folds is no share of
    images), or where nothing tells on how many images it was measured.
    """
    claim = paper.printed_accuracy(arm)
    single = single_evaluations(paper)
    if claim is None or claim not in single.claims:
        return None
    sizes = printed_sizes(single, arm, claim.part) or known_sizes(single, arm, claim.part)
    if not sizes:
        return _of_table(single, claim)
    report = _of_report(single, claim)
    for digits in ("rounded", "mixed"):
        for size in sizes:
            if hits := shares(size.images, bounds(claim, digits)):
                counted = Counted(hits=hits, images=size.images, where=size.where)
                return _joined(claim, counted, report)
    return Attainable(claim=claim, counted=None, instead=report, images=sizes[0].images)


def _joined(claim: Claim, counted: Counted, report: Counted | None) -> Attainable:
    """What the accuracy and the report of the same images both allow."""
    images = counted.images
    if report is None or report.images != images:
        return Attainable(claim=claim, counted=counted, images=images)
    both = sorted({*counted.hits} & {*report.hits})
    if not both:
        return Attainable(claim=claim, counted=None, instead=report, images=images)
    counted = Counted(hits=both, images=images, where=counted.where)
    return Attainable(claim=claim, counted=counted, images=images)


def _of_report(paper: Paper, claim: Claim) -> Counted | None:
    """What the arm's report on images of that part allows; None without one, or where the search was given up."""
    for solved in solve_reports(paper):
        report, solutions = solved.report, solved.solutions
        same = report.arm == claim.arm and report.part in parts_like(paper, claim.part)
        if same and solutions.count and solutions.complete:
            return Counted(hits=solutions.hits, images=max(report.totals), where=report.where)
    return None


def _of_table(paper: Paper, claim: Claim) -> Attainable | None:
    """With the least number of images of which all accuracies in the claim's place are shares."""
    place = (claim.part, claim.where)
    accuracies = comparable_accuracies(paper)
    images = _least_total(
        tuple(other for other in accuracies if (other.part, other.where) == place)
    )
    if images is None:
        return None
    hits = shares(images, bounds(claim, "rounded"))
    counted = Counted(hits=hits, images=images, where=claim.where)
    return Attainable(claim=claim, counted=counted, multiple=True, images=images)


@cache  # the index asks for every model after every run
def _least_total(accuracies: tuple[Claim, ...]) -> int | None:
    """The least number of images of which all are shares; None where they are few, or tell nothing."""
    if len(distinct(accuracies)) < LEAST:
        return None
    totals = fitting_totals(accuracies, FARTHEST, "rounded")
    return totals[0] if 0 < len(totals) < FEW else None
