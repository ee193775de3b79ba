"""How far runs have come: told by each worker in a file, shown by the batch as live lines or as a log.

A worker writes a `RunState` about once a second, and what the cells print into a file beside it. The
batch, which may be on another machine, reads both.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from lib.datasets.progress import State, duration
from lib.words import counted, printable, printable_lines

if TYPE_CHECKING:
    from lib.runs.task import Outcome

STILL = 300  # seconds in one section after which a log says that it goes on
QUIET = 10  # seconds between two phases of one run in a log
SILENT = 60  # seconds without a new state after which a run is said to be silent
WIDE = 120  # columns from which on a run fits on one line
MOST_OUTPUT = 1_000_000  # bytes that a run leaves of what its cells print; the notebook has it all
MORE_OUTPUT = "\n… What else the cells print stands in the notebook alone.\n"
LONGEST_NAME = 40  # columns
WAITING = 8  # waiting runs that are named
MARKS = {
    "done": "[green]✓[/]",
    "unchanged": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "interrupted": "[yellow]–[/]",
}


@dataclass(frozen=True, kw_only=True)
class RunState:
    """Where a run is.

    Attributes:
        section: The heading of the cell that runs.
        cell: Its number, from 1.
        cells: How many there are.
        phase: The long work that is going on in it, "" for none.
        share: Of the phase, what is done; None without a phase.
        left: How long the phase may take, in words.
        told: What else the phase says: fit, epoch, accuracy so far.
        seconds: Since the run began.
        written: When this was written, in seconds since 1970.
    """

    section: str
    cell: int
    cells: int
    phase: str = ""
    share: float | None = None
    left: str = ""
    told: str = ""
    seconds: float = 0.0
    written: float = 0.0

    def __str__(self) -> str:
        if not self.phase:
            return f"{self.section} (cell {self.cell} of {self.cells})"
        return " · ".join(filter(None, (self.phase, self.told)))


def joined(
    section: str, cell: int, cells: int, seconds: float, phase: State | None = None
) -> RunState:
    """The state of a run from what its worker knows and what its notebook tells."""
    state = RunState(section=section, cell=cell, cells=cells, seconds=seconds)
    if phase is None:
        return state
    return replace(state, phase=phase.name, share=phase.share, left=phase.left, told=phase.told)


def write_run_state(path: Path, state: RunState) -> None:
    """Leaves the state, with the time of now; a disk that is full keeps no run from going on."""
    beside = path.with_suffix(".new")
    with suppress(OSError):
        beside.write_text(json.dumps(asdict(state) | {"written": time.time()}), encoding="utf-8")
        os.replace(beside, path)


def read_run_state(path: Path) -> RunState | None:
    """The last state that a worker left; None where there is none yet."""
    try:
        return RunState(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # the last: of JSON that is another thing
        return None


def output_path(state: Path) -> Path:
    """Where a run leaves what its cells print: beside its state."""
    return state.with_suffix(".log")


@contextmanager
def open_output(state: Path) -> Iterator["Output"]:
    """The file in which a run that leaves its state at `state` leaves what its cells print."""
    with output_path(state).open("ab", buffering=0) as file:
        yield Output(file)


class Output:
    """Takes text until `MOST_OUTPUT` bytes have come; no text that cannot be written stops a run."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, MOST_OUTPUT

    def write(self, text: str) -> None:
        """Appends `text`, as far as there is room."""
        if self._left <= 0:
            return
        data = text.encode("utf-8", "backslashreplace")
        if len(data) >= self._left:
            data = data[: self._left] + MORE_OUTPUT.encode()
        self._left -= len(data)
        with suppress(OSError):
            self._file.write(data)


