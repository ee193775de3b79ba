"""The folders of a run, and files that exist whole or not at all: written aside, then renamed."""

import ctypes
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module that may be absent has no type of its own

import numpy as np

from lib import ROOT, PlainError

DATA = ROOT / "data"
"""Everything a run reads and keeps lies below it; tests put a folder of their own in its place."""

# Of temporary folders; behind it stand the number of the process that made it, and its machine.
PREFIX = ".writing-"
FORGOTTEN = 30 * 86_400  # seconds after which another machine's folder is swept, too
NOTES = ".jsonl"  # of a file of notes: {"use": path below `DATA`} or {"record": its name} a line


class DataError(PlainError, ValueError):
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


def references() -> Path:
    """What the study measured on real images: one JSON file for a paper and an image set."""
    return DATA / "reference"


def unpacked() -> Path:
    """The folder of the zip files that were given as data, unpacked."""
    return DATA / "unpacked"


def uses() -> Path:
    """The folder in which every process notes what it uses of the three: see `note_use`."""
    return DATA / "uses"


def fetched_weights() -> Path:
    """Where `python -m lib weights` puts what it fetches."""
    return DATA / "weights"


def user_path(text: str) -> Path:
    """A path that a user wrote, absolute. "~" is the home folder; where there is none, it stays a name."""
    return Path(os.path.expanduser(text)).resolve()


# Whole or not at all


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that becomes `target` when the block ends without error.

    Of two processes that race, the first wins and the second's folder is dropped: use it where both
    would write the same.
    """
    with temporary_folder(target.parent) as temporary:
        yield temporary
        # mkdtemp makes it private; what is published is as readable as its parent
        temporary.chmod(0o755)
        try:
            os.rename(temporary, target)
        except OSError:
            if not target.is_dir():
                raise


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, which is made if need be; it goes when the block ends.

    What killed processes left there is swept out first. A folder whose process lives is never swept,
    however old it is: the process holds a lock on it. Another machine's folder is left to that machine:
    NFS shows no lock on a folder to others.
    """
    _sweep(parent)
    folder, lock = _locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _unlock(lock)


def _locked_folder(parent: Path) -> tuple[Path, int | None]:
    while True:
        parent.mkdir(parents=True, exist_ok=True)
        # Between any two lines another process may remove the parent, if it is empty, or sweep out the
        # folder, which has no lock yet.
        with suppress(FileNotFoundError):
            prefix = f"{PREFIX}{os.getpid()}-{_machine()}-"
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            if fcntl is None:
                return folder, None
            lock = os.open(folder, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks: nothing is swept there, either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _sweep(parent: Path) -> None:
    """Removes the temporary folders in `parent` whose processes have ended."""
    for left in parent.glob(f"{PREFIX}*"):
        number, _, rest = left.name.removeprefix(PREFIX).partition("-")
        if rest.partition("-")[0] != _machine() and not _is_forgotten(left):
            continue
        if fcntl is None:
            if number.isdecimal() and not _is_running(int(number)):
                shutil.rmtree(left, ignore_errors=True)
            continue
        with suppress(OSError):  # it is in use, or another process has just removed it
            lock = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def _machine() -> str:
    """This machine's name, without what separates the parts of a temporary folder's name."""
    return re.sub(r"\W", "_", platform.node())


def _is_forgotten(folder: Path) -> bool:
    with suppress(OSError):  # another process has just removed it
        return time.time() - folder.stat().st_mtime > FORGOTTEN
    return False


def _is_running(process_id: int) -> bool:
    """Whether there is such a process on this machine."""
    if sys.platform == "win32":  # where os.kill would end it
        query_limited_information = 0x1000
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited_information, False, process_id)
        return bool(handle and kernel.CloseHandle(handle))
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


TURN_S = 1800.0  # that a process waits for another that writes the same entry
LOOK_S = 0.05  # between two looks at a lock that another process has


class InUseError(RuntimeError):
    """Another process is at work on the same thing."""


