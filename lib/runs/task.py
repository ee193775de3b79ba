"""One run, in whichever process makes it: compared with the last one, executed, published whole or kept as failed.

Nothing of it is told by printing: how far it has come stands in a file, how it ended in its outcome.
Two runs never share anything that they write but the store, whose entries are whole or absent.
"""

import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from lib import PlainError
from lib.datasets import DataError, locate, progress
from lib.datasets.downloads import kaggle
from lib.runs import check, key
from lib.runs.folders import REASON, FolderError, check_replaceable
from lib.runs.plan import Plan
from lib.runs.progress import RunState, joined, open_output, write_run_state
from lib.storage import (
    InUseError,
    only_process,
    replace_folder,
    restore_folder,
    temporary_folder,
    write_text,
)

Again = Literal["never", "once", "alone"]
# What frameworks call it when memory runs out, in Python's own memory or a GPU's.
OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")
EXHAUSTED = "RESOURCE_EXHAUSTED"  # in the message of XLA's error
# glibc from 2.35 on then asks Linux for memory in pages of 2 MiB instead of 4 KiB; whoever does not know it ignores
# it. The numbers stay the same; training on large arrays takes up to a quarter less processor time.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class RunError(RuntimeError):
    """A run failed; the message is for the person at the terminal.

    Attributes:
        again: Whether it may go well another time: "once" more as it was, or "alone" on the machine.
    """

    def __init__(self, message: str, again: Again = "never") -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended.

    Attributes:
        name: Of the task.
        status: "unchanged" was not run, since the last run would come out the same.
        reason: Why a run failed, or why it was run again; "" where there is nothing to say.
        seconds: The run took.
        device: It ran on, in words.
        attempts: How often it was begun.
        again: Whether a failed run may go well another time.
    """

    name: str
    status: Literal["done", "unchanged", "failed", "interrupted"]
    reason: str = ""
    seconds: float = 0.0
    device: str = ""
    attempts: int = 1
    again: Again = "never"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One run to be made.

    Attributes:
        name: Shown, and unique in a batch: the paper's slug, in a sweep with the values.
        plan: What is run.
        target: The run folder that is published.
        failed: The folder in which a failed run leaves its reason and its notebook.
        state: The file in which the run tells how far it has come (`lib.runs.progress`).
        force: Whether it is run even if nothing has changed.
        timeout_s: Seconds after which its kernel is ended.
        keeps_text: Whether what the cells print is left beside `state`.
        environment: Variables of its kernel beside those of the process: its GPU, its threads.
    """

    name: str
    plan: Plan
    target: Path
    failed: Path
    state: Path
    force: bool
    timeout_s: float
    keeps_text: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def lock(self) -> Path:
        """The file that is there, and locked, while a process is at the run."""
        return self.target.with_name(f".{self.target.name}.lock")

    def perform(self) -> Outcome:
        """Makes the run; whatever goes wrong with it is an outcome.

        Raises:
            KeyboardInterrupt: As it came; nothing half written is left.
        """
        start = time.monotonic()
        try:
            outcome = _published(self)
        except Exception as error:  # whatever it is, it must not stop the other runs
            again: Again = getattr(error, "again", "never")
            outcome = Outcome(name=self.name, status="failed", reason=_reason(error), again=again)
        return replace(outcome, seconds=round(time.monotonic() - start, 1))


def unchanged(task: Task) -> Outcome | None:
    """The outcome of a run that need not be made; None where it must be, or where that cannot be told."""
    if task.force or task.plan.missing:
        return None
    try:
        finished = check.finished_run(task.target)
        if finished is None or check.change_since(task.plan, finished):
            return None
        if check.lack_of_models(task.plan, task.target, finished):
            return None
        _forget_failed(task.failed)
    except Exception:  # `Task.perform` meets it again, and tells it
        return None
    return Outcome(name=task.name, status="unchanged", device=finished.provenance.device)


