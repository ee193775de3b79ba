"""One run: its key, its record (results.json) and its folder.

The batch tells a notebook where to write through the environment variable LIB_RUN (JSON: `folder`,
`key_parts`). A notebook run by hand has none and writes nothing unless asked to.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from lib import NOT_IN_REPORT, ROOT, checkpoints, evaluation, evidence, verdicts, weights
from lib.atomic import write_text
from lib.paper import Paper
from lib.results import SCHEMA_VERSION, Provenance, Results
from lib.settings import Settings

if TYPE_CHECKING:
    from lib.data import Fold, ImageSet, Twins, Units
    from lib.training import Trained

ENVIRONMENT = "LIB_RUN"
# Packages whose version can change a number or the look of a report.
PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "numpy",
    "pandas",
    "pillow",
    "opencv-python-headless",
    "imagehash",
    "scikit-learn",
    "matplotlib",
    "seaborn",
    "nbconvert",
    "papermill",
)


class Clock:
    """Started with the notebook: `started` (UTC) and `seconds` since."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self._start, 1)


def versions() -> dict[str, str]:
    """Python's version and those of the installed packages that matter."""
    return {"python": platform.python_version()} | {
        name: found for name in PACKAGES if (found := _version(name))
    }


def backend_name() -> str:
    """The backend Keras is told to use; TensorFlow by default."""
    return os.environ.get("KERAS_BACKEND", "tensorflow")


def key_parts(
    notebook: Path,
    settings: Settings,
    *,
    data: str,
    weights: str,
    device: str,
    kernel: str = "",
    own: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Everything a run's numbers depend on, one hash or text each.

    Args:
        notebook: The notebook; only its code counts.
        data: Hash of the images (`Scan.sha256`).
        weights: Hashes of the arms' weight files, joined by spaces; "" for random weights.
        device: "cpu", or the GPU's name.
        kernel: Name of the Jupyter kernel, "" for this Python's own.
        own: Parameters that only this notebook knows, as given.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    # Not the cell that only fetches the library: a repository that moves changes no number.
    computing = [one for one in cells if NOT_IN_REPORT not in one["metadata"].get("tags", [])]
    code = ["".join(one["source"]) for one in computing if one["cell_type"] == "code"]
    installed = {**versions(), "backend": backend_name()}
    return {
        "notebook": _hash(json.dumps(code)),
        "parameters": _hash(json.dumps([asdict(settings), dict(own or {})], sort_keys=True)),
        "lib": _library_hash(),
        "data": data,
        "weights": weights,
        "versions": _hash(json.dumps(installed, sort_keys=True)),
        "device": device,
        "kernel": kernel,
    }


def run_key(parts: Mapping[str, str]) -> str:
    """The hash of all key parts, "" for none."""
    return _hash(json.dumps(dict(parts), sort_keys=True)) if parts else ""


def collect(
    paper: Paper,
    settings: Settings,
    clock: Clock,
    *,
    images: "ImageSet",
    folds: Sequence["Fold"],
    twins: "Twins",
    units: "Units",
    trained: Sequence["Trained"],
    tables: Mapping[str, pd.DataFrame],
    device: str,
) -> Results:
    """The whole record of a run, computed from its tables and checked against the schema.

    Args:
        tables: "predictions", "history", "splits" and "evidence".
    """
    predictions, noun = tables["predictions"], images.group_noun
    models = [one.model for one in trained]
    scores = evaluation.of_run(predictions, tables["history"], models, images.classes, noun)
    claims = verdicts.judge(paper, scores, kind=images.kind, models=models, settings=settings)
    return Results(
        slug=paper.slug,
        title=paper.title_english,
        classes=list(paper.class_names),
        profile=settings.profile,
        settings=json.loads(json.dumps(asdict(settings))),  # tuples become lists, as in the file
        changed=list(settings.changed),
        data=images.summary(),
        near_duplicates=twins.summary(images),
        grouping=units.record,
        models=models,
        costs=[one.cost for one in trained],
        folds=[fold.summary(images, twins) for fold in folds],
        scores=scores,
        differences=evaluation.differences(scores, models),
        confusions=evaluation.confusions(predictions, images.classes),
        **evidence.of_run(paper, settings, models, kind=images.kind, group_noun=noun, **tables),
        claims=claims,
        verdict_rule=verdicts.RULE,
        files={f"{name}.csv": _hash(_csv(table)) for name, table in tables.items()},
        provenance=_provenance(clock, paper, device),
    )


def save(
    results: Results, tables: Mapping[str, pd.DataFrame], output: str | None = None
) -> Path | None:
    """Writes results.json and the tables as predictions.csv, history.csv, splits.csv, evidence.csv.

    What was kept in case the run is interrupted is forgotten: by now it is whole.

    Args:
        tables: As for `collect`.
        output: A folder to write to, made if need be; None writes to the batch's folder, and
            nowhere if the notebook is run by hand.

    Returns:
        The folder, or None where nothing was written.
    """
    folder = Path(output) if output else _given().get("folder")
    if folder is None:
        checkpoints.clear(results.slug)
        return None
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", _csv(table))
    write_text(folder / "results.json", results.model_dump_json(indent=1) + "\n")
    checkpoints.clear(results.slug)
    return folder


def load(folder: Path) -> Results:
    """The record in `folder`/results.json.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It does not follow the schema; the message names the first fields at fault.
    """
    path = folder / "results.json"
    try:
        return Results.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ValueError(
            f"{path} should follow schema version {SCHEMA_VERSION}: {error}"
        ) from error


def _provenance(clock: Clock, paper: Paper, device: str) -> Provenance:
    parts = dict(_given().get("key_parts", {}))
    if parts:  # a download may have brought weights that were not there when the batch looked
        parts["weights"] = weights.fingerprint(paper.pretrained)
    return Provenance(
        run_key=run_key(parts),
        key_parts=parts,
        versions=versions(),
        backend=backend_name(),
        device=device,
        platform=platform.platform(aliased=True, terse=True),
        started=clock.started,
        seconds=clock.seconds,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # one backend is enough
        return ""


def _given() -> dict:
    return json.loads(os.environ.get(ENVIRONMENT, "{}"))


def _library_hash() -> str:
    files = sorted(path for path in (ROOT / "lib").rglob("*") if path.is_file())
    parts = [
        f"{path.relative_to(ROOT).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in files
        if "__pycache__" not in path.parts
    ]
    return _hash("\n".join(parts))


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
