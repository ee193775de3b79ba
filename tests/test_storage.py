"""Folders and files are whole or not there, also when a write fails half-way or two race."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lib import ROOT, storage
from lib.storage import (
    DataError,
    InUseError,
    array_writer,
    explain_disk_failure,
    new_folder,
    only_process,
    open_entry,
    replace_folder,
    restore_folder,
    temporary_folder,
    write_text,
)


def _folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "file").write_text(text)
    return path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# new_folder


def test_a_new_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "target"
    with new_folder(target) as temporary:
        (temporary / "file").write_text("whole")
        assert not target.exists()
        assert temporary.parent == target.parent  # the same file system, so that renaming works
    assert (target / "file").read_text() == "whole"
    assert _names(target.parent) == ["target"]


def test_a_new_folder_is_as_readable_as_others(tmp_path):
    with new_folder(tmp_path / "target"):
        pass
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_failed_block_leaves_nothing_and_its_error_is_raised(tmp_path, error):
    def half_way() -> None:
        with new_folder(tmp_path / "target") as temporary:
            (temporary / "file").write_text("half")
            raise error

    with pytest.raises(error):
        half_way()
    assert _names(tmp_path) == []


def test_of_two_that_race_the_first_wins(tmp_path):
    target = tmp_path / "target"
    with new_folder(target) as slow:
        (slow / "file").write_text("slow")
        with new_folder(target) as fast:
            (fast / "file").write_text("fast")
    assert (target / "file").read_text() == "fast"
    assert _names(tmp_path) == ["target"]


def test_a_file_in_the_place_of_the_folder_is_an_error_and_stays(tmp_path):
    target = tmp_path / "target"
    target.write_text("a file")
    with pytest.raises(OSError, match="target"), new_folder(target):
        pass
    assert target.read_text() == "a file"
    assert _names(tmp_path) == ["target"]


# temporary_folder: swept out by liveness


def _process(code: str, *arguments: Path) -> subprocess.Popen:
    """Runs `code` with this library; it prints a line once it is where the test wants it."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline()
    return process


IN_A_TEMPORARY_FOLDER = """
import sys
from pathlib import Path
from lib.storage import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "file").write_text("half")
    print(folder, flush=True)
    sys.stdin.readline()
"""
LONG_AGO = (1_000_000_000, 1_000_000_000)  # in 2001


def test_a_temporary_folder_is_there_for_the_block_alone(tmp_path):
    with temporary_folder(tmp_path / "parent") as folder:
        (folder / "file").touch()
        assert folder.parent == tmp_path / "parent"
    assert _names(tmp_path / "parent") == []


def test_a_folder_in_use_is_never_swept_however_old_it_is(tmp_path):
    process = _process(IN_A_TEMPORARY_FOLDER, tmp_path)
    (other,) = tmp_path.iterdir()
    with temporary_folder(tmp_path) as mine:
        for folder in (other, mine):
            os.utime(folder, LONG_AGO)
        with temporary_folder(tmp_path):
            assert {other.name, mine.name} <= {*_names(tmp_path)}
    assert (other / "file").read_text() == "half"
    process.communicate("\n")
    assert process.returncode == 0
    assert _names(tmp_path) == []


def test_a_folder_whose_process_was_killed_is_swept_at_once(tmp_path):
    process = _process(IN_A_TEMPORARY_FOLDER, tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(_names(tmp_path)) == 1
    with temporary_folder(tmp_path) as mine:
        assert _names(tmp_path) == [mine.name]


def test_without_locks_the_number_of_the_process_tells_whether_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "fcntl", None)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with temporary_folder(tmp_path / "elsewhere") as folder:
        _, _, end = folder.name.partition(f"-{os.getpid()}")
    names = [f".writing-{ended.pid}{end}", f".writing-{os.getppid()}{end}", ".writing-c"]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere").rmdir()
    with temporary_folder(tmp_path) as mine, temporary_folder(tmp_path) as another:
        assert {*_names(tmp_path)} == {*names[1:], mine.name, another.name}


