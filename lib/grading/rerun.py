"""`python -m lib verify --rerun`: one fit of a submission, drawn at random and trained again.

Consistency shows that the files of a run fit each other, and whoever computes them anew makes them fit. Only a
training that gives the same answers proves that a training gave them. Nothing of the submission is executed: our
library trains with its settings, each checked as if a user had asked for it.
"""

import platform
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from lib import machine, papers
from lib.datasets import (
    Fold,
    ImageSet,
    Units,
    divide,
    find_units,
    load,
    locate,
    near_duplicates,
    prediction_rows,
    restrict,
    split_table,
)
from lib.grading.artefacts import TABLE_FILES
from lib.grading.items import Item, Verification
from lib.grading.submissions import open_submission
from lib.grading.tables import read_tables
from lib.papers.declare import Paper
from lib.results import FoldCounts, Results
from lib.runs.key import library_change
from lib.settings import Settings, recorded
from lib.words import listed, printable


class Tolerance(NamedTuple):
    """How far a training may come out otherwise.

    Attributes:
        reason: Why it may.
        agreement: The least share of answers that are the same.
        distance: The most between two probabilities of the true class, mean over images.
    """

    reason: str
    agreement: float
    distance: float

    def __str__(self) -> str:
        return (
            f"{self.reason} (at least {self.agreement:.0%} the same, at most {self.distance} apart)"
        )


# Elsewhere the last digits of a training differ, and an image at the border between two classes may cross it.
ELSEWHERE = Tolerance("for another machine or other versions", 0.95, 0.05)
# On the same machine a run adds up in another order where it trains several heads side by side.
ROUNDING = Tolerance("for heads that the run trained side by side", 0.99, 0.001)
MOST_DRAWN = 2000  # phantoms of each class; more would take hours to draw
TOPIC = "rerun"  # of an item
PROOF = (
    "One fit of each, drawn at random, was trained again: that alone proves where its answers come from. "
    "Everything else is consistency."
)
COMPARED = ("path", "group", "true", "predicted")  # and the probabilities


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """What came of training one fit of a submission again.

    Attributes:
        where: The fit: model, protocol, seed, fold; "" where none was drawn.
        stored: What the submission says, where it differs.
        recomputed: What the training gave.
        seconds: It took, images and all.
    """

    state: Literal["ok", "differs", "cannot tell"]
    sentence: str
    where: str = ""
    stored: str = ""
    recomputed: str = ""
    seconds: float = 0.0


class _UntoldError(Exception):
    """The fit cannot be made again here; the message is a sentence."""


class _DiffersError(Exception):
    """The fit cannot have been made as the submission says; the message is a sentence."""


@dataclass(frozen=True, kw_only=True)
class _Submitted:
    """A submission's record, the tables and what follows from them."""

    record: Results
    tables: Mapping[str, pd.DataFrame]
    paper: Paper
    settings: Settings


def with_rerun(
    verification: Verification, path: Path, data: str | None, draw_seed: int | None
) -> Verification:
    """What was found of the submission at `path`, and what `rerun` finds of it."""
    outcome = rerun(open_submission(path).files, data=data, draw_seed=draw_seed)
    cost = f"{outcome.where}: " if outcome.where else ""
    item = Item(
        topic=TOPIC,
        state=outcome.state,
        sentence=f"{cost}{outcome.sentence} It took {outcome.seconds:.1f} s.",
        stored=outcome.stored,
        recomputed=outcome.recomputed,
        where=outcome.where,
    )
    return replace(verification, items=(*verification.items, item))


def rerun_lines(verifications: Sequence[Verification]) -> list[str]:
    """A line for each submission of which a fit was run again, and what all of it proves."""
    lines = [
        f"{printable(checked.name)}: {item.state}. {printable(item.sentence)}"
        for checked in verifications
        for item in checked.items
        if item.topic == TOPIC
    ]
    return [*lines, PROOF] if lines else []


