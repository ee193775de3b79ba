"""A pool of processes: none is waited for in vain, none is left, and what can go well later does."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from made_up_tasks import MadeUpTask, environment_of, process_of

from lib import ROOT, machine
from lib.runs import pool

NEVER = 60.0  # seconds; a test that reaches it fails


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    """A machine with four processors, memory and no GPU, whatever the tests run on."""
    monkeypatch.setattr(machine, "processors", lambda: 4)
    monkeypatch.setattr(machine, "available_memory", lambda: 64 * pool.GIB)
    monkeypatch.setattr(machine, "gpus", list)
    for name in pool.THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def task(notes, tmp_path):
    def make(name, does="ends"):
        return MadeUpTask(
            name=name,
            plan=None,
            target=tmp_path / name,
            failed=tmp_path / "failed" / name,
            state=tmp_path / f"{name}.json",
            force=False,
            timeout_s=NEVER,
            notes=notes,
            does=does,
        )

    return make


@pytest.fixture
def batch_script(tmp_path, notes):
    """A batch of one run that waits, for a process of its own; `first` is done before it begins."""

    def write(first=""):
        script = tmp_path / "batch.py"
        begin = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests" / "fixtures")!r}]
from pathlib import Path
from made_up_tasks import MadeUpTask
from lib.runs import pool

if __name__ == "__main__":
    folder = Path({str(tmp_path)!r})
    task = MadeUpTask(name="a", plan=None, target=folder, failed=folder, state=folder, force=False,
                      timeout_s=60, notes=folder / "notes", does="waits for b")
    nothing = lambda *_: None
"""
        run = """
    pool.run_tasks([task], 1, on_start=nothing, on_outcome=nothing, on_tick=nothing,
                   on_postponed=nothing)
"""
        script.write_text(begin + textwrap.indent(first, "    ") + run)
        return script

    return write


class Run:
    """The runs of `tasks`: how they ended, in which order they began, what was said."""

    def __init__(self) -> None:
        self.outcomes, self.began, self.said = {}, [], []
        self.on_tick = lambda: None

    def __call__(self, *tasks, jobs=2):
        start = time.monotonic()

        def tick():
            assert time.monotonic() - start < NEVER
            self.on_tick()

        pool.run_tasks(
            tasks,
            jobs,
            on_start=self.began.append,
            on_outcome=lambda outcome: self.outcomes.__setitem__(outcome.name, outcome),
            on_tick=tick,
            on_postponed=lambda name, why: self.said.append(f"{name}: {why}"),
        )
        return {name: outcome.status for name, outcome in self.outcomes.items()}


@pytest.fixture
def run():
    return Run()


def test_runs_are_shared_out_among_workers_that_make_one_after_another(run, task, notes):
    tasks = [task(name) for name in "abcd"]
    assert run(*tasks) == dict.fromkeys("abcd", "done")
    assert run.began == [*"abcd"]
    assert len({process_of(note) for each in tasks for note in each.attempts()}) <= 2
    assert os.getpid() not in {process_of(note) for each in tasks for note in each.attempts()}


