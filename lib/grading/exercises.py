"""The exercises of the notebooks that ask for a number: what is expected, and the cells that check it."""

import math
import os
from numbers import Real

from lib.report.blocks import Block, paragraph
from lib.results import Results

# nbgrader's word for who runs the notebook: "autograde", "validate". Nobody else sets it.
BY_NBGRADER = "NBGRADER_EXECUTION"
POINTS = 2  # of an exercise that asks for a number, as in the metadata of its check
FROM_THE_PAPER = {  # slug → (number, tolerance): exercise 1 follows from the paper's own numbers
    "hulu_breast_mammography": (78 / 160, 0.0005),
    "kumar_breakhis": (562, 0),
    "kuncoro_white_blood_cells": (588, 0),
    "sulistiana_cat_breeds": (math.sqrt(0.91 * 0.09 / 100), 0.0005),
    "violina_blood_cancer": (3, 0),
}


def expected_number(exercise: str, results: Results) -> tuple[float, float] | None:
    """(number, tolerance) that answers an exercise in the run `results`.

    None where the exercise asks for text.
    """
    if exercise == "exercise-1":
        return FROM_THE_PAPER.get(results.slug)
    return (_wrong_answers(results), 0) if exercise == "exercise-2" else None


def check_number(exercise: str, number: object, results: Results) -> Block | float | None:
    """For the notebooks: says that a number was received; to nbgrader, how many points it gets.

    Nothing is shown of an exercise that nobody has answered, and nothing says whether a number is right.

    Raises:
        TypeError: `number` is neither a number nor None.
    """
    by_nbgrader = bool(os.environ.get(BY_NBGRADER))
    if number is None:
        return 0.0 if by_nbgrader else None
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"`number` should be a number; received {number!r}. Write number = 0.5.")
    if by_nbgrader:
        return float(POINTS * is_right(exercise, float(number), results))
    return paragraph(f"Received: {number}.")


def is_right(exercise: str, number: float, results: Results) -> bool:
    """Whether a number answers an exercise within its tolerance."""
    expected = expected_number(exercise, results)
    return expected is not None and math.isclose(
        number, expected[0], rel_tol=0, abs_tol=expected[1]
    )


def _wrong_answers(results: Results) -> int:
    """Of the first model to the test images of its first protocol and seed, all folds of that seed."""
    arm, fold = results.models[0].arm, results.folds[0]
    (counts,) = (
        confusion.counts
        for confusion in results.confusions
        if (confusion.arm, confusion.protocol, confusion.part, confusion.seed)
        == (arm, fold.protocol, "test", fold.seed)
    )
    return sum(map(sum, counts)) - sum(row[number] for number, row in enumerate(counts))
