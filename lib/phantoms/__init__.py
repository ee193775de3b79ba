"""Synthetic images that stand in where there are no real ones: one family of drawings a module.

A phantom set is written as an ordinary folder of PNG files with a mark (`PHANTOM.json`). Every later
step calls it synthetic: for the mark, for the folder it lies in, and for the names of its files. Its
classes and groups are known by construction, and `Faults` puts known faults into it, against which
whatever looks for such faults can be tested. It proves nothing about a paper.

A family is a module with `KINDS`, the names of what it draws, and `draw(kind, *, size, rng)`, which
returns one picture, (size, size, 3) uint8 RGB, `size` being at least 16 pixels. `rng` is its only
source of chance: the same state draws the same picture. It raises ValueError for an unknown kind or
a smaller size.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lib import ROOT, storage
from lib.datasets.folder import DRAWN_NAME, PHANTOM_MARK
from lib.datasets.groups import GROUPS_FILE
from lib.datasets.walk import files_below, is_image
from lib.papers.declare import Assumed, Collection, Control, Paper
from lib.phantoms import copies
from lib.phantoms.drawing import grey_levels
from lib.storage import (
    DataError,
    explain_disk_failure,
    file_sha256,
    folder_identity,
    new_folder,
    throw_away,
)

SEED = 20240501  # any fixed number: the same phantoms on every machine

# Streams of chance of one class beside that of its drawings, so that neither faults nor the number
# of images changes the pictures
STRAYS_STREAM = 1
SPECIMEN_STREAM = 2

CONTROL_PER_CLASS = 20  # drawings of a control set
CONTROL_SIDE = 84  # their pixels a side

GROUP_SIZE = 4  # drawings of one patient, slide or photograph: they share light and stain
LIGHT_SPREAD = 0.04  # standard deviation of a group's brightness, and of each of its colours

COPY_ROTATION = 30  # degrees either way that the copies of a leak are turned by
FRAME_SHARE = 0.04  # width of the other scanner's frame, as a share of the side
FRAME_GREY = 20  # its grey level
SCANNER_GAIN = (1.06, 1.0, 0.92)  # the other scanner's factor of red, green and blue

# Suffix and options of Pillow; three times as fast as by default.
PNG: tuple[str, dict[str, Any]] = (".png", {"compress_level": 1})
JPEG_QUALITY = 90  # of the other file: nothing that an eye would see
JPEG: tuple[str, dict[str, Any]] = (".jpg", {"quality": JPEG_QUALITY})


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with a phantom set; by default nothing.

    Attributes:
        copies: Augmented copies made of every drawing; from 2 on a random split leaks, and a
            group is one drawing.
        other_scanner: The class whose images carry a dark frame and a colour cast; "" for none.
        other_file: The class whose images are saved as JPEG instead of PNG; "" for none.
        label_noise: Share of every class's images that lie in the folder of the next class.
        imbalance: How many times as many images the first class has as the last.
    """

    copies: int = 1
    other_scanner: str = ""
    other_file: str = ""
    label_noise: float = 0.0
    imbalance: float = 1.0


NO_FAULTS = Faults()


def folder(
    collection: Collection, per_class: int, faults: Faults = NO_FAULTS, *, series: str = ""
) -> Path:
    """The folder of `per_class` phantoms of every class of `collection`; drawn if it is not there yet.

    Beside the images lies groups.csv: path, group, and the class each image was drawn as. The mark
    holds the SHA-256 of every file: a set in which one is missing or changed is drawn again.

    Args:
        series: Every word stands for drawings and groups of its own; "" for those that stand in
            for a paper's own images.

    Raises:
        ValueError: The phantom family does not know one of its classes, or a fault is out of its
            range.
        DataError: Somebody has put other images into the folder, or the disk is full or not writable.
    """
    _check(collection, faults)
    # The code is part of the name: phantoms drawn by older code are never taken for new.
    key = (_code(), collection.class_names, collection.dataset.side.value, asdict(faults), series)
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:8]
    target = storage.phantoms() / f"{collection.phantom}-{per_class}-a-class-{digest}"
    mark = {"family": collection.phantom, "seed": SEED, "per_class": per_class, **asdict(faults)}
    storage.note_use(target)
    _throw_away_damaged(target, mark)
    if not target.is_dir():
        with (
            explain_disk_failure("the drawn images", target.parent, "fewer `phantoms_per_class`"),
            new_folder(target) as temporary,
        ):
            _draw_set(collection, per_class, faults, series, temporary)
            mark["files"] = _hashes(temporary)
            (temporary / PHANTOM_MARK).write_text(json.dumps(mark, indent=1))
    return target


