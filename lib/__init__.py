"""The shared library of five reproduced CNN papers. Importing it imports nothing heavy."""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: notebooks/, data/ and reports/ are found from here, whatever the working folder."""

NOT_IN_REPORT = "not-in-report"
"""Tag of the notebook cells that matter only where a notebook is opened: badges, and what fetches the library."""

# What reads notebooks checks addresses, of which they have none, where it finds this package, which JupyterLab brings
# along: to build its 38 grammars takes every process over a second.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not installed


class PlainError:
    """An error that is the user's to mend: a notebook shows its sentence alone, without the traceback."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook."""
        return [f"{type(self).__name__}: {self}"]


def names_when_asked(wing: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` (PEP 562) of a wing whose names load when they are first asked for.

    What checks a command line or a run key need not wait for what draws figures. The names are those
    that the wing's __init__.py imports below `if TYPE_CHECKING:`, where editors and the run key
    (`lib.runs.key`) see them as ever.

    Args:
        wing: Its `__name__`.
    """
    package = sys.modules[wing]
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    homes = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {wing!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        setattr(package, name, value)
        return value

    return get, lambda: sorted({*vars(package), *homes})