def rerun(files: Mapping[str, bytes], *, data: str | None, draw_seed: int | None) -> Rerun:
    """Trains one fit of a submission again and compares its answers to the test images.

    On the machine and with the versions of the run every digit must be the same, within `ROUNDING` where it
    trained heads side by side; elsewhere they must agree within `ELSEWHERE`.

    Args:
        files: Name → content; results.json and the four tables.
        data: The images, where the run had other than drawn ones.
        draw_seed: Of the draw; None draws what nobody can foresee.
    """
    start, where = time.perf_counter(), ""
    try:
        submitted = _read(files)
        arm, counts = _draw(submitted, draw_seed)
        where = f"{arm}, {counts.protocol}, seed {counts.seed}, fold {counts.fold}"
        images = _images(submitted, data)
        fold = _fold(submitted, images, counts)
        _require_same_split(submitted, images, fold)
        ours, exact = _train(submitted, arm, images, fold)
        outcome = _compare(submitted, arm, images, fold, ours, exact=exact)
    except _DiffersError as error:
        outcome = Rerun(state="differs", sentence=f"{error}.", stored="splits.csv")
    except _UntoldError as error:
        outcome = Rerun(state="cannot tell", sentence=f"The fit cannot be trained again: {error}.")
    except (
        Exception
    ) as error:  # a stranger's settings can fail anywhere; other submissions are still to come
        outcome = Rerun(
            state="cannot tell",
            sentence=f"The fit cannot be trained again: {type(error).__name__}: {error}",
        )
    seconds = round(time.perf_counter() - start, 1)
    return Rerun(**{**vars(outcome), "where": where, "seconds": seconds})


# What is run again


def _read(files: Mapping[str, bytes]) -> _Submitted:
    missing = [name for name in ("results.json", *TABLE_FILES) if name not in files]
    if missing:
        raise _UntoldError(f"it lacks {listed(missing)}")
    record = Results.model_validate_json(files["results.json"])
    if record.slug not in papers.slugs():
        raise _UntoldError(f"no paper is called {record.slug}")
    paper = restrict(
        papers.load(record.slug),
        **{name.replace(" ", "_"): value for name, value in record.data.only.items()},
    )
    return _Submitted(
        record=record,
        tables=read_tables(record, files),
        paper=paper,
        settings=recorded(record.settings),
    )


def _draw(submitted: _Submitted, draw_seed: int | None) -> tuple[str, FoldCounts]:
    """A model and a fold."""
    fits = [
        (model.arm, fold) for model in submitted.record.models for fold in submitted.record.folds
    ]
    if not fits:
        raise _UntoldError("its record names no fit")
    seed = secrets.randbits(64) if draw_seed is None else draw_seed
    return fits[int(np.random.default_rng(seed).integers(len(fits)))]


def _images(submitted: _Submitted, data: str | None) -> ImageSet:
    """The run's own images, proven by their manifest."""
    record, paper, settings = submitted.record, submitted.paper, submitted.settings
    folder = locate(paper, data or "phantom")
    if folder is None and record.data.kind != "phantom":
        raise _UntoldError(
            f"it needs the images of {record.data.name} ({record.data.images:,} images). Give them with "
            f"--data PATH"
        )
    if folder is None:
        from lib import phantoms  # draws with what no other submission needs

        if settings.phantoms_per_class > MOST_DRAWN:
            raise _UntoldError(f"it has more than {MOST_DRAWN:,} drawn images of each class")
        folder = phantoms.folder(paper, settings.phantoms_per_class)
    images = load(paper, folder, settings.image_size, settings.images_per_class)
    if images.sha256 != record.data.sha256:
        raise _UntoldError(
            f"the images here are others (data manifest {images.sha256[:16]}…) than those of the run "
            f"({record.data.sha256[:16]}…)"
        )
    return images


def _fold(submitted: _Submitted, images: ImageSet, counts: FoldCounts) -> Fold:
    """The fold as it is divided here, which must be that of splits.csv."""
    settings = submitted.settings
    protocols = [counts.protocol]
    units = _units(submitted, images, counts.protocol)
    folds = divide(
        images,
        units,
        protocols=protocols,
        grouped_folds=settings.grouped_folds,
        test_share=settings.test_share,
        stratified=settings.stratified,
        seeds=settings.seeds,
    )
    fold = next(
        (each for each in folds if (each.seed, each.fold) == (counts.seed, counts.fold)), None
    )
    if fold is None:
        raise _UntoldError("its settings divide the images into no such fold")
    return fold


def _require_same_split(submitted: _Submitted, images: ImageSet, fold: Fold) -> None:
    """Raises: _DiffersError where splits.csv has other images on the two sides."""
    ours, theirs = split_table(images, [fold]), submitted.tables["splits"]
    columns = ["path", "true", fold.name]
    if ours[columns].to_csv(index=False) != theirs[columns].to_csv(index=False):
        raise _DiffersError("splits.csv divides the images otherwise than the settings do here")


def _units(submitted: _Submitted, images: ImageSet, protocol: str) -> Units | None:
    """Only a grouped split asks what must stay together, which takes a while to find."""
    if protocol != "grouped":
        return None
    from lib.training import describe_looks

    searched = submitted.record.look_alikes.pairs is not None
    return find_units(images, near_duplicates(images, describe_looks(images, searched)))