def control_folders(paper: Paper) -> dict[str, Path]:
    """Name → folder of the drawings that stand in for each of the paper's control sets.

    Even for one that is at hand: real images could tell nothing about a run on drawn ones.
    """
    return {control.name: _control_folder(control) for control in paper.controls}


def _control_folder(control: Control) -> Path:
    """Small drawings: a control set may have larger files than anything that is trained here."""
    side = Assumed(CONTROL_SIDE, "drawings need no more")
    small = replace(control, dataset=replace(control.dataset, side=side))
    return folder(small, CONTROL_PER_CLASS, series=control.slug)


def specimen(collection: Collection, class_name: str) -> np.ndarray:
    """(side, side, 3) uint8: a drawing of the class that stands in no phantom set."""
    label = collection.class_names.index(class_name)
    rng = np.random.default_rng([SEED, label, SPECIMEN_STREAM])
    return _draw(collection, class_name, rng)


def _check(collection: Collection, faults: Faults) -> None:
    for fault in ("other_scanner", "other_file"):
        class_name = getattr(faults, fault)
        if class_name and class_name not in collection.class_names:
            raise ValueError(
                f"`{fault}` should be one of {', '.join(collection.class_names)}; "
                f"received {class_name!r}."
            )
    if faults.copies < 1 or not 0 <= faults.label_noise < 1 or faults.imbalance < 1:
        raise ValueError(
            f"`copies` and `imbalance` should be at least 1 and `label_noise` from 0 up to 1; "
            f"received {faults}."
        )


def _code() -> bytes:
    """All source code that can change a drawing: this package's."""
    paths = sorted(Path(__file__).parent.rglob("*.py"))
    return b"".join(path.read_bytes() for path in paths)


def _draw(collection: Collection, class_name: str, rng: np.random.Generator) -> np.ndarray:
    """(side, side, 3) uint8: one drawing by the collection's family."""
    family = import_module(f"{__name__}.families.{collection.phantom}")
    return family.draw(class_name, size=collection.dataset.side.value, rng=rng)


# What is there of a set


def _throw_away_damaged(root: Path, mark: Mapping[str, Any]) -> None:
    """Removes a set that is not as it was drawn; a line on stderr says so."""
    identity = folder_identity(root)
    damage = _damage(root, mark) if identity else ""
    if damage:
        shown = root.relative_to(storage.DATA.parent)
        print(f"{shown}: {damage}. The set is thrown away and drawn again.", file=sys.stderr)
        throw_away(root, identity)


def _damage(root: Path, mark: Mapping[str, Any]) -> str:
    """In what a set differs from what was drawn, "" where in nothing."""
    found = _hashes(root)
    strangers = [path for path in found if not _is_drawn(path)]
    if strangers:
        raise DataError(
            f"{root} should hold drawn images alone; {strangers[0]} is none. Move it elsewhere and "
            f"run again."
        )
    try:
        recorded = json.loads((root / PHANTOM_MARK).read_text(encoding="utf-8"))
        files = recorded.pop("files")
        changed = {path for path in {*files, *found} if files.get(path) != found.get(path)}
    except FileNotFoundError:
        return f"its {PHANTOM_MARK} is missing"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return f"its {PHANTOM_MARK} cannot be read, or names no files"
    if recorded != mark:
        return f"its {PHANTOM_MARK} tells of other drawings"
    return f"{min(changed)} is missing or not as it was drawn" if changed else ""


def _hashes(root: Path) -> dict[str, str]:
    """Path → SHA-256 of the images and the groups.csv in a set: of all that a run reads of it."""
    return {
        path.relative_to(root).as_posix(): file_sha256(path)
        for path in files_below(root)
        if path.is_file() and (path.name == GROUPS_FILE or is_image(path.name))
    }


