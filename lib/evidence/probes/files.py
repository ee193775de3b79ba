"""What the files of images tell before anything in them is looked at: size, type, compression."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lib.datasets.decoding import FORMATS, open_image

FACTS = ("width", "height", *FORMATS, "JPEG quality")
LUMINANCE = (  # at quality 50, row by row; ITU-T T.81 (1992), Table K.1
    *(16, 11, 10, 16, 24, 40, 51, 61),
    *(12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77),
    *(24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101),
    *(72, 92, 95, 98, 112, 100, 103, 99),
)


def file_facts(paths: Sequence[Path]) -> np.ndarray:
    """(images, facts) float32: `FACTS` of each file, from its header alone; the quality of others is 0."""
    return np.array([_facts(path) for path in paths], np.float32).reshape(-1, len(FACTS))


def _facts(path: Path) -> tuple[float, ...]:
    with open_image(path) as image:
        kind = "JPEG" if image.format == "MPO" else image.format  # several JPEGs in one file
        tables = getattr(image, "quantization", {}) if kind == "JPEG" else {}
        quality = jpeg_quality(tables[0]) if tables else 0
        return (*image.size, *(kind == name for name in FORMATS), quality)


def jpeg_quality(table: Sequence[int]) -> int:
    """The quality (1…100) whose luminance table is the nearest in strength to a file's first table.

    Source: the scaling of the Independent JPEG Group's library (`jpeg_set_quality`). Only the sums
    are compared: files differ in the order of a table's 64 entries.
    """
    return int(np.abs(_strengths() - sum(table)).argmin()) + 1


def _strengths() -> np.ndarray:
    """(100,): sum of the luminance table at each quality."""
    quality = np.arange(1, 101)
    scale = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    scaled = (np.outer(scale, LUMINANCE) + 50) // 100
    return scaled.clip(1, 255).sum(1)
