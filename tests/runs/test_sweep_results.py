"""The page of a sweep is made of what lies in its folder, whole runs and failures alike."""

import pandas as pd
import pytest
from finished_runs import write_run

from lib.evidence.sweeps import Sweep
from lib.runs.folders import REASON
from lib.runs.sweep import begin_sweep, failed_folder, run_folder
from lib.runs.sweep_results import publish_sweep


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports" / "sweeps" / "epochs"


@pytest.fixture
def published(folder, plan, record):
    """The record of a sweep after a call for these epochs, of which some have run."""

    def publish(*epochs: int, done: tuple[int, ...] = ()) -> Sweep:
        begin_sweep(folder, [(plan, {"epochs": number}) for number in epochs])
        for number in done:
            target = run_folder(folder, plan.paper.slug, {"epochs": number})
            target.mkdir(parents=True)
            write_run(record, target)
        publish_sweep(folder)
        return Sweep.model_validate_json((folder / "results.json").read_text())

    return publish


def test_whole_runs_are_compared_by_their_own_answers(published, folder, paper):
    sweep = published(1, 2, done=(1, 2))
    assert [(row.paper, row.point, row.accuracy.mean) for row in sweep.rows] == [
        (paper.name, {"epochs": 1}, 1.0),
        (paper.name, {"epochs": 2}, 1.0),
    ]
    (best,) = sweep.best
    assert best.rivals[0].difference.per_seed == [0, 0]
    assert sweep.failures == []
    for row in sweep.rows:
        assert (folder / row.report).is_file()
    table = pd.read_csv(folder / "results.csv")
    assert table["epochs"].tolist() == [1, 2]
    assert "the highest accuracy" in (folder / "index.html").read_text()


def test_a_run_that_is_not_there_says_why(published, folder, plan):
    damaged = run_folder(folder, plan.paper.slug, {"epochs": 2})
    published(1, 2, done=(2,))
    (damaged / "predictions.csv").write_text("other")
    failed = failed_folder(folder, plan.paper.slug, {"epochs": 3})
    failed.mkdir(parents=True)
    (failed / REASON).write_text("The disk was full.\n")
    (failed / "notebook.ipynb").touch()
    sweep = published(1, 2, 3)
    missing, changed, broken = sweep.failures
    assert "not been run yet" in missing.reason
    assert "predictions.csv" in changed.reason
    assert broken.reason == "The disk was full."
    assert [(folder / place).is_file() for place in broken.links.values()] == [True]
    assert sweep.rows == []


def test_a_failure_hides_the_earlier_run_and_leads_to_it(published, folder, plan):
    failed = failed_folder(folder, plan.paper.slug, {"epochs": 1})
    failed.mkdir(parents=True)
    (failed / REASON).write_text("It broke.")
    sweep = published(1, done=(1,))
    assert sweep.rows == []
    (failure,) = sweep.failures
    assert [(folder / place).name for place in failure.links.values()] == ["report.html"]


def test_what_an_earlier_call_made_stays_and_what_it_did_not_make_goes(published):
    published(1, 2, done=(1,))
    sweep = published(3, done=(3,))
    assert [(row.point, row.asked) for row in sweep.rows] == [
        ({"epochs": 3}, True),
        ({"epochs": 1}, False),
    ]
    assert sweep.failures == []


def test_the_page_leads_to_the_index_of_all_papers_where_there_is_one(published, folder):
    published(1)
    assert "../../index.html" not in (folder / "index.html").read_text()
    (folder.parent.parent / "index.html").touch()
    published(1)
    assert "../../index.html" in (folder / "index.html").read_text()
