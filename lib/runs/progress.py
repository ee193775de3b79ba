"""Progress of one notebook in the terminal: a bar on a screen, a line a section in a log."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import rich.progress as rich_progress
from rich.console import Console
from rich.markup import escape
from rich.table import Column

from lib.datasets.progress import State, read_state
from lib.words import printable

STILL = 300  # seconds in one section after which a log says that it goes on


class Progress:
    """Shows which section a notebook is in, and how far its work has come there.

    Use as a context manager; call `cell_started`, `wait`.

    Args:
        slug: What is running.
        sections: For every cell that will run, the heading it stands under.
        state: The file in which the notebook tells of its work (`lib.datasets.progress`).

    Attributes:
        section: The heading of the cell that runs, or ran last.
        first_line: Of that cell.
    """

    def __init__(self, console: Console, slug: str, sections: Sequence[str], state: Path) -> None:
        self._console, self._slug, self._sections, self._state = console, slug, sections, state
        self.section, self.first_line, self._phase = "", "", ""
        self._entered = self._last_line = time.monotonic()
        self._bar = rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn(
                "{task.description}",
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            rich_progress.BarColumn(bar_width=12),
            rich_progress.TaskProgressColumn(),
            rich_progress.TimeElapsedColumn(),
            console=console,
            expand=True,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Progress":
        self._bar.start()
        self._task = self._bar.add_task(self._slug, total=len(self._sections))
        self._work = self._bar.add_task("", total=1, visible=False)
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def cell_started(self, cell_index: int, cell: Mapping, **_) -> None:
        """papermill's hook: `cell`, number `cell_index` (from 0), begins."""
        section = self._sections[cell_index]
        self.first_line = next(iter(cell["source"].strip().splitlines()), "")
        text = escape(printable(f"{self._slug}: {section}"))
        self._bar.update(self._task, completed=cell_index, description=text)
        if section != self.section:
            self._entered = time.monotonic()
            self._log(text)
        self.section = section

    def wait(self) -> None:
        """To be called every now and then while a cell runs: a log is told what begins, or that it goes on."""
        state = read_state(self._state)
        self._show_work(state)
        if state and state.name != self._phase:
            self._phase = state.name
            self._log(escape(printable(f"{self._slug}: {state.name}")))
        if time.monotonic() - self._last_line > STILL:
            minutes = (time.monotonic() - self._entered) / 60
            still = f"{self._slug}: still in {self.section}, {minutes:.0f} min"
            self._log(escape(printable(f"{still} · {state}" if state else still)))

    def _show_work(self, state: State | None) -> None:
        """A second line while there is work that tells of itself."""
        if state is None:
            self._bar.update(self._work, visible=False)
            return
        text = " · ".join(filter(None, (state.name, state.told)))
        description = escape(printable(f"  {text}"))
        self._bar.update(self._work, visible=True, completed=state.share, description=description)

    def _log(self, text: str) -> None:
        self._last_line = time.monotonic()
        if not self._console.is_terminal:
            self._console.print(text, soft_wrap=True)