def test_linear_algebra_has_one_thread_unless_the_user_sets_another_number(run, task, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    alone = task("a")
    run(alone)
    given = environment_of(alone.attempts()[0])
    assert (given["OMP_NUM_THREADS"], given["OPENBLAS_NUM_THREADS"]) == ("3", "1")


def test_every_run_beside_another_has_a_gpu_of_its_own(run, task, monkeypatch):
    monkeypatch.setattr(machine, "gpus", lambda: ["4", "7"])
    first, second = task("a", "waits for b"), task("b")
    run(first, second)
    given = {environment_of(each.attempts()[0])[machine.GPU_VARIABLE] for each in (first, second)}
    assert given == {"4", "7"}
    assert environment_of(first.attempts()[0])["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_what_may_go_well_another_time_is_begun_twice_and_stops_nothing(run, task):
    expected = {  # name: (what it does, how it ends, after how many attempts)
        "a": ("fails", "failed", 2),
        "b": ("fails once", "done", 2),
        "c": ("has a fault", "failed", 1),
        "d": ("is killed", "failed", 2),
        "e": ("is killed once", "done", 2),
        "f": ("ends", "done", 1),
    }
    tasks = {name: task(name, does) for name, (does, *_) in expected.items()}
    run(*tasks.values(), jobs=3)
    ends = {name: (each.status, each.attempts) for name, each in run.outcomes.items()}
    assert ends == {name: (status, attempts) for name, (_, status, attempts) in expected.items()}
    assert len(run.said) == 4  # one for every second attempt
    # A process that is killed leaves no word of its own.
    assert "SIGKILL" in run.outcomes["d"].reason
    assert "SIGKILL" in (tasks["d"].failed / "reason.txt").read_text()


def test_a_run_that_lacked_memory_is_made_again_when_all_others_are_done(run, task):
    run(task("a", "lacks memory once"), task("b"), task("c"))
    assert run.began == ["a", "b", "c", "a"]
    assert "alone, after the others" in run.said[0]


def test_no_run_is_begun_beside_others_without_free_memory(run, task, monkeypatch):
    monkeypatch.setattr(machine, "available_memory", lambda: pool.RUN_MEMORY - 1)
    tasks = [task(name) for name in "abc"]
    assert run(*tasks) == dict.fromkeys("abc", "done")
    (process,) = {process_of(note) for each in tasks for note in each.attempts()}
    assert process


def test_when_memory_runs_short_the_youngest_run_is_put_off_and_goes_on_later(
    run, task, monkeypatch, notes
):
    free = [64 * pool.GIB]
    monkeypatch.setattr(machine, "available_memory", lambda: free[0])
    young = task("b", "waits once")

    def look():
        if young.attempts() and len(run.began) == 2:
            free[0] = pool.LOW_MEMORY - 1
        if any(notes.glob("put away b *")):
            free[0] = 64 * pool.GIB

    run.on_tick = look
    assert run(task("a", "waits for b"), young) == {"a": "done", "b": "done"}
    assert run.began == ["a", "b", "b"]
    assert "put off" in run.said[0]


def test_an_interrupt_ends_all_workers_and_puts_their_runs_away(run, task, notes):
    first, second = task("a", "waits"), task("b", "waits")

    def look():
        if first.attempts() and second.attempts():
            raise KeyboardInterrupt

    run.on_tick = look
    with pytest.raises(KeyboardInterrupt):
        run(first, second, task("c"))
    assert sorted(path.name for path in notes.glob("put away *")) == [
        "put away a 0",
        "put away b 0",
    ]
    assert run.began == ["a", "b"]
    for each in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(process_of(each.attempts()[0]), 0)


def test_workers_of_a_batch_that_is_killed_end_by_themselves(batch_script, notes):
    batch = subprocess.Popen([sys.executable, str(batch_script())])
    try:
        _until(lambda: any(notes.glob("a *")))
    finally:
        batch.kill()
        batch.wait()
    (note,) = notes.glob("a *")
    _until(lambda: (notes / "put away a 0").exists())
    _until(lambda: not _lives(process_of(note)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a group of processes")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_while_a_worker_is_being_started_ends_it_without_a_word(
    batch_script, notes, number
):
    """It reaches batch and worker, as from a terminal, before the worker has read what it is for."""
    script = batch_script(f"""
import os, signal
from multiprocessing import util
from lib.runs.ending import end_politely
end_politely()
spawn = util.spawnv_passfds

def spawn_and_signal(path, arguments, passed):
    process = spawn(path, arguments, passed)
    if any(b"spawn_main" in os.fsencode(argument) for argument in arguments):
        print(process, flush=True)
        os.killpg(0, signal.{number})
    return process

util.spawnv_passfds = spawn_and_signal
""")
    batch = subprocess.run(
        [sys.executable, str(script)],
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=NEVER,
    )
    assert batch.stderr.count("Traceback") == 1  # the batch's own: nothing here catches it
    assert batch.stderr.rstrip().endswith(("KeyboardInterrupt", "Terminated"))
    assert not _lives(int(batch.stdout))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal that can be closed")
@pytest.mark.parametrize(("before", "goes_on"), [("SIG_DFL", False), ("SIG_IGN", True)])
def test_a_closed_terminal_ends_a_batch_unless_it_ignores_that_from_the_start(
    batch_script, notes, before, goes_on
):
    """`nohup` starts a program that ignores it; the worker must, too."""
    script = batch_script(f"""
import signal
from lib.runs.ending import end_politely
signal.signal(signal.SIGHUP, signal.{before})
end_politely()
""")
    batch = subprocess.Popen(
        [sys.executable, str(script)], start_new_session=True, stderr=subprocess.PIPE
    )
    try:
        _until(lambda: any(notes.glob("a *")))
        os.killpg(batch.pid, signal.SIGHUP)
        (notes / "put away b 0").touch()  # the run may end
        _, errors = batch.communicate(timeout=NEVER)
    finally:
        batch.kill()
    assert (batch.returncode == 0) == goes_on
    assert (b"Terminated" in errors) != goes_on
    assert len([*notes.glob("a *")]) == 1  # the worker was not ended, either


@pytest.mark.parametrize(
    ("tasks", "processors", "gib", "gpus", "jobs"),
    [
        (5, 2, 64, 0, 2),  # a laptop: as many as processors
        (5, 16, 8, 0, 2),  # 8 GiB: as many as memory has room for
        (5, 16, 1, 0, 1),  # never none
        (5, 64, 512, 0, 5),  # no more than runs
        (5, 16, 128, 1, 1),  # one GPU, one run
    ],
)
def test_how_many_runs_go_on_at_a_time(monkeypatch, tasks, processors, gib, gpus, jobs):
    monkeypatch.setattr(machine, "processors", lambda: processors)
    monkeypatch.setattr(machine, "available_memory", lambda: gib * pool.GIB)
    monkeypatch.setattr(machine, "gpus", lambda: [str(number) for number in range(gpus)])
    assert pool.default_jobs(tasks) == jobs


def _until(happened) -> None:
    end = time.monotonic() + NEVER / 2
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
