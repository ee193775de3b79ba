"""Answers as a CSV file that a spreadsheet opens: one row per image."""

import csv
import io
from collections.abc import Iterable

from lib.datasets import walk
from lib.predict.answer import Answer
from lib.predict.sentences import STUDY, mark
from lib.results import KeptRecord

DECIMALS = 6  # as in predictions.csv
LEVELS = 2  # of a path where there is little room
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for the start of one


def answers_csv(answers: Iterable[Answer], record: KeptRecord) -> str:
    """One row per image: its answer, all probabilities, and what must be known of the model beside it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    shares = [f"p {name}" for name in record.classes]
    told = ("distance", "unlike_training", "remark", "model", "model_mark", "use")
    writer.writerow(["path", "predicted", "probability", *shares, *told])
    beside = (f"{record.slug} {record.arm} seed {record.seed}", mark(record), STUDY)
    for answer in answers:
        writer.writerow([shown_path(answer), *_numbers(answer, record), answer.remark, *beside])
    return text.getvalue()


def shown_path(answer: Answer) -> str:
    """The path as it was given; nothing that a spreadsheet would take for a formula."""
    path = walk.readable(answer.file.as_posix())
    return f"./{path}" if path.startswith(FORMULA) else path


def short_path(answer: Answer) -> str:
    """The last parts of the path: the file, and the folder that it lies in."""
    return "/".join(answer.file.parts[-LEVELS:]).lstrip("/")


def _numbers(answer: Answer, record: KeptRecord) -> list[str]:
    if answer.probabilities is None:
        return [""] * (len(record.classes) + 4)
    shares = [f"{share:.{DECIMALS}f}" for share in answer.probabilities]
    distance = "" if answer.distance is None else f"{answer.distance:.{DECIMALS}f}"
    unlike = {None: "", True: "yes", False: "no"}[answer.unlike]
    return [answer.predicted, f"{answer.probability:.{DECIMALS}f}", *shares, distance, unlike]
