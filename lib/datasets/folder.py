"""Finds the data set on disk, names its classes and groups, and hashes every file; decodes nothing."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import storage
from lib.datasets import walk
from lib.datasets.classes import BY_FOLDER, BY_NAME, list_images, table_notes
from lib.datasets.decoding import unreadable
from lib.datasets.downloads.archive import is_zip, unpacked
from lib.datasets.groups import find_groups
from lib.datasets.inventory import inventory, names_that_would_do, unread
from lib.papers.declare import Collection
from lib.results import Kind
from lib.storage import DataError, file_sha256, user_path

KAGGLE_INPUT = Path("/kaggle/input")  # the data sets added to a Kaggle notebook, read-only
PHANTOM_MARK = "PHANTOM.json"
DRAWN_NAME = re.compile(r"phantom_.+_\d{4,}\.(png|jpg)")  # of a drawn image's file


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a folder holds, before anything is decoded.

    Attributes:
        root: The folder whose sub-folders are the classes (or the split levels).
        kind: "exact", "substitute" or "phantom" (DESIGN: only "exact" can confirm or refute).
        files: One row a candidate image, sorted by path: path (relative, posix), label (index
            into the collection's classes), group ("" where unknown), part ("", train, val or test, of
            each official fold), stand_in (name of what stands in for the class, or ""), told_by (what
            tells the class), sha256.
        rejected: One row a file that is no candidate: path, reason.
        sha256: Hash of all paths, contents and groups; changes when any image does.
        groups_from: What tells the groups, in words, "" where nothing does.
    """

    root: Path
    kind: Kind
    files: pd.DataFrame
    rejected: pd.DataFrame
    sha256: str
    groups_from: str


def own_folder(collection: Collection) -> Path:
    """The folder of a collection's own images: data/<slug>/, whether it is there or not.

    In a Kaggle notebook without that folder it is the input folder of the collection's data set, if
    that was added to the notebook.
    """
    here = storage.DATA / collection.slug
    return here if here.is_dir() else _kaggle_input(collection) or here


def locate(collection: Collection, where: str) -> Path | None:
    """The folder that `where` means: "auto", "phantom", "kaggle", or the path of a folder or zip file.

    "auto" is data/<slug>/ where that exists, else a Kaggle notebook's input folder of the
    collection's data set. "kaggle" is data/<slug>/, where a download would have put it, or else that
    input folder. A path may be the data set itself or a folder with a sub-folder named like the
    collection's slug. A zip file is unpacked once, below data/unpacked/, and is then such a folder.

    Returns:
        None where drawn images are meant: for "phantom", and for "auto" where there are no others.

    Raises:
        DataError: Nothing was downloaded or added as input, the path is no folder, or the zip file
            cannot be unpacked.
    """
    here = own_folder(collection)
    if where == "phantom" or (where == "auto" and not here.is_dir()):
        return None
    if where == "kaggle" and not here.is_dir():
        kaggle_set = _kaggle_set(collection)
        added = f", or add {kaggle_set} to a Kaggle notebook as input" if kaggle_set else ""
        raise DataError(
            f"data/{collection.slug}/ should hold the images from Kaggle; it is not there. Run `python -m "
            f"lib data fetch {collection.slug}` first{added}."
        )
    folder = here if where in ("auto", "kaggle") else user_path(where)
    if is_zip(folder):
        folder = unpacked(folder)
    if not folder.is_dir():
        names = ", ".join(collection.class_names)
        raise DataError(
            f"`data` should be auto, phantom, kaggle, a folder of images or a zip file; {folder} is "
            f"{'a file' if folder.exists() else 'not there'}. Give the folder whose sub-folders are "
            f"{f'the classes {names}' if names else 'the classes'}."
        )
    return folder / collection.slug if (folder / collection.slug).is_dir() else folder


