"""Folders and files that exist whole or not at all: written under a temporary name, then renamed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib import ROOT

DATA = ROOT / "data"
"""Everything a run reads and keeps lies below it; tests put a folder of their own in its place."""


PREFIX = ".writing-"
STALE = 24 * 3600  # seconds: no run writes to one folder for a day


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that becomes `target` when the block ends without error.

    Of two processes that race, the first wins and the second's folder is dropped: use it where both
    would write the same.
    """
    temporary = temporary_folder(target.parent)
    try:
        yield temporary
        temporary.chmod(
            0o755
        )  # mkdtemp makes it private; what is published is as readable as its parent
        try:
            os.rename(temporary, target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def temporary_folder(parent: Path) -> Path:
    """A new folder in `parent`, which is made if need be; sweeps out what killed processes left."""
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{PREFIX}*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def replace_folder(temporary: Path, target: Path) -> None:
    """Puts `temporary` in the place of `target`; the old folder goes only once the new one stands."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(temporary, target)
    shutil.rmtree(old, ignore_errors=True)


def restore_folder(target: Path) -> None:
    """Brings back what `replace_folder` had set aside when it was killed half-way."""
    old = target.with_name(f".{target.name}.old")
    if old.is_dir() and not target.exists():
        os.rename(old, target)


def write_text(target: Path, text: str) -> None:
    """Writes `text` (UTF-8) to `target`, whole or not at all."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def forget_training_states(slug: str) -> None:
    """Forgets every state of the paper's fits, once its run is whole."""
    shutil.rmtree(training_states(slug), ignore_errors=True)


def training_states(slug: str) -> Path:
    """Where the states of the paper's interrupted trainings lie."""
    return store() / "training" / slug


def store() -> Path:
    """The folder of decoded images, features and training states: all of it can be computed again."""
    return DATA / "store"


def phantoms() -> Path:
    """The folder of the drawn image sets."""
    return DATA / "phantoms"


def manifests() -> Path:
    """The folder of the papers' manifests, one JSON file each."""
    return DATA / "manifests"


def fetched_weights() -> Path:
    """Where `python -m lib weights` puts what it fetches."""
    return DATA / "weights"
