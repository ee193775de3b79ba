"""What a score is worth: beside the most frequent class, beside chance, and with its interval."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from lib.audit.exact.margins import Margin
from lib.audit.findings import Finding, quoted_rows, weigh
from lib.audit.matrices import Matrix, find_matrices, matrix_margins, misfits
from lib.audit.reports import Report
from lib.audit.solved_reports import SolvedReport
from lib.evaluation.metrics import wilson
from lib.papers.declare import Paper
from lib.words import percent


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """Images counted by class, in one way or several that are possible, and what they are of.

    Of very many ways, `solutions` are the first; `hits` are the images called rightly in all of them.
    """

    classes: tuple[str, ...]
    solutions: tuple[tuple[Margin, ...], ...]
    hits: tuple[int, ...]
    part: str
    arm: str

    @property
    def most_frequent(self) -> tuple[str, float]:
        """The most frequent class and its share."""
        supports = [margin.support for margin in self.solutions[0]]
        return self.classes[supports.index(max(supports))], max(supports) / sum(supports)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the accuracy, from the least to the greatest that is possible."""
        images = sum(margin.support for margin in self.solutions[0])
        return wilson(min(self.hits), images)[0], wilson(max(self.hits), images)[1]


def check_baselines(paper: Paper, solved_reports: Sequence[SolvedReport]) -> Iterator[Finding]:
    """The scores beyond accuracy of every report and matrix."""
    matrices = find_matrices(paper)
    for solved in solved_reports:
        # A report that follows from a printed matrix has nothing to add to it.
        if solved.best.count and not any(_gives(matrix, solved.report) for matrix in matrices):
            yield _report_finding(paper, solved)
    yield from map(_matrix_finding, matrices)


def accuracy(margins: Sequence[Margin]) -> float:
    """The share of all images that is predicted rightly."""
    images, hits, _ = _sums(margins)
    return hits / images


def kappa(margins: Sequence[Margin]) -> float:
    """Cohen's kappa: how far an accuracy lies above chance, 1 at most (Cohen, 1960).

    Chance: predictions drawn at random with the frequencies they have. 0 where all is one class.
    """
    images, hits, chance = _sums(margins)
    return (images * hits - chance) / (images**2 - chance) if images**2 > chance else 0.0


def matthews(margins: Sequence[Margin]) -> float:
    """The correlation of true and predicted classes (Gorodkin, 2004); for two classes that of Matthews.

    0 where all is one class, or predicted as one.
    """
    images, hits, chance = _sums(margins)
    spread = (images**2 - sum(margin.predicted**2 for margin in margins)) * (
        images**2 - sum(margin.support**2 for margin in margins)
    )
    return (images * hits - chance) / sqrt(spread) if spread else 0.0


def balanced_accuracy(margins: Sequence[Margin]) -> float:
    """The mean of the recalls of the classes that have images."""
    recalls = [margin.hits / margin.support for margin in margins if margin.support]
    return sum(recalls) / len(recalls)


def _sums(margins: Sequence[Margin]) -> tuple[int, int, int]:
    """Images, hits, and the hits of chance times the images."""
    return (
        sum(margin.support for margin in margins),
        sum(margin.hits for margin in margins),
        sum(margin.support * margin.predicted for margin in margins),
    )


def _gives(matrix: Matrix, report: Report) -> bool:
    same_images = (matrix.arm, matrix.part) == (report.arm, report.part)
    return same_images and not misfits(matrix.cells, report)


def _report_finding(paper: Paper, solved: SolvedReport) -> Finding:
    report = solved.report
    return _finding(
        f"Baselines of {report.where}",
        _Counts(
            classes=tuple(report.rows),
            solutions=solved.best.found,
            hits=solved.best.hits,
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
            solutions=(margins,),
            hits=(sum(margin.hits for margin in margins),),
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
    scores = (
        ("accuracy", accuracy),
        ("balanced accuracy", balanced_accuracy),
        ("Cohen's kappa", kappa),
        ("Matthews' correlation", matthews),
    )
    values = (
        f"{title} {_range([score(margins) for margins in counts.solutions])}"
        for title, score in scores
    )
    interval = f"95 % interval of the accuracy [{low:.3f}, {high:.3f}]"
    return Finding(
        check="baselines",
        topic=topic,
        outcome="consistent" if low > share else "undetermined",
        printed=printed,
        arithmetic="; ".join([f"always {name}: {share:.3f}", *values, *[interval] * (not trained)]),
        sentence=(
            f"Calling every image {name} would be right for {percent(share)} of them; the network is "
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


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.3f}" if f"{low:.3f}" == f"{high:.3f}" else f"{low:.3f} … {high:.3f}"
