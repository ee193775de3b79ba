"""Which images belong together: by a table beside them, a table shipped with the project, or their names."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import NamedTuple

import pandas as pd

from lib.datasets.sidecars import GROUPS, Table, find_tables
from lib.papers.declare import Collection, GroupInName, Origins
from lib.storage import DataError

GROUPS_FILE = GROUPS.name
LEAST_LISTED = 0.9
"""Share of a folder's images that a shipped table must list before it is believed.

Keras' generators name copies _0_1616 as Kaggle's blood cells are named: a folder of somebody's own copies
shares a few names by chance.
"""


Told = tuple[str, str]  # an image's group, and what tells it


class Groups(NamedTuple):
    """The group of each image, "" where nothing tells it, and what tells them, "" for nothing."""

    names: list[str]
    told_by: str


def find_groups(collection: Collection, folder: Path, root: Path, files: pd.DataFrame) -> Groups:
    """The group of each image of `files`.

    A user's groups.csv outranks the declared sidecars; those outrank the tables shipped with the
    project, and those the names. A sidecar may lie in `folder` or in any folder between it and the images.

    Raises:
        DataError: A groups.csv cannot be read, lacks a column, leaves out one of its images, or gives
            one two groups.
    """
    paths: list[PurePath] = [root.joinpath(path).relative_to(folder) for path in files["path"]]
    known: dict[PurePath, Told] = {}
    if collection.dataset.group:
        known |= _from_names(collection.dataset.group, paths)
    for origins in reversed(collection.dataset.origins):
        known |= _from_origins(origins, folder, paths)
    declared = [sidecar for sidecar in collection.dataset.sidecars if sidecar.group]
    for table, below in find_tables((GROUPS, *declared), folder, paths):
        known |= _from_table(table, below)
    told_by = dict.fromkeys(known[path][1] for path in paths if path in known)
    return Groups(
        names=[known[path][0] if path in known else "" for path in paths],
        told_by="; ".join(told_by),
    )


def _from_names(rule: GroupInName, paths: list[PurePath]) -> Iterator[tuple[PurePath, Told]]:
    told_by = f"{rule.told_by} ({rule.where})"
    for path in paths:
        match = re.search(rule.pattern, path.name)
        if match:
            yield path, (_in_a_row(match.group(1), rule.consecutive), told_by)


def _in_a_row(number: str, consecutive: int) -> str:
    """The group of a number: "3-4" for 3 and 4, where two in a row are one group."""
    if consecutive == 1:
        return number
    first = (int(number) - 1) // consecutive * consecutive + 1
    return f"{first}-{first + consecutive - 1}"


def _from_origins(
    origins: Origins, folder: Path, paths: list[PurePath]
) -> Iterator[tuple[PurePath, Told]]:
    """The images of the folders that the table lists nearly all of."""
    originals = _read_origins(origins.file)
    of_parent = defaultdict(list)
    for path in paths:
        of_parent[path.parent].append(path)
    told_by = f"table shipped with the project ({origins.source})"
    for parent, inside in of_parent.items():
        parts = tuple(part.lower() for part in (folder / parent).parts)
        names = next((of for end, of in originals.items() if parts[-len(end) :] == end), {})
        listed = [(path, names[path.stem]) for path in inside if path.stem in names]
        if len(listed) >= LEAST_LISTED * len(inside):
            yield from ((path, (original, told_by)) for path, original in listed)


@cache
def _read_origins(file: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """End of a folder's path as parts in lower case → name of an image without suffix → its original."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    originals: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for row in rows:
        folder = PurePath(row["folder"].lower()).parts
        originals[folder] |= dict.fromkeys(row["files"].split(), row["original"])
    return dict(originals)


def _from_table(table: Table, paths: list[PurePath]) -> dict[PurePath, tuple[str, str]]:
    groups = {path: table.values(table.rows_of(path), table.sidecar.group) for path in paths}
    if table.sidecar is GROUPS:
        _require_one_group_each(table, groups)
    return {path: (names[-1], table.file.name) for path, names in groups.items() if names}


def _require_one_group_each(table: Table, groups: dict[PurePath, list[str]]) -> None:
    missing = [path for path, names in groups.items() if not names]
    if missing:
        misfit = table.misfit(groups)
        raise DataError(
            f"{table.file} should give every image a group; {len(missing)} have none, the first is "
            f"{missing[0].relative_to(table.place).as_posix()}. Add a row path,group for each."
            + (f" {misfit}" if misfit else "")
        )
    for path, names in groups.items():
        if len(names) > 1:
            raise DataError(
                f"{table.file} should give every image one group; "
                f"{path.relative_to(table.place).as_posix()} has {', '.join(names)}. Leave one of them."
            )
