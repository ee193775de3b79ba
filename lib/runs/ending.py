"""How a batch and its workers are ended from outside: everything is put away, as after Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

# The second comes when a terminal is closed; Windows has none.
ENDING = [signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)])]
HELD = [signal.SIGINT, *ENDING]


class Terminated(KeyboardInterrupt):
    """A signal in `ENDING` came."""


def end_politely() -> None:
    """From now on these signals raise `Terminated` in the main thread of this process, once.

    A closed terminal stays ignored where it is from the start, as `nohup` has it.
    """
    for number in ENDING:
        if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _raise_terminated)


def _raise_terminated(_: int, __: FrameType | None) -> None:
    for number in ENDING:  # what is put away must not be cut off
        signal.signal(number, signal.SIG_IGN)
    raise Terminated


@contextmanager
def signals_held() -> Iterator[None]:
    """Ctrl-C and the signals in `ENDING` wait until the block has ended.

    A process that is begun inside holds them too, until it calls `release_signals`: neither is its start cut
    off halfway, nor does it die of them before it can put anything away. Windows cannot hold them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # started inside the block, it would release them at once
    came: list[int] = []
    # A thread's mask is what a process begun in it inherits, but it keeps nothing from this process: whatever
    # other thread there is takes the signal, and Python calls the handler in the main thread all the same.
    handlers = {number: signal.getsignal(number) for number in HELD}
    in_main = threading.current_thread() is threading.main_thread()
    # What is ignored stays so: a process begun in it could not tell, for handlers are not inherited.
    noted = [
        number for number in HELD if in_main and handlers[number] not in (None, signal.SIG_IGN)
    ]
    try:
        for number in noted:
            signal.signal(number, lambda number, _: came.append(number))
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
        yield
    finally:
        release_signals()  # they are noted now
        for number in noted:
            signal.signal(number, handlers[number])
        for number in dict.fromkeys(came):
            signal.raise_signal(number)


def release_signals() -> None:
    """Lets signals through that `signals_held` held: they come now."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
