"""Synthetic images that stand in where there are no real ones: one family of drawings a module.

A phantom set is written as an ordinary folder of PNG files with a mark (`PHANTOM.json`) that makes
every later step call it synthetic. Its classes are known by construction; it proves nothing about a
paper.
"""

import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image

from lib import ROOT
from lib.atomic import new_folder
from lib.data.folder import PHANTOM_MARK
from lib.paper import Paper

PHANTOMS = ROOT / "data" / "phantoms"
SEED = 20240501  # any fixed number: the same phantoms on every machine
SIZE = 84  # pixels a side, as the Kaggle images of the white-blood-cell paper


def folder(paper: Paper, per_class: int) -> Path:
    """The folder of `per_class` phantoms of every class of `paper`; drawn if it is not there yet.

    Raises:
        ValueError: The paper's phantom family does not know one of its classes.
    """
    family = import_module(f"{__name__}.{paper.phantom}")
    # The family's code is part of the name: phantoms drawn by older code are never taken for new.
    key = (Path(family.__file__).read_bytes(), paper.class_names, SEED, SIZE)
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:8]
    target = PHANTOMS / f"{paper.phantom}-{per_class}-a-class-{digest}"
    if not target.is_dir():
        with new_folder(target) as temporary:
            _draw_all(paper, family.draw, per_class, temporary)
    return target


def _draw_all(paper: Paper, draw: Callable, per_class: int, root: Path) -> None:
    for label, name in enumerate(paper.class_names):
        (root / name).mkdir()
        rng = np.random.default_rng([SEED, label])
        for number in range(per_class):
            image = Image.fromarray(draw(name, size=SIZE, rng=rng))
            image.save(root / name / f"phantom_{name}_{number:04d}.png")
    mark = {"family": paper.phantom, "seed": SEED, "per_class": per_class, "size": SIZE}
    (root / PHANTOM_MARK).write_text(json.dumps(mark, indent=1))
