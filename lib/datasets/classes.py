"""Which images a folder holds and of which class: told by a table, by class folders, or by file names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath

import pandas as pd

from lib.datasets import walk
from lib.datasets.names import Meaning, file_class, first_words, folder_class, mask_of, plain_name
from lib.datasets.official_split import find_parts
from lib.datasets.sidecars import CLASSES, Table, find_tables
from lib.datasets.walk import OUTSIDE, Refusal
from lib.papers.declare import Collection, Sidecar
from lib.storage import DataError
from lib.words import listed

COLUMNS = ("path", "label", "part", "stand_in", "told_by")
BY_FOLDER, BY_NAME = "folder", "file name"  # else the name of a table tells the class
# Folders of pictures that go with the images, often under their names.
ANNOTATIONS = {"annotations", "masks", "trimaps", "groundtruth", "segmentations"}
MOST_SINGLY = 3  # images astray in one folder that are listed one by one
MOST_LINES = 20  # that tell of images astray; where there are more, they are summed up
NAMED = 5  # first words of file names, or cells of a table, that mean no class
Labels = dict[str, tuple[int, str, str]]  # path → label, name that stands in or "", what tells it
Stray = tuple[str, str]  # path of an image, what is wrong with it, as a phrase behind "an image"


def list_images(
    collection: Collection, root: Path, folder: Path | None = None
) -> tuple[pd.DataFrame, list[Refusal]]:
    """The candidate images below `root`, sorted by path, and what is no candidate, with the reason.

    A user's classes.csv tells the class of the images below it. Else their folders do; where an image
    lies outside the class folders, a declared table does; and where neither tells any, file names do.
    A mask beside its image is no candidate, unless it lies below a classes.csv.

    Args:
        folder: The folder that was given, where it is not `root` itself; tables may lie there, too.

    Returns:
        A table with the columns `COLUMNS` (path relative to `root`; label; part as from `find_parts`;
        name of what stands in for the class, or ""; what tells the class), and a list of (path, reason).

    Raises:
        DataError: A classes.csv cannot be read, lacks a column, or gives an image two classes.
    """
    folder = folder or root
    images, odd = walk.files_of(root, root)
    labels, astray = _by_own_table(collection, folder, root, images)
    covered = {*labels, *(path for path, _ in astray)}
    masks = _masks([path for path in images if path not in covered])
    images = [path for path in images if path not in masks]
    class_folders, strangers = walk.class_folders(collection, root)
    by_folder, unusable = _by_folder(root, class_folders)
    apart = {*covered, *masks}
    labels |= {path: told for path, told in by_folder.items() if path not in apart}
    left = [path for path in images if path not in labels and path not in covered]
    told, outside = _by_declared_table(collection, folder, root, left)
    if not labels and not told:
        told, outside = _by_name(collection, left)
    labels, needless = _without_needless_stand_ins(collection, labels | told)
    strange = _strangers(root, strangers, {*labels, *covered})
    within = tuple(path for path, _ in strange)
    astray += [*needless, *(stray for stray in outside if not stray[0].startswith(within))]
    unusable += [refusal for refusal in odd if walk.is_image(refusal[0])]
    refused = [*strange, *dict.fromkeys(unusable), *_refused_masks(masks), *_summed_up(astray)]
    return _table(collection, folder, root, labels), refused


def table_notes(collection: Collection, folder: Path, root: Path) -> list[str]:
    """What the tables that are there tell of the classes of images, as sentences."""
    images, _ = walk.files_of(root, root)
    paths = _relative_to(folder, root, images)
    told, lacking = [], []
    for table, below in find_tables((CLASSES, *_declared(collection)), folder, paths):
        known = sum(bool(table.rows_of(path)) for path in below)
        verb = "lists" if table.sidecar is CLASSES else "tells the class of"
        told.append(f"{table.file.name} {verb} {known} of {len(below)} images.")
        if table.sidecar is CLASSES:
            told += [table.misfit(below), _strange_classes(collection, table, below)]
        lacking.append(table.sidecar.lacks)
    return list(dict.fromkeys(filter(None, [*told, *lacking])))


def _strange_classes(collection: Collection, table: Table, below: Iterable[PurePath]) -> str:
    """A sentence on what a user's table calls images that is no class, "" for nothing."""
    values = (table.values(table.rows_of(path), [table.sidecar.label]) for path in below)
    counts = Counter(value for of_image in values for value in of_image)
    strange = {value: n for value, n in counts.items() if not folder_class(collection, value)}
    return (
        f"In its column class, these are no classes: {_most_frequent(strange)}." if strange else ""
    )


