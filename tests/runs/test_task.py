"""One run: skipped when nothing changed, published whole, or kept as failed with its cause and its last cell."""

import ast
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from finished_runs import write_run

from lib import runs
from lib.datasets import DataError, own_folder
from lib.runs import check, kernel, task
from lib.runs.folders import ARTEFACTS, CHECKSUMS
from lib.runs.progress import output_path, read_run_state
from lib.runs.task import Task
from lib.storage import only_process

slow = pytest.mark.slow
PARTS = {"notebook": "n", "weights": "of MobileNetV2"}


@pytest.fixture
def make_task(plan, tmp_path):
    """A task of the plan, or of another one."""

    def make(of=plan, **changes) -> Task:
        reports = tmp_path / "reports"
        values = {
            "name": "a run",
            "plan": of,
            "target": reports / of.paper.slug,
            "failed": reports / "failed" / of.paper.slug,
            "state": tmp_path / "state.json",
            "force": False,
            "timeout_s": 60.0,
        }
        return Task(**values | changes)

    return make


class Run:
    """Runs of one paper in which a fake takes the place of the notebook; `error` makes it fail."""

    def __init__(self, record, task, monkeypatch) -> None:
        self.task, self.executed, self.error = task, 0, None
        self._record = record
        monkeypatch.setattr("lib.runs.task._execute", self._execute)
        monkeypatch.setattr(check, "parts_of", lambda _: PARTS)
        monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"key_parts": PARTS}))

    def _execute(self, _, folder, *__):
        self.executed += 1
        if self.error:
            (folder / "notebook.ipynb").write_text("of the failed run")
            raise self.error
        return write_run(self._record, folder).provenance.device

    def __call__(self, **changes):
        return replace(self.task, **changes).perform()


@pytest.fixture
def run(record, make_task, monkeypatch) -> Run:
    return Run(record, make_task(), monkeypatch)


def test_a_whole_run_is_skipped_and_leaves_nothing_hidden(run):
    assert [run().status, run().status] == ["done", "unchanged"]
    assert run.executed == 1
    assert [path.name for path in run.task.target.parent.iterdir()] == [run.task.target.name]
    again = run(force=True)
    assert (again.status, again.reason) == ("done", "run again: --force")


def test_what_has_changed_is_the_reason(run, monkeypatch):
    run()
    monkeypatch.setattr(check, "parts_of", lambda _: PARTS | {"weights": "others"})
    outcome = run()
    assert outcome.status == "done"
    assert "weights" in outcome.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, b"") for name in (*ARTEFACTS, CHECKSUMS)),
        ("results.json", b'{"accuracy": 0.99}'),
        *((CHECKSUMS, content) for content in (b"{}", b"3", b"\xff", b"[" * 100_000)),
    ],
)
def test_a_run_of_which_a_file_was_changed_runs_again_and_says_so(run, name, content):
    run()
    whole = (run.task.target / name).read_bytes()
    (run.task.target / name).write_bytes(content)
    outcome = run()
    assert (outcome.status, run.executed) == ("done", 2)
    assert f"{name} of its folder was changed since the run" in outcome.reason
    if name in ("report.html", "notebook.ipynb", "predictions.csv"):
        assert (run.task.target / name).read_bytes() == whole


def test_a_failed_run_keeps_the_last_whole_one_and_leaves_its_notebook_and_its_reason(run):
    run()
    before = (run.task.target / "results.json").read_bytes()
    run.error = task.RunError("it broke", again="once")
    outcome = run(force=True)
    assert (outcome.status, outcome.reason, outcome.again) == ("failed", "it broke", "once")
    assert (run.task.target / "results.json").read_bytes() == before
    assert (run.task.failed / "reason.txt").read_text() == "it broke\n"
    assert (run.task.failed / "notebook.ipynb").read_text() == "of the failed run"
    run.error = None
    assert run(force=True).status == "done"
    assert not run.task.failed.exists()


def test_a_run_that_failed_before_its_notebook_ran_leaves_no_older_notebook(run, monkeypatch):
    run.error = task.RunError("first")
    run()

    def fail(_):
        raise DataError("no images [0, 1]")

    monkeypatch.setattr(check, "parts_of", fail)
    assert run().reason == "no images [0, 1]"
    assert [path.name for path in run.task.failed.iterdir()] == ["reason.txt"]


