"""What the tests import is what pyproject.toml declares for them, and the other way round.

`make check` holds the product's imports against pyproject.toml with deptry.
"""

import ast
import os
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from lib import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Distribution → why it is declared, although no test imports it.
TOOLS_OF_TESTS = {
    "codespell": "`make check` finds misspelt words with it",
    "deptry": "`make check` holds imports against pyproject.toml with it",
    "mypy": "`make check` checks types with it",
    "pip-audit": "`make check` asks for known vulnerabilities with it",
    "pip-licenses": "`make check` reads licences with it",
    "pulp": "mlscorecheck solves with it",
    "pytest-xdist": "`make test` runs pytest in two processes with it",
    "ruff": "`make check` lints with it",
    "scipy-stubs": "mypy reads SciPy's types in it",
    "types-psutil": "mypy reads psutil's types in it",
    "types-pyyaml": "mypy reads PyYAML's types in it",
    "uv": "`make lock` resolves with it",
    "vulture": "`make check` finds dead code with it",
}


def normalized(name: str) -> str:
    """A distribution's name as packaging compares it: "Jupyter_Client" and "jupyter-client" are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    """The distributions of some requirements, without versions, extras and markers."""
    return {normalized(re.match(r"[\w.-]+", line)[0]) for line in requirements}


def imported(code: str) -> set[str]:
    """The packages that a module imports, wherever in it, by name or as a string given to a function."""
    packages = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            packages |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            packages.add(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            function = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if function in ("import_module", "importorskip") and node.args:
                packages |= {start_of_name(node.args[0])}
    return {name.split(".")[0] for name in packages if name}


def start_of_name(argument: ast.expr) -> str:
    """The literal start of a name given as a string or an f-string; "" where it starts with a value."""
    if isinstance(argument, ast.JoinedStr):
        argument = argument.values[0]
    return argument.value if isinstance(argument, ast.Constant) else ""


def third_party(paths: list[Path]) -> dict[str, set[str]]:
    """Package → the files that import it, of packages that are neither Python's nor this project's."""
    own = {"lib", *(path.stem for folder in ("tests", "benchmarks") for path in modules(folder))}
    importers = {}
    for path in paths:
        code = path.read_text(encoding="utf-8")
        for package in imported(code) - own - set(sys.stdlib_module_names):
            importers.setdefault(package, set()).add(path.relative_to(ROOT).as_posix())
    return importers


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.fixture(scope="module")
def distributions() -> dict[str, set[str]]:
    """Package as it is imported → the distributions that install it."""
    return {
        package: {normalized(name) for name in names}
        for package, names in packages_distributions().items()
    }


@pytest.fixture(scope="module")
def tests() -> dict[str, set[str]]:
    """Third-party package → the test files that import it."""
    return third_party(modules("tests"))


def undeclared(importers: dict, distributions: dict, requirements: list[str]) -> dict:
    return {
        package: files
        for package, files in importers.items()
        # One that is not installed, as an extra need not be, goes by the name of its package.
        if not distributions.get(package, {package}) & declared(requirements)
    }


def unimported(importers: dict, distributions: dict, requirements: list[str]) -> set[str]:
    needed = set().union(*(distributions.get(package, set()) for package in importers))
    return declared(requirements) - needed


def test_every_import_of_the_tests_is_declared_for_them(tests, distributions):
    extra = PROJECT["optional-dependencies"]["test"]
    assert undeclared(tests, distributions, PROJECT["dependencies"] + extra) == {}


def test_every_tool_of_the_tests_is_imported_or_needed_for_a_stated_reason(tests, distributions):
    extra = PROJECT["optional-dependencies"]["test"]
    assert unimported(tests, distributions, extra) == set(TOOLS_OF_TESTS)


def test_the_gpu_extra_adds_libraries_to_a_dependency_of_the_same_version():
    (gpu,) = PROJECT["optional-dependencies"]["gpu"]
    assert gpu.replace("[and-cuda]", "") in PROJECT["dependencies"]


# The route of conda, and of what builds an image from environment.yml


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_condas_python_is_one_that_the_project_takes_and_its_packages_are_the_pinned_ones(conda):
    *named, of_pip = conda["dependencies"]
    specifications = dict(line.partition("=")[::2] for line in named)
    assert {*specifications} == {"python", "pip", "make"}
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups()
    _, minor = specifications["python"].split(".")
    assert int(low) <= int(minor) < int(high)
    assert of_pip == {"pip": ["--require-hashes", "-r requirements.txt"]}
    assert (conda["name"], conda["channels"]) == ("cnn-papers", ["conda-forge"])


def test_what_builds_an_image_installs_the_same_and_then_the_library():
    """repo2docker reads .binder/ alone where it is there; conda looks for a list beside environment.yml."""
    for name in ("environment.yml", "requirements.txt"):
        assert (ROOT / ".binder" / name).resolve() == ROOT / name
    script = ROOT / ".binder" / "postBuild"
    assert os.access(script, os.X_OK)
    (install,) = re.findall("^pip install .*", script.read_text(encoding="utf-8"), re.M)
    for guide in ("README.md", "environment.yml"):
        assert install in (ROOT / guide).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "packages"),
    [
        ("import numpy as np, os.path", {"numpy", "os"}),
        ("def f():\n    from scipy.special import stdtrit", {"scipy"}),
        ("from . import sibling", set()),
        ('import_module("keras.applications.vgg16")', {"keras"}),
        ('import_module(f"keras.applications.{name}")', {"keras"}),
        ('importlib.import_module(f"{name}.x")', set()),
        ('pytest.importorskip("skimage.data", reason="…")', {"skimage"}),
    ],
)
def test_an_import_is_seen_wherever_it_stands(code, packages):
    assert imported(code) == packages


def test_a_missing_and_a_superfluous_dependency_are_found(distributions):
    importers = {"PIL": {"lib/x.py"}, "numpy": {"lib/x.py"}, "nowhere": {"lib/y.py"}}
    requirements = ["numpy==2.0", "Papermill[all]==2.7.0 ; python_version > '3.11'"]
    missing = undeclared(importers, distributions, requirements)
    assert missing == {"PIL": {"lib/x.py"}, "nowhere": {"lib/y.py"}}
    assert unimported(importers, distributions, requirements) == {"papermill"}
