"""Every failure of Kaggle's client, through the client itself: what it tells, what it must not tell."""

import errno
import json
import logging
import socket
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import kaggle_stand_in
import pytest
import requests
from kaggle_stand_in import ASK, CUT, INTROSPECT, SILENCE, STORAGE, TOKEN, assert_secret, refused

from lib import ROOT
from lib.datasets import DataError
from lib.datasets.downloads.messages import FetchError, explained_transfer, redacted
from lib.datasets.downloads.transfer import download
from lib.papers.declare import Source

SOURCE = Source(
    title="A set",
    kaggle="owner/name",
    address="https://www.kaggle.com/datasets/owner/name",
    licence="",
    citation="",
)


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    stand_in = kaggle_stand_in.prepare(tmp_path, monkeypatch)
    stand_in.bodies["owner/name"] = b"an archive"
    yield stand_in
    kaggle_stand_in.stop(stand_in)


@pytest.fixture
def fail(kaggle, tmp_path, capfd):
    """The message that a download ends with; the log is searched for the token, too."""
    logging.getLogger().setLevel(logging.DEBUG)
    archive = tmp_path / "downloads" / "owner--name.zip"
    yield lambda: refused(lambda: download(SOURCE, archive, lambda line: None), capfd)
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _nothing_logged(caplog):
    yield
    clients = ("kaggle", "requests", "urllib3")
    records = caplog.get_records("call")
    assert_secret(" ".join(record.getMessage() for record in records))
    assert not [record.name for record in records if record.name.startswith(clients)]


def home(tmp_path):
    return tmp_path / "home" / ".kaggle"


def test_a_fetch_error_is_a_data_error():
    assert issubclass(FetchError, DataError)


def test_without_credentials_it_tells_where_to_get_a_token_and_where_to_put_it(
    kaggle, fail, monkeypatch
):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    told = fail()
    assert "needs a Kaggle token; none was found" in told
    for piece in (
        "kaggle.com → Settings → API",
        "Create New Token",
        "KAGGLE_API_TOKEN",
        "~/.kaggle/",
    ):
        assert piece in told
    assert kaggle.seen == []


