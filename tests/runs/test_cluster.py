"""Runs through Parsl, on workers of this machine: none is lost with its worker, and none is left behind.

The two files of docs/parsl/ are tried here, the one for Slurm with commands that stand in for Slurm's.
"""

import os
import signal
import time
from pathlib import Path

import pytest
from made_up_tasks import MadeUpTask, process_of

from lib import ROOT, machine
from lib.runs import cluster, pool
from lib.runs.arguments import UsageError

parsl = pytest.importorskip("parsl", reason="Parsl is the extra `cluster`")

NEVER = 300.0  # seconds; a test that reaches it fails
CONFIG = """
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider
config = Config(
    executors=[
        HighThroughputExecutor(
            address="127.0.0.1", max_workers_per_node=2, heartbeat_period=1, heartbeat_threshold=5,
            provider=LocalProvider(min_blocks=1, max_blocks=1, worker_init={worker_init!r}),
        )
    ],
    retries=1,
    strategy_period=1,
)
"""
FIXTURES = ROOT / "tests" / "fixtures"


class Run:
    """The runs of tasks in `folder`: how they ended, what was said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outcomes, self.began, self.said = {}, [], []
        self.on_tick = lambda: None
        for name in ("notes", "states"):
            (folder / name).mkdir()

    def task(self, name: str, does: str = "ends") -> MadeUpTask:
        return MadeUpTask(
            name=name,
            plan=None,
            target=self.folder / "reports" / name,
            failed=self.folder / "reports" / "failed" / name,
            state=self.folder / "states" / f"{name}.json",
            force=False,
            timeout_s=NEVER,
            notes=self.folder / "notes",
            does=does,
        )

    def __call__(self, config: Path, *tasks: MadeUpTask) -> None:
        start = time.monotonic()

        def tick():
            assert time.monotonic() - start < NEVER
            self.on_tick()

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(FIXTURES))  # the workers read the tasks' class there
            patch.chdir(self.folder)
            cluster.run_tasks(
                tasks,
                cluster.load_config(config),
                on_start=self.began.append,
                on_outcome=lambda outcome: self.outcomes.__setitem__(outcome.name, outcome),
                on_tick=tick,
                on_postponed=lambda name, why: self.said.append(f"{name}: {why}"),
                say=self.said.append,
            )


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


@pytest.fixture
def config(tmp_path):
    def make(worker_init=""):
        file = tmp_path / "config.py"
        file.write_text(CONFIG.format(worker_init=worker_init))
        return file

    return make


def gone(process: int) -> bool:
    """Whether the process ends within a few seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Twenty runs, the worker of one of which was killed, and three that have faults of their own."""
    run = Run(tmp_path_factory.mktemp("cluster"))
    victim = run.task("victim", "waits once")
    twenty = [victim, *(run.task(f"quick{number}") for number in range(19))]
    faulty = [
        run.task("shaky", "fails once"),
        run.task("weak", "fails"),
        run.task("bad", "has a fault"),
    ]

    def kill():
        if len(victim.attempts()) == 1:
            os.kill(process_of(victim.attempts()[0]), signal.SIGKILL)
            run.on_tick = lambda: None

    run.on_tick = kill
    file = run.folder / "config.py"
    file.write_text(CONFIG.format(worker_init=""))
    run.tasks = [*twenty, *faulty]
    run(file, *run.tasks)
    return run


def test_all_twenty_runs_are_done_though_a_worker_was_killed(finished):
    done = {name: run.attempts for name, run in finished.outcomes.items() if run.status == "done"}
    quick = {f"quick{number}": 1 for number in range(19)}
    assert done == {"victim": 2, **quick, "shaky": 2}


def test_a_run_that_may_go_well_later_is_given_once_more_and_no_other(finished):
    failed = {
        name: run.attempts for name, run in finished.outcomes.items() if run.status == "failed"
    }
    assert failed == {"weak": 2, "bad": 1}
    assert sum("once more" in text for text in finished.said) == 2


def test_no_worker_and_no_log_is_left(finished):
    workers = {process_of(note) for task in finished.tasks for note in task.attempts()}
    assert all(map(gone, workers))
    assert {path.name for path in finished.folder.iterdir()} == {"config.py", "notes", "states"}


def test_an_interrupt_puts_what_is_under_way_away_and_leaves_no_worker(run, config):
    long, waiting = run.task("long", "waits"), run.task("waiting")

    def interrupt():
        if long.attempts():
            raise KeyboardInterrupt

    run.on_tick = interrupt
    with pytest.raises(KeyboardInterrupt):
        run(config(), long, waiting)
    assert gone(process_of(long.attempts()[0]))
    assert (run.folder / "notes" / "put away long 0").exists()
    assert "long" not in run.outcomes


def test_where_no_worker_starts_the_runs_fail_and_say_why(run, config):
    run(config(worker_init="echo no such module >&2; exit 3"), run.task("a"), run.task("b"))
    assert {outcome.status for outcome in run.outcomes.values()} == {"failed"}
    assert "no such module" in run.outcomes["a"].reason
    assert "no such module" in (run.folder / "reports/failed/b/reason.txt").read_text()


def test_where_parsl_loses_its_way_to_the_workers_the_runs_fail_and_nothing_waits(
    run, config, monkeypatch
):
    long, configs = run.task("long", "waits"), []
    prepare = cluster._prepare
    monkeypatch.setattr(
        cluster, "_prepare", lambda *given: (configs.append(given[0]), prepare(*given))
    )
    monkeypatch.setattr(cluster, "PATIENCE", 3)

    def kill():
        if long.attempts():
            configs[0].executors[0].interchange_proc.kill()

    run.on_tick = kill
    run(config(), long)
    assert run.outcomes["long"].status == "failed"
    assert "exit code -9" in run.outcomes["long"].reason
    assert gone(process_of(long.attempts()[0]))


# The shipped configurations

SLURM = {  # stand-ins: a job is a process group of this machine
    "sacct": 'echo "Slurm accounting storage is disabled" >&2; exit 1',
    "sbatch": 'cp "$1" "$JOBS/"; setsid bash "$1" > "$JOBS/out" 2>&1 & echo "Submitted batch job $!"',
    "squeue": 'kill -0 "${@: -1}" 2> /dev/null && echo "${@: -1} R"; exit 0',
    "scancel": 'for job in "$@"; do kill -- "-$job"; done',
}


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder in which the jobs' scripts land."""
    programs, jobs = tmp_path / "bin", tmp_path / "jobs"
    for folder in (programs, jobs):
        folder.mkdir()
    for name, text in SLURM.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JOBS", str(jobs))
    monkeypatch.setattr("parsl.addresses.address_by_hostname", lambda: "127.0.0.1")
    return jobs