def keep_failed(target: Path, reason: str, notebook: Path | None = None) -> None:
    """Leaves in `target` why a run failed, and its notebook for a look."""
    # A disk that is full, or somebody's own files in that folder: the failure itself is told anyway.
    with suppress(OSError, FolderError):
        check_replaceable(target)
        with temporary_folder(target.parent) as folder:
            folder.chmod(0o755)
            write_text(folder / REASON, reason + "\n")
            if notebook is not None and notebook.is_file():
                os.replace(notebook, folder / "notebook.ipynb")
            replace_folder(folder, target)


def _published(task: Task) -> Outcome:
    task.target.parent.mkdir(parents=True, exist_ok=True)
    _Teller(task, ["Start"]).say("Looking at the images")
    try:
        with only_process(task.lock), temporary_folder(task.target.parent) as folder:
            try:
                return _run_or_skip(task, folder)
            except Exception as error:
                keep_failed(task.failed, _reason(error), folder / "notebook.ipynb")
                raise
    except InUseError as error:
        raise RunError(
            f"Another run_all.py is at work on it in {task.target.parent.resolve()}. Wait until that has "
            f"ended, or give another --reports."
        ) from error


def _run_or_skip(task: Task, folder: Path) -> Outcome:
    restore_folder(task.target)
    _fetch(task)
    if task.plan.missing:
        raise RunError(task.plan.missing)
    parts = check.parts_of(task.plan)
    earlier = check.finished_run(task.target)
    same = earlier if earlier and earlier.provenance.key_parts == parts else None
    lack = check.lack_of_models(task.plan, task.target, same) if same else ""
    if same and not lack and not task.force:
        _forget_failed(task.failed)
        return Outcome(name=task.name, status="unchanged", device=same.provenance.device)
    if earlier is None:
        fault = check.fault_of(task.target)
        reason = f"run again: {fault}" if fault else ""
    elif same:
        reason = f"run again: {lack or '--force'}"
    else:
        reason = f"run again: {key.explain_change(earlier.provenance.key_parts, parts)}"
    device = _execute(task, folder, parts)
    folder.chmod(0o755)
    # Again: a run takes long enough for somebody to put a file there.
    check_replaceable(task.target)
    replace_folder(folder, task.target)
    _forget_failed(task.failed)
    return Outcome(name=task.name, status="done", reason=reason, device=device)


