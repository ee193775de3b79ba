"""The checks stand side by side."""

import ast

import pytest

from lib import ROOT

AUDIT = ROOT / "lib" / "audit"
CHECKS = sorted((AUDIT / "checks").glob("*.py"))
SHARED = {path.stem for path in AUDIT.glob("*.py")} | {"exact"}


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_no_check_imports_another(path):
    assert imported_checks(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import lib.audit.checks.sizes",
        "from lib.audit.checks.sizes import check_sizes",
        "from lib.audit.checks import sizes",
        "from lib.audit import checks",
        "from . import sizes",
        "from .sizes import check_sizes",
        "from lib.audit import check_paper",
    ],
)
def test_an_import_of_a_check_is_seen(line):
    assert len(imported_checks(line)) == 1


def imported_checks(source: str) -> list[str]:
    """Imports that reach another check: by its name, by its package, relative to it, or by `lib.audit`.

    `lib.audit` as a whole imports every check; its modules beside checks/ may be imported.
    """
    reached = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            reached += [alias.name for alias in node.names if reaches_checks(alias.name)]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            shared = module == "lib.audit" and {alias.name for alias in node.names} <= SHARED
            if node.level or (reaches_checks(module) and not shared):
                reached.append(ast.unparse(node))
    return reached


def reaches_checks(module: str) -> bool:
    return module == "lib.audit" or f"{module}.".startswith("lib.audit.checks.")
