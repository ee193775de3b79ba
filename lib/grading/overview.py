"""The class on one page: points, what the checks found, how far one accuracy scatters, outliers, what is alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median, stdev
from typing import TypeVar

from lib.grading.assess import SeedAccuracy
from lib.grading.feedback import FOLDER, POLICY, notes_of, page_name
from lib.grading.likeness import find_likenesses, in_words
from lib.grading.output import MEANING
from lib.grading.points import Grade
from lib.grading.rubric import Rubric
from lib.report.blocks import picture
from lib.report.frame import environment, page_style
from lib.words import counted, listed

FAR = 3.5  # modified z-score of an outlier: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993)
TO_SD = 0.6745  # median absolute deviation of a normal distribution with standard deviation 1
LEAST_STUDENTS = 3  # of whom one can lie apart
LEAST_RUNS = 3  # seeds that make a spread
BINS = 10

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One accuracy over the seeds of the class.

    Attributes:
        points: (student, seed, accuracy); a run that several handed in is counted once.
    """

    model: str
    points: tuple[tuple[str, int, float], ...]

    @property
    def accuracies(self) -> list[float]:
        """One per seed, in the order of the students."""
        return [accuracy for _, _, accuracy in self.points]


def overview_page(grades: Sequence[Grade], rubric: Rubric) -> str:
    """The HTML page of the class; every text of a submission is escaped."""
    handed_in = [grade for grade in grades if grade.assessment is not None]
    spread = widest_spread(
        {grade.entry.id: grade.assessment.accuracies for grade in handed_in if grade.assessment}
    )
    likenesses = find_likenesses(
        {grade.entry.id: grade.assessment.traces for grade in handed_in if grade.assessment}
    )
    return (
        environment()
        .get_template("overview_page.html.j2")
        .render(
            policy=POLICY,
            style=page_style(),
            rubric=rubric,
            summary=summary(grades),
            meaning=MEANING,
            rows=[(grade, _address(grade), notes_of(grade, rubric)) for grade in grades],
            distribution=_distribution(handed_in, rubric) if handed_in else "",
            items=list(_item_rows(handed_in, rubric)),
            spread=spread,
            spread_figure=_spread_figure(spread) if spread else "",
            spread_sentences=spread_sentences(spread) if spread else [],
            outliers=list(outliers(handed_in, spread)),
            likenesses=[in_words(likeness) for likeness in likenesses],
        )
    )


def _address(grade: Grade) -> str:
    return f"{FOLDER}/{page_name(grade.entry.id)}"


def summary(grades: Sequence[Grade]) -> str:
    """How many students there are, of each status, and late, in one line."""
    counts = {
        status: sum(grade.status == status for grade in grades)
        for status in ("graded", "open", "broken", "missing")
    }
    late = sum(grade.days_late > 0 for grade in grades)
    told = [f"{number} {status}" for status, number in counts.items() if number]
    told += [f"{late} late"] if late else []
    return f"{counted(len(grades), 'student')}: {listed(told)}."


def _item_rows(grades: Sequence[Grade], rubric: Rubric) -> Iterator[tuple[str, str, float, int]]:
    """Name, mean of the points given, points, and how many wait for the teacher."""
    for number, item in enumerate(rubric.items):
        points = [grade.items[number].points for grade in grades]
        given = [value for value in points if value is not None]
        mean = f"{fmean(given):.2f}" if given else "–"
        yield item.name, mean, item.points, len(points) - len(given)


# Figures


def _distribution(grades: Sequence[Grade], rubric: Rubric) -> str:
    # It takes half a second, which no other command needs.
    from matplotlib.ticker import MaxNLocator

    from lib.report.plots import BLUE, frame
    from lib.report.subplots import subplots

    totals = [grade.total for grade in grades]
    figure, [[axis]] = subplots((6, 2.4))
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.hist(totals, bins=BINS, range=(0, rubric.total), color=BLUE, rwidth=0.9)
    axis.set(xlabel=f"points of {rubric.total:g}", ylabel="students", xlim=(0, rubric.total))
    frame(axis, "y")
    caption = (
        f"Points of {counted(len(totals), 'submission')}: median {median(totals):.4g}, from {min(totals):.4g} to "
        f"{max(totals):.4g}. What the teacher has not judged yet counts nothing."
    )
    return picture(figure, caption, caption).html


def _spread_figure(spread: Spread) -> str:
    from lib.report.plots import BLUE, VERMILION, frame
    from lib.report.subplots import subplots

    values = spread.accuracies
    figure, [[axis]] = subplots((6, 1.9))
    # Equal accuracies stand one above another.
    heights = [values[:number].count(value) for number, value in enumerate(values)]
    axis.plot(values, heights, "o", color=BLUE, alpha=0.7, ms=5)
    axis.axvline(fmean(values), color=VERMILION, lw=1.2)
    axis.set(xlabel="accuracy on test images", yticks=[], ylim=(-1, max(heights) + 1.5))
    frame(axis, "x")
    caption = (
        f"{spread.model}: one dot per seed, {len(values)} in all; the line is their mean. Images and settings "
        "are the same, only the seed differs."
    )
    return picture(figure, caption, caption).html


# Variance


def widest_spread(accuracies: Mapping[str, Sequence[SeedAccuracy]]) -> Spread | None:
    """The accuracy that most seeds of the class measured under the same settings; None for fewer than three.

    Args:
        accuracies: By student.
    """
    groups: dict[tuple[str, str], dict[tuple[int, float], str]] = {}
    for student, of_student in accuracies.items():
        for accuracy in of_student:
            group = groups.setdefault((accuracy.model, accuracy.setting), {})
            group.setdefault((accuracy.seed, accuracy.accuracy), student)
    if not groups:
        return None
    (model, _), runs = max(groups.items(), key=lambda group: len(group[1]))
    if len(runs) < LEAST_RUNS:
        return None
    points = tuple((student, seed, accuracy) for (seed, accuracy), student in runs.items())
    return Spread(model=model, points=points)


def spread_sentences(spread: Spread) -> list[str]:
    """Two sentences on variance, made from the class's own numbers."""
    values = spread.accuracies
    students = len({student for student, _, _ in spread.points})
    apart = [abs(first - second) for first, second in combinations(values, 2)]
    return [
        f"{counted(len(values), 'seed')} of {counted(students, 'student')} gave accuracies from {min(values):.3f} to "
        f"{max(values):.3f}, on average {fmean(values):.3f} with a standard deviation of {stdev(values):.3f}.",
        f"Half of all pairs of them differ by {100 * median(apart):.1f} percentage points or more, although "
        "nothing but the seed does: a difference of that size between two models, each run once, says nothing "
        "about the models.",
    ]


def outliers(grades: Sequence[Grade], spread: Spread | None) -> Iterator[str]:
    """Students whose points, or whose accuracy under the same settings, lie far from the others'."""
    totals = {grade.entry.id: grade.total for grade in grades}
    for student in _far(totals):
        yield f"{student}: {totals[student]:.4g} points"
    named = {(student, seed): value for student, seed, value in spread.points} if spread else {}
    for student, seed in _far(named):
        yield f"{student}: accuracy {named[student, seed]:.3f} with seed {seed}"


def _far(values: Mapping[Key, float]) -> list[Key]:
    """Whose modified z-score is above `FAR`; none where half of all values are the same."""
    if len(values) < LEAST_STUDENTS:
        return []
    middle = median(values.values())
    deviation = median(abs(value - middle) for value in values.values())
    if not deviation:
        return []
    return [key for key, value in values.items() if TO_SD * abs(value - middle) / deviation > FAR]
