"""The committed notebooks: thin, one parameters cell, no outputs, one for every paper."""

import ast
import inspect
from pathlib import Path

import nbformat
import pytest

from lib import ROOT, papers
from lib.settings import Settings, Training

TEMPLATE = ROOT / "notebooks" / "template.ipynb"
EVERY = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOTEBOOKS = [path for path in EVERY if path != TEMPLATE]
every = pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
of_a_paper = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
PLAIN = {"data", "leak_search", "controls", "output"}  # parameters that are no settings
OWN = {  # parameters that only one notebook has
    "kumar_breakhis": {"magnification"},
    "sulistiana_cat_breeds": {"photo"},
}
CONCEPTS = (
    *("Leakage", "Transfer learning", "Freezing", "Augmentation"),
    *("Confidence interval", "Confusion matrix", "Calibration", "Baseline", "Shortcut learning"),
)


def code_cells(path: Path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def parameters(path: Path):
    return [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]


def test_every_notebook_is_that_of_a_paper():
    assert [path.stem for path in NOTEBOOKS] == papers.runnable() == papers.slugs()


@of_a_paper
def test_it_loads_its_own_paper_and_only_models_of_it(path):
    code = "\n".join(cell.source for cell in code_cells(path))
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    with_text = [(ast.unparse(call.func), call.args[0].value) for call in calls if _is_text(call)]
    assert [text for function, text in with_text if function == "papers.load"] == [path.stem]
    paper = papers.load(path.stem)
    assert all(paper.arm(text) for function, text in with_text if function == "paper.arm")


def _is_text(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant)


@every
def test_one_cell_imports_the_wings_and_no_variable_takes_the_name_of_one(path):
    nodes = [node for cell in code_cells(path) for node in ast.walk(ast.parse(cell.source))]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    names = [name.asname or name.name for node in imports for name in node.names]
    wings = {folder.parent.name for folder in (ROOT / "lib").glob("*/__init__.py")}
    (of_lib,) = (node for node in imports if node.module == "lib")
    assert {name.name for name in of_lib.names} <= wings
    stored = {node.id for node in nodes if _is_variable(node)}
    assert stored & set(names) == set()


def _is_variable(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


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
    settings = set(inspect.signature(Settings).parameters) - {"changed", "training"}
    training = set(inspect.signature(Training).parameters) - {"loss"}
    assert set(names) == settings | training | PLAIN | OWN.get(path.stem, set())


@every
def test_every_parameter_that_is_a_setting_is_handed_on(path):
    code = "\n".join(cell.source for cell in code_cells(path) if cell not in parameters(path))
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    (resolving,) = (call for call in calls if ast.unparse(call.func) == "resolve")
    handed = {keyword.arg: ast.unparse(keyword.value) for keyword in resolving.keywords}
    names = [line.targets[0].id for line in ast.parse(parameters(path)[0].source).body]
    own = {"profile"} | PLAIN | OWN.get(path.stem, set())
    assert handed == {name: name for name in names if name not in own}


@every
def test_every_parameter_is_used(path):
    others = [cell for cell in code_cells(path) if cell not in parameters(path)]
    nodes = [node for cell in others for node in ast.walk(ast.parse(cell.source))]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert {line.targets[0].id for line in ast.parse(parameters(path)[0].source).body} <= used


@every
def test_a_heading_stands_alone_in_its_paragraph(path):
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [text.partition("\n\n")[0] for text in texts if text.startswith("#")]
    assert [heading for heading in headings if "\n" in heading or len(heading) > 80] == []


@every
def test_its_sections_stand_in_order(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "The paper in brief",
        "Can the numbers all be true?",
        "The data",
        "The split",
        "The model",
        "Training",
        "Evaluation",
        "How far can the score be trusted?",
        "Paper versus reproduced",
        "Variants: what the paper leaves open",
        "The best epoch and the last",
        "What it costs",
        "What the paper leaves unsaid",
        "Reporting checklist",
        "Exercises",
        "Provenance",
        "What this report cannot support",
    ]


@of_a_paper
def test_who_knows_one_knows_all(path):
    """Every cell of code that the template has stands in every notebook, in the same order."""
    own = iter(cell.source for cell in code_cells(path))
    for cell in code_cells(TEMPLATE):
        wanted = cell.source.replace("your_paper", path.stem)
        if cell not in parameters(TEMPLATE):
            assert any(source == wanted for source in own), wanted


@every
@pytest.mark.parametrize("concept", CONCEPTS)
def test_each_concept_is_explained_once_where_it_is_used_and_ends_in_a_question(path, concept):
    cells = nbformat.read(path, as_version=4).cells
    (cell,) = (cell for cell in cells if cell.source.startswith(f"> **{concept}.**"))
    text, _, question = cell.source.replace("\n> ", " ").partition("*Think:*")
    assert question.strip().rstrip("*").endswith("?")
    words = text.split()
    if path != TEMPLATE:
        assert 25 <= len(words) <= 90, len(words)


@of_a_paper
def test_nothing_of_the_template_is_left(path):
    text = path.read_text(encoding="utf-8")
    assert "your_paper" not in text
    assert "*a question" not in text
