"""The files of a run folder, which may come from a stranger: only what a run writes is opened, up to a size."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from lib.grading.items import Fault

TABLES = ("predictions", "history", "splits", "evidence")  # the CSV files by stem
TABLE_FILES = tuple(f"{name}.csv" for name in TABLES)
CHECKSUMS = "checksums.json"  # name → SHA-256 of every other file of the run
CHECKED = ("report.html", "notebook.ipynb", "results.json", *TABLE_FILES)  # what it names
HAND_IN = "hand_in.json"  # whose a zip is, by `python -m lib hand-in`

MB = 1_000_000
# The most bytes that are read of a file: some ten times what a full run of the largest of the papers writes,
# and little enough for the memory of a laptop.
LIMITS = {
    "results.json": 64 * MB,
    "report.html": 64 * MB,
    "notebook.ipynb": 64 * MB,
    **dict.fromkeys(TABLE_FILES, 256 * MB),  # pandas takes about five times as much
    CHECKSUMS: 10_000,
    HAND_IN: 100_000,
}
# No following of links, and no waiting for a writer; Windows knows neither, nor pipes and devices in folders.
FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)
SHA256 = re.compile(r"[0-9a-f]{64}")


class ArtefactError(ValueError):
    """A file of a run is not what a run writes; the message is a sentence that names it."""


def read_artefact(folder: Path, name: str) -> bytes:
    """The content of one of the files `LIMITS` of a run folder.

    Raises:
        ArtefactError: It is missing, no regular file, or larger than its limit. Pipes, devices and links
            are never opened.
    """
    path = folder / name
    try:
        _require_regular(path.lstat().st_mode, name)
        descriptor = os.open(path, FLAGS)
        with open(descriptor, "rb") as file:
            # Again: what stands there may have been exchanged since it was looked at.
            _require_regular(os.fstat(descriptor).st_mode, name)
            return read_bounded(file, name)
    except FileNotFoundError as error:
        raise ArtefactError(f"{name} is missing") from error
    except OSError as error:
        raise ArtefactError(f"{name} cannot be read: {error.strerror}") from error


def read_bounded(file: IO[bytes], name: str) -> bytes:
    """The content of an open file called `name` in `LIMITS`. Raises: ArtefactError where it is larger."""
    content = file.read(LIMITS[name] + 1)
    if len(content) > LIMITS[name]:
        raise ArtefactError(
            f"{name} should have at most {LIMITS[name] / MB:g} MB; it is larger and was not read"
        )
    return content


@lru_cache(1)
def parse_json(content: bytes) -> Any:
    """As `json.loads`, which takes its time on a notebook: the last one is kept, not to be changed.

    Raises:
        ValueError, RecursionError: It is no JSON.
    """
    return json.loads(content)


def parse_checksums(content: bytes) -> dict[str, str]:
    """Name → SHA-256 of the files that a run wrote. Raises: ArtefactError where it is not what a run writes."""
    try:
        digests = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{CHECKSUMS} is not JSON") from error
    if not isinstance(digests, dict):
        raise ArtefactError(f"{CHECKSUMS} should name files with their SHA-256")
    require_digests(digests, CHECKED, CHECKSUMS)
    return digests


def require_digests(digests: Mapping[str, object], names: tuple[str, ...], where: str) -> None:
    """Whether `digests` names exactly these files, each with a SHA-256. Raises: ArtefactError."""
    if set(digests) != set(names):
        raise ArtefactError(
            f"{where} should name exactly {', '.join(names)}; it names {', '.join(digests) or 'none'}"
        )
    odd = [name for name, digest in digests.items() if not SHA256.fullmatch(str(digest))]
    if odd:
        raise ArtefactError(f"{where} gives no SHA-256 of {', '.join(odd)}")


def hash_faults(
    contents: Mapping[str, bytes], recorded: Mapping[str, str], checksums: Mapping[str, str]
) -> Iterator[Fault]:
    """What was changed since the run wrote it.

    Args:
        contents: Name → content of the files that were read.
        recorded: Name → SHA-256 of the CSV files, from the record.
        checksums: As `parse_checksums` returns them; empty where there are none.
    """
    for name, content in contents.items():
        expected = [digests[name] for digests in (recorded, checksums) if name in digests]
        actual = hashlib.sha256(content).hexdigest()
        for digest in dict.fromkeys(expected):
            if digest != actual:
                yield Fault(
                    f"{name} is not the file the run wrote (its SHA-256 differs)",
                    digest,
                    actual,
                    name,
                )


def _require_regular(mode: int, name: str) -> None:
    if not stat.S_ISREG(mode):
        raise ArtefactError(f"{name} should be a regular file; it is {_described(mode)}")


def _described(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