@pytest.mark.parametrize(("changed", "stays"), [(None, True), (LONG_AGO, False)])
def test_a_folder_of_another_machine_is_left_until_it_is_forgotten(
    tmp_path, monkeypatch, changed, stays
):
    monkeypatch.setattr(storage.platform, "node", lambda: "another-node")
    with temporary_folder(tmp_path / "there") as folder:
        name = folder.name
    monkeypatch.undo()
    (tmp_path / name).mkdir()  # locked over there, if its process lives: that is not seen here
    os.utime(tmp_path / name, changed)  # None is now
    (tmp_path / "there").rmdir()
    with temporary_folder(tmp_path) as mine:
        assert (name in _names(tmp_path)) is stays
        assert mine.name in _names(tmp_path)


# only_process

IN_THE_BLOCK = """
import sys
from pathlib import Path
from lib.storage import only_process
with only_process(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.readline()
"""


def test_one_process_at_a_time_is_in_the_block_and_its_file_goes_with_it(tmp_path):
    lock = tmp_path / ".lock"
    process = _process(IN_THE_BLOCK, lock)
    with pytest.raises(InUseError, match="held by another process"), only_process(lock):
        pass
    process.communicate("\n")
    assert _names(tmp_path) == []
    with only_process(lock):
        assert _names(tmp_path) == [".lock"]
    assert _names(tmp_path) == []


def test_who_waits_comes_in_when_the_other_leaves_and_not_before(tmp_path):
    lock, seen = tmp_path / ".lock", []
    with only_process(lock):
        other = threading.Thread(target=_note_in_the_block, args=(lock, seen))
        other.start()
        with pytest.raises(InUseError), only_process(lock, wait_s=0.2):
            pass
        assert seen == []
    other.join(30)
    assert seen == ["in"]


def _note_in_the_block(lock: Path, seen: list[str]) -> None:
    with only_process(lock, wait_s=30):
        seen.append("in")


def test_a_killed_process_keeps_nobody_out(tmp_path):
    process = _process(IN_THE_BLOCK, tmp_path / ".lock")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with only_process(tmp_path / ".lock"):
        pass
    assert _names(tmp_path) == []


# replace_folder and restore_folder


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch) -> str:
    """How the system replaces a folder."""
    if request.param == "two renames":
        monkeypatch.setattr(storage, "_exchange", lambda *_: False)
    return request.param


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("before", [None, "old"])
def test_a_folder_is_put_in_place(tmp_path, before):
    target = tmp_path / "target"
    if before:
        _folder(target, before)
        (target / "only in the old one").touch()
    replace_folder(_folder(tmp_path / "temporary", "new"), target)
    assert _names(target) == ["file"]
    assert (target / "file").read_text() == "new"
    assert _names(tmp_path) == ["target"]


