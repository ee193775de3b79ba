"""Brings one archive from Kaggle through Kaggle's own client, as a whole or step by step.

The client prints, logs, waits for ever and calls exit(), and it knows the user's token: it runs
within bounds, and nothing of its errors gets out but what `lib.datasets.downloads.messages` makes of them.
"""

import base64
import hashlib
import io
import logging
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lib.datasets.downloads.messages import (
    CutError,
    FetchError,
    explained,
    explained_transfer,
    megabytes,
    redacted,
)
from lib.papers.declare import Source

if TYPE_CHECKING:
    from kaggle.api.kaggle_api_extended import KaggleApi
    from requests import Response

T = TypeVar("T")
TIMEOUT = (20, 60)  # seconds to connect, and between two pieces of an answer; the client has none
ATTEMPTS = 3
PAUSE = 5  # seconds between two of them


def download(source: Source, archive: Path, echo: Callable[[str], None]) -> None:
    """Brings the archive of `source` to `archive`, whole.

    What an earlier call left there is used: a whole archive as it is, a part (with the client's own
    marker beside it) as the start, if Kaggle's file is still the same one.

    Raises:
        FetchError: Every failure of the credentials, the network, Kaggle, the disk or the transfer.
        OSError: The folder of `archive` cannot be made or read.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    api = _contained(_signed_in, lambda error: explained(error, source))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _attempt(api, source, archive, echo)
            return
        except CutError:
            if attempt == ATTEMPTS:
                raise
        echo(f"the connection broke; attempt {attempt + 1} of {ATTEMPTS} in {PAUSE} s …")
        time.sleep(PAUSE)


def discard(archive: Path) -> None:
    """Removes a downloaded archive, whole or not, and the marker the client put beside it."""
    archive.unlink(missing_ok=True)
    _marker(archive).unlink(missing_ok=True)


def _attempt(api: "KaggleApi", source: Source, archive: Path, echo: Callable[[str], None]) -> None:
    answer = _contained(lambda: _ask(api, source), lambda error: explained(error, source))
    with closing(answer):
        size, md5 = _announced(answer.headers)
        if _is_whole(archive, size, md5):
            echo(f"{source.kaggle} is in {archive} already, whole: not downloaded again.")
            return
        have = _size(archive)
        _check_space(source, archive, (size or 0) - have)
        echo(f"downloading {source.kaggle}, {megabytes(size)}, to {archive} …")
        if have:
            echo(f"{megabytes(have)} are there: goes on from there if Kaggle's file is the same.")
        _contained(
            lambda: _transfer(api, answer, archive),
            lambda error: explained_transfer(error, source, archive),
        )
    if md5 and _md5(archive) != md5:
        discard(archive)
        raise FetchError(
            f"The archive of {source.kaggle} should have the MD5 sum that Kaggle announces; what "
            f"came has another. It was deleted: run this again."
        )
    echo(f"downloaded {source.kaggle}, {megabytes(_size(archive))}.")


def _signed_in() -> "KaggleApi":
    from kaggle.api.kaggle_api_extended import KaggleApi

    api = KaggleApi()
    api.authenticate()
    return api


def _ask(api: "KaggleApi", source: Source) -> "Response":
    """Kaggle's answer to a request for the archive, its body not yet read."""
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = source.kaggle.split("/")
    with api.build_kaggle_client() as client:
        return client.datasets.dataset_api_client.download_dataset(request)


def _transfer(api: "KaggleApi", answer: "Response", archive: Path) -> None:
    try:
        # max_retries=0: the client would also repeat, with long pauses, what a full disk has ended.
        api.download_file(answer, str(archive), None, resume=True, max_retries=0)
    except ValueError:
        # The client counted other bytes than announced; with its marker it would go on from them.
        discard(archive)
        raise


def _announced(headers: Mapping[str, str]) -> tuple[int | None, str]:
    """Size and MD5 sum (base64) of the archive, as far as the storage tells them."""
    size = headers.get("Content-Length", "")
    md5 = re.search(r"\bmd5=([\w+/=]+)", headers.get("x-goog-hash", ""))
    return int(size) if size.isdigit() else None, md5[1] if md5 else ""


def _is_whole(archive: Path, size: int | None, md5: str) -> bool:
    if not archive.is_file() or _size(archive) != size:
        return False
    return _md5(archive) == md5 if md5 else not _marker(archive).exists()


def _size(archive: Path) -> int:
    return archive.stat().st_size if archive.is_file() else 0


def _md5(archive: Path) -> str:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()


def _marker(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.kaggle-partial")


def _check_space(source: Source, archive: Path, needed: int) -> None:
    free = shutil.disk_usage(archive.parent).free
    if needed > free:
        raise FetchError(
            f"The download of {source.kaggle} needs {megabytes(needed)} in {archive.parent}; "
            f"{megabytes(free)} are free. Make room on the disk (unpacking needs about as much "
            f"again) and run this again."
        )


def _contained(action: Callable[[], T], explain: Callable[[BaseException], FetchError]) -> T:
    """What `action` returns; its failure as `explain` puts it.

    Raised outside of the handler: not even as a hidden context does the client's error, which may
    hold headers with the token, go along.
    """
    with _bounds():
        try:
            return action()
        except (Exception, SystemExit) as error:
            failure = explain(error)
            failure = type(failure)(redacted(str(failure)))
    raise failure


@contextmanager
def _bounds() -> Iterator[None]:
    """No output, no log line, no wait without end, and no closed stdin (exit() closes it)."""
    import requests

    send, stdin, level = requests.Session.send, sys.stdin, logging.root.manager.disable

    def send_in_time(session, request, **options):
        return send(session, request, **{**options, "timeout": TIMEOUT})

    requests.Session.send, sys.stdin = send_in_time, io.StringIO()
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        requests.Session.send, sys.stdin = send, stdin
        logging.disable(level)
