"""A reports folder: what its three files say of runs that are whole, failed, interrupted or out of date."""

import json
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from run_folders import finish, write_run

from lib import ROOT, papers
from lib.runs import publish as publishing
from lib.runs.folders import FAILED, REASON
from lib.runs.publish import ReportsFile, RunEntry, ScoreEntry, publish, read_reports
from lib.storage import only_process

SLUG = "kuncoro_white_blood_cells"
OTHER = "kumar_breakhis"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where the first test that needs it leaves a reports folder for all."""
    return tmp_path_factory.mktemp("made") / "reports"


@pytest.fixture
def reports(made, request, tmp_path):
    """A folder with one whole run."""
    if not made.is_dir():
        finish(write_run(request.getfixturevalue("record"), made / SLUG))
    return Path(shutil.copytree(made, tmp_path / "reports"))


@pytest.fixture(autouse=True)
def code(monkeypatch):
    """Why the code that is here would make another run, by slug."""
    changes = {}
    monkeypatch.setattr("lib.runs.key.code_change", lambda finished: changes.get(finished.slug, ""))
    return changes


def outcome(slug=SLUG, status="done", reason="", **options) -> SimpleNamespace:
    common = {"seconds": 40.0, "device": "CPU", "attempts": 1}
    return SimpleNamespace(name=slug, status=status, reason=reason, **(common | options))


def entries(reports) -> dict[str, RunEntry]:
    file = ReportsFile.model_validate_json((reports / "results.json").read_text())
    return {entry.slug: entry for entry in file.runs}


def card(reports, slug=SLUG) -> str:
    """The text of a paper's card; "" where it has none."""
    soup = BeautifulSoup((reports / "index.html").read_text(), "html.parser")
    found = soup.find("article", id=slug)
    return found.get_text(" ", strip=True) if found else ""


def in_table(reports) -> list[str]:
    return list(pd.read_csv(reports / "results.csv")["slug"])


def test_a_whole_run_is_told_with_how_it_ended_and_what_it_reached(reports):
    publish(reports, [outcome(reason="run again: parameter epochs: 3 → 4", attempts=2)])
    (entry,) = entries(reports).values()
    assert (entry.status, entry.reason) == ("done", "run again: parameter epochs: 3 → 4")
    assert (entry.seconds, entry.attempts, entry.device) == (40.0, 2, "CPU")
    assert entry.ended.endswith("+00:00")
    assert (entry.stale, entry.report) == ("", f"{SLUG}/report.html")
    assert (reports / entry.report).is_file()
    assert (entry.kind, entry.profile, entry.outcome) == ("substitute", "quick", "other images")
    (score,) = entry.scores
    assert (score.arm, score.protocol, score.accuracy, score.high) == (
        "mobilenetv2",
        "published",
        1.0,
        1.0,
    )
    assert (score.printed, score.verdict, score.learnt) == ("94.839 %", "not comparable", True)
    assert sum(entry.verdicts.values()) == len(papers.load(SLUG).claims)


def test_what_an_earlier_batch_told_of_other_papers_stays(reports):
    publish(reports, [outcome(reason="first")])
    publish(reports, [outcome(OTHER, "interrupted")])
    told = entries(reports)
    assert (told[SLUG].status, told[SLUG].reason) == ("done", "first")
    assert told[OTHER].status == "interrupted"
    publish(reports, [outcome(status="unchanged", seconds=0.2)])
    assert (entries(reports)[SLUG].status, entries(reports)[SLUG].seconds) == ("unchanged", 0.2)
    assert entries(reports)[OTHER].status == "interrupted"


@pytest.mark.parametrize("content", [None, "", "{", '{"version": 0, "runs": []}'])
def test_without_what_earlier_batches_told_the_folders_tell(reports, content):
    if content is not None:
        (reports / "results.json").write_text(content)
    publish(reports)
    (entry,) = entries(reports).values()
    assert (entry.status, entry.ended, len(entry.scores)) == ("done", "", 1)
    assert in_table(reports) == [SLUG]


def test_a_failed_run_has_its_reason_and_none_of_its_old_numbers(reports):
    kept = reports / FAILED / SLUG
    kept.mkdir(parents=True)
    (kept / REASON).write_text("it broke\n")
    (kept / "notebook.ipynb").write_text("{}")
    publish(reports)  # as another batch would, which did not run it
    (entry,) = entries(reports).values()
    assert (entry.status, entry.reason, entry.scores, entry.report) == (
        "failed",
        "it broke",
        [],
        "",
    )
    assert "it broke" in card(reports)
    assert "The report of an earlier run" in card(reports)
    assert in_table(reports) == []
    publish(reports, [outcome(status="failed", reason="again", attempts=2)])
    assert (entries(reports)[SLUG].reason, entries(reports)[SLUG].attempts) == ("again", 2)


