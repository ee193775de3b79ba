"""Progress of one notebook in the terminal: a bar on a screen, a line a section in a log."""

from collections.abc import Sequence

import rich.progress as rich_progress
from rich.console import Console


class Progress:
    """Shows which section a notebook is in. Use as a context manager; call `cell_started`.

    Args:
        slug: What is running.
        sections: For every cell that will run, the heading it stands under.
    """

    def __init__(self, console: Console, slug: str, sections: Sequence[str]) -> None:
        self._console, self._slug, self._sections = console, slug, sections
        self._last = ""
        self._bar = rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(bar_width=24),
            rich_progress.TaskProgressColumn(),
            rich_progress.TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Progress":
        self._bar.start()
        self._task = self._bar.add_task(self._slug, total=len(self._sections))
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def cell_started(self, cell_index: int, **_) -> None:
        """papermill's hook: cell number `cell_index` (from 0) begins."""
        section = self._sections[cell_index]
        self._bar.update(self._task, completed=cell_index, description=f"{self._slug}: {section}")
        if section != self._last and not self._console.is_terminal:
            self._console.print(f"{self._slug}: {section}", soft_wrap=True)
        self._last = section
