"""What a batch came to, as a table in the terminal: one row per model and protocol, one per failed run."""

from collections.abc import Iterator, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from lib.evidence.status import status_of
from lib.report.index import summary_rows
from lib.report.notation import protocol_name, score_interval
from lib.results import Results

COLUMNS = ("paper", "model", "protocol", "accuracy", "printed", "status")
NOT_LEARNT = "not shown to have learnt"
STYLES = {"reproduced": "green", "not reproduced": "red", "failed": "red", NOT_LEARNT: "red"}
NONE = "–"
WIDE = 1000  # columns: more than any table needs


def print_outcomes(console: Console, outcomes: Mapping[str, Results | None]) -> None:
    """Prints the table: as wide as it needs to be into a file, as blocks where a terminal is too narrow.

    Args:
        outcomes: Slug → the record of the run; None for one that failed.
    """
    rows = [row for slug, finished in outcomes.items() for row in _rows(slug, finished)]
    table = _table(rows)
    if not rows:
        return
    if not console.is_terminal:
        for row in _aligned([COLUMNS, *rows]):
            console.print(Text(row), soft_wrap=True)
    elif (
        Measurement.get(console, console.options.update(width=WIDE), table).maximum > console.width
    ):
        for row in rows:
            console.print(_block(row))
    else:
        console.print(table)


def _rows(slug: str, finished: Results | None) -> Iterator[tuple[str, ...]]:
    if finished is None:
        yield (slug, NONE, NONE, NONE, NONE, "failed")
        return
    scores = {(score.arm, score.protocol): score for score in finished.scores if score.is_headline}
    for row in summary_rows(finished):
        if not row["variant_of"]:
            accuracy = score_interval(scores[row["arm"], row["protocol"]])
            protocol = protocol_name(finished.grouping, row["protocol"])
            model = (slug, row["arm"], protocol, accuracy, row["printed"] or NONE)
            yield (*model, _status(finished, row["arm"], row["protocol"]))


def _status(finished: Results, arm: str, protocol: str) -> str:
    if not finished.learnt(arm, protocol):
        return NOT_LEARNT
    status = status_of(finished)
    return "drawn images" if status == "drawn" else status


def _table(rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row[:-1], Text(row[-1], style=STYLES.get(row[-1], "")))
    return table


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _block(row: tuple[str, ...]) -> Text:
    slug, model, protocol, accuracy, printed, status = row
    if status == "failed":
        return Text(f"{slug}: failed", style="red")
    return Text(f"{slug}: {model}, {protocol}\n  {accuracy}, printed {printed}, {status}")
