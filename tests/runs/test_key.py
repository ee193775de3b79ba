"""Run keys: what changes one, and which part of the library counts for which paper."""

import shutil
from pathlib import Path

import nbformat
import pytest

from lib import ROOT
from lib.results import run_key
from lib.runs.key import key_parts, library_files, library_hash
from lib.settings import resolve

SLUG = "kuncoro_white_blood_cells"
BOTH = (SLUG, "kumar_breakhis")


@pytest.fixture
def notebook(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("epochs = 3")]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def parts(notebook, settings, **changes):
    given = {"data": "d", "weights": "w", "device": "cpu"} | changes
    return key_parts(notebook, settings, slug=SLUG, **given)


def differing(one, other):
    return [name for name in one if one[name] != other[name]]


def test_the_key_is_stable(notebook, paper):
    one, other = (parts(notebook, resolve(paper)) for _ in range(2))
    assert run_key(one) == run_key(other)


@pytest.mark.parametrize("name", ["data", "weights", "device", "kernel"])
def test_images_weights_device_and_kernel_change_the_key(notebook, paper, name):
    before, after = parts(notebook, resolve(paper)), parts(notebook, resolve(paper), **{name: "x"})
    assert differing(before, after) == [name]
    assert run_key(before) != run_key(after)


def test_a_parameter_changes_the_key(notebook, paper):
    before, after = parts(notebook, resolve(paper)), parts(notebook, resolve(paper, epochs=3))
    assert differing(before, after) == ["parameters"]


def test_a_parameter_of_the_notebooks_own_changes_the_key(notebook, paper):
    before = parts(notebook, resolve(paper))
    first = parts(notebook, resolve(paper), own={"photo": "cat.jpg"})
    other = parts(notebook, resolve(paper), own={"photo": "dog.jpg"})
    for one, two in ((before, first), (first, other)):
        assert differing(one, two) == ["parameters"]
    for none in ({}, None):
        assert parts(notebook, resolve(paper), own=none) == before


def test_the_order_of_own_parameters_does_not_change_the_key(notebook, paper):
    own = {"photo": "cat.jpg", "rows": 3}
    one, other = (
        parts(notebook, resolve(paper), own=given) for given in (own, dict(reversed(own.items())))
    )
    assert one == other


def test_variants_and_protocols_change_the_key(notebook, paper):
    before = parts(notebook, resolve(paper, variants=[]))
    others = [["mobilenetv2-native"], ["published"], 7]
    for change in zip(("variants", "protocols", "grouped_folds"), others, strict=True):
        after = parts(notebook, resolve(paper, **{"variants": []} | dict([change])))
        assert differing(before, after) == ["parameters"]


def test_code_changes_the_key_but_prose_and_outputs_do_not(notebook, paper):
    before = parts(notebook, resolve(paper))
    book = nbformat.read(notebook, as_version=4)
    book.cells[0].source = "# Another title"
    book.cells[1].outputs = [nbformat.v4.new_output("stream", text="3")]
    nbformat.write(book, notebook)
    assert differing(before, parts(notebook, resolve(paper))) == []
    book.cells[1].source = "epochs = 4"
    nbformat.write(book, notebook)
    assert differing(before, parts(notebook, resolve(paper))) == ["notebook"]


def test_a_package_version_and_the_backend_change_the_key(notebook, paper, monkeypatch):
    before = parts(notebook, resolve(paper))
    monkeypatch.setattr("lib.machine.version", lambda package: "0.0")
    assert differing(before, parts(notebook, resolve(paper))) == ["versions"]
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert differing(before, parts(notebook, resolve(paper))) == ["versions"]


@pytest.mark.parametrize("name", ["precision", "jit_compile", "pixel_scaling"])
def test_a_setting_of_the_arms_changes_the_key(notebook, paper, name):
    value = {"precision": "mixed_bfloat16", "jit_compile": False, "pixel_scaling": "[0, 255]"}[name]
    before, after = (parts(notebook, resolve(paper, **one)) for one in ({}, {name: value}))
    assert differing(before, after) == ["parameters"]


# The part of the library that counts

CODE = [
    "from lib import audit, datasets, evidence, models, papers, phantoms, report, runs, training"
]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A checkout of its own whose library a test may change for a moment."""
    root = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lib", root / "lib", ignore=ignored)
    return root


def changed_slugs(root: Path, name: str) -> set[str]:
    """Those of `BOTH` papers whose hash another byte in this file of lib/ changes."""
    path = root / "lib" / name
    before = {slug: library_hash(CODE, slug, root) for slug in BOTH}
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n", encoding="utf-8")
    after = {slug: library_hash(CODE, slug, root) for slug in BOTH}
    path.write_text(text, encoding="utf-8")
    return {slug for slug in before if before[slug] != after[slug]}


@pytest.mark.parametrize(
    "name",
    [
        "evaluation/metrics.py",
        "evidence/probes/inputs.py",
        "datasets/store.py",
        "training/fit.py",
        "models/build.py",
        "audit/checks/matrix.py",
        "report/sections/verdicts.py",
        "report/templates/style.css",
        "report/templates/report/index.html.j2",
        "phantoms/families/cats.py",
        "papers/declare/claims.py",
        "papers/__init__.py",
        "runs/record.py",
        "results.py",
        "__init__.py",
    ],
)
def test_what_can_change_a_number_or_a_page_counts_for_every_paper(root, name):
    assert changed_slugs(root, name) == set(BOTH)


@pytest.mark.parametrize(
    "name",
    [
        "grading/verify.py",
        "datasets/downloads/kaggle.py",
        "datasets/downloads/weights.py",
        "runs/batch.py",
        "runs/plan.py",
        "report/index.py",
        "models/listing.py",
        "__main__.py",
    ],
)
def test_what_only_a_command_or_the_batch_needs_counts_for_none(root, name):
    assert changed_slugs(root, name) == set()


def test_a_declaration_counts_for_its_own_paper_alone(root):
    assert changed_slugs(root, f"papers/{SLUG}.py") == {SLUG}


def test_what_a_notebook_does_not_import_does_not_count():
    alone = library_files(["from lib.words import percent"], SLUG)
    assert ROOT / "lib/words.py" in alone
    assert ROOT / "lib/training/fit.py" not in alone
    assert ROOT / "lib/training/fit.py" in library_files(CODE, SLUG)


def test_imports_inside_functions_and_beside_ipythons_own_syntax_count():
    inside = "def train():\n    import lib.training.fit"
    beside = "%time\nfiles = !ls\nfrom lib.training import fit"
    for cell in (inside, beside):
        assert ROOT / "lib/training/fit.py" in library_files([cell], SLUG)


def test_compiled_files_do_not_count(root):
    before = library_hash(CODE, SLUG, root)
    (root / "lib/evaluation/__pycache__").mkdir()
    (root / "lib/evaluation/__pycache__/metrics.pyc").write_bytes(b"ignored")
    assert library_hash(CODE, SLUG, root) == before


def test_the_library_is_a_part_of_the_key(notebook, paper, monkeypatch):
    before = parts(notebook, resolve(paper))
    monkeypatch.setattr("lib.runs.key.library_hash", lambda code, slug: f"other {slug}")
    after = parts(notebook, resolve(paper))
    assert differing(before, after) == ["lib"]
    assert after["lib"] == f"other {SLUG}"


def test_no_import_is_relative_for_the_key_would_not_see_it():
    for path in (ROOT / "lib").rglob("*.py"):
        assert not any(line.lstrip().startswith("from .") for line in path.read_text().splitlines())