class Display:
    """Shows all runs of a batch: on a terminal a live line for each and a bar; elsewhere lines with the time.

    Use as a context manager.

    Args:
        names: All runs, in their order.
        states: Name → the file in which the run's worker leaves its state.
        verbose: Whether sections and what the cells print are shown as they come.
    """

    def __init__(
        self,
        console: Console,
        names: Sequence[str],
        states: Mapping[str, Path],
        *,
        verbose: bool = False,
    ) -> None:
        self._console, self._verbose = console, verbose
        self._runs = {name: _Run(name, states[name]) for name in names}
        self._total, self._began = len(names), time.monotonic()
        self._is_live = console.is_terminal and not console.is_dumb_terminal
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> "Display":
        if self._is_live:
            self._live.start()
            self._draw()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_live:
            self._live.stop()

    def started(self, name: str) -> None:
        """A worker has begun with the run."""
        if name in self._runs:
            self._runs[name].begin()
            if not self._is_live or self._verbose:
                self._print(f"{escape(printable(name))}: started")
        self._draw()

    def tick(self) -> None:
        """To be called about once a second: reads where the runs are, and shows it."""
        for run in self._runs.values():
            run.look()
            if not self._is_live or self._verbose:
                for line in run.news():
                    self._print(escape(printable(f"{run.name}: {line}")))
            if self._verbose:
                self._stream(run, run.output())
        self._draw()

    def finished(self, outcome: "Outcome") -> None:
        """The run has ended: its line stays; that of a failure goes to stderr where that is no terminal."""
        run = self._runs.pop(outcome.name, None)
        if run and self._verbose:
            self._stream(run, run.output(whole=True))
        text = f"{MARKS[outcome.status]} {escape(printable_lines(_ending(outcome)))}"
        if outcome.status == "failed" and not (self._is_live and sys.stderr.isatty()):
            self._print(text, Console(stderr=True, highlight=False, emoji=False))
        else:
            self._print(text)
        self._draw()

    def postponed(self, name: str) -> None:
        """The run was put off, or will be tried once more: it waits."""
        if name in self._runs:
            self._runs[name].wait()
        self._draw()

    def say(self, text: str) -> None:
        """A line of the batch itself."""
        self._print(escape(printable(text)))

    def _stream(self, run: "_Run", lines: Sequence[str]) -> None:
        for line in lines:
            # Without colours; of a line that is written over again and again, as bars are, the last text.
            self._print(escape(printable(f"{run.name} │ {Text.from_ansi(line).plain}")))

    def _print(self, text: str, console: Console | None = None) -> None:
        stamp = "" if self._is_live else time.strftime("%Y-%m-%d %H:%M:%S ")
        (console or self._console).print(f"{stamp}{text}", soft_wrap=True)

    def _draw(self) -> None:
        if self._is_live:
            self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        """The running runs, the waiting ones, and the bar over all."""
        running = [run for run in self._runs.values() if run.began is not None]
        waiting = [run.name for run in self._runs.values() if run.began is None]
        name_width = min(max((len(run.name) for run in running), default=0), LONGEST_NAME)
        wide = self._console.width >= WIDE
        # What does not fit on the screen would scroll; a long text may take two lines.
        fitting = max(1, (self._console.height - 3) // (2 if wide else 3))
        lines = [self._line(run, name_width if wide else None) for run in running[:fitting]]
        room = min(WAITING, fitting - len(lines))
        lines += [Text(f"· {printable(name)}  waiting", style="dim") for name in waiting[:room]]
        hidden = len(running[fitting:]) + len(waiting[room:])
        if hidden:
            lines.append(Text(f"· {counted(hidden, 'more run')}", style="dim"))
        return Group(*lines, self._bar(len(running), len(waiting)))

    def _line(self, run: "_Run", name_width: int | None) -> RenderableType:
        """Name, text and numbers side by side; without a width for the name, the text stands below."""
        name, text = Text(printable(run.name), style="bold"), Text(printable(run.text))
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=1)
        line.add_column(
            width=name_width, ratio=None if name_width else 1, no_wrap=True, overflow="ellipsis"
        )
        if name_width:
            line.add_column(ratio=1)
        line.add_column(width=len("100%"), justify="right")
        line.add_column(width=len("about 3 h 45 min left"), justify="right")
        if name_width:
            line.add_row(self._spinner, name, text, run.done, run.time)
            return line
        line.add_row(self._spinner, name, run.done, run.time)
        return Group(line, Padding(text, (0, 0, 0, 2)))

    def _bar(self, running: int, waiting: int) -> RenderableType:
        ended = self._total - len(self._runs)
        so_far = ended + sum(run.share for run in self._runs.values())
        counts = f"{ended} of {counted(self._total, 'run')} ended, {running} running"
        counts += f", {waiting} waiting" if waiting else ""
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, justify="right")
        line.add_row(
            ProgressBar(total=max(1, self._total), completed=so_far, complete_style="cyan"),
            counts,
            _clock(time.monotonic() - self._began),
        )
        return line


