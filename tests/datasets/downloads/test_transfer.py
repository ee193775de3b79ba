"""The transfer through Kaggle's real client: logged out and in, refused, cut, killed, resumed, too large."""

import errno
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import kaggle_stand_in
import pytest
from kaggle_stand_in import ASK, CUT, SILENCE, STORAGE, TOKEN, refused

from lib import ROOT
from lib.datasets import DataError
from lib.datasets.downloads import transfer
from lib.datasets.downloads.transfer import FetchError, download
from lib.papers.declare import Source

MB = 1 << 20  # the client writes pieces of one MiB
BODY = random.Random(0).randbytes(4 * MB + 1234)
SOURCE = Source(
    title="A set of cells",
    kaggle="owner/name",
    address="https://www.kaggle.com/datasets/owner/name",
    licence="",
    citation="",
)


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    stand_in = kaggle_stand_in.prepare(tmp_path, monkeypatch)
    stand_in.bodies["owner/name"] = BODY
    yield stand_in
    kaggle_stand_in.stop(stand_in)


@pytest.fixture
def archive(tmp_path) -> Path:
    return tmp_path / "downloads" / "owner--name" / "name.zip"


@pytest.fixture
def fetched(archive, capfd):
    """Downloads; the lines that were told."""

    def run() -> list[str]:
        lines = []
        assert download(SOURCE, archive.parent, lines.append) == archive
        printed = capfd.readouterr()
        assert printed.out + printed.err == ""
        return lines

    return run


@pytest.fixture
def fail(archive, capfd):
    """Downloads; the message that this ends with, in which no token may stand."""
    return lambda: refused(lambda: download(SOURCE, archive.parent, lambda line: None), capfd)