def _by_own_table(
    collection: Collection, folder: Path, root: Path, images: Sequence[str]
) -> tuple[Labels, list[Stray]]:
    """What a user's classes.csv says of the images below it."""
    paths = _relative_to(folder, root, images)
    labels: Labels = {}
    refused: dict[str, str] = {}
    for table, below in find_tables((CLASSES,), folder, paths):
        for path in below:
            value, meaning = _own_meaning(collection, table, path)
            image = paths[path]
            if meaning:
                labels[image] = meaning.label, value if meaning.stands_in else "", CLASSES.name
                refused.pop(image, None)
            elif image not in labels:
                refused[image] = (
                    f"that {CLASSES.name} calls {value!r}, which is no class"
                    if value
                    else f"with no class in {CLASSES.name}"
                )
    return labels, list(refused.items())


def _own_meaning(
    collection: Collection, table: Table, path: PurePath
) -> tuple[str, Meaning | None]:
    """What a user's table calls an image, and the class that this means."""
    values = table.values(table.rows_of(path), [table.sidecar.label])
    if len(values) > 1:
        raise DataError(
            f"{table.file} should give every image one class; {path.relative_to(table.place).as_posix()} "
            f"has {', '.join(values)}. Leave one of them."
        )
    return (values[0], folder_class(collection, values[0])) if values else ("", None)


def _masks(paths: Iterable[str]) -> dict[str, str]:
    """Mask → the image it is of: the one beside it that has its name without a mask's ending."""
    places = [(path, PurePosixPath(path)) for path in paths]
    beside = {(place.parent, place.stem): path for path, place in places}
    images = ((path, beside.get((place.parent, mask_of(place.stem)))) for path, place in places)
    return {mask: image for mask, image in images if image}


def _by_declared_table(
    collection: Collection, folder: Path, root: Path, images: Sequence[str]
) -> tuple[Labels, list[Stray]]:
    """What the tables say that come with a collection, of images outside the class folders."""
    paths = _relative_to(folder, root, images)
    labels: Labels = {}
    for table, below in find_tables(_declared(collection), folder, paths):
        for path in below:
            label = _declared_label(collection, table, path)
            if label is not None and not _is_annotation(paths[path]):
                labels[paths[path]] = label, "", table.file.name
    tables = sorted({told_by for _, _, told_by in labels.values()})
    phrase = f"{OUTSIDE} and with no class in {listed(tables, 'or')}" if tables else OUTSIDE
    return labels, _astray((path for path in images if path not in labels), phrase)


def _declared(collection: Collection) -> list[Sidecar]:
    return [sidecar for sidecar in collection.dataset.sidecars if sidecar.label]


def _declared_label(collection: Collection, table: Table, path: PurePath) -> int | None:
    """The label of an image; where its rows differ, by the value that the declaration has first."""
    sidecar = table.sidecar
    values = table.values(table.rows_of(path), [sidecar.label])
    plain = {plain_name(value) for value in values}
    names = (name for value, name in sidecar.labels.items() if plain_name(value) in plain)
    return next(map(collection.class_names.index, names), None)


def _by_name(collection: Collection, images: Sequence[str]) -> tuple[Labels, list[Stray]]:
    """What file names say, in a set without class folders."""
    labels: Labels = {}
    for path in images:
        stem = PurePosixPath(path).stem
        meaning = file_class(collection, stem)
        if meaning and not _is_annotation(path):
            labels[path] = meaning.label, first_words(stem) if meaning.stands_in else "", BY_NAME
    left = [path for path in images if path not in labels]
    nameless = [path for path in left if not _is_annotation(path)]
    phrase = f"with a name that begins with no class's ({_first_words(nameless)})"
    return labels, _astray(left, phrase if labels else OUTSIDE)


def _astray(paths: Iterable[str], phrase: str) -> list[Stray]:
    """The images with what is wrong with them; what is wrong with an annotation is that it is one."""
    return [
        (path, "in a folder of annotations" if _is_annotation(path) else phrase) for path in paths
    ]


def _first_words(paths: Sequence[str]) -> str:
    """What the names of files begin with, the most frequent first: "Bengal 200, Bombay 184"."""
    return _most_frequent(Counter(first_words(PurePosixPath(path).stem) for path in paths))


