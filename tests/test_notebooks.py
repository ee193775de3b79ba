"""The committed notebooks: thin, one parameters cell, no outputs, one for every paper."""

import ast
import inspect
from pathlib import Path

import nbformat
import pytest

from lib import ROOT, papers
from lib.settings import Settings

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
every = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def parameters(path: Path):
    return [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]


def test_every_paper_has_a_notebook():
    assert [path.stem for path in NOTEBOOKS] == papers.runnable()


@every
def test_it_is_valid_and_has_no_outputs(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(path))


@every
def test_it_defines_nothing(path):
    for cell in code_cells(path):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        defined = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kinds)]
        # the one function handed over is the fallback to drawn images
        assert all(isinstance(node, ast.Lambda) for node in defined)


@every
def test_its_code_cells_are_short(path):
    for cell in code_cells(path):
        if cell not in parameters(path):
            assert 1 <= len(cell.source.splitlines()) <= 5, cell.source


@every
def test_one_cell_is_tagged_parameters_and_covers_every_setting(path):
    (cell,) = parameters(path)
    names = [line.targets[0].id for line in ast.parse(cell.source).body]
    settings = set(inspect.signature(Settings).parameters) - {"changed", "loss"}
    assert set(names) == settings | {"data", "output"}


@every
def test_its_sections_stand_in_order(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "The paper in brief",
        "The data",
        "The split",
        "The model",
        "Training",
        "Evaluation",
        "Paper versus reproduced",
        "What the paper leaves unsaid",
        "Exercises",
        "Provenance",
    ]
