"""What a batch came to, in the terminal: a row per model and protocol, a line per run that has something to say."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from lib.evidence.status import status_of
from lib.report.notation import protocol_name, score_interval
from lib.report.rows import summary_rows
from lib.results import Results
from lib.words import printable

if TYPE_CHECKING:
    from lib.runs.task import Outcome

COLUMNS = ("run", "model", "protocol", "accuracy", "printed", "status")
NOT_LEARNT = "not shown to have learnt"
STYLES = {
    "reproduced": "green",
    "not reproduced": "red",
    "failed": "red",
    "interrupted": "yellow",
    NOT_LEARNT: "red",
}
NONE = "–"
WIDE = 1000  # columns: more than any table needs


def print_summary(
    console: Console,
    outcomes: Sequence["Outcome"],
    records: Mapping[str, Results],
    agreements: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Prints the table, then why runs failed or were run again, then how they agree with kept results.

    The table is as wide as it needs to be in a file; where a terminal is too narrow, it becomes blocks.

    Args:
        records: Name of an outcome → the record of its run, where there is one.
        agreements: Name of an outcome → a sentence that compares it with results kept in data/reference/.
    """
    rows = [row for outcome in outcomes for row in _rows(outcome, records.get(outcome.name))]
    if not rows:
        return
    table = _table(rows)
    if not console.is_terminal:
        for line in _aligned([COLUMNS, *rows]):
            console.print(Text(line), soft_wrap=True)
    elif (
        Measurement.get(console, console.options.update(width=WIDE), table).maximum > console.width
    ):
        for row in rows:
            console.print(_block(row))
    else:
        console.print(table)
    for line in [*_reasons(outcomes), *_agreements(outcomes, agreements)]:
        console.print(Text(printable(line)), soft_wrap=True)


def _rows(outcome: "Outcome", finished: Results | None) -> Iterator[tuple[str, ...]]:
    if finished is None:
        yield (printable(outcome.name), NONE, NONE, NONE, NONE, outcome.status)
        return
    scores = {(score.arm, score.protocol): score for score in finished.scores if score.is_headline}
    for row in summary_rows(finished):
        if not row["variant_of"]:
            accuracy = score_interval(scores[row["arm"], row["protocol"]])
            protocol = protocol_name(finished.grouping, row["protocol"])
            model = (row["arm"], protocol, accuracy, row["printed"] or NONE)
            status = _status(finished) if row["learnt"] else NOT_LEARNT
            yield (printable(outcome.name), *model, status)


def _status(finished: Results) -> str:
    status = status_of(finished)
    return "drawn images" if status == "drawn" else status


def _reasons(outcomes: Sequence["Outcome"]) -> Iterator[str]:
    """Of each run that has something to say, how it ended and why, on one line."""
    for outcome in outcomes:
        if outcome.reason:
            reason = " ".join(outcome.reason.split())
            failed = outcome.status == "failed"
            yield f"{outcome.name}: {f'failed. {reason}' if failed else f'{outcome.status}, {reason}.'}"


def _agreements(outcomes: Sequence["Outcome"], agreements: Mapping[str, str]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.name in agreements:
            yield f"{outcome.name}: {agreements[outcome.name]}"


def _table(rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row[:-1]), Text(row[-1], style=STYLES.get(row[-1], "")))
    return table


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _block(row: tuple[str, ...]) -> Text:
    name, model, protocol, accuracy, printed, status = row
    if model == NONE:
        return Text(f"{name}: {status}", style=STYLES.get(status, ""))
    return Text(f"{name}: {model}, {protocol}\n  {accuracy}, printed {printed}, {status}")
