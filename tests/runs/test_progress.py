"""Progress in the terminal: a log gets a line per section and phase, and is told now and then that it goes on."""

import io
import json

import pytest
from rich.console import Console

from lib.runs import progress
from lib.runs.progress import Progress


@pytest.fixture
def log(tmp_path):
    """(lines so far, the progress of a notebook with two sections, its file of state)."""
    stream, state = io.StringIO(), tmp_path / "state"
    console = Console(file=stream, highlight=False)
    with Progress(console, "cats", ["The data", "Training", "Training"], state) as shown:
        yield lambda: stream.getvalue().splitlines(), shown, state


def leave(file, name: str, told: str) -> None:
    """As a notebook does."""
    file.write_text(json.dumps({"name": name, "share": 0.5, "told": told}))


def test_a_phase_is_one_line_however_often_it_tells_of_itself(log):
    lines, shown, state = log
    shown.cell_started(1, {"source": "trained = 1"})
    for epoch in range(5):
        leave(state, "Training mobilenetv2", f"epoch {epoch}")
        shown.wait()
    state.unlink()
    shown.wait()
    leave(state, "Training [red]vgg16", "epoch 1")
    shown.wait()
    shown.cell_started(2, {"source": "history = 1"})
    assert lines() == ["cats: Training", "cats: Training mobilenetv2", "cats: Training [red]vgg16"]


def test_a_long_phase_is_told_with_how_far_it_is(log, monkeypatch):
    lines, shown, state = log
    shown.cell_started(1, {"source": "trained = 1"})
    leave(state, "Training mobilenetv2", "epoch 3 of 5")
    shown.wait()
    monkeypatch.setattr(progress, "STILL", 0)
    shown.wait()
    assert len(lines()) == 3
    assert "epoch 3 of 5" in lines()[-1]