def test_an_interrupted_run_is_no_failed_one(run):
    run.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run()
    assert [*run.task.target.parent.iterdir()] == []


def test_two_processes_do_not_work_on_one_run_at_a_time(run):
    run.task.target.parent.mkdir()
    with only_process(run.task.target.with_name(f".{run.task.target.name}.lock")):
        outcome = run()
    assert outcome.status == "failed"
    assert "Another run_all.py is at work on it" in outcome.reason
    assert run.executed == 0
    assert not run.task.failed.exists()
    assert run().status == "done"


def test_a_full_disk_is_told_with_the_remedy(run):
    run.error = OSError(28, "No space left on device")
    assert "Make room on the disk" in run().reason


def test_images_to_be_brought_by_hand_are_the_reason_and_what_kaggle_has_is_downloaded(
    run, make_task, plan, monkeypatch
):
    asked = []
    monkeypatch.setattr(task.kaggle, "missing", lambda paper: [paper])
    monkeypatch.setattr(task.kaggle, "fetch", lambda paper, echo: asked.append(paper.slug))
    by_hand = replace(plan, data="kaggle", missing="Download the atlas by hand")
    assert make_task(by_hand).perform().reason == "Download the atlas by hand"
    assert asked == [plan.paper.slug]


@pytest.mark.parametrize(
    ("data", "there", "downloads"),
    [("kaggle", False, 1), ("kaggle", True, 0), ("auto", False, 0), ("phantom", False, 0)],
)
def test_only_kaggle_downloads_and_only_what_is_not_there(
    plan, make_task, monkeypatch, data, there, downloads
):
    asked = []

    def fetch(paper, echo):
        asked.append(paper.slug)
        echo("downloading [owner/name] …")

    monkeypatch.setattr(task.kaggle, "fetch", fetch)
    if there:
        own_folder(plan.paper).mkdir(parents=True)
    task._fetch(make_task(replace(plan, data=data)))
    assert asked == [plan.paper.slug] * downloads
    state = read_run_state(make_task().state)
    assert (state.phase if state else "") == "downloading [owner/name] …" * downloads


def test_the_notebook_is_told_the_command_with_the_images_that_were_found(
    plan, make_task, make_folder, tmp_path, monkeypatch
):
    told = []

    def execute(*_, watch, **__):
        told.append(json.loads(watch.environment[runs.ENVIRONMENT])["command"])
        raise OSError

    monkeypatch.setattr("papermill.execute_notebook", execute)
    for data in ("auto", str(make_folder("real"))):
        with pytest.raises(OSError, match=r"^$"):
            task._execute(make_task(replace(plan, data=data)), tmp_path, {})
    assert [command.split("--data ")[1] for command in told] == ["phantom", "real"]
    assert runs.ENVIRONMENT not in os.environ


@pytest.mark.parametrize("of_the_user", [None, "glibc.malloc.check=1"])
def test_a_kernel_gets_large_pages_unless_the_user_has_set_the_c_library(
    of_the_user, make_task, monkeypatch
):
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if of_the_user:
        monkeypatch.setenv("GLIBC_TUNABLES", of_the_user)
    environment = task.kernel_environment(make_task(environment={"OMP_NUM_THREADS": "1"}))
    assert environment["GLIBC_TUNABLES"] == (of_the_user or "glibc.malloc.hugetlb=1")
    assert environment["OMP_NUM_THREADS"] == "1"


