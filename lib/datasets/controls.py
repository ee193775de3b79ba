"""Control sets: images of another origin, by whatever name, that trained models are shown.

A control set has the paper's classes or some of them, in class folders like a paper's own images. It
counts as a collection that the paper declares only if the names of its files say so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from lib.datasets import walk
from lib.datasets.classes import BY_FOLDER, list_images
from lib.datasets.duplicates import find_twins
from lib.datasets.folder import PHANTOM_MARK, Scan, locate, scan
from lib.datasets.images import ImageSet, load
from lib.datasets.inventory import inventory, names_that_would_do
from lib.datasets.names import folder_class, split_level
from lib.datasets.own_set import OwnCollection
from lib.papers.declare import Collection, Control, Paper
from lib.results import ControlSetFacts
from lib.storage import DataError, user_path

FEWEST = 10  # images that a control set must have left; of fewer, no interval tells anything
KNOWN_NAMES = 0.9  # of a folder's images, from which on their names show a declared collection


@dataclass(frozen=True, kw_only=True)
class ControlSet:
    """Images that no model is trained on.

    Attributes:
        name: Of its folder.
        images: With classes of their own.
        expected: (images,) str: what a model of the paper should call each.
        collection: Name of the declared control set that it is; "" for one that is not known.
        identical: Images left out because the run has one with the same pixels.
        near_duplicates: Images left out because the run has another near-duplicate.
        shared_groups: Further images left out because the run has others of their group.
    """

    name: str
    images: ImageSet
    expected: np.ndarray
    collection: str = ""
    identical: int = 0
    near_duplicates: int = 0
    shared_groups: int = 0

    def summary(self) -> ControlSetFacts:
        """The set in numbers, as it stands in results.json."""
        names, counts = np.unique(self.expected, return_counts=True)
        return ControlSetFacts(
            name=self.name,
            kind="phantom" if self.images.kind == "phantom" else "substitute",
            collection=self.collection,
            counts=dict(zip(names.tolist(), counts.tolist(), strict=True)),
            identical=self.identical,
            near_duplicates=self.near_duplicates,
            shared_groups=self.shared_groups,
        )


def control_folders(paper: Paper, where: str) -> dict[str, Path]:
    """Name → folder of every control set that is at hand; its name is that of the folder.

    For a run on drawn images with `where` "auto", `lib.phantoms` draws the paper's control sets.

    Args:
        where: "auto" for those that the paper declares, in data/controls/; or a folder that has the
            paper's classes, or some of them, as sub-folders; or one with several such folders.

    Raises:
        DataError: `where` is no folder, or no image of the paper's classes is found in it.
    """
    if where != "auto":
        return _given(paper, user_path(where))
    folders = {control.name: locate(control, "auto") for control in paper.controls}
    return {name: folder for name, folder in folders.items() if folder is not None}


def control_sets(
    paper: Paper, images: ImageSet, folders: Mapping[str, Path], where: str
) -> list[ControlSet]:
    """The control sets in `folders`, at the size of `images`, without what is among `images`.

    Left out are images with the same pixels as one of the run's, near-duplicates, and images of a
    group that the run has.

    Args:
        folders: Name → folder, as from `control_folders`.
        where: As for `control_folders`: what a user names must be of use, what lies in
            data/controls/ is left out where too little of it is left.

    Raises:
        DataError: A folder cannot serve as a control set; or of one that was named fewer than `FEWEST`
            images are left.
    """
    sets = []
    for name, folder in folders.items():
        control = _without_shared(_read(paper, name, folder, images.pixels.shape[1]), images)
        if len(control.images) >= FEWEST:
            sets.append(control)
        elif where != "auto":
            raise DataError(
                f"the control set {name} should have at least {FEWEST} images that are not among the run's "
                f"own; {len(control.images)} are left of {folder} ({left_out(control.summary())}). Give "
                f"other images."
            )
    return sets


def scan_control(paper: Paper, name: str, folder: Path) -> Scan:
    """What the folder of the control set of this name holds, as `scan` tells it.

    Raises:
        DataError: As `scan`.
    """
    collection, _ = control_collection(paper, name, folder)
    return scan(collection, folder)


def left_out(facts: ControlSetFacts) -> str:
    """ "3 identical to images of the run, 9 nearly so"; "" for none."""
    reasons = (
        (facts.identical, "identical to images of the run"),
        (facts.near_duplicates, "nearly so"),
        (facts.shared_groups, "of groups that the run has"),
    )
    return ", ".join(f"{number:,} {reason}" for number, reason in reasons if number)


# Where they are


def _given(paper: Paper, root: Path) -> dict[str, Path]:
    if not root.is_dir():
        raise DataError(
            f"`controls` should be auto or a folder of images; {root} is "
            f"{'a file' if root.exists() else 'not there'}. Give a folder whose sub-folders are named like "
            f"the paper's classes ({', '.join(paper.class_names)}) or some of them."
        )
    walk.require_walkable(root)
    if _is_one_set(paper, root):
        return {root.name: root}
    folders = {inner.name: inner for inner in walk.folders(root) if _holds_a_class(paper, inner)}
    if not folders:
        raise DataError(
            f"`controls` should be auto or a folder with images of the paper's classes "
            f"({', '.join(paper.class_names)}) or of some of them; {root} has none (there: "
            f"{inventory(root)}). Names of sub-folders that would do: {names_that_would_do(paper.classes)}."
        )
    return folders


def _is_one_set(paper: Paper, root: Path) -> bool:
    """Whether the classes stand in `root` itself, rather than each in one of several sets within it."""
    collection = _readable_as(paper, root)
    files, _ = list_images(collection, root)
    return any(
        told_by != BY_FOLDER or split_level(top) or folder_class(collection, top)
        for told_by, top in zip(files["told_by"], files["path"].str.split("/").str[0], strict=True)
    )


def _holds_a_class(paper: Paper, folder: Path) -> bool:
    collection = _readable_as(paper, folder)
    files, _ = list_images(collection, walk.unwrap(collection, folder), folder)
    return not files.empty


# What they are


def _read(paper: Paper, name: str, folder: Path, size: int) -> ControlSet:
    collection, declared = control_collection(paper, name, folder)
    images = load(collection, folder, size)
    expected = declared.expected if declared else {known: known for known in images.classes}
    names = np.array([expected[known] for known in images.classes])
    return ControlSet(
        name=name,
        images=images,
        expected=names[images.labels],
        collection=declared.name if declared else "",
    )


def control_collection(paper: Paper, name: str, folder: Path) -> tuple[Collection, Control | None]:
    """As what the folder is read, with those classes alone of which it has images; and as what it is known."""
    declared = _recognised(paper, name, folder)
    collection = declared or _own(paper)
    root = walk.unwrap(collection, folder)
    files, _ = list_images(collection, root, folder)
    there = tuple(collection.classes[label] for label in sorted(set(files["label"])))
    # A folder without any keeps them all: `scan` tells what is missing.
    return replace(collection, classes=there or collection.classes), declared


def _readable_as(paper: Paper, folder: Path) -> Collection:
    return _recognised(paper, folder.name, folder) or _own(paper)


def _recognised(paper: Paper, name: str, folder: Path) -> Control | None:
    """The declared control set that the names of the folder's files show, or as which it was drawn."""
    if (folder / PHANTOM_MARK).is_file():
        return next((known for known in paper.controls if known.name == name), None)
    stems = list(_stems(folder))
    for known in paper.controls:
        matching = sum(bool(re.fullmatch(known.file_names, stem)) for stem in stems)
        if stems and matching >= KNOWN_NAMES * len(stems):
            return known
    return None


def _stems(folder: Path) -> Iterator[str]:
    paths = (path for path in walk.files_below(folder) if walk.is_image(path.name))
    return (PurePosixPath(path.name).stem for path in paths)


def _own(paper: Paper) -> OwnCollection:
    """The paper's classes, without what stands in for them, and how names and tables tell groups."""
    classes = tuple(replace(known, stand_ins=()) for known in paper.classes)
    return OwnCollection(classes=classes, dataset=replace(paper.dataset, only={}))


# What of them is new to the models


def _without_shared(control: ControlSet, images: ImageSet) -> ControlSet:
    twins = find_twins(control.images, images)
    groups = control.images.groups
    shared = (twins == "") & (groups != "") & np.isin(groups, images.groups)
    kept = np.flatnonzero((twins == "") & ~shared)
    return replace(
        control,
        images=control.images.subset(kept),
        expected=control.expected[kept],
        identical=int((twins == "identical").sum()),
        near_duplicates=int((twins == "near").sum()),
        shared_groups=int(shared.sum()),
    )