@pytest.fixture
def token(monkeypatch):
    """A user who is logged in, and who has the client print all it sends."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    monkeypatch.setenv("VERBOSE", "1")


def left(archive: Path) -> list[str]:
    return sorted(path.name for path in archive.parent.iterdir())


def ranges(kaggle) -> list[str | None]:
    return [headers["Range"] for headers in kaggle.to_storage()]


def authorizations(kaggle, path: str) -> set[str | None]:
    return {headers["Authorization"] for place, headers in kaggle.seen if place.startswith(path)}


# Whole


def test_a_public_set_comes_without_an_account(kaggle, archive, fetched):
    lines = fetched()
    assert archive.read_bytes() == BODY
    assert left(archive) == ["name.zip"]
    assert lines == [
        f"downloading A set of cells to {archive} …",
        "downloaded owner/name, 4.2 MB.",
    ]
    assert {path.split("?")[0] for path, _ in kaggle.seen} == {ASK, f"{STORAGE}/owner/name"}
    assert authorizations(kaggle, ASK) == {None}


def test_a_token_goes_to_kaggle_and_not_to_its_storage(kaggle, archive, fetched, token):
    fetched()
    assert archive.read_bytes() == BODY
    assert authorizations(kaggle, ASK) == {f"Bearer {TOKEN}"}
    assert authorizations(kaggle, STORAGE) == {None}


def test_a_legacy_key_serves(kaggle, archive, fetched, tmp_path):
    kaggle.basic = ("student", "a-legacy-key")
    file = tmp_path / "home" / ".kaggle" / "kaggle.json"
    file.write_text(json.dumps({"username": "student", "key": "a-legacy-key"}))
    file.chmod(0o644)  # the client warns of that on stdout
    fetched()
    assert archive.read_bytes() == BODY
    assert None not in authorizations(kaggle, ASK)


def test_a_whole_archive_is_not_downloaded_again(kaggle, archive, fetched):
    fetched()
    before = archive.stat().st_ino, archive.stat().st_mtime_ns
    kaggle.cuts = [0] * 9  # nothing could come
    assert "4.2 MB are there: goes on from there if Kaggle's file is the same." in fetched()
    assert (archive.stat().st_ino, archive.stat().st_mtime_ns) == before


def test_progress_is_told_every_few_seconds(kaggle, fetched, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 0)
    kaggle.stall = 2 * MB + 5
    answered = kaggle.finish_request

    def release_later(request, address):
        if kaggle.to_storage():
            kaggle.stall = None
        answered(request, address)

    kaggle.finish_request = release_later
    monkeypatch.setattr(kaggle.released, "wait", lambda seconds: time.sleep(0.5))
    assert "2.1 MB of 4.2 MB …" in fetched()


# Refused


def test_a_private_set_asks_for_a_token_and_tells_where_to_get_it_and_where_to_put_it(kaggle, fail):
    kaggle.failures[ASK] = (401, "Unauthenticated", {})
    told = fail()
    assert "the set asks for consent, or is private" in told
    for piece in ("kaggle.com → Settings → API", "KAGGLE_API_TOKEN", "~/.kaggle/access_token"):
        assert piece in told


def test_a_set_that_asks_for_consent_names_its_page_and_the_token(kaggle, fail):
    kaggle.failures[ASK] = (403, "You must accept the rules", {})
    told = fail()
    assert (
        f"it refuses (403): the set asks for consent, or is private. Open {SOURCE.address}" in told
    )
    assert "Get a token" in told


def test_who_is_logged_in_is_not_told_to_get_a_token(kaggle, fail, token):
    kaggle.failures[ASK] = (403, f"{TOKEN} must accept the rules", {})
    told = fail()
    assert told.endswith("signed in, and accept what it asks for. Then run this again.")


def test_a_wrong_token_is_to_be_removed_or_renewed(kaggle, fail, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", f"{TOKEN}-no-longer")
    told = fail()
    assert "refuses it (401): it is wrong or has expired. Public sets need none: remove it" in told


@pytest.mark.parametrize(
    ("path", "status", "headers", "words"),
    [
        (ASK, 404, {}, "should have the data set owner/name; it knows none of that name (404)"),
        (ASK, 429, {"Retry-After": "17"}, "(429). Wait 17 seconds and run"),
        (ASK, 429, {}, "(429). Wait some minutes and run"),
        (ASK, 500, {}, "its server failed (500)"),
        (STORAGE, 503, {}, "its server failed (503)"),
        (ASK, 451, {}, f"it answered 451. Look at {SOURCE.address}"),
    ],
)
def test_other_refusals_tell_what_to_do_and_ask_for_no_token(
    kaggle, fail, path, status, headers, words
):
    kaggle.failures[path] = (status, "Oops", headers)
    told = fail()
    assert words in told
    assert "oken" not in told
    assert issubclass(FetchError, DataError)


@pytest.mark.parametrize("path", [ASK, STORAGE])
def test_a_server_that_hangs_up(kaggle, fail, path):
    kaggle.failures[path] = CUT
    told = fail()
    assert (
        "Kaggle should be reachable; the connection failed or broke off (ConnectionError)" in told
    )
    assert "Check the network connection" in told


def test_a_proxy_that_does_not_answer(kaggle, fail, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    told = fail()
    assert "(ProxyError)" in told
    assert "https_proxy" in told


@pytest.mark.parametrize("path", [ASK, STORAGE])
def test_a_server_that_stays_silent_is_not_waited_for(kaggle, fail, monkeypatch, path):
    monkeypatch.setattr(transfer, "SILENCE", 1)
    kaggle.failures[path] = SILENCE
    assert "should send owner/name; for 1 s nothing came" in fail()


@pytest.mark.parametrize("token", ["two\nlines", "x" * 300])
def test_a_token_that_breaks_the_client(kaggle, fail, monkeypatch, token):
    """It takes a token for a path first: a long one fails there."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    told = fail()
    assert "it should be one line of text" in told
    assert token[:9] not in told


def test_a_client_that_is_not_installed(kaggle, fail, monkeypatch, tmp_path):
    (tmp_path / "path" / "kaggle").mkdir(parents=True)
    (tmp_path / "path" / "kaggle" / "__init__.py").write_text("import no_such_package")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    assert "Run `make setup`" in fail()


