"""What a machine can say of a submission for each item of a rubric: a share of the points, or that it cannot tell.

Nothing of a submission is executed: the checks read its record, what `verify` made of it, and its notebook as text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lib.grading.changes import Answer, Changes
from lib.grading.exercises import expected_number
from lib.grading.items import Verification
from lib.grading.rubric import TEACHER, RubricItem
from lib.grading.submissions import Submission
from lib.results import Results, headlines, shown_protocol
from lib.runs.folders import ARTEFACTS
from lib.settings import assigned_seeds
from lib.words import counted, listed

HALF = 0.5
NUMBER = re.compile(r"(?<![\d.])\d+(?:[.,]\d+)?(?![\d.]*\d)")
LEVEL = re.compile(r"\b95\s*%(?=\s*(?:confidence|interval|CI\b))")  # it is no accuracy
PROTOCOLS = ("published", "grouped")
SHOWN = 3  # sentences of what differs


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the checks look at.

    Attributes:
        changes: None where the notebook cannot be read.
    """

    submission: Submission
    verification: Verification
    record: Results
    changes: Changes | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a check came to.

    Attributes:
        share: Of the item's points, from 0 to 1; None where only the teacher can tell.
        found: In a sentence; it may quote the submission, and is not escaped.
    """

    share: float | None
    found: str


def check_item(item: RubricItem, facts: Facts) -> Outcome:
    """The outcome of one item; whatever a submission holds, nothing is raised."""
    if item.check == TEACHER:
        return Outcome(share=None, found="For the teacher to judge.")
    try:
        return BY_NAME[item.check](item, facts)
    except Exception as error:  # a stranger's record can break any of them; the others still count
        return _untold(f"the check ended with {type(error).__name__}")


def _ran_whole(_: RubricItem, facts: Facts) -> Outcome:
    missing = [name for name in ARTEFACTS if name not in facts.submission.files]
    if missing:
        return Outcome(share=0, found=f"Missing: {listed(missing)}.")
    items = [item for item in facts.verification.items if item.topic == "notebook"]
    for state, share in (("differs", 0.0), ("cannot tell", None)):
        sentences = [item.sentence for item in items if item.state == state]
        if sentences:
            return Outcome(share=share, found=f"The notebook: {'; '.join(sentences[:SHOWN])}.")
    return Outcome(share=1, found="All files are there, and all cells ran in order.")


def _consistent(_: RubricItem, facts: Facts) -> Outcome:
    differing = facts.verification.differing
    if differing:
        sentences = "; ".join(item.sentence for item in differing[:SHOWN])
        return Outcome(share=0, found=f"{counted(len(differing), 'item')} differ: {sentences}.")
    if facts.submission.kind == "page":
        return _untold("the page came alone, without the files that its numbers follow from")
    if facts.verification.overall == "cannot tell":
        return _untold("the run was made by other code than what checks it")
    return Outcome(
        share=1, found="All that could be checked follows from the submission's own files."
    )


def _both_protocols(_: RubricItem, facts: Facts) -> Outcome:
    run = {fold.protocol for fold in facts.record.folds} & {*PROTOCOLS}
    if len(run) < len(PROTOCOLS) and facts.record.grouping.hindrance:
        return _untold("no grouped split can be made of these images")
    return Outcome(
        share=len(run) / len(PROTOCOLS), found=f"Protocols run: {listed(sorted(run)) or 'neither'}."
    )


def _beats_the_majority(_: RubricItem, facts: Facts) -> Outcome:
    arms, protocol = facts.record.arms, _shown(facts.record)
    learnt = [arm for arm in arms if facts.record.learnt(arm, protocol)]
    return Outcome(
        share=len(learnt) / len(arms),
        found=f"{len(learnt)} of {counted(len(arms), 'model')} above the majority ({protocol} protocol).",
    )


def _seeds(item: RubricItem, facts: Facts) -> Outcome:
    seeds = {fold.seed for fold in facts.record.folds}
    return Outcome(
        share=min(1.0, len(seeds) / item.at_least),
        found=f"{counted(len(seeds), 'seed')}; {item.at_least} asked for.",
    )


def _seeds_assigned(_: RubricItem, facts: Facts) -> Outcome:
    told, seeds = facts.record.provenance, facts.record.settings["seeds"]
    if not told.author:
        return Outcome(share=0, found="No author is named, from whom seeds could follow.")
    names = f"{told.author!r} and {told.assignment!r}"
    if list(assigned_seeds(told.author, told.assignment, len(seeds))) == list(seeds):
        return Outcome(share=1, found=f"The seeds are those that follow from {names}.")
    return Outcome(share=0, found=f"The seeds are not those that follow from {names}.")


def _interval_quoted(item: RubricItem, facts: Facts) -> Outcome:
    """Both bounds of one model's accuracy give all points, its accuracy alone half."""
    if facts.changes is None:
        return _untold("there is no notebook to read")
    numbers = list(_numbers(_prose(item, facts.changes)))
    scores = [
        score
        for score in facts.record.scores
        if score.is_headline and score.arm in facts.record.arms
    ]
    for score in scores:
        if any(
            _written(first, score.low) and _written(second, score.high)
            for first, second in pairwise(numbers)
        ):
            return Outcome(
                share=1,
                found=f"Quotes the interval of {score.arm} ({score.protocol} protocol): "
                f"{score.low:.3f} to {score.high:.3f}.",
            )
    if any(_written(number, score.mean) for number in numbers for score in scores):
        return Outcome(share=HALF, found="Quotes an accuracy of the run without its interval.")
    return Outcome(share=0, found="No accuracy of the run, and no interval, was found in the text.")


