"""Folders and files are whole or not there, also when a write fails half-way or two race."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lib import storage
from lib.storage import (
    DataError,
    array_writer,
    explain_disk_failure,
    new_folder,
    replace_folder,
    restore_folder,
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


# replace_folder and restore_folder


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


def test_leftovers_of_an_earlier_replacement_are_no_hindrance(tmp_path):
    _folder(tmp_path / ".target.old", "older")
    target = _folder(tmp_path / "target", "old")
    replace_folder(_folder(tmp_path / "temporary", "new"), target)
    assert (target / "file").read_text() == "new"
    assert _names(tmp_path) == ["target"]


def test_what_a_killed_replacement_set_aside_is_brought_back(tmp_path, monkeypatch):
    target, temporary = _folder(tmp_path / "target", "old"), _folder(tmp_path / "temporary", "new")
    rename = os.rename

    def killed(source: Path, destination: Path) -> None:
        if source == temporary:
            raise KeyboardInterrupt
        rename(source, destination)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            replace_folder(temporary, target)
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

    def half(self: Path, text: str, **_) -> None:
        self.write_bytes(text.encode()[:1])
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", half)
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


def test_a_failure_to_write_is_explained_with_what_where_and_the_remedy():
    cause = OSError(errno.EROFS, "Read-only file system")
    with pytest.raises(DataError) as caught, explain_disk_failure("the state of training"):
        raise cause
    assert caught.value.__cause__ is cause
    text = str(caught.value)
    assert text.startswith(
        f"the state of training should be written to {storage.store()}; it failed: "
    )
    for part in ("Read-only file system", "Make room on the disk", "smaller `image_size`"):
        assert part in text


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_what_is_no_failure_to_write_is_left_as_it_is(error):
    with pytest.raises(error, match=r"^other$"), explain_disk_failure("the pixels"):
        raise error("other")
