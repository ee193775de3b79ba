"""Which images belong together: from a CSV file beside them, else from their names."""

import csv
import re
from pathlib import Path, PurePosixPath

import pandas as pd

from lib.papers.declare import Collection, Sidecar
from lib.storage import DataError

GROUPS_FILE = "groups.csv"
OWN = Sidecar(name=GROUPS_FILE, path=("path",), group=("group",))  # a user's: must be complete


def find_groups(collection: Collection, folder: Path, root: Path, files: pd.DataFrame) -> list[str]:
    """The group of each image of `files`, "" where nothing tells it.

    A user's groups.csv outranks the declared sidecar files; those outrank the names. A sidecar may
    lie in `folder` or in any folder between it and the images.

    Raises:
        DataError: A groups.csv is unreadable, lacks a column, or leaves out one of its images.
    """
    paths = [root.joinpath(path).relative_to(folder) for path in files["path"]]
    known = dict.fromkeys(paths, "")
    # Outer folders first, so that a sidecar of an inner one wins.
    above = sorted({place for parent in {path.parent for path in paths} for place in _up(parent)})
    for sidecar in (*reversed(collection.dataset.sidecars), OWN):
        for place in above:
            if (folder / place / sidecar.name).is_file():
                below = [path for path in paths if path.is_relative_to(place)]
                known |= _from_sidecar(sidecar, folder, place, below)
    pattern = collection.dataset.group
    return [known[path] or _from_name(pattern, path.name) for path in paths]


def _up(folder: Path) -> list[Path]:
    return [folder, *folder.parents]


def _from_sidecar(
    sidecar: Sidecar, folder: Path, place: Path, paths: list[Path]
) -> dict[Path, str]:
    file = folder / place / sidecar.name
    known = _read(file, sidecar)
    listed = {path: _lookup(known, path.relative_to(place)) for path in paths}
    missing = [path for path, group in listed.items() if not group]
    if sidecar is OWN and missing:
        raise DataError(
            f"{file} should give every image a group; {len(missing)} have none, the first is "
            f"{missing[0].relative_to(place).as_posix()}. Add a row path,group for each."
        )
    return {path: group for path, group in listed.items() if group}


def _read(file: Path, sidecar: Sidecar) -> dict[tuple[str, ...], str]:
    """Path as parts, with and without the suffix → group."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()  # Excel puts a mark in front
    except UnicodeDecodeError as error:
        raise DataError(f"{file} should be a UTF-8 text file; {error}.") from error
    reader = csv.DictReader(lines)
    if not {*sidecar.path, *sidecar.group} <= set(reader.fieldnames or ()):
        if sidecar is not OWN:  # another file of the same name, of some other set
            return {}
        raise DataError(f"{file} should have the columns path and group; has {reader.fieldnames}.")
    known = {}
    for row in reader:
        path = PurePosixPath(*(row[column] or "" for column in sidecar.path))
        group = [row[column] or "" for column in sidecar.group]
        if path.name and any(group):  # spreadsheets append empty rows
            known[path.with_suffix("").parts] = known[path.parts] = "/".join(group)
    return known


def _lookup(known: dict[tuple[str, ...], str], path: Path) -> str:
    """The group of the longest end of `path` that is known, with the suffix or without it."""
    for parts in (path.parts, path.with_suffix("").parts):
        for start in range(len(parts)):
            if parts[start:] in known:
                return known[parts[start:]]
    return ""


def _from_name(pattern: str, name: str) -> str:
    match = re.search(pattern, name) if pattern else None
    return match.group(1) if match else ""
