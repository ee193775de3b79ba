"""Synthetic images that stand in where there are no real ones: one family of drawings a module.

A phantom set is written as an ordinary folder of PNG files with a mark (`PHANTOM.json`) that makes
every later step call it synthetic. Its classes and groups are known by construction, and `Faults`
puts known faults into it, against which whatever looks for such faults can be tested. It proves
nothing about a paper.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from lib import ROOT
from lib.atomic import new_folder
from lib.copies import augmented
from lib.data.folder import PHANTOM_MARK
from lib.data.groups import GROUPS_FILE
from lib.paper import Assumed, Paper

PHANTOMS = ROOT / "data" / "phantoms"
SEED = 20240501  # any fixed number: the same phantoms on every machine
CONTROL, CONTROL_SIDE = 20, 84  # drawings a class of a control set, and their pixels a side
GROUP = 4  # drawings of one patient, slide or photograph: they share light and stain
LIGHT = 0.04  # standard deviation of a group's brightness, and of each of its colours
ROTATION = 30  # degrees either way that the copies of a leak are turned by
BORDER = 0.04  # width of the other scanner's frame, as a share of the side
CAST = (1.06, 1.0, 0.92)  # the other scanner's gain of red, green and blue
QUALITY = 90  # of the other file's JPEG: nothing that an eye would see
FILES = {  # whether it is the other file → suffix, options of Pillow
    False: (".png", {"compress_level": 1}),  # three times as fast as the default
    True: (".jpg", {"quality": QUALITY}),
}


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


NONE = Faults()


def folder(paper: Paper, per_class: int, faults: Faults = NONE, *, apart: str = "") -> Path:
    """The folder of `per_class` phantoms of every class of `paper`; drawn if it is not there yet.

    Beside the images lies groups.csv: path, group, and the class each image was drawn as.

    Args:
        apart: Draws others, of other groups, than those that stand in for the paper's own: for each
            word its own.

    Raises:
        ValueError: The paper's phantom family does not know one of its classes, or a fault is out
            of its range.
    """
    _check(paper, faults)
    # The code is part of the name: phantoms drawn by older code are never taken for new.
    key = (_code(), paper.class_names, paper.dataset.side.value, asdict(faults), apart)
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:8]
    target = PHANTOMS / f"{paper.phantom}-{per_class}-a-class-{digest}"
    if not target.is_dir():
        with new_folder(target) as temporary:
            _draw_all(paper, per_class, faults, temporary, apart)
    return target


def control(paper: Paper) -> Path:
    """The folder of the drawings that stand in for a control set, from `Paper.images_of`.

    They are small: a control set may have larger files than anything that is trained here.
    """
    small = Assumed(CONTROL_SIDE, "drawings need no more")
    return folder(
        replace(paper, dataset=replace(paper.dataset, side=small)), CONTROL, apart=paper.slug
    )


def one(paper: Paper, name: str) -> np.ndarray:
    """(side, side, 3) uint8: a drawing of the class that stands in no phantom set of the paper."""
    draw = import_module(f"{__name__}.{paper.phantom}").draw
    apart = np.random.default_rng([SEED, paper.class_names.index(name), 2])
    return draw(name, size=paper.dataset.side.value, rng=apart)


def _check(paper: Paper, faults: Faults) -> None:
    for fault in ("other_scanner", "other_file"):
        name = getattr(faults, fault)
        if name and name not in paper.class_names:
            raise ValueError(
                f"`{fault}` should be one of {', '.join(paper.class_names)}; received {name!r}."
            )
    if faults.copies < 1 or not 0 <= faults.label_noise < 1 or faults.imbalance < 1:
        raise ValueError(
            f"`copies` and `imbalance` should be at least 1 and `label_noise` from 0 up to 1; "
            f"received {faults}."
        )


def _code() -> bytes:
    files = [
        *sorted(Path(__file__).parent.glob("*.py")),
        Path(__file__).parent.parent / "copies.py",
    ]
    return b"".join(path.read_bytes() for path in files)


def _draw_all(paper: Paper, per_class: int, faults: Faults, root: Path, apart: str) -> None:
    classes, rows = paper.class_names, []
    for name in classes:
        (root / name).mkdir()
    for label, name in enumerate(classes):
        number = _number(per_class, label, len(classes), faults)
        rng = np.random.default_rng([SEED, label, *apart.encode()])
        # Drawn apart, so that faults and numbers do not change the pictures.
        shuffled = np.random.default_rng([SEED, label, 1]).permutation(number)
        strays = set(shuffled[: round(faults.label_noise * number)].tolist())
        for count, (group, image) in enumerate(_images(paper, name, number, faults, rng)):
            placed = classes[(label + 1) % len(classes)] if count in strays else name
            suffix, options = FILES[name == faults.other_file]
            path = f"{placed}/phantom_{name}_{count:04d}{suffix}"
            image.save(root / path, **options)
            rows.append((path, f"{apart} {group}".strip(), name))
    table = pd.DataFrame(rows, columns=["path", "group", "drawn_as"])
    table.to_csv(root / GROUPS_FILE, index=False, lineterminator="\n")
    mark = {"family": paper.phantom, "seed": SEED, "per_class": per_class, **asdict(faults)}
    (root / PHANTOM_MARK).write_text(json.dumps(mark, indent=1))


def _number(per_class: int, label: int, classes: int, faults: Faults) -> int:
    """Images of a class: falling evenly in ratio from the first to the last."""
    return max(1, round(per_class * faults.imbalance ** (-label / max(1, classes - 1))))


def _images(
    paper: Paper, name: str, number: int, faults: Faults, rng: np.random.Generator
) -> Iterator[tuple[str, Image.Image]]:
    """(group, picture) of `number` images of one class."""
    draw = import_module(f"{__name__}.{paper.phantom}").draw
    drawings = -(-number // faults.copies)
    for drawing in range(drawings):
        if drawing % GROUP == 0:
            light = 1 + LIGHT * rng.standard_normal(4)
        pixels = _lit(draw(name, size=paper.dataset.side.value, rng=rng), light)
        if name == faults.other_scanner:
            pixels = _scanned_elsewhere(pixels)
        if faults.copies == 1:
            yield f"{name} {drawing // GROUP}", Image.fromarray(pixels)
            continue
        for _ in range(min(faults.copies, number - drawing * faults.copies)):
            yield f"{name} {drawing}", _copy(pixels, rng)


def _lit(pixels: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Brightness and colours of one group; a grey picture stays grey."""
    grey = (pixels == pixels[..., :1]).all()
    return _scaled(pixels, light[:1] if grey else light[0] * light[1:])


def _scanned_elsewhere(pixels: np.ndarray) -> np.ndarray:
    cast, width = _scaled(pixels, np.array(CAST)), max(1, round(BORDER * len(pixels)))
    framed = np.full_like(cast, 20)
    framed[width:-width, width:-width] = cast[width:-width, width:-width]
    return framed


def _scaled(pixels: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return (pixels * gain).clip(0, 255).astype(np.uint8)


def _copy(pixels: np.ndarray, rng: np.random.Generator) -> Image.Image:
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return augmented(
        Image.fromarray(pixels),
        rng,
        rotation=ROTATION,
        flips=("horizontal", "vertical"),
        fill=np.median(rim, 0).astype(int).tolist(),
    )
