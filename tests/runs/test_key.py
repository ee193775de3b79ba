"""Run keys: what changes one, and which part of the library counts for which paper."""

import json
import re
import shutil
from pathlib import Path

import made_up_runs
import nbformat
import pytest

from lib import ROOT, papers
from lib.results import run_key
from lib.runs.key import (
    _imported_names,
    _names_in_lines,
    code_change,
    explain_change,
    key_parts,
    library_files,
    library_hashes,
    weights_of_run,
)
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
    """What differs: "parameter", "lib" and "package" stand for all parts of their kind."""
    names = {name for name, _ in one.items() ^ other.items()}
    return {re.match(r"[a-z]+", name)[0] for name in names}


def test_the_key_is_stable(notebook, paper):
    one, other = (parts(notebook, resolve(paper)) for _ in range(2))
    assert run_key(one) == run_key(other)


@pytest.mark.parametrize("name", ["data", "weights", "device", "kernel"])
def test_images_weights_device_and_kernel_change_the_key(notebook, paper, name):
    before, after = parts(notebook, resolve(paper)), parts(notebook, resolve(paper), **{name: "x"})
    assert differing(before, after) == {name}
    assert run_key(before) != run_key(after)


def test_a_parameter_changes_the_key(notebook, paper):
    before, after = parts(notebook, resolve(paper)), parts(notebook, resolve(paper, epochs=3))
    assert differing(before, after) == {"parameter"}


def test_a_parameter_of_the_notebooks_own_changes_the_key(notebook, paper):
    before = parts(notebook, resolve(paper))
    first = parts(notebook, resolve(paper), own={"photo": "cat.jpg"})
    other = parts(notebook, resolve(paper), own={"photo": "dog.jpg"})
    for one, two in ((before, first), (first, other)):
        assert differing(one, two) == {"parameter"}
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
        assert differing(before, after) == {"parameter"}


def test_arms_change_the_key_and_those_of_other_papers_bring_their_declaration(notebook, paper):
    before = parts(notebook, resolve(paper))
    borrowed = resolve(paper, arms=["mobilenetv2", "kumar_breakhis/vgg16"])
    after = parts(notebook, borrowed)
    assert differing(before, after) == {"parameter", "lib"}
    declaration = ROOT / "lib/papers/kumar_breakhis.py"
    assert declaration in library_files(CODE, [SLUG, "kumar_breakhis"])
    assert declaration not in library_files(CODE, [SLUG])


def test_only_weights_of_what_is_trained_and_of_the_search_for_copies_count(monkeypatch):
    asked = []
    monkeypatch.setattr("lib.machine.weights_fingerprint", lambda names: asked.append(names) or "")
    kumar, blood = papers.load("kumar_breakhis"), papers.load("violina_blood_cancer")
    for paper, chosen in (
        (kumar, {"arms": ["mobilenetv3"], "variants": ["mobilenetv3-large"]}),
        (blood, {}),  # from random weights
        (blood, {"arms": ["kumar_breakhis/vgg16", "hulu_breast_mammography/alexnet"]}),
    ):
        weights_of_run(paper, resolve(paper, **chosen))
    assert asked == [
        ("MobileNetV3Small", "MobileNetV3Large", "MobileNetV2"),
        ("MobileNetV2",),
        ("VGG16", "AlexNet", "MobileNetV2"),
    ]


def test_code_changes_the_key_but_prose_and_outputs_do_not(notebook, paper):
    before = parts(notebook, resolve(paper))
    book = nbformat.read(notebook, as_version=4)
    book.cells[0].source = "# Another title"
    book.cells[1].outputs = [nbformat.v4.new_output("stream", text="3")]
    nbformat.write(book, notebook)
    assert differing(before, parts(notebook, resolve(paper))) == set()
    book.cells[1].source = "epochs = 4"
    nbformat.write(book, notebook)
    assert differing(before, parts(notebook, resolve(paper))) == {"notebook"}