def test_a_failure_is_forgotten_once_its_folder_is_gone(reports):
    publish(reports, [outcome(status="failed", reason="it broke")])
    publish(reports)
    assert (entries(reports)[SLUG].status, entries(reports)[SLUG].reason) == ("done", "")


def test_a_report_that_the_code_would_make_otherwise_is_marked_and_keeps_its_numbers(reports, code):
    code[SLUG] = "keras 3.14 → 3.15"
    publish(reports)
    assert "Out of date: keras 3.14 → 3.15" in card(reports)
    assert entries(reports)[SLUG].stale == "keras 3.14 → 3.15"
    assert len(entries(reports)[SLUG].scores) == 1
    assert list(pd.read_csv(reports / "results.csv")["stale"]) == ["keras 3.14 → 3.15"]


@pytest.mark.parametrize("status", ["done", "unchanged"])
def test_what_this_batch_made_or_compared_is_up_to_date(reports, code, status):
    code[SLUG] = "would not be asked"
    publish(reports, [outcome(status=status)])
    assert entries(reports)[SLUG].stale == ""


def test_a_folder_is_read_as_its_index_shows_it(reports, code):
    code[SLUG] = "keras 3.14 → 3.15"
    publish(reports, [outcome(OTHER, "interrupted")])
    before = {path: path.read_bytes() for path in reports.iterdir() if path.is_file()}
    read = read_reports(reports)
    assert [(paper.slug, results.slug) for paper, results in read.finished] == [(SLUG, SLUG)]
    assert read.stale == {SLUG: "keras 3.14 → 3.15"}
    assert "interrupted" in read.reasons[OTHER]
    assert {path: path.read_bytes() for path in before} == before


def test_a_failed_run_is_read_as_one_without_numbers(reports):
    publish(reports, [outcome(status="failed", reason="it broke")])
    (reports / FAILED / SLUG).mkdir(parents=True)
    (reports / FAILED / SLUG / REASON).write_text("it broke\n")
    read = read_reports(str(reports))
    assert read.finished == []
    assert "it broke" in read.reasons[SLUG]


def test_a_folder_that_is_absent_is_an_error_unless_none_was_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="there is no folder"):
        read_reports(tmp_path / "nowhere")
    monkeypatch.setattr(publishing, "ROOT", tmp_path)
    assert read_reports().finished == []


def test_an_interrupted_run_leaves_the_old_report_out_of_date_until_it_is_made(reports):
    publish(reports, [outcome(status="interrupted")])
    assert "interrupted" in card(reports)
    publish(reports)  # a batch of another paper
    assert entries(reports)[SLUG].stale == publishing.INTERRUPTED
    publish(reports, [outcome()])
    assert entries(reports)[SLUG].stale == ""


def test_an_interrupted_run_without_a_report_has_a_card_that_says_so(tmp_path):
    publish(tmp_path, [outcome(OTHER, "interrupted")])
    assert "Its run was interrupted" in card(tmp_path, OTHER)
    assert entries(tmp_path)[OTHER].scores == []


def test_a_run_of_which_a_file_was_changed_shows_no_number(reports):
    (reports / SLUG / "predictions.csv").write_text("changed")
    publish(reports)
    assert "must be run again" in card(reports)
    assert (in_table(reports), entries(reports)) == ([], {})


def test_who_publishes_waits_for_its_turn(reports):
    ended = []
    thread = threading.Thread(target=lambda: (publish(reports), ended.append("publish")))
    with only_process(reports / ".index.lock"):
        thread.start()
        thread.join(0.3)
        ended.append("other")
    thread.join(30)
    assert ended == ["other", "publish"]
    assert in_table(reports) == [SLUG]


def test_a_turn_that_never_comes_is_not_waited_for_without_end(reports, monkeypatch):
    monkeypatch.setattr(publishing, "PATIENCE_S", 0.1)
    with only_process(reports / ".index.lock"):
        publish(reports)
    assert in_table(reports) == [SLUG]


def test_nothing_but_the_three_files_is_left(reports):
    publish(reports)
    assert {path.name for path in reports.iterdir()} == {
        *(SLUG, "index.html", "results.csv", "results.json")
    }


def test_the_readme_of_reports_names_every_field():
    readme = (ROOT / "reports" / "README.md").read_text(encoding="utf-8")
    fields = {*ReportsFile.model_fields, *RunEntry.model_fields, *ScoreEntry.model_fields}
    assert [name for name in sorted(fields) if f"`{name}`" not in readme] == []


def test_a_new_paper_needs_nothing_here(reports):
    publish(reports, [outcome("no_such_paper")])
    assert set(entries(reports)) <= set(papers.slugs())
    assert json.loads((reports / "results.json").read_text())["version"] == publishing.VERSION
