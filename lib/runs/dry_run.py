"""`run_all.py --dry-run`: what would be run and why. Nothing is run or downloaded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lib.datasets.downloads import kaggle
from lib.runs import check
from lib.runs.folders import FolderError, check_replaceable
from lib.runs.task import Task
from lib.storage import DataError
from lib.words import printable


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What a batch would do with one of its runs, and why."""

    name: str
    outcome: Literal["would run", "unchanged", "refused"]
    reason: str


def dry_run(tasks: Sequence[Task]) -> list[Foreseen]:
    """What `Task.perform` would do with each of the tasks."""
    return [_foreseen(task) for task in tasks]


def lines(foreseen: Sequence[Foreseen]) -> Iterator[str]:
    """A line for each run: "kumar_breakhis: would run (epochs: 3 → 4)"."""
    for run in foreseen:
        reason = f" ({printable(run.reason)})" if run.reason else ""
        yield f"{run.name}: {run.outcome}{reason}"


def _foreseen(task: Task) -> Foreseen:
    try:
        reason = _reason_to_run(task)
    except (DataError, FolderError, ValueError, OSError) as error:
        return Foreseen(name=task.name, outcome="refused", reason=str(error))
    return Foreseen(name=task.name, outcome="would run" if reason else "unchanged", reason=reason)


def _reason_to_run(task: Task) -> str:
    """Why it would be run; "" where the last run would come out the same.

    Raises:
        DataError, FolderError, ValueError, OSError: It would be refused.
    """
    plan = task.plan
    if plan.missing:
        raise DataError(plan.missing)
    check_replaceable(task.target)
    if plan.data == "kaggle" and kaggle.missing(plan.paper):
        return "its images are downloaded first"
    finished = check.finished_run(task.target)
    if finished is None:
        check.require_images(plan)
        return check.fault_of(task.target) or "there is no finished run of it"
    return (
        check.change_since(plan, finished)
        or check.lack_of_models(plan, task.target, finished)
        or ("--force" if task.force else "")
    )
