"""The shape of the project: imports point one way, files stay small, tests mirror the library."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib import ROOT

LIB = ROOT / "lib"
MODULES = sorted(LIB.rglob("*.py"))

# Room → the rooms it may import. A room is a module or package directly under lib/.
ALLOWED = {
    "atomic": set(),
    "device": set(),
    "metrics": set(),
    "probability": set(),
    "results": set(),
    "weights": set(),
    "wording": set(),
    "paper": {"metrics"},
    "sources": {"paper"},
    "arithmetic": {"paper"},
    "claims": {"arithmetic", "metrics", "paper", "wording"},
    "audit_list": {"claims", "paper"},
    "offline_weights": {"atomic", "weights"},
    "backend": {"device"},
    "settings": {"paper"},
    "papers": {"paper", "sources"},
    "data": {"atomic", "paper", "results"},
    "copies": set(),
    "phantoms": {"atomic", "copies", "data", "paper"},
    "rebuild": {"atomic", "copies", "data", "paper"},
    "fetch": {"atomic", "data", "paper"},
    "inventory": {"data", "paper", "results"},
    "torchvision": {"backend", "paper"},
    "architectures": {"backend"},
    "preprocessing": {"backend", "paper"},
    "pretrained": {
        *("architectures", "backend", "paper", "results"),
        *("torchvision", "weights"),
    },
    "models": {"backend", "paper", "preprocessing", "pretrained", "results", "settings"},
    "costs": {"backend", "models", "results"},
    "features": {"atomic", "backend", "data", "models", "preprocessing", "settings"},
    "batches": {"backend"},
    "checkpoints": set(),
    "compilation": {"backend", "models", "settings"},
    "recording": {"backend", "checkpoints", "data", "settings"},
    "fitting": {
        *("backend", "batches", "compilation", "data", "features", "recording", "settings"),
    },
    "training": {
        *("backend", "checkpoints", "costs", "data", "features", "fitting", "models", "paper"),
        *("recording", "results", "settings"),
    },
    "outcomes": {"data", "training"},
    "reruns": {
        *("backend", "data", "features", "fitting", "models", "outcomes", "paper", "settings"),
    },
    "catalogue": {"backend", "costs", "models", "paper", "results", "settings"},
    "curves": {"results"},
    "intervals": {"metrics", "results"},
    "discrimination": {"intervals", "metrics", "probability", "results"},
    "evaluation": {"curves", "discrimination", "intervals", "metrics", "paper", "results"},
    "comparisons": {"intervals", "metrics", "results"},
    "subgroups": {"intervals", "paper", "results"},
    "probes": {"data", "outcomes", "results", "wording"},
    "evidence": {"comparisons", "intervals", "paper", "probes", "results", "settings", "subgroups"},
    "verdicts": {"curves", "metrics", "paper", "results", "settings"},
    "runs": {
        *("atomic", "checkpoints", "data", "evaluation", "evidence", "paper", "results"),
        *("settings", "training", "verdicts", "weights"),
    },
    "limitations": {"paper", "results", "settings", "wording"},
    "checklist": {"limitations", "paper", "results", "wording"},
    "report": {
        *("arithmetic", "checklist", "claims", "discrimination", "intervals", "limitations"),
        *("metrics", "paper", "probability", "probes", "results", "wording"),
    },
    "verify": {
        *("evaluation", "evidence", "papers", "report", "results", "runs", "settings", "verdicts"),
    },
    "badges": {"atomic", "papers"},
    "progress": set(),
    "plan": {"paper", "papers", "settings"},
    "batch": {
        *("atomic", "claims", "data", "device", "fetch", "papers", "phantoms", "plan", "progress"),
        "report",
        *("results", "runs", "weights"),
    },
    "__main__": {
        *(
            "audit_list",
            "badges",
            "catalogue",
            "claims",
            "fetch",
            "inventory",
            "offline_weights",
            "papers",
            "rebuild",
            "results",
        ),
        *("verify", "weights"),
    },
}
KERAS_ROOMS = {
    *("architectures", "backend", "batches", "catalogue", "compilation", "costs", "features"),
    *("fitting", "models"),
    *("preprocessing", "pretrained", "recording", "reruns", "torchvision", "training"),
}
MAX_LINES, MAX_FUNCTION = 250, 40
MAX_DECLARATION = 350  # a paper's declaration is a list of facts, as long as the paper has them


def room(path: Path) -> str:
    return path.relative_to(LIB).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names that a module imports, wherever in it they stand."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported(path) if name.split(".")[0] == "lib"]
    found = {
        part[1]
        for part in parts
        if (len(part) > 1 and (LIB / part[1]).exists()) or (LIB / f"{part[1]}.py").exists()
    }
    return found - {room(path)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIB).as_posix())
def test_imports_point_one_way(path):
    if path == LIB / "__init__.py":
        assert rooms_imported(path) == set()
        return
    assert rooms_imported(path) <= ALLOWED[room(path)]


def test_the_allowed_imports_have_no_circle():
    order, left = [], dict(ALLOWED)
    while left:
        free = [name for name, needs in left.items() if needs <= set(order)]
        assert free, f"circle among {sorted(left)}"
        order += free
        left = {name: needs for name, needs in left.items() if name not in order}


def test_only_the_rooms_that_train_import_keras():
    users = {
        room(path)
        for path in MODULES
        for name in imported(path)
        if name.split(".")[0] in ("keras", "tensorflow")
    }
    users |= {room(path) for path in MODULES if "lib.backend.keras" in imported(path)}
    assert users == KERAS_ROOMS


def loaded_with(name: str, *packages: str) -> str:
    """Which of `packages` a process loads that does nothing but import `name`."""
    code = f"import sys, {name}; print(*(one for one in {packages} if one in sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


@pytest.mark.parametrize("name", ["lib.batch", "lib.verify", "lib.__main__", "lib.report.page"])
def test_what_does_not_train_never_loads_keras(name):
    assert loaded_with(name, "keras", "tensorflow", "jax") == ""


def test_images_are_read_without_what_only_splits_and_finds_duplicates():
    """Both take longer to load than a list of folders takes to make."""
    assert loaded_with("lib.data", "sklearn", "imagehash") == ""


def test_the_audit_loads_nothing_that_reads_images_or_tables():
    assert loaded_with("lib.claims", "keras", "pandas", "PIL", "matplotlib", "sklearn") == ""


def test_a_package_that_is_loaded_is_seen():
    assert loaded_with("lib.data", "sklearn", "numpy", "pandas") == "numpy pandas"


@pytest.mark.parametrize(
    "path", [*MODULES, ROOT / "run_all.py"], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    declaration = path.parent == LIB / "papers"
    assert len(text.splitlines()) <= (MAX_DECLARATION if declaration else MAX_LINES)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.end_lineno - node.lineno + 1 - docstring_lines(node)
            assert body <= MAX_FUNCTION, f"{node.name} has {body} lines"


def docstring_lines(node: ast.FunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    return node.body[0].end_lineno - node.body[0].lineno + 1


def test_every_public_function_has_a_docstring():
    bare = []
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            )
            if public and not ast.get_docstring(node):
                bare.append(f"{path.relative_to(LIB).as_posix()}: {node.name}")
    # the schema's small records are described field by field
    assert [one for one in bare if not one.startswith("results/")] == []


def test_every_module_has_its_tests():
    missing = []
    for path in MODULES:
        name = "_".join(path.relative_to(LIB).with_suffix("").parts).replace("___init__", "")
        if name not in UNTESTED and not (ROOT / "tests" / f"test_{name}.py").exists():
            missing.append(name)
    assert missing == []


# Exercised through other files' tests, named here.
UNTESTED = {
    "__init__",  # one constant
    "__main__",  # test_main.py
    "backend",  # test_backends.py, test_models.py, test_training.py
    "paper_claims",  # test_paper.py, as the next four
    "paper_images",
    "paper_models",
    "paper_pixels",
    "paper_stated",
    "plan",  # test_run_all.py
    "report_paper_tables",  # test_report_tables.py, as the next two
    "report_run_tables",
    "report_verdict_tables",
    "data",  # names only
    "data_errors",  # two names
    "progress",  # test_run_all.py
    "report",  # names only
    "fitting",  # test_training.py, test_training_frozen.py, test_training_interrupted.py
    "recording",  # test_training_interrupted.py
    "results",  # test_results.py, as the next five; test_runs.py
    "results_evidence",
    "results_images",
    "results_models",
    "results_record",
    "results_scores",
    "verify",  # test_run_all.py
}


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