def test_a_client_that_gives_up_leaves_everything_as_it_was(kaggle, fail, monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    (tmp_path / "typed").write_text("words")
    with (tmp_path / "typed").open() as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        before = requests.Session.send
        fail()
        assert requests.Session.send is before
        assert sys.stdin is typed
        assert not typed.closed
    assert logging.root.manager.disable == 0


def test_a_token_that_kaggle_does_not_know(kaggle, fail, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "a-wrong-token")
    told = fail()
    assert "what was found (KAGGLE_API_TOKEN) is wrong, expired or incomplete" in told
    assert "a-wrong-token" not in told


def test_a_token_file_that_kaggle_does_not_know(kaggle, fail, monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    (home(tmp_path) / "access_token").write_text("a-wrong-token")
    told = fail()
    assert f"what was found ({home(tmp_path) / 'access_token'}) is wrong" in told
    assert "a-wrong-token" not in told


@pytest.mark.parametrize("token", ["two\nlines", "x" * 300])
def test_a_token_that_breaks_the_client(kaggle, fail, monkeypatch, token):
    """It takes a token for a path first: a long one fails there, with the token as the file's name."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    told = fail()
    assert "Is the token one line of text" in told
    assert token[:9] not in told


def test_a_username_without_a_key(kaggle, fail, monkeypatch):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    monkeypatch.setenv("KAGGLE_USERNAME", "student")
    assert "what was found (KAGGLE_USERNAME) is wrong, expired or incomplete" in fail()


@pytest.mark.parametrize("path", [INTROSPECT, ASK])
def test_a_token_that_kaggle_refuses_with_401(kaggle, fail, path):
    kaggle.failures[path] = (401, "Unauthenticated", {})
    told = fail()
    assert "what was found (KAGGLE_API_TOKEN) is wrong, expired" in told
    assert "Kaggle answered 401, “Unauthenticated”" in told
    assert "Create New Token" in told


def test_a_wrong_legacy_key(kaggle, fail, monkeypatch, tmp_path):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    kaggle.basic = ("student", "the-right-key")
    file = home(tmp_path) / "kaggle.json"
    file.write_text(json.dumps({"username": "student", "key": "a-wrong-key"}))
    told = fail()
    assert f"what was found ({file})" in told
    assert "401" in told
    assert "a-wrong-key" not in told


def test_a_refusal_names_the_page_to_open(kaggle, fail):
    kaggle.failures[ASK] = (403, "You must accept the rules", {})
    told = fail()
    assert "refuses (403, “You must accept the rules”)" in told
    assert f"Open {SOURCE.address} in a browser, signed in, accept" in told


def test_a_set_that_is_not_there(kaggle, fail):
    kaggle.bodies.clear()
    told = fail()
    assert "should have the data set owner/name; it knows none of that name (404" in told
    assert SOURCE.address in told


@pytest.mark.parametrize(
    ("header", "wait"), [({"Retry-After": "17"}, "Wait 17 seconds"), ({}, "Wait some minutes")]
)
def test_too_many_requests(kaggle, fail, header, wait):
    kaggle.failures[ASK] = (429, "Slow down", header)
    told = fail()
    assert "429, “Slow down”" in told
    assert wait in told
    assert len([path for path, _ in kaggle.seen if path == ASK]) == 1


@pytest.mark.parametrize("path", [INTROSPECT, ASK, STORAGE])
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails(kaggle, fail, path, status):
    kaggle.failures[path] = (status, "Oops", {})
    told = fail()
    assert f"its server failed ({status}, “Oops”)" in told
    assert "run this again later" in told


def test_another_answer(kaggle, fail):
    kaggle.failures[ASK] = (451, "Not in your country", {})
    assert "it answered 451, “Not in your country”" in fail()


@pytest.mark.parametrize("path", [INTROSPECT, ASK, STORAGE])
def test_a_server_that_hangs_up(kaggle, fail, path):
    kaggle.failures[path] = CUT
    told = fail()
    assert "should be reachable; the connection broke" in told
    assert told.startswith("localhost" if path == STORAGE else "127.0.0.1")


def test_nobody_at_the_other_end(kaggle, fail, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = import_module("kagglesdk.kaggle_env")
    table = {environment.KaggleEnv.PROD: f"http://127.0.0.1:{port}"}
    monkeypatch.setattr(environment, "_env_to_endpoint", table)
    told = fail()
    assert "127.0.0.1 should be reachable; the connection was refused" in told
    assert "Check the network connection" in told


def test_a_name_that_nobody_knows(kaggle, fail, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "its name could not be resolved" in fail()


@pytest.mark.parametrize("path", [INTROSPECT, ASK, STORAGE])
def test_a_server_that_stays_silent(kaggle, fail, monkeypatch, path):
    monkeypatch.setattr("lib.datasets.downloads.transfer.TIMEOUT", (0.2, 0.2))
    kaggle.failures[path] = SILENCE
    assert "it did not answer in time" in fail()


def test_a_proxy_that_does_not_answer(kaggle, fail, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    assert "proxy" in fail()


def test_an_answer_that_is_no_api(kaggle, fail):
    kaggle.failures[INTROSPECT] = (200, "x", {"Content-Type": "text/html", "Content-Length": 1})
    assert "it failed (JSONDecodeError)" in fail()


def test_a_client_that_is_not_installed(kaggle, fail, monkeypatch):
    monkeypatch.setitem(sys.modules, "kaggle.api.kaggle_api_extended", None)
    assert "Run `make setup`" in fail()


def test_the_servers_words_are_redacted_before_they_are_cut(kaggle, fail):
    words = f"{'.' * 185}{TOKEN}{'.' * 999}"
    kaggle.failures[ASK] = (403, words, {})
    told = fail()
    assert "•••" in told
    assert TOKEN[:6] not in told
    assert told.count(".") < 220


def test_the_servers_words_stay_on_one_line(kaggle, fail):
    kaggle.failures[ASK] = (403, "one\n\x1b[31mtwo", {})
    assert "“one  [31mtwo”" in fail()


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef",
        "Authorization: Basic c3R1ZGVudDprZXk=",
        "for url: https://storage.example/x.zip?X-Goog-Signature=abcdef",
    ],
)
def test_what_looks_like_a_token_is_hidden(text):
    assert not {"abcdef", "c3R1ZGVudDprZXk="} & set(redacted(text).replace("=", " = ").split())
    assert "abcdef" not in redacted(text)
    assert "c3R1Z" not in redacted(text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("access_token", "a-secret-token\n"),
        ("access_token.txt", "a-secret-token"),
        ("kaggle.json", '{"username": "student", "key": "a-secret-token"}'),
        ("credentials.json", '{"refresh_token": "a-secret-token", "access_token": "x"}'),
    ],
)
def test_what_stands_in_the_clients_files_is_hidden(kaggle, tmp_path, name, content):
    (home(tmp_path) / name).write_text(content)
    assert redacted("it is a-secret-token.") == "it is •••."


@pytest.mark.parametrize("name", ["KAGGLE_API_TOKEN", "KAGGLE_KEY"])
def test_what_stands_in_the_environment_is_hidden(kaggle, monkeypatch, tmp_path, name):
    monkeypatch.setenv(name, "a-secret-token")
    assert redacted("it is a-secret-token.") == "it is •••."
    (tmp_path / "token").write_text("another-secret")
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(tmp_path / "token"))
    assert redacted("it is another-secret.") == "it is •••."


def test_a_username_and_ordinary_words_are_not_hidden(kaggle, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "student-of-biology")
    monkeypatch.setenv("KAGGLE_KEY", "a")
    assert redacted("a student-of-biology") == "a student-of-biology"


def test_an_unknown_failure_tells_its_kind_only(tmp_path):
    told = explained_transfer(
        PermissionError(errno.EACCES, "Denied", TOKEN), SOURCE, tmp_path / "x"
    )
    assert "it failed (PermissionError: Denied)" in str(told)
    assert TOKEN not in str(told)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_whatever_the_client_prints_goes_nowhere(kaggle, fail, monkeypatch, stream):
    from kaggle.api.kaggle_api_extended import KaggleApi

    def loud(api):
        print(f"Authorization: Bearer {TOKEN}", file=getattr(sys, stream))
        raise SystemExit(1)

    monkeypatch.setattr(KaggleApi, "authenticate", loud)
    assert "is wrong, expired or incomplete" in fail()


def test_whatever_the_system_says_is_redacted(kaggle, fail, monkeypatch):
    from kaggle.api.kaggle_api_extended import KaggleApi

    def denied(*_, **__):
        raise PermissionError(errno.EACCES, f"Denied to {TOKEN}")

    monkeypatch.setattr(KaggleApi, "download_file", denied)
    assert "it failed (PermissionError: Denied to •••)" in fail()


def test_the_clients_loudest_mode_prints_nothing(kaggle, tmp_path):
    """VERBOSE makes it print every request with its headers, from its import on."""
    kaggle.failures[ASK] = (403, "No", {})
    code = (
        "import sys; from kagglesdk import kaggle_env as e; from pathlib import Path\n"
        "e._env_to_endpoint[e.KaggleEnv.PROD] = sys.argv[1]\n"
        "sys.path[:0] = sys.argv[3:]\n"
        "from test_messages import SOURCE; from lib.datasets.downloads.transfer import download\n"
        "download(SOURCE, Path(sys.argv[2]) / 'x.zip', print)"
    )
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            kaggle.address,
            str(tmp_path),
            str(Path(__file__).parent),
            str(ROOT / "tests" / "fixtures"),
        ],
        cwd=ROOT,
        env={**import_module("os").environ, "VERBOSE": "1"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert "Kaggle should give owner/name to this account; it refuses (403, “No”)" in process.stderr
    assert process.stdout == ""
    assert process.stderr.count("Traceback") == 1
    assert_secret(process.stdout + process.stderr)
    assert {path for path, _ in kaggle.seen} == {INTROSPECT, ASK}


def test_a_key_file_that_others_can_read_is_not_told_in_between(
    kaggle, fail, monkeypatch, tmp_path
):
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    file = home(tmp_path) / "kaggle.json"
    file.write_text("{")
    file.chmod(stat.S_IRUSR | stat.S_IROTH)
    assert f"what was found ({file})" in fail()
