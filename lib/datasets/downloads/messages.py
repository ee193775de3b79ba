"""What Kaggle's client fails with, in words that help and without the user's token."""

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lib.papers.declare import Source
from lib.storage import DataError

if TYPE_CHECKING:
    from requests import RequestException, Response

FULL = (errno.ENOSPC, errno.EDQUOT)
GET_TOKEN = (
    "Get one at kaggle.com → Settings → API → “Create New Token” (or “Generate New Token”), put it "
    "into the environment variable KAGGLE_API_TOKEN or the file ~/.kaggle/access_token (a "
    "kaggle.json: into ~/.kaggle/), and run this again."
)
REASONS = {  # the network's errors, by the name of urllib3's or requests' class for them
    "NameResolutionError": "its name could not be resolved",
    "NewConnectionError": "the connection was refused, or there is no way to it",
    "ConnectTimeoutError": "it did not answer in time",
    "ReadTimeout": "it did not answer in time",
    "SSLError": "its certificate was not accepted",
    "ProxyError": "the proxy did not connect to it",
}
VARIABLES = ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_V1_TOKEN")
FILES = ("access_token", "access_token.txt", "kaggle.json", "credentials.json")
HIDDEN = "•••"
SHORTEST_SECRET = 8  # characters; replacing a shorter one would garble innocent words
LONGEST_QUOTE = 200


class FetchError(DataError):
    """A data set cannot be fetched: what was expected, what came, what to do."""


class CutError(FetchError):
    """The connection broke under way: worth another attempt."""


def explained(error: BaseException, source: Source) -> FetchError:
    """The failure of signing in or of asking for `source`."""
    import requests

    response = getattr(error, "response", None)
    if isinstance(error, SystemExit):
        return FetchError(_not_signed_in(source))
    if isinstance(error, ImportError):
        return FetchError(
            f"Kaggle's client should be installed; {error.name} is not. Run `make setup`."
        )
    if response is not None:  # a response of an error is false
        return FetchError(_refused(response, source))
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return FetchError(_unreachable(error))
    return FetchError(
        f"Kaggle's client should have asked for {source.kaggle}; it failed ({_kind(error)}). Is the "
        f"token one line of text, and does the network lead to Kaggle without a login page?"
    )


def explained_transfer(error: BaseException, source: Source, archive: Path) -> FetchError:
    """The failure of downloading the archive of `source`, of which `archive` holds a part."""
    import requests

    have = megabytes(archive.stat().st_size) if archive.is_file() else "nothing"
    if isinstance(error, requests.RequestException):
        return CutError(
            f"The download of {source.kaggle} was cut: {have} of it in {archive}. Check the "
            f"network connection and run this again: it goes on from there."
        )
    if isinstance(error, ValueError):
        return CutError(
            f"The download of {source.kaggle} should have the size that was announced; what came has "
            f"another. It was deleted: run this again."
        )
    if isinstance(error, OSError) and error.errno in FULL:
        return FetchError(
            f"The disk should have room for the download of {source.kaggle}; it got full with "
            f"{have} in {archive}. Make room and run this again: it goes on from there."
        )
    return FetchError(
        f"The download of {source.kaggle} should have been written to {archive}; it failed "
        f"({_kind(error)}). Run this again; if it fails again, delete that file first."
    )


def megabytes(count: int | None) -> str:
    """A number of bytes in words: "12.3 MB"."""
    return "an unknown size" if count is None else f"{count / 1e6:,.1f} MB"


def redacted(text: str) -> str:
    """`text` without any token or key that the client could know of, nor what looks like one."""
    text = re.sub(r"(?i)\b(bearer|basic)\s+\S+", HIDDEN, text)
    text = re.sub(r"(?<=://)(\S*?)\?\S+", rf"\1?{HIDDEN}", text)  # a signed address
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _not_signed_in(source: Source) -> str:
    places = [name for name in VARIABLES if os.environ.get(name)]
    places += [str(path) for path in _files() if path.is_file()]
    if not places:
        return f"Downloading {source.kaggle} needs a Kaggle token; none was found. {GET_TOKEN}"
    return (
        f"Downloading {source.kaggle} needs a valid Kaggle token; what was found ({', '.join(places)}) "
        f"is wrong, expired or incomplete. {GET_TOKEN}"
    )


def _refused(response: "Response", source: Source) -> str:
    status, said = response.status_code, _said(response)
    name, wait = source.kaggle, response.headers.get("Retry-After", "")
    if status == 401:
        return f"{_not_signed_in(source)} Kaggle answered 401{said}."
    if status == 403:
        return (
            f"Kaggle should give {name} to this account; it refuses (403{said}). Open {source.address} "
            f"in a browser, signed in, accept the licence or the rules if it asks, and run this "
            f"again. If that page does not open either, the set is private or was withdrawn."
        )
    if status == 404:
        return (
            f"Kaggle should have the data set {name}; it knows none of that name (404{said}). Look "
            f"at {source.address}: it may have been renamed, made private or deleted."
        )
    if status == 429:
        return (
            f"Kaggle should give out {name}; it asks for a pause, too many requests came (429{said}). "
            f"Wait {f'{wait} seconds' if wait.isdigit() else 'some minutes'} and run this again."
        )
    if status >= 500:
        return (
            f"Kaggle should give out {name}; its server failed ({status}{said}). That is not your "
            f"doing: run this again later."
        )
    return f"Kaggle should give out {name}; it answered {status}{said}. Look at {source.address}."


def _said(response: "Response") -> str:
    """The server's own words, if it gave any. Redacted before they are cut: half a token is one too."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    try:
        words = str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return ""
    words = "".join(letter if letter.isprintable() else " " for letter in redacted(words))
    return f", “{words[:LONGEST_QUOTE]}”"


def _unreachable(error: "RequestException") -> str:
    host = urlsplit(error.request.url).hostname if error.request is not None else "Kaggle"
    inner = getattr(error.args[0] if error.args else None, "reason", None) or error
    why = REASONS.get(type(inner).__name__, "the connection broke")
    return (
        f"{host} should be reachable; {why}. Check the network connection, and the proxy settings "
        f"(https_proxy) if there is one, and run this again."
    )


def _kind(error: BaseException) -> str:
    """The error without its text, which may hold anything."""
    words = getattr(error, "strerror", None)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _files() -> list[Path]:
    """Where the client looks for credentials."""
    home = Path(os.path.expanduser("~"))
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "kaggle"
    places = [os.environ.get("KAGGLE_CONFIG_DIR"), home / ".kaggle", config]
    return [Path(place) / name for place in places if place for name in FILES]


def _secrets() -> set[str]:
    variables = {name: text for name, text in os.environ.items() if name.startswith("KAGGLE_")}
    secrets = {text for name, text in variables.items() if re.search("TOKEN|KEY", name)}
    for path in (*_files(), *map(Path, secrets)):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:  # not there, or a token taken for a path
            continue
        secrets |= {text.strip(), *re.findall(r'"\w*(?:key|token)"\s*:\s*"([^"]+)"', text)}
    return {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
