"""Folders and files are whole or not there, also when a write fails half-way or two race."""

import os
from pathlib import Path

import pytest

from lib.storage import new_folder, replace_folder, restore_folder, write_text


def _folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "file").write_text(text)
    return path


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


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