def _exercise(item: RubricItem, facts: Facts) -> Outcome:
    answer = _answer(item, facts.changes)
    expected = _expected(item, facts.record)
    if answer is None or expected is None:
        return _untold(f"nothing is known of {item.exercise}")
    if answer.is_empty:
        return Outcome(share=0, found="Left empty.")
    if answer.number is None:
        return _untold("the answer is no plain number")
    value, tolerance = expected
    # A tolerance of 0.1 should let 0.3 answer 0.2: both are rounded to the nearest binary number.
    right = abs(answer.number - value) <= tolerance + 1e-9 * max(1.0, abs(value))
    within = f" ± {tolerance:g}" if tolerance else ""
    return Outcome(
        share=float(right), found=f"Answer {answer.number:g}; expected {value:g}{within}."
    )


def _parameter_changed(item: RubricItem, facts: Facts) -> Outcome:
    if facts.changes is None or facts.changes.hindrance:
        return _untold(facts.changes.hindrance if facts.changes else "there is no notebook to read")
    if facts.verification.topic_states.get("parameters") == "differs":
        return _untold("the run was made with other parameters than its notebook names")
    for change in facts.changes.parameters:
        if change.what == item.parameter and change.kind != "removed":
            return Outcome(share=1, found=f"{change.what} = {change.after}.")
    return Outcome(share=0, found=f"{item.parameter} is as it was handed out.")


BY_NAME: Mapping[str, Callable[[RubricItem, Facts], Outcome]] = {
    "ran whole": _ran_whole,
    "consistent": _consistent,
    "both protocols": _both_protocols,
    "beats the majority": _beats_the_majority,
    "seeds": _seeds,
    "seeds assigned": _seeds_assigned,
    "interval quoted": _interval_quoted,
    "exercise": _exercise,
    "parameter changed": _parameter_changed,
}


def _untold(reason: str) -> Outcome:
    return Outcome(share=None, found=f"Cannot tell: {reason}.")


def _shown(record: Results) -> str:
    return shown_protocol(score.protocol for score in headlines(record.scores))


def _answer(item: RubricItem, changes: Changes | None) -> Answer | None:
    answers = changes.answers if changes else ()
    return next((answer for answer in answers if answer.exercise == item.exercise), None)


def _expected(item: RubricItem, record: Results) -> tuple[float, float] | None:
    """(value, tolerance)."""
    if item.value is not None:
        return item.value, item.tolerance
    if item.field is not None:
        return _field(record, item.field), item.tolerance
    return expected_number(item.exercise or "", record)


def _field(record: Results, path: str) -> float:
    """The number at "scores.0.mean". Raises: LookupError or TypeError where there is none."""
    value: Any = record.model_dump()
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{path} is no number")
    return float(value)


def _prose(item: RubricItem, changes: Changes) -> str:
    """What the student wrote: in one answer, or in all answers and text cells."""
    if item.exercise:
        answer = _answer(item, changes)
        return answer.text if answer else ""
    texts = [answer.text for answer in changes.answers if answer.asks_for == "text"]
    return "\n".join([*texts, *(change.after for change in changes.prose)])


def _numbers(text: str) -> Iterator[str]:
    return (match.group().replace(",", ".") for match in NUMBER.finditer(LEVEL.sub("", text)))


def _written(text: str, share: float) -> bool:
    """Whether a number is this share, rounded to at least two digits: "0.92", "92 %", "91.8"."""
    decimals = len(text.partition(".")[2])
    return any(
        decimals >= least and abs(float(text) - value) <= 0.5000001 * 10**-decimals
        for value, least in ((share, 2), (100 * share, 0))
    )
