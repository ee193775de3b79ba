"""What a reports folder says of all its runs: index.html, results.csv and results.json, each whole.

Several processes may publish in one folder: each waits for its turn, reads every run that is there, and
writes the files anew. A report is shown as out of date where the code that is here would make another.
"""

import textwrap
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from lib import ROOT, papers, storage
from lib.evidence.status import Status, status_of
from lib.papers.declare import Paper
from lib.report import index
from lib.report.rows import summary_csv, summary_rows
from lib.results import Reference, Results, Verdict, load_references
from lib.runs import check, key
from lib.runs.folders import FAILED, REASON
from lib.runs.sweep import sweep_links
from lib.storage import InUseError, only_process, write_text

if TYPE_CHECKING:
    from lib.runs.task import Outcome

LONGEST_REASON = 500  # characters on a card of the index
LONGEST_STALE = 200  # characters of why a report is out of date; results.json has them all
PATIENCE_S = 30  # for another process that publishes in the same folder
VERSION: Final = 1  # of reports/results.json
ENDING = ("status", "reason", "seconds", "attempts", "device")  # of an outcome
INTERRUPTED = "the run that should replace it was interrupted"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreEntry(_Entry):
    """The accuracy on test images of a model under a protocol."""

    arm: str
    variant_of: str = Field(description='the arm it is a variant of; "" for one of its own')
    protocol: str
    accuracy: float = Field(description="mean over seeds")
    low: float = Field(description="lower bound of the 95 % interval")
    high: float
    sd: float | None = Field(description="standard deviation over seeds; null for one seed")
    seeds: int
    majority: float = Field(description="accuracy of always giving the most frequent answer")
    learnt: bool = Field(description="whether it does better than a constant answer")
    printed: str = Field(description='the accuracy that the paper prints of it, "" for none')
    verdict: Verdict | Literal[""] = Field(description='on that; "" where there is none')


class RunEntry(_Entry):
    """One run, as the last batch that it was part of left it."""

    name: str = Field(description="of the run in its batch: the slug")
    slug: str
    status: Literal["done", "unchanged", "failed", "interrupted"] = Field(
        description="how the run ended in the last batch it was part of; unchanged: it was not run again"
    )
    reason: str = Field(
        description='why it failed, or why it was run again; "" if there is nothing to say'
    )
    seconds: float = Field(description="that the run took in that batch")
    attempts: int = Field(description="how often it was begun in that batch")
    device: str = Field(description="on which it ran")
    ended: str = Field(description='when, UTC, ISO 8601; "" where no batch noted it')
    stale: str = Field(
        description='why the run would come out otherwise today; "" for one up to date'
    )
    report: str = Field(
        description='of its report, relative to this file; "" where there is none to trust'
    )
    run_key: str = Field(description='of the report\'s run; "" without a report')
    profile: str
    kind: str = Field(description="of the images: exact, substitute or phantom")
    outcome: Status | Literal[""] = Field(
        description='what the run says of its paper; "" without a report'
    )
    verdicts: dict[Verdict, int] = Field(
        description="how many claims of the paper got each verdict"
    )
    scores: list[ScoreEntry] = Field(description="empty without a report, or after a failure")


class ReportsFile(_Entry):
    """reports/results.json: how each run of this folder ended, and the scores of its report."""

    version: Literal[1] = VERSION
    runs: list[RunEntry] = Field(description="in the order of the papers")


def publish(reports: Path, outcomes: Sequence["Outcome"] = ()) -> None:
    """Writes index.html, results.csv and results.json of a reports folder.

    Args:
        outcomes: Of the batch that publishes, so far; what results.json says of others stays.
    """
    with ExitStack() as turn:
        # Who cannot wait any longer writes all the same: each file is whole, and the other's runs are
        # on the disk for whoever publishes next.
        with suppress(InUseError):
            turn.enter_context(only_process(reports / ".index.lock", wait_s=PATIENCE_S))
        _write(reports, outcomes)


def _write(reports: Path, outcomes: Sequence["Outcome"]) -> None:
    now = {outcome.name: outcome for outcome in outcomes}
    before = _entries_before(reports / "results.json")
    runs = [_Run(reports, slug, now.get(slug), before.get(slug)) for slug in papers.slugs()]
    read = _read(runs)
    html = index.index_page(
        read.finished,
        read.references,
        read.unshown,
        stale=read.stale,
        sweeps=sweep_links(reports),
    )
    write_text(reports / "index.html", html)
    records = [results for _, results in read.finished]
    write_text(reports / "results.csv", summary_csv(records, read.stale))
    file = ReportsFile(runs=[entry for run in runs if (entry := run.entry())])
    write_text(reports / "results.json", file.model_dump_json(indent=1) + "\n")


class ReadReports(NamedTuple):
    """What a reports folder tells of the papers, and what is kept of them.

    Attributes:
        finished: Of each run whose report holds the numbers of its last run, declaration and record.
        references: What was measured on real images, of any paper.
        unshown: The other papers of which there is something to be said.
        stale: Slug → why a finished run would come out otherwise today, in short.
    """

    finished: list[tuple[Paper, Results]]
    references: list[Reference]
    unshown: list[index.Unshown]
    stale: dict[str, str]

    @property
    def reasons(self) -> dict[str, str]:
        """Slug → why the paper's run has no numbers to show."""
        return {card.paper.slug: card.reason for card in self.unshown}


