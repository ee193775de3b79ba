"""The batch: from plans to runs, on whichever engine; its index, its summary, its exit code."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.console import Console

from lib import machine, results, storage
from lib.datasets import pruning
from lib.evidence.agreement import agreement_sentence
from lib.runs import check, cluster, pool, sweep
from lib.runs.arguments import Sweep
from lib.runs.dry_run import Foreseen, dry_run, lines
from lib.runs.folders import FAILED, FolderError
from lib.runs.junit import junit
from lib.runs.outcomes import print_summary
from lib.runs.plan import Plan
from lib.runs.progress import Display
from lib.runs.publish import publish
from lib.runs.task import Outcome, Task, keep_failed, unchanged
from lib.storage import temporary_folder, write_text
from lib.words import counted

if TYPE_CHECKING:
    from parsl.config import Config


@dataclass(frozen=True, kw_only=True)
class How:
    """How the runs are made; nothing of it changes a number.

    Attributes:
        jobs: How many go on at a time; None for as many as the machine has room for.
        timeout_s: Seconds after which a run is ended.
        parsl: A configuration of Parsl (`cluster.load_config`), which makes the runs; None for `pool`.
        junit: The file that is told of the outcomes as JUnit tells of tests.
        dry_run: Whether it is only said what would be run, and why.
    """

    force: bool = False
    jobs: int | None = None
    timeout_s: float = 86_400
    verbose: bool = False
    parsl: "Config | None" = None
    junit: Path | None = None
    dry_run: bool = False


def run(
    plans: Sequence[Plan],
    reports: Path,
    how: How,
    *,
    sweep_values: Sweep | tuple[()] = (),
    broken: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Makes the runs; 0 if all succeeded, else 1. One failure stops no other.

    Args:
        broken: Papers that cannot be run: slug → why.
    """
    console = Console(highlight=False, emoji=False)
    errors = Console(stderr=True, highlight=False, emoji=False)
    try:
        # Every report shows them: asked before hours of training.
        references = results.load_references(storage.references())
        tasks, publication = _planned(plans, reports, how, sweep_values)
        _make_weights_path_absolute()
        if how.dry_run:
            return _foretell(tasks, broken, console)
        reports.mkdir(parents=True, exist_ok=True)
        publication.begin()
        with temporary_folder(reports) as states:
            tasks = [
                replace(task, state=states / f"{number}.json") for number, task in enumerate(tasks)
            ]
            outcomes = _Batch(tasks, publication, console, how).run(broken, reports)
        with suppress(OSError):  # it is not there, or still holds a failed run
            (reports / FAILED).rmdir()
    except (OSError, FolderError, ValueError) as error:
        errors.print(f"[red]✗[/] {_explained(error, reports)}", soft_wrap=True)
        return 1
    records = {
        task.name: finished
        for task in tasks
        if outcomes[task.name].status in ("done", "unchanged")
        and (finished := check.finished_run(task.target))
    }
    agreements = {
        name: sentence
        for name, finished in records.items()
        if (sentence := agreement_sentence(finished, references))
    }
    print_summary(console, [*outcomes.values()], records, agreements)
    console.print(f"Reports: {publication.page.resolve()}", soft_wrap=True, markup=False)
    if size := pruning.warn_of_size():
        console.print(size, soft_wrap=True, markup=False)
    return 1 if any(outcome.status == "failed" for outcome in outcomes.values()) else 0


@dataclass(frozen=True, kw_only=True)
class _Publication:
    """The page over all runs.

    Attributes:
        page: Where it lies.
        begin: To be called once before the runs.
        renew: To be called with the outcomes so far.
    """

    page: Path
    begin: Callable[[], None]
    renew: Callable[[Sequence[Outcome]], None]


def _planned(
    plans: Sequence[Plan], reports: Path, how: How, values: Sweep | tuple[()]
) -> tuple[list[Task], _Publication]:
    """The runs, without the files in which they tell of themselves, and the page over all of them."""

    def task(name: str, plan: Plan, target: Path, failed: Path) -> Task:
        return Task(
            name=name,
            plan=plan,
            target=target,
            failed=failed,
            state=Path(os.devnull),
            force=how.force,
            timeout_s=how.timeout_s,
            keeps_text=how.verbose,
        )

    if not values:
        by_slug = {plan.paper.slug: plan for plan in plans}
        tasks = [
            task(slug, plan, reports / slug, reports / FAILED / slug)
            for slug, plan in by_slug.items()
        ]
        renew = partial(publish, reports)
        return tasks, _Publication(page=reports / "index.html", begin=lambda: None, renew=renew)
    from lib.runs.sweep_results import publish_sweep  # only its figures need matplotlib

    folder, points = sweep.sweep_folder(reports, values), sweep.sweep_plans(plans, values)
    sweep.check_sweep(folder, points)
    tasks = [
        task(
            sweep.task_name(plan.paper.slug, point),
            plan,
            sweep.run_folder(folder, plan.paper.slug, point),
            sweep.failed_folder(folder, plan.paper.slug, point),
        )
        for plan, point in points
    ]
    return tasks, _Publication(
        page=folder / "index.html",
        begin=lambda: sweep.begin_sweep(folder, points),
        renew=lambda _: publish_sweep(folder),
    )


