"""Control sets: images of another origin, found and read like a paper's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.datasets.errors import DataError
from lib.datasets.folder import locate
from lib.datasets.images import ImageSet, load
from lib.papers.declare import Control, Paper


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


def control_folders(
    paper: Paper, where: str, draw: Callable[[Paper], Path] | None
) -> dict[str, Path]:
    """Name → folder of every control set of the paper that is at hand.

    Args:
        where: "auto" for data/controls/, or a folder with one sub-folder a control set.
        draw: Draws the phantoms of a control set, even of one that is at hand or named, for a run on
            drawn images: real ones could tell nothing about it. None for a run on real images.

    Raises:
        DataError: `where` is no folder, or none of the control sets lies in it.
    """
    if draw is not None:
        return {one.name: draw(paper.images_of(one)) for one in paper.controls}
    if where != "auto":
        return _given(paper, Path(where).expanduser().resolve())
    own = {one.name: locate(paper.images_of(one), "auto", lambda: None) for one in paper.controls}
    return {name: folder for name, folder in own.items() if folder is not None}


def control_sets(
    paper: Paper, images: ImageSet, where: str, draw: Callable[[Paper], Path]
) -> list[ControlSet]:
    """The control sets that are at hand, at the size of `images`.

    Images of a group that is among `images` are left out, and so is the set that `images` is.

    Args:
        where: As for `control_folders`.
        draw: Draws a control set; asked only where `images` are drawn, too.

    Raises:
        DataError: As `control_folders`, or a folder cannot serve as the control set.
    """
    phantom = images.kind == "phantom"
    folders = control_folders(paper, where, draw if phantom else None)
    found = []
    for one in paper.controls:
        if one.name in folders:
            size = images.pixels.shape[1]
            other = load(paper.images_of(one), folders[one.name], size)
            if other.sha256 != images.sha256 and (kept := _apart(other, images)).any():
                found.append(_control_set(one, other.only(np.flatnonzero(kept))))
    return found


def _given(paper: Paper, root: Path) -> dict[str, Path]:
    found = {one.name: root / one.name for one in paper.controls if (root / one.name).is_dir()}
    if paper.controls and not found:
        names = ", ".join(one.name for one in paper.controls)
        raise DataError(
            f"`controls` should be auto or a folder with a sub-folder for each control set ({names}); "
            f"{root} {'has none of them' if root.is_dir() else 'is no folder'}."
        )
    return found


def _apart(other: ImageSet, images: ImageSet) -> np.ndarray:
    """(other,) bool: the images whose group is not among the images of the paper."""
    return (other.groups == "") | ~np.isin(other.groups, images.groups)


def _control_set(control: Control, images: ImageSet) -> ControlSet:
    names = np.array([control.expected[name] for name in images.classes])
    return ControlSet(name=control.name, images=images, expected=names[images.labels])
