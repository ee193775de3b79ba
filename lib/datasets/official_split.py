"""The official split of a set: the split level of each image, by its folder or by a table."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

import pandas as pd

from lib.datasets.names import plain_name, split_level
from lib.datasets.sidecars import Table, find_tables
from lib.papers.declare import Collection


def find_parts(collection: Collection, folder: Path, root: Path, paths: Sequence[str]) -> list[str]:
    """The part of each image: train, val, test or "".

    Where a table gives several official folds, it is the levels of all of them, in their order:
    "train train test". A declared table outranks the folders.

    Args:
        folder: The folder that was given.
        root: The folder in it that `paths` are relative to.
    """
    parts: dict[PurePath, str] = {
        root.joinpath(path).relative_to(folder): folder_part(path) for path in paths
    }
    sidecars = [sidecar for sidecar in collection.dataset.sidecars if sidecar.part or sidecar.level]
    for table, below in find_tables(sidecars, folder, list(parts)):
        parts |= {path: part for path in below if (part := _table_part(table, table.rows_of(path)))}
    return list(parts.values())


def folder_part(path: str) -> str:
    """The split level among the folders of a relative path: train, val, test or ""."""
    levels = (split_level(name) for name in path.split("/")[:-1])
    return next(filter(None, levels), "")


def missing_side(levels: Iterable[str]) -> str:
    """The level that an official split of these levels lacks: train, test or ""."""
    known = set(levels)
    if "train" not in known:
        return "train"
    return "" if known & {"val", "test"} else "test"


def count_parts(parts: pd.Series) -> dict[str, int]:
    """Split level → images; with several official folds, "fold 1 train" and so on → images."""
    told = parts[parts != ""].str.split()
    if (told.str.len() > 1).any():
        told = told.map(lambda of: [f"fold {n} {level}" for n, level in enumerate(of, 1)])
    counts = told.explode().value_counts()
    return {part: int(counts[part]) for part in sorted(counts.index, key=_order)}


def _order(part: str) -> tuple[str, int]:
    """Folds by number, training images first."""
    fold, _, level = part.rpartition(" ")
    return fold.zfill(10), ("train", "val", "test").index(level)


def _table_part(table: Table, rows: list[dict[str, str]]) -> str:
    sidecar = table.sidecar
    if not rows or sidecar.level:
        return sidecar.level if rows else ""
    if sidecar.fold:
        fold = plain_name(sidecar.fold)
        rows = sorted(rows, key=lambda row: row[fold].zfill(10))
    levels = [split_level(row[plain_name(sidecar.part)]) for row in rows]
    return " ".join(levels) if all(levels) else ""