def _forget_failed(folder: Path) -> None:
    with suppress(FolderError):  # somebody's own files lie in it: they stay
        check_replaceable(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(task: Task) -> None:
    """Downloads what `--data kaggle` asks for, here rather than in the notebook: it is seen at work."""
    if task.plan.data == "kaggle" and kaggle.missing(task.plan.paper):
        kaggle.fetch(task.plan.paper, echo=_Teller(task, ["Download"]).say)


def _execute(task: Task, folder: Path, parts: dict[str, str]) -> str:
    """Runs the notebook into `folder`, which is a whole run from then on; the device that it ran on."""
    # Imported here: it takes seconds, which a run that is unchanged does not need.
    import nbformat
    import papermill

    from lib.runs import record
    from lib.runs.kernel import ENGINE, THIS_PYTHON, KernelError, Watch
    from lib.runs.render import write_report

    plan, path = task.plan, folder / "notebook.ipynb"
    sections = sections_of(nbformat.read(plan.notebook, as_version=4))
    command = plan.command(drawn=locate(plan.paper, plan.data) is None)
    given = {
        "folder": str(folder.resolve()),
        "key_parts": parts,
        "command": command,
        # One monotonic clock tells the time to all processes of a machine.
        "begun": {"at": datetime.now(UTC).isoformat(), "monotonic": time.monotonic()},
    }
    with ExitStack() as opened:
        beside = opened.enter_context(temporary_folder(Path(tempfile.gettempdir())))
        text = opened.enter_context(open_output(task.state)) if task.keeps_text else None
        teller = _Teller(task, sections, beside / "state")
        told = {
            record.ENVIRONMENT: json.dumps(given),
            progress.ENVIRONMENT: str(beside / "state"),
        }
        watch = Watch(
            environment={**kernel_environment(task), **told},
            temporary=beside,
            timeout_s=task.timeout_s,
            on_wait=teller.wait,
            on_text=text.write if text else lambda _: None,
        )
        try:
            papermill.execute_notebook(
                str(plan.notebook),
                str(path),
                parameters=plan.parameters,
                engine_name=ENGINE,
                kernel_name=plan.kernel or THIS_PYTHON,
                language="python",
                progress_bar=False,
                on_cell_start=teller.cell_started,
                watch=watch,
            )
        except papermill.PapermillExecutionError as error:
            section = sections[error.cell_index]
            raise _cell_error(section, error.ename, error.evalue) from error
        except KernelError as error:
            raise RunError(
                f"In the section “{teller.section}”, in the cell that begins "
                f"`{teller.first_line}`: {error}",
                again=error.again,
            ) from error
        except OSError:  # of this process: a full disk
            raise
        except Exception as error:  # a kernel that never answered
            reason = f"The kernel did not run: {type(error).__name__}: {error}"
            raise RunError(reason, again="once") from error
    notebook = nbformat.read(path, as_version=4)
    # papermill notes where its files lie; a report that travels should not.
    notebook.metadata.get("papermill", {}).update(
        input_path=plan.notebook.name, output_path="notebook.ipynb"
    )
    nbformat.write(notebook, path)
    return write_report(folder, plan.paper).provenance.device


def kernel_environment(task: Task) -> dict[str, str]:
    """The variables of a run's kernel; what the user has set for the C library stays."""
    return {**LARGE_PAGES, **os.environ, **task.environment}


def sections_of(notebook: Any) -> list[str]:
    """For every cell as papermill runs them, the heading it stands under."""
    headings_above, current = [], "Start"
    for cell in notebook.cells:
        lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
        headings = [line.lstrip("# ") for line in lines if line.startswith("## ")]
        current = headings[-1] if headings else current
        # papermill adds a cell with the given values behind the one tagged `parameters`.
        headings_above += [current] * (2 if "parameters" in cell.metadata.get("tags", []) else 1)
    return headings_above


class _Teller:
    """Leaves in the task's state file where the notebook is and how far its work has come there.

    Attributes:
        section: The heading of the cell that runs, or ran last.
        first_line: Of that cell.
    """

    def __init__(self, task: Task, sections: list[str], work: Path | None = None) -> None:
        self._task, self._sections, self._work = task, sections, work
        self._start, self._cell = time.monotonic(), 0
        self.section, self.first_line = sections[0] if sections else "", ""
        self.wait()

    def cell_started(self, cell_index: int, cell: Mapping[str, Any], **_: Any) -> None:
        """papermill's hook: `cell`, number `cell_index` (from 0), begins."""
        self._cell, self.section = cell_index, self._sections[cell_index]
        self.first_line = next(iter(cell["source"].strip().splitlines()), "")
        self.wait()

    def wait(self) -> None:
        """To be called every now and then while a cell runs."""
        write_run_state(self._task.state, self._state())

    def say(self, text: str) -> None:
        """Of work that is done outside the notebook."""
        write_run_state(self._task.state, replace(self._state(), phase=text))

    def _state(self) -> RunState:
        work = progress.read_state(self._work) if self._work else None
        seconds = time.monotonic() - self._start
        return joined(self.section, self._cell + 1, len(self._sections), seconds, work)


def _cell_error(section: str, name: str, message: str) -> RunError:
    text = f"In the section “{section}”: {name}: {message}"
    if name not in OUT_OF_MEMORY and EXHAUSTED not in message:
        return RunError(text)
    from lib.runs.kernel import LESS_MEMORY

    return RunError(f"{text}\nMemory ran out. {LESS_MEMORY}", again="alone")


def _reason(error: Exception) -> str:
    """Why a run failed, in words."""
    if isinstance(error, RunError | DataError | FolderError | PlainError):
        return str(error)
    remedy = ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = ". Make room on the disk, and run again"
    return f"{type(error).__name__}: {error}{remedy}"
