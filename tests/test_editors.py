"""What programs that open the notebooks do: VS Code, JupyterLab, Binder."""

import json
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from lib import ROOT
from lib.grading import hand_in
from lib.results import Results


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A notebook, as it is saved somewhere that is not the working folder."""
    path = tmp_path / "elsewhere" / "mine.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": []}))
    return path


@pytest.mark.parametrize("name", ["__vsc_ipynb_file__", "__session__"])
def test_the_notebook_is_found_where_the_editor_notes_it(saved, record, name, monkeypatch):
    """VS Code notes its path under the first name, ipykernel with Jupyter's server under the second."""
    monkeypatch.delenv(hand_in.PATH_BY_JUPYTER, raising=False)
    results: Results = record.collect()
    assert hand_in._saved_notebook(results, {name: str(saved)}) == saved.read_bytes()
    with pytest.raises(hand_in.HandInError):
        hand_in._saved_notebook(results, {name: str(saved.with_name("gone.ipynb"))})


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", "notebooks", "/"])
def test_a_kernel_finds_the_library_wherever_an_editor_starts_it(folder):
    """VS Code starts it beside the notebook, or in the folder that is open; JupyterLab beside it."""
    manager, client = start_new_kernel(cwd=str(ROOT / folder))
    try:
        code = 'from lib import papers; print(papers.load("kuncoro_white_blood_cells").slug)'
        printed: list[str] = []
        reply = client.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
        assert reply["content"]["status"] == "ok"
        assert "kuncoro_white_blood_cells" in "".join(printed)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
