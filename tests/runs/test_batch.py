"""The batch: one failure stops no other run, the page is renewed, the exit code says how it went."""

import json
import os
from dataclasses import replace
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from finished_runs import write_run

from lib import runs, storage
from lib.datasets import DataError
from lib.papers.declare import Assumed
from lib.runs import batch, check, pool, task
from lib.runs.batch import How

PARTS = {"notebook": "n", "weights": "of MobileNetV2"}


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


@pytest.fixture
def papers_to_run(record, plan, monkeypatch):
    """Plans of papers of these names; the error in `raised` is what a name's notebook ends with."""
    raised = {}

    def execute(made, folder, _):
        if error := raised.get(made.name):
            raise error
        return write_run(record, folder).provenance.device

    def in_this_process(tasks, jobs, *, on_start, on_outcome, on_tick, on_postponed):
        for each in tasks:
            on_start(each.name)
            on_tick()
            on_outcome(each.perform())

    monkeypatch.setattr(task, "_execute", execute)
    monkeypatch.setattr(check, "parts_of", lambda _: PARTS)
    monkeypatch.setattr(check, "change_since", lambda *_: "")
    monkeypatch.setattr(pool, "run_tasks", in_this_process)
    monkeypatch.setenv(runs.ENVIRONMENT, json.dumps({"key_parts": PARTS}))

    def named(*slugs):
        return [replace(plan, paper=replace(plan.paper, slug=slug)) for slug in slugs]

    return SimpleNamespace(named=named, raised=raised)


def test_one_failure_stops_no_other_run(papers_to_run, reports, capsys):
    papers_to_run.raised["first"] = task.RunError("In the section “Training”: it [0, 1] broke")
    assert batch.run(papers_to_run.named("first", "second"), reports, How()) == 1
    shown = capsys.readouterr()
    assert "first: failed. In the section “Training”: it [0, 1] broke" in shown.err
    assert "second: done in" in shown.out
    table = [line.split() for line in shown.out.splitlines()]
    assert ["first", "–", "–", "–", "–", "failed"] in table
    assert ["second", "mobilenetv2"] in [words[:2] for words in table]
    assert (reports / "index.html").is_file()
    del papers_to_run.raised["first"]
    assert (reports / "failed").exists()
    assert batch.run(papers_to_run.named("first", "second"), reports, How()) == 0
    assert not (reports / "failed").exists()


def test_a_run_that_trains_a_whole_network_is_begun_first_and_told_of_in_its_place(
    papers_to_run, reports, capsys
):
    first, second = papers_to_run.named("first", "second")
    arms = [replace(arm, trainable=Assumed(True, "…")) for arm in second.paper.arms]
    second = replace(second, paper=replace(second.paper, arms=tuple(arms)))
    assert batch.run([first, second], reports, How()) == 0
    shown = capsys.readouterr().out
    assert shown.index("second: started") < shown.index("first: started")
    assert shown.index("\nfirst ") < shown.index("\nsecond ")


def test_all_well_is_exit_code_0_and_what_is_unchanged_needs_no_engine(
    papers_to_run, reports, monkeypatch, capsys
):
    assert batch.run(papers_to_run.named("first"), reports, How()) == 0
    assert "94.839 %" in capsys.readouterr().out
    monkeypatch.setattr(pool, "run_tasks", None)
    assert batch.run(papers_to_run.named("first"), reports, How()) == 0
    assert "first: unchanged, not run again" in capsys.readouterr().out


def test_kept_results_that_cannot_be_read_are_told_before_anything_runs(
    papers_to_run, reports, capsys
):
    broken = storage.references() / "a_paper" / "images.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    assert batch.run(papers_to_run.named("first"), reports, How()) == 1
    assert f"{broken} should be a reference" in capsys.readouterr().err
    assert not reports.exists()


def test_a_folder_that_cannot_be_written_is_told_once(papers_to_run, reports, capsys):
    reports.write_text("")
    assert batch.run(papers_to_run.named("first"), reports, How()) == 1
    assert "should be a folder that can be written to" in capsys.readouterr().err


def test_names_of_files_reach_the_terminal_escaped(papers_to_run, reports, capsys):
    papers_to_run.raised["first"] = DataError("cat\x1b[2J\u202e[red]:smile:.png cannot be read")
    assert batch.run(papers_to_run.named("first"), reports, How()) == 1
    assert r"cat\x1b[2J\u202e[red]:smile:.png cannot be read" in capsys.readouterr().err


def test_an_interrupt_leaves_finished_runs_whole_and_is_told_of_in_the_page(
    papers_to_run, reports, paper
):
    papers_to_run.raised["second"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        batch.run(papers_to_run.named(paper.slug, "second", "third"), reports, How())
    assert check.finished_run(reports / paper.slug)
    assert not (reports / "failed").exists()
    assert [path.name for path in reports.glob(".*")] == []
    kept = json.loads((reports / "results.json").read_text())
    assert {run["name"]: run["status"] for run in kept["runs"]}[paper.slug] == "done"


def test_a_notebook_that_cannot_be_read_is_a_failed_run_in_the_index(reports, paper):
    assert batch.run([], reports, How(), broken={paper.slug: "cell 3"}) == 1
    html = (reports / "index.html").read_text(encoding="utf-8")
    (card,) = BeautifulSoup(html, "html.parser").select("article.card")
    assert "Its last run failed. cell 3" in card.get_text()


def test_what_cannot_be_had_is_told_first_and_stops_no_other_run(
    papers_to_run, reports, monkeypatch, capsys
):
    monkeypatch.setattr(task.kaggle, "missing", lambda _: [])
    first, second = papers_to_run.named("first", "second")
    by_hand = replace(first, data="kaggle", missing="Download the atlas by hand")
    assert batch.run([by_hand, second], reports, How()) == 1
    shown = capsys.readouterr()
    assert shown.out.index("first: Download the atlas by hand") < shown.out.index("second: done")
    reason = (reports / "failed" / "first" / "reason.txt").read_text()
    assert reason == "Download the atlas by hand\n"


def test_a_relative_weights_folder_is_found_from_the_kernels_folder(reports, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIB_WEIGHTS", "some/weights")
    batch.run([], reports, How())
    assert os.environ["LIB_WEIGHTS"] == str(tmp_path / "some" / "weights")


def test_a_dry_run_writes_nothing(papers_to_run, reports, capsys):
    assert batch.run(papers_to_run.named("first"), reports, How(dry_run=True)) == 0
    assert "first" in capsys.readouterr().out
    assert not reports.exists()


def test_junit_is_told_of_every_run(papers_to_run, reports, tmp_path):
    papers_to_run.raised["second"] = task.RunError("it broke")
    told = tmp_path / "ci" / "junit.xml"
    batch.run(papers_to_run.named("first", "second"), reports, How(junit=told))
    assert 'failures="1"' in told.read_text()
    assert told.read_text().count("<testcase ") == 2