def _foretell(tasks: Sequence[Task], broken: Mapping[str, str], console: Console) -> int:
    """Says of each run whether it would be made, and why; 1 if one would be refused, else 0."""
    foreseen = [Foreseen(name=slug, outcome="refused", reason=why) for slug, why in broken.items()]
    foreseen += dry_run(tasks)
    for line in lines(foreseen):
        console.print(line, soft_wrap=True, markup=False)
    return 1 if any(run.outcome == "refused" for run in foreseen) else 0


class _Batch:
    """The runs under way, and what has come of those that have ended."""

    def __init__(
        self, tasks: Sequence[Task], publication: _Publication, console: Console, how: How
    ) -> None:
        self._tasks, self._publication, self._how = tasks, publication, how
        self._outcomes: dict[str, Outcome] = {}
        self._changed: set[str] = set()  # names of the runs that must be made
        states = {task.name: task.state for task in tasks}
        self._display = Display(console, [*states], states, verbose=how.verbose)

    def run(self, broken: Mapping[str, str], reports: Path) -> dict[str, Outcome]:
        """Name → how each run ended, in the order of the runs."""
        with self._display, self._told_of_interrupts():
            self._refuse(broken, reports)
            waiting = [task for task in self._tasks if not self._ends_at_once(task)]
            # The longest first: begun last, it would go on alone.
            waiting.sort(key=lambda task: not task.plan.trains_backbones)
            self._changed = {task.name for task in waiting}
            self._publication.renew(self._in_order())
            if waiting:
                self._engine(waiting)(
                    on_start=self._display.started,
                    on_outcome=self._end,
                    on_tick=self._display.tick,
                    on_postponed=self._postpone,
                )
        self._tell_junit()
        return {outcome.name: outcome for outcome in self._in_order()}

    def _refuse(self, broken: Mapping[str, str], reports: Path) -> None:
        """Tells at once of what cannot be run; what Kaggle has of it is downloaded all the same."""
        for slug, reason in broken.items():
            keep_failed(reports / FAILED / slug, reason)
            self._note(Outcome(name=slug, status="failed", reason=reason))
        for task in self._tasks:
            if task.plan.missing:
                self._display.say(f"{task.name}: {task.plan.missing}")

    def _ends_at_once(self, task: Task) -> bool:
        outcome = unchanged(task)
        if outcome is not None:
            self._note(outcome)
        return outcome is not None

    def _engine(self, tasks: Sequence[Task]) -> Callable[..., None]:
        if self._how.parsl is not None:
            return partial(cluster.run_tasks, tasks, self._how.parsl, say=self._display.say)
        jobs = self._how.jobs or pool.default_jobs(len(tasks))
        gpus = (
            f"on {machine.gpu_name()}" if machine.gpus() else "on the CPU: no NVIDIA GPU was seen"
        )
        at_a_time = f", {min(jobs, len(tasks))} at a time" if len(tasks) > 1 else ""
        self._display.say(f"{counted(len(tasks), 'run')} {gpus}{at_a_time}.")
        return partial(pool.run_tasks, tasks, jobs)

    def _end(self, outcome: Outcome) -> None:
        self._note(outcome)
        self._publication.renew(self._in_order())

    def _postpone(self, name: str, why: str) -> None:
        self._display.postponed(name)
        self._display.say(f"{name}: {why}")

    def _note(self, outcome: Outcome) -> None:
        self._outcomes[outcome.name] = outcome
        self._display.finished(outcome)

    @contextmanager
    def _told_of_interrupts(self) -> Iterator[None]:
        """After an interrupt, the page over all runs says which of them it met."""
        try:
            yield
        except KeyboardInterrupt:
            for task in self._tasks:  # of those not yet looked at, nothing is known
                if task.name in self._changed - self._outcomes.keys():
                    self._note(Outcome(name=task.name, status="interrupted"))
            self._publication.renew(self._in_order())
            self._tell_junit()
            raise

    def _in_order(self) -> list[Outcome]:
        names = dict.fromkeys([task.name for task in self._tasks])
        names |= dict.fromkeys(self._outcomes)
        return [self._outcomes[name] for name in names if name in self._outcomes]

    def _tell_junit(self) -> None:
        if self._how.junit is not None:
            self._how.junit.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._how.junit, junit(self._in_order()))


def _make_weights_path_absolute() -> None:
    """The kernel works in the repository's root, wherever the batch was started from."""
    folder = os.environ.get(machine.WEIGHTS_VARIABLE)
    if folder:
        os.environ[machine.WEIGHTS_VARIABLE] = str(Path(folder).expanduser().resolve())


def _explained(error: Exception, reports: Path) -> str:
    if not isinstance(error, OSError):
        return str(error)
    return (
        f"{reports.resolve()} should be a folder that can be written to; it failed: {error}. Put that "
        f"right, or give another --reports; runs that are whole stay as they are."
    )