def _is_drawn(path: str) -> bool:
    return path == GROUPS_FILE or bool(DRAWN_NAME.fullmatch(path.rpartition("/")[2]))


# A set


def _draw_set(
    collection: Collection, per_class: int, faults: Faults, series: str, root: Path
) -> None:
    """Writes the images of all classes and groups.csv into the folder `root`."""
    for class_name in collection.class_names:
        (root / class_name).mkdir()
    rows = [
        row
        for label in range(len(collection.class_names))
        for row in _draw_class(collection, label, per_class, faults, series, root)
    ]
    table = pd.DataFrame(rows, columns=["path", "group", "drawn_as"])
    table.to_csv(root / GROUPS_FILE, index=False, lineterminator="\n")


def _draw_class(
    collection: Collection, label: int, per_class: int, faults: Faults, series: str, root: Path
) -> Iterator[tuple[str, str, str]]:
    """Writes the images of one class; yields path, group and the class each was drawn as."""
    class_names = collection.class_names
    class_name, next_class = class_names[label], class_names[(label + 1) % len(class_names)]
    number = _number_of_images(per_class, label, len(class_names), faults.imbalance)
    strays = _strays(number, label, faults.label_noise)
    suffix, options = JPEG if class_name == faults.other_file else PNG
    rng = np.random.default_rng([SEED, label, *series.encode()])
    for index, (group, image) in enumerate(_images(collection, class_name, number, faults, rng)):
        folder_name = next_class if index in strays else class_name
        path = f"{folder_name}/phantom_{class_name}_{index:04d}{suffix}"
        image.save(root / path, **options)
        yield path, f"{series} {group}".strip(), class_name


def _number_of_images(per_class: int, label: int, classes: int, imbalance: float) -> int:
    """Images of a class: falling evenly in ratio from the first to the last."""
    return max(1, round(per_class * imbalance ** (-label / max(1, classes - 1))))


def _strays(number: int, label: int, share: float) -> set[int]:
    """Which of the `number` images of a class lie in the folder of the next."""
    shuffled = np.random.default_rng([SEED, label, STRAYS_STREAM]).permutation(number)
    return set(shuffled[: round(share * number)].tolist())


def _images(
    collection: Collection, class_name: str, number: int, faults: Faults, rng: np.random.Generator
) -> Iterator[tuple[str, Image.Image]]:
    """(group, picture) of `number` images of one class."""
    drawings = -(-number // faults.copies)  # rounded up
    for drawing in range(drawings):
        if drawing % GROUP_SIZE == 0:
            light = 1 + LIGHT_SPREAD * rng.standard_normal(4)
        pixels = _lit(_draw(collection, class_name, rng), light)
        if class_name == faults.other_scanner:
            pixels = _scanned_elsewhere(pixels)
        if faults.copies == 1:
            yield f"{class_name} {drawing // GROUP_SIZE}", Image.fromarray(pixels)
        else:
            missing = number - drawing * faults.copies
            for _ in range(min(faults.copies, missing)):
                yield f"{class_name} {drawing}", _copy(pixels, rng)


# A picture


def _lit(pixels: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The pixels in the light of their group; a grey picture stays grey.

    Args:
        light: (4,) factors: of brightness, then of red, green and blue.
    """
    grey = (pixels == pixels[..., :1]).all()
    return _scaled(pixels, light[:1] if grey else light[0] * light[1:])


def _scanned_elsewhere(pixels: np.ndarray) -> np.ndarray:
    """The pixels with another scanner's colour cast and dark frame."""
    tinted = _scaled(pixels, np.array(SCANNER_GAIN))
    width = max(1, round(FRAME_SHARE * len(pixels)))
    inner = np.s_[width:-width, width:-width]
    framed = np.full_like(tinted, FRAME_GREY)
    framed[inner] = tinted[inner]
    return framed


def _scaled(pixels: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """uint8: the pixels times a factor, or one per channel."""
    return grey_levels(pixels * gain)


def _copy(pixels: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """A copy, turned and mirrored; its empty corners get the usual colour of the rim."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return copies.augmented(
        Image.fromarray(pixels),
        rng,
        rotation=COPY_ROTATION,
        flips=("horizontal", "vertical"),
        fill=np.median(rim, 0).astype(int).tolist(),
    )
