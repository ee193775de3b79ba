"""A data set of one's own: images that are declared by the names of their classes alone, without a paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.datasets import walk
from lib.datasets.inventory import inventory, unread
from lib.datasets.names import plain_name, split_level
from lib.papers.declare import Assumed, ClassName, Dataset
from lib.storage import DataError

_UNSTATED: Assumed[Any] = Assumed("", "nothing is stated of a set of one's own")
NOTHING_KNOWN = Dataset(sources=(), counts={}, total=_UNSTATED, side=_UNSTATED)


@dataclass(frozen=True, kw_only=True)
class OwnCollection:
    """A `Collection` of which nothing is known but its classes.

    Groups and official splits are found as in any other: by groups.csv, and by folders train/ and test/.
    """

    classes: tuple[ClassName, ...]
    dataset: Dataset = NOTHING_KNOWN
    slug: str = ""  # it has no folder below data/
    phantom: str = ""  # and nothing that could be drawn instead

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(class_name.name for class_name in self.classes)


def own_collection(names: Sequence[str]) -> OwnCollection:
    """The collection of these classes.

    Raises:
        ValueError: Fewer than two names, or two that folders could not tell apart.
    """
    plain = {plain_name(name) for name in names} - {""}
    if len(names) < 2 or len(plain) < len(names):
        raise ValueError(
            f"classes should be at least two different names; received {', '.join(names) or 'none'}."
        )
    return OwnCollection(classes=tuple(ClassName(name=name) for name in names))


def class_folder_names(folder: Path) -> list[str]:
    """The names of the sub-folders that hold images, sorted: below a split level, and below a wrapper.

    Of names that differ in case, spaces, underscores or hyphens alone, as in train/Cat and test/cat,
    the first counts.

    Raises:
        DataError: There are fewer than two, or the folders cannot be walked (see `walk.unwrap`).
    """
    walk.require_walkable(folder)
    by_plain_name: dict[str, str] = {}
    for name in sorted(path.name for path in _class_folders(folder)):
        by_plain_name.setdefault(plain_name(name), name)
    names = list(by_plain_name.values())
    if len(names) < 2:
        note = unread(folder)
        raise DataError(
            f"{folder} should hold images in one sub-folder per class; it has "
            f"{f'one, {names[0]}' if names else 'none'} (there: {inventory(folder)})."
            f"{f' {note}' if note else ''} Give another folder; or, where file names or a classes.csv "
            f"tell the classes, name them: --classes a,b."
        )
    return names


def _class_folders(folder: Path) -> list[Path]:
    """The folders of images side by side: below split levels, and below what only wraps them."""
    inner = [path for path in walk.folders(folder) if _holds_images(path)]
    levels = [path for path in inner if split_level(path.name)]
    if levels:
        return [path for level in levels for path in _class_folders(level)]
    wrapped = _class_folders(inner[0]) if len(inner) == 1 else []
    return wrapped or inner


def _holds_images(folder: Path) -> bool:
    return any(walk.is_image(path.name) for path in walk.files_below(folder))
