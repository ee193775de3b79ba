"""The committed notebooks: thin, one parameters cell, no outputs, one for every paper."""

import ast
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import SimpleNamespace

import made_up_paper
import nbformat
import pytest

from lib import NOT_IN_REPORT, ROOT, papers
from lib.grading.exercises import POINTS
from lib.papers.declare import Profile
from lib.report.leads import LEADS
from lib.runs.parameters import BESIDE_SETTINGS
from lib.settings import SETTINGS, resolve

TEMPLATE = ROOT / "notebooks" / "template.ipynb"
AUDIT = ROOT / "notebooks" / "audit.ipynb"  # of no paper: a walk through `lib.audit.table`
COMPARISON = ROOT / "notebooks" / "comparison.ipynb"  # of all papers; it trains nothing
PREDICT = ROOT / "notebooks" / "predict.ipynb"  # of a kept model, of any paper; it trains nothing
EVERY = sorted({*(ROOT / "notebooks").glob("*.ipynb")} - {AUDIT, COMPARISON, PREDICT})
NOTEBOOKS = [path for path in EVERY if path != TEMPLATE]
every = pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
of_a_paper = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
CONCEPTS = (
    *("Leakage", "Transfer learning", "Freezing", "Augmentation"),
    *("Confidence interval", "Confusion matrix", "Calibration", "Baseline", "Shortcut learning"),
)


