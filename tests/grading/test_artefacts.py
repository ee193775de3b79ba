"""Files of a run folder that a stranger made: only what a run writes is opened, and never too much of it."""

import hashlib
import json
import os
import socket

import pytest
from run_folders import change_record, faults, finish

from lib.grading import artefacts
from lib.grading.artefacts import (
    CHECKED,
    TABLE_FILES,
    ArtefactError,
    parse_checksums,
    read_artefact,
)
from lib.grading.verify import verify_path
from lib.runs.folders import ARTEFACTS

FILES = ("results.json", "report.html", *TABLE_FILES)
DIGEST = "0" * 64


def test_what_is_read_is_what_a_run_writes():
    assert set(CHECKED) == {name for name in ARTEFACTS if name != artefacts.CHECKSUMS}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("a pipe", os.mkfifo),
        ("a folder", os.mkdir),
        ("a link", lambda path: os.symlink("/dev/zero", path)),
        ("a link", lambda path: os.symlink("nowhere", path)),
    ],
)
def test_what_is_no_regular_file_is_never_opened(written, name, kind, make):
    folder = written()
    (folder / name).unlink()
    make(folder / name)
    assert faults(folder) == [f"{name} should be a regular file; it is {kind}"]


def test_a_link_to_the_file_itself_is_not_followed(written):
    folder = written()
    (folder / "history.csv").rename(folder.parent / "history.csv")
    (folder / "history.csv").symlink_to(folder.parent / "history.csv")
    assert faults(folder) == ["history.csv should be a regular file; it is a link"]


def test_a_socket_is_never_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 100 characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("report.html")
        with pytest.raises(ArtefactError, match="it is a socket"):
            read_artefact(tmp_path, "report.html")


def test_a_pipe_that_takes_the_place_of_a_file_after_it_was_looked_at_is_not_waited_for(
    tmp_path, monkeypatch
):
    path = tmp_path / "history.csv"
    os.mkfifo(path)
    regular = os.stat(__file__)
    monkeypatch.setattr("pathlib.Path.lstat", lambda _: regular)
    with pytest.raises(ArtefactError, match="it is a pipe"):
        read_artefact(tmp_path, "history.csv")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_too_large_is_a_fault_and_read_no_further(written, name, monkeypatch):
    folder = written()
    size = (folder / name).stat().st_size
    monkeypatch.setitem(artefacts.LIMITS, name, size)
    assert faults(folder) == []
    monkeypatch.setitem(artefacts.LIMITS, name, size - 1)
    (fault,) = faults(folder)
    assert fault.startswith(f"{name} should have at most ")


def test_a_sparse_file_of_a_terabyte_is_a_fault_at_once(written):
    folder = written()
    os.truncate(folder / "results.json", 10**12)
    assert faults(folder) == [
        "results.json should have at most 64 MB; it is larger and was not read"
    ]


@pytest.mark.parametrize(
    "name", ["/dev/zero", "../../etc/passwd", "report.html", "more.csv", "..", ""]
)
def test_a_record_that_names_other_files_is_a_fault(written, name):
    folder = written()
    change_record(folder, lambda record: record["files"].update({name: DIGEST}))
    (fault,) = faults(folder)
    assert fault.startswith("`files` of results.json should name exactly ")


def test_a_record_that_leaves_a_file_out_is_a_fault(written):
    folder = written()
    change_record(folder, lambda record: record["files"].pop("history.csv"))
    (fault,) = faults(folder)
    assert fault.startswith("`files` of results.json should name exactly ")


def test_a_hash_that_is_none_is_a_fault(written):
    folder = written()
    change_record(folder, lambda record: record["files"].update({"history.csv": "?"}))
    assert faults(folder) == ["`files` of results.json gives no SHA-256 of history.csv"]


# The hashes of all files


def test_untouched_files_are_ok(written):
    folder = written()
    finish(folder)
    states = {item.state for item in verify_path(folder).items if item.topic == "files"}
    assert "ok" in states


def test_where_the_hash_of_the_page_was_not_recorded_that_is_said(written):
    untold = [item.where for item in verify_path(written()).untold if item.topic == "files"]
    assert untold == ["checksums.json"]


@pytest.mark.parametrize("name", CHECKED)
def test_a_changed_file_is_named_with_both_hashes(written, name):
    folder = written()
    finish(folder)
    before = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    with (folder / name).open("a") as file:
        file.write("\n")
    item = next(
        item for item in verify_path(folder).differing if "SHA-256 differs" in item.sentence
    )
    after = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert (item.stored, item.recomputed, item.where) == (before, after, name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("[" * 9000, "is not JSON"),
        ("[]", "should name files"),
        ("{}", "should name exactly"),
        (json.dumps(dict.fromkeys(CHECKED, 1)), "gives no SHA-256"),
        (json.dumps(dict.fromkeys([*CHECKED, "/dev/zero"], DIGEST)), "should name exactly"),
        (" " * 20_000, "should have at most"),
    ],
)
def test_odd_checksums_are_a_fault(written, content, words):
    folder = written()
    (folder / "checksums.json").write_text(content)
    (fault,) = faults(folder)
    assert fault.startswith("checksums.json ")
    assert words in fault


def test_checksums_are_read_as_the_batch_writes_them():
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in CHECKED}
    assert parse_checksums(json.dumps(digests, indent=1).encode()) == digests