def scan(collection: Collection, folder: Path) -> Scan:
    """Lists and hashes the images of `folder`.

    Raises:
        DataError: The folder has no image, or none of some class; it holds several whole data
            sets; a classes.csv or groups.csv cannot be used.
    """
    root = walk.unwrap(collection, folder)
    files, rejected = list_images(collection, root, folder)
    rejected += walk.stray_images(folder, root)
    _require_every_class(collection, folder, root, files)
    _require_one_set(collection, root, files)
    with ThreadPoolExecutor() as pool:
        files["sha256"] = list(pool.map(_sha256, (root / path for path in files["path"])))
    groups = find_groups(collection, folder, root, files)
    files["group"] = groups.names
    return Scan(
        root=root,
        kind=_kind(collection, folder, root, files),
        files=files,
        rejected=pd.DataFrame(rejected, columns=["path", "reason"]),
        sha256=_digest(files["path"] + "\t" + files["sha256"] + "\t" + files["group"]),
        groups_from=groups.told_by,
    )


def content_hash(files: pd.DataFrame) -> str:
    """Hash of every image's class and bytes, whatever the files are called: what a manifest holds."""
    return _digest((files["label"].astype(str) + "\t" + files["sha256"]).sort_values())


def _kaggle_input(collection: Collection) -> Path | None:
    """The folder at which a Kaggle notebook has the data set; None where it has not."""
    owner, _, name = _kaggle_set(collection).partition("/")
    # Today's notebooks have the first, older ones the second.
    places = (KAGGLE_INPUT / "datasets" / owner / name, KAGGLE_INPUT / name)
    return next((place for place in places if name and place.is_dir()), None)


def _kaggle_set(collection: Collection) -> str:
    """Kaggle's name, "owner/name", of the set that has all of the images; "" without one.

    Of several sources, each has only some of the classes.
    """
    return collection.dataset.sources[0].kaggle if len(collection.dataset.sources) == 1 else ""


def _require_every_class(
    collection: Collection, folder: Path, root: Path, files: pd.DataFrame
) -> None:
    there = set(files["label"])
    missing = [known for label, known in enumerate(collection.classes) if label not in there]
    if missing:
        notes = [unread(root), *table_notes(collection, folder, root)]
        said = "".join(f" {note}" for note in notes if note)
        raise DataError(
            f"{root} should hold images of every class ({', '.join(collection.class_names)}); found "
            f"none of {', '.join(known.name for known in missing)} (there: {inventory(root)}).{said} "
            f"A folder named like its class tells it, or the first words of every file's name, or a "
            f"classes.csv (columns path,class). Names that would do: {names_that_would_do(missing)}. "
            f"Add the missing images, rename what is there, or give another folder."
        )


def _require_one_set(collection: Collection, root: Path, files: pd.DataFrame) -> None:
    # A table may tell the classes of any number of folders.
    named = files[files["told_by"].isin((BY_FOLDER, BY_NAME))]
    sets = walk.whole_sets(collection, named)
    if len(sets) > 1:
        raise DataError(
            f"{root} should hold one data set; {', '.join(sets)} hold images of every class each. "
            f"Give one of them, for example {root / sets[0]}."
        )


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _digest(lines: pd.Series) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _kind(collection: Collection, folder: Path, root: Path, files: pd.DataFrame) -> Kind:
    if _is_drawn(folder, [root / path for path in files["path"]]):
        return "phantom"
    manifest = storage.manifests() / f"{collection.slug}.json"
    if not manifest.is_file():
        return "substitute"
    expected = json.loads(manifest.read_text(encoding="utf-8"))["sha256"]
    return "exact" if expected == content_hash(files) else "substitute"


def _is_drawn(folder: Path, images: list[Path]) -> bool:
    """Whether some of the images were drawn: one drawn part is enough, and so is one sign of it."""
    if any(DRAWN_NAME.fullmatch(image.name) for image in images):
        return True
    above = {folder, *(image.parent for image in images)}
    above |= {parent for path in above for parent in path.parents if parent.is_relative_to(folder)}
    phantoms = storage.phantoms().resolve()
    return any(
        (place / PHANTOM_MARK).exists() or place.resolve().is_relative_to(phantoms)
        for place in above
    )
