"""One run: its record (results.json) and its folder.

The batch tells a notebook where to write through the environment variable LIB_RUN (JSON: `folder`,
`key_parts`, `command`). A notebook run by hand has none and writes nothing unless asked to.
"""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lib import machine, storage
from lib.datasets import ControlSet, Fold, ImageSet, Twins, Units, require_unchanged
from lib.evaluation import verdicts
from lib.evidence import derive
from lib.papers.declare import Paper
from lib.results import Provenance, Reference, Results, hash_text, load_references, run_key
from lib.runs.key import weights_of_run
from lib.settings import Settings
from lib.storage import explain_disk_failure, write_text

if TYPE_CHECKING:  # importing it would load Keras, which no batch needs
    from lib.training.train import Trained

ENVIRONMENT = "LIB_RUN"


class Clock:
    """Started with the notebook: `started` (UTC) and `seconds` since.

    Not before the batch began, although the clock of the day be set back between the two.
    """

    def __init__(self) -> None:
        now = datetime.now(UTC)
        if begun := _given().get("begun"):
            passed = timedelta(seconds=time.monotonic() - begun["monotonic"])
            now = max(now, datetime.fromisoformat(begun["at"]) + passed)
        self.started = now.isoformat(timespec="seconds")
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self._start, 1)


def collect(
    paper: Paper,
    settings: Settings,
    clock: Clock,
    *,
    images: ImageSet,
    folds: Sequence[Fold],
    twins: Twins,
    units: Units,
    trained: Sequence["Trained"],
    tables: Mapping[str, pd.DataFrame],
    device: str,
    controls: Sequence[ControlSet] = (),
    author: str = "",
    assignment: str = "",
) -> Results:
    """The whole record of a run, computed from its tables and checked against the schema.

    Args:
        tables: "predictions", "history", "splits" and "evidence".
        controls: Images of another origin that are in `tables["evidence"]`.
        author: Who makes the run; it changes no number, unless the seeds are asked for by it.
        assignment: What it is made for; likewise.

    Raises:
        DataError: The images are not those that the batch saw before it started the notebook.
    """
    # The run key would be that of other images.
    seen_by_batch = _given().get("key_parts", {}).get("data", "").partition(" ")[0]
    if seen_by_batch:
        require_unchanged(images, seen_by_batch)
    settings = replace(settings, choices=settings.tries_choices(len(images)))
    models = [of_arm.model for of_arm in trained]
    data = images.summary()
    derived = derive(
        paper,
        settings,
        models,
        tables,
        kind=images.kind,
        group_noun=images.group_noun,
        searched=twins.alike.pairs is not None,
        stand_ins=data.stand_ins,
    )
    return Results(
        slug=paper.slug,
        title=paper.title_english,
        classes=list(paper.class_names),
        profile=settings.profile,
        settings=json.loads(json.dumps(asdict(settings))),  # tuples become lists, as in the file
        changed=list(settings.changed),
        data=data,
        near_duplicates=twins.summary(images),
        look_alikes=twins.alike.summary(images),
        grouping=units.record,
        models=models,
        costs=[of_arm.cost for of_arm in trained],
        folds=[fold.summary(images, twins) for fold in folds],
        control_sets=[control.summary() for control in controls],
        **dict[str, Any](derived),
        verdict_rule=verdicts.RULE,
        files={f"{name}.csv": hash_text(_csv(table)) for name, table in tables.items()},
        pictures={},  # until `lib.runs.render.write_report` has seen them
        kept_models=[],  # until `lib.runs.keep.keep_models` has written them
        provenance=_provenance(clock, paper, settings, device, author, assignment),
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

    Raises:
        DataError: The disk is full or not writable.
    """
    folder = folder_of_run(output)
    if folder is None:
        storage.forget_training_states(results.slug)
        return None
    with explain_disk_failure("the results", folder, "another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_text(folder / f"{name}.csv", _csv(table))
        storage.note_record(results.provenance.started, results.provenance.run_key)
        write_text(folder / "results.json", results.model_dump_json(indent=1) + "\n")
    storage.forget_training_states(results.slug)
    return folder


def folder_of_run(output: str | None) -> Path | None:
    """Where a run is written: `output`, else the batch's folder; None for a notebook that keeps nothing."""
    folder = output or _given().get("folder")
    return Path(folder) if folder else None


def kept_references(paper: Paper) -> list[Reference]:
    """What was measured of a paper on real images. Raises: ValueError as `lib.results.load_references`."""
    references = load_references(storage.references())
    return [reference for reference in references if reference.slug == paper.slug]


def _provenance(
    clock: Clock, paper: Paper, settings: Settings, device: str, author: str, assignment: str
) -> Provenance:
    parts = dict(_given().get("key_parts", {}))
    if parts:  # a download may have brought weights that were not there when the batch looked
        parts["weights"] = weights_of_run(paper, settings)
    return Provenance(
        run_key=run_key(parts),
        key_parts=parts,
        command=_given().get("command", ""),
        author=str(author),  # a number of matriculation comes as a number from the command line
        assignment=str(assignment),
        versions=machine.versions(),
        backend=machine.backend_name(),
        device=device,
        platform=platform.platform(aliased=True, terse=True),
        started=clock.started,
        seconds=clock.seconds,
    )


def _given() -> dict[str, Any]:
    return json.loads(os.environ.get(ENVIRONMENT, "{}"))


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")
