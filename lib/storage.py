"""The folders of a run, and files that exist whole or not at all: written aside, then renamed."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from lib import ROOT

DATA = ROOT / "data"
"""Everything a run reads and keeps lies below it; tests put a folder of their own in its place."""

PREFIX = ".writing-"
STALE = 24 * 3600  # seconds: no run writes to one folder for a day


class DataError(ValueError):
    """Data cannot be read from the disk or kept on it: what was expected, what came, what to do."""


# Folders


def store() -> Path:
    """The folder of decoded images, features and training states: all of it can be computed again."""
    return DATA / "store"


def training_states(slug: str) -> Path:
    """Where the states of the paper's interrupted trainings lie."""
    return store() / "training" / slug


def phantoms() -> Path:
    """The folder of the drawn image sets."""
    return DATA / "phantoms"


def manifests() -> Path:
    """The folder of the papers' manifests, one JSON file each."""
    return DATA / "manifests"


def fetched_weights() -> Path:
    """Where `python -m lib weights` puts what it fetches."""
    return DATA / "weights"


# Whole or not at all


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that becomes `target` when the block ends without error.

    Of two processes that race, the first wins and the second's folder is dropped: use it where both
    would write the same.
    """
    temporary = temporary_folder(target.parent)
    try:
        yield temporary
        # mkdtemp makes it private; what is published is as readable as its parent
        temporary.chmod(0o755)
        try:
            os.rename(temporary, target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def temporary_folder(parent: Path) -> Path:
    """A new folder in `parent`, which is made if need be; sweeps out what killed processes left."""
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{PREFIX}*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def replace_folder(temporary: Path, target: Path) -> None:
    """Puts `temporary` in the place of `target`; the old folder goes only once the new one stands."""
    old = _set_aside(target)
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(temporary, target)
    shutil.rmtree(old, ignore_errors=True)


def restore_folder(target: Path) -> None:
    """Brings back what `replace_folder` had set aside when it was killed half-way."""
    old = _set_aside(target)
    if old.is_dir() and not target.exists():
        os.rename(old, target)


def _set_aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def write_text(target: Path, text: str) -> None:
    """Writes `text` (UTF-8) to `target`, whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def forget_training_states(slug: str) -> None:
    """Forgets every state of the paper's fits, once its run is whole."""
    shutil.rmtree(training_states(slug), ignore_errors=True)


# Large arrays


def array_writer(
    target: Path, shape: tuple[int, ...], dtype: np.typing.DTypeLike
) -> Callable[[int, np.ndarray], None]:
    """Starts the .npy file of an array of `shape`, whose rows are written part by part.

    Returns:
        `write(row, values)`: puts `values`, shape (rows, *shape[1:]), at the rows from `row` on.
        Threads may write at the same time. It goes through the file, not a memory map: on a full
        disk a map ends the process instead of raising an OSError.
    """
    array_type = np.dtype(dtype)
    descr = np.lib.format.dtype_to_descr(array_type)
    with target.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": descr, "fortran_order": False, "shape": shape}
        )
        start = file.tell()
    row_bytes = int(np.prod(shape[1:])) * array_type.itemsize

    def write(row: int, values: np.ndarray) -> None:
        with target.open("r+b") as file:
            file.seek(start + row * row_bytes)
            file.write(np.ascontiguousarray(values, array_type).data)

    return write


@contextmanager
def explain_disk_failure(what: str) -> Iterator[None]:
    """Turns a failure to write `what` into the store into a `DataError` with the remedy."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{what} should be written to {store()}; it failed: {error}. Make room on the disk, or "
            f"give a smaller `image_size`, and run again."
        ) from error
