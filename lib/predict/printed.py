"""Answers in a terminal: a table of few images, counts of many; first of all what the model is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lib.predict.answer import Answer
from lib.predict.sentences import STUDY, UNLIKE, model_facts, novelty_sentence, warnings
from lib.predict.table import short_path, shown_path
from lib.results import KeptRecord
from lib.words import counted, percent, printable

if TYPE_CHECKING:
    from lib.predict.answering import Predictor

FEW = 20  # images up to which each has its row
NAMED = 5  # images that cannot be read and are named


def print_model(console: Console, record: KeptRecord, remarks: Sequence[str] = ()) -> None:
    """What the model is, how well it did in its run, and what its answers cannot be taken for."""
    for name, value in model_facts(record):
        console.print(Text(f"{name}: {printable(value)}"), soft_wrap=True)
    for sentence in [*remarks, *warnings(record)]:
        console.print(Text(printable(sentence), "bold red"), soft_wrap=True)
    console.print(Text(STUDY, "bold"), soft_wrap=True)


def print_answers(console: Console, predictor: "Predictor", answers: Sequence[Answer]) -> None:
    """A row per image, or of many how often each class was answered; around it what must be known of them."""
    console.print(Text(novelty_sentence(predictor.novelty), "dim"), soft_wrap=True)
    there = [answer for answer in answers if answer.probabilities is not None]
    if there:
        few = len(answers) <= FEW
        console.print((_each if few else _counts)(predictor.record.classes, there))
    for line in _unread_lines([answer for answer in answers if answer.probabilities is None]):
        console.print(Text(line), soft_wrap=True)


def _each(classes: Sequence[str], answers: Sequence[Answer]) -> Table:
    table = Table("Image", "Class", "Other classes", box=box.SIMPLE_HEAD, pad_edge=False)
    for answer in answers:
        shares = zip(classes, map(float, answer.probabilities), strict=True)
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
