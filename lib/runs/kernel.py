"""The kernel of a notebook: this Python where none is asked for, and never waited for without end."""

import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import write_kernel_spec
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

THIS_PYTHON = "this-python"
SEARCH_PATH = (
    "JUPYTER_PATH"  # environment variable: folders in which Jupyter looks for kernels first
)
LOG = logging.getLogger("lib.runs.kernel")
LOG.setLevel(logging.CRITICAL)  # what nbclient logs is in the errors, too
ENGINE = "watched"  # papermill's name for `_Engine`
CELL_TIMEOUT = 12 * 3600  # seconds; the longest cell trains all folds and seeds of an arm
# Seconds without a heartbeat, which a kernel has whatever its cell does; a machine that is short of
# memory may take minutes.
SILENCE = 300
LESS_MEMORY = (
    "Give fewer or smaller images (-p image_size 64) or smaller batches (-p batch_size 8), or close "
    "other programs, and run again: training goes on after its last finished epoch."
)


class KernelError(RuntimeError):
    """The kernel ended, stopped answering or took too long over a cell: which of them, what to do."""


@contextmanager
def this_python() -> Iterator[str]:
    """The name of a kernel that is this Python, known to Jupyter inside the block alone.

    "python3" would not do: a kernel of that name in the user's own folder may be another environment's.
    """
    before = os.environ.get(SEARCH_PATH)
    with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        write_kernel_spec(str(Path(folder) / "kernels" / THIS_PYTHON))
        os.environ[SEARCH_PATH] = os.pathsep.join([folder, before] if before else [folder])
        try:
            yield THIS_PYTHON
        finally:
            if before is None:
                del os.environ[SEARCH_PATH]
            else:
                os.environ[SEARCH_PATH] = before


class _Client(PapermillNotebookClient):
    """Asks every second whether the kernel still lives, as nbclient does, and whether its heart beats.

    Args:
        on_wait: Called at every look.
    """

    def __init__(self, *args: Any, on_wait: Callable[[], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._on_wait, self._silent_looks = on_wait, 0
        self.exit_code: int | None = None  # of a kernel that ended by itself

    async def _async_check_alive(self) -> None:
        try:
            await super()._async_check_alive()
        except DeadKernelError:
            self.exit_code = await self.km.provisioner.poll()
            raise
        self._on_wait()
        # Looks are counted, not seconds: a batch that was itself stopped for an hour kills nothing.
        self._silent_looks = 0 if self.kc.hb_channel.is_beating() else self._silent_looks + 1
        if self._silent_looks > SILENCE:
            self.shutdown_kernel = "immediate"  # it would not hear a polite request
            raise DeadKernelError("No heartbeat")

    def end_kernel(self) -> None:
        """Ends a kernel that is left where the batch was stopped while the kernel started."""
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
        on_wait: Callable[[], None],
        on_cell_start: Callable[..., None],
        start_timeout: int,
        extra_arguments: list[str],
        **_: Any,
    ) -> None:
        """papermill's hook.

        Raises:
            KernelError: The kernel ended, has no heartbeat, or a cell ran for more than `CELL_TIMEOUT`.
        """
        client = _Client(
            nb_man,
            log=LOG,
            on_wait=on_wait,
            on_cell_start=on_cell_start,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=CELL_TIMEOUT,
            extra_arguments=extra_arguments,
        )
        try:
            client.execute()
        except Exception as error:
            # Where Ctrl-C meets the event loop, the loop's own clean-up fails: that must not hide it.
            if interrupt := _interrupt_behind(error):
                raise interrupt from None
            if isinstance(error, DeadKernelError):
                reason = _silence() if client.exit_code is None else _ending(client.exit_code)
                raise KernelError(reason) from error
            if isinstance(error, CellTimeoutError):
                raise KernelError(
                    f"it ran for more than {CELL_TIMEOUT / 3600:g} hours and was ended. If it needs "
                    f"longer, give fewer epochs, seeds or images."
                ) from error
            raise
        finally:
            client.end_kernel()


def _interrupt_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The interrupt during whose handling `error` arose, if it did."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"the kernel ended with exit code {exit_code}. If memory ran out: {LESS_MEMORY}"
    name = signal.Signals(-exit_code).name
    if name != "SIGKILL":
        return f"the kernel was ended by {name}. If memory ran out: {LESS_MEMORY}"
    return f"the kernel was killed (SIGKILL), most likely because memory ran out. {LESS_MEMORY}"


def _silence() -> str:
    return (
        f"the kernel gave no sign of life for {SILENCE / 60:g} minutes and was ended. It was stopped, or "
        f"the machine is short of memory. {LESS_MEMORY}"
    )


papermill_engines.register(ENGINE, _Engine)
