"""The transfer itself, through the real client: whole, cut, killed, resumed, changed, too large."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import kaggle_stand_in
import pytest
from kaggle_stand_in import ASK, INTROSPECT, TOKEN, refused

from lib import ROOT
from lib.datasets.downloads.transfer import discard, download
from lib.papers.declare import Source

MB = 1 << 20  # the client writes pieces of one MiB
BODY = random.Random(0).randbytes(4 * MB + 1234)
SOURCE = Source(title="A set", kaggle="owner/name", address="its page", licence="", citation="")


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    stand_in = kaggle_stand_in.prepare(tmp_path, monkeypatch)
    stand_in.bodies["owner/name"] = BODY
    yield stand_in
    kaggle_stand_in.stop(stand_in)


@pytest.fixture
def archive(tmp_path) -> Path:
    return tmp_path / "downloads" / "owner--name.zip"


@pytest.fixture
def fetched(archive, capfd):
    """Downloads; the lines that were told."""

    def run() -> list[str]:
        lines = []
        download(SOURCE, archive, lines.append)
        printed = capfd.readouterr()
        assert printed.out + printed.err == ""
        return lines

    return run


@pytest.fixture
def fail(archive, capfd):
    return lambda: refused(lambda: download(SOURCE, archive, lambda line: None), capfd)


def left(archive: Path) -> list[str]:
    return sorted(path.name for path in archive.parent.iterdir())


def ranges(kaggle) -> list[str | None]:
    return [headers["Range"] for headers in kaggle.to_storage()]


def test_a_download_is_whole_told_and_leaves_no_marker(kaggle, archive, fetched):
    lines = fetched()
    assert archive.read_bytes() == BODY
    assert left(archive) == ["owner--name.zip"]
    assert lines == [
        f"downloading owner/name, 4.2 MB, to {archive} …",
        "downloaded owner/name, 4.2 MB.",
    ]


def test_the_token_goes_to_kaggle_and_not_to_its_storage(kaggle, fetched):
    fetched()
    asked = [headers["Authorization"] for path, headers in kaggle.seen if path == ASK]
    assert asked == [f"Bearer {TOKEN}"]
    assert [headers["Authorization"] for headers in kaggle.to_storage()] == [None]


@pytest.mark.parametrize("name", ["access_token", "access_token.txt"])
def test_a_token_in_a_file_serves(kaggle, archive, fetched, monkeypatch, tmp_path, name):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    (tmp_path / "home" / ".kaggle" / name).write_text(f"{TOKEN}\n")
    fetched()
    assert archive.read_bytes() == BODY


@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_legacy_key_serves(kaggle, archive, fetched, monkeypatch, tmp_path, place):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    kaggle.basic = ("student", "a-legacy-key")
    if place == "environment":
        monkeypatch.setenv("KAGGLE_USERNAME", "student")
        monkeypatch.setenv("KAGGLE_KEY", "a-legacy-key")
    else:
        file = tmp_path / "home" / ".kaggle" / "kaggle.json"
        file.write_text('{"username": "student", "key": "a-legacy-key"}')
        file.chmod(0o644)  # the client warns of that on stdout
    fetched()
    assert archive.read_bytes() == BODY
    assert INTROSPECT not in [path for path, _ in kaggle.seen]


def test_a_cut_is_made_good_within_one_call(kaggle, archive, fetched):
    kaggle.cuts = [2 * MB + 5]
    lines = fetched()
    assert archive.read_bytes() == BODY
    # Every attempt asks for all; with a marker there, the client then asks for the rest.
    assert ranges(kaggle) == [None, None, f"bytes={2 * MB}-"]
    assert "the connection broke; attempt 2 of 3 in 0 s …" in lines


def test_a_download_that_is_cut_again_and_again_is_resumed_by_the_next_call(
    kaggle, archive, fetched, fail
):
    # Every attempt is cut after a MiB; a resumed one is a request for all and one for the rest.
    kaggle.cuts = [MB + 5, 9 * MB, MB + 5, 9 * MB, MB + 5]
    told = fail()
    assert told == (
        f"The download of owner/name was cut: 3.1 MB of it in {archive}. Check the network "
        f"connection and run this again: it goes on from there."
    )
    assert archive.read_bytes() == BODY[: 3 * MB]
    kaggle.seen.clear()
    lines = fetched()
    assert ranges(kaggle) == [None, f"bytes={3 * MB}-"]
    assert kaggle.to_storage()[1]["If-Range"] is not None
    assert {headers["Authorization"] for headers in kaggle.to_storage()} == {None}
    assert archive.read_bytes() == BODY
    assert left(archive) == ["owner--name.zip"]
    assert "3.1 MB are there: goes on from there if Kaggle's file is the same." in lines


def part(archive: Path, size: int, validator: str) -> None:
    """What an interrupted download leaves: a piece of another file, and the client's marker."""
    archive.parent.mkdir()
    archive.write_bytes(b"x" * size)
    marker = archive.with_name(f"{archive.name}.kaggle-partial")
    marker.write_text(f'{{"validator": {validator}, "size": {len(BODY)}}}')


