"""Finished runs to hold against themselves."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from run_folders import fingerprint, make_whole, write_whole_run


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record and its check draw the same replicates, however many: few are drawn faster."""
    for module in ("evaluation.scores", "evaluation.intervals", "evidence.comparisons"):
        monkeypatch.setattr(f"lib.{module}.REPLICATES", 100)


@pytest.fixture(scope="session")
def _kept_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that `written` copies, by what was recorded."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def written(record: SimpleNamespace, _kept_runs: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes the record as the batch would and returns its folder; the same record is computed once."""

    def write(name: str = "run") -> Path:
        make_whole(record)
        kept = _kept_runs / fingerprint(record)
        if not kept.exists():
            write_whole_run(record, kept)
        return Path(shutil.copytree(kept, tmp_path / name))

    return write