def test_a_package_version_and_the_backend_change_the_key(notebook, paper, monkeypatch):
    before = parts(notebook, resolve(paper))
    monkeypatch.setattr("lib.machine.version", lambda package: "0.0")
    assert differing(before, parts(notebook, resolve(paper))) == {"package"}
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert differing(before, parts(notebook, resolve(paper))) == {"backend"}


@pytest.mark.parametrize("name", ["precision", "jit_compile", "pixel_scaling"])
def test_a_setting_of_the_arms_changes_the_key(notebook, paper, name):
    value = {"precision": "mixed_bfloat16", "jit_compile": False, "pixel_scaling": "[0, 255]"}[name]
    before, after = (parts(notebook, resolve(paper, **one)) for one in ({}, {name: value}))
    assert differing(before, after) == {"parameter"}


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
    before = {slug: library_hashes(CODE, [slug], root) for slug in BOTH}
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n", encoding="utf-8")
    after = {slug: library_hashes(CODE, [slug], root) for slug in BOTH}
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
        "grading/consistency.py",
        "datasets/downloads/kaggle.py",
        "datasets/downloads/weights.py",
        "runs/batch.py",
        "runs/plan.py",
        "runs/task.py",
        "runs/sweep.py",
        "report/index.py",
        "report/across_papers.py",
        "audit/attainable.py",
        "report/sweep.py",
        "report/templates/index_page.html.j2",
        "report/templates/index.js",
        "report/templates/sweep_page.html.j2",
        "report/templates/feedback_page.html.j2",
        "models/listing.py",
        "__main__.py",
    ],
)
def test_what_only_a_command_or_the_batch_needs_counts_for_none(root, name):
    assert changed_slugs(root, name) == set()


def test_a_declaration_counts_for_its_own_paper_alone(root):
    assert changed_slugs(root, f"papers/{SLUG}.py") == {SLUG}


def test_what_a_notebook_does_not_import_does_not_count():
    alone = library_files(["from lib.words import percent"], [SLUG])
    assert ROOT / "lib/words.py" in alone
    assert ROOT / "lib/training/fit.py" not in alone
    assert ROOT / "lib/training/fit.py" in library_files(CODE, [SLUG])


def test_imports_inside_functions_and_beside_ipythons_own_syntax_count():
    inside = "def train():\n    import lib.training.fit"
    beside = "%time\nfiles = !ls\nfrom lib.training import fit"
    for cell in (inside, beside):
        assert ROOT / "lib/training/fit.py" in library_files([cell], [SLUG])


def test_compiled_files_do_not_count(root):
    before = library_hashes(CODE, [SLUG], root)
    (root / "lib/evaluation/__pycache__").mkdir()
    (root / "lib/evaluation/__pycache__/metrics.pyc").write_bytes(b"ignored")
    assert library_hashes(CODE, [SLUG], root) == before


def test_the_library_is_a_part_of_the_key(notebook, paper, monkeypatch):
    before = parts(notebook, resolve(paper))
    monkeypatch.setattr("lib.runs.key.library_hashes", lambda code, slugs: {"lib/a.py": str(slugs)})
    after = parts(notebook, resolve(paper))
    assert differing(before, after) == {"lib"}
    assert after["lib/a.py"] == f"{[SLUG]}"


def test_no_import_is_overlooked_where_lines_are_read_instead_of_the_grammar():
    for path in (ROOT / "lib").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert _imported_names(source) <= _names_in_lines(source), path


def test_no_import_is_relative_for_the_key_would_not_see_it():
    for path in (ROOT / "lib").rglob("*.py"):
        assert not any(line.lstrip().startswith("from .") for line in path.read_text().splitlines())


# Why a run is made again

