"""How a batch and its workers are ended from outside: everything is put away, as after Ctrl-C."""

import signal
from types import FrameType

# The second comes when a terminal is closed; Windows has none.
ENDING = [signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]


class Terminated(KeyboardInterrupt):
    """A signal in `ENDING` came."""


def end_politely() -> None:
    """From now on these signals raise `Terminated` in the main thread of this process, once."""
    for number in ENDING:
        signal.signal(number, _raise_terminated)


def _raise_terminated(_: int, __: FrameType | None) -> None:
    for number in ENDING:  # what is put away must not be cut off
        signal.signal(number, signal.SIG_IGN)
    raise Terminated
