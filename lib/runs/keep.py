"""The trained models of a run, kept beside its report: models/<arm>.keras for the first seed, listed in its record."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lib.evaluation import metrics
from lib.papers.declare import file_name
from lib.results import KeptFile, KeptRecord, Model, Results, headlines, shown_protocol
from lib.runs.folders import MODELS, FolderError, holds_only_models
from lib.settings import kept_seeds, recorded
from lib.storage import explain_disk_failure, file_sha256, replace_folder, temporary_folder

if TYPE_CHECKING:  # training would load Keras, which no batch needs
    from lib.datasets import ImageSet
    from lib.training.fit import Fit
    from lib.training.train import Trained


def keep_models(
    results: Results, images: "ImageSet", trained: Sequence["Trained"], output: str | None = None
) -> Results:
    """Writes the models that the settings ask for into the run folder; the record with their list.

    Args:
        results: From `collect`, of this run.
        output: As for `save`; where nothing is written, no model is.

    Raises:
        DataError: The disk is full or not writable.
        FolderError: The folder of models holds something else.
    """
    from lib.runs.record import folder_of_run  # a batch that looks for models needs no evidence

    folder = folder_of_run(output)
    if folder is None:
        return results
    target = folder / MODELS
    if target.exists() and not holds_only_models(target):
        raise FolderError(
            f"{target} should hold nothing but kept models, which this run replaces. Move what else lies "
            f"there away, or give another `output`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (
        explain_disk_failure("the trained models", folder, '`keep_models` "none"'),
        temporary_folder(folder) as temporary,
    ):
        kept = list(_written(temporary, results, images, trained))
        if kept:
            temporary.chmod(0o755)
            replace_folder(temporary, target)
        else:  # those of an earlier run are not this run's
            shutil.rmtree(target, ignore_errors=True)
    return results.model_copy(update={"kept_models": kept})


def kept_name(arm: str, seed: int, seeds: Sequence[int]) -> str:
    """The name of a kept model's file; the first seed needs none in it."""
    of_seed = "" if seed == seeds[0] else f"-seed-{seed}"
    return f"{file_name(arm)}{of_seed}.keras"


def expected_models(finished: Results, asked: str) -> Iterator[tuple[str, int, str, str]]:
    """(arm, seed, protocol, file) of every model that a run keeps.

    Args:
        asked: The parameter `keep_models`.
    """
    seeds = finished.settings["seeds"]
    protocol = shown_protocol(fold.protocol for fold in finished.folds)
    for model in finished.models:
        for seed in kept_seeds(asked, seeds):
            yield model.arm, seed, protocol, f"{MODELS}/{kept_name(model.arm, seed, seeds)}"


def missing_models(folder: Path, finished: Results, asked: str) -> str:
    """Which kept model a finished run in `folder` should have and lacks, in words; "" for none.

    Args:
        asked: The parameter `keep_models` of the run that is asked for.
    """
    listed = {kept.file: kept.sha256 for kept in finished.kept_models}
    for *_, file in expected_models(finished, asked):
        if file not in listed:
            return f"{file} was not kept"
        path = folder / file
        if not path.is_file() or file_sha256(path) != listed[file]:
            return f"{file} was changed since the run, or is missing"
    return ""


def copy_models(source: Path, target: Path, finished: Results) -> None:
    """Copies the kept models of a run folder into another one, those that are still there."""
    for kept in finished.kept_models:
        if (source / kept.file).is_file():
            (target / MODELS).mkdir(exist_ok=True)
            shutil.copyfile(source / kept.file, target / kept.file)


def _written(
    folder: Path, results: Results, images: "ImageSet", trained: Sequence["Trained"]
) -> Iterator[KeptFile]:
    """Writes every model into `folder`, and says where it will lie."""
    # Imported here: it loads Keras, which a run that trained has loaded already.
    from lib.models.compiled import keep_network
    from lib.models.kept import save_kept
    from lib.training.novelty import novelty_arrays

    seeds = recorded(results.settings).kept_seeds
    for of_arm in trained:
        for seed in seeds:
            name, model = kept_name(of_arm.model.arm, seed, seeds), of_arm.models[seed]
            fit = of_arm.fit_of_model(seed)
            record = _record(results, images, fit, of_arm.model)
            save_kept(folder / name, model, record, novelty_arrays(model, images, fit.fold))
            keep_network(folder / name, model)
            yield KeptFile(
                arm=of_arm.model.arm,
                seed=seed,
                protocol=fit.fold.protocol,
                file=f"{MODELS}/{name}",
                bytes=(folder / name).stat().st_size,
                sha256=file_sha256(folder / name),
            )


def _record(results: Results, images: "ImageSet", fit: "Fit", model: Model) -> KeptRecord:
    fold, settings = fit.fold, results.settings
    scores = headlines(results.scores, fold.protocol)
    learning = {(each.arm, each.protocol): each.outcome for each in results.learning}
    y_true, y_pred = images.labels[fold.test], fit.probabilities.argmax(1)
    confusion = metrics.confusion_matrix(y_true, y_pred, len(images.classes))
    return KeptRecord(
        slug=results.slug,
        title=results.title,
        arm=model.arm,
        seed=fold.seed,
        protocol=fold.protocol,
        classes=results.classes,
        image_size=settings["training"][model.arm]["image_size"],
        training=settings["training"][model.arm],
        profile=results.profile,
        changed=results.changed,
        kind=results.data.kind,
        data=results.data.name,
        data_sha256=results.data.sha256,
        images=results.data.images,
        stand_ins=results.data.stand_ins,
        group_noun=results.data.group_noun,
        pixel_ranges=results.data.pixel_ranges,
        weights=model.weights,
        backbone_sha256="",  # `save_kept` knows
        accuracy=next(score for score in scores if score.arm == model.arm),
        outcome=learning[model.arm, fold.protocol],
        confusion=confusion.tolist(),
        run_key=results.provenance.run_key,
        started=results.provenance.started,
        versions=results.provenance.versions,
        backend=results.provenance.backend,
    )
