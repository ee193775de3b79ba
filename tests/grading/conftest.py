"""Finished runs to hold against themselves."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from run_folders import write_run


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record and its check draw the same replicates, however many: few are drawn faster."""
    for module in ("evaluation.scores", "evaluation.intervals", "evidence.comparisons"):
        monkeypatch.setattr(f"lib.{module}.REPLICATES", 100)


@pytest.fixture
def written(record: SimpleNamespace, tmp_path: Path) -> Callable[..., Path]:
    """Writes the record as the batch would and returns its folder."""
    return lambda name="run": write_run(record, tmp_path / name)
