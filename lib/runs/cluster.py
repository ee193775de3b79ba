"""Runs on many machines: the same tasks through Parsl, with a configuration that the user brings.

Parsl (https://parsl-project.org) starts the workers, by itself or through a cluster's batch system, gives
each its GPU, and begins a run again whose worker was lost. What the machines must have in common stands
in docs/cluster.md. Parsl is the extra `cluster`, and is imported only where it is asked for.
"""

import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from lib import ROOT, PlainError, machine
from lib.runs.arguments import UsageError
from lib.runs.ending import end_politely
from lib.runs.pool import GPU_GROWTH, THREAD_VARIABLES
from lib.runs.task import Outcome, Task, keep_failed
from lib.storage import InUseError, only_process
from lib.words import counted

if TYPE_CHECKING:
    from parsl import DataFlowKernel
    from parsl.config import Config
    from parsl.executors import HighThroughputExecutor

TICK = 1  # seconds between two looks at the runs, whose states lie on a disk that machines share
PATIENCE = 30  # seconds that workers that are ended have to put their runs away
LOGS = "runinfo"  # where Parsl leaves its logs, in the current folder, if it is told no other place
# Parsl's interchange is the process through which the batch reaches its workers. This program starts it,
# in a session of its own: Ctrl-C and the like, which reach all of a terminal's processes, are for the
# batch, which then ends the workers through it. And where the batch is killed, Linux ends it, too
# (PR_SET_PDEATHSIG is 1): the workers miss it, and end.
INTERCHANGE = """
import ctypes, os, signal
os.setsid()
if hasattr(ctypes.CDLL(None), "prctl"):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
os.execvp("interchange.py", ["interchange.py"])
"""


class ClusterError(PlainError, ValueError):
    """Parsl does not start: what it says."""


def load_config(file: Path) -> "Config":
    """What the Python file sets `config` to.

    Raises:
        UsageError: The file fails, or sets something else.
    """
    from parsl.config import Config
    from parsl.executors import ThreadPoolExecutor

    wanted = f"--parsl {file} should be a Python file that sets `config = parsl.Config(...)`"
    remedy = "docs/parsl/ of the repository has two to start from."
    try:
        config = runpy.run_path(str(file)).get("config")
    except Exception as error:  # whatever a user's file raises
        fault = f"{type(error).__name__}: {error}"
        raise UsageError(f"{wanted}; it fails: {fault}. {remedy}") from error
    if not isinstance(config, Config):
        came = "sets none" if config is None else f"sets it to {config!r}"
        raise UsageError(f"{wanted}; it {came}. {remedy}")
    if any(isinstance(executor, ThreadPoolExecutor) for executor in config.executors):
        raise UsageError(
            f"{wanted} with executors that work in processes of their own, such as HighThroughputExecutor; "
            f"it has a ThreadPoolExecutor, which is also what Parsl takes where none is named. {remedy}"
        )
    return config


def run_tasks(
    tasks: Sequence[Task],
    config: "Config",
    *,
    on_start: Callable[[str], None],
    on_outcome: Callable[[Outcome], None],
    on_tick: Callable[[], None],
    on_postponed: Callable[[str, str], None],
    say: Callable[[str], None],
) -> None:
    """Makes all runs, as many at a time as the configuration has workers; a run that fails stops no other.

    Args:
        config: From `load_config`; it serves once.
        on_start: Called with the name of each run that has left its first state.
        on_outcome: Called with the last outcome of each run.
        on_tick: Called about once a second.
        on_postponed: Called with the name of each run that waits again, and what is told of it.
        say: Told in a sentence where the runs go.

    Raises:
        ClusterError: Parsl does not start.
    """
    labels = ", ".join(executor.label for executor in config.executors)
    say(f"{counted(len(tasks), 'run')} through Parsl ({labels}).")
    _prepare(config, tasks[0].state.parent)
    with _environment_of_workers(), _waited_for(tasks), _started(config) as kernel:
        runs = _Runs(tasks, kernel, on_start, on_outcome, on_postponed)
        while runs.go_on():
            runs.collect()
            runs.look()
            on_tick()
            if fault := _fault(config):
                runs.give_up(fault)


def _prepare(config: "Config", folder: Path) -> None:
    """Puts Parsl's logs into `folder`, unless the configuration has a place for them."""
    if config.run_dir == LOGS:
        config.run_dir = str(folder / "parsl")
    for executor in _reached_through_interchange(config):
        executor.interchange_launch_cmd = [sys.executable, "-c", INTERCHANGE]


@contextmanager
def _environment_of_workers() -> Iterator[None]:
    """Whoever inherits this process's environment finds Parsl's programs and this checkout's library.

    Neither can be relied on: the environment of the interpreter that runs run_all.py need not be activated,
    and an installed `lib` may be another checkout's.
    """
    first = {"PATH": Path(sys.executable).parent, "PYTHONPATH": ROOT}
    before = {name: os.environ.get(name) for name in first}
    for name, folder in first.items():
        os.environ[name] = os.pathsep.join(filter(None, [str(folder), before[name]]))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _waited_for(tasks: Sequence[Task]) -> Iterator[None]:
    """After the block, no worker is at a run any more: the same command can be given again at once."""
    try:
        yield
    finally:
        end = time.monotonic() + PATIENCE
        for task in tasks:
            if task.lock.exists():
                left = max(0.0, end - time.monotonic())
                with suppress(InUseError), only_process(task.lock, wait_s=left):
                    pass


