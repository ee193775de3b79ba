"""The batch: skips runs that are unchanged, executes the rest, publishes each one whole."""

import errno
import json
import os
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType

import nbformat
import papermill
from nbformat import NotebookNode
from rich.console import Console
from rich.markup import escape

from lib import ROOT, machine, papers, phantoms, results, storage
from lib.datasets import DataError, control_folders, locate, progress, scan, scan_control
from lib.datasets.downloads import kaggle
from lib.report import index
from lib.results import Results
from lib.runs import key, record
from lib.runs.folders import (
    FAILED,
    REASON,
    FolderError,
    changed_files,
    check_replaceable,
)
from lib.runs.kernel import ENGINE, KernelError, this_python
from lib.runs.outcomes import print_outcomes
from lib.runs.plan import Plan
from lib.runs.progress import Progress
from lib.runs.render import write_report
from lib.storage import (
    InUseError,
    only_process,
    replace_folder,
    restore_folder,
    temporary_folder,
    write_text,
)
from lib.words import listed, printable, printable_lines

LONGEST_REASON = 500  # characters on a card of the index


class RunError(RuntimeError):
    """A run failed; the message is for the person at the terminal."""


def run(
    plans: Sequence[Plan],
    reports: Path,
    *,
    force: bool,
    broken: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Makes the runs one after another; 0 if all succeeded, else 1. One failure stops no other.

    Args:
        broken: Papers that cannot be run: slug → why.
    """
    console = Console(highlight=False, emoji=False)
    try:
        results.load_references(
            storage.references()
        )  # every report shows them: asked before hours of training
    except ValueError as error:
        _tell_failure("data/reference", str(error))
        return 1
    refused = {**broken, **{plan.paper.slug: plan.missing for plan in plans if plan.missing}}
    failures, outcomes = len(refused), dict.fromkeys(refused)
    try:
        reports.mkdir(parents=True, exist_ok=True)
        for slug, reason in refused.items():
            _tell_failure(slug, reason)
            _keep_failed(slug, reason, reports)
        _make_weights_path_absolute()
        for plan in plans:
            slug = plan.paper.slug
            try:
                if plan.missing:
                    _fetch(plan, console)
                else:
                    outcomes[slug], outcome = _make_run(plan, reports, force, console)
                    text = escape(printable(f"{slug}: {outcome}."))
                    console.print(f"[green]✓[/] {text}", soft_wrap=True)
            except Exception as error:  # whatever it is, it must not stop the other runs
                failures += 1
                outcomes[slug] = None
                _tell_failure(slug, _reason(error))
            _write_index(reports)
    except OSError as error:
        _tell_failure(
            "reports",
            f"{reports.resolve()} should be a folder that can be written to; it failed: {error}. "
            f"Put that right, or give another --reports; runs that are whole stay as they are.",
        )
        return 1
    print_outcomes(console, outcomes)
    _say(console, f"Reports: {(reports / 'index.html').resolve()}")
    return 1 if failures else 0


def _say(console: Console, text: str) -> None:
    console.print(escape(printable(text)), soft_wrap=True)


def _tell_failure(slug: str, reason: str) -> None:
    Console(stderr=True, highlight=False, emoji=False).print(
        f"[red]✗[/] {slug}: failed. {escape(printable_lines(reason))}", soft_wrap=True
    )


def _reason(error: Exception) -> str:
    """Why a run failed, in words."""
    if isinstance(error, RunError | DataError | FolderError):
        return str(error)
    remedy = ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = ". Make room on the disk, and run again"
    return f"{type(error).__name__}: {error}{remedy}"


def _make_run(plan: Plan, reports: Path, force: bool, console: Console) -> tuple[Results, str]:
    """The record of the run, and how it came about."""
    slug = plan.paper.slug
    try:
        with only_process(reports / f".{slug}.lock"), temporary_folder(reports) as temporary:
            try:
                return _run_or_skip(plan, reports, temporary, force, console)
            except Exception as error:
                _keep_failed(slug, _reason(error), reports, temporary / "notebook.ipynb")
                raise
    except InUseError as error:
        raise RunError(
            f"Another run_all.py is at work on it in {reports.resolve()}. Wait until that has ended, or "
            f"give another --reports."
        ) from error


def _run_or_skip(
    plan: Plan, reports: Path, temporary: Path, force: bool, console: Console
) -> tuple[Results, str]:
    slug = plan.paper.slug
    target = reports / slug
    restore_folder(target)
    _fetch(plan, console)
    parts = _key_parts(plan)
    earlier = _finished(target)
    if not force and earlier and earlier.provenance.run_key == results.run_key(parts):
        finished, outcome = earlier, "unchanged, not run again"
    else:
        if earlier is None and (fault := _fault(target)):
            _say(console, f"{slug}: runs again: {fault}")
        elif earlier is not None and not force:
            old = earlier.provenance.key_parts
            changed = [name for name, part in parts.items() if old.get(name) != part]
            _say(console, f"{slug}: runs again, changed: {', '.join(changed)}")
        finished = _execute(plan, temporary, parts, console)
        temporary.chmod(0o755)
        check_replaceable(target)  # again: a run takes long enough for somebody to put a file there
        replace_folder(temporary, target)
        outcome = f"done in {finished.provenance.seconds:.0f} s on {finished.provenance.device}"
    _forget_failed(reports / FAILED / slug)
    return finished, outcome


def _forget_failed(folder: Path) -> None:
    with suppress(FolderError):  # somebody's own files lie in it: they stay
        check_replaceable(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _make_weights_path_absolute() -> None:
    """The kernel works in the repository's root, wherever the batch was started from."""
    folder = os.environ.get(machine.WEIGHTS_VARIABLE)
    if folder:
        os.environ[machine.WEIGHTS_VARIABLE] = str(Path(folder).expanduser().resolve())


def _fetch(plan: Plan, console: Console) -> None:
    """Downloads what `--data kaggle` asks for, here rather than in the notebook: it is seen at work."""
    if plan.data == "kaggle" and kaggle.missing(plan.paper):
        kaggle.fetch(plan.paper, echo=partial(_say, console))


def _key_parts(plan: Plan) -> dict[str, str]:
    paper = plan.paper
    folder = locate(paper, plan.data) or phantoms.folder(paper, plan.settings.phantoms_per_class)
    images = scan(paper, folder)
    where = plan.own.get("controls", "auto")
    drawn = images.kind == "phantom" and where == "auto"
    folders = phantoms.control_folders(paper) if drawn else control_folders(paper, where)
    controls = [scan_control(paper, name, place).sha256 for name, place in folders.items()]
    return key.key_parts(
        plan.notebook,
        plan.settings,
        slug=plan.paper.slug,
        data=" ".join([images.sha256, *controls]),
        weights=key.weights_of_run(plan.paper),
        device=machine.gpu_name() or "cpu",
        kernel=plan.kernel or "",
        own=plan.own,
    )


def _finished(target: Path) -> Results | None:
    """The record of an earlier whole run; None where there is none that can be trusted."""
    if changed_files(target):
        return None
    try:
        return results.load(target)
    except ValueError:  # written by an older schema: run again
        return None


def _fault(target: Path) -> str:
    """Why the earlier run in `target` cannot be trusted; "" where it can, or there is none."""
    if not target.is_dir() or not any(target.iterdir()):
        return ""
    if changed := changed_files(target):
        return f"{listed(changed)} of its folder was changed since the run, or is missing"
    return "" if _finished(target) else "its results.json was written by another version"


def _execute(plan: Plan, folder: Path, parts: dict[str, str], console: Console) -> Results:
    path = folder / "notebook.ipynb"
    sections = _sections(nbformat.read(plan.notebook, as_version=4))
    command = plan.command(drawn=locate(plan.paper, plan.data) is None)
    given = {"folder": str(folder.resolve()), "key_parts": parts, "command": command}
    with (
        this_python() as own_kernel,
        tempfile.TemporaryDirectory(prefix="progress-") as beside,
        _environment(record.ENVIRONMENT, json.dumps(given)),
        _environment(progress.ENVIRONMENT, str(Path(beside) / "state")),
        Progress(console, plan.paper.slug, sections, Path(beside) / "state") as shown,
    ):
        try:
            papermill.execute_notebook(
                str(plan.notebook),
                str(path),
                parameters=plan.parameters,
                engine_name=ENGINE,
                kernel_name=plan.kernel or own_kernel,
                language="python",
                cwd=str(ROOT),
                progress_bar=False,
                on_cell_start=shown.cell_started,
                on_wait=shown.wait,
                # ipykernel would warn in the terminal of its local TCP ports and of being shut down.
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
        except papermill.PapermillExecutionError as error:
            section = sections[error.cell_index]
            raise RunError(f"In the section “{section}”: {error.ename}: {error.evalue}") from error
        except KernelError as error:
            raise RunError(
                f"In the section “{shown.section}”, in the cell that begins "
                f"`{shown.first_line}`: {error}"
            ) from error
        except OSError:  # of this process: a full disk
            raise
        except Exception as error:  # a kernel that never answered
            raise RunError(f"The kernel did not run: {type(error).__name__}: {error}") from error
    notebook = _without_paths(nbformat.read(path, as_version=4), plan)
    nbformat.write(notebook, path)
    return write_report(folder, plan.paper)


def _sections(notebook: NotebookNode) -> list[str]:
    """For every cell as papermill runs them, the heading it stands under."""
    headings_above, current = [], "Start"
    for cell in notebook.cells:
        lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
        headings = [line.lstrip("# ") for line in lines if line.startswith("## ")]
        current = headings[-1] if headings else current
        # papermill adds a cell with the given values behind the one tagged `parameters`.
        headings_above += [current] * (2 if "parameters" in cell.metadata.get("tags", []) else 1)
    return headings_above


def _without_paths(notebook: NotebookNode, plan: Plan) -> NotebookNode:
    """papermill notes where its files lie; a report that travels should not."""
    notes = notebook.metadata.get("papermill", {})
    notes |= {"input_path": plan.notebook.name, "output_path": "notebook.ipynb"}
    return notebook


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def _keep_failed(slug: str, reason: str, reports: Path, notebook: Path | None = None) -> None:
    """Leaves why a run failed, and its notebook for a look, apart from the reports."""
    kept = reports / FAILED / slug
    # A disk that is full, or somebody's own files in that folder: the failure itself is told anyway.
    with suppress(OSError, FolderError):
        check_replaceable(kept)
        with temporary_folder(kept.parent) as folder:
            folder.chmod(0o755)
            write_text(folder / REASON, reason + "\n")
            if notebook is not None and notebook.is_file():
                os.replace(notebook, folder / "notebook.ipynb")
            replace_folder(folder, kept)
    if (kept / "notebook.ipynb").is_file():
        print(printable(f"The failed notebook: {kept / 'notebook.ipynb'}"), file=sys.stderr)


def _write_index(reports: Path) -> None:
    unshown = [_unshown(reports, slug) for slug in papers.slugs()]
    hidden = {card.paper.slug for card in filter(None, unshown)}
    records = [_finished(reports / slug) for slug in papers.slugs() if slug not in hidden]
    whole = [record for record in records if record is not None]
    html = index.index_page(
        [(papers.load(record.slug), record) for record in whole],
        results.load_references(storage.references()),
        [*filter(None, unshown)],
    )
    write_text(reports / "index.html", html)
    write_text(reports / "results.csv", index.summary_csv(whole))


def _unshown(reports: Path, slug: str) -> index.Unshown | None:
    """What the index says of a paper instead of numbers that are not those of its last run."""
    links, failed = {}, reports / FAILED / slug
    if (failed / REASON).is_file():
        text = (failed / REASON).read_text(encoding="utf-8", errors="replace")
        reason = f"Its last run failed. {textwrap.shorten(text, LONGEST_REASON)}"
        if (failed / "notebook.ipynb").is_file():
            links["The notebook of the failed run"] = f"{FAILED}/{slug}/notebook.ipynb"
        if _finished(reports / slug):
            links["The report of an earlier run"] = f"{slug}/report.html"
    elif fault := _fault(reports / slug):
        reason = f"It must be run again: {fault}."
    else:
        return None
    return index.Unshown(paper=papers.load(slug), reason=reason, links=links)
