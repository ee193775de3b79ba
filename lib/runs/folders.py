"""Where a batch may write: folders of its own, never one in which somebody else put something."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from lib import PlainError
from lib.storage import file_sha256, write_text

ARTEFACTS = (
    *("report.html", "notebook.ipynb", "results.json"),
    *("predictions.csv", "history.csv", "splits.csv", "evidence.csv"),
)
CHECKSUMS = "checksums.json"  # artefact → SHA-256; it is written last
MODELS = "models"  # folder of kept models; results.json has the SHA-256 of each
FAILED = "failed"  # folder under reports/ for what failed runs leave
REASON = "reason.txt"  # in failed/<slug>/, beside the notebook: why the run failed
# What other programs put into a folder that somebody opens: replaced with the run.
BY_OTHERS = (".DS_Store", "Thumbs.db", "desktop.ini")
CHECKPOINTS = ".ipynb_checkpoints"  # JupyterLab's, beside a notebook that was saved there
LISTED = 3  # names in a message


class FolderError(PlainError, ValueError):
    """A folder that must not be written to: which one, what is in the way, what to do."""


def check_reports(reports: Path, slugs: Iterable[str], data: Sequence[Path]) -> None:
    """Whether `reports` can take the runs of these papers without anything else being lost.

    Args:
        reports: As asked for; it need not exist.
        data: Folders of images, which a run reads and never writes to.

    Raises:
        FolderError: It is a file or the root, lies in or above a folder of images, or a folder that a
            run would replace holds what no run has written.
    """
    place = reports.expanduser().resolve()
    if place.exists() and not place.is_dir():
        raise FolderError(f"--reports should be a folder; {place} is a file. Give another one.")
    if place.parent == place:
        raise FolderError(f"--reports should be a folder of its own; received {place}.")
    for folder in data:
        images = folder.expanduser().resolve()
        if place == images or place in images.parents or images in place.parents:
            raise FolderError(
                f"--reports should lie apart from the images, since a run replaces what is in its place; "
                f"{place} and the images of {images} lie in one another. Give another folder."
            )
    for slug in slugs:
        check_replaceable(place / slug)
        check_replaceable(place / FAILED / slug)


def check_replaceable(folder: Path) -> None:
    """Whether `folder` is absent, empty or holds nothing but what a run writes.

    Raises:
        FolderError: It is a link or a file, or something else lies in it; the message names it.
    """
    if folder.is_symlink():
        raise FolderError(
            f"{folder} should be a folder that a run may replace; it is a link. Remove it, or give "
            f"another --reports."
        )
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderError(
            f"{folder} should be a folder that a run may replace; it is a file. Move it away, or give "
            f"another --reports."
        )
    strangers = sorted(path.name for path in folder.iterdir() if not _of_a_run(path))
    if strangers:
        more = f" and {len(strangers) - LISTED} more" if len(strangers) > LISTED else ""
        raise FolderError(
            f"{folder} should hold nothing but a run, which replaces it; it holds "
            f"{', '.join(map(repr, strangers[:LISTED]))}{more}, which no run has written. Move that away, "
            f"or give another --reports."
        )


def write_checksums(folder: Path) -> None:
    """Notes the SHA-256 of every artefact in `folder`, which is a whole run from now on."""
    checksums = {name: file_sha256(folder / name) for name in ARTEFACTS}
    write_text(folder / CHECKSUMS, json.dumps(checksums, indent=1) + "\n")


def changed_files(folder: Path) -> list[str]:
    """Names of the artefacts that are not as the run wrote them, or are missing; empty for a whole run."""
    try:
        checksums = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        written = {name: checksums[name] for name in ARTEFACTS}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return [CHECKSUMS]
    return [name for name in ARTEFACTS if _sha256(folder / name) != written[name]]


def holds_only_models(folder: Path) -> bool:
    """Whether a run may replace `folder`, its folder of kept models."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return all(
        path.suffix == ".keras" and path.is_file() and not path.is_symlink()
        for path in folder.iterdir()
    )


def _sha256(path: Path) -> str | None:
    """None of what is no file that can be read."""
    try:
        return file_sha256(path) if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def _of_a_run(path: Path) -> bool:
    if path.name == CHECKPOINTS and path.is_dir() and not path.is_symlink():
        return all(inside.suffix == ".ipynb" for inside in path.iterdir())
    if path.name == MODELS:
        return holds_only_models(path)
    known = (*ARTEFACTS, CHECKSUMS, REASON, *BY_OTHERS)
    return path.name in known and path.is_file() and not path.is_symlink()
