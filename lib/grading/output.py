"""What checking submissions came to: as a table, as JSON, and as a page without anything active."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lib.grading.items import DONE, Item, Verification
from lib.report.frame import environment, page_style
from lib.storage import write_text
from lib.words import counted, listed, printable

STYLES = {
    "consistent": "green",
    "cannot tell": "yellow",
    "not consistent": "bold red",
    "unreadable": "bold red",
}
LISTED = 5  # items of a state
LONGEST = 300  # characters of a sentence that is printed
MEANING = (
    "Consistent means that all that a submission says and shows follows from its own files. It does not prove "
    "that the run took place: whoever computes everything again from forged predictions is consistent, too. "
    "Only running it again can tell. Of a run made by other code than this it cannot be told what its page should "
    "show: check it with the version that made it."
)
NOTHING_ACTIVE = "default-src 'none'; style-src 'unsafe-inline'"


def print_table(verifications: Sequence[Verification], skipped: Sequence[str]) -> None:
    """A row per submission, what differs and what cannot be told below it."""
    table = Table(box=box.SIMPLE, expand=False)
    for name in ("Submission", "Outcome", "Found"):
        table.add_column(name, overflow="fold")  # a name that is cut short names nobody
    for checked in verifications:
        table.add_row(
            Text(printable(checked.name)),
            Text(checked.overall, STYLES[checked.overall]),
            Text("\n".join(_found(checked))),
        )
    console = Console(soft_wrap=False)
    console.print(table)
    if skipped:
        console.print(
            Text(f"Skipped, since they are no submissions: {printable(listed(skipped))}.")
        )
    console.print(Text(MEANING))


def write_outputs(
    verifications: Sequence[Verification], json_file: Path | None, html_file: Path | None
) -> None:
    """Writes what is asked for; "-" prints the JSON."""
    if json_file is not None:
        text = json.dumps([as_dict(checked) for checked in verifications], indent=1)
        if str(json_file) == "-":
            print(text)
        else:
            write_text(json_file, text + "\n")
    if html_file is not None:
        write_text(html_file, as_page(verifications))


def as_dict(checked: Verification) -> dict[str, Any]:
    """A submission as JSON: name, outcome, and every item."""
    return {
        "name": checked.name,
        "overall": checked.overall,
        "items": [asdict(item) for item in checked.items],
    }


def as_page(verifications: Sequence[Verification]) -> str:
    """An HTML page, every text of a submission escaped."""
    template = environment().get_template("verify_page.html.j2")
    return template.render(
        policy=NOTHING_ACTIVE,
        style=page_style(),
        meaning=MEANING,
        done=DONE,
        verifications=verifications,
        summary=_summary(verifications),
    )


def _summary(verifications: Sequence[Verification]) -> str:
    counts: Mapping[str, int] = {
        outcome: sum(checked.overall == outcome for checked in verifications) for outcome in STYLES
    }
    told = [f"{number} {outcome}" for outcome, number in counts.items() if number]
    return f"{counted(len(verifications), 'submission')}: {listed(told)}."


def _found(checked: Verification) -> list[str]:
    right = sum(item.state == "ok" for item in checked.items)
    lines = [f"{counted(right, 'item')} ok"]
    lines += [_line(item) for item in checked.items if item.topic == DONE]
    for state, items in (("differs", checked.differing), ("cannot tell", checked.untold)):
        lines += [f"{state}: {_line(item)}" for item in items[:LISTED]]
        if len(items) > LISTED:
            lines.append(
                f"{state}: {len(items) - LISTED} more (--html FILE or --json FILE lists them)"
            )
    return lines


def _line(item: Item) -> str:
    """The sentence, with both values where it does not give them itself."""
    text = item.sentence
    if item.recomputed and item.recomputed not in text:
        text += f" (there: {item.stored or 'nothing'}; expected: {item.recomputed})"
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