def test_leftovers_of_an_earlier_replacement_are_no_hindrance(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_exchange", lambda *_: False)
    _folder(tmp_path / ".target.old", "older")
    target = _folder(tmp_path / "target", "old")
    replace_folder(_folder(tmp_path / "temporary", "new"), target)
    assert (target / "file").read_text() == "new"
    assert _names(tmp_path) == ["target"]


def test_what_a_killed_replacement_set_aside_is_brought_back(tmp_path, monkeypatch):
    target, temporary = _folder(tmp_path / "target", "old"), _folder(tmp_path / "temporary", "new")
    rename = os.rename

    def killed(source: Path, destination: Path) -> None:
        if source == temporary and not target.exists():
            raise KeyboardInterrupt
        rename(source, destination)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "_exchange", lambda *_: False)
        patch.setattr(os, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            replace_folder(temporary, target)
    assert not target.exists()
    restore_folder(target)
    assert (target / "file").read_text() == "old"
    assert _names(tmp_path) == ["target", "temporary"]


def test_nothing_is_restored_over_a_folder_that_stands(tmp_path):
    _folder(tmp_path / ".target.old", "old")
    target = _folder(tmp_path / "target", "new")
    restore_folder(target)
    assert (target / "file").read_text() == "new"


def test_with_nothing_set_aside_restoring_does_nothing(tmp_path):
    restore_folder(tmp_path / "target")
    assert _names(tmp_path) == []


PUBLISHER = """
import sys
from pathlib import Path
from lib.storage import replace_folder, temporary_folder
target = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with temporary_folder(target.parent) as temporary:
        (temporary / "file").write_text("whole")
        replace_folder(temporary, target)
"""


def test_two_publishers_of_one_folder_never_fail_and_it_is_never_missing(tmp_path):
    _folder(tmp_path / "one", "1")
    _folder(tmp_path / "other", "2")
    if not storage._exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange two names")
    target = _folder(tmp_path / "reports", "") / "target"
    publishers = [_process(PUBLISHER, target, "300") for _ in range(2)]
    _folder(target, "whole")
    for publisher in publishers:
        publisher.stdin.write("\n")
        publisher.stdin.flush()
    looks = missing = 0
    while any(publisher.poll() is None for publisher in publishers):
        looks += 1
        missing += not target.is_dir()
    assert [publisher.wait() for publisher in publishers] == [0, 0]
    assert looks > 300
    assert missing == 0
    assert _names(target.parent) == ["file", "target"]


# write_text


@pytest.mark.parametrize("before", [None, "old and longer"])
def test_text_is_written_as_utf_8(tmp_path, before):
    target = tmp_path / "file.txt"
    if before:
        target.write_text(before)
    write_text(target, "× 94,8 %\n")
    assert target.read_bytes() == "× 94,8 %\n".encode()
    assert _names(tmp_path) == ["file.txt"]


def test_a_failed_write_leaves_the_old_text(tmp_path, monkeypatch):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def half(self: Path, content: bytes) -> None:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="disk full"):
            write_text(target, "new")
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["file.txt"]


def test_text_cannot_replace_a_folder(tmp_path):
    _folder(tmp_path / "target", "kept")
    with pytest.raises(OSError, match="target"):
        write_text(tmp_path / "target", "text")
    assert (tmp_path / "target" / "file").read_text() == "kept"
    assert _names(tmp_path) == ["target"]


# array_writer


@pytest.mark.parametrize(("shape", "dtype"), [((7, 3, 2), "uint8"), ((5,), "<f4"), ((4, 0), "<f4")])
def test_an_array_written_part_by_part_is_what_numpy_saves(tmp_path, shape, dtype):
    values = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    np.save(tmp_path / "whole.npy", values)
    write = array_writer(tmp_path / "parts.npy", shape, dtype)
    for start in (6, 4, 0, 2):  # in any order
        write(start, values[start : start + 2])
    assert (tmp_path / "parts.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_values_are_converted_to_the_type_of_the_array_and_may_lie_anyhow_in_memory(tmp_path):
    values = np.arange(12.0).reshape(3, 4).T
    array_writer(tmp_path / "array.npy", (4, 3), "<f4")(0, values)
    written = np.load(tmp_path / "array.npy", mmap_mode="r")
    assert written.dtype == np.float32
    np.testing.assert_array_equal(written, values)


def test_threads_may_write_at_the_same_time(tmp_path):
    values = np.arange(64 * 50).reshape(64, 50)
    write = array_writer(tmp_path / "array.npy", values.shape, values.dtype)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: write(row, values[row : row + 1]), range(64)))
    np.testing.assert_array_equal(np.load(tmp_path / "array.npy"), values)


# explain_disk_failure


@pytest.mark.parametrize(
    ("number", "reason", "remedy"),
    [
        (
            errno.ENOSPC,
            "No space left on device",
            "Make room on the disk, or give a smaller `image_size`",
        ),
        (
            errno.EDQUOT,
            "Disk quota exceeded",
            "Make room on the disk, or give a smaller `image_size`",
        ),
        (
            errno.EROFS,
            "Read-only file system",
            "Make sure that this folder may be read and written",
        ),
        (errno.EACCES, "Permission denied", "Make sure that this folder may be read and written"),
        (errno.EIO, "Input/output error", "Make sure that this folder may be read and written"),
    ],
)
def test_a_failure_to_write_is_explained_with_what_where_and_the_remedy(number, reason, remedy):
    cause = OSError(number, reason)
    with pytest.raises(DataError) as caught, explain_disk_failure("the state of training"):
        raise cause
    assert caught.value.__cause__ is cause
    text = str(caught.value)
    assert text.startswith(
        f"the state of training should be written to {storage.store()}; it failed: "
    )
    assert reason in text
    assert text.endswith(f"{remedy}, and run again.")