def test_the_configuration_for_slurm_sends_a_job_that_makes_the_runs(run, slurm):
    tasks = [run.task("a"), run.task("b")]
    run(ROOT / "docs" / "parsl" / "slurm.py", *tasks)
    assert {outcome.status for outcome in run.outcomes.values()} == {"done"}
    scripts = [path.read_text() for path in slurm.iterdir() if path.name != "out"]
    assert len(scripts) == 2
    for wanted in ("nodes=1", "gpus-per-node=1", "time=480", "mem=32g"):
        assert all(f"#SBATCH --{wanted}\n" in script for script in scripts)
    assert all(gone(process_of(task.attempts()[0])) for task in tasks)


def test_the_configuration_for_this_machine_gives_every_worker_a_gpu(monkeypatch):
    monkeypatch.setattr(machine, "gpus", lambda: ["0", "3"])
    monkeypatch.setattr(machine, "processors", lambda: 8)
    monkeypatch.setattr(machine, "available_memory", lambda: 64 * pool.GIB)
    (executor,) = cluster.load_config(ROOT / "docs" / "parsl" / "local.py").executors
    assert executor.available_accelerators == ["0", "3"]
    assert executor.max_workers_per_node == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("confg = 1", "it sets none"),
        ("config = 7", "it sets it to 7"),
        ("import parsl; config = parsl.Config()", "ThreadPoolExecutor"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_from_one(tmp_path, text, told):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(UsageError, match=told) as caught:
        cluster.load_config(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(("bound", "threads"), [(None, "2"), ("3", "3")])
def test_workers_of_one_machine_share_its_processors(monkeypatch, bound, threads):
    monkeypatch.setattr(machine, "processors", lambda: 8)
    monkeypatch.setenv("PARSL_WORKER_COUNT", "4")
    for name in pool.THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    if bound:
        monkeypatch.setenv("OMP_NUM_THREADS", bound)
    share = cluster._share()
    assert {share[name] for name in pool.THREAD_VARIABLES} == {threads}
