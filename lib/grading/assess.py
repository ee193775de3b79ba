"""One submission, assessed: checked, held against the rubric, and reduced to what pages and comparisons need."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lib.grading.artefacts import HAND_IN
from lib.grading.changes import Answer, Changes, ChangesError, changes_html, find_changes
from lib.grading.checks import Facts, Outcome, check_item
from lib.grading.figures import SafeFigure, safe_figures
from lib.grading.hand_in import read_hand_in
from lib.grading.items import Item, Verification
from lib.grading.processes import side_by_side
from lib.grading.rubric import TEACHER, Rubric
from lib.grading.submissions import Submission, open_submission
from lib.results import ANSWER, Results, hash_json

WORD = re.compile(r"\w+")
SHINGLE = 5  # words
MOST_SHINGLES = 20_000
MOST_DIFF = 60_000  # characters of HTML that show what was changed


@dataclass(frozen=True, kw_only=True)
class SeedAccuracy:
    """The accuracy of one model with one seed.

    Attributes:
        model: The paper, the arm and the protocol, in words.
        setting: Hash of all else that it depends on, but the seed: what has the same may be compared.
    """

    model: str
    setting: str
    seed: int
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What tells two submissions of one run, or of one text, from two of their own.

    Attributes:
        predictions: SHA-256 of which class every model gave every image; "" where no table tells it.
        seeds: Of the run, which two honest runs may share.
        run: Start and duration of the run; "" where no record can be read.
        shingles: Hashes of every `SHINGLE` words in a row of what the student wrote.
    """

    predictions: str = ""
    seeds: tuple[int, ...] = ()
    run: str = ""
    shingles: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What is known of a submission.

    Attributes:
        outcomes: One per item of the rubric, in its order.
        problem: Why it is broken, in a sentence; "" where it is not.
        signed: Who made it, as the submission says; "" where it does not.
        changes: Of the notebook, as HTML without anything active; "" where nothing can be told.
    """

    path: Path
    overall: str
    items: tuple[Item, ...]
    outcomes: tuple[Outcome, ...]
    problem: str = ""
    signed: str = ""
    assignment: str = ""
    slug: str = ""
    changes: str = ""
    answers: tuple[Answer, ...] = ()
    figures: tuple[SafeFigure, ...] = ()
    accuracies: tuple[SeedAccuracy, ...] = ()
    traces: Traces = Traces()


def assess_all(paths: Sequence[Path], rubric: Rubric, jobs: int) -> Iterator[Assessment]:
    """Each path in turn, in `jobs` processes; whatever lies there, none stops another."""
    ended = partial(_broken, rubric=rubric, problem="Reading it ended the process.", items=())
    return side_by_side(partial(assess, rubric=rubric), paths, jobs, ended)


def assess(path: Path, rubric: Rubric) -> Assessment:
    """The submission at `path`; whatever lies there, nothing is raised."""
    from lib.grading.consistency import verify  # as in `lib.grading.verify`

    try:
        submission = open_submission(path)
        verification = verify(submission)
        if verification.record is None:
            reasons = [item.sentence for item in verification.items if item.state != "ok"]
            problem = "; ".join(reasons) or "results.json cannot be read"
            signed = _signed(submission, None)
            return _broken(path, rubric, problem, verification.items, signed)
        return _assessed(submission, verification, verification.record, rubric)
    except Exception as error:  # a stranger's files can fail anywhere; the others are still to come
        return _broken(path, rubric, f"Reading it ended with {type(error).__name__}.", ())


def _broken(
    path: Path, rubric: Rubric, problem: str, items: tuple[Item, ...], signed: str = ""
) -> Assessment:
    """Left to the teacher is what always is; everything else gets nothing."""
    outcomes = tuple(
        Outcome(share=None if item.check == TEACHER else 0.0, found="It cannot be read.")
        for item in rubric.items
    )
    return Assessment(
        path=path,
        overall="unreadable",
        items=items,
        outcomes=outcomes,
        problem=problem,
        signed=signed,
    )


def _assessed(
    submission: Submission, verification: Verification, record: Results, rubric: Rubric
) -> Assessment:
    changes = _changes(submission, record.slug)
    facts = Facts(submission=submission, verification=verification, record=record, changes=changes)
    page = submission.files.get("report.html", b"").decode("utf-8", "replace")
    return Assessment(
        path=submission.path,
        overall=verification.overall,
        items=verification.items,
        outcomes=tuple(check_item(item, facts) for item in rubric.items),
        signed=_signed(submission, record),
        assignment=record.provenance.assignment,
        slug=record.slug,
        changes=_bounded(changes_html(changes)) if changes else "",
        answers=changes.answers if changes else (),
        figures=tuple(safe_figures(page)),
        accuracies=tuple(_accuracies(record)),
        traces=_traces(submission, record, changes),
    )


def _changes(submission: Submission, slug: str) -> Changes | None:
    if "notebook.ipynb" not in submission.files:
        return None
    with suppress(ChangesError, LookupError):
        return find_changes(submission.files["notebook.ipynb"], slug)
    return None


def _bounded(html: str) -> str:
    return html if len(html) <= MOST_DIFF else "<p>More was changed than fits on a page.</p>"


def _signed(submission: Submission, record: Results | None) -> str:
    with suppress(ValueError, KeyError):
        return read_hand_in(submission.files[HAND_IN]).student
    return record.provenance.author if record else ""


def _accuracies(record: Results) -> Iterator[SeedAccuracy]:
    """Of every arm under every protocol, with every seed."""
    settings = {
        name: value for name, value in record.settings.items() if name not in ("seeds", "changed")
    }
    setting = hash_json([record.data.sha256, settings])
    for score in record.scores:
        if score.is_headline and score.arm in record.arms:
            folds = [fold for fold in record.folds if fold.protocol == score.protocol]
            seeds = dict.fromkeys(fold.seed for fold in folds)
            model = f"{record.slug}, {score.arm}, {score.protocol} protocol"
            for seed, accuracy in zip(seeds, score.per_seed, strict=False):
                yield SeedAccuracy(model=model, setting=setting, seed=seed, accuracy=accuracy)


def _traces(submission: Submission, record: Results, changes: Changes | None) -> Traces:
    told = record.provenance
    return Traces(
        predictions=answers_hash(submission.files.get("predictions.csv", b"")),
        seeds=tuple(sorted({fold.seed for fold in record.folds})),
        run=f"{told.started} {told.seconds}",  # not the key, which another author changes
        shingles=_shingles(changes) if changes else frozenset(),
    )


def answers_hash(predictions: bytes) -> str:
    """SHA-256 of which class every model gave every image; "" where predictions.csv does not tell it.

    Not of its bytes: a probability changed in its last digit, or rows in another order, hide no copy.
    """
    with suppress(ValueError, IndexError, csv.Error):  # other columns, short rows; no UTF-8, no CSV
        header, *rows = csv.reader(io.StringIO(predictions.decode()))
        places = [header.index(name) for name in ANSWER]
        return hash_json(sorted([row[place] for place in places] for row in rows))
    return ""


def _shingles(changes: Changes) -> frozenset[int]:
    written = [answer.text for answer in changes.answers if answer.asks_for == "text"]
    written += [change.after for change in changes.prose]
    words = WORD.findall(" ".join(written).casefold())[:MOST_SHINGLES]
    rows = zip(*(words[start:] for start in range(SHINGLE)), strict=False)
    # Not `hash`, which differs from one process to the next.
    return frozenset(
        int.from_bytes(hashlib.blake2b(" ".join(row).encode(), digest_size=8).digest())
        for row in rows
    )
