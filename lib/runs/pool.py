"""Runs side by side on this machine: worker processes that share its processors, GPUs and memory.

A worker makes one run after another, so that what a run imports outside its kernel is imported once.
The kernels are children of the workers; a worker or a kernel whose parent is killed ends by itself. A kernel
imports Keras anew for every run: forked from a process that has loaded TensorFlow, it hangs.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context, parent_process

from lib import machine
from lib.runs.ending import end_politely, release_signals, signals_held
from lib.runs.task import Outcome, Task, keep_failed

SPAWN = get_context("spawn")  # a forked process would inherit threads and locks as they stand
TICK = 0.25  # seconds between two looks at the workers
PATIENCE = 30  # seconds that a worker has to put its run away
ATTEMPTS = 2  # at a run that may go well another time
GIB = 2**30
RUN_MEMORY = 3 * GIB  # that must be free before another run is begun beside others
LOW_MEMORY = GIB // 2  # free; below it the youngest run is put off rather than all of them lost
# Linear algebra in NumPy, SciPy and scikit-learn: on matrices as small as here more threads only wait for
# one another. TensorFlow's own threads stay as many as processors, however many runs go on: what a
# convolution learns depends on their number in the last digits, and no number may depend on --jobs.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# Of several runs on one GPU, none may take all of its memory beforehand.
GPU_GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def default_jobs(tasks: int) -> int:
    """How many runs go on at a time: as many as there are, a processor, 3 GiB of memory and, where there are
    GPUs, a GPU for each."""
    most = [tasks, machine.processors(), machine.available_memory() // RUN_MEMORY]
    if gpus := machine.gpus():
        most.append(len(gpus))
    return max(1, min(most))


def run_tasks(
    tasks: Sequence[Task],
    jobs: int,
    *,
    on_start: Callable[[str], None],
    on_outcome: Callable[[Outcome], None],
    on_tick: Callable[[], None],
    on_postponed: Callable[[str, str], None],
) -> None:
    """Makes all runs, at most `jobs` at a time; a run that fails stops no other.

    Args:
        on_start: Called with the name of each run that begins.
        on_outcome: Called with the last outcome of each run.
        on_tick: Called several times a second.
        on_postponed: Called with the name of each run that waits again, and what is told of it.
    """
    pool = _Pool(tasks, jobs, on_start, on_outcome, on_postponed)
    try:
        while pool.goes_on():
            pool.begin()
            pool.collect()
            pool.relieve_memory()
            on_tick()
    finally:
        pool.close()


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """A run that waits or goes on: how often it was begun, and whether it wants the machine for itself."""

    task: Task
    attempt: int = 1
    alone: bool = False


class _Pool:
    def __init__(
        self,
        tasks: Sequence[Task],
        jobs: int,
        on_start: Callable[[str], None],
        on_outcome: Callable[[Outcome], None],
        on_postponed: Callable[[str, str], None],
    ) -> None:
        self._waiting = deque(_Turn(task=task) for task in tasks)
        self._jobs, self._gpus = jobs, machine.gpus()
        self._on_start, self._on_outcome, self._on_postponed = on_start, on_outcome, on_postponed
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []  # the youngest run last

    def goes_on(self) -> bool:
        """Whether a run waits or is under way."""
        return bool(self._waiting or self._busy)

    def begin(self) -> None:
        """Begins what there is room for."""
        while self._waiting and self._has_room(self._waiting[0]):
            turn = self._waiting.popleft()
            shared = {**turn.task.environment, **self._share()}
            with signals_held():  # no worker is lost sight of
                worker = self._idle.pop() if self._idle else _Worker()
                worker.begin(turn, replace(turn.task, environment=shared))
                self._busy.append(worker)
            self._on_start(turn.task.name)

    def _has_room(self, turn: _Turn) -> bool:
        if not self._busy:
            return True
        if turn.alone or any(worker.turn.alone for worker in self._busy):
            return False
        return len(self._busy) < self._jobs and machine.available_memory() >= RUN_MEMORY

    def _share(self) -> dict[str, str]:
        """The environment that gives a run its GPU and keeps it from taking every processor."""
        shared = {name: os.environ.get(name, "1") for name in THREAD_VARIABLES}
        if not self._gpus:
            return shared
        taken = [worker.gpu for worker in self._busy]
        gpu = min(self._gpus, key=taken.count)
        return {**shared, **GPU_GROWTH, machine.GPU_VARIABLE: gpu}

    def collect(self) -> None:
        """Waits a moment for workers that end a run, or end."""
        connection.wait([worker.pipe for worker in self._busy], timeout=TICK)
        for worker in [*self._busy]:
            if worker.pipe.poll():  # an outcome, or the end of a process that died
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, ConnectionError):
                    self._bury(worker)
                else:
                    self._take(worker, outcome)

    def _take(self, worker: "_Worker", outcome: Outcome) -> None:
        self._busy.remove(worker)
        self._idle.append(worker)
        self._end(worker.turn, outcome, beside_others=bool(self._busy))

    def _bury(self, worker: "_Worker") -> None:
        """A worker that was killed from outside: its run is lost, but not what it trained."""
        self._busy.remove(worker)
        worker.wait()
        code = worker.process.exitcode
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        reason = (
            f"Its process ended ({how}), most likely because memory ran out or somebody ended it."
        )
        task = worker.turn.task
        keep_failed(task.failed, reason)
        outcome = Outcome(name=task.name, status="failed", reason=reason, again="alone")
        self._end(worker.turn, outcome, beside_others=bool(self._busy))

    def _end(self, turn: _Turn, outcome: Outcome, *, beside_others: bool) -> None:
        """Ends a run, or sees to it that it is begun again where that makes sense."""
        attempts = turn.attempt
        # Alone it was already where no other run went on: then once more is as good.
        alone = outcome.again == "alone" and (beside_others or not turn.alone)
        if outcome.status == "failed" and outcome.again != "never" and attempts < ATTEMPTS:
            how = "alone, after the others" if alone else "once more"
            self._on_postponed(outcome.name, f"{outcome.reason} It is begun {how}.")
            again = replace(turn, attempt=attempts + 1, alone=alone)
            self._waiting.append(again)
        else:
            self._on_outcome(replace(outcome, attempts=attempts))

    def relieve_memory(self) -> None:
        """Puts the youngest run off when memory runs short: its training goes on later from where it was."""
        if len(self._busy) > 1 and machine.available_memory() < LOW_MEMORY:
            worker = self._busy.pop()
            worker.stop()
            why = "Memory runs short: it is put off, and goes on alone, after the others."
            self._on_postponed(worker.turn.task.name, why)
            self._waiting.append(replace(worker.turn, alone=True))

    def close(self) -> None:
        """Ends all workers: those that rest, and, after an interrupt, those that are at work."""
        for worker in self._idle:
            worker.dismiss()
        for worker in self._busy:
            worker.process.terminate()
        for worker in [*self._idle, *self._busy]:
            worker.wait()


class _Worker:
    """A process that makes runs, and the pipe to it.

    Attributes:
        turn: The run that it is at, or was at last.
        gpu: That this run may use; "" for none.
    """

    turn: _Turn
    gpu: str = ""

    def __init__(self) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(theirs,), name="run")
        self.process.start()
        theirs.close()  # or this process would hold the end open at which the worker is missed

    def begin(self, turn: _Turn, task: Task) -> None:
        """Sends the run to the process."""
        self.turn, self.gpu = turn, task.environment.get(machine.GPU_VARIABLE, "")
        with suppress(OSError):  # it has just died: `collect` sees that
            self.pipe.send(task)

    def dismiss(self) -> None:
        """Tells a process that rests that there is nothing more to do."""
        with suppress(OSError):
            self.pipe.send(None)

    def stop(self) -> None:
        """Ends a process that is at work; its run is put away."""
        self.process.terminate()
        self.wait()

    def wait(self) -> None:
        """Until the process has ended, by force if it does not."""
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


# In the worker


def _serve(pipe: connection.Connection) -> None:
    """Makes the runs that come through the pipe until there are no more."""
    # Ctrl-C reaches the whole group of a terminal: it is for the parent, which then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_politely()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):
        release_signals()
        for task in _received(pipe):
            pipe.send(task.perform())


def _received(pipe: connection.Connection) -> Iterator[Task]:
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        if task is None:
            return
        yield task


def _end_with_parent() -> None:
    """A parent that is killed can end nobody: its workers see to themselves."""
    parent = parent_process()
    assert parent is not None  # only workers call this
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
