"""--dry-run says what a batch would do; and what a batch of unchanged runs does: next to nothing."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from finished_runs import write_run

from lib import papers
from lib.results import run_key
from lib.runs import check
from lib.runs.dry_run import Foreseen, dry_run, lines
from lib.runs.folders import write_checksums
from lib.runs.task import Task

FEW = (
    *("--data", "phantom", "-p", "phantoms_per_class", "5"),
    *("-p", "keep_models", "none"),  # made-up runs have none
)
# The parts of every paper's key, as a batch finds them.
PARTS = """
import json, sys
from types import SimpleNamespace
from lib import phantoms
from lib.runs import check, plan
phantoms.CONTROL_PER_CLASS = 1
options = SimpleNamespace(
    slugs=[], profile="quick", data="phantom", seeds=None, parameters_file=None, kernel=None,
    parameters=[("phantoms_per_class", "5")], reports=sys.argv[1],
)
plans, _ = plan.make_plans(options)
print(json.dumps({made.paper.slug: check.parts_of(made) for made in plans}))
"""
# A batch, what another one would do, then what both have loaded.
BATCH = """
import sys, run_all
from lib import phantoms
phantoms.CONTROL_PER_CLASS = 1
code = run_all.main(sys.argv[1:])
run_all.main([*sys.argv[1:], "-p", "epochs", "7", "--dry-run"])
heavy = {"keras", "tensorflow", "papermill", "nbformat", "nbconvert", "matplotlib", "seaborn"}
print("CODE", code, "HEAVY", sorted(heavy & set(sys.modules)))
"""


@pytest.fixture
def python(checkout, offline_env):
    """Runs code in a checkout of its own; what it printed."""

    def run(code: str, *arguments: str) -> str:
        process = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=checkout,
            env=offline_env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run


def write_finished(record, folder, slug: str, parts: dict[str, str]) -> None:
    """A run of that paper and key; its numbers are another paper's."""
    write_run(record, folder)
    made = json.loads((folder / "results.json").read_text())
    made["slug"] = slug
    made["provenance"] |= {"key_parts": parts, "run_key": run_key(parts)}
    (folder / "results.json").write_text(json.dumps(made))
    write_checksums(folder)


def test_five_unchanged_runs_are_seen_without_what_makes_runs_and_a_changed_one_is_told(
    python, record, tmp_path
):
    reports = tmp_path / "reports"
    keys = json.loads(python(PARTS, str(reports)))
    assert [*keys] == papers.runnable()
    for slug, parts in keys.items():
        write_finished(record, reports / slug, slug, parts)
    told = python(BATCH, *FEW, "--reports", str(reports))
    assert "CODE 0 HEAVY []" in told
    for slug in keys:
        assert f"{slug}: unchanged, not run again" in told
    assert "kuncoro_white_blood_cells: would run (epochs: 15 → 7)" in told


@pytest.fixture
def task(plan, tmp_path):
    """The run of `plan`, of which nothing is there yet."""
    return Task(
        name="run",
        plan=plan,
        target=tmp_path / "run",
        failed=tmp_path / "failed",
        state=tmp_path / "state",
        force=False,
        timeout_s=1,
    )


def foreseen(task: Task) -> tuple[str, str]:
    (run,) = dry_run([task])
    return run.outcome, run.reason


def test_each_outcome_has_its_reason(task, record, monkeypatch):
    assert foreseen(task) == ("would run", "there is no finished run of it")
    write_run(record, task.target)
    monkeypatch.setattr(check, "change_since", lambda *_: "")
    assert foreseen(task) == ("unchanged", "")
    assert foreseen(replace(task, force=True)) == ("would run", "--force")
    monkeypatch.setattr(check, "change_since", lambda *_: "epochs: 3 → 4")
    assert foreseen(task) == ("would run", "epochs: 3 → 4")
    (task.target / "report.html").write_text("changed")
    outcome, reason = foreseen(task)
    assert (outcome, "report.html of its folder was changed" in reason) == ("would run", True)


def test_what_would_be_refused_is_said_with_the_reason(task, make_folder, tmp_path):
    missing = replace(task, plan=replace(task.plan, missing="Bring the cells by hand."))
    assert foreseen(missing) == ("refused", "Bring the cells by hand.")
    empty = tmp_path / "empty"
    empty.mkdir()
    outcome, reason = foreseen(replace(task, plan=replace(task.plan, data=str(empty))))
    assert (outcome, "should hold images of every class" in reason) == ("refused", True)
    task.target.mkdir()
    (task.target / "cat.png").write_text("mine")
    outcome, reason = foreseen(task)
    assert (outcome, "cat.png" in reason) == ("refused", True)


def test_nothing_is_drawn_downloaded_or_written_where_there_is_no_run(task, monkeypatch):
    monkeypatch.setattr("lib.phantoms.folder", lambda *_: pytest.fail("images were drawn"))
    monkeypatch.setattr("lib.datasets.downloads.kaggle.fetch", lambda *_, **__: 1 / 0)
    before = sorted(task.target.parent.rglob("*"))
    foreseen(task)
    kaggle = replace(task, plan=replace(task.plan, data="kaggle"))
    assert foreseen(kaggle) == ("would run", "its images are downloaded first")
    assert sorted(task.target.parent.rglob("*")) == before


def test_a_line_is_safe_for_a_terminal():
    run = Foreseen(name="cats", outcome="refused", reason="cat\x1b[2J.png")
    assert [*lines([run, replace(run, outcome="unchanged", reason="")])] == [
        r"cats: refused (cat\x1b[2J.png)",
        "cats: unchanged",
    ]