class _Run:
    """What the display knows of a run that has not ended.

    Attributes:
        began: When, by this process's clock; None for one that waits.
        state: Its last state.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name, self._path = name, path
        self.began: float | None = None
        self.state: RunState | None = None
        self._section = self._phase = ""  # as a log was last told
        self._entered = self._last_line = self._heard = 0.0
        self._silence_told = False
        self._read = 0  # bytes of its output

    def begin(self) -> None:
        """It runs, perhaps once more."""
        self.began = self._entered = self._last_line = self._heard = time.monotonic()
        self.state, self._section, self._phase = None, "", ""

    def wait(self) -> None:
        """It does not run any more, and will."""
        self.began = self.state = None
        with suppress(OSError):  # or the state that it left would pass for a sign of life
            self._path.unlink(missing_ok=True)

    def look(self) -> None:
        """Reads the state. Of a run whose beginning nobody told, as on a cluster, it is the first sign."""
        state = read_run_state(self._path)
        if state is None:
            return
        if self.began is None:
            self.begin()
        if self.state is None or state.written != self.state.written:
            # By this clock, not by that of the worker's machine.
            self._heard, self._silence_told = time.monotonic(), False
        self.state = state

    @property
    def share(self) -> float:
        """Of its cells, those that are behind it."""
        return (self.state.cell - 1) / self.state.cells if self.state else 0.0

    @property
    def text(self) -> str:
        """Where it is, in words."""
        return " · ".join(filter(None, (str(self.state or "starting"), self._silence())))

    @property
    def done(self) -> str:
        """Of the phase, what is done: "45%"."""
        return "" if self.state is None or self.state.share is None else f"{self.state.share:.0%}"

    @property
    def time(self) -> str:
        """What the phase still takes, or else how long it has run."""
        left = self.state.left if self.state else ""
        return left or ("" if self.began is None else _clock(time.monotonic() - self.began))

    def news(self) -> Iterator[str]:
        """What a log is to be told since the last call: a section, a phase, a silence, that it goes on."""
        if self.state is None:
            return
        now = time.monotonic()
        if self.state.section != self._section:
            self._section, self._phase, self._entered = self.state.section, "", now
            self._last_line = now
            yield self._section
        if self.state.phase not in ("", self._phase) and now - self._last_line >= QUIET:
            self._phase, self._last_line = self.state.phase, now
            yield self._phase
        if self._silence() and not self._silence_told:
            self._silence_told = True
            yield self._silence()
        if now - self._last_line > STILL:
            self._last_line = now
            yield self._goes_on(self.state, now)

    def output(self, *, whole: bool = False) -> list[str]:
        """The lines that its cells have printed since the last call; with `whole` one without an end, too."""
        try:
            with output_path(self._path).open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:  # nothing was printed yet
            return []
        if not whole:
            data = data[: data.rfind(b"\n") + 1]
        self._read += len(data)
        lines = data.decode("utf-8", "replace").split("\n")
        return [line.rstrip("\r") for line in lines if line.strip()]

    def _goes_on(self, state: RunState, now: float) -> str:
        minutes = (now - self._entered) / 60
        phase = (state.phase, self.done, state.left, state.told)
        still = f"still in {self._section}, {minutes:.0f} min"
        return " · ".join(filter(None, (still, *phase, self._silence())))

    def _silence(self) -> str:
        seconds = time.monotonic() - self._heard
        if self.began is None or seconds < SILENT:
            return ""
        return f"no sign of life for {duration(seconds)}"


def _ending(outcome: "Outcome") -> str:
    """ "cats: done in 40 s on CPU (parameter epochs: 3 → 4)."."""
    if outcome.status == "failed":
        attempts = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
        return f"{outcome.name}: failed{attempts}. {outcome.reason}"
    text = {
        "done": f"done in {duration(outcome.seconds)} on {outcome.device}",
        "unchanged": "unchanged, not run again",
        "interrupted": "interrupted",
    }[outcome.status]
    if outcome.status == "done" and outcome.attempts > 1:
        text += f", at attempt {outcome.attempts}"
    return f"{outcome.name}: {text}{f' ({outcome.reason})' if outcome.reason else ''}."


def _clock(seconds: float) -> str:
    """ "0:42", "12:34" or "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