def _train(
    submitted: _Submitted, name: str, images: ImageSet, fold: Fold
) -> tuple[np.ndarray, bool]:
    from lib import models
    from lib.training.again import train_again

    record, arm = submitted.record, papers.find_arm(submitted.paper, name)
    training = submitted.settings.training[name]
    if training.loss != arm.recipe.loss.value:
        raise _UntoldError(f"the loss of {name} is not as declared")
    backbone = models.load_backbone(arm, training)
    (theirs,) = (model.weights for model in record.models if model.arm == name)
    if backbone.weights.sha256 != theirs.sha256:
        raise _UntoldError(
            f"{name} started from other weights ({theirs.used}) than there are here "
            f"({backbone.weights.used})"
        )
    return train_again(arm, backbone, images, fold, training)


# Comparing


def _compare(
    submitted: _Submitted, arm: str, images: ImageSet, fold: Fold, ours: np.ndarray, *, exact: bool
) -> Rerun:
    rows, theirs = _our_rows(arm, images, fold, ours), _their_rows(submitted, arm, fold)
    classes = submitted.record.classes
    if not {*COMPARED, *classes} <= {*rows} or [*rows["path"]] != [*theirs["path"]]:
        return Rerun(
            state="differs",
            sentence="predictions.csv answers other test images than this fold has.",
            stored=f"{len(theirs)} images",
            recomputed=f"{len(rows)} images",
        )
    columns = [*COMPARED, *classes]
    same = rows[columns].to_csv(index=False) == theirs[columns].to_csv(index=False)
    if same:
        return Rerun(
            state="ok", sentence="A training here gave the same answers, to the last digit."
        )
    agreement = float((rows["predicted"].to_numpy() == theirs["predicted"].to_numpy()).mean())
    distance = _distance(rows, theirs)
    told = f"{agreement:.1%} of the answers the same, probabilities {distance:.3f} apart on average"
    elsewhere = _elsewhere(submitted.record)
    if not elsewhere and exact:
        return Rerun(
            state="differs",
            sentence="A training on the same machine with the same versions gave other answers.",
            stored="predictions.csv",
            recomputed=told,
        )
    tolerance = ELSEWHERE if elsewhere else ROUNDING
    within = agreement >= tolerance.agreement and distance <= tolerance.distance
    verb = "agrees within" if within else "is outside"
    changes = f" Other than in the run: {elsewhere}." if elsewhere else ""
    return Rerun(
        state="ok" if within else "differs",
        sentence=f"A training here {verb} the tolerance {tolerance}: {told}.{changes}",
        stored="" if within else "predictions.csv",
        recomputed=told,
    )


def _our_rows(arm: str, images: ImageSet, fold: Fold, ours: np.ndarray) -> pd.DataFrame:
    """As they would come back from predictions.csv."""
    rows = prediction_rows(arm, images, fold, "test", fold.test, ours, "")
    text = rows.to_csv(index=False)
    return pd.read_csv(StringIO(text), keep_default_na=False, dtype=dict.fromkeys(COMPARED, str))


def _their_rows(submitted: _Submitted, arm: str, fold: Fold) -> pd.DataFrame:
    table = submitted.tables["predictions"]
    of_fit = (
        (table["arm"] == arm) & (table["protocol"] == fold.protocol) & (table["part"] == "test")
    )
    return table[of_fit & (table["seed"] == fold.seed) & (table["fold"] == fold.fold)]


def _distance(rows: pd.DataFrame, theirs: pd.DataFrame) -> float:
    """Between the two probabilities of the true class, mean over images."""
    columns = [rows.columns.get_loc(name) for name in rows["true"]]
    number = np.arange(len(rows))
    there = theirs[rows.columns].to_numpy()[number, columns].astype(float)
    return float(abs(rows.to_numpy()[number, columns].astype(float) - there).mean())


def _elsewhere(record: Results) -> str:
    """What is not as it was in the run, in words; "" for the same machine with the same versions."""
    from lib import models

    provenance, now = record.provenance, machine.versions()
    differing = [
        f"{name} {provenance.versions.get(name, 'none')} → {now.get(name, 'none')}"
        for name in {**provenance.versions, **now}
        if provenance.versions.get(name) != now.get(name)
    ]
    if provenance.backend != machine.backend_name():
        differing.append(f"backend {provenance.backend} → {machine.backend_name()}")
    if provenance.device != models.device():
        differing.append(f"device {provenance.device} → {models.device()}")
    system = platform.platform(aliased=True, terse=True)
    if provenance.platform != system:
        differing.append(f"system {provenance.platform} → {system}")
    if not provenance.key_parts:
        differing.append("perhaps the library's code, of which a run by hand keeps no hash")
    elif "lib/" in library_change(record):  # it names packages, too: those of the list above
        differing.append("the library's code")
    return ", ".join(differing)
