"""A data set of one's own: images that are declared by the names of their classes alone, without a paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.datasets import walk
from lib.datasets.names import plain_name, split_level
from lib.papers.declare import Assumed, ClassName, Dataset
from lib.storage import DataError

_UNSTATED = Assumed("", "nothing is stated of a set of one's own")
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

    Raises:
        DataError: There are fewer than two.
    """
    root = folder
    inner = walk.folders(root)
    while len(inner) == 1 and not split_level(inner[0].name):
        root = inner[0]
        inner = walk.folders(root)
    levels = [level for level in inner if split_level(level.name)]
    candidates = [path for level in levels for path in walk.folders(level)] if levels else inner
    names = sorted(
        {path.name for path in candidates if any(map(_is_image, walk.files_below(path)))}
    )
    if len(names) < 2:
        raise DataError(
            f"{folder} should hold images in one sub-folder per class; it has "
            f"{f'one, {names[0]}' if names else 'none'}. Name the classes: --classes a,b."
        )
    return names


def _is_image(path: Path) -> bool:
    return walk.is_image(path.name)
