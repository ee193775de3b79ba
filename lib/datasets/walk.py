"""Walks a folder of images: which folders hold which class, which files are images, what lies astray."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from lib.papers.declare import ClassName, Collection
from lib.storage import DataError

SPLIT_LEVELS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"}
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}  # left by Windows and macOS
COLUMNS = ("path", "label", "part", "stand_in")
MAX_DEPTH = 32  # folders below the one that is given; real sets have up to ten
MAX_WAYS = 16  # in which links may lead to one folder: where many link to each other, ways multiply
OUTSIDE = "outside the class folders"
Row = tuple[str, int, str, str]
Refusal = tuple[str, str]  # path, reason


def unwrap(collection: Collection, folder: Path) -> Path:
    """`folder`, or the folder inside it where it only wraps one, as an unpacked archive often has.

    Raises:
        DataError: Folders lie too deep in each other, link to each other, or cannot be listed.
    """
    _require_walkable(folder)
    while True:
        inner = folders(folder)
        if len(inner) != 1 or _is_known(collection, inner[0].name):
            return folder
        folder = inner[0]


def _require_walkable(root: Path) -> None:
    """Looks at all folders below `root` once, so that whatever walks them afterwards comes to an end."""
    left, ways = [(root, 0)], Counter()
    while left:
        folder, depth = left.pop()
        if depth > MAX_DEPTH:
            raise DataError(
                f"{root} should hold images at most {MAX_DEPTH} folders deep; "
                f"{_relative(folder, root)} lies deeper. Give the folder whose sub-folders are the "
                f"classes."
            )
        try:
            status = folder.stat()
            inner = folders(folder)
        except OSError as error:
            raise DataError(
                f"{root} should hold folders that can be listed; {_relative(folder, root)}: "
                f"{error.strerror}. Make it readable or move it elsewhere."
            ) from error
        identity = status.st_dev, status.st_ino
        ways[identity] += 1
        if ways[identity] > MAX_WAYS:
            raise DataError(
                f"{root} should hold every folder once; links lead to {_relative(folder, root)} in "
                f"more than {MAX_WAYS} ways. Remove the links between the folders."
            )
        left += [(path, depth + 1) for path in inner]


def folders(folder: Path) -> list[Path]:
    """The sub-folders, links to folders among them, that are not the system's own, sorted."""
    inner = (path for path in folder.iterdir() if path.is_dir() and not _is_system(path.name))
    return sorted(path for path in inner if not _leads_back(path))


def stray_images(folder: Path, root: Path) -> list[Refusal]:
    """The images in `folder` and below it that lie beside the folders which only wrap `root`."""
    wrappers = [parent for parent in root.parents if parent.is_relative_to(folder)]
    return [
        (_printable(os.path.relpath(path, root)), f"an image {OUTSIDE}")
        for wrapper in wrappers
        for path in sorted(wrapper.iterdir())
        if path.is_file() and is_image(path.name)
    ]


def files_below(folder: Path) -> Iterator[Path]:
    """The files below a folder that are not the system's own; links are followed."""
    for path in sorted(folder.iterdir()):
        if not path.is_dir() and not _is_system(path.name):
            yield path
    for inner in folders(folder):
        yield from files_below(inner)


def list_images(collection: Collection, root: Path) -> tuple[pd.DataFrame, list[Refusal]]:
    """The candidate images below `root`, sorted by path, and what is no candidate, with the reason.

    Returns:
        A table with the columns `COLUMNS` (path relative to `root`, label, part "" or
        train/val/test, name of the folder that stands in for the class or ""), and a list of
        (path, reason).
    """
    class_folders, strangers = _class_folders(collection, root)
    rows: list[Row] = []
    refused = [(f"{_relative(folder, root)}/", reason) for folder, reason in strangers]
    for folder, label, stand_in in class_folders:
        usable, unusable = _files(root, folder)
        rows += [(path, label, split_level(path), stand_in) for path in usable]
        refused += unusable
    refused += _astray(root, {folder for folder, *_ in (*class_folders, *strangers)})
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values("path", ignore_index=True)
    return table, refused


def whole_sets(collection: Collection, files: pd.DataFrame) -> list[str]:
    """The folders (relative) that only wrap and hold images of every class each."""
    folder = files["path"].str.rpartition("/")[0]
    wrappers = {name: _wrapper(collection, name) for name in folder.unique()}
    labels = files["label"].groupby(folder.map(wrappers)).nunique()
    return [name for name in labels.index[labels == len(collection.classes)] if name]


def split_level(path: str) -> str:
    """The split level among the folders of a relative path: train, val, test or ""."""
    levels = (SPLIT_LEVELS.get(name.lower(), "") for name in path.split("/")[:-1])
    return next(filter(None, levels), "")


