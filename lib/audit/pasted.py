"""Any table, from its text: what was read, what cannot be true, and what follows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lib.audit.claimed import audit_claims
from lib.audit.findings import Consequence, Finding
from lib.audit.letter import write_letter
from lib.audit.reading import Entry, Reading, Unreadable, percent_columns, read
from lib.audit.reading.kinds import read_kind
from lib.papers.declare import COUNTS, Claim, Kind, Labels, MeanOver, Unit
from lib.words import counted

MOST_BYTES = 1_000_000
MOST_IMAGES = 10**12
MOST_CLASSES = 10_000  # ten times ImageNet's

Classes = int | Sequence[str] | Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class TableAudit:
    """What the audit says of a table.

    Attributes:
        name: Where the text came from: a file's name, or "the text".
        source: What it was taken for.
        claims: Its numbers.
        classes: Names of the classes, where known.
        notes: What was decided or left out in reading, in sentences.
        findings: The gravest first.
        follows: What the numbers tell beyond themselves.
    """

    name: str
    source: str
    claims: tuple[Claim, ...]
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    follows: tuple[Consequence, ...]

    @property
    def is_impossible(self) -> bool:
        """Whether something in it cannot be true."""
        return any(finding.outcome == "impossible" for finding in self.findings)

    @property
    def letter(self) -> str:
        """For the authors, in paragraphs of plain text."""
        return write_letter(self.source, self.findings, self.follows)

    @property
    def text(self) -> str:
        """A line for every finding, for all that follows and for every note."""
        lines = [
            f"{finding.outcome}: {finding.title}. {finding.sentence}" for finding in self.findings
        ]
        lines += [f"follows: {consequence.sentence}" for consequence in self.follows]
        return "\n".join(
            [f"read as {self.source}", *lines, *(f"note: {note}" for note in self.notes)]
        )

    @property
    def record(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "name": self.name,
            "source": self.source,
            "impossible": self.is_impossible,
            "classes": list(self.classes),
            "notes": list(self.notes),
            "numbers": [_claim_record(claim) for claim in self.claims],
            "findings": [asdict(finding) for finding in self.findings],
            "follows": [asdict(consequence) for consequence in self.follows],
        }


def table(
    text: str | Path,
    *,
    n: int | None = None,
    folds: int | None = None,
    mean: bool = False,
    digits: str | None = None,
    classes: Classes = (),
) -> TableAudit:
    """Audits a table as it was pasted, or a file of it: what `python -m lib audit FILE` prints.

    Args:
        text: The text itself, or the path of a file.
        n: Images behind every number that does not say its own; of folds, all of them together.
        folds: Every score is the mean over so many folds of equal size.
        mean: Every score is a mean over seeds, repeats or uneven folds.
        digits: "rounded" or "cut" where it is known; None for either.
        classes: How many classes there are, their names, or the images of each by name, of which the first is
            the positive one of two.

    Raises:
        Unreadable: The text cannot be read (the message gives line, what was expected, what came, what to do).
        ValueError: An option cannot be.
    """
    if isinstance(classes, Mapping):
        n = sum(classes.values()) if n is None else n
    _check_options(n, folds, digits, classes)
    name, text = (text.name, _file_text(text)) if isinstance(text, Path) else ("the text", text)
    reading = read(text)
    names = _class_names(classes, reading)
    options = _Options(n=n, folds=folds, mean=mean)
    claims, notes = _claims(reading, options)
    positives = (
        next(iter(classes.values())) if isinstance(classes, Mapping) and len(classes) == 2 else None
    )
    findings, follows = audit_claims(claims, classes=names, n=n, positives=positives, digits=digits)
    pairs = [finding for finding in findings if _is_pair(finding)]
    if len(pairs) == len(findings):
        notes.append(
            "No check applies to these numbers alone; `n` and `classes` may let some be checked."
        )
    return TableAudit(
        name=name,
        source=reading.source,
        claims=claims,
        classes=names,
        notes=(*reading.notes, *notes),
        findings=tuple(finding for finding in findings if not _is_pair(finding)),
        follows=(
            *follows,
            *_differences(pairs if any(claim.n or n for claim in claims) else []),
        ),
    )


def _is_pair(finding: Finding) -> bool:
    """Whether it holds one model against another, which is a matter of chance and not of arithmetic."""
    return finding.check == "baselines" and " against " in finding.topic


def _differences(pairs: Sequence[Finding]) -> list[Consequence]:
    """All pairs of models in one sentence."""
    if not pairs:
        return []
    better = [finding.topic for finding in pairs if finding.outcome == "consistent"]
    told = f"the following {len(better)}: {'; '.join(better)}" if better else "none"
    return [
        Consequence(
            topic="differences",
            arm="",
            sentence=(
                f"Of {counted(len(pairs), 'pair')} of models, the accuracy of so many images shows a difference for "
                f"{told} (two-sample test, corrected for the number of pairs by Holm)."
            ),
            values={"pairs": len(pairs), "different": better},
        )
    ]


LABELS: dict[str, Labels] = {
    "some": "subset",
    "many": "several",
}  # of `Reading.labels`; others: one


@dataclass(frozen=True, kw_only=True)
class _Options:
    n: int | None
    folds: int | None
    mean: bool

    def kind(self, entry: Entry, reading: Reading, zero_division: Literal[0, 1]) -> Kind:
        """What kind of number an entry is; of what nobody said, the least is assumed."""
        labels = LABELS.get(reading.labels, "one")
        spread = entry.number.spread
        images = entry.n or self.n
        if entry.kind:
            return read_kind(entry.kind, entry.line, spread=spread, images=images)
        if self.mean:
            over: MeanOver = "folds" if self.folds else "repeats"
            return Kind(mean_over=over, times=self.folds, sd=spread, labels=labels)
        if self.folds and images:
            return replace(Kind.even_folds(self.folds, images, sd=spread), labels=labels)
        if self.folds:
            return Kind(mean_over="folds", times=self.folds, sd=spread, labels=labels)
        if spread:  # a standard error or half an interval, for all that is known
            return Kind(mean_over="repeats", labels=labels)
        return Kind(labels=labels, zero_division=zero_division)


def _check_options(n: int | None, folds: int | None, digits: str | None, classes: Classes) -> None:
    if n is not None and n < 1:
        raise ValueError(f"`n` should be a number of images from 1; received {n}.")
    if n is not None and n > MOST_IMAGES:
        raise ValueError(f"`n` should be at most {MOST_IMAGES:,}; received more.")
    if folds is not None and folds < 2:
        raise ValueError(f"`folds` should be 2 or more; received {folds}.")
    if folds and n is not None and n < folds:
        raise ValueError(f"`n` should be {folds} or more, one image a fold; received {n}.")
    if digits not in (None, "rounded", "cut"):
        raise ValueError(f'`digits` should be "rounded" or "cut"; received {digits!r}.')
    number = classes if isinstance(classes, int) else len(classes)
    if classes and number < 2:
        raise ValueError(f"`classes` should be 2 or more, or their names; received {classes!r}.")
    if number > MOST_CLASSES:
        raise ValueError(f"`classes` should be at most {MOST_CLASSES:,}; received {number:,}.")
    if isinstance(classes, Mapping) and (min(classes.values()) < 1 or sum(classes.values()) != n):
        raise ValueError(
            f"the images of all classes should add up to `n`, {n}, with at least one of each; received {dict(classes)}."
        )


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # whatever its size
        if len(content) > MOST_BYTES:
            raise Unreadable(
                "a file should have at most a megabyte", "more than that", "give the table alone"
            )
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "a file should be text in UTF-8", f"the byte {content[error.start]:#04x}",
            "save it as text, or paste the table", content[: error.start].count(b"\n") + 1,
        ) from error  # fmt: skip
    except OSError as error:
        raise Unreadable(
            "a file should be readable", f"{error.strerror}: {path}", "give its path"
        ) from error


def _class_names(classes: Classes, reading: Reading) -> tuple[str, ...]:
    if isinstance(classes, int):
        if reading.classes and classes != len(reading.classes) and reading.labels == "all":
            raise ValueError(
                f"`classes` should be {len(reading.classes)}, as many as there are rows; received {classes}."
            )
        return reading.classes or tuple(f"class {number}" for number in range(1, classes + 1))
    return reading.classes or tuple(classes)


def _claims(reading: Reading, options: _Options) -> tuple[tuple[Claim, ...], list[str]]:
    """The claims, and what was decided about them."""
    percent, zero_division = percent_columns(reading.entries), _zero_division(reading)
    claims, notes = [], []
    bounds = [entry for entry in reading.entries if entry.number.relation]
    exact = [entry for entry in reading.entries if not entry.number.relation]
    for entry in exact:
        claims.append(
            Claim(
                metric=entry.metric,
                printed=entry.number.digits,
                where=entry.where,
                arm=entry.arm or "the model",
                of=entry.of,
                part=entry.part,
                unit=_unit(entry, percent),
                n=entry.n,
                kind=options.kind(entry, reading, zero_division),
            )
        )
    if bounds:
        told = ", ".join(f"{entry.number.relation} {entry.number.digits}" for entry in bounds)
        notes.append(f"Not a number but a bound or about one, and so not checked: {told}.")
    if any(entry.number.spread for entry in exact) and not (options.folds or options.mean):
        notes.append(
            "What stands behind ± may be a standard deviation, a standard error or half an interval; with --folds "
            "or --mean it is taken for a standard deviation."
        )
    notes += _unit_notes(exact, percent)
    return tuple(claims), notes


def _unit(entry: Entry, percent: dict[str, bool]) -> Unit:
    if entry.metric in COUNTS:
        return "count"
    if entry.metric.startswith("loss"):
        return "loss"
    return "percent" if percent[entry.column] else "fraction"


def _unit_notes(entries: Sequence[Entry], percent: dict[str, bool]) -> Iterator[str]:
    """Which columns are read in per cent though no sign says so."""
    guessed = {
        entry.metric: None
        for entry in entries
        if percent.get(entry.column)
        and not any(
            other.percent or other.number.percent
            for other in entries
            if other.column == entry.column
        )
    }
    if guessed:
        yield f"Read in per cent, since it holds numbers over 1: {', '.join(guessed)}."


def _zero_division(reading: Reading) -> Literal[0, 1]:
    """1 where a class has a precision of 1 beside a recall of 0, as scikit-learn's `zero_division=1` prints."""
    scores: dict[str, dict[str, object]] = {}
    for entry in reading.entries:
        scores.setdefault(entry.of, {})[entry.metric] = entry.number.value
    lacking = any(
        row.get("precision") in (1, 100) and row.get("recall") == 0 for row in scores.values()
    )
    return 1 if lacking else 0


def _claim_record(claim: Claim) -> dict[str, Any]:
    fields = ("arm", "metric", "of", "part", "printed", "unit", "where", "n")
    return {name: getattr(claim, name) for name in fields}
