"""The run key: a hash of everything that a run's numbers and pages depend on."""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from lib import NOT_IN_REPORT, ROOT, machine
from lib.machine import backend_name, versions
from lib.papers.declare import Paper
from lib.results import hash_json, hash_text
from lib.settings import Settings
from lib.storage import file_sha256

PAGE = "lib.report.page"  # renders the executed notebook
FAMILIES = "lib.phantoms.families"  # imported by name, as a paper asks for them
TEMPLATES = "lib/report/templates"
LOOKS = "MobileNetV2"  # the network of the search for look-alikes (`lib.models.descriptors`)


def key_parts(
    notebook: Path,
    settings: Settings,
    *,
    slug: str,
    data: str,
    weights: str,
    device: str,
    kernel: str = "",
    own: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Everything a run's numbers depend on, one hash or text each.

    Args:
        notebook: The notebook; only its code counts.
        slug: Of the paper.
        data: Hash of the images (`Scan.sha256`).
        weights: Hashes of the arms' weight files, joined by spaces; "" for random weights.
        device: "cpu", or the GPU's name.
        kernel: Name of the Jupyter kernel, "" for this Python's own.
        own: Parameters that only this notebook knows, as given.
    """
    code = _code_cells(notebook)
    installed = {**versions(), "backend": backend_name()}
    return {
        "notebook": hash_text(json.dumps(code)),
        "parameters": hash_json([asdict(settings), dict(own or {})]),
        "lib": library_hash(code, slug),
        "data": data,
        "weights": weights,
        "versions": hash_json(installed),
        "device": device,
        "kernel": kernel,
    }


def weights_of_run(paper: Paper) -> str:
    """Hashes of the weight files that a run may use: the arms', and that of the search for look-alikes."""
    return machine.weights_fingerprint(tuple(dict.fromkeys([*paper.pretrained, LOOKS])))


def library_hash(code: Sequence[str], slug: str, root: Path = ROOT) -> str:
    """The hash of the part of lib/ that can change a number or a page of one paper's run.

    These are the modules that the notebook and the renderer of its page import, those that they
    import in turn, the paper's own declaration, all families of phantoms, and the page's templates.

    Args:
        code: Sources of the notebook's cells.
        slug: Of the paper; the declarations of other papers do not count.
        root: The checkout that holds lib/.
    """
    lines = [
        f"{path.relative_to(root).as_posix()} {file_sha256(path)}"
        for path in library_files(code, slug, root)
    ]
    return hash_text("\n".join(lines))


def library_files(code: Sequence[str], slug: str, root: Path = ROOT) -> list[Path]:
    """The files that `library_hash` hashes, sorted."""
    families = sorted((root / FAMILIES.replace(".", "/")).glob("*.py"))
    names = [PAGE, f"lib.papers.{slug}", *(f"{FAMILIES}.{path.stem}" for path in families)]
    for cell in code:
        names += _imported_names(_as_python(cell))
    templates = (path for path in (root / TEMPLATES).rglob("*") if path.is_file())
    return sorted({*_modules(names, root), *templates})


def _code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    # Not the cell that only fetches the library: a repository that moves changes no number.
    computing = [cell for cell in cells if NOT_IN_REPORT not in cell["metadata"].get("tags", [])]
    return ["".join(cell["source"]) for cell in computing if cell["cell_type"] == "code"]


def _as_python(cell: str) -> str:
    """The cell as IPython turns it into Python: "!ls" and "%time" become calls."""
    try:
        ast.parse(cell)
    except SyntaxError:
        # Imported here: it takes long, and few notebooks need it.
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(cell)
    return cell


def _modules(names: Iterable[str], root: Path) -> set[Path]:
    """The files of lib/ behind these dotted names, and of all that they import, wherever they do."""
    paths = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (root / "lib").rglob("*.py")
    }
    files, seen, waiting = set(), set(), set(names)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        # Python runs a module's packages too; the last part may be something inside: "lib.results.Score".
        for module in accumulate(name.split("."), "{}.{}".format):
            path = paths.get(module)
            if path is not None and path not in files:
                files.add(path)
                waiting |= _imported_names(path.read_text(encoding="utf-8")) - seen
    return files


@cache
def _imported_names(source: str) -> frozenset[str]:
    """Dotted names that a source imports anywhere: "lib.results.Score" for `from lib.results import Score`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)
