"""The batch: skips runs that are unchanged, executes the rest, publishes each one whole."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import nbformat
import papermill
from nbformat import NotebookNode
from rich.console import Console
from rich.markup import escape

from lib import ROOT, audit, machine, papers, phantoms, results
from lib.datasets import DataError, control_folders, locate, own_folder, scan
from lib.datasets.downloads import kaggle
from lib.report import index, page
from lib.results import Results
from lib.runs import key, record
from lib.runs.folders import ARTEFACTS, FAILED, FolderError, check_replaceable
from lib.runs.kernel import this_python
from lib.runs.plan import Plan
from lib.runs.progress import Progress
from lib.storage import replace_folder, restore_folder, temporary_folder, write_text


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
    console, failures = Console(highlight=False), len(broken)
    for slug, reason in broken.items():
        _tell_failure(slug, reason)
    try:
        reports.mkdir(parents=True, exist_ok=True)
        _make_weights_path_absolute()
        for plan in plans:
            slug = plan.paper.slug
            try:
                finished, outcome = _make_run(plan, reports, force, console)
                console.print(
                    f"[green]✓[/] {slug}: {outcome}. {escape(_headline(finished))}", soft_wrap=True
                )
            except Exception as error:  # whatever it is, it must not stop the other runs
                failures += 1
                worded = isinstance(error, RunError | DataError | FolderError)
                _tell_failure(slug, str(error) if worded else f"{type(error).__name__}: {error}")
            _write_index(reports)
    except OSError as error:
        _tell_failure(
            "reports",
            f"{reports.resolve()} should be a folder that can be written to; it failed: {error}. "
            f"Put that right, or give another --reports; runs that are whole stay as they are.",
        )
        return 1
    console.print(f"Reports: {(reports / 'index.html').resolve()}", soft_wrap=True)
    return 1 if failures else 0


def _tell_failure(slug: str, reason: str) -> None:
    Console(stderr=True, highlight=False).print(
        f"[red]✗[/] {slug}: failed. {escape(reason)}", soft_wrap=True
    )


def _make_run(plan: Plan, reports: Path, force: bool, console: Console) -> tuple[Results, str]:
    target = reports / plan.paper.slug
    restore_folder(target)
    _fetch(plan, console)
    parts = _key_parts(plan)
    before = _finished(target)
    if before is not None and not force and before.provenance.run_key == key.run_key(parts):
        return before, "unchanged, not run again"
    if before is not None and not force:
        old = before.provenance.key_parts
        changed = [name for name, part in parts.items() if old.get(name) != part]
        console.print(
            f"{plan.paper.slug}: runs again, changed: {', '.join(changed)}", soft_wrap=True
        )
    temporary = temporary_folder(reports)
    try:
        finished = _execute(plan, temporary, parts, console)
        temporary.chmod(0o755)
        check_replaceable(target)  # again: a run takes long enough for somebody to put a file there
        replace_folder(temporary, target)
    except RunError:
        _keep_failed(plan.paper.slug, temporary, reports)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(reports / FAILED / plan.paper.slug, ignore_errors=True)
    return finished, f"done in {finished.provenance.seconds:.0f} s on {finished.provenance.device}"


def _make_weights_path_absolute() -> None:
    """The kernel works in the repository's root, wherever the batch was started from."""
    folder = os.environ.get(machine.WEIGHTS_VARIABLE)
    if folder:
        os.environ[machine.WEIGHTS_VARIABLE] = str(Path(folder).expanduser().resolve())


def _fetch(plan: Plan, console: Console) -> None:
    """Downloads what `--data kaggle` asks for, here rather than in the notebook: it is seen at work."""
    if plan.data == "kaggle" and not own_folder(plan.paper).is_dir():
        kaggle.fetch(plan.paper, echo=partial(console.print, soft_wrap=True, markup=False))


def _key_parts(plan: Plan) -> dict[str, str]:
    paper = plan.paper
    folder = locate(paper, plan.data) or phantoms.folder(paper, plan.settings.phantoms_per_class)
    images = scan(paper, folder)
    if images.kind == "phantom":
        folders = phantoms.control_folders(paper)
    else:
        folders = control_folders(paper, plan.own.get("controls", "auto"))
    controls = [
        scan(control, folders[control.name]).sha256
        for control in paper.controls
        if control.name in folders
    ]
    return key.key_parts(
        plan.notebook,
        plan.settings,
        slug=plan.paper.slug,
        data=" ".join([images.sha256, *controls]),
        weights=machine.weights_fingerprint(plan.paper.pretrained),
        device=machine.gpu_name() or "cpu",
        kernel=plan.kernel or "",
        own=plan.own,
    )


def _finished(target: Path) -> Results | None:
    """The record of an earlier whole run; None where there is none that can be trusted."""
    if not all((target / name).is_file() for name in ARTEFACTS):
        return None
    try:
        return results.load(target)
    except ValueError:  # written by an older schema: run again
        return None


def _execute(plan: Plan, folder: Path, parts: dict[str, str], console: Console) -> Results:
    path = folder / "notebook.ipynb"
    sections = _sections(nbformat.read(plan.notebook, as_version=4))
    given = json.dumps({"folder": str(folder.resolve()), "key_parts": parts})
    with (
        this_python() as own_kernel,
        _environment(record.ENVIRONMENT, given),
        Progress(console, plan.paper.slug, sections) as progress,
    ):
        try:
            papermill.execute_notebook(
                str(plan.notebook),
                str(path),
                parameters=plan.parameters,
                kernel_name=plan.kernel or own_kernel,
                language="python",
                cwd=str(ROOT),
                progress_bar=False,
                on_cell_start=progress.cell_started,
                # ipykernel would warn in the terminal of its local TCP ports and of being shut down.
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
        except papermill.PapermillExecutionError as error:
            section = sections[error.cell_index]
            raise RunError(f"In the section “{section}”: {error.ename}: {error.evalue}") from error
        except Exception as error:  # a kernel that died or never answered
            raise RunError(f"The kernel stopped: {type(error).__name__}: {error}") from error
    notebook = _without_paths(nbformat.read(path, as_version=4), plan)
    nbformat.write(notebook, path)
    finished = results.load(folder)
    write_text(folder / "report.html", page.render(notebook, finished))
    return finished


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


def _keep_failed(slug: str, temporary: Path, reports: Path) -> None:
    """Leaves the notebook of a failed run for a look, apart from the reports."""
    notebook = temporary / "notebook.ipynb"
    if notebook.is_file():
        kept = reports / FAILED / slug
        kept.mkdir(parents=True, exist_ok=True)
        os.replace(notebook, kept / "notebook.ipynb")
        print(f"The failed notebook: {kept / 'notebook.ipynb'}", file=sys.stderr)


def _write_index(reports: Path) -> None:
    records = [_finished(reports / slug) for slug in papers.slugs()]
    whole = [record for record in records if record is not None]
    write_text(
        reports / "index.html",
        index.index_page(
            whole, {record.slug: audit.check_paper(papers.load(record.slug)) for record in whole}
        ),
    )
    write_text(reports / "results.csv", index.summary_csv(whole))


def _headline(finished: Results) -> str:
    accuracies = [
        f"{row['arm']}: accuracy {row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}], spread "
        f"over seeds {_spread(row['sd'])}, paper {row['printed'] or 'none'}"
        + (f" ({row['mark']})" if row["mark"] else "")
        for row in index.summary_rows(finished)
        if not row["variant_of"]
    ]
    return "; ".join(accuracies)


def _spread(sd: float | None) -> str:
    return "unknown (one seed)" if sd is None else f"{sd:.3f}"
