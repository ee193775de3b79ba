"""Walks a folder of images: which files are images, and which folders hold which class."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from lib.datasets.names import Meaning, folder_class, sibling_classes, split_level
from lib.papers.declare import Collection
from lib.storage import DataError

IMAGE_SUFFIXES = {
    *(".jpg", ".jpeg", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    *(".pgm", ".ppm", ".avif", ".jp2", ".dcm", ".dicom"),
}
SYSTEM_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}  # left by Windows and macOS
MAX_DEPTH = 32  # folders below the one that is given; real sets have up to ten
MAX_WAYS = 16  # in which links may lead to one folder: where many link to each other, ways multiply
MANY = 3  # a folder with more images in it does not only wrap another
OUTSIDE = "outside the class folders"
Refusal = tuple[str, str]  # path, reason


def unwrap(collection: Collection, folder: Path) -> Path:
    """`folder`, or the folder inside it where it only wraps one, as an unpacked archive often has.

    Raises:
        DataError: Folders lie too deep in each other, link to each other, or cannot be listed.
    """
    require_walkable(folder)
    while True:
        inner = folders(folder)
        if len(inner) != 1 or _is_known(collection, inner[0].name) or _holds_many(folder):
            return folder
        folder = inner[0]


def require_walkable(root: Path) -> None:
    """Looks at all folders below `root` once, so that whatever walks them afterwards comes to an end.

    Raises:
        DataError: As `unwrap`.
    """
    left, ways = [(root, 0)], Counter[tuple[int, int]]()
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


def _holds_many(folder: Path) -> bool:
    return sum(is_image(path.name) for path in folder.iterdir()) > MANY


def stray_images(folder: Path, root: Path) -> list[Refusal]:
    """The images in `folder` and below it that lie beside the folders which only wrap `root`."""
    wrappers = [parent for parent in root.parents if parent.is_relative_to(folder)]
    return [
        (readable(os.path.relpath(path, root)), f"an image {OUTSIDE}")
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


def files_of(root: Path, folder: Path) -> tuple[list[str], list[Refusal]]:
    """The candidates in `folder` and below it, relative to `root`, and the files that are none."""
    usable, unusable = [], []
    for path in files_below(folder):
        relative = path.relative_to(root).as_posix()
        reason = _unusable(path, relative)
        if reason:
            unusable.append((readable(relative), reason))
        else:
            usable.append(relative)
    return usable, unusable


def whole_sets(collection: Collection, files: pd.DataFrame) -> list[str]:
    """The folders (relative) that only wrap and hold images of every class each.

    Args:
        files: Images whose class is told by their folders or their names: path, label.
    """
    folder = files["path"].map(lambda path: path.rpartition("/")[0])
    wrappers = {name: _wrapper(collection, name) for name in folder.unique()}
    labels = files["label"].groupby(folder.map(wrappers)).nunique()
    return [name for name in labels.index[labels == len(collection.classes)] if name]


def class_folders(
    collection: Collection, root: Path
) -> tuple[list[tuple[Path, Meaning]], list[tuple[Path, str]]]:
    """(folder, class) of every folder that counts; (folder, reason) of the others."""
    classes, strangers = collection.class_names, []
    own: list[tuple[Path, Meaning]] = []
    stand_ins: list[tuple[Path, Meaning]] = []
    for folder, meaning in _leaves(collection, root):
        if meaning is None:
            strangers.append((folder, f"a folder that is none of the classes {', '.join(classes)}"))
        else:
            (stand_ins if meaning.stands_in else own).append((folder, meaning))
    at_hand = {meaning.label for folder, meaning in own if any(folder.iterdir())}
    used = list(own)
    for folder, meaning in stand_ins:
        if meaning.label in at_hand:
            name = classes[meaning.label]
            strangers.append((folder, f"stands in for {name} only where that is not there itself"))
        else:
            used.append((folder, meaning))
    return used, strangers


def _leaves(collection: Collection, folder: Path) -> Iterator[tuple[Path, Meaning | None]]:
    """The folders to be read as classes, with what they mean: below split levels and what only wraps.

    Where one folder of a row of siblings is known, the others are no wrappers but strangers.
    """
    inner = folders(folder)
    meanings = sibling_classes(collection, [sibling.name for sibling in inner])
    siblings_known = bool(meanings) or any(split_level(sibling.name) for sibling in inner)
    for sibling in inner:
        wraps = not siblings_known and bool(folders(sibling))
        if split_level(sibling.name) or wraps:
            yield from _leaves(collection, sibling)
        elif siblings_known or split_level(folder.name):
            yield sibling, meanings.get(sibling.name)


def _is_known(collection: Collection, name: str) -> bool:
    return bool(split_level(name)) or folder_class(collection, name) is not None


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


def _unusable(path: Path, relative: str) -> str:
    """Why a file is no candidate, going by its name and kind; "" if it is one."""
    if not path.is_file():
        return "a link that leads nowhere" if path.is_symlink() else "no plain file"
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return f"not an image file: its name ends in {path.suffix!r}"
    return "" if readable(relative) == relative else "its name is not valid UTF-8"


def is_image(name: str) -> bool:
    """Whether a file is an image going by its name, and not one of the system's own."""
    return not _is_system(name) and Path(name).suffix.lower() in IMAGE_SUFFIXES


def _relative(path: Path, root: Path) -> str:
    return readable(path.relative_to(root).as_posix())


def readable(name: str) -> str:
    """A path as it can be written down: what is not valid UTF-8 is replaced."""
    return name.encode(errors="surrogateescape").decode(errors="replace")
