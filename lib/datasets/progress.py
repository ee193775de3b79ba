"""How far long work has come: shown in a notebook in place and gone when done, or left in a file for a batch.

A batch names the file in the environment variable LIB_PROGRESS and reads it with `read_state`.
Outside both, nothing is shown.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

ENVIRONMENT = "LIB_PROGRESS"
EVERY = 0.5  # seconds between two updates


@dataclass(frozen=True, kw_only=True)
class State:
    """How far a phase is: its name, the share of it that is done, how long it may take, what else there is to say."""

    name: str
    share: float
    told: str
    left: str = ""

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.name, f"{self.share:.0%}", self.left, self.told)))


class Phase:
    """One piece of work, as training an arm; made by `phase`.

    Args:
        name: What is done, in words.
        total: Steps there are; they may be of any kind, and fractions of them count.
    """

    def __init__(self, name: str, total: float) -> None:
        self._name, self._total = name, total
        self._begun: float | None = None
        self._pace_from: tuple[float, float] | None = None
        self._shown = time.monotonic()  # what is soon done is not shown at all
        self._screen = _screen()

    def advance(self, done: float, detail: str = "") -> None:
        """Tells that `done` of the steps are behind, and what is going on; cheap to call often."""
        now = time.monotonic()
        if self._begun is None:  # what an interrupted run had done costs no time now
            self._begun = done
        if self._pace_from is None and done >= self._begun + 1:
            self._pace_from = (done, now)
        if self._screen is not None and now - self._shown >= EVERY:
            self._shown = now
            left = self._time_left(done, now)
            share = done / self._total
            self._screen.show(State(name=self._name, share=share, left=left, told=detail))

    def close(self) -> None:
        """Takes away what is shown."""
        if self._screen is not None:
            self._screen.clear()

    def _time_left(self, done: float, now: float) -> str:
        """ "" until a whole step is behind after the first one, which alone holds compiling and the like."""
        if self._pace_from is None or done < self._pace_from[0] + 1:
            return ""
        first, start = self._pace_from
        seconds = (now - start) / (done - first) * (self._total - done)
        return f"about {duration(seconds)} left"


@contextmanager
def phase(name: str, total: float) -> Iterator[Phase]:
    """A `Phase` that is closed when the block ends."""
    work = Phase(name, total)
    try:
        yield work
    finally:
        work.close()


def duration(seconds: float) -> str:
    """ "40 s", "12 min" or "3 h 5 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def read_state(file: Path) -> State | None:
    """What a notebook last left in `file`; None where no work is going on."""
    try:
        return State(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # the last: of JSON that is another thing
        return None


def _screen() -> "_File | _Notebook | None":
    if os.environ.get(ENVIRONMENT):
        return _File(Path(os.environ[ENVIRONMENT]))
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython else None
    return _Notebook() if shell is not None and hasattr(shell, "kernel") else None


class _File:
    """For the batch, which shows it in its own bar."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, state: State) -> None:
        """Leaves the state; a batch that is gone keeps no run from going on."""
        beside = self._path.with_suffix(".new")
        with suppress(OSError):
            beside.write_text(json.dumps(asdict(state)), encoding="utf-8")
            os.replace(beside, self._path)

    def clear(self) -> None:
        """Leaves no state."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


class _Notebook:
    """One line with a bar below the cell that runs."""

    def __init__(self) -> None:
        self._handle: Any = None  # of IPython, which has no types; made when it is first needed

    def show(self, state: State) -> None:
        """Puts the state in the place of the last one."""
        bar = f'<progress max="1" value="{state.share:.3f}"></progress>'
        data = {"text/html": f"{bar} {escape(str(state))}", "text/plain": str(state)}
        if self._handle is None:
            from IPython.display import DisplayHandle

            self._handle = DisplayHandle()
            self._handle.display(data, raw=True)
        else:
            self._handle.update(data, raw=True)

    def clear(self) -> None:
        """Leaves an empty output."""
        if self._handle is not None:
            self._handle.update({"text/html": "", "text/plain": ""}, raw=True)
