"""`python -m lib render`: a notebook that was run by hand becomes the same report folder that a batch writes.

The tables and results.json are those that the notebook wrote to its parameter `output`.
"""

import argparse
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lib import papers, results, storage
from lib.papers.declare import Paper
from lib.report import page
from lib.report.embedding import photographs
from lib.results import Results, hash_text
from lib.runs import badges
from lib.runs.folders import check_replaceable, write_checksums
from lib.runs.keep import copy_models
from lib.runs.plan import notebook_parameters
from lib.storage import replace_folder, temporary_folder, write_text

AGAIN = (
    'Set `output = "my_run"` in its parameters cell, run all cells, save the notebook, and render '
    "it again."
)


class RenderError(ValueError):
    """A notebook cannot be made a report: what is missing or does not fit, what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which notebook, and where its report goes."""
    parser.add_argument("notebook", metavar="NOTEBOOK", help="an executed notebook, saved")
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="the report folder (default: the notebook's own `output`)",
    )


def run_command(options: argparse.Namespace) -> int:
    """Renders; 0.

    Raises:
        RenderError, FolderError: From `render`.
    """
    target = render(Path(options.notebook), Path(options.out) if options.out else None)
    print(f"Report: {(target / 'report.html').resolve()}")
    return 0


def render(path: Path, out: Path | None = None, source: Path | None = None) -> Path:
    """The folder of the report: `out`, else where the notebook wrote its tables.

    The folder is replaced as a whole, and only where nothing but a run lies in it.

    Args:
        source: Where the tables and results.json lie; None for where the notebook says.

    Raises:
        RenderError: The notebook was not executed to its end, its results are not there, or they are
            those of another run.
        FolderError: Something else lies in the folder.
    """
    notebook, source = _executed(path), source or _source(path, out)
    finished = _results(source)
    _require_same_run(path, notebook, source, finished)
    target = out or source
    check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(target.parent) as folder:
        folder.chmod(0o755)
        for name in ("results.json", *finished.files):
            shutil.copyfile(source / name, folder / name)
        copy_models(source, folder, finished)
        nbformat.write(notebook, folder / "notebook.ipynb")
        write_report(folder, papers.load(finished.slug))
        replace_folder(folder, target)
    return target


def write_report(folder: Path, paper: Paper) -> Results:
    """Makes report.html of the executed notebook and the tables in `folder`, which is whole from then on.

    The record learns which pictures of images the notebook shows.
    """
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    finished = results.load(folder).model_copy(update={"pictures": _pictures(notebook)})
    write_text(folder / "results.json", finished.model_dump_json(indent=1) + "\n")
    references = results.load_references(storage.references())
    colab = badges.colab_address(paper.slug)
    html = page.render(notebook, paper, finished, references, colab=colab)
    write_text(folder / "report.html", html)
    write_checksums(folder)
    return finished


def _pictures(notebook: NotebookNode) -> dict[str, list[str]]:
    """Cell → SHA-256 of each of its pictures that show images."""
    shown = {}
    for cell in notebook.cells:
        html = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
        name = cell.get("id") or cell.metadata.get("id", "")  # Colab's is in metadata
        shown[name] = list(map(hash_text, photographs("".join(html))))
    return {name: hashes for name, hashes in shown.items() if hashes}


def _executed(path: Path) -> NotebookNode:
    if not path.is_file():
        raise RenderError(f"NOTEBOOK should be a file; there is none at {path}. Give another path.")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds, json's and jsonschema's among them
        raise RenderError(f"{path} should be a notebook; it cannot be read: {error}.") from error
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    errors = [output for output in outputs if output.output_type == "error"]
    if errors:
        raise RenderError(
            f"{path} should have been run to its end; a cell failed with {errors[0].ename}: "
            f"{errors[0].evalue.partition(chr(10))[0]} Mend it, run all cells, save the notebook, and render it again."
        )
    if not outputs:
        raise RenderError(f"{path} should have been run; it has no outputs. {AGAIN}")
    return notebook


def _source(path: Path, out: Path | None) -> Path:
    """Where the notebook wrote its results."""
    output = notebook_parameters(path).get("output")
    if output:
        return (path.resolve().parent / Path(output).expanduser()).resolve()
    if out is not None and (out / "results.json").is_file():
        return out
    raise RenderError(f"{path} should have kept its results; `output` is {output!r}. {AGAIN}")


def _results(source: Path) -> Results:
    try:
        finished = results.load(source)
    except (OSError, ValueError) as error:
        raise RenderError(
            f"{source} should hold the results of the notebook; it does not ({error}). {AGAIN}"
        ) from error
    missing = [name for name in finished.files if not (source / name).is_file()]
    if missing:
        raise RenderError(f"{source} should hold {', '.join(missing)}; it does not. {AGAIN}")
    return finished


def _require_same_run(path: Path, notebook: NotebookNode, source: Path, finished: Results) -> None:
    """The moment of the start, which the notebook shows, is that of the results."""
    shown = (str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    if not any(finished.provenance.started in text for text in shown):
        raise RenderError(
            f"{path} should show the run of the results in {source}, started "
            f"{finished.provenance.started}; its outputs are of another one. Run all cells, save the "
            f"notebook, and render it again."
        )
