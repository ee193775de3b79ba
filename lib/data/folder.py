"""Finds the data set on disk, names its classes and groups, and hashes every file; decodes nothing."""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import ROOT
from lib.data.errors import DataError
from lib.paper import Paper

DATA = ROOT / "data"
MANIFESTS = DATA / "manifests"
SPLIT_LEVELS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
PHANTOM_MARK = "PHANTOM.json"
GROUPS_FILE = "groups.csv"
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"}
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}  # left by Windows and macOS


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a folder holds, before anything is decoded.

    Attributes:
        root: The folder whose sub-folders are the classes (or the split levels).
        kind: "exact", "substitute" or "phantom" (DESIGN: only "exact" can confirm or refute).
        files: One row a candidate image, sorted by path: path (relative, posix), label (index
            into the paper's classes), group ("" where unknown), part ("" or train/val/test),
            sha256.
        rejected: One row a file that is no candidate: path, reason.
        sha256: Hash of all paths and contents; changes when any image does.
    """

    root: Path
    kind: str
    files: pd.DataFrame
    rejected: pd.DataFrame
    sha256: str


def locate(paper: Paper, where: str, otherwise: Callable[[], Path]) -> Path:
    """The folder that `where` means: "auto", "phantom", or a path.

    "auto" is data/<slug>/ where that exists, else `otherwise()`, which draws phantoms. A path may
    be the data set itself or a folder with a sub-folder named like the paper's slug.

    Raises:
        DataError: The path is no folder.
    """
    own = DATA / paper.slug
    if where == "phantom" or (where == "auto" and not own.is_dir()):
        return otherwise()
    folder = own if where == "auto" else Path(where).expanduser().resolve()
    if not folder.is_dir():
        raise DataError(
            f"`data` should be auto, phantom or a folder of images; {folder} is "
            f"{'a file' if folder.exists() else 'not there'}. Give the folder whose sub-folders are "
            f"the classes {', '.join(paper.class_names)}."
        )
    return folder / paper.slug if (folder / paper.slug).is_dir() else folder


def scan(paper: Paper, folder: Path) -> Scan:
    """Lists and hashes the images of `folder`.

    Raises:
        DataError: The folder has no image, or none of some class.
    """
    root = _descend(paper, folder)
    rows, rejected = _rows(paper, root)
    rejected += _astray(root)
    files = pd.DataFrame(rows, columns=["path", "label", "part"]).sort_values(
        "path", ignore_index=True
    )
    _require_every_class(paper, root, files)
    with ThreadPoolExecutor() as pool:
        files["sha256"] = list(pool.map(_sha256, (root / path for path in files["path"])))
    files["group"] = _groups(paper, (root, folder), files)
    return Scan(
        root=root,
        kind=_kind(paper, (root, folder), files),
        files=files,
        rejected=pd.DataFrame(rejected, columns=["path", "reason"]),
        sha256=_digest(files["path"] + "\t" + files["sha256"] + "\t" + files["group"]),
    )


def _descend(paper: Paper, folder: Path) -> Path:
    """Steps into a lone wrapping folder, as an unpacked archive often has."""
    inner = _folders(folder)
    if len(inner) == 1 and _label(paper, inner[0].name) is None and not _part(inner[0].name):
        return _descend(paper, inner[0])
    return folder


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and not _is_system(one.name))


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def _part(name: str) -> str:
    return SPLIT_LEVELS.get(name.lower(), "")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).lower()


def _label(paper: Paper, name: str) -> int | None:
    """The class a folder's name means, ignoring case, spaces, underscores and hyphens."""
    for label, one in enumerate(paper.classes):
        if _plain(name) in {_plain(known) for known in (one.name, *one.aliases)}:
            return label
    return None


def _rows(paper: Paper, root: Path) -> tuple[list, list]:
    rows, rejected = [], []
    for part, folder in _class_folders(root):
        label = _label(paper, folder.name)
        if label is None:
            reason = f"a folder that is none of the classes {', '.join(paper.class_names)}"
            rejected.append((f"{folder.relative_to(root).as_posix()}/", reason))
            continue
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(root)
            if not path.is_file() or any(map(_is_system, relative.parts)):
                continue
            reason = _unusable(path)
            if reason:
                rejected.append((_printable(relative.as_posix()), reason))
            else:
                rows.append((relative.as_posix(), label, part))
    return rows, rejected


def _unusable(path: Path) -> str:
    """Why a file's name alone rules it out, "" if it does not."""
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return f"not an image file: its name ends in {path.suffix!r}"
    return "" if _printable(path.name) == path.name else "its name is not valid UTF-8"


def _printable(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _astray(root: Path) -> list[tuple[str, str]]:
    """Images that lie beside the class folders instead of in one."""
    places = [root, *(folder for folder in _folders(root) if _part(folder.name))]
    lost = [path for place in places for path in sorted(place.iterdir()) if path.is_file()]
    reason = "an image outside the class folders"
    return [
        (_printable(path.relative_to(root).as_posix()), reason)
        for path in lost
        if path.suffix.lower() in IMAGE_SUFFIXES and not _is_system(path.name)
    ]


def _class_folders(root: Path) -> Iterator[tuple[str, Path]]:
    for folder in _folders(root):
        part = _part(folder.name)
        yield from ((part, inner) for inner in _folders(folder)) if part else [("", folder)]


def _require_every_class(paper: Paper, root: Path, files: pd.DataFrame) -> None:
    counts = files["label"].value_counts()
    missing = [name for label, name in enumerate(paper.class_names) if not counts.get(label)]
    if missing:
        there = ", ".join(f"{one.name}/" for one in _folders(root)) or "no folder"
        raise DataError(
            f"{root} should hold images in one sub-folder a class ({', '.join(paper.class_names)}); "
            f"found none of {', '.join(missing)} (there: {there}). Add the missing images or "
            f"give another folder."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(lines: pd.Series) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _beside(places: tuple[Path, ...], name: str) -> Path | None:
    """The sidecar file of that name, in the data set's folder or in the one that wraps it."""
    return next((place / name for place in places if (place / name).is_file()), None)


def _groups(paper: Paper, places: tuple[Path, ...], files: pd.DataFrame) -> list[str]:
    sidecar = _beside(places, GROUPS_FILE)
    if sidecar:
        return _sidecar_groups(sidecar, files)
    if not paper.dataset.group:
        return [""] * len(files)
    found = [re.search(paper.dataset.group, Path(path).name) for path in files["path"]]
    # A name without a group would become a group of its own beside real ones: all or none.
    return [match.group(1) for match in found] if all(found) else [""] * len(files)


def _sidecar_groups(sidecar: Path, files: pd.DataFrame) -> list[str]:
    try:
        lines = sidecar.read_text(encoding="utf-8-sig").splitlines()  # Excel puts a mark in front
    except UnicodeDecodeError as error:
        raise DataError(f"{sidecar} should be a UTF-8 text file; {error}.") from error
    reader = csv.DictReader(lines)
    if not {"path", "group"} <= set(reader.fieldnames or ()):
        raise DataError(
            f"{sidecar} should have the columns path and group; has {reader.fieldnames}."
        )
    groups = {row["path"]: row["group"] for row in reader}
    missing = [path for path in files["path"] if not groups.get(path)]
    if missing:
        raise DataError(
            f"{sidecar} should give every image a group; {len(missing)} have none, the first is "
            f"{missing[0]}. Add a row path,group for each."
        )
    return [groups[path] for path in files["path"]]


def _kind(paper: Paper, places: tuple[Path, ...], files: pd.DataFrame) -> str:
    if _beside(places, PHANTOM_MARK):
        return "phantom"
    manifest = MANIFESTS / f"{paper.slug}.json"
    if not manifest.is_file():
        return "substitute"
    return (
        "exact" if json.loads(manifest.read_text())["sha256"] == contents(files) else "substitute"
    )


def contents(files: pd.DataFrame) -> str:
    """Hash of every image's class and bytes, whatever the files are called: what a manifest holds."""
    return _digest((files["label"].astype(str) + "\t" + files["sha256"]).sort_values())
