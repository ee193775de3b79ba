"""A notebook that was run by hand becomes the report folder of a batch, or one sentence says why it cannot."""

import nbformat
import pytest

from lib import __main__ as commands
from lib import runs
from lib.runs.folders import ARTEFACTS, CHECKSUMS, FolderError, changed_files
from lib.runs.render import RenderError, render


@pytest.fixture
def by_hand(record, tmp_path):
    """Writes a notebook as JupyterLab saves it after a run with `output = "run"`, and that run's tables."""

    def make(output: str | None = "run", outputs: str | None = "") -> tuple:
        results = record.collect()
        if output:
            runs.save(results, record.tables(), str(tmp_path / output))
        new = nbformat.v4
        shown = f"Started {results.provenance.started}{outputs}"
        told = [new.new_output("stream", text=shown)] if outputs is not None else []
        parameters = new.new_code_cell(
            f"output = {output!r}", metadata={"tags": ["parameters"]}, id="parameters"
        )
        cells = [
            new.new_markdown_cell("# A title"),
            parameters,
            new.new_markdown_cell("## Training"),
            new.new_code_cell("report.provenance_facts(results)", outputs=told),
        ]
        nbformat.write(new.new_notebook(cells=cells), tmp_path / "mine.ipynb")
        return tmp_path / "mine.ipynb", tmp_path / (output or "run")

    return make


def test_the_folder_is_that_of_a_batch(by_hand):
    notebook, folder = by_hand()
    assert render(notebook) == folder
    assert {path.name for path in folder.iterdir()} == {*ARTEFACTS, CHECKSUMS}
    assert changed_files(folder) == []
    assert "Started" in (folder / "report.html").read_text(encoding="utf-8")
    # and again, after another look at it
    assert render(notebook) == folder


def test_it_may_lie_elsewhere_and_the_results_stay(by_hand, tmp_path):
    notebook, folder = by_hand()
    assert render(notebook, tmp_path / "reports" / "mine") == tmp_path / "reports" / "mine"
    assert changed_files(tmp_path / "reports" / "mine") == []
    assert not (folder / "report.html").exists()


def test_the_command_says_where_the_report_is(by_hand, capsys):
    notebook, folder = by_hand()
    assert commands.main(["render", str(notebook)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out
    (folder / "results.json").unlink()
    assert commands.main(["render", str(notebook)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_notebook_that_kept_nothing_is_told_how_to(by_hand):
    notebook, _ = by_hand(output=None)
    with pytest.raises(RenderError, match="output = "):
        render(notebook)


def test_a_notebook_that_was_not_run_or_failed_is_refused(by_hand):
    notebook, folder = by_hand(outputs=None)
    with pytest.raises(RenderError, match="no outputs"):
        render(notebook)
    document = nbformat.read(notebook, as_version=4)
    document.cells[-1].outputs = [
        nbformat.v4.new_output("error", ename="DataError", evalue="no cat.")
    ]
    nbformat.write(document, notebook)
    with pytest.raises(RenderError, match="failed with DataError: no cat"):
        render(notebook)
    assert not (folder / "report.html").exists()


def test_results_of_another_run_are_not_taken_for_the_notebooks(by_hand, record):
    notebook, folder = by_hand()
    results = record.collect()
    other = results.provenance.model_copy(update={"started": "2001-01-01T00:00:00+00:00"})
    runs.save(results.model_copy(update={"provenance": other}), record.tables(), str(folder))
    with pytest.raises(RenderError, match="outputs are of another one"):
        render(notebook)


@pytest.mark.parametrize("lost", ["results.json", "predictions.csv"])
def test_results_that_are_not_whole_are_refused(by_hand, lost):
    notebook, folder = by_hand()
    (folder / lost).unlink()
    with pytest.raises(RenderError, match=lost):
        render(notebook)


def test_somebody_elses_files_are_not_replaced(by_hand, tmp_path):
    notebook, _ = by_hand()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("mine")
    with pytest.raises(FolderError, match="thesis"):
        render(notebook, tmp_path / "home")


@pytest.mark.parametrize("content", [None, "no notebook"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    if content:
        (tmp_path / "mine.ipynb").write_text(content)
    with pytest.raises(RenderError, match="should be a"):
        render(tmp_path / "mine.ipynb")
