"""What a score is worth: the most frequent class, chance, and the intervals that the paper did not give."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from lib.audit.exact.margins import Margin
from lib.audit.findings import Finding, quoted, quoted_rows, weight
from lib.audit.matrices import margins_of, misfits
from lib.audit.parts import sizes
from lib.audit.rounding import admitted
from lib.audit.solved import Solved
from lib.audit.tables import Matrix, Report, matrices
from lib.evaluation.metrics import newcombe, wilson
from lib.papers.declare import Claim, Paper
from lib.words import percent

FARTHEST = 10_000


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """Images counted by class, in one way or several that are possible, and what they are of."""

    classes: tuple[str, ...]
    sets: tuple[tuple[Margin, ...], ...]
    part: str
    arm: str

    @property
    def most(self) -> tuple[str, float]:
        """The most frequent class and its share."""
        supports = [one.support for one in self.sets[0]]
        return self.classes[supports.index(max(supports))], max(supports) / sum(supports)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the accuracy, from the least to the greatest that is possible."""
        images = sum(one.support for one in self.sets[0])
        hits = [sum(one.hits for one in each) for each in self.sets]
        return wilson(min(hits), images)[0], wilson(max(hits), images)[1]


def check_baselines(paper: Paper, solved: Sequence[Solved]) -> Iterator[Finding]:
    """Of every report and matrix the scores beyond accuracy; of every two arms the difference."""
    printed = matrices(paper)
    for one in solved:
        # A report that follows from a printed matrix has nothing to add to it.
        if one.best.count and not any(_gives(matrix, one.report) for matrix in printed):
            yield _of_report(paper, one)
    yield from map(_of_matrix, printed)
    yield from _between_arms(paper)


def accuracy(margins: Sequence[Margin]) -> float:
    """The share of all images that is called rightly."""
    images, right, _ = _counts(margins)
    return right / images


def kappa(margins: Sequence[Margin]) -> float:
    """Cohen's kappa: how far an accuracy lies above chance, 1 at most (Cohen, 1960).

    Chance: calls drawn at random with the frequencies they have. 0 where all is one class.
    """
    images, right, chance = _counts(margins)
    return (images * right - chance) / (images**2 - chance) if images**2 > chance else 0.0


def matthews(margins: Sequence[Margin]) -> float:
    """The correlation of true and called classes (Gorodkin, 2004); for two classes that of Matthews.

    0 where all is one class, or called so.
    """
    images, right, chance = _counts(margins)
    spread = (images**2 - sum(one.called**2 for one in margins)) * (
        images**2 - sum(one.support**2 for one in margins)
    )
    return (images * right - chance) / sqrt(spread) if spread else 0.0


def balanced_accuracy(margins: Sequence[Margin]) -> float:
    """The mean of the recalls of the classes that have images."""
    recalls = [one.hits / one.support for one in margins if one.support]
    return sum(recalls) / len(recalls)


def _counts(margins: Sequence[Margin]) -> tuple[int, int, int]:
    return (
        sum(one.support for one in margins),
        sum(one.hits for one in margins),
        sum(one.support * one.called for one in margins),
    )


def _gives(matrix: Matrix, report: Report) -> bool:
    same = (matrix.arm, matrix.part) == (report.arm, report.part)
    return same and not misfits(matrix.cells, report)


def _of_report(paper: Paper, one: Solved) -> Finding:
    report = one.report
    return _finding(
        f"Baselines of {report.where}",
        _Counted(classes=tuple(report.rows), sets=one.best.found, part=report.part, arm=report.arm),
        printed=quoted_rows(
            {name: [row["support"]] for name, row in report.rows.items() if "support" in row},
            report.where,
        ),
        weight=weight(paper, report.claims),
    )


def _of_matrix(matrix: Matrix) -> Finding:
    sets = (margins_of(matrix.cells),)
    return _finding(
        "Baselines of the confusion matrix",
        _Counted(classes=matrix.classes, sets=sets, part=matrix.part, arm=matrix.arm),
        printed=matrix.quoted,
        weight=2,
    )


def _finding(topic: str, counted: "_Counted", *, printed: tuple[str, ...], weight: int) -> Finding:
    name, share = counted.most
    low, high = counted.interval
    trained = counted.part == "train"
    scores = (
        ("accuracy", accuracy),
        ("balanced accuracy", balanced_accuracy),
        ("Cohen's kappa", kappa),
        ("Matthews' correlation", matthews),
    )
    words = (f"{what} {_range([score(each) for each in counted.sets])}" for what, score in scores)
    interval = f"95 % interval of the accuracy {low:.3f} … {high:.3f}"
    return Finding(
        check="baselines",
        topic=topic,
        outcome="consistent" if low > share else "undetermined",
        printed=printed,
        arithmetic="; ".join([f"always {name}: {share:.3f}", *words, *[interval] * (not trained)]),
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
        arm=counted.arm,
    )


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.3f}" if f"{low:.3f}" == f"{high:.3f}" else f"{low:.3f} … {high:.3f}"


def _between_arms(paper: Paper) -> Iterator[Finding]:
    for part in ("test", "validation"):
        claims = {arm.name: paper.printed_accuracy(arm.name, (part,)) for arm in paper.arms}
        claims = {arm: one for arm, one in claims.items() if one}
        if len(claims) < 2:
            continue
        known = sizes(paper, next(iter(claims)), part)
        possible = [one.images for one in known] or admitted(
            [*claims.values()], FARTHEST, cut=False
        )
        for one, other in (
            combinations(sorted(claims.values(), key=lambda one: -one.value), 2) if possible else ()
        ):
            yield _pair(paper, one, other, possible[0], bool(known))


def _pair(paper: Paper, one: Claim, other: Claim, n: int, known: bool) -> Finding:
    # The images are taken for different ones, which widens the interval where they are the same.
    low, high = newcombe((one.value, other.value), (n, n))
    apart = low > 0
    images = f"{n:,} images" if known else f"{n:,} images, the least number that fits"
    intervals = (
        f"{claim.arm} {claim.value:.4f}, 95 % interval {bound[0]:.3f} … {bound[1]:.3f}"
        for claim in (one, other)
        for bound in [wilson(claim.value * n, n)]
    )
    return Finding(
        check="baselines",
        topic=f"{one.arm} against {other.arm}",
        outcome="consistent" if apart else "undetermined",
        printed=quoted([one, other]),
        arithmetic=(
            f"{'; '.join(intervals)}; difference {one.value - other.value:.4f}, 95 % interval "
            f"{low:.3f} … {high:.3f}, of {images}"
        ),
        sentence=(
            f"{one.arm} is better than {other.arm} by more than the choice of the images explains. How much two "
            "runs of one network differ is another matter."
            if apart
            else f"On so few images, {one.text} of {one.arm} is not shown to be better than {other.text} of "
            f"{other.arm}."
        ),
        weight=weight(paper, [one, other]),
    )
