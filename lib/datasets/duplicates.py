"""Near-duplicates: pairs of images that show the same picture, found by perceptual hashes.

Byte-identical files are found by their SHA-256 when the images are loaded (`lib.datasets.images`);
copies that were turned by any angle are searched for in `lib.datasets.lookalikes`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image

from lib.datasets.images import ImageSet
from lib.datasets.lookalikes import NOT_SEARCHED, AlikePairs, Looks, look_alikes
from lib.datasets.progress import phase
from lib.results import NearDuplicate, NearDuplicates

HASH_SIDE = 16  # pHash of 16 x 16 low frequencies: 256 bits
THUMBNAIL = 4 * HASH_SIDE  # pixels a side that ImageHash takes its frequencies from
LIMIT = 32
"""Bits of 256 in which two images may differ and still count as one picture.

Chosen on real sets: photographs of different cats, tissues and normal blood cells lie at least 70
bits apart, mammograms of different women at least 42. Twelve blood cells that BCCD shows twice lie
14 to 42 bits apart: at this limit eight of them are found, and no false pair in any of the sets.
"""
CLOSEST = 100  # pairs listed by name
WORDS = HASH_SIDE**2 // 64
ORIENTATIONS = [(mirrored, quarter) for mirrored in (False, True) for quarter in range(4)]
BLOCK = 32  # images compared with all others at a time: bounds the memory


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Pairs of images that show the same picture.

    Attributes:
        pairs: One row per pair: first, second (rows of `ImageSet.table`, first < second), distance
            (bits), identical (pixel for pixel); the closest pairs first.
        limit: The most bits in which the images of a pair may differ.
        alike: The pairs that the search for look-alikes found, if it was made.
    """

    pairs: pd.DataFrame
    limit: int
    alike: AlikePairs = NOT_SEARCHED

    def across(self, train: np.ndarray, test: np.ndarray) -> pd.DataFrame:
        """The near-duplicates with one image among the rows `train`, the other among the rows `test`."""
        return _across(self.pairs, train, test)

    def closest(self, train: np.ndarray, test: np.ndarray) -> np.ndarray:
        """(test,) str: what each of the rows `test` has among the rows `train`.

        "identical", "near", "alike" for a look-alike that is no near-duplicate, "" for none found.
        """
        across = self.across(train, test)
        near, same = (_partners(pairs, test) for pairs in (across, across[across["identical"]]))
        twins = np.where(same, "identical", np.where(near, "near", ""))
        if self.alike.pairs is None:
            return twins
        alike = _partners(_across(self.alike.pairs, train, test), test)
        return np.where((twins == "") & alike, "alike", twins)

    def count_leaked(self, train: np.ndarray, test: np.ndarray) -> tuple[int, int | None]:
        """How many of the rows `test` have a near-duplicate among the rows `train`, and how many that or a look-alike.

        None for the second where look-alikes were not searched for.
        """
        twins = self.closest(train, test)
        near = int(np.isin(twins, ("identical", "near")).sum())
        return near, None if self.alike.pairs is None else int((twins != "").sum())

    def samples(self, images: ImageSet, number: int = 8) -> list[tuple[str, np.ndarray]]:
        """Of the most telling pairs: a title, and (2, size, size, 3) uint8 pixels."""
        near, alike = self._most_telling(images), self.alike.most_telling(images)
        titles = [f"{distance} bits" for distance in near["distance"]]
        titles += [f"cosine {cosine:.3f}" for cosine in alike["cosine"]]
        rows = pd.concat([near, alike])[["first", "second"]].to_numpy(int)
        return [(title, images.take(row)) for title, row in zip(titles, rows, strict=True)][:number]

    def summary(self, images: ImageSet) -> NearDuplicates:
        """The pairs in numbers, and the closest by name, as they stand in results.json."""
        first, second = self.pairs["first"].to_numpy(), self.pairs["second"].to_numpy()
        groups = int((images.groups[first] != images.groups[second]).sum())
        paths = images.table["path"].to_numpy()
        return NearDuplicates(
            bits=HASH_SIDE**2,
            limit=self.limit,
            pairs=len(self.pairs),
            images=len(np.unique([first, second])),
            between_groups=groups if images.has_groups else None,
            between_classes=int((images.labels[first] != images.labels[second]).sum()),
            closest=[
                NearDuplicate(
                    first=paths[pair.first], second=paths[pair.second], distance=pair.distance
                )
                for pair in self._most_telling(images).head(CLOSEST).itertuples()
            ],
        )

    def _most_telling(self, images: ImageSet) -> pd.DataFrame:
        """The pairs, those of two classes first, then those of two groups, then the closest.

        Of the pairs within one group only the closest is kept: hundreds of copies say no more.
        """
        first, second = self.pairs["first"], self.pairs["second"]
        groups = images.groups if images.has_groups else images.table["path"].to_numpy()
        described = self.pairs.assign(
            one_class=images.labels[first] == images.labels[second],
            groups=[
                tuple(sorted(pair)) for pair in zip(groups[first], groups[second], strict=True)
            ],
            one_group=groups[first] == groups[second],
        )
        order = ["one_class", "one_group", "distance"]
        return described.sort_values(order, kind="stable").drop_duplicates("groups")