def test_every_cell_knows_its_section_and_the_injected_one_is_counted():
    md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    tagged = code("a = 1", metadata={"tags": ["parameters"]})
    cells = [
        md("# Title"),
        tagged,
        md("## One\n\ntext"),
        code("a"),
        md("more\n\n## Two"),
        code("b"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert task.sections_of(notebook) == ["Start", "Start", "Start", "One", "One", "Two", "Two"]


def test_somebodys_file_beside_a_failed_notebook_outlives_the_next_success(tmp_path):
    mine = tmp_path / "failed" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    task._forget_failed(mine.parent)
    assert mine.read_text() == "mine"
    mine.unlink()
    (mine.parent / "notebook.ipynb").write_text("{}")
    task._forget_failed(mine.parent)
    assert not mine.parent.exists()


# Kernels that end, stop, flood or never finish: two cells, on a real kernel


@pytest.fixture
def failure(plan, make_task, tmp_path):
    """How a run ends whose notebook has these two cells."""

    def end(first: str, second: str, **changes) -> task.RunError:
        md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
        cells = [md("## Training"), code(first), code(second)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), plan.notebook)
        (tmp_path / "run").mkdir()
        with pytest.raises(task.RunError) as caught:
            task._execute(make_task(**changes), tmp_path / "run", {})
        return caught.value

    return end


@slow
def test_a_kernel_that_is_killed_is_told_with_place_cause_and_remedy(failure):
    error = failure("import os, signal", "# A comment\nos.kill(os.getpid(), signal.SIGKILL)")
    text = str(error)
    assert text.startswith("In the section “Training”, in the cell that begins `# A comment`: ")
    for part in ("SIGKILL", "most likely because memory ran out", "image_size", "batch_size"):
        assert part in text
    assert error.again == "alone"


@slow
def test_a_kernel_that_ends_itself_is_told_with_its_exit_code(failure):
    error = failure("import os", "os._exit(7)")
    assert "exit code 7" in str(error)
    assert "most likely" not in str(error)
    assert error.again == "never"


@slow
def test_what_a_kernel_left_among_temporary_files_goes_with_it(failure, monkeypatch, tmp_path):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    noted = tmp_path / "noted"
    failure(
        "import os, tempfile",
        f"open({str(noted)!r}, 'w').write(tempfile.mkstemp()[1]); os._exit(1)",
    )
    assert (tmp_path / "temporary") in Path(noted.read_text()).parents
    assert list((tmp_path / "temporary").iterdir()) == []


@slow
def test_every_system_finds_its_temporary_files_in_the_runs_own_folder(failure, tmp_path):
    """Unix reads TMPDIR, Windows TEMP or TMP."""
    noted = tmp_path / "noted"
    names = ("TMPDIR", "TEMP", "TMP")
    failure(
        "import os",
        f"open({str(noted)!r}, 'w').write(str({{os.environ.get(name) for name in {names}}})); os._exit(1)",
    )
    (folder,) = ast.literal_eval(noted.read_text())
    assert folder


@slow
def test_a_kernel_that_is_stopped_is_ended_and_told(failure, monkeypatch, tmp_path):
    monkeypatch.setattr(kernel, "SILENCE", 3)
    process = tmp_path / "process"
    error = failure(
        f"import os, signal\nopen({str(process)!r}, 'w').write(str(os.getpid()))",
        "os.kill(os.getpid(), signal.SIGSTOP)",
    )
    assert "`os.kill(os.getpid(), signal.SIGSTOP)`: the kernel gave no sign of life" in str(error)
    assert error.again == "once"
    with pytest.raises(ProcessLookupError):
        os.kill(int(process.read_text()), 0)


@slow
def test_a_run_that_takes_too_long_is_ended_and_told(failure):
    error = failure("import time", "while True: time.sleep(1)", timeout_s=6)
    assert "`while True: time.sleep(1)`: the run took more than 0.1 minutes" in str(error)
    assert error.again == "never"


@slow
def test_a_kernel_that_floods_its_output_is_ended_and_keeps_little_of_it(
    failure, make_task, monkeypatch
):
    monkeypatch.setattr(kernel, "MOST_OUTPUT", 100_000)
    error = failure("'first'", "while True: print('x' * 1000)", keeps_text=True)
    assert "`while True: print('x' * 1000)`: it wrote more than 0.1 million characters" in str(
        error
    )
    assert output_path(make_task().state).stat().st_size < 200_000


@slow
def test_memory_that_runs_out_in_a_framework_is_told_with_the_remedy(failure):
    error = failure(
        "class ResourceExhaustedError(Exception): pass", "raise ResourceExhaustedError('OOM')"
    )
    assert "ResourceExhaustedError: OOM" in str(error)
    assert "batch_size" in str(error)
    assert error.again == "alone"


@slow
def test_a_run_tells_where_it_is(failure, make_task):
    failure("import os", "os._exit(1)")
    state = read_run_state(make_task().state)
    assert (state.section, state.cell, state.cells) == ("Training", 3, 3)
