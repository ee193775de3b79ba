"""Answers in a terminal: whose they are, a table of few images or counts of many, and what must be known of them."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lib.predict.answer import Answer
from lib.predict.sentences import (
    ACCURACY,
    STUDY,
    UNLIKE,
    model_facts,
    novelty_sentence,
    warnings,
)
from lib.predict.table import short_path, shown_path
from lib.results import KeptRecord
from lib.words import counted, percent, printable

if TYPE_CHECKING:
    from lib.predict.answering import Predictor

FEW = 20  # images up to which each has its row
NAMED = 5  # images that cannot be read and are named
FIRST = ("Model", ACCURACY)  # facts that stand before the answers


def print_model(console: Console, record: KeptRecord) -> None:
    """What the model is, how well it did in its run, and what its answers cannot be taken for."""
    _print_facts(console, record, FIRST)
    for sentence in warnings(record):
        console.print(Text(printable(sentence), "bold red"), soft_wrap=True)


def print_rest(console: Console, predictor: "Predictor", remarks: Sequence[str]) -> None:
    """What else must be known of a model beside its answers."""
    record = predictor.record
    _print_facts(console, record, [name for name, _ in model_facts(record) if name not in FIRST])
    for sentence in remarks:
        console.print(Text(printable(sentence), "bold"), soft_wrap=True)
    console.print(Text(novelty_sentence(predictor.novelty), "dim"), soft_wrap=True)
    console.print(Text(STUDY, "bold"), soft_wrap=True)


def _print_facts(console: Console, record: KeptRecord, names: Collection[str]) -> None:
    for name, value in model_facts(record):
        if name in names:
            console.print(Text(f"{name}: {printable(value)}"), soft_wrap=True)


def print_answers(console: Console, predictor: "Predictor", answers: Sequence[Answer]) -> None:
    """A row per image, or of many how often each class was answered; and what could not be read."""
    there = [answer for answer in answers if answer.probabilities is not None]
    if there:
        few = len(answers) <= FEW
        console.print((_each if few else _counts)(predictor.record.classes, there))
    for line in _unread_lines([answer for answer in answers if answer.probabilities is None]):
        console.print(Text(line), soft_wrap=True)


def _each(classes: Sequence[str], answers: Sequence[Answer]) -> Table:
    table = Table("Image", "Class", "Other classes", box=box.SIMPLE_HEAD, pad_edge=False)
    for answer in answers:
        shares = zip(classes, map(float, answer.shares), strict=True)
        ordered = [
            f"{name} {percent(share)}" for name, share in sorted(shares, key=lambda each: -each[1])
        ]
        remark = "; ".join(filter(None, (UNLIKE if answer.unlike else "", answer.remark)))
        table.add_row(
            Text(printable(short_path(answer)), overflow="fold"),
            Text(ordered[0], "bold"),
            Text(", ".join(ordered[1:])) + Text(remark and f"\n{printable(remark)}", "yellow"),
        )
    return table


def _counts(classes: Sequence[str], answers: Sequence[Answer]) -> Table:
    table = Table("Class", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Images", "Share", "Mean probability", "Unlike training"):
        table.add_column(name, justify="right")
    number = Counter(answer.predicted for answer in answers)
    for name in classes:
        of_class = [answer for answer in answers if answer.predicted == name]
        mean = sum(answer.probability for answer in of_class) / max(1, len(of_class))
        unlike = sum(bool(answer.unlike) for answer in of_class)
        table.add_row(
            name,
            f"{number[name]:,}",
            percent(number[name] / len(answers)),
            percent(mean) if of_class else "–",
            f"{unlike:,}",
        )
    return table


def _unread_lines(unread: Sequence[Answer]) -> Iterator[str]:
    if unread:
        yield f"{counted(len(unread), 'image')} could not be read:"
        for answer in unread[:NAMED]:
            yield f"  {printable(shown_path(answer))}: {printable(answer.remark)}"
        if len(unread) > NAMED:
            yield f"  and {len(unread) - NAMED:,} more (--csv FILE and --html FILE name them)"
