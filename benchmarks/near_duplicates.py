"""How many copies are found, and how many pairs are false: this project's searches beside public ones.

    python benchmarks/near_duplicates.py [--images N] [FOLDER ...]

Each FOLDER is a set whose originals are known: images in class folders, and a groups.csv (columns
path,group), or file names of which the part before the last "_" names the original. Without a folder
a set is drawn: N images of 84 x 84 smooth noise, every second one a mirrored, turned and brightened
copy of the one before, on a fill of one colour; it shows that everything runs, no more: to a network
trained on photographs all noise looks alike.

Compared are the hashes (`datasets.near_duplicates`), the search for look-alikes
(`training.describe_looks`; it needs MobileNetV2's ImageNet weights), ImageHash's own four hashes of 64
bits as they come, at their usual limit of 10 bits, upright, and CleanVision, if it is installed (the
extra `benchmarks`). Of the public tools for look-alikes neither imagededup
0.3.3 (needs torch) nor fastdup 2.54 (needs NumPy below 2) can be installed beside this project's
packages.

Printed are, per search: the share of the images with a copy for which one was found, the share of the
pairs of copies found, the pairs found and how many of them are false, and the seconds it took.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import measure
import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance

from lib import training
from lib.datasets import ImageSet, near_duplicates
from lib.storage import temporary_folder

SIDE = 96  # pixels a side that the hashes and tools of others are given, too
FILL = (218, 222, 214)  # what surrounds a turned copy
IMAGEHASH = ("average_hash", "dhash", "phash", "whash")
LIMIT = 10  # bits of 64

Pairs = np.ndarray  # (pairs, 2): rows, the smaller first


def main(images: int, folders: list[Path]) -> None:
    for folder in folders:
        report(folder.name, *read_folder(folder))
    if not folders:
        report("drawn", *draw(images))


def report(name: str, pixels: np.ndarray, groups: np.ndarray) -> None:
    """Prints one line per search."""
    print(f"{name}: {len(pixels)} images of {len(set(groups))} originals")
    print(f"  {'search':<24} images found  pairs found   pairs   false  seconds")
    with measure.temporary_data() as folder:
        for search, find in searches(pixels, folder):
            start = time.perf_counter()
            pairs = find()
            seconds = time.perf_counter() - start
            if isinstance(pairs, str):
                print(f"  {search:<24} skipped: {pairs}")
            else:
                print(f"  {search:<24} {figures(pairs, groups)} {seconds:8.1f}")


def figures(pairs: Pairs, groups: np.ndarray) -> str:
    """Images found, pairs found, pairs, false ones."""
    true = groups[pairs[:, 0]] == groups[pairs[:, 1]]
    _, original, counts = np.unique(groups, return_inverse=True, return_counts=True)
    with_copy = np.flatnonzero(counts[original] > 1)
    found = np.isin(with_copy, pairs[true]).mean() if len(with_copy) else float("nan")
    expected = (counts * (counts - 1) // 2).sum()
    share = true.sum() / expected if expected else float("nan")
    return f"{found:12.1%} {share:12.1%} {len(pairs):7d} {(~true).sum():7d}"


def searches(pixels: np.ndarray, folder: Path) -> Iterator[tuple[str, Callable[[], Pairs | str]]]:
    images = image_set(pixels)
    yield "hashes", lambda: rows_of(near_duplicates(images).pairs)
    yield "look-alikes", lambda: find_look_alikes(images)
    for name in IMAGEHASH:
        yield f"ImageHash {name}", partial(find_by_imagehash, name, pixels)
    yield "CleanVision", lambda: find_by_cleanvision(pixels, folder)


def rows_of(table: pd.DataFrame) -> Pairs:
    return table[["first", "second"]].to_numpy(int)


def find_look_alikes(images: ImageSet) -> Pairs | str:
    looks = training.describe_looks(images, search=True)
    return looks.hindrance or rows_of(near_duplicates(images, looks).alike.pairs)


def find_by_imagehash(name: str, pixels: np.ndarray) -> Pairs:
    import imagehash

    hashes = [getattr(imagehash, name)(Image.fromarray(image)).hash.ravel() for image in pixels]
    bits = np.array(hashes, dtype=np.float32)
    apart = bits @ (1 - bits).T
    return np.argwhere(np.triu(apart + apart.T <= LIMIT, k=1))


def find_by_cleanvision(pixels: np.ndarray, folder: Path) -> Pairs | str:
    """Its exact and near duplicates; what stands in one set counts as so many pairs."""
    try:
        from cleanvision import Imagelab
    except ImportError:
        return "CleanVision is not installed"
    with temporary_folder(folder) as place, redirect_stdout(StringIO()):
        for row, image in enumerate(pixels):
            Image.fromarray(image).save(place / f"{row}.png")
        lab = Imagelab(data_path=str(place))
        lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=1)
    sets = [
        sorted(int(Path(path).stem) for path in alike)
        for kind in ("exact_duplicates", "near_duplicates")
        for alike in lab.info[kind]["sets"]
    ]
    pairs = {(a, b) for alike in sets for a in alike for b in alike if a < b}
    return np.array(sorted(pairs), dtype=int).reshape(-1, 2)


# Sets


def image_set(pixels: np.ndarray) -> ImageSet:
    """The images without class and group."""
    paths = [f"{row}.png" for row in range(len(pixels))]
    nothing = {"label": 0, "group": "", "part": "", "stand_in": ""}
    return ImageSet(
        name="measured",
        kind="substitute",
        classes=("all",),
        table=pd.DataFrame({"path": paths, **nothing}),
        pixels=pixels,
        rows=np.arange(len(pixels)),
        rejected=pd.DataFrame({"path": [], "reason": []}),
        sha256="",
        group_noun="original",
        content=f"{hash(pixels.tobytes())}",
    )


def read_folder(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (images, SIDE, SIDE, 3) uint8, and the original of each image."""
    suffixes = (".jpg", ".jpeg", ".png")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    if not paths:
        raise SystemExit(f"{folder} should hold images that end in {', '.join(suffixes)}.")
    table = folder / "groups.csv"
    known = {}
    if table.is_file():
        rows = pd.read_csv(table, dtype=str)
        known = dict(zip(rows["path"], rows["group"], strict=True))
    names = [path.relative_to(folder).as_posix() for path in paths]
    groups = [known.get(name) or Path(name).stem.rpartition("_")[0] for name in names]
    size = (SIDE, SIDE)
    pixels = [
        Image.open(path).convert("RGB").resize(size, Image.Resampling.BILINEAR) for path in paths
    ]
    return np.stack([np.asarray(image) for image in pixels]), np.array(groups)


def draw(images: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    drawn: list[Image.Image] = []
    for number in range(images):
        drawn.append(turned_copy(drawn[-1], rng) if number % 2 else measure.smooth_noise(rng))
    pixels = [np.asarray(image.resize((SIDE, SIDE))) for image in drawn]
    return np.stack(pixels), np.arange(images) // 2


def turned_copy(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    turned = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(
        rng.uniform(-30, 30), Image.Resampling.BILINEAR, fillcolor=FILL
    )
    return ImageEnhance.Brightness(turned).enhance(1.1)


def arguments() -> dict[str, Any]:
    """The number of images to draw, or folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", metavar="FOLDER", nargs="*", type=Path)
    parser.add_argument("--images", type=measure.positive, default=200, metavar="N")
    return vars(parser.parse_args())


if __name__ == "__main__":
    main(**arguments())