@contextmanager
def _started(config: "Config") -> Iterator["DataFlowKernel"]:
    """Parsl, at work until the block ends; then its workers end, whatever they are at."""
    import parsl

    try:
        # Not through Parsl's global one, which stays taken where its cleanup does not come to an end.
        kernel = parsl.DataFlowKernel(config)
    except Exception as error:  # of any kind: a port, a folder, a command that is absent
        raise ClusterError(f"Parsl did not start: {type(error).__name__}: {error}") from error
    try:
        yield kernel
    finally:
        _end(kernel, config)


def _end(kernel: "DataFlowKernel", config: "Config") -> None:
    """Ends Parsl and its workers, even where Parsl waits without end for an interchange that has ended."""
    cleaning = Thread(target=kernel.cleanup, daemon=True)
    cleaning.start()
    cleaning.join(PATIENCE)
    if cleaning.is_alive():
        for executor in _reached_through_interchange(config):
            if executor.provider:
                executor.provider.cancel([*executor.job_ids_to_block])


def _fault(config: "Config") -> str:
    """Why no more runs can end; "" where they can. Parsl would wait for them."""
    for executor in _reached_through_interchange(config):
        process = executor.interchange_proc
        code = process.poll() if process else None
        if code is not None:
            return (
                f"The interchange of Parsl's executor {executor.label} ended with exit code {code}. Run again: "
                f"training goes on after the last epoch that was kept."
            )
    return ""


def _reached_through_interchange(config: "Config") -> list["HighThroughputExecutor"]:
    from parsl.executors import HighThroughputExecutor

    return [item for item in config.executors if isinstance(item, HighThroughputExecutor)]


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """A run that Parsl has been given.

    Attributes:
        attempts: How often it was begun before Parsl had it this time.
    """

    task: Task
    attempts: int = 0


class _Runs:
    """The runs that Parsl has been given and that have not ended."""

    def __init__(
        self,
        tasks: Sequence[Task],
        kernel: "DataFlowKernel",
        on_start: Callable[[str], None],
        on_outcome: Callable[[Outcome], None],
        on_postponed: Callable[[str, str], None],
    ) -> None:
        import parsl

        self._app = parsl.python_app(_serve, data_flow_kernel=kernel)
        self._on_start, self._on_outcome, self._on_postponed = on_start, on_outcome, on_postponed
        self._turns: dict[Future[Any], _Turn] = {}
        self._started: set[str] = set()
        for task in tasks:
            self._give(_Turn(task=task))

    def _give(self, turn: _Turn) -> None:
        self._turns[self._app(turn.task)] = turn

    def go_on(self) -> bool:
        """Whether a run waits or is under way."""
        return bool(self._turns)

    def collect(self) -> None:
        """Waits a moment for runs that end."""
        ended, _ = wait(self._turns, timeout=TICK, return_when=FIRST_COMPLETED)
        for future in ended:
            self._end(self._turns.pop(future), future)

    def _end(self, turn: _Turn, future: Any) -> None:
        """Ends a run, or gives it to Parsl once more where that makes sense."""
        attempts = turn.attempts + future.task_record["try_id"] + 1  # Parsl's own, counted from 0
        outcome = _outcome(turn.task, future)
        if outcome.status == "failed" and outcome.again != "never" and turn.attempts == 0:
            self._on_postponed(outcome.name, f"{outcome.reason} It is begun once more.")
            self._give(replace(turn, attempts=attempts))
        else:
            self._on_outcome(replace(outcome, attempts=attempts))

    def give_up(self, reason: str) -> None:
        """Ends all runs that go on or wait."""
        for turn in self._turns.values():
            self._on_outcome(replace(_failed(turn.task, reason), attempts=turn.attempts + 1))
        self._turns.clear()

    def look(self) -> None:
        """Tells of the runs that have left their first state: Parsl does not say when it begins one."""
        for turn in self._turns.values():
            if turn.task.name not in self._started and turn.task.state.exists():
                self._started.add(turn.task.name)
                self._on_start(turn.task.name)


def _outcome(task: Task, future: Future[Any]) -> Outcome:
    """What the worker says, or, where that is lost, what Parsl says of it."""
    from parsl.errors import ParslError
    from parsl.executors.high_throughput.errors import ManagerLost, WorkerLost

    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, ManagerLost | WorkerLost):
        reason = (
            f"Its worker on {error.hostname} was lost, most likely because memory ran out, the machine's time "
            f"was up, or somebody ended it. Run again: training goes on after the last epoch that was kept."
        )
    elif isinstance(error, ParslError):
        said = " ".join(str(error).split())
        reason = f"Parsl had no worker for it: {said} (A run_dir in the configuration keeps Parsl's logs.)"
    else:
        reason = f"Its worker failed: {type(error).__name__}: {error}"
    return _failed(task, reason)


def _failed(task: Task, reason: str) -> Outcome:
    keep_failed(task.failed, reason)
    return Outcome(name=task.name, status="failed", reason=reason)


# In the worker


def _serve(task: Task) -> Outcome:
    """Makes a run, which is put away when the worker is told to end."""
    end_politely()
    return replace(task, environment={**task.environment, **_share()}).perform()


def _share() -> dict[str, str]:
    """The environment that gives a run its processors; which GPU it has, Parsl has told the worker."""
    workers = int(os.environ.get("PARSL_WORKER_COUNT", "1"))  # on this machine
    # Where a configuration binds the workers to processors (cpu_affinity), Parsl sets the first.
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, machine.processors() // workers))
    return {**{name: os.environ.get(name, threads) for name in THREAD_VARIABLES}, **GPU_GROWTH}
