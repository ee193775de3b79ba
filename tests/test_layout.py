"""The shape of the project: wings on floors, imports that run downwards, tests that mirror the library."""

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from lib import ROOT

LIB = ROOT / "lib"
MODULES = sorted(LIB.rglob("*.py"))
BROWSER = Path("browser")  # tests of whole pages, which no module makes alone
FLOORS = (  # from the ground up; what stands on one floor does not know its neighbours
    ("papers", "results", "storage", "words"),
    ("settings", "machine", "evaluation"),
    ("datasets", "models", "audit"),
    ("phantoms", "training", "evidence"),
    ("report",),
    ("runs",),
    ("grading", "predict"),
    ("__main__",),
)
FLOOR = {wing: number for number, wings in enumerate(FLOORS) for wing in wings}
KERAS_WINGS = {"models", "training"}


def wing(path: Path) -> str:
    return path.relative_to(LIB).parts[0].removesuffix(".py")


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {module_name(path) for path in MODULES}


def imported_names(tree: ast.AST) -> set[str]:
    """Dotted names that are imported below `tree`: "lib.results.Score", "keras"."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_modules(tree: ast.AST) -> set[str]:
    """The modules of lib/ among them."""
    modules = set()
    for name in imported_names(tree):
        while name and name not in NAMES:
            name = name.rpartition(".")[0]
        modules.add(name)
    return modules - {"", "lib"}


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_wings_are_those_of_the_design():
    entries = {path.stem for path in LIB.iterdir() if path.name != "__pycache__"}
    assert entries == {"__init__", *FLOOR}
    assert len(entries) <= 19


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_run_downwards_between_wings(path):
    if path == LIB / "__init__.py":
        assert imported_modules(parse(path)) == set()
        return
    others = {name.split(".")[1] for name in imported_modules(parse(path))} - {wing(path)}
    assert [name for name in others if FLOOR[name] >= FLOOR[wing(path)]] == []


def test_no_modules_import_each_other_in_a_circle():
    graph = {}
    for path in MODULES:
        top = [node for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        graph[module_name(path)] = imported_modules(ast.Module(top, [])) - {module_name(path)}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_keras_is_imported_where_models_are_built_and_trained_and_nowhere_else():
    users = {
        wing(path)
        for path in MODULES
        for name in imported_names(parse(path))
        if name.split(".")[0] in ("keras", "tensorflow") or name == "lib.models.backend.keras"
    }
    assert users == KERAS_WINGS


TRAINS_NOTHING = (
    *("lib.runs.batch", "lib.runs.reference", "lib.grading.consistency", "lib.grading.grade"),
    *("lib.predict.command", "lib.predict.external", "lib.predict.sheet"),
    *("lib.__main__", "lib.report.page"),
)


def loaded_with(names: Sequence[str], *packages: str) -> list[str]:
    """Which of `packages` are loaded in a process that imports `names`, after each of them."""
    code = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name); "
        f"print(*(package for package in {packages} if package in sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()


def test_what_does_not_train_never_loads_keras():
    """In one process, which takes as long as the longest: the first that loads it is at fault."""
    slow = ("keras", "tensorflow", "jax", "rfc3987_syntax.syntax_helpers")  # see lib/__init__.py
    loaded = loaded_with(TRAINS_NOTHING, *slow)
    assert dict(zip(TRAINS_NOTHING, loaded, strict=True)) == dict.fromkeys(TRAINS_NOTHING, "")


def test_images_are_read_without_what_only_splits_and_finds_duplicates():
    """Both take longer to load than a list of folders takes to make."""
    assert loaded_with(["lib.datasets"], "sklearn", "imagehash") == [""]


def test_the_audit_loads_nothing_that_reads_images_or_tables():
    assert loaded_with(["lib.audit"], "keras", "pandas", "PIL", "matplotlib", "sklearn") == [""]


def test_a_package_that_is_loaded_is_seen():
    assert loaded_with(["lib.words", "lib.datasets"], "sklearn", "numpy", "pandas") == [
        "",
        "numpy pandas",
    ]


def test_every_public_function_has_a_docstring():
    bare = [
        f"{module_name(path)}: {node.name}"
        for path in MODULES
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and path != LIB / "results.py"  # the schema's small records are described field by field
    ]
    assert bare == []


def test_every_test_file_stands_where_its_module_stands():
    """tests/models/test_costs.py belongs to lib/models/costs.py, or to the folder lib/models/ as a whole."""
    strays = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder = path.relative_to(ROOT / "tests").parent
        if folder not in (Path(), BROWSER) and not (LIB / folder).is_dir():
            strays.append(path.name)
    assert strays == []


def test_every_test_that_the_table_of_faults_names_is_there():
    table = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    missing, named = [], 0
    for row in re.findall(r"^\|.*::.*\|$", table, re.M):
        path = ""
        for file, function in re.findall(r"`([\w/]*(?:\.py)?)::(\w+)`", row):
            path = file or path  # "::test_x" stands for another test of the same file
            source = ROOT / "tests" / path
            named += 1
            if not source.is_file() or f"def {function}(" not in source.read_text(encoding="utf-8"):
                missing.append(f"{path}::{function}")
    assert missing == []
    assert named > 70


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return listed.stdout.split()


def test_no_image_or_weight_file_is_tracked():
    binary = re.compile(r"\.(h5|pth|keras|npz|npy|jpe?g|png|tiff?|zip|gif|bmp|webp)$", re.I)
    assert [
        name for name in tracked() if binary.search(name) and not name.startswith("docs/")
    ] == []


def test_no_address_of_a_package_index_is_committed():
    hosts = ["files.python" + "hosted", "pypi" + ".org", "registry." + "npmjs", "deb." + "debian"]
    for name in tracked():
        path = ROOT / name
        if path.suffix != ".png" and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not any(host in text for host in hosts), name


def test_the_conda_route_installs_the_same_pins():
    text = (ROOT / "environment.yml").read_text()
    assert "-r requirements.txt" in text


def test_every_direct_dependency_is_pinned_with_a_reason_and_hashed_in_the_lock():
    project = (ROOT / "pyproject.toml").read_text()
    direct = re.findall(r'^    "([a-z0-9-]+)==([^"]+)",(.*)$', project, re.M)
    assert len(direct) > 15
    locked = (ROOT / "requirements.txt").read_text()
    for name, version, rest in direct:
        assert re.search(r"#\s+\S", rest), f"{name} has no reason"
        assert re.search(rf"^{name}==\S+ .*\\\n    --hash=sha256:", locked, re.M), name
        assert f"{name}=={version}" in locked
    gpu = (ROOT / "requirements-gpu.txt").read_text()
    assert "nvidia-cudnn" in gpu