def code_cells(path: Path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def is_left_out(cell) -> bool:
    """Of the report, and of what a run's numbers depend on: answers, what checks them, what hands in."""
    return NOT_IN_REPORT in cell.metadata.get("tags", [])


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
    computing = [cell for cell in code_cells(path) if not is_left_out(cell)]
    nodes = [node for cell in computing for node in ast.walk(ast.parse(cell.source))]
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
def test_it_is_valid(path):
    nbformat.validate(nbformat.read(path, as_version=4))


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
    own = papers.load(path.stem).own_parameters if path in NOTEBOOKS else ()
    assert sorted(names) == sorted([*SETTINGS, *BESIDE_SETTINGS, *own])


@every
def test_the_next_cell_checks_the_parameters(path):
    cells = nbformat.read(path, as_version=4).cells
    (number,) = (i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", []))
    assert "runs.check_parameters(paper, globals())" in cells[number + 1].source


@every
def test_every_parameter_that_the_check_does_not_make_a_setting_is_used(path):
    others = [cell for cell in code_cells(path) if cell not in parameters(path)]
    nodes = [node for cell in others for node in ast.walk(ast.parse(cell.source))]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    names = {line.targets[0].id for line in ast.parse(parameters(path)[0].source).body}
    assert names - {*SETTINGS, "profile"} <= used


@every
def test_a_heading_stands_alone_in_its_paragraph(path):
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [text.partition("\n\n")[0] for text in texts if text.startswith("#")]
    assert [heading for heading in headings if "\n" in heading or len(heading) > 80] == []


# Exercises: nbgrader's metadata, as its schema 3 has it (nbgraderformat/v3.json)

LOCKED = {"check", "results", "provenance", "hand-in", "summary"}  # cells of code
FIELDS = {"schema_version", "grade", "locked", "solution", "task", "grade_id", "cell_type"}


def graded(path: Path) -> list:
    """The cells that nbgrader knows."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if "nbgrader" in cell.metadata]


@every
def test_nbgrader_would_accept_every_cell_that_it_knows(path):
    names = [cell.metadata.nbgrader.grade_id for cell in graded(path)]
    assert len({*names}) == len(names)
    for cell in graded(path):
        facts = cell.metadata.nbgrader
        assert FIELDS <= {*facts} <= FIELDS | {"points"}
        assert (facts.schema_version, facts.task) == (3, False)
        assert (facts.grade_id, facts.cell_type) == (cell.id, cell.cell_type)
        assert facts.grade == ("points" in facts)
        if cell.cell_type == "markdown":  # answered in words: both or neither
            assert facts.grade == facts.solution


@every
def test_what_a_student_must_not_change_is_read_only_and_answers_are_not(path):
    locked = [cell for cell in graded(path) if cell.metadata.nbgrader.locked]
    assert {cell.id for cell in locked} >= LOCKED
    assert all(not cell.metadata.editable and not cell.metadata.deletable for cell in locked)
    answers = [cell for cell in graded(path) if cell.metadata.nbgrader.solution]
    assert all(cell.metadata.get("editable", True) for cell in answers)


@every
def test_every_exercise_has_a_question_an_answer_and_points_and_two_ask_for_a_number(path):
    cells = {cell.id: cell for cell in graded(path)}
    numbers = [name.removeprefix("exercise-") for name in cells if name.startswith("exercise-")]
    assert len(numbers) >= 4
    for number in numbers:
        answer = cells[f"answer-{number}"]
        points = cells.get(f"check-{number}", answer).metadata.nbgrader.points
        assert points == (POINTS if answer.cell_type == "code" else 3)
    assert [number for number in numbers if f"check-{number}" in cells] == ["1", "2"]


def test_the_notebooks_that_nbgrader_releases_are_ours():
    """It puts its stubs into the answer cells; this configuration makes them what stands there already."""
    config = SimpleNamespace(
        ClearSolutions=SimpleNamespace(), ExecutePreprocessor=SimpleNamespace()
    )
    exec((ROOT / "docs/nbgrader_config.py").read_text(), {"get_config": lambda: config})
    stubs = {
        "code": config.ClearSolutions.code_stub["python"],
        "markdown": config.ClearSolutions.text_stub,
    }
    for path in EVERY:
        for cell in graded(path):
            if cell.metadata.nbgrader.solution:
                assert cell.source == stubs[cell.cell_type]


SECTIONS = {  # heading → what stands below it in every notebook; a notebook may have more of its own
    "The paper and the audit": ["The paper in brief", "Can the numbers all be true?"],
    "Images and split": ["The data", "The split"],
    "Model and training": ["The model", "Training"],
    "Results": ["Scores", "How sure is the number?", "Thresholds and probabilities"],
    "How far can it be trusted?": [
        "Published against grouped",
        "Leaks",
        "One model against another",
        "Failures to look at",
        "Where the models look",
        "Subgroups",
        "Variants: what the paper leaves open",
        "The best epoch and the last",
        "What the paper leaves unsaid",
    ],
    "Every number judged": [],
    "Limits, checklist, provenance": [
        "What this report cannot support",
        "Reporting checklist",
        "What it costs",
        "Provenance",
        "Exercises",
        "Hand in",
    ],
    "Summary": [],
}


def headings(path) -> dict[str, list[str]]:
    """Second-level heading → those of the third level below it."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    below = {}
    for line in text.splitlines():
        if line.startswith("## "):
            below[line.removeprefix("## ")] = []
        elif line.startswith("### "):
            below[list(below)[-1]].append(line.removeprefix("### "))
    return below


@every
def test_its_sections_stand_in_order(path):
    assert list(headings(path)) == list(SECTIONS)
    for section, below in headings(path).items():
        assert [heading for heading in below if heading in SECTIONS[section]] == SECTIONS[section]


def test_the_report_has_a_sentence_for_every_section_but_the_summary():
    assert list(LEADS) == list(SECTIONS)[:-1]


@every
def test_the_summary_ends_it_and_stands_on_top_of_the_report_instead(path):
    last = nbformat.read(path, as_version=4).cells[-1]
    assert last.source == "report.summary_block(paper, results, runs.kept_references(paper))"
    assert last.metadata["tags"] == [NOT_IN_REPORT]


@of_a_paper
def test_its_title_is_the_one_name_of_the_paper(path):
    title = nbformat.read(path, as_version=4).cells[0].source
    assert title.partition("\n")[0] == f"# {papers.load(path.stem).name}"


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
        assert 15 <= len(words) <= 65, len(words)


@of_a_paper
def test_nothing_of_the_template_is_left(path):
    text = path.read_text(encoding="utf-8")
    assert "your_paper" not in text
    assert "*a question" not in text


# What depends on the run is made from the run: fixed prose holds facts of the paper, and nothing else.

NUMBER = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*")  # not that of a name: ResNet50, VGG-16
PLACE = re.compile(r"(?:Fig\.|Table|§) ?\d+|^\d\. ", re.MULTILINE)  # and the numbers of a list
GENERAL = {
    "1.2": "million photographs of ImageNet",
    "90": "an example of a probability, and of a score",
    "95": "the level of every interval, and an example of a score",
    "99": "an example of a probability, and of a share",
    "100": "repetitions, or per cent",
}
OTHER_NUMBERS = {  # what is no fact of the declaration, with the reason why it stands there
    "hulu_breast_mammography": {
        "101": "of mini-MIAS, counted in its Info.txt",
        "161": "of mini-MIAS, counted in its Info.txt",
        "71": "Wilson's interval of 125 of 160",
        "84": "Wilson's interval of 125 of 160",
        "125": "0.7812 of 160",
        "62.01": "0.6201 in per cent",
    },
    "kumar_breakhis": {
        "85": "Wilson's interval of 562 of 642",
        "641": "beside 642, to try",
        "643": "beside 642, to try",
        "88": "0.875389 in two digits",
    },
    "kuncoro_white_blood_cells": {
        "0.945": "what rounds to 0.95",
        "0.955": "what rounds to 0.95",
        "1,000": "classes of ImageNet",
        "3.5": "million parameters of the same",
    },
    "sulistiana_cat_breeds": {
        "7": "side of MobileNetV2's feature maps",
        "1280": "channels of MobileNetV2's feature maps",
        "84": "Wilson's interval of 91 of 100",
        "94": "beside 91 of 100, to compare",
        "3.5": "million parameters of MobileNetV2 with its own classifier",
    },
    "violina_blood_cancer": {
        "0.995": "what rounds to 1.00",
        "45": "degrees, declared as a share of a full turn",
        "99.8": "Wilson's interval of 2,000 of 2,000",
    },
    "template": {},
}
OF_A_RUN = {
    "a profile": r"\bprofiles?\b|\bquick\b|\bminutes?\b",
    "a kind of images": r"\bphantoms?\b|\bsynthetic\b|\bsubstitutes?\b|\breal (?:images|ones|files)\b"
    r"|\bdrawn (?:images|cells|by a program)\b|\bprogram that draws\b",
    "an outcome": r"\bnot reproduced\b|\binconclusive\b|\bnot comparable\b|\bcomes? out (?:as|at|here)\b",
    "what was trained": r"\bmodels? (?:above )?(?:was|were) trained\b|\bof this run\b|\bis trained here\b",
}


def prose(path: Path) -> str:
    """The text of all cells, without code."""
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return re.sub(r"`[^`]*`", "", "\n\n".join(texts))


def declared_numbers(value: object) -> set[str]:
    """Every number in a declaration, however deep, without the commas of its thousands; shares in per cent, too."""
    if is_dataclass(value):
        fields_of = {field.name: getattr(value, field.name) for field in fields(value)}
        return declared_numbers([part for name, part in fields_of.items() if name != "profiles"])
    if isinstance(value, dict):
        return declared_numbers([*value, *value.values()])
    if isinstance(value, list | tuple):
        return set().union(*map(declared_numbers, value))
    if isinstance(value, float) and 0 < value < 1:
        return {f"{value:g}", f"{100 * value:g}", f"{100 * (1 - value):g}"}
    if isinstance(value, str | int | float):
        return {plain(number) for number in re.findall(r"\d+(?:[.,]\d+)*", f"{value}")}
    return set()


def plain(number: str) -> str:
    return re.sub(r",(?=\d{3}(?!\d))", "", number)


@every
def test_a_number_in_the_prose_is_a_fact_of_the_paper(path):
    declared = declared_numbers(papers.load(path.stem)) if path != TEMPLATE else set()
    known = GENERAL | OTHER_NUMBERS[path.stem]
    written = NUMBER.findall(PLACE.sub("", prose(path)))
    assert [n for n in written if n not in known and plain(n) not in declared] == []


@of_a_paper
def test_a_change_that_the_prose_asks_for_is_one_that_the_notebook_takes(path):
    paper = papers.load(path.stem)
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    known = {*SETTINGS, *BESIDE_SETTINGS, *paper.own_parameters}
    assert set(re.findall(r"(?:[Ss]et|[Pp]arameter) `(\w+)", text)) <= known
    changes = re.findall(r"`(\w+) = ([^`]+)`", text)
    assert changes
    for name, value in changes:
        resolve(paper, **{name: ast.literal_eval(value)})


@every
def test_every_exception_is_needed(path):
    written = set(NUMBER.findall(PLACE.sub("", prose(path))))
    declared = declared_numbers(papers.load(path.stem)) if path != TEMPLATE else set()
    assert [n for n in OTHER_NUMBERS[path.stem] if n not in written or plain(n) in declared] == []


def test_a_number_of_a_profile_is_no_fact_of_a_paper():
    profile = Profile(phantoms_per_class=12345, summary="12345 phantoms per class")
    claims = [made_up_paper.claim("accuracy", "0.75"), made_up_paper.claim("support", "1,700")]
    declared = declared_numbers(made_up_paper.paper(profiles={"quick": profile}, claims=claims))
    assert {"0.75", "1700", "20", "80"} <= declared  # 20 % to test
    assert "12345" not in declared


@every
@pytest.mark.parametrize("what", OF_A_RUN)
def test_the_prose_names_nothing_that_depends_on_the_run(path, what):
    assert re.findall(OF_A_RUN[what], prose(path), re.IGNORECASE) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("the quick profile cuts both to 6", "a profile"),
        ("Only published models were trained under both", "what was trained"),
        ("With drawn images nothing is known", "a kind of images"),
        ("the number is not comparable", "an outcome"),
    ],
)
def test_a_sentence_about_the_run_would_be_noticed(text, what):
    assert re.search(OF_A_RUN[what], text)


