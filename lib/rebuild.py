"""Makes a set of augmented copies again from the photographs it derives from.

Where a published set consists of copies, and only its photographs can be had, the set made here has
the same flaw in known measure: every copy's photograph is recorded in groups.csv.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import PIL
from PIL import Image

from lib.atomic import new_folder
from lib.copies import augmented
from lib.data import DataError, decode_whole
from lib.data.groups import GROUPS_FILE, groups
from lib.data.walk import images, plain, plain_names, top
from lib.paper import ClassName, Paper, Rebuild, printed_count

MARK = "BUILT.json"
QUALITY = 95  # of the JPEG files


def rebuild(paper: Paper, originals: Path, target: Path, seed: int = 0) -> Path:
    """Writes the copies that `paper.dataset.rebuild` declares, made of the images of `originals`.

    Args:
        originals: A folder with one sub-folder for every kind of image that the declaration names.
        target: A folder that is not there yet; it appears when all copies are made.
        seed: Of everything random; the same seed gives the same pixels.

    Returns:
        `target`: a sub-folder a kind, groups.csv (path, group, original) and BUILT.json (how it was
        made).

    Raises:
        DataError: The paper's set is not made of copies, `target` exists, or `originals` lacks a
            kind or holds a broken image.
    """
    how = paper.dataset.rebuild
    if how is None:
        raise DataError(
            f"{paper.slug} declares no set of augmented copies; there is none to build."
        )
    if target.exists():
        raise DataError(f"the built set should go to a new folder; {target} is there already.")
    found = _originals(paper, how, originals)
    with new_folder(target) as temporary:
        rows = [
            row
            for number, (kind, own) in enumerate(found.items())
            for row in _copies(how, kind, own, temporary, np.random.default_rng([seed, number]))
        ]
        table = pd.DataFrame(rows, columns=["path", "group", "original"])
        table.to_csv(temporary / GROUPS_FILE, index=False, lineterminator="\n")
        (temporary / MARK).write_text(json.dumps(_mark(paper, how, seed), indent=1) + "\n")
    return target


def _originals(paper: Paper, how: Rebuild, folder: Path) -> dict[str, pd.DataFrame]:
    """Kind → its photographs: path, file, group."""
    if not folder.is_dir():
        raise DataError(f"the folder of original photographs should exist; there is no {folder}.")
    root = top(paper, folder)
    table, _ = images(paper, root)
    known = groups(paper, folder, root, table)
    table["group"] = [group or path for group, path in zip(known, table["path"], strict=True)]
    table["file"] = [root / path for path in table["path"]]
    found = {kind: table[_of_kind(paper, kind, table)] for kind in how.counts}
    missing = [kind for kind, own in found.items() if own.empty]
    if missing:
        raise DataError(
            f"{folder} should have a sub-folder with original photographs of every kind "
            f"({', '.join(how.counts)}); found none of {', '.join(missing)}."
        )
    return found


def _of_kind(paper: Paper, kind: str, table: pd.DataFrame) -> list[bool]:
    """Whether an image lies in a folder named like the kind, or like the class of that name."""
    of_class = next((one for one in paper.classes if one.name == kind), ClassName(name=kind))
    names = plain_names(of_class)
    return [any(plain(part) in names for part in path.split("/")[:-1]) for path in table["path"]]


def _copies(
    how: Rebuild, kind: str, own: pd.DataFrame, root: Path, rng: np.random.Generator
) -> Iterator[tuple[str, str, str]]:
    """Writes the copies of one kind, evenly from its photographs; yields path, group, original."""
    (root / kind).mkdir()
    number = printed_count(how.counts[kind].value)
    shares = np.full(len(own), number // len(own))
    shares[rng.permutation(len(own))[: number % len(own)]] += 1
    counter = count()  # over all photographs of the kind: two of them may have one name
    for original, copies in zip(own.itertuples(), shares.tolist(), strict=True):
        image = _opened(original.file)
        for _ in range(copies):
            path = f"{kind}/{Path(original.path).stem}_{next(counter):04d}.jpg"
            turned = augmented(
                image,
                rng,
                rotation=how.rotation.value,
                flips=how.flips.value,
                fill=how.fill.value,
            )
            small = turned.resize(how.size.value, Image.Resampling.BILINEAR)
            small.save(root / path, quality=QUALITY)
            yield path, original.group, original.path


def _opened(file: Path) -> Image.Image:
    try:
        return decode_whole(file)
    except ValueError as error:
        raise DataError(
            f"every original photograph should be readable; {file}: {error}. Remove or replace it."
        ) from error


def _mark(paper: Paper, how: Rebuild, seed: int) -> dict:
    settings = {name: getattr(how, name).value for name in ("size", "rotation", "flips", "fill")}
    counts = {kind: printed_count(number.value) for kind, number in how.counts.items()}
    made = {"paper": paper.slug, "seed": seed, "jpeg_quality": QUALITY, "pillow": PIL.__version__}
    return {**made, "counts": counts, **settings}
