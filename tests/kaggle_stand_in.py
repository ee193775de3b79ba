"""A local HTTP server that speaks as much of Kaggle's API as the real client uses to download a set.

API and storage are one server under two names (127.0.0.1 and localhost), so that the client sends
its token to the one and must not send it to the other, as with api.kaggle.com and Google's storage.
"""

import base64
import hashlib
import io
import json
import os
import re
import socket
import threading
import traceback
import zipfile
from contextlib import redirect_stdout, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lib.fetch import FetchError

TOKEN = "KGAT_a-token-for-tests-0123456789"
SIGNATURE = "a-signature-0123456789"
INTROSPECT = "/v1/security.OAuthService/IntrospectToken"
ASK = "/v1/datasets.DatasetApiService/DownloadDataset"
STORAGE = "/storage"
CUT = "cut"  # a failure: the connection ends without an answer
SILENCE = "silence"  # a failure: the connection stays open without an answer


class StandIn(ThreadingHTTPServer):
    """What the tests set and read.

    Attributes:
        bodies: Kaggle slug → archive.
        headers: What the storage sends along; Content-Length, ETag and x-goog-hash where not given.
        failures: Path → (status, message, headers), CUT or SILENCE: the answer instead of the usual.
        cuts: Numbers of bytes after which one storage answer after the other is cut; then none is.
        stall: Where set, a storage answer stops after so many bytes until `released` is set.
        basic: The (user, key) that is let in beside the token.
        seen: (path, headers) of every request, in order.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies, self.headers, self.failures = {}, {}, {}
        self.cuts, self.stall, self.released = [], None, threading.Event()
        self.basic, self.seen = None, []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def to_storage(self) -> list:
        """The headers of every request for an archive."""
        return [headers for path, headers in self.seen if path.startswith(STORAGE)]


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers))
        if not self._failed():
            {INTROSPECT: self._introspect, ASK: self._redirect}[self.path](body)

    def do_GET(self):
        self.server.seen.append((self.path, self.headers))
        if not self._failed():
            self._send_archive()

    def _failed(self) -> bool:
        path = STORAGE if self.path.startswith(STORAGE) else self.path
        failure = self.server.failures.get(path)
        if failure == CUT:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif failure == SILENCE:
            self.server.released.wait(10)
        elif failure:
            status, message, headers = failure
            self._json({"code": status, "message": message}, status, headers)
        return bool(failure)

    def _json(self, content: dict, status: int = 200, headers: dict | None = None):
        body = json.dumps(content).encode()
        self.send_response(status)
        named = {"Content-Type": "application/json; charset=utf-8", "Content-Length": len(body)}
        for name, text in {**named, **(headers or {})}.items():
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(body)

    def _introspect(self, body: dict):
        right = body["token"] == TOKEN
        self._json({"active": right, "username": "student" if right else ""})

    def _redirect(self, body: dict):
        slug = f"{body['ownerSlug']}/{body['datasetSlug']}"
        sent, basic = self.headers["Authorization"], self.server.basic
        pair = basic and "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        if sent not in (f"Bearer {TOKEN}", pair):
            self._json({"code": 401, "message": "Unauthenticated"}, 401)
        elif slug not in self.server.bodies:
            self._json({"code": 404, "message": "Not found"}, 404)
        else:
            self.send_response(302)
            place = f"http://localhost:{self.server.server_port}{STORAGE}/{slug}"
            self.send_header("Location", f"{place}?X-Goog-Signature={SIGNATURE}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send_archive(self):
        whole = self.server.bodies[self.path.split("?")[0].removeprefix(f"{STORAGE}/")]
        md5 = hashlib.md5(whole).digest()
        headers = {
            "ETag": f'"{md5.hex()}"',
            "Accept-Ranges": "bytes",
            "x-goog-hash": f"crc32c=AAAAAA==, md5={base64.b64encode(md5).decode()}",
            **self.server.headers,
        }
        start = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", headers["ETag"]) == headers["ETag"]
        first = int(start[1]) if start and same else 0
        if first >= len(whole):
            self._json({"code": 416, "message": "Range Not Satisfiable"}, 416)
            return
        cut = self.server.cuts.pop(0) if self.server.cuts else None
        self.send_response(206 if first else 200)
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(whole) - 1}/{len(whole)}"
        for name, text in {"Content-Length": len(whole) - first, **headers}.items():
            if text is not None:
                self.send_header(name, str(text))
        self.end_headers()
        self._send(whole[first:][:cut])

    def _send(self, body: bytes):
        with suppress(OSError):  # the client left: it had asked for the headers only, or was killed
            self.wfile.write(body[: self.server.stall])
        if self.server.stall is not None:
            self.server.released.wait(10)


def prepare(tmp_path: Path, monkeypatch) -> StandIn:
    """A running stand-in that the client takes for Kaggle; a home of its own with the test's token."""
    from kagglesdk import kaggle_env

    stand_in = StandIn()
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, stand_in.address)
    set_environment(tmp_path, monkeypatch)
    with redirect_stdout(io.StringIO()):
        from kaggle.api.kaggle_api_extended import KaggleApi

    # The client looks up its folder once, when it is imported, maybe in another test.
    monkeypatch.setattr(KaggleApi, "config", str(tmp_path / "home" / ".kaggle" / "kaggle.json"))
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    monkeypatch.setattr("lib.fetch.transfer.PAUSE", 0)
    threading.Thread(target=stand_in.serve_forever, args=(0.01,), daemon=True).start()
    return stand_in


def set_environment(tmp_path: Path, monkeypatch) -> None:
    """No credentials, no proxy, an empty home."""
    for name in list(os.environ):
        if name.startswith(("KAGGLE_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def stop(stand_in: StandIn) -> None:
    stand_in.released.set()
    stand_in.shutdown()
    stand_in.server_close()


def zipped(folder: Path, extra: bytes = b"") -> bytes:
    """A folder as an archive; `extra` is a file of no use beside its classes, to make it long."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
        if extra:
            archive.writestr("notes.bin", extra)
    return packed.getvalue()


def refused(action, capfd) -> str:
    """The message of the FetchError that `action` ends with, once nothing is found to tell the token.

    Looks at what was printed, at the traceback, and at every error it hangs together with, seen or
    hidden, of which none may be the client's own: those hold the request with its headers.
    """
    with pytest.raises(FetchError) as caught:
        action()
    printed, error = capfd.readouterr(), caught.value
    assert printed.out + printed.err == ""
    while error is not None:
        assert_secret("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))
        assert not type(error).__module__.startswith(("requests", "urllib3", "kaggle"))
        error = error.__cause__ or error.__context__
    return str(caught.value)


def assert_secret(text: str) -> None:
    encoded = base64.b64encode(TOKEN.encode()).decode()
    for secret in (TOKEN, TOKEN[:20], TOKEN[-12:], SIGNATURE, encoded):
        assert secret not in text
