"""The batch: skips runs that are unchanged, executes the rest, publishes each one whole."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode
from rich.console import Console
from rich.markup import escape

from lib import (
    ROOT,
    audit,
    machine,
    papers,
    phantoms,
)
from lib import (
    results as results_module,
)
from lib.datasets import DataError, control_folders, locate, own, scan
from lib.datasets.downloads import kaggle
from lib.machine import gpu_name
from lib.report import index, page
from lib.results import Results
from lib.runs import key, record
from lib.runs.plan import Plan
from lib.runs.progress import Progress
from lib.storage import replace_folder, restore_folder, temporary_folder, write_text

ARTEFACTS = (
    *("report.html", "notebook.ipynb", "results.json"),
    *("predictions.csv", "history.csv", "splits.csv", "evidence.csv"),
)
FAILED = "failed"  # folder under reports/ for the notebooks of failed runs


class RunError(RuntimeError):
    """A run failed; the message is for the person at the terminal."""


def run(plans: Sequence[Plan], reports: Path, *, force: bool) -> int:
    """Makes the runs one after another; 0 if all succeeded, else 1. One failure stops no other."""
    reports.mkdir(parents=True, exist_ok=True)
    _make_weights_path_absolute()
    console, failures = Console(highlight=False), 0
    for one in plans:
        try:
            results, outcome = _run_one(one, reports, force, console)
            console.print(
                f"[green]✓[/] {one.paper.slug}: {outcome}. {_headline(results)}", soft_wrap=True
            )
        except Exception as error:  # whatever it is, it must not stop the other runs
            failures += 1
            told = isinstance(error, RunError | DataError)  # a message made for this place
            why = str(error) if told else f"{type(error).__name__}: {error}"
            Console(stderr=True, highlight=False).print(
                f"[red]✗[/] {one.paper.slug}: failed. {escape(why)}", soft_wrap=True
            )
        _write_index(reports)
    console.print(f"Reports: {(reports / 'index.html').resolve()}", soft_wrap=True)
    return 1 if failures else 0


def _run_one(one: Plan, reports: Path, force: bool, console: Console) -> tuple[Results, str]:
    target = reports / one.paper.slug
    restore_folder(target)
    _fetch(one, console)
    parts = _key_parts(one)
    before = _finished(target)
    if before is not None and not force and before.provenance.run_key == key.run_key(parts):
        return before, "unchanged, not run again"
    if before is not None and not force:
        old = before.provenance.key_parts
        changed = [name for name, part in parts.items() if old.get(name) != part]
        console.print(
            f"{one.paper.slug}: runs again, changed: {', '.join(changed)}", soft_wrap=True
        )
    temporary = temporary_folder(reports)
    try:
        results = _execute(one, temporary, parts, console)
        temporary.chmod(0o755)
        replace_folder(temporary, target)
    except RunError:
        _keep_failed(one.paper.slug, temporary, reports)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(reports / FAILED / one.paper.slug, ignore_errors=True)
    return results, f"done in {results.provenance.seconds:.0f} s on {results.provenance.device}"


def _make_weights_path_absolute() -> None:
    """The kernel works in the repository's root, wherever the batch was started from."""
    folder = os.environ.get(machine.WEIGHTS_VARIABLE)
    if folder:
        os.environ[machine.WEIGHTS_VARIABLE] = str(Path(folder).expanduser().resolve())


def _fetch(one: Plan, console: Console) -> None:
    """Downloads what `--data kaggle` asks for, here rather than in the notebook: it is seen at work."""
    if one.data == "kaggle" and not own(one.paper).is_dir():
        kaggle.fetch(one.paper, echo=partial(console.print, soft_wrap=True, markup=False))


def _key_parts(one: Plan) -> dict[str, str]:
    folder = locate(
        one.paper, one.data, lambda: phantoms.folder(one.paper, one.settings.phantoms_per_class)
    )
    found = scan(one.paper, folder)
    draw = phantoms.control if found.kind == "phantom" else None
    beside = control_folders(one.paper, one.own.get("controls", "auto"), draw)
    controls = [
        scan(one.paper.images_of(control), beside[control.name]).sha256
        for control in one.paper.controls
        if control.name in beside
    ]
    return key.key_parts(
        one.notebook,
        one.settings,
        data=" ".join([found.sha256, *controls]),
        weights=machine.fingerprint(one.paper.pretrained),
        device=gpu_name() or "cpu",
        kernel=one.kernel or "",
        own=one.own,
    )


def _finished(target: Path) -> Results | None:
    """The record of an earlier whole run; None where there is none that can be trusted."""
    if not all((target / name).is_file() for name in ARTEFACTS):
        return None
    try:
        return results_module.load(target)
    except ValueError:  # written by an older schema: run again
        return None


def _execute(one: Plan, folder: Path, parts: dict[str, str], console: Console) -> Results:
    path = folder / "notebook.ipynb"
    sections = _sections(nbformat.read(one.notebook, as_version=4))
    given = json.dumps({"folder": str(folder.resolve()), "key_parts": parts})
    with (
        _environment(record.ENVIRONMENT, given),
        Progress(console, one.paper.slug, sections) as progress,
    ):
        try:
            papermill.execute_notebook(
                str(one.notebook),
                str(path),
                parameters=one.parameters,
                kernel_name=one.kernel,
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
    notebook = _without_paths(nbformat.read(path, as_version=4), one)
    nbformat.write(notebook, path)
    results = results_module.load(folder)
    write_text(folder / "report.html", page.render(notebook, results))
    return results


def _sections(notebook: NotebookNode) -> list[str]:
    """For every cell as papermill runs them, the heading it stands under."""
    found, current = [], "Start"
    for cell in notebook.cells:
        lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
        headings = [line.lstrip("# ") for line in lines if line.startswith("## ")]
        current = headings[-1] if headings else current
        # papermill adds a cell with the given values behind the one tagged `parameters`.
        found += [current] * (2 if "parameters" in cell.metadata.get("tags", []) else 1)
    return found


def _without_paths(notebook: NotebookNode, one: Plan) -> NotebookNode:
    """papermill notes where its files lie; a report that travels should not."""
    notes = notebook.metadata.get("papermill", {})
    notes |= {"input_path": one.notebook.name, "output_path": "notebook.ipynb"}
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
    found = [_finished(reports / slug) for slug in papers.slugs()]
    whole = [results for results in found if results is not None]
    write_text(
        reports / "index.html",
        index.index(whole, {one.slug: audit.audit(papers.load(one.slug)) for one in whole}),
    )
    write_text(reports / "results.csv", index.results_table(whole))


def _headline(results: Results) -> str:
    shown = [
        f"{row['arm']}: accuracy {row['accuracy']:.3f} [{row['low']:.3f}, {row['high']:.3f}], spread "
        f"over seeds {_spread(row['sd'])}, paper {row['printed'] or 'none'}"
        + (f" ({row['mark']})" if row["mark"] else "")
        for row in index.summary(results)
        if not row["variant_of"]
    ]
    return "; ".join(shown)


def _spread(sd: float | None) -> str:
    return "unknown (one seed)" if sd is None else f"{sd:.3f}"
