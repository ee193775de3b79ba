"""What tests of several files of lib/runs/ need."""

import nbformat
import pytest

from lib.runs.plan import Plan
from lib.settings import resolve


@pytest.fixture
def plan(paper, tmp_path, monkeypatch) -> Plan:
    """A run on phantoms, few of them in its control sets, too, on a machine without a GPU; it keeps no models."""
    monkeypatch.setattr(
        "lib.machine.weights_fingerprint", lambda backbones: f"of {' '.join(backbones)}"
    )
    monkeypatch.setattr("lib.machine.gpu_name", lambda: None)
    monkeypatch.setattr("lib.phantoms.CONTROL_PER_CLASS", 1)
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    settings = resolve(paper, phantoms_per_class=5, keep_models="none")
    return Plan(paper=paper, notebook=path, settings=settings, data="phantom")
