"""One data set, ready for the model: which images, of what class and group, and their pixels."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from lib.datasets.folder import Scan, scan
from lib.datasets.store import open_store
from lib.papers.declare import Collection
from lib.results import Colour, Data, Rejected
from lib.storage import DataError

MAX_REJECTED = (
    0.2  # a larger share of unreadable files means a broken download, not a few bad files
)
SAMPLE = 500  # images per class whose colours are looked at: enough for a mean
BLACK = 16  # of 255: what JPEG compression leaves of a black corner


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """The accepted images of one folder.

    Attributes:
        name: The folder's name, as a reader may see it.
        kind: "exact", "substitute" or "phantom".
        classes: The class names; a label is an index into them.
        table: One row an image: path, label, group, part ("" or train/val/test), stand_in. Where
            no group is known, all are ""; where some are, an image without one is its own group.
        pixels: (all files of the folder, size, size, 3) uint8, memory-mapped.
        rows: The row of `pixels` for each row of `table`.
        rejected: One row a rejected file: path, reason.
        sha256: Hash of the folder's images (see `Scan`).
        group_noun: What a group is, in words.
        content: Hash of the pixels of `table`'s rows, whatever the files are called.
        ungrouped: How many images had no group of their own where others had one.
        reload: The same images at another size; None for a set made by hand.
        root: The folder that the paths of `table` are relative to; None for a set made by hand.
    """

    name: str
    kind: str
    classes: tuple[str, ...]
    table: pd.DataFrame
    pixels: np.ndarray
    rows: np.ndarray
    rejected: pd.DataFrame
    sha256: str
    group_noun: str
    content: str
    ungrouped: int = 0
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
            ungrouped=self.ungrouped,
            parts={part: int(n) for part, n in self.table["part"].value_counts().items() if part},
            stand_ins=self._stand_ins(),
            image_size=self.pixels.shape[1],
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


def load(collection: Collection, folder: Path, image_size: int) -> ImageSet:
    """The images of `folder`, decoded to squares of `image_size` pixels.

    Raises:
        DataError: No images, a class without any, or more than `MAX_REJECTED` of them unreadable.
    """
    scanned, images = survey(collection, folder, image_size)
    _require_enough(collection, scanned, images)
    return images


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
        DataError: No images, or a class without any.
    """
    scanned = scan(collection, folder)
    files = scanned.files
    store = open_store([scanned.root / path for path in files["path"]], files["sha256"], image_size)
    reasons = _duplicates(collection, files) | store.reasons
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
        ungrouped=int(alone.sum()),
        reload=partial(_load_again, collection, folder, scanned.sha256),
        root=scanned.root,
    )


def _duplicates(collection: Collection, files: pd.DataFrame) -> dict[int, str]:
    """Byte-identical files: the first stays; where the class differs, none can be trusted."""
    reasons = {}
    for _, same in files[files.duplicated("sha256", keep=False)].groupby("sha256"):
        first = same["path"].iloc[0]
        if same["label"].nunique() > 1:
            names = " and ".join(collection.class_names[label] for label in same["label"].unique())
            reasons |= dict.fromkeys(same.index, f"the same file stands under {names}")
        else:
            reasons |= dict.fromkeys(same.index[1:], f"byte for byte the same as {first}")
    return reasons


def _require_enough(collection: Collection, scanned: Scan, images: ImageSet) -> None:
    lost = 1 - len(images) / len(scanned.files)
    if lost > MAX_REJECTED:
        raise DataError(
            f"{scanned.root} should hold readable images; {lost:.0%} of its {len(scanned.files)} image "
            f"files were rejected (at most {MAX_REJECTED:.0%} may be). `python -m lib data show "
            f"{collection.slug} {scanned.root}` lists them with the reasons."
        )
    for name, count in images.count().items():
        if not count:
            raise DataError(
                f"{scanned.root} should hold readable images of every class; every file of {name} was "
                f"rejected."
            )


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
