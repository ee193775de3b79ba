"""Makes a set of augmented copies again from the photographs it derives from.

Where a published set consists of copies, and only its photographs can be had, the set made here has
the same flaw in known measure: every copy's photograph is recorded in groups.csv.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import PIL
from PIL import Image

from lib import papers
from lib.datasets import DataError, decode_whole
from lib.datasets.classes import list_images
from lib.datasets.decoding import UnsettledError
from lib.datasets.groups import GROUPS_FILE, find_groups
from lib.datasets.names import plain_name, plain_names
from lib.datasets.walk import unwrap
from lib.papers.declare import ClassName, Paper, Rebuild, printed_count
from lib.phantoms.copies import augmented
from lib.storage import new_folder

RECORD_FILE = "BUILT.json"  # how a set was made
JPEG_QUALITY = 95


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paper, where its photographs lie, and where the copies go."""
    papers.add_slug_argument(parser)
    parser.add_argument(
        "originals", metavar="ORIGINALS", type=Path, help="folder of photographs by kind"
    )
    parser.add_argument("target", metavar="TARGET", type=Path, help="new folder for the copies")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")


def run_command(options: argparse.Namespace) -> int:
    """Makes the copies and prints their folder; 0."""
    paper = papers.load(options.slug)
    print(rebuild_copies(paper, options.originals, options.target, options.seed))
    return 0


def rebuild_copies(paper: Paper, originals: Path, target: Path, seed: int = 0) -> Path:
    """Writes the copies that `paper.dataset.rebuild` declares, made of the images of `originals`.

    Args:
        originals: A folder with one sub-folder for every kind of image that the declaration names.
        target: A folder that is not there yet; it appears when all copies are made.
        seed: Of everything random; the same seed gives the same pixels.

    Returns:
        `target`: a sub-folder per kind, groups.csv (path, group, original) and BUILT.json (how it
        was made).

    Raises:
        DataError: The paper's set is not made of copies, `target` exists, or `originals` lacks a
            kind or holds a broken image.
    """
    recipe = paper.dataset.rebuild
    if recipe is None:
        raise DataError(
            f"{paper.slug} declares no set of augmented copies; there is none to build."
        )
    if target.exists():
        raise DataError(f"the built set should go to a new folder; {target} is there already.")
    photographs = _photographs(paper, recipe, originals)
    with new_folder(target) as temporary:
        rows = [
            row
            for number, (kind, of_kind) in enumerate(photographs.items())
            for row in _write_copies(
                recipe, kind, of_kind, temporary, np.random.default_rng([seed, number])
            )
        ]
        table = pd.DataFrame(rows, columns=["path", "group", "original"])
        table.to_csv(temporary / GROUPS_FILE, index=False, lineterminator="\n")
        record = json.dumps(_record(paper, recipe, seed), indent=1)
        (temporary / RECORD_FILE).write_text(record + "\n")
    return target


def _photographs(paper: Paper, recipe: Rebuild, folder: Path) -> dict[str, pd.DataFrame]:
    """Kind → its photographs: a table with the columns path, file and group."""
    if not folder.is_dir():
        raise DataError(f"the folder of original photographs should exist; there is no {folder}.")
    root = unwrap(paper, folder)
    table, _ = list_images(paper, root, folder)
    known_groups = find_groups(paper, folder, root, table)
    # A photograph of no known group is one of its own.
    table["group"] = [
        group or path for group, path in zip(known_groups.names, table["path"], strict=True)
    ]
    table["file"] = [root / path for path in table["path"]]
    photographs = {kind: table[_is_of_kind(paper, kind, table)] for kind in recipe.counts}
    missing = [kind for kind, of_kind in photographs.items() if of_kind.empty]
    if missing:
        raise DataError(
            f"{folder} should have a sub-folder with original photographs of every kind "
            f"({', '.join(recipe.counts)}); found none of {', '.join(missing)}."
        )
    return photographs


def _is_of_kind(paper: Paper, kind: str, table: pd.DataFrame) -> list[bool]:
    """Whether an image lies in a folder named like the kind, or like the class of that name."""
    classes = {class_name.name: class_name for class_name in paper.classes}
    names = plain_names(classes.get(kind, ClassName(name=kind)))
    return [
        any(plain_name(part) in names for part in path.split("/")[:-1]) for path in table["path"]
    ]


def _write_copies(
    recipe: Rebuild,
    kind: str,
    photographs: pd.DataFrame,
    root: Path,
    rng: np.random.Generator,
) -> Iterator[tuple[str, str, str]]:
    """Writes the copies of one kind, evenly from its photographs; yields path, group, original."""
    (root / kind).mkdir()
    shares = _even_shares(printed_count(recipe.counts[kind].value), len(photographs), rng)
    serial = count()  # over all photographs of the kind: two of them may have one name
    for original, copies in zip(photographs.itertuples(), shares, strict=True):
        photograph = _decode(original.file)
        for _ in range(copies):
            path = f"{kind}/{Path(original.path).stem}_{next(serial):04d}.jpg"
            copy = augmented(
                photograph,
                rng,
                rotation=recipe.rotation.value,
                flips=recipe.flips.value,
                fill=recipe.fill.value,
            )
            copy = copy.resize(recipe.size.value, Image.Resampling.BILINEAR)
            copy.save(root / path, quality=JPEG_QUALITY)
            yield path, original.group, original.path


def _even_shares(total: int, number: int, rng: np.random.Generator) -> list[int]:
    """`total` in `number` whole shares; chance decides which of them get the rest, 1 each."""
    shares = np.full(number, total // number)
    shares[rng.permutation(number)[: total % number]] += 1
    return shares.tolist()


def _decode(file: Path) -> Image.Image:
    try:
        return decode_whole(file, ranges=())
    except UnsettledError as error:  # scaled one by one, their brightness could not be compared
        raise DataError(
            f"every original photograph should have 8 bits per value; {file} is of kind: {error}. Convert "
            f"all of them alike."
        ) from error
    except ValueError as error:
        raise DataError(
            f"every original photograph should be readable; {file}: {error}. Remove or replace it."
        ) from error


def _record(paper: Paper, recipe: Rebuild, seed: int) -> dict[str, Any]:
    """How the set was made, as BUILT.json tells it."""
    return {
        "paper": paper.slug,
        "seed": seed,
        "jpeg_quality": JPEG_QUALITY,
        "pillow": PIL.__version__,
        "counts": {kind: printed_count(number.value) for kind, number in recipe.counts.items()},
        "size": recipe.size.value,
        "rotation": recipe.rotation.value,
        "flips": recipe.flips.value,
        "fill": recipe.fill.value,
    }