def near_duplicates(
    images: ImageSet, looks: Looks = NOT_SEARCHED.looks, limit: int = LIMIT
) -> Twins:
    """All pairs of images whose hashes differ in at most `limit` of 256 bits, and all look-alikes.

    Mirrored images and quarter turns of one picture count as the same picture.

    Args:
        looks: What the search for look-alikes compares.
    """
    pairs = pd.DataFrame(
        _pairs(_all_hashes(images), limit), columns=["first", "second", "distance"]
    )
    pairs = pairs.astype(int).sort_values(["distance", "first", "second"], ignore_index=True)
    same = [
        pair.distance == 0 and np.array_equal(*images.take(np.array([pair.first, pair.second])))
        for pair in pairs.itertuples()
    ]
    pairs = pairs.assign(identical=np.array(same, dtype=bool))
    return Twins(pairs=pairs, limit=limit, alike=look_alikes(looks))


def find_twins(others: ImageSet, images: ImageSet, limit: int = LIMIT) -> np.ndarray:
    """(others,) str: "identical" or "near" for those that show a picture which is among `images`, else "".

    As `near_duplicates` between the two sets, which are of one size.
    """
    upright = np.stack([_hashes(images.pixels[row], ORIENTATIONS[:1])[0] for row in images.rows])
    twins = np.full(len(others), "", dtype="<U9")
    for row in range(len(others)):
        (pixels,) = others.take(np.array([row]))
        apart = _distances(_hashes(pixels)[None], upright)[0]
        if apart.min() <= limit:
            same = images.take(np.flatnonzero(apart == 0))
            twins[row] = "identical" if (same == pixels).all((1, 2, 3)).any() else "near"
    return twins


def _across(pairs: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> pd.DataFrame:
    first, second = pairs["first"], pairs["second"]
    straddles = (first.isin(train) & second.isin(test)) | (first.isin(test) & second.isin(train))
    return pairs[straddles].reset_index(drop=True)


def _partners(pairs: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """(rows,) bool: which of them stand in a pair."""
    return np.isin(rows, pairs[["first", "second"]])


def _all_hashes(images: ImageSet) -> np.ndarray:
    """(images, orientations, WORDS) uint64."""
    hashes = np.empty((len(images), len(ORIENTATIONS), WORDS), np.uint64)
    with phase(f"Perceptual hashes of {len(images):,} images", len(images)) as work:
        for done, row in enumerate(images.rows):
            work.advance(done)
            hashes[done] = _hashes(images.pixels[row])
    return hashes


def _hashes(
    pixels: np.ndarray, orientations: Sequence[tuple[bool, int]] = ORIENTATIONS
) -> np.ndarray:
    """(orientations, WORDS) uint64: the perceptual hash of the image in each of them.

    Source: pHash, as ImageHash computes it (C. Zauner, Implementation and Benchmarking of
    Perceptual Image Hash Functions, 2010).
    """
    import imagehash  # with SciPy behind it: not for those who only look at a folder

    grey = Image.fromarray(pixels).convert("L")
    small = np.asarray(grey.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS))
    turned = [
        np.rot90(small.T if mirrored else small, quarter) for mirrored, quarter in orientations
    ]
    bits = [imagehash.phash(Image.fromarray(side), hash_size=HASH_SIDE).hash for side in turned]
    return np.packbits(np.reshape(bits, (len(bits), -1)), axis=1).view(np.uint64)


def _pairs(hashes: np.ndarray, limit: int) -> Iterator[tuple[int, int, int]]:
    """(first, second, distance) of all pairs within `limit`; hashes (images, 8, WORDS)."""
    for start in range(0, len(hashes), BLOCK):
        nearest = _distances(hashes[start:], hashes[start : start + BLOCK, 0]).T
        for row, column in np.argwhere(nearest <= limit):
            if row < column:
                yield start + row, start + column, nearest[row, column]


def _distances(hashes: np.ndarray, upright: np.ndarray) -> np.ndarray:
    """(images, others) uint16: bits between the hashes of others and the nearest orientation of each image.

    Args:
        hashes: (images, orientations, WORDS).
        upright: (others, WORDS).
    """
    nearest = np.full((len(upright), len(hashes)), HASH_SIDE**2, np.uint16)
    for orientation in range(hashes.shape[1]):
        turned = hashes[:, orientation]
        apart = np.zeros_like(nearest)
        for word in range(WORDS):
            apart += np.bitwise_count(upright[:, word, None] ^ turned[:, word])
        np.minimum(nearest, apart, out=nearest)
    return nearest.T