def test_a_file_that_changed_at_kaggle_is_downloaded_afresh(kaggle, archive, fetched):
    part(archive, MB, r'"\"another\""')
    fetched()
    assert ranges(kaggle) == [None]
    assert archive.read_bytes() == BODY


def test_a_file_that_changes_between_the_two_requests_is_downloaded_afresh(
    kaggle, archive, fetched
):
    kaggle.headers = {"ETag": '"old"'}
    part(archive, MB, r'"\"old\""')
    asked = kaggle.finish_request

    def change_after_the_first(request, address):
        if len(kaggle.to_storage()) == 1:
            kaggle.headers = {"ETag": '"new"'}
        asked(request, address)

    kaggle.finish_request = change_after_the_first
    fetched()
    assert ranges(kaggle) == [None, f"bytes={MB}-"]
    assert archive.read_bytes() == BODY


def test_a_download_that_was_killed_is_resumed(kaggle, archive, fetched):
    kaggle.stall = 2 * MB + 5
    code = (
        "import sys; from kagglesdk import kaggle_env as e; from pathlib import Path\n"
        "e._env_to_endpoint[e.KaggleEnv.PROD] = sys.argv[1]; sys.path[:0] = sys.argv[3:]\n"
        "from test_transfer import SOURCE; from lib.datasets.downloads.transfer import download\n"
        "download(SOURCE, Path(sys.argv[2]), print)"
    )
    arguments = [
        sys.executable,
        "-c",
        code,
        kaggle.address,
        str(archive),
        str(Path(__file__).parent),
        str(ROOT / "tests" / "fixtures"),
    ]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 15
    while not (archive.is_file() and archive.stat().st_size == 2 * MB):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert archive.read_bytes() == BODY[: 2 * MB]
    kaggle.stall = None
    kaggle.seen.clear()
    fetched()
    assert ranges(kaggle) == [None, f"bytes={2 * MB}-"]
    assert archive.read_bytes() == BODY


@pytest.mark.parametrize("hashed", [True, False])
def test_a_whole_archive_is_not_downloaded_again(kaggle, archive, fetched, hashed):
    if not hashed:
        kaggle.headers = {"x-goog-hash": None}
    fetched()
    before = archive.stat().st_ino, archive.stat().st_mtime_ns
    kaggle.seen.clear()
    kaggle.cuts = [0, 0, 0, 0, 0]  # nothing could come
    lines = fetched()
    assert lines == [f"owner/name is in {archive} already, whole: not downloaded again."]
    assert (archive.stat().st_ino, archive.stat().st_mtime_ns) == before