def read_reports(reports: str | Path | None = None) -> ReadReports:
    """What stands in a reports folder, read as its index shows it; nothing is written.

    Args:
        reports: The folder; None for reports/ of this checkout, which may be absent.

    Raises:
        ValueError: There is no such folder, or a reference does not follow the schema.
    """
    folder = ROOT / "reports" if reports is None else storage.user_path(str(reports))
    if reports is not None and not folder.is_dir():
        raise ValueError(
            f"`reports` should be a folder of runs, as run_all.py makes one; there is no folder {folder}. "
            f"Give another, or None for reports/."
        )
    before = _entries_before(folder / "results.json")
    return _read([_Run(folder, slug, None, before.get(slug)) for slug in papers.slugs()])


def _read(runs: Sequence["_Run"]) -> ReadReports:
    shown = [run for run in runs if run.is_shown]
    return ReadReports(
        finished=[(papers.load(run.slug), run.finished) for run in shown if run.finished],
        references=load_references(storage.references()),
        unshown=[card for run in runs if (card := run.card_without_numbers())],
        stale={run.slug: textwrap.shorten(run.stale, LONGEST_STALE) for run in shown if run.stale},
    )


def _entries_before(path: Path) -> dict[str, RunEntry]:
    """Slug → what results.json says; nothing of a file that is absent, older or damaged."""
    try:
        file = ReportsFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {entry.slug: entry for entry in file.runs}


class _Run:
    """What there is of a paper's run: its report, and how it ended.

    Attributes:
        finished: The record of its report; None where there is none that can be trusted.
        failure: Why its last run failed; "" where it did not.
        ending: The fields of `RunEntry` that tell how it ended; None where nothing is known of it.
        stale: Why it would come out otherwise today; "" for one that is up to date, or not there.
    """

    def __init__(
        self, reports: Path, slug: str, outcome: "Outcome | None", before: RunEntry | None
    ) -> None:
        self.slug, self._reports = slug, reports
        self.finished = check.finished_run(reports / slug)
        self.failure = _failure(reports / FAILED / slug, outcome)
        self.ending = _ending(outcome, before, self.finished, self.failure)
        self.stale = ""
        if self.finished and self.ending and self.ending["status"] == "interrupted":
            self.stale = INTERRUPTED
        elif self.finished and outcome is None:  # else this batch has just compared or made it
            self.stale = key.code_change(self.finished)

    @property
    def is_shown(self) -> bool:
        """Whether its report holds the numbers of its last run."""
        return self.finished is not None and not self.failure

    def card_without_numbers(self) -> index.Unshown | None:
        """What the index says of it instead of numbers that are not those of its last run."""
        notebook, links = f"{FAILED}/{self.slug}/notebook.ipynb", {}
        if self.failure:
            reason = f"Its last run failed. {textwrap.shorten(self.failure, LONGEST_REASON)}"
            if (self._reports / notebook).is_file():
                links["The notebook of the failed run"] = notebook
            if self.finished:
                links["The report of an earlier run"] = f"{self.slug}/report.html"
        elif self.finished:
            return None
        elif fault := check.fault_of(self._reports / self.slug):
            reason = f"It must be run again: {fault}."
        elif self.ending and self.ending["status"] == "interrupted":
            reason = "Its run was interrupted. Run it again: it goes on where it stopped."
        else:
            return None
        return index.Unshown(paper=papers.load(self.slug), reason=reason, links=links)

    def entry(self) -> RunEntry | None:
        """Its place in results.json; None where nothing is known of it."""
        if self.ending is None:
            return None
        fields = {"name": self.slug, "slug": self.slug, "stale": self.stale, **self.ending}
        return RunEntry(**fields, **_report_fields(self.finished if self.is_shown else None))


def _failure(folder: Path, outcome: "Outcome | None") -> str:
    """Why the last run failed, as this batch knows or an earlier one left it; "" where it did not."""
    if outcome and outcome.status == "failed":
        return outcome.reason or "No reason is known."
    try:
        return (folder / REASON).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _ending(
    outcome: "Outcome | None", before: RunEntry | None, finished: Results | None, failure: str
) -> dict[str, Any] | None:
    """How the run ended: in this batch, in an earlier one, or as far as its folders tell."""
    if outcome:
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        return {name: getattr(outcome, name) for name in ENDING} | {"ended": ended}
    known = {name: getattr(before, name) for name in (*ENDING, "ended")} if before else None
    if failure:
        return known if known and known["status"] == "failed" else _untold("failed", failure)
    if known and (known["status"] == "interrupted" or (finished and known["status"] != "failed")):
        return known
    return _untold("done", "", finished) if finished else None


def _untold(status: str, reason: str, finished: Results | None = None) -> dict[str, Any]:
    """The ending of a run that no batch noted, as of one that wrote an older results.json."""
    provenance = finished.provenance if finished else None
    return {
        "status": status,
        "reason": reason,
        "seconds": provenance.seconds if provenance else 0.0,
        "attempts": 1,
        "device": provenance.device if provenance else "",
        "ended": "",
    }


def _report_fields(finished: Results | None) -> dict[str, Any]:
    """The fields of `RunEntry` that a report fills."""
    if finished is None:
        return {
            **dict.fromkeys(("report", "run_key", "profile", "kind", "outcome"), ""),
            "verdicts": {},
            "scores": [],
        }
    rows = summary_rows(finished)
    return {
        "report": f"{finished.slug}/report.html",
        "run_key": finished.provenance.run_key,
        "profile": finished.profile,
        "kind": finished.data.kind,
        "outcome": status_of(finished),
        "verdicts": Counter(claim.verdict for claim in finished.claims),
        "scores": [{name: row[name] for name in ScoreEntry.model_fields} for row in rows],
    }