def _most_frequent(counts: Mapping[str, int]) -> str:
    """ "Bengal 200, Bombay 184"."""
    named = [f"{words} {number}" for words, number in Counter(counts).most_common(NAMED)]
    return ", ".join([*named, "…"] if len(counts) > NAMED else named)


def _by_folder(
    root: Path, class_folders: Iterable[tuple[Path, Meaning]]
) -> tuple[Labels, list[Refusal]]:
    """The images in the class folders, and the files there that are none."""
    labels: Labels = {}
    refused: list[Refusal] = []
    for folder, meaning in class_folders:
        usable, unusable = walk.files_of(root, folder)
        stand_in = folder.name if meaning.stands_in else ""
        labels |= dict.fromkeys(usable, (meaning.label, stand_in, BY_FOLDER))
        refused += unusable
    return labels, refused


def _without_needless_stand_ins(
    collection: Collection, labels: Labels
) -> tuple[Labels, list[Stray]]:
    """Without the images that stand in for a class of which there are images."""
    own = {label for label, stand_in, _ in labels.values() if not stand_in}
    needless = {path for path, (label, stand_in, _) in labels.items() if stand_in and label in own}
    names = collection.class_names
    phrases = [
        (path, f"of {stand_in}, which stands in for {names[label]} where that is not there itself")
        for path, (label, stand_in, _) in labels.items()
        if path in needless
    ]
    return {path: told for path, told in labels.items() if path not in needless}, phrases


def _strangers(
    root: Path, strangers: Iterable[tuple[Path, str]], told_of: Iterable[str]
) -> list[Refusal]:
    """The folders that are no class, but for those in which another way tells of an image."""
    holding = {parent for path in told_of for parent in PurePosixPath(path).parents}
    relative = ((folder.relative_to(root), reason) for folder, reason in strangers)
    return [
        (f"{walk.readable(folder.as_posix())}/", reason)
        for folder, reason in relative
        if PurePosixPath(folder) not in holding
    ]


def _refused_masks(masks: Mapping[str, str]) -> list[Refusal]:
    """The masks, each with its image; many in one folder as one entry."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for mask in sorted(masks):
        by_folder[mask.rpartition("/")[0]].append(mask)
    refused: list[Refusal] = []
    for folder, paths in by_folder.items():
        if len(paths) > MOST_SINGLY:
            refused.append((f"{folder or '.'}/", f"{len(paths)} masks of images beside them"))
        else:
            named = ((path, PurePosixPath(masks[path]).name) for path in paths)
            refused += [(path, f"a mask of {image}") for path, image in named]
    return refused


def _summed_up(astray: Iterable[Stray]) -> list[Refusal]:
    """Images and what is wrong with each, many in one folder as one entry, very many by outermost folder."""
    by_folder: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, phrase in sorted(astray):
        by_folder[path.rpartition("/")[0], phrase].append(path)
    lines = sum(len(paths) if len(paths) <= MOST_SINGLY else 1 for paths in by_folder.values())
    if lines > MOST_LINES:
        outermost: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (folder, phrase), paths in by_folder.items():
            outermost[folder.partition("/")[0], phrase] += paths
        by_folder = outermost
    refused: list[Refusal] = []
    for (folder, phrase), paths in by_folder.items():
        if len(paths) > MOST_SINGLY:
            refused.append((f"{folder or '.'}/", f"{len(paths)} images {phrase}"))
        else:
            refused += [(path, f"an image {phrase}") for path in paths]
    return refused


def _table(collection: Collection, folder: Path, root: Path, labels: Labels) -> pd.DataFrame:
    paths = sorted(labels)
    told = [labels[path] for path in paths]
    parts = find_parts(collection, folder, root, paths)
    rows = [
        (path, label, part, stand_in, told_by)
        for path, part, (label, stand_in, told_by) in zip(paths, parts, told, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _relative_to(folder: Path, root: Path, paths: Iterable[str]) -> dict[PurePath, str]:
    """Path relative to the folder that was given → the same relative to `root`."""
    return {root.joinpath(path).relative_to(folder): path for path in paths}


def _is_annotation(path: str) -> bool:
    folders = PurePosixPath(path).parts[:-1]
    return any(plain_name(folder) in ANNOTATIONS for folder in folders)
