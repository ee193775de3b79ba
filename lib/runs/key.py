"""The run key: a hash of everything that a run's numbers and pages depend on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lib import NOT_IN_REPORT, ROOT
from lib.machine import backend_name, versions
from lib.settings import Settings


def key_parts(
    notebook: Path,
    settings: Settings,
    *,
    data: str,
    weights: str,
    device: str,
    kernel: str = "",
    own: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Everything a run's numbers depend on, one hash or text each.

    Args:
        notebook: The notebook; only its code counts.
        data: Hash of the images (`Scan.sha256`).
        weights: Hashes of the arms' weight files, joined by spaces; "" for random weights.
        device: "cpu", or the GPU's name.
        kernel: Name of the Jupyter kernel, "" for this Python's own.
        own: Parameters that only this notebook knows, as given.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    # Not the cell that only fetches the library: a repository that moves changes no number.
    computing = [one for one in cells if NOT_IN_REPORT not in one["metadata"].get("tags", [])]
    code = ["".join(one["source"]) for one in computing if one["cell_type"] == "code"]
    installed = {**versions(), "backend": backend_name()}
    return {
        "notebook": _hash(json.dumps(code)),
        "parameters": _hash(json.dumps([asdict(settings), dict(own or {})], sort_keys=True)),
        "lib": _library_hash(),
        "data": data,
        "weights": weights,
        "versions": _hash(json.dumps(installed, sort_keys=True)),
        "device": device,
        "kernel": kernel,
    }


def run_key(parts: Mapping[str, str]) -> str:
    """The hash of all key parts, "" for none."""
    return _hash(json.dumps(dict(parts), sort_keys=True)) if parts else ""


def _library_hash() -> str:
    files = sorted(path for path in (ROOT / "lib").rglob("*") if path.is_file())
    parts = [
        f"{path.relative_to(ROOT).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in files
        if "__pycache__" not in path.parts
    ]
    return _hash("\n".join(parts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
