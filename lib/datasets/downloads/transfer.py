"""Brings one archive through Kaggle's own client, and says what to do where that fails.

The client runs as a process of its own (see `lib.datasets.downloads.client`). It tries a broken
connection again by itself and goes on from the part that is there, if Kaggle's file is the same. It
waits for ever, though, and looks at no disk: this side ends it in both cases. Of what it and the
server say nothing is shown, since they know the user's token.
"""

import errno
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lib.datasets.downloads import client
from lib.papers.declare import Source
from lib.storage import DataError

FULL = (errno.ENOSPC, errno.EDQUOT)
LOOK = 1  # seconds between two looks at the growing archive
PROGRESS = 10  # seconds between two lines of progress
SILENCE = 180  # seconds without a byte; between two attempts the client waits a minute at most
GET_TOKEN = (
    "Get a token at kaggle.com → Settings → API → “Generate New Token”, put it into the environment "
    "variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token, and run this again."
)


class FetchError(DataError):
    """A data set cannot be fetched: what was expected, what came, what to do."""


def download(source: Source, folder: Path, echo: Callable[[str], None]) -> Path:
    """Brings the archive of `source` into `folder`, whole; returns its path.

    What an earlier call left there is used: a whole archive as it is, a part as the start, if
    Kaggle's file is still the same one.

    Raises:
        FetchError: Every failure of credentials, network, Kaggle, disk or client.
        OSError: `folder` cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{source.kaggle.split('/')[1]}.zip"
    echo(f"downloading {source.title} to {archive} …")
    if have := _size(archive):
        echo(f"{_megabytes(have)} are there: goes on from there if Kaggle's file is the same.")
    failure = _run_client(source, archive, echo)
    if failure is not None:
        if failure.get("other_size"):  # the client would go on from these bytes another time
            shutil.rmtree(folder)
        with suppress(OSError):  # something came, or it is gone
            folder.rmdir()
        raise FetchError(_explained(failure, source, archive))
    echo(f"downloaded {source.kaggle}, {_megabytes(_size(archive))}.")
    return archive


def _run_client(
    source: Source, archive: Path, echo: Callable[[str], None]
) -> dict[str, Any] | None:
    """None once the archive is whole, else the failure as the client's process tells it."""
    # -P: beside the program lies a kaggle.py of our own, which it would import as the client.
    command = [sys.executable, "-P", client.__file__, source.kaggle, str(archive.parent)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL
        ) as process,
    ):
        try:
            _watch(process, source, archive, echo)
        finally:
            process.kill()
        if process.returncode == 0:
            return None
        output.seek(0)
        last = (output.read().splitlines() or [""])[-1]
    try:
        return json.loads(last)
    except ValueError:  # it was killed
        return {"kind": f"exit code {process.returncode}"}


def _watch(
    process: subprocess.Popen[bytes], source: Source, archive: Path, echo: Callable[[str], None]
) -> None:
    """Waits for the client to end; tells how far it is.

    Raises:
        FetchError: Nothing comes any more, or the disk is too small.
    """
    have, grown = _size(archive), time.monotonic()
    told = grown
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)
            return
        now, size, total = time.monotonic(), _size(archive), _announced(archive)
        if size != have:
            have, grown = size, now
        elif now - grown > SILENCE:
            raise FetchError(
                f"Kaggle should send {source.kaggle}; for {SILENCE} s nothing came. Check the network "
                f"connection and run this again: it goes on from the {_megabytes(have)} that are there."
            )
        _require_room(source, archive, total - have)
        if now - told >= PROGRESS:
            told = now
            echo(f"{_megabytes(have)}{f' of {_megabytes(total)}' if total else ''} …")


def _announced(archive: Path) -> int:
    """How many bytes are to come in all, from the note that the client keeps of it; 0 if unknown."""
    note = archive.with_name(f"{archive.name}.kaggle-partial")
    with suppress(OSError, ValueError):
        return json.loads(note.read_text(encoding="utf-8"))["size"] or 0
    return 0


def _require_room(source: Source, archive: Path, needed: int) -> None:
    free = shutil.disk_usage(archive.parent).free
    if needed > free:
        raise FetchError(
            f"The download of {source.kaggle} needs another {_megabytes(needed)} in {archive.parent}; "
            f"{_megabytes(free)} are free. Make room (unpacking needs about as much again) and run "
            f"this again: it goes on from there."
        )


def _size(archive: Path) -> int:
    return archive.stat().st_size if archive.is_file() else 0


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _explained(failure: dict[str, Any], source: Source, archive: Path) -> str:
    """The failure in words; `client._facts` lists what is known of it."""
    name, kind = source.kaggle, failure["kind"]
    if "status" in failure:
        return _refused(failure["status"], failure["wait"], failure["signed_in"], source)
    if failure.get("network"):
        return (
            f"Kaggle should be reachable; the connection failed or broke off ({kind}), with "
            f"{_megabytes(_size(archive))} of {name} in {archive}. Check the network connection, and "
            f"the proxy settings (https_proxy) if there is one, and run this again: it goes on from "
            f"there."
        )
    if failure.get("errno") in FULL:
        return (
            f"The disk should have room for the download of {name}; it got full with "
            f"{_megabytes(_size(archive))} in {archive}. Make room and run this again: it goes on from "
            f"there."
        )
    if kind == "ModuleNotFoundError":
        return "Kaggle's client should be installed; it is not. Run `make setup`."
    if failure.get("other_size"):
        return (
            f"The download of {name} should have the size that was announced; what came has another. "
            f"It was deleted: run this again."
        )
    return (
        f"Kaggle's client should have downloaded {name}; it failed ({kind}). If there is a token on "
        f"this machine, it should be one line of text. `kaggle datasets download {name}` tells more."
    )


def _refused(status: int, wait: str, signed_in: bool, source: Source) -> str:
    """What to do about a status of HTTP."""
    name, page = source.kaggle, source.address
    if status == 401 and signed_in:
        return (
            f"Kaggle should know the token that was found on this machine; it refuses it (401): it is "
            f"wrong or has expired. Public sets need none: remove it (KAGGLE_API_TOKEN, KAGGLE_KEY, "
            f"~/.kaggle/). Or renew it: {GET_TOKEN}"
        )
    if status in (401, 403):
        return (
            f"Kaggle should give {name} to everybody; it refuses ({status}): the set asks for consent, "
            f"or is private. Open {page} in a browser, signed in, and accept what it asks for."
            + (" Then run this again." if signed_in else f" {GET_TOKEN}")
        )
    if status == 404:
        return (
            f"Kaggle should have the data set {name}; it knows none of that name (404). Look at {page}: "
            f"it may have been renamed, made private or deleted."
        )
    if status == 429:
        return (
            f"Kaggle should give out {name}; it asks for a pause after too many requests (429). Wait "
            f"{f'{wait} seconds' if wait.isdecimal() else 'some minutes'} and run this again."
        )
    if status >= 500:
        return (
            f"Kaggle should give out {name}; its server failed ({status}). That is not your doing: run "
            f"this again later."
        )
    return f"Kaggle should give out {name}; it answered {status}. Look at {page}."