def _class_folders(
    collection: Collection, root: Path
) -> tuple[list[tuple[Path, int, str]], list[tuple[Path, str]]]:
    """(folder, label, stand-in) of every folder that counts; (folder, reason) of the others."""
    classes, strangers = collection.class_names, []
    own, stand_ins = [], []
    for folder in _leaves(collection, root):
        label, stands_in = _label(collection, folder.name)
        if label is None:
            reason = f"a folder that is none of the classes {', '.join(classes)}"
            strangers.append((folder, reason))
        else:
            (stand_ins if stands_in else own).append((folder, label))
    at_hand = {label for folder, label in own if any(folder.iterdir())}
    used = [(folder, label, "") for folder, label in own]
    for folder, label in stand_ins:
        if label in at_hand:
            reason = f"stands in for {classes[label]} only where that is not there itself"
            strangers.append((folder, reason))
        else:
            used.append((folder, label, folder.name))
    return used, strangers


def _leaves(collection: Collection, folder: Path) -> Iterator[Path]:
    """The folders to be read as classes: below split levels, and below folders that only wrap.

    Where one folder of a row of siblings is known, the others are no wrappers but strangers.
    """
    inner = folders(folder)
    siblings_known = any(_is_known(collection, sibling.name) for sibling in inner)
    for sibling in inner:
        wraps = not siblings_known and bool(folders(sibling))
        if _part(sibling.name) or wraps:
            yield from _leaves(collection, sibling)
        elif siblings_known or _part(folder.name):
            yield sibling


def _is_known(collection: Collection, name: str) -> bool:
    return bool(_part(name)) or _label(collection, name)[0] is not None


def _part(name: str) -> str:
    return SPLIT_LEVELS.get(name.lower(), "")


def _label(collection: Collection, name: str) -> tuple[int | None, bool]:
    """The class a folder's name means, and whether it only stands in for it.

    Case, spaces, underscores and hyphens do not matter.
    """
    for label, class_name in enumerate(collection.classes):
        if plain_name(name) in plain_names(class_name):
            return label, False
    for label, class_name in enumerate(collection.classes):
        if plain_name(name) in {plain_name(stand_in) for stand_in in class_name.stand_ins}:
            return label, True
    return None, False


def plain_names(class_name: ClassName) -> set[str]:
    """The names a class's own folder may have, as compared."""
    return {plain_name(known) for known in (class_name.name, *class_name.aliases)}


def plain_name(name: str) -> str:
    """A folder's name as compared: without case, spaces, underscores and hyphens."""
    return re.sub(r"[\s_-]+", "", name).lower()


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def _wrapper(collection: Collection, folder: str) -> str:
    """The part of a relative folder above the first that is a class or a split level."""
    parts = folder.split("/")
    known = next((i for i, name in enumerate(parts) if _is_known(collection, name)), len(parts))
    return "/".join(parts[:known])


def _leads_back(folder: Path) -> bool:
    """Whether it is a link to a folder that it lies in, or that the way to it has come through."""
    if not folder.is_symlink():
        return False
    return folder.parent.resolve().is_relative_to(folder.resolve()) or any(
        folder.samefile(parent) for parent in folder.parents
    )


def _files(root: Path, folder: Path) -> tuple[list[str], list[Refusal]]:
    usable, unusable = [], []
    for path in files_below(folder):
        relative = path.relative_to(root).as_posix()
        reason = _unusable(path, relative)
        if reason:
            unusable.append((_printable(relative), reason))
        else:
            usable.append(relative)
    return usable, unusable


def _unusable(path: Path, relative: str) -> str:
    """Why a file is no candidate, going by its name and kind; "" if it is one."""
    if not path.is_file():
        return "a link that leads nowhere" if path.is_symlink() else "no plain file"
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return f"not an image file: its name ends in {path.suffix!r}"
    return "" if _printable(relative) == relative else "its name is not valid UTF-8"


def _astray(root: Path, seen: set[Path]) -> list[Refusal]:
    """Images that lie beside the class folders instead of in one; many in one place as one entry."""
    lost: list[Refusal] = []
    left = [root]
    while left:
        folder = left.pop()
        left += [inner for inner in reversed(folders(folder)) if inner not in seen]
        stray = sorted(path for path in folder.iterdir() if path.is_file() and is_image(path.name))
        if len(stray) > 3:
            lost.append((f"{_relative(folder, root)}/", f"{len(stray)} images {OUTSIDE}"))
        else:
            lost += [(_relative(path, root), f"an image {OUTSIDE}") for path in stray]
    return lost


def is_image(name: str) -> bool:
    """Whether a file is an image going by its name, and not one of the system's own."""
    return not _is_system(name) and Path(name).suffix.lower() in IMAGE_SUFFIXES


def _relative(path: Path, root: Path) -> str:
    return _printable(path.relative_to(root).as_posix())


def _printable(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")