DECLARED = {
    "notebook": "1",
    "parameter seeds": "[0]",
    "parameter choices": "null",
    "parameter image_size": "64",
    "parameter alexnet image_size": "64",
    "parameter alexnet epochs": "3",
    "parameter resnet50 image_size": "64",
    "parameter resnet50 epochs": "3",
    "lib/a.py": "1",
    "lib/b.py": "1",
    "package keras": "3.14.0",
    "backend": "tensorflow",
    "data": "images control",
    "weights": "w",
    "device": "cpu",
    "kernel": "",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"notebook": "2"}, "the notebook's code changed"),
        ({"parameter seeds": "[0, 1]"}, "seeds: [0] → [0, 1]"),
        ({"parameter choices": "true"}, "choices: as declared → true"),
        ({"parameter photo": '"cat.png"'}, 'photo: none → "cat.png"'),
        (
            {"parameter alexnet epochs": "5", "parameter resnet50 epochs": "5"},
            "epochs: 3 → 5",
        ),
        ({"parameter resnet50 epochs": "5"}, "epochs of resnet50: 3 → 5"),
        (
            {"parameter alexnet epochs": "5", "parameter resnet50 epochs": "7"},
            "epochs of alexnet: 3 → 5; epochs of resnet50: 3 → 7",
        ),
        (
            {
                "parameter image_size": "32",
                "parameter alexnet image_size": "32",
                "parameter resnet50 image_size": "32",
            },
            "image_size: 64 → 32",
        ),
        # a variant that is now trained has settings of its own, which no setting changed
        (
            {"parameter variants": '["x"]', "parameter x epochs": "9"},
            'variants: none → ["x"]',
        ),
        ({"data": "other control"}, "the images are others"),
        ({"data": "images other"}, "the control images are others"),
        ({"data": "images"}, "the control images are others"),
        ({"weights": ""}, "the trained weights are others"),
        ({"package keras": "3.15.0"}, "keras 3.14.0 → 3.15.0"),
        ({"package jax": "0.5"}, "jax none → 0.5"),
        ({"backend": "jax"}, "backend: tensorflow → jax"),
        ({"device": "NVIDIA H200"}, "device: cpu → NVIDIA H200"),
        ({"kernel": "lab"}, "kernel: this Python → lab"),
        ({"lib/a.py": "2"}, "lib/a.py changed"),
        ({"lib/a.py": "2", "lib/b.py": "2"}, "lib/a.py and lib/b.py changed"),
        (
            {f"lib/{name}.py": "2" for name in "abcde"},
            "lib/a.py, lib/b.py, lib/c.py and 2 more files of lib/ changed",
        ),
        (
            {"notebook": "2", "parameter seeds": "[1]"},
            "the notebook's code changed; seeds: [0] → [1]",
        ),
    ],
)
def test_the_reason_names_what_changed_and_how(change, reason):
    assert explain_change(DECLARED, DECLARED | change) == reason


def test_what_is_gone_is_told_too():
    without = {name: part for name, part in DECLARED.items() if name != "lib/b.py"}
    assert explain_change(DECLARED, without) == "lib/b.py changed"


def test_whatever_differs_has_a_reason(notebook, paper):
    """Whichever part it is, and where the older run has parts that no longer exist."""
    before = parts(notebook, resolve(paper))
    for name in before:
        assert explain_change(before | {name: "other"}, before)
    assert explain_change({"versions": "hash"}, {})


def test_a_change_of_code_is_told_of_a_finished_run_whatever_its_images(
    paper, tmp_path, monkeypatch
):
    book = papers.NOTEBOOKS / f"{SLUG}.ipynb"
    settings = resolve(paper)
    known = parts(book, settings, data="d", weights="w", device="NVIDIA H200")
    finished = made_up_runs.results(
        slug=SLUG,
        settings={"arms": list(settings.arms)},
        provenance=made_up_runs.provenance(key_parts=known),
    )
    assert code_change(finished) == ""
    monkeypatch.setattr("lib.machine.version", lambda package: "0.0")
    assert "→ 0.0" in code_change(finished)
    monkeypatch.undo()
    content = json.loads(book.read_text())
    content["cells"].append({"cell_type": "code", "metadata": {}, "source": "1 + 1"})
    (tmp_path / book.name).write_text(json.dumps(content))
    monkeypatch.setattr(papers, "NOTEBOOKS", tmp_path)
    assert code_change(finished) == "the notebook's code changed"
    by_hand = finished.model_copy(update={"provenance": made_up_runs.provenance(key_parts={})})
    assert code_change(by_hand) == ""