def test_a_client_that_is_killed(fail, monkeypatch, tmp_path):
    program = tmp_path / "client.py"
    program.write_text(f"import os; print('{TOKEN}', flush=True); os.kill(os.getpid(), 9)")
    monkeypatch.setattr(transfer.client, "__file__", str(program))
    assert "it failed (exit code -9)" in fail()


# Cut, killed, resumed


def test_a_cut_is_made_good_within_one_call(kaggle, archive, fetched):
    kaggle.cuts = [2 * MB + 5]
    fetched()
    assert archive.read_bytes() == BODY
    assert ranges(kaggle) == [None, f"bytes={2 * MB}-"]
    assert kaggle.to_storage()[1]["If-Range"] is not None


def test_a_download_that_is_cut_again_and_again_is_resumed_by_the_next_call(
    kaggle, archive, fetched, fail
):
    kaggle.cuts = [2 * MB + 5, 0, 0, 0, 0, 0]  # the client tries five more times
    told = fail()
    assert f"broke off (ChunkedEncodingError), with 2.1 MB of owner/name in {archive}" in told
    assert "run this again: it goes on from there" in told
    assert archive.read_bytes() == BODY[: 2 * MB]
    kaggle.seen.clear()
    assert "2.1 MB are there: goes on from there if Kaggle's file is the same." in fetched()
    # It asks for all first, and then for the rest.
    assert ranges(kaggle) == [None, f"bytes={2 * MB}-"]
    assert archive.read_bytes() == BODY
    assert left(archive) == ["name.zip"]


def test_a_part_of_another_file_is_downloaded_afresh(kaggle, archive, fetched):
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"x" * MB)
    note = archive.with_name("name.zip.kaggle-partial")
    note.write_text(json.dumps({"validator": '"another"', "size": len(BODY)}))
    fetched()
    assert ranges(kaggle) == [None]
    assert archive.read_bytes() == BODY


def test_a_server_that_fails_while_a_download_is_resumed_leaves_nothing(kaggle, archive, fail):
    """The client takes what such a server says for the archive, and would go on from that."""
    kaggle.cuts = [2 * MB + 5]
    answered = kaggle.finish_request

    def fail_from_the_second_on(request, address):
        if kaggle.to_storage():
            kaggle.failures = {STORAGE: (503, "Busy", {})}
        answered(request, address)

    kaggle.finish_request = fail_from_the_second_on
    assert "should have the size that was announced" in fail()
    assert not archive.parent.exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux' /proc")
def test_a_call_that_is_killed_takes_its_client_along_and_the_next_goes_on(
    kaggle, archive, fetched, tmp_path
):
    kaggle.stall = 2 * MB + 5
    code = (
        "import sys; from pathlib import Path; from lib.datasets.downloads import transfer\n"
        "from lib.papers.declare import Source\n"
        "source = Source(title='', kaggle='owner/name', address='', licence='', citation='')\n"
        "transfer.download(source, Path(sys.argv[1]), print)"
    )
    command = [sys.executable, "-c", code, str(archive.parent)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(lambda: archive.is_file() and archive.stat().st_size == 2 * MB)
    (client,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not Path(f"/proc/{client}/cmdline").exists())
    kaggle.stall = None
    kaggle.seen.clear()
    fetched()
    assert ranges(kaggle) == [None, f"bytes={2 * MB}-"]
    assert archive.read_bytes() == BODY


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# The disk


def test_a_disk_that_is_too_small_is_told_once_the_size_is_known(
    kaggle, archive, fail, monkeypatch
):
    kaggle.stall = MB + 5
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=3 * MB))
    told = fail()
    assert "The download of owner/name needs another " in told
    assert f"MB in {archive.parent}; 3.1 MB are free. Make room (unpacking needs about" in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is full")
def test_a_disk_that_gets_full(kaggle, archive, fail):
    archive.parent.mkdir(parents=True)
    archive.symlink_to("/dev/full")
    assert "The disk should have room for the download of owner/name; it got full" in fail()


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(archive):
    archive.parent.parent.write_text("a file in its place")
    with pytest.raises(OSError, match="owner--name") as caught:
        download(SOURCE, archive.parent, print)
    assert caught.value.errno == errno.ENOTDIR
