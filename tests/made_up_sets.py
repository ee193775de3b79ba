"""Image sets put together by hand, without a file: for tests of what is done with a loaded set."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.data import ImageSet

CLASSES = ("basophil", "monocyte", "neutrophil")


def image_set(
    counts: Sequence[int],
    groups: Sequence[str] | None = None,
    parts: Sequence[str] | str = "",
    pixels: np.ndarray | None = None,
) -> ImageSet:
    """So many images of each class, class after class; the row is the file's name."""
    labels = np.repeat(np.arange(len(counts)), counts)
    paths = [f"{row}.png" for row in range(len(labels))]
    table = pd.DataFrame({"path": paths, "label": labels, "stand_in": ""})
    return ImageSet(
        name="made up",
        kind="substitute",
        classes=CLASSES[: len(counts)],
        table=table.assign(group="" if groups is None else groups, part=parts),
        pixels=np.zeros((len(labels), 2, 2, 3), np.uint8) if pixels is None else pixels,
        rows=np.arange(len(labels)),
        rejected=pd.DataFrame({"path": [], "reason": []}),
        sha256="",
        group_noun="slide",
        content="",
    )