@contextmanager
def only_process(lock_file: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """A block that one process at a time is in; `lock_file` is there as long as it is.

    A process that is killed leaves the file, but not the lock: the next one takes both over. Where
    the file system has no locks, nobody is kept out.

    Args:
        wait_s: Seconds to wait for another process to leave the block.

    Raises:
        InUseError: Another process is in the block.
    """
    if fcntl is None:
        yield
        return
    lock = _awaited_lock(lock_file, wait_s)
    try:
        yield
    finally:
        lock_file.unlink(missing_ok=True)
        os.close(lock)


def _awaited_lock(lock_file: Path, wait_s: float) -> int:
    end = time.monotonic() + wait_s
    while True:
        try:
            return _lock_of(lock_file)
        except InUseError:
            if time.monotonic() >= end:
                raise
            time.sleep(LOOK_S)


def _lock_of(lock_file: Path) -> int:
    while True:
        lock = os.open(lock_file, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise InUseError(f"{lock_file} is held by another process.") from error
        except OSError:  # a file system without locks
            return lock
        # Whoever held it before may have removed the file after it was opened here.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), lock_file.stat()):
                return lock
        os.close(lock)


def replace_folder(temporary: Path, target: Path) -> None:
    """Puts `temporary` in the place of `target`, which goes only once the new folder stands.

    Where the system can exchange two names, a reader finds the old folder or the new one, and several
    processes may publish the same folder. Elsewhere there is none for an instant.
    """
    try:
        os.rename(temporary, target)  # where there is none yet
        return
    except OSError:
        if not target.is_dir():
            raise
    if _exchange(temporary, target):
        shutil.rmtree(temporary, ignore_errors=True)
        return
    old = _set_aside(target)
    shutil.rmtree(old, ignore_errors=True)
    os.rename(target, old)
    os.rename(temporary, target)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two names at once; False where the system or the file system cannot (Linux can, mostly)."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if fcntl else None
    if renameat2 is None:
        return False
    current_folder, rename_exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE in Linux' headers
    paths = os.fsencode(one.absolute()), os.fsencode(other.absolute())
    if renameat2(current_folder, paths[0], current_folder, paths[1], rename_exchange) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def restore_folder(target: Path) -> None:
    """Brings back what `replace_folder` had set aside when it was killed half-way."""
    old = _set_aside(target)
    if old.is_dir() and not target.exists():
        os.rename(old, target)


def _set_aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def write_text(target: Path, text: str) -> None:
    """Writes `text` (UTF-8) to `target`, whole or not at all."""
    write_bytes(target, text.encode("utf-8"))


def write_bytes(target: Path, content: bytes) -> None:
    """Writes `content` to `target`, whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


_used_states: set[Path] = set()  # of interrupted trainings: this process wrote or went on from them


def note_training_state(path: Path) -> None:
    """Remembers that a fit of this process wrote the state at `path` or went on from it."""
    _used_states.add(path)


def forget_training_states(slug: str) -> None:
    """Forgets the states that this process's fits of the paper used, once their run is whole.

    Those of another run of the paper, interrupted or under way, are left for it to go on from.
    """
    folder = training_states(slug)
    for path in {path for path in _used_states if path.parent == folder}:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        _used_states.discard(path)
    _sweep(folder)
    with suppress(OSError):  # other runs' states are in it, or it is not there
        folder.rmdir()


# Who uses what: `python -m lib data prune` removes what nobody does

_notes: dict[Path, int] = {}  # folder of notes → the file there of this process, open and locked


def note_use(entry: Path) -> None:
    """Notes that this process uses a folder below `DATA`; to be called before it is opened or written.

    The note outlives the process, and its file is locked as long as the process lives.
    """
    _note("use", Path(os.path.relpath(entry, DATA)).as_posix())


def note_record(started: str, run_key: str) -> None:
    """Notes that what this process used so far went into this record of a run (`Provenance`)."""
    _note("record", record_name(started, run_key))


def record_name(started: str, run_key: str) -> str:
    """What tells a record from all others in the notes."""
    return f"{started} {run_key}".strip()


def _note(subject: str, name: str) -> None:
    # Where nothing can be noted, the entry is removed sooner than it need be, and computed again.
    with suppress(OSError):
        os.write(_own_notes(), (json.dumps({subject: name}) + "\n").encode())


def _own_notes() -> int:
    folder = uses()
    if folder not in _notes:
        for file in _notes.values():  # of another `DATA`, which only a test has
            os.close(file)
        _notes.clear()
        folder.mkdir(parents=True, exist_ok=True)
        file, path = tempfile.mkstemp(suffix=NOTES, prefix=f"{os.getpid()}-", dir=folder)
        os.chmod(path, 0o644)  # mkstemp makes it private, and a store may serve several people
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_SH)
        _notes[folder] = file
    return _notes[folder]


def is_still_written(notes: Path) -> bool:
    """Whether the process lives that writes these notes; where no lock tells, whether they are recent."""
    if fcntl is not None:
        with suppress(OSError):  # somebody else's file, or a file system without locks
            file = os.open(notes, os.O_RDWR)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(file)
            return False
    return notes.exists() and not _is_forgotten(notes)


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
def explain_disk_failure(
    what: str, folder: Path | None = None, fewer: str = "a smaller `image_size`"
) -> Iterator[None]:
    """Turns a failure to write `what` into a `DataError` with the remedy.

    Args:
        what: In words and in the plural: "the pixels of 15 images".
        folder: It should be written to; None for the store.
        fewer: What to give in order to need less room.
    """
    try:
        yield
    except OSError as error:
        remedy = (
            f"Make room on the disk, or give {fewer}"
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else "Make sure that this folder may be read and written"
        )
        raise DataError(
            f"{what} should be written to {folder or store()}; it failed: {error}. {remedy}, and run "
            f"again."
        ) from error


# Entries of the store

CHECKSUMS = "checksums.json"  # beside an entry's files: SHA-256 of each; shape and type of arrays
ATTEMPTS = 5  # at an entry that other processes damage or throw away again and again

# Shape (None: any) and NumPy's name of the type: ((15, 8, 8, 3), "|u1").
ArrayType = tuple[tuple[int, ...] | None, str]

Signature = tuple[tuple[str, int, int, int], ...]  # of each file: name, number, bytes, last change

_checked: dict[Path, Signature] = {}  # the entries this process has hashed, as they were then


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A folder of the store whose files are what they were when they were written.

    Attributes:
        arrays: File name → array, memory-mapped and read-only.
        facts: File name → what a JSON file holds.
        reused: Whether it was there already.
    """

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]
    reused: bool


class _DamagedError(Exception):
    """Something in an entry is not what was written."""


def open_entry(
    folder: Path,
    what: str,
    arrays: Mapping[str, ArrayType],
    facts: Sequence[str],
    write: Callable[[Path], None],
) -> Entry:
    """The entry at `folder`; written where there is none, or where it is not whole.

    Its files are hashed once in a process, and again when they look changed. A damaged entry is
    thrown away, and a line on stderr says so; so is one of an older version, without checksums.

    Args:
        what: What it holds, in words and in the plural: "the pixels of 15 images".
        arrays: Name of each .npy file → the shape and type that it must have.
        facts: Names of its JSON files.
        write: Writes all these files into the folder it is given.

    Raises:
        DataError: It cannot be written or read.
    """
    reused = True
    note_use(folder)
    for _ in range(ATTEMPTS):
        with explain_disk_failure(what):
            if not os.path.lexists(folder) and _write_in_turn(folder, write):
                reused = False
            identity = folder_identity(folder)
            try:
                return _read_entry(folder, arrays, facts, reused)
            except _DamagedError as damage:
                print(
                    f"{folder.relative_to(DATA.parent)}: {damage}. It is thrown away; {what} are "
                    f"computed again.",
                    file=sys.stderr,
                )
                throw_away(folder, identity)
    raise DataError(
        f"{folder} should hold {what}; it was damaged {ATTEMPTS} times while this run opened it. End "
        f"what else writes there, and run again."
    )


def folder_identity(folder: Path) -> tuple[int, int] | None:
    """Tells the folder at a path from another that takes its place; None where there is nothing."""
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def throw_away(folder: Path, identity: tuple[int, int] | None) -> None:
    """Removes the folder, renamed first: nobody takes what is left of it for the whole.

    Args:
        identity: As `folder_identity` told it when the folder was found damaged. Another process may
            have put a whole one in its place since: that one stays.
    """
    if folder_identity(folder) != identity:
        return
    with temporary_folder(folder.parent) as aside:
        try:
            os.rename(folder, aside / "damaged")
        except FileNotFoundError:  # another process was faster
            return
        if folder_identity(aside / "damaged") != identity:
            with suppress(OSError):  # where a third process has written one by now
                os.rename(aside / "damaged", folder)


def _write_in_turn(folder: Path, write: Callable[[Path], None]) -> bool:
    """Whether it was written here: another process that is at it already is waited for.

    What that one has not done after `TURN_S` is written here all the same; the first that is whole counts.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as turn:
        with suppress(InUseError):
            lock = folder.with_name(f".{folder.name}.lock")
            turn.enter_context(only_process(lock, wait_s=TURN_S))
        if os.path.lexists(folder):
            return False
        _write_entry(folder, write)
    return True


def _write_entry(folder: Path, write: Callable[[Path], None]) -> None:
    with new_folder(folder) as temporary:
        write(temporary)
        checksums = {path.name: _checksum(path) for path in sorted(temporary.iterdir())}
        (temporary / CHECKSUMS).write_text(json.dumps(checksums, indent=1))
        signature = _signature(temporary)
    _checked[folder] = signature  # if another process was faster, its files do not match this


def _checksum(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {"sha256": file_sha256(path)}
    if path.suffix == ".npy":
        array = np.load(path, mmap_mode="r")
        facts |= {"shape": list(array.shape), "dtype": array.dtype.str}
    return facts


def _read_entry(
    folder: Path, arrays: Mapping[str, ArrayType], facts: Sequence[str], reused: bool
) -> Entry:
    try:
        signature = _signature(folder)
        if _checked.get(folder) != signature:
            _check_entry(folder, [*arrays, *facts])
        opened = {name: np.load(folder / name, mmap_mode="r") for name in arrays}
        read = {name: json.loads((folder / name).read_text()) for name in facts}
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise _DamagedError(f"{Path(error.filename).name} is missing") from error
    except (ValueError, EOFError, TypeError, KeyError, AttributeError) as error:
        raise _DamagedError(f"it cannot be read ({type(error).__name__})") from error
    for name, (shape, dtype) in arrays.items():
        received = opened[name].shape, opened[name].dtype.str
        if received != (received[0] if shape is None else shape, dtype):
            raise _DamagedError(f"{name} should be {shape} {dtype}; it is {received}")
    _checked[folder] = signature
    return Entry(arrays=opened, facts=read, reused=reused)


def _check_entry(folder: Path, names: Sequence[str]) -> None:
    """Compares the files with the checksums that were written with them."""
    if not (folder / CHECKSUMS).is_file():
        raise _DamagedError(f"it has no {CHECKSUMS}, as those of older versions")
    recorded = json.loads((folder / CHECKSUMS).read_text())
    for name in names:
        with suppress(ValueError, EOFError):  # no array, or one that is cut off
            if _checksum(folder / name) == recorded[name]:
                continue
        raise _DamagedError(f"{name} is not what was written")


def _signature(folder: Path) -> Signature:
    """Changes when a file of the folder is written, renamed or removed; nothing is read for it."""
    files = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    return tuple((name, file.st_ino, file.st_size, file.st_mtime_ns) for name, file in files)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits; the file is read block by block."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
