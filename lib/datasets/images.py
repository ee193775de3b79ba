"""One data set, ready for the model: which images, of what class and group, and their pixels."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from lib.datasets.folder import Scan, scan
from lib.datasets.official_split import count_parts
from lib.datasets.restriction import kind_of_part, take_restricted
from lib.datasets.store import open_store
from lib.papers.declare import Collection
from lib.results import Colour, Data, Drawn, Kind, PixelRange, Rejected
from lib.storage import DataError
from lib.words import listed

MAX_REJECTED = (
    0.2  # a larger share of unreadable files means a broken download, not a few bad files
)
DRAW_SEED = 0  # of `ImageSet.draw`: fixed, so that every seed of a run trains on the same images
SAMPLE = 500  # images per class whose colours are looked at: enough for a mean
BLACK = 16  # of 255: what JPEG compression leaves of a black corner


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """The accepted images of one folder.

    Attributes:
        name: The folder's name, as a reader may see it.
        kind: "exact", "substitute" or "phantom".
        classes: The class names; a label is an index into them.
        table: One row an image: path, label, group, part (see `find_parts`), stand_in. Where
            no group is known, all are ""; where some are, an image without one is its own group.
        pixels: (all files of the folder, size, size, 3) uint8, memory-mapped.
        rows: The row of `pixels` for each row of `table`.
        rejected: One row a rejected file: path, reason.
        sha256: Hash of the folder's images (see `Scan`).
        group_noun: What a group is, in words.
        content: Hash of the pixels of `table`'s rows, whatever the files are called.
        pixel_ranges: How the folder's files of more than 8 bits were scaled, by kind.
        brightness: Between which of 0…255 the folder's pixels lie (see `Store.brightness`).
        groups_from: What tells the groups, in words, "" where nothing does.
        ungrouped: How many images had no group of their own where others had one.
        copies: How many of `rejected` are byte for byte the same as an image that is used.
        only: Attribute → the value that the images were taken by; empty where all are used.
        drawn: How they were drawn from more; None where all are used.
        reload: The same images at another size; None for a set made by hand.
        root: The folder that the paths of `table` are relative to; None for a set made by hand.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...]
    table: pd.DataFrame
    pixels: np.ndarray
    rows: np.ndarray
    rejected: pd.DataFrame
    sha256: str
    group_noun: str
    content: str
    pixel_ranges: tuple[PixelRange, ...] = ()
    brightness: tuple[int, int] = (0, 255)
    groups_from: str = ""
    ungrouped: int = 0
    copies: int = 0
    only: Mapping[str, str] = field(default_factory=dict)
    drawn: Drawn | None = None
    reload: Callable[[int], "ImageSet"] | None = None
    root: Path | None = None

    @property
    def labels(self) -> np.ndarray:
        """(images,) int: the class of each image."""
        return self.table["label"].to_numpy()

    @property
    def groups(self) -> np.ndarray:
        """(images,) str: the group of each image, "" where unknown."""
        return self.table["group"].to_numpy()

    @property
    def has_groups(self) -> bool:
        """Whether every image's group is known."""
        return bool((self.table["group"] != "").all())

    def take(self, index: np.ndarray) -> np.ndarray:
        """(len(index), size, size, 3) uint8: the pixels of these rows of `table`, copied."""
        return self.pixels[self.rows[index]]

    def take_paths(self, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), size, size, 3) uint8: the pixels of the images with these paths."""
        row = pd.Series(range(len(self)), index=self.table["path"])
        return self.take(row[list(paths)].to_numpy())

    def resized(self, size: int) -> "ImageSet":
        """The same images, decoded to squares of `size` pixels; rows stay what they are."""
        return self if self.pixels.shape[1] == size or not self.reload else self.reload(size)

    def subset(self, index: np.ndarray) -> "ImageSet":
        """These rows of `table` alone."""
        chosen = f"{self.content} {index.tolist()}"
        again = self.reload
        return replace(
            self,
            table=self.table.iloc[index].reset_index(drop=True),
            rows=self.rows[index],
            content=hashlib.sha256(chosen.encode()).hexdigest(),
            reload=again and (lambda size: again(size).subset(index)),
        )

    def draw(self, per_class: int) -> "ImageSet":
        """`per_class` images of every class, drawn at random, one draw for all runs.

        Without regard to groups, as a paper would do that takes some images of a larger set.

        Raises:
            DataError: Some class has fewer; the message lists the numbers.
        """
        available, rng = self.count(), np.random.default_rng(DRAW_SEED)
        if min(available.values()) < per_class:
            raise DataError(
                f"`images_per_class` should be at most the images of every class; received {per_class}, "
                f"{self.name} has {listed(f'{name} {count}' for name, count in available.items())}. "
                f"Ask for at most {min(available.values())}."
            )
        rows = [
            rng.choice(np.flatnonzero(self.labels == label), per_class, replace=False)
            for label in range(len(self.classes))
        ]
        drawn = self.subset(np.sort(np.concatenate(rows)))
        return replace(
            drawn,
            kind=kind_of_part(self.kind),
            ungrouped=int((drawn.groups == drawn.table["path"]).sum()),
            drawn=Drawn(per_class=per_class, seed=DRAW_SEED, available=available),
        )

    def __len__(self) -> int:
        return len(self.table)

    def count(self, index: np.ndarray | None = None) -> dict[str, int]:
        """Images by class among these rows of `table`; among all by default."""
        labels = self.labels if index is None else self.labels[index]
        counts = np.bincount(labels, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    def samples(self, per_class: int = 8, seed: int = 0) -> dict[str, np.ndarray]:
        """Class name → (up to per_class, size, size, 3) uint8, picked at random with a fixed seed."""
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(self))
        of_class = (order[self.labels[order] == label] for label in range(len(self.classes)))
        picked = (np.sort(rows[:per_class]) for rows in of_class)
        return {name: self.take(rows) for name, rows in zip(self.classes, picked, strict=True)}

    def summary(self) -> Data:
        """The set in numbers, as it stands in results.json."""
        return Data(
            name=self.name,
            kind=self.kind,
            sha256=self.sha256,
            images=len(self),
            counts=self.count(),
            groups=int(self.table["group"].nunique()) if self.has_groups else None,
            group_counts=self._group_counts() if self.has_groups else None,
            group_noun=self.group_noun,
            groups_from=self.groups_from,
            ungrouped=self.ungrouped,
            parts=count_parts(self.table["part"]),
            stand_ins=self._stand_ins(),
            image_size=self.pixels.shape[1],
            pixel_ranges=list(self.pixel_ranges),
            brightness=self.brightness,
            only=dict(self.only),
            drawn=self.drawn,
            copies=self.copies,
            rejected=[Rejected(**row) for row in self.rejected.to_dict("records")],
        )

    def _group_counts(self) -> dict[str, int]:
        """Groups by class; one that has images of two classes counts for both."""
        groups = self.table.groupby("label")["group"].nunique()
        return {name: int(groups.get(label, 0)) for label, name in enumerate(self.classes)}

    def _stand_ins(self) -> dict[str, list[str]]:
        """Class name → the folders that stand in for it."""
        used = self.table.loc[self.table["stand_in"] != "", ["label", "stand_in"]]
        return {
            self.classes[label]: sorted(names.unique())
            for label, names in used.groupby("label")["stand_in"]
        }


def load(
    collection: Collection, folder: Path, image_size: int, images_per_class: int | None = None
) -> ImageSet:
    """The images of `folder`, decoded to squares of `image_size` pixels.

    Args:
        images_per_class: Draws so many of every class; None takes all. See `ImageSet.draw`.

    Raises:
        DataError: No images, a class without any, more than `MAX_REJECTED` of them unusable, fewer
            than are to be drawn, or none of the value that the collection is restricted to.
    """
    scanned, images = survey(collection, folder, image_size)
    obstacle = find_obstacle(scanned, images)
    if obstacle:
        command = collection.slug or f"--classes {','.join(collection.class_names)}"
        raise DataError(
            f"{scanned.root} should hold usable images of every class; {obstacle}. `python -m lib data "
            f"show {command} {scanned.root}` lists them with the reasons."
        )
    return images if images_per_class is None else images.draw(images_per_class)


def _load_again(collection: Collection, folder: Path, sha256: str, image_size: int) -> ImageSet:
    """The images of `folder`, which hashed to `sha256` when they were loaded first.

    Raises:
        DataError: They do not any more.
    """
    images = load(collection, folder, image_size)
    require_unchanged(images, sha256)
    return images


def require_unchanged(images: ImageSet, sha256: str) -> None:
    """Requires that the images are those that hashed to `sha256` earlier in the run.

    Raises:
        DataError: Some were added, removed, renamed or changed, or put into other groups.
    """
    if images.sha256 != sha256:
        raise DataError(
            f"{images.root or images.name} should hold the same images from the start of a run to its "
            f"end; they changed meanwhile. Wait until nothing writes to the images, and run again."
        )


def survey(collection: Collection, folder: Path, image_size: int) -> tuple[Scan, ImageSet]:
    """What `load` reads, however much of it had to be rejected; for a look, not for a run.

    Raises:
        DataError: No images, or a class without any; or none of the value that the collection is
            restricted to.
    """
    scanned, only = take_restricted(collection, scan(collection, folder))
    files = scanned.files
    store = open_store([scanned.root / path for path in files["path"]], files["sha256"], image_size)
    copies = _copies(files)
    reasons = copies | _in_two_classes(collection, files) | store.reasons
    kept = ~files.index.isin(reasons)
    refused = [(files["path"][row], reason) for row, reason in sorted(reasons.items())]
    table = files.loc[kept, ["path", "label", "group", "part", "stand_in"]]
    alone = (table["group"] == "") & (table["group"] != "").any()
    return scanned, ImageSet(
        name=scanned.root.name,
        kind=scanned.kind,
        classes=collection.class_names,
        table=table.assign(group=table["group"].mask(alone, table["path"])).reset_index(drop=True),
        pixels=store.pixels,
        rows=np.flatnonzero(kept),
        rejected=pd.concat(
            [scanned.rejected, pd.DataFrame(refused, columns=["path", "reason"])], ignore_index=True
        ),
        sha256=scanned.sha256,
        group_noun=collection.dataset.group_noun,
        content=hashlib.sha256(f"{store.key} {np.flatnonzero(kept).tolist()}".encode()).hexdigest(),
        pixel_ranges=store.ranges,
        brightness=store.brightness,
        groups_from=scanned.groups_from,
        ungrouped=int(alone.sum()),
        copies=len(copies.keys() - store.reasons.keys()),
        only=only,
        reload=partial(_load_again, collection, folder, scanned.sha256),
        root=scanned.root,
    )


def _copies(files: pd.DataFrame) -> dict[int, str]:
    """Files that are byte for byte the same as one before them, of the same class."""
    same = files.groupby("sha256")
    first = same["path"].transform("first")
    copied = files.duplicated("sha256") & (same["label"].transform("nunique") == 1)
    return {row: f"byte for byte the same as {first[row]}" for row in files.index[copied]}


def _in_two_classes(collection: Collection, files: pd.DataFrame) -> dict[int, str]:
    """Byte-identical files of different classes: none of them can be trusted."""
    reasons: dict[int, str] = {}
    for _, same in files[files.duplicated("sha256", keep=False)].groupby("sha256"):
        labels = same["label"].unique()
        if len(labels) > 1:
            names = " and ".join(collection.class_names[label] for label in labels)
            reasons |= dict.fromkeys(same.index, f"the same file stands under {names}")
    return reasons


def find_obstacle(scanned: Scan, images: ImageSet) -> str:
    """Why a run would refuse what `survey` gave; "" where it would not.

    Copies are left out on both sides: of each image the first is used, so that nothing is lost.
    """
    files = len(scanned.files) - images.copies
    lost = 1 - len(images) / files
    if lost > MAX_REJECTED:
        return (
            f"{100 * lost:.0f} % of the image files ({files - len(images)} of {files}) cannot be used; "
            f"at most {100 * MAX_REJECTED:.0f} % may be"
        )
    missing = [name for name, count in images.count().items() if not count]
    return f"no image of {listed(missing)} can be used" if missing else ""


def colours(images: ImageSet) -> list[Colour]:
    """One entry per class, over at most `SAMPLE` of its images, picked at random with a fixed seed."""
    entries = []
    for name, pixels in images.samples(per_class=SAMPLE).items():
        flat = pixels.reshape(-1, 3)
        entries.append(
            Colour(
                name=name,
                images=len(pixels),
                mean=flat.mean(0).tolist(),
                spread=flat.std(0).tolist(),
                black=float((flat.max(1) <= BLACK).mean()),
            )
        )
    return entries
