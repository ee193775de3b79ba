"""The kernel of a notebook: this Python where none is asked for, watched, and never waited for without end."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from lib import ROOT
from lib.runs.task import RunError

THIS_PYTHON = "this-python"  # the kernel that is used where none is asked for
LOG = logging.getLogger("lib.runs.kernel")
LOG.setLevel(logging.CRITICAL)  # what nbclient logs is in the errors, too
ENGINE = "watched"  # papermill's name for `_Engine`
# Seconds without a heartbeat, which a kernel has whatever its cell does; a machine that is short of
# memory may take minutes.
SILENCE = 300
MOST_OUTPUT = 20_000_000  # characters of one notebook; the longest report's have 2 million
LESS_MEMORY = (
    "Give fewer or smaller images (-p image_size 64) or smaller batches (-p batch_size 8), or close "
    "other programs, and run again: training goes on after the last epoch that was kept."
)


class KernelError(RunError):
    """The kernel ended, stopped answering, wrote too much or took too long: which of them, what to do."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is asked of a kernel while it runs.

    Attributes:
        environment: Its environment variables.
        temporary: The folder of its temporary files, which it cannot remove itself if it is ended.
        timeout_s: Seconds after which it is ended.
        on_wait: Called about every second.
        on_text: Called with what a cell prints.
    """

    environment: Mapping[str, str]
    temporary: Path
    timeout_s: float
    on_wait: Callable[[], None] = field(default=lambda: None)
    on_text: Callable[[str], None] = field(default=lambda _: None)


class _ThisPython(KernelSpecManager):
    """Knows this Python under a name of its own, beside all other kernels.

    "python3" would not do: a kernel of that name in the user's own folder may be another environment's.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """jupyter_client's hook."""
        if kernel_name != THIS_PYTHON:
            return super().get_kernel_spec(kernel_name)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="This Python", language="python")


class _Client(PapermillNotebookClient):
    """Asks every second whether the kernel still lives, as nbclient does, and whether its heart beats."""

    def __init__(self, *args: Any, watch: Watch, **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch, self._silent_looks, self._written = watch, 0, 0
        self._end = time.monotonic() + watch.timeout_s
        self.exit_code: int | None = None  # of a kernel that ended by itself
        self.fault: KernelError | None = None  # why this client ended it

    def create_kernel_manager(self) -> Any:
        """nbclient's hook."""
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager = _ThisPython()
        manager.connection_file = str(self._watch.temporary / "connection.json")
        return manager

    async def _async_check_alive(self) -> None:
        try:
            await super()._async_check_alive()
        except DeadKernelError:
            self.exit_code = await self.km.provisioner.poll()
            raise
        self._watch.on_wait()
        # Looks are counted, not seconds: a batch that was itself stopped for an hour kills nothing.
        self._silent_looks = 0 if self.kc.hb_channel.is_beating() else self._silent_looks + 1
        if self._silent_looks > SILENCE:
            self._give_up(KernelError(_silence(), again="once"))
        if self._written > MOST_OUTPUT:
            self._give_up(KernelError(_flood()))
        if time.monotonic() > self._end:
            self._give_up(KernelError(_timeout(self._watch.timeout_s)))

    def _give_up(self, fault: KernelError) -> None:
        self.fault = fault
        self.shutdown_kernel = "immediate"  # it would not hear a polite request
        raise DeadKernelError(str(fault))

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """nbclient's hook: what is written beyond the limit is not kept, until the kernel is ended."""
        content = msg["content"]
        text = content.get("text", "") if msg["msg_type"] == "stream" else ""
        self._written += len(text) + sum(map(len, map(str, content.get("data", {}).values())))
        if self._written > MOST_OUTPUT:
            return None
        if text:
            self._watch.on_text(text)
        return super().process_message(msg, cell, cell_index)

    def end_kernel(self) -> None:
        """Ends a kernel that is left where the run was stopped while the kernel started."""
        process = getattr(getattr(self.km, "provisioner", None), "process", None)
        if process is not None and process.poll() is None:
            # Not through the manager: its event loop is in no state to go on.
            process.kill()
            process.wait()
            self.km.cleanup_connection_file()


class _Engine(Engine):
    """Runs a notebook's cells in a kernel that is watched."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        watch: Watch,
        on_cell_start: Callable[..., None],
        start_timeout: int,
        **_: Any,
    ) -> None:
        """papermill's hook.

        Raises:
            KernelError: The kernel ended, has no heartbeat, floods its output, or ran out of its time.
        """
        client = _Client(
            nb_man,
            watch=watch,
            log=LOG,
            on_cell_start=on_cell_start,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=None,
            # ipykernel would warn in the terminal of its local TCP ports and of being shut down.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
        nb_man.now = _not_set_back(nb_man.start_time)
        temporary = dict.fromkeys(
            ("TMPDIR", "TEMP", "TMP"), str(watch.temporary)
        )  # Windows reads the last two
        environment = {**watch.environment, **temporary}
        try:
            client.execute(env=environment, cwd=str(ROOT))
        except (Exception, KeyboardInterrupt) as error:
            # Where Ctrl-C meets the event loop, the loop's own clean-up fails: that must not hide it.
            if interrupt := _interrupt_behind(error):
                # It leaves tasks behind whose errors nobody asks for any more: asyncio would print them.
                logging.getLogger("asyncio").setLevel(logging.CRITICAL)
                raise interrupt from None
            if client.fault is not None:
                raise client.fault from error
            if isinstance(error, DeadKernelError):
                raise _ending(client.exit_code) from error
            raise
        finally:
            client.end_kernel()


def _not_set_back(start: datetime) -> Callable[[], datetime]:
    """The clock by which papermill notes when the notebook and its cells began and ended.

    It goes on where the clock of the day is set back: no run seems to have ended before it began.
    """
    last, read = start, time.monotonic()

    def now() -> datetime:
        nonlocal last, read
        before, read = read, time.monotonic()
        last = max(last + timedelta(seconds=read - before), datetime.now(UTC))
        return last

    return now


def _interrupt_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The interrupt during whose handling `error` arose, if it did."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


def _ending(exit_code: int | None) -> KernelError:
    """What a kernel that ended by itself is told of; another try may go well, but for a chosen end."""
    if exit_code is None or exit_code >= 0:
        known = "" if exit_code is None else f" with exit code {exit_code}"
        return KernelError(f"the kernel ended{known}. If memory ran out: {LESS_MEMORY}")
    name = signal.Signals(-exit_code).name
    if name != "SIGKILL":
        text = f"the kernel was ended by {name}. If memory ran out: {LESS_MEMORY}"
        return KernelError(text, again="once")
    return KernelError(
        f"the kernel was killed (SIGKILL), most likely because memory ran out. {LESS_MEMORY}",
        again="alone",
    )


def _silence() -> str:
    return (
        f"the kernel gave no sign of life for {SILENCE / 60:g} minutes and was ended. It was stopped, or "
        f"the machine is short of memory. {LESS_MEMORY}"
    )


def _flood() -> str:
    return (
        f"it wrote more than {MOST_OUTPUT / 1e6:g} million characters and was ended. Take out what prints "
        f"so much (a loop, or verbose=1 in a fit)."
    )


def _timeout(seconds: float) -> str:
    return (
        f"the run took more than {seconds / 60:g} minutes and was ended. Give it longer (--timeout "
        f"MINUTES): its training goes on after the last epoch that was kept; or fewer epochs, seeds or images."
    )


papermill_engines.register(ENGINE, _Engine)