# Notebooks that belong to no paper, and are no run


@pytest.mark.parametrize("path", [AUDIT, COMPARISON, PREDICT], ids=lambda path: path.stem)
def test_a_notebook_of_no_paper_is_thin_and_no_run(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = code_cells(path)
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell.source))]
    assert not [
        node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
    ]
    assert max(len(ast.parse(cell.source).body) for cell in cells) <= 5
    assert path.stem not in papers.runnable()  # what `run_all.py` runs


def test_the_comparison_has_one_cell_of_parameters():
    (cell,) = parameters(COMPARISON)
    assert [line.targets[0].id for line in ast.parse(cell.source).body] == ["reports"]


def test_the_comparison_runs_on_an_empty_folder_and_on_what_is_kept(tmp_path, monkeypatch):
    nothing = _shown_by_comparison(tmp_path)
    assert sum("python run_all.py" in html for html in nothing) == 1
    references = ROOT / "data" / "reference"
    monkeypatch.setattr("lib.storage.references", lambda: references)
    missing, table, accuracies, gaps = _shown_by_comparison(tmp_path)
    assert missing == ""
    assert "Published split" in table
    assert all("<img" in figure for figure in (accuracies, gaps))


def _shown_by_comparison(reports: Path) -> list[str]:
    """What the last line of each of its cells shows, as HTML."""
    names, shown = {}, []
    for cell in code_cells(COMPARISON):
        tree = ast.parse(cell.source)
        exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), names)
        if cell in parameters(COMPARISON):
            names["reports"] = str(reports)
        else:
            last = ast.Expression(tree.body[-1].value)
            shown.append(eval(compile(last, "cell", "eval"), names).html)
    return shown


@pytest.mark.slow
def test_the_audits_notebook_runs_and_shows_what_is_possible_and_what_is_not(tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", AUDIT]
    finished = subprocess.run([*command, "--output-dir", tmp_path], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    executed = nbformat.read(tmp_path / AUDIT.name, as_version=4)
    text = "".join(
        output.get("text", "") for cell in executed.cells for output in cell.get("outputs", ())
    )
    assert text.count("impossible:") == 2
    assert text.count("Arithmetic alone shows 1 contradiction") == 2
    assert "received “73.3”" in text
