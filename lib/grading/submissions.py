"""Opens what was handed in, a run folder, a zip or a page, as named bytes: nothing is written or executed.

Of a zip only members with known names are unpacked, in memory, up to the sizes that a run's files have.
"""

import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from lib.grading.artefacts import (
    CHECKED,
    CHECKSUMS,
    HAND_IN,
    LIMITS,
    MB,
    ArtefactError,
    read_artefact,
    read_bounded,
)

KNOWN_NAMES = (*CHECKED, CHECKSUMS, HAND_IN)
MOST_MEMBERS = 1000  # of a zip: a run has nine files, a folder zipped by hand some more
MOST_ZIP = 300 * MB  # bytes of a zip, and of what is unpacked from it
MOST_RATIO = 200  # times that a member may be larger unpacked: CSV tables shrink to a tenth, bombs to a thousandth
SMALL = 1 * MB  # bytes up to which any ratio is harmless
IGNORED = 20  # names that are told
UNLISTED = ("index.html", "failed")  # what a batch writes beside its runs
SUFFIXES = (".zip", ".html")


@dataclass(frozen=True)
class Submission:
    """What was handed in, as far as it could be read.

    Attributes:
        name: The last part of the path.
        kind: "none": nothing is there, or nothing that is opened.
        files: Known name → content.
        faults: Why it, or a file of it, could not be read.
        ignored: Other names that lie in it, which were not opened; at most `IGNORED`.
    """

    name: str
    path: Path
    kind: Literal["folder", "zip", "page", "none"]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    faults: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def open_submission(path: Path) -> Submission:
    """The submission at `path`; whatever lies there, nothing is raised."""
    name = path.name or str(path)
    try:
        if path.is_dir():
            return _open_folder(name, path)
        if path.suffix.lower() == ".zip":
            files, ignored = _unpacked(path)
            return Submission(name, path, "zip", files, ignored=ignored)
        if path.suffix.lower() == ".html":
            return _open_page(name, path)
        said = "there is nothing" if not path.exists() else "it is another file"
        fault = f"it should be a run folder, a zip or a page (*.html); {said}"
    except (ArtefactError, OSError) as error:
        fault = str(error)
    except Exception as error:  # a stranger's zip can fail anywhere: zlib, struct, unicode, ...
        fault = f"it cannot be read: {type(error).__name__}: {error}"
    return Submission(
        name, path, "zip" if path.suffix.lower() == ".zip" else "none", faults=(fault,)
    )


def is_run(path: Path) -> bool:
    """Whether `path` looks like a submission: a folder with a run's files, a zip or a page; nothing is read."""
    if path.is_dir():
        return any((path / name).exists() for name in ("results.json", "report.html"))
    return path.suffix.lower() in SUFFIXES and path.name not in UNLISTED


def list_submissions(folder: Path) -> tuple[Path, ...]:
    """`folder` itself if it is the folder of one run, else what lies in it: folders, zips and pages, by name.

    The folder of a batch has a results.json of its own, but neither report nor tables.
    """
    names = {path.name for path in folder.iterdir()}
    if names & {"report.html", "notebook.ipynb", "predictions.csv"}:
        return (folder,)
    inside = (
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name not in UNLISTED
    )
    return tuple(sorted(path for path in inside if path.is_dir() or is_run(path)))


def _open_folder(name: str, path: Path) -> Submission:
    files, faults = {}, []
    there = {entry.name for entry in path.iterdir()}
    for known in KNOWN_NAMES:
        if known in there:
            try:
                files[known] = read_artefact(path, known)
            except ArtefactError as error:
                faults.append(str(error))
    ignored = tuple(sorted(there.difference(KNOWN_NAMES))[:IGNORED])
    return Submission(name, path, "folder", files, tuple(faults), ignored)


def _open_page(name: str, path: Path) -> Submission:
    with path.open("rb") as file:
        content = read_bounded(file, "report.html")
    return Submission(name, path, "page", {"report.html": content})


def _unpacked(path: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Files and ignored names of a zip.

    Raises:
        ArtefactError: It holds what no run's zip does; none of it is taken.
    """
    if path.stat().st_size > MOST_ZIP:
        raise ArtefactError(f"a zip should have at most {MOST_ZIP / MB:g} MB; it was not opened")
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        for member in members:
            _require_harmless(member)
        if len(members) > MOST_MEMBERS:
            raise ArtefactError(
                f"a zip should have at most {MOST_MEMBERS} members; it has {len(members)}"
            )
        known = dict(_known(members))
        if any(LIMITS[name] < member.file_size for name, member in known.items()):
            raise ArtefactError(
                "a zip should hold no file larger than a run writes; it was not unpacked"
            )
        if sum(member.file_size for member in known.values()) > MOST_ZIP:
            raise ArtefactError(
                f"a zip should unpack to at most {MOST_ZIP / MB:g} MB; it was not unpacked"
            )
        files = {}
        for name in filter(known.get, KNOWN_NAMES):
            with archive.open(known[name]) as file:
                files[name] = read_bounded(file, name)
    taken = {member.filename for member in known.values()}
    others = [member.filename for member in members if member.filename not in taken]
    ignored = [other for other in others if not other.endswith("/")]
    return files, tuple(ignored[:IGNORED])


def _known(members: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """(known name, member): those at the top, or in the one folder that holds a run. Raises: ArtefactError."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = {}
    for member in members:
        place = PurePosixPath(member.filename)
        if place.parts[0] == "__MACOSX" or place.name not in KNOWN_NAMES or member.is_dir():
            continue
        folders[place.parent] = member
        if place.name in found:
            raise ArtefactError(f"a zip should hold one run; it holds {place.name} twice")
        found[place.name] = member
    if len(folders) > 1:
        raise ArtefactError(
            "a zip should hold the files of a run in one folder; they lie in several"
        )
    return iter(found.items())


def _require_harmless(member: zipfile.ZipInfo) -> None:
    """Raises: ArtefactError for a member that would leave its folder, is a link, a bomb or a zip again."""
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]:
        raise ArtefactError(f"a zip should hold plain names; it holds {name!r}")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ArtefactError(f"a zip should hold no links; {name!r} is one")
    if member.flag_bits & 1:
        raise ArtefactError(f"a zip should not be encrypted; {name!r} is")
    if name.lower().endswith(".zip"):
        raise ArtefactError(f"a zip should hold no zips; it holds {name!r}")
    if member.file_size > max(SMALL, MOST_RATIO * member.compress_size):
        raise ArtefactError(
            f"{name!r} is compressed more highly than any file of a run; it was not unpacked"
        )
