"""What a score is worth: beside the most frequent class, beside chance, and with its interval."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lib.audit.exact.agreement import scores_of
from lib.audit.exact.margins import possible_hits
from lib.audit.findings import Finding, quoted, quoted_rows, weigh
from lib.audit.matrices import Matrix, find_matrices, matrix_margins, misfits
from lib.audit.reports import Report
from lib.audit.rounding import bounds, decimal_text, percent_text
from lib.audit.solved_reports import SolvedReport
from lib.evaluation.metrics import wilson
from lib.papers.declare import Assumed, Paper, printed_count
from lib.words import percent

TITLES = {
    "balanced accuracy": "balanced accuracy",
    "kappa": "Cohen's kappa",
    "mcc": "Matthews' correlation",
}


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Images counted by class, in one way or several that are possible, and what they are of.

    `hits` are the least and the greatest number of images called rightly, and `ranges` the least and the
    greatest of other scores, in all ways; empty where not all ways were counted.
    """

    classes: tuple[str, ...]
    supports: tuple[int, ...]
    hits: tuple[int, int]
    ranges: dict[str, tuple[float, float]]
    part: str
    arm: str

    @property
    def most_frequent(self) -> tuple[str, Fraction]:
        """The most frequent class and its share."""
        most = max(self.supports)
        return self.classes[self.supports.index(most)], Fraction(most, sum(self.supports))

    @property
    def interval(self) -> tuple[float, float]:
        """Of the accuracy, from the least to the greatest that is possible."""
        images, (least, most) = sum(self.supports), self.hits
        return wilson(least, images)[0], wilson(most, images)[1]


def check_baselines(paper: Paper, solved_reports: Sequence[SolvedReport]) -> Iterator[Finding]:
    """The scores beyond accuracy of every report and matrix."""
    matrices = find_matrices(paper)
    for solved in solved_reports:
        # A report that follows from a printed matrix has nothing to add to it.
        if solved.solutions.count and not any(_gives(matrix, solved.report) for matrix in matrices):
            yield _report_finding(paper, solved)
    yield from map(_matrix_finding, matrices)
    if not matrices and not solved_reports:
        yield from _majority_finding(paper)


def _majority_finding(paper: Paper) -> Iterator[Finding]:
    """Accuracies without a report beside them, against the largest class among all images."""
    counts = {name: printed_count(count.value) for name, count in paper.dataset.counts.items()}
    printed = [paper.printed_accuracy(arm.name) for arm in paper.arms]
    claims = [claim for claim in printed if claim]
    if not (claims and counts and all(counts.values())):
        return
    name, images = max(counts, key=counts.__getitem__), sum(counts.values())
    share = Fraction(counts[name], images)
    above = all(bounds(claim, "rounded")[0] > share for claim in claims)
    assumed = [count for count in paper.dataset.counts.values() if isinstance(count, Assumed)]
    yield Finding(
        check="baselines",
        topic="Accuracies beside the largest class",
        outcome="consistent" if above else "undetermined",
        printed=quoted(claims),
        arithmetic=(
            f"always {name}: {counts[name]:,} of all {images:,} images = {decimal_text(share, 3)}"
            + "; the numbers of the classes are assumed here" * bool(assumed)
        ),
        sentence=(
            f"Calling every image {name} would be right for about {percent_text(share)} of them; "
            + (
                "all printed accuracies are higher. How many test images each class has is not printed."
                if above
                else "not every printed accuracy is higher."
            )
        ),
        weight=weigh(paper, claims),
    )


def _gives(matrix: Matrix, report: Report) -> bool:
    same_images = (matrix.arm, matrix.part) == (report.arm, report.part)
    return same_images and not misfits(matrix.cells, report)


def _report_finding(paper: Paper, solved: SolvedReport) -> Finding:
    report, solutions = solved.report, solved.solutions
    hits: Sequence[int] = solutions.hits
    if not solutions.complete:  # not all were counted: what the recalls allow holds for all
        hits = possible_hits(solved.widest_bounds)
    return _finding(
        f"Baselines of {report.where}",
        _Counts(
            classes=tuple(report.rows),
            supports=tuple(margin.support for margin in solutions.found[0]),
            hits=(hits[0], hits[-1]),
            ranges=solutions.ranges if solutions.complete else {},
            part=report.part,
            arm=report.arm,
        ),
        printed=quoted_rows(
            {name: [row["support"]] for name, row in report.rows.items() if "support" in row},
            report.where,
        ),
        weight=weigh(paper, report.claims),
    )


def _matrix_finding(matrix: Matrix) -> Finding:
    margins = matrix_margins(matrix.cells)
    return _finding(
        "Baselines of the confusion matrix",
        _Counts(
            classes=matrix.classes,
            supports=tuple(margin.support for margin in margins),
            hits=(sum(margin.hits for margin in margins),) * 2,
            ranges={score: (value, value) for score, value in scores_of(margins).items()},
            part=matrix.part,
            arm=matrix.arm,
        ),
        printed=matrix.quoted,
        weight=2,
    )


def _finding(topic: str, counts: _Counts, *, printed: tuple[str, ...], weight: int) -> Finding:
    name, share = counts.most_frequent
    low, high = counts.interval
    trained = counts.part == "train"
    images = sum(counts.supports)
    values = [f"accuracy {_range(*(hits / images for hits in counts.hits))}"]
    values += [f"{TITLES[score]} {_range(*ends)}" for score, ends in counts.ranges.items()]
    if not counts.ranges:
        values.append("other scores: not checkable, since the search for all matrices was given up")
    interval = f"95 % interval of the accuracy [{low:.3f}, {high:.3f}]"
    return Finding(
        check="baselines",
        topic=topic,
        outcome="consistent" if low > share else "undetermined",
        printed=printed,
        arithmetic="; ".join(
            [f"always {name}: {decimal_text(share, 3)}", *values, *[interval] * (not trained)]
        ),
        sentence=(
            f"Calling every image {name} would be right for {percent_text(share)} of them; the network is "
            f"{'better than that' if low > share else 'not surely better than that'}. "
            + (
                "These are the images it was trained on: how it does on others is not known from them."
                if trained
                else f"On other such images it may be right for {percent(low)} to {percent(high)}."
            )
        ),
        weight=weight,
        arm=counts.arm,
    )


def _range(low: float, high: float) -> str:
    return f"{low:.3f}" if f"{low:.3f}" == f"{high:.3f}" else f"{low:.3f} … {high:.3f}"
