"""Control sets: images of another origin, found and read like a paper's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.datasets.folder import locate
from lib.datasets.images import ImageSet, load
from lib.papers.declare import Control, Paper
from lib.storage import DataError, user_path


@dataclass(frozen=True, kw_only=True)
class ControlSet:
    """Images that no model is trained on.

    Attributes:
        name: As declared.
        images: With classes of their own.
        expected: (images,) str: what a model of the paper should call each.
    """

    name: str
    images: ImageSet
    expected: np.ndarray


def control_folders(paper: Paper, where: str) -> dict[str, Path]:
    """Name → folder of every control set of the paper that is at hand.

    They are for a run on real images: to one on drawn images, `lib.phantoms` draws its control sets.

    Args:
        where: "auto" for data/controls/, or a folder with one sub-folder per control set.

    Raises:
        DataError: `where` is no folder, or none of the control sets lies in it.
    """
    if where != "auto":
        return _given(paper, user_path(where))
    folders = {control.name: locate(control, "auto") for control in paper.controls}
    return {name: folder for name, folder in folders.items() if folder is not None}


def control_sets(paper: Paper, images: ImageSet, folders: Mapping[str, Path]) -> list[ControlSet]:
    """The control sets in `folders`, at the size of `images`.

    Images of a group that is among `images` are left out, and so is the set that `images` is.

    Args:
        folders: Name → folder, as from `control_folders`.

    Raises:
        DataError: A folder cannot serve as the control set.
    """
    size, sets = images.pixels.shape[1], []
    for control in paper.controls:
        if control.name in folders:
            others = load(control, folders[control.name], size)
            if others.sha256 != images.sha256 and (kept := _apart(others, images)).any():
                sets.append(_control_set(control, others.subset(np.flatnonzero(kept))))
    return sets


def _given(paper: Paper, root: Path) -> dict[str, Path]:
    names = [control.name for control in paper.controls]
    folders = {name: root / name for name in names if (root / name).is_dir()}
    if names and not folders:
        raise DataError(
            f"`controls` should be auto or a folder with a sub-folder for each control set "
            f"({', '.join(names)}); {root} {'has none of them' if root.is_dir() else 'is no folder'}."
        )
    return folders


def _apart(others: ImageSet, images: ImageSet) -> np.ndarray:
    """(others,) bool: those whose group is not among the groups of `images`."""
    return (others.groups == "") | ~np.isin(others.groups, images.groups)


def _control_set(control: Control, images: ImageSet) -> ControlSet:
    names = np.array([control.expected[name] for name in images.classes])
    return ControlSet(name=control.name, images=images, expected=names[images.labels])
