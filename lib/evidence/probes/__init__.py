"""Probes: classifiers that see too little of an image to know what it shows.

What they get right, a network may have got right in the same way. Each is trained and tested on the
folds of the networks. `PROBES` describes them, `run_probes` asks them, `probe_level` judges each of them,
and `probe_verdicts` what they say of a network.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lib.datasets import ControlSet, Fold, ImageSet
from lib.datasets.progress import phase
from lib.datasets.tables import control_evidence, evidence_rows, join_evidence
from lib.evidence.probes import classifiers, files, inputs
from lib.evidence.probes.descriptions import PROBES, Description, description_of, find_description
from lib.evidence.probes.levels import (
    ABOVE,
    AT_CHANCE,
    BEATS,
    REACHES,
    RULE,
    indicates_leak,
    probe_level,
)
from lib.evidence.probes.verdicts import ProbeVerdict, Rival, Role, probe_verdicts

CONTROLLED = ("colour", "global")  # the probes that answer for a control set too
NEAREST = "nearest neighbour"


def run_probes(
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
        features: Arm → (images, ...), rows as `images.table`: the output of its backbone
            before training.
        controls: Sets shown to the probes `CONTROLLED`, which are trained on `images`.
    """
    facts = _facts(images)
    if facts is not None and (facts == facts[0]).all():
        facts = None
    inputs_by_probe = {(name, ""): x for name, x in _inputs(images, facts).items()}
    for arm, values in (features or {}).items():
        inputs_by_probe["features", arm] = np.asarray(values).reshape(len(images), -1)
    control_inputs = [
        (control, _control_inputs(control.images, facts is not None)) for control in controls
    ]
    names, tables = np.asarray(images.classes), []
    with _one_blas_thread(), phase("Simple classifiers", len(inputs_by_probe)) as work:
        for done, ((probe, arm), x) in enumerate(inputs_by_probe.items()):
            work.advance(done, probe)
            answers = _answers(probe, x, images.labels, folds)
            for fold, (of_test, classify) in zip(folds, answers, strict=True):
                tables.append(evidence_rows("probe", probe, arm, images, fold, names[of_test]))
                for control, of_control in control_inputs:
                    if probe in of_control and classify:
                        predicted = names[classify(of_control[probe])]
                        tables.append(control_evidence(control, probe, fold, predicted))
    return join_evidence(tables)


def _one_blas_thread() -> threadpool_limits:
    """On matrices this small BLAS's threads only wait for one another: one takes a quarter of the CPU."""
    import scipy.linalg  # it brings a BLAS of its own, which the limit finds only once it is loaded

    return threadpool_limits(1, "blas")


def _answers(
    probe: str, x: np.ndarray, labels: np.ndarray, folds: Sequence[Fold]
) -> list[tuple[np.ndarray, classifiers.Classifier | None]]:
    """Of each fold: labels for its test images, and what answers for others; of the nearest neighbour nothing does."""
    if probe == NEAREST:
        divisions = [(fold.train, fold.test) for fold in folds]
        return [(answers, None) for answers in classifiers.nearest(x, labels, divisions)]
    fit = classifiers.majority if probe == "majority" else classifiers.logistic
    fitted = fit(x, labels, [fold.train for fold in folds])
    return [
        (classify(x[fold.test]), classify) for classify, fold in zip(fitted, folds, strict=True)
    ]


def _facts(images: ImageSet) -> np.ndarray | None:
    if images.root is None:
        return None
    return files.file_facts([images.root / path for path in images.table["path"]])


def _inputs(images: ImageSet, facts: np.ndarray | None) -> dict[str, np.ndarray]:
    """Probe → (images, numbers) that it is given."""
    features = inputs.image_features(images)
    given = {
        "majority": np.empty((len(images), 0)),
        "colour": features["colour"],
        "pixels": features["thumbnail"],
        "global": np.hstack([features["colour"], features["near black"]]),
    }
    if facts is not None:
        given |= {"global": np.hstack([given["global"], facts]), "file": facts}
    given |= {name: features[name] for name in ("border", "blurred", "patches")}
    return given | {"nearest neighbour": features["thumbnail"]}


def _control_inputs(images: ImageSet, with_facts: bool) -> dict[str, np.ndarray]:
    """What the probes `CONTROLLED` are given of a control set; `global` needs the facts of its files too."""
    facts = _facts(images) if with_facts else None
    given = _inputs(images, facts)
    if with_facts and facts is None:
        del given["global"]
    return {name: given[name] for name in CONTROLLED if name in given}