def test_an_archive_of_the_same_size_but_another_hash_is_downloaded_again(kaggle, archive, fetched):
    archive.parent.mkdir()
    archive.write_bytes(b"x" * len(BODY))
    fetched()
    assert archive.read_bytes() == BODY


def test_without_a_hash_a_file_of_another_size_is_not_taken_for_whole(kaggle, archive, fetched):
    kaggle.headers = {"x-goog-hash": None}
    archive.parent.mkdir()
    archive.write_bytes(BODY[:-1])
    fetched()
    assert archive.read_bytes() == BODY


def test_without_a_hash_a_file_with_a_marker_is_not_taken_for_whole(kaggle, archive, fetched):
    kaggle.headers = {"x-goog-hash": None}
    part(archive, len(BODY), r'"\"another\""')
    fetched()
    assert archive.read_bytes() == BODY


def test_an_archive_with_another_hash_than_announced_is_deleted(kaggle, archive, fail):
    kaggle.headers = {"x-goog-hash": "md5=AAAAAAAAAAAAAAAAAAAAAA=="}
    assert "should have the MD5 sum that Kaggle announces; what came has another" in fail()
    assert left(archive) == []


def test_a_server_that_announces_too_much(kaggle, archive, fail):
    kaggle.headers = {"Content-Length": len(BODY) + 99}
    told = fail()
    assert "The download of owner/name was cut" in told
    assert "run this again" in told


def test_a_server_that_announces_too_little(kaggle, archive, fail):
    kaggle.headers = {"Content-Length": 3 * MB}
    assert "MD5" in fail()
    assert left(archive) == []


def test_a_server_that_announces_nothing(kaggle, archive, fetched):
    kaggle.headers = {"Content-Length": None}
    assert fetched()[0].startswith("downloading owner/name, an unknown size, to")
    assert archive.read_bytes() == BODY


def test_a_resumed_download_that_fails_is_not_taken_for_a_start(kaggle, archive, fetched):
    """The client writes what a failing server says into the archive, and its marker beside it."""
    kaggle.headers = {"ETag": '"same"'}
    part(archive, 5 * MB // 2, r'"\"same\""')
    archive.write_bytes(BODY[: 5 * MB // 2])
    asked, answers = kaggle.finish_request, []

    def fail_the_second_and_third(request, address):
        answers.append(len(kaggle.to_storage()))
        failing = len(kaggle.to_storage()) in (1, 2)
        kaggle.failures = {"/storage": (503, "Busy", {})} if failing else {}
        asked(request, address)

    kaggle.finish_request = fail_the_second_and_third
    fetched()
    assert archive.read_bytes() == BODY


def test_a_disk_that_is_too_small_is_told_before_anything_comes(kaggle, archive, fail, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=3 * MB))
    told = fail()
    assert told == (
        f"The download of owner/name needs 4.2 MB in {archive.parent}; 3.1 MB are free. Make room on "
        f"the disk (unpacking needs about as much again) and run this again."
    )
    assert left(archive) == []


def test_a_part_that_is_there_needs_no_room_again(kaggle, archive, fetched, monkeypatch):
    part(archive, 2 * MB, r'"\"another\""')
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=3 * MB))
    fetched()
    assert archive.read_bytes() == BODY


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is full")
def test_a_disk_that_gets_full_is_told_at_once(kaggle, archive, fail, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waits on a full disk"))
    archive.parent.mkdir()
    archive.symlink_to("/dev/full")
    told = fail()
    assert "The disk should have room for the download of owner/name; it got full" in told
    assert len(kaggle.to_storage()) == 1


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(kaggle, archive, tmp_path):
    archive.parent.write_text("a file in its place")
    with pytest.raises(OSError, match="exists") as caught:
        download(SOURCE, archive, print)
    assert caught.value.errno == errno.EEXIST


def test_discard_removes_the_archive_and_its_marker(archive):
    part(archive, 5, '"x"')
    discard(archive)
    assert left(archive) == []
    discard(archive)