def test_a_failure_to_write_elsewhere_names_that_place_and_what_helps_there(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    told = r"written to .*elsewhere; .*, or give other images, and run again"
    elsewhere = explain_disk_failure("the models", tmp_path / "elsewhere", "other images")
    with pytest.raises(DataError, match=told), elsewhere:
        raise full


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_is_no_failure_to_write_is_left_as_it_is(error):
    with pytest.raises(error, match=r"^other$"), explain_disk_failure("the pixels"):
        raise error("other")


# Entries of the store

VALUES = np.arange(12, dtype="<f4").reshape(4, 3)
ARRAYS = {"values.npy": ((4, 3), "<f4")}


def _write_entry(folder: Path) -> None:
    np.save(folder / "values.npy", VALUES)
    (folder / "seconds.json").write_text("2.5")


def _open_entry(**changes) -> storage.Entry:
    given = {"arrays": ARRAYS, "facts": ["seconds.json"], "write": _write_entry} | changes
    return open_entry(storage.store() / "entry", "the features of 4 images", **given)


def _in_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this one remembers of checked entries is forgotten."""
    monkeypatch.setattr(storage, "_checked", {})


def test_an_entry_is_written_once_and_found_again(monkeypatch):
    first = _open_entry()
    again = _open_entry(write=pytest.fail)
    _in_a_new_process(monkeypatch)
    later = _open_entry(write=pytest.fail)
    assert [entry.reused for entry in (first, again, later)] == [False, True, True]
    for entry in (first, again, later):
        np.testing.assert_array_equal(entry.arrays["values.npy"], VALUES)
        assert isinstance(entry.arrays["values.npy"], np.memmap)
        assert not entry.arrays["values.npy"].flags.writeable
        assert entry.facts == {"seconds.json": 2.5}
    assert _names(storage.store()) == ["entry"]


@pytest.mark.skipif(storage.fcntl is None, reason="needs locks on files")
@pytest.mark.parametrize(
    ("patience", "written"), [(60.0, 1), (0.01, 2)], ids=["waits", "waits no longer"]
)
def test_an_entry_that_another_process_writes_is_waited_for(monkeypatch, patience, written):
    """Threads stand for the processes: each opens the lock file anew, as those do."""
    monkeypatch.setattr(storage, "TURN_S", patience)
    begun, may_end, writes = threading.Event(), threading.Event(), []

    def write(folder: Path) -> None:
        writes.append(folder)
        begun.set()
        if len(writes) == 1:
            assert may_end.wait(60)
        _write_entry(folder)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(_open_entry, write=write)
        assert begun.wait(60)
        second = threads.submit(_open_entry, write=write)
        if written == 2:
            second.result(60)
        may_end.set()
        entries = first.result(60), second.result(60)
    assert len(writes) == written
    assert entries[1].reused == (written == 1)
    for entry in entries:
        np.testing.assert_array_equal(entry.arrays["values.npy"], VALUES)
    assert _names(storage.store()) == ["entry"]


def test_beside_the_files_of_an_entry_lie_their_hashes_shape_and_type():
    _open_entry()
    folder = storage.store() / "entry"
    assert json.loads((folder / "checksums.json").read_text()) == {
        "seconds.json": {"sha256": hashlib.sha256(b"2.5").hexdigest()},
        "values.npy": {
            "sha256": hashlib.sha256((folder / "values.npy").read_bytes()).hexdigest(),
            "shape": [4, 3],
            "dtype": "<f4",
        },
    }


def test_each_file_of_an_entry_is_hashed_once_in_a_process(monkeypatch):
    hashed = []

    def counted(path: Path, whole=storage.file_sha256) -> str:
        hashed.append(path.name)
        return whole(path)

    monkeypatch.setattr(storage, "file_sha256", counted)
    for _ in range(3):
        _open_entry()
    assert hashed == ["seconds.json", "values.npy"]  # when they were written
    _in_a_new_process(monkeypatch)
    for _ in range(3):
        _open_entry()
    assert sorted(hashed[2:]) == ["seconds.json", "values.npy"]


@pytest.mark.parametrize("known", [True, False], ids=["this process", "another process"])
@pytest.mark.parametrize("name", ["values.npy", "seconds.json", "checksums.json"])
def test_an_entry_with_a_changed_file_is_written_again_and_said(monkeypatch, capsys, known, name):
    _open_entry()
    path = storage.store() / "entry" / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    if not known:
        _in_a_new_process(monkeypatch)
    entry = _open_entry()
    assert not entry.reused
    np.testing.assert_array_equal(entry.arrays["values.npy"], VALUES)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("data/store/entry: ")
    assert "the features of 4 images are computed again" in line


@pytest.mark.parametrize("expected", [((3, 4), "<f4"), ((4, 3), "<f8"), ((4,), "<f4")])
def test_an_array_of_another_shape_or_type_than_asked_for_is_damage(capsys, expected):
    _open_entry()

    def write(folder: Path) -> None:
        np.save(folder / "values.npy", np.zeros(*expected))
        (folder / "seconds.json").write_text("1")

    entry = _open_entry(arrays={"values.npy": expected}, write=write)
    assert not entry.reused
    assert entry.arrays["values.npy"].shape == expected[0]
    assert "values.npy should be" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["a file", "an empty folder", "a folder in the place of a file"])
def test_whatever_stands_in_the_place_of_an_entry_is_damage(capsys, kind):
    folder = storage.store() / "entry"
    storage.store().mkdir(parents=True)
    if kind == "a file":
        folder.touch()
    else:
        folder.mkdir()
    if kind == "a folder in the place of a file":
        (folder / "checksums.json").mkdir()
    assert not _open_entry().reused
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert _names(storage.store()) == ["entry"]


def test_a_removal_that_is_killed_half_way_leaves_nothing_that_passes_for_an_entry(monkeypatch):
    _open_entry()
    (storage.store() / "entry" / "seconds.json").write_text("9")

    def killed(folder: Path, **_) -> None:
        (next(folder.rglob("values.npy"))).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storage.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            _open_entry()
    assert not (storage.store() / "entry").exists()
    assert not _open_entry().reused


def test_a_whole_entry_that_has_taken_the_place_of_a_damaged_one_stays(capsys):
    """Another process found the same damage, and was faster."""
    _open_entry()
    folder = storage.store() / "entry"
    (folder / "seconds.json").write_text("9")
    judged = storage.folder_identity(folder)
    _open_entry()
    whole = storage.folder_identity(folder)
    assert whole != judged
    storage.throw_away(folder, judged)
    assert storage.folder_identity(folder) == whole
    storage.throw_away(folder.with_name("none"), judged)
    storage.throw_away(folder, whole)
    assert _names(storage.store()) == []


def test_a_whole_entry_that_comes_at_the_last_moment_is_put_back(monkeypatch):
    _open_entry()
    folder = storage.store() / "entry"
    judged, whole = (1, 1), storage.folder_identity(folder)
    tell, asked = storage.folder_identity, []

    def first_the_damaged_one(path: Path) -> tuple[int, int] | None:
        asked.append(path)
        return judged if len(asked) == 1 else tell(path)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "folder_identity", first_the_damaged_one)
        storage.throw_away(folder, judged)
    assert storage.folder_identity(folder) == whole
    assert _names(storage.store()) == ["entry"]


def test_an_entry_that_is_damaged_again_and_again_is_an_error_in_words(capsys):
    def half(folder: Path) -> None:
        (folder / "seconds.json").write_text("1")

    with pytest.raises(DataError, match=r"entry should hold the features of 4 images; .*damaged"):
        _open_entry(write=half)


def test_an_entry_that_cannot_be_written_leaves_nothing_and_says_so():
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match=r"the features of 4 images .*Make room"):
        _open_entry(write=full)
    assert _names(storage.store()) == []
