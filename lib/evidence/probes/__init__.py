"""Probes: classifiers that see too little of an image to know what it shows.

What they get right, a network may have got right in the same way. Each is trained and tested on the
folds of the networks. `PROBES` describes them, `run` asks them, `level` judges them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.datasets import ControlSet, Fold, ImageSet
from lib.datasets.tables import _rows, joined
from lib.evidence.probes import classifiers, files, inputs
from lib.evidence.probes.descriptions import PROBES, Description, described
from lib.evidence.probes.levels import (
    ABOVE,
    AT_CHANCE,
    LEAK_RULE,
    REACHES,
    RULE,
    level,
    tells_of_leak,
    what_it_means,
)

CONTROLLED = ("colour", "global")  # the probes that answer for a control set
FITS = {"majority": classifiers.majority, "nearest neighbour": classifiers.nearest}


def run(
    images: ImageSet,
    folds: Sequence[Fold],
    *,
    features: Mapping[str, np.ndarray] | None = None,
    controls: Sequence[ControlSet] = (),
) -> pd.DataFrame:
    """The rows of evidence.csv of kind "probe", and those of kind "control" that probes answer.

    What a probe sees is computed once for all folds. The facts of the files are left out where they
    are the same for all images, and where `images.root` is None.

    Args:
        features: Arm → (images, ...), rows as `images.table`: the output of its frozen backbone.
        controls: Sets shown to the probes `CONTROLLED`, which are trained on `images`.
    """
    facts = _facts(images)
    if facts is not None and (facts == facts[0]).all():
        facts = None
    seen = {(name, ""): x for name, x in _seen(images, facts).items()}
    for arm, values in (features or {}).items():
        seen["features", arm] = np.asarray(values).reshape(len(images), -1)
    shown = [(one, _shown(one.images, facts is not None)) for one in controls]
    names, tables = np.asarray(images.classes), []
    for (probe, arm), x in seen.items():
        fit = FITS.get(probe, classifiers.logistic)
        for fold in folds:
            classify = fit(x[fold.train], images.labels[fold.train])
            told = {
                "true": names[images.labels[fold.test]],
                "predicted": names[classify(x[fold.test])],
            }
            tables.append(_rows("probe", probe, arm, fold, images.table.iloc[fold.test], told))
            for control, given in shown:
                if probe in given:
                    told = {"true": control.expected, "predicted": names[classify(given[probe])]}
                    tables.append(
                        _rows("control", control.name, probe, fold, control.images.table, told)
                    )
    return joined(tables)


def _facts(images: ImageSet) -> np.ndarray | None:
    if images.root is None:
        return None
    return files.file_facts([images.root / path for path in images.table["path"]])


def _seen(images: ImageSet, facts: np.ndarray | None) -> dict[str, np.ndarray]:
    """Probe → (images, numbers) that it is given."""
    found = inputs.of_set(images)
    seen = {
        "majority": np.empty((len(images), 0)),
        "colour": found["colour"],
        "pixels": found["thumbnail"],
        "global": np.hstack([found["colour"], found["near black"]]),
    }
    if facts is not None:
        seen |= {"global": np.hstack([seen["global"], facts]), "file": facts}
    seen |= {name: found[name] for name in ("border", "blurred", "patches")}
    return seen | {"nearest neighbour": found["thumbnail"]}


def _shown(images: ImageSet, with_facts: bool) -> dict[str, np.ndarray]:
    """What the probes `CONTROLLED` are given of a control set; `global` needs to know its files, too."""
    facts = _facts(images) if with_facts else None
    seen = _seen(images, facts)
    if with_facts and facts is None:
        del seen["global"]
    return {name: seen[name] for name in CONTROLLED if name in seen}
