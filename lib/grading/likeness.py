"""Submissions that are more alike than two of their own should be, and what that shows and does not show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from lib.grading.assess import Traces
from lib.words import listed

SAME_RUN = (
    "They hold the record of one and the same run: start and duration agree. That is no coincidence; who made the "
    "run is not shown by it."
)
SAME_PREDICTIONS = (
    "Their models gave every image the same answer. Honest runs with the same seeds, settings, images and "
    "machine give that, too: with assigned seeds they do not."
)
LEAST_SHINGLES = 20  # below, texts are too short to tell anything
ALIKE = 0.5  # of the rows of five words in either text


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Two or more submissions that agree.

    Attributes:
        students: Their ids.
        meaning: What agrees, and what it shows.
    """

    students: tuple[str, ...]
    meaning: str


def find_likenesses(traces: Mapping[str, Traces]) -> list[Likeness]:
    """Same run, same predictions of different runs, similar text, in this order.

    Args:
        traces: By student.
    """
    runs = list(_alike({student: trace.run for student, trace in traces.items()}, SAME_RUN))
    predicted = _alike(
        {name: trace.predictions for name, trace in traces.items()}, SAME_PREDICTIONS
    )
    # Of one run, the predictions are the same anyway.
    same = [
        likeness
        for likeness in predicted
        if not any({*likeness.students} <= {*told.students} for told in runs)
    ]
    return [*runs, *same, *_similar_texts(traces)]


def _alike(values: Mapping[str, str], meaning: str) -> Iterator[Likeness]:
    by_value: dict[str, list[str]] = {}
    for student, value in values.items():
        if value:
            by_value.setdefault(value, []).append(student)
    for students in by_value.values():
        if len(students) > 1:
            yield Likeness(students=tuple(students), meaning=meaning)


def _similar_texts(traces: Mapping[str, Traces]) -> Iterator[Likeness]:
    long = {
        student: trace.shingles
        for student, trace in traces.items()
        if len(trace.shingles) >= LEAST_SHINGLES
    }
    for first, second in combinations(long, 2):
        shared = len(long[first] & long[second]) / len(long[first] | long[second])
        if shared >= ALIKE:
            yield Likeness(
                students=(first, second),
                meaning=f"{shared:.0%} of all rows of five words that either wrote stand in both. Who wrote them "
                "first is not shown by it.",
            )


def in_words(likeness: Likeness) -> str:
    """The students and what agrees, in one line."""
    return f"{listed(likeness.students)}: {likeness.meaning}"
