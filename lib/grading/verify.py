"""Checks a run folder against itself: can every number be recomputed from the files beside it?"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib import results as results_module
from lib.evaluation import scores as scores_module
from lib.evaluation import verdicts
from lib.evidence import records as evidence_of
from lib.papers import load
from lib.report.page import embedded_results
from lib.results import FoldCounts, Results, fold_name
from lib.settings import Settings, Training

FOLD = ("protocol", "seed", "fold")  # columns and fields that name a fold
WORDS = {"train": "train images", "test": "test images", "shared_groups": "leak"}
TEXT = dict.fromkeys(
    (
        *("arm", "protocol", "part", "twin", "path", "group", "true", "predicted"),
        *("kind", "name"),
    ),
    str,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run folders."""
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help="reports/SLUG")


def run_command(options: argparse.Namespace) -> int:
    """Prints what is wrong with each folder; 0 if nothing is, else 1."""
    faults_by_folder = {folder: faults(folder) for folder in options.folders}
    for folder, sentences in faults_by_folder.items():
        print(f"{folder}: {'NOT consistent' if sentences else 'consistent'}")
        for sentence in sentences:
            print(f"  {sentence}")
    return 1 if any(faults_by_folder.values()) else 0


def faults(folder: Path) -> list[str]:
    """What is wrong with the run in `folder`, in words; empty if nothing is.

    Recomputes every score, confusion matrix, verdict and piece of evidence of results.json from
    predictions.csv, evidence.csv, history.csv and the paper's declaration, the counts and the leak
    of every fold from splits.csv, and holds report.html's own copy against the file.

    Raises:
        FileNotFoundError: A file of the run is missing.
        ValueError: results.json does not follow its schema.
    """
    results = results_module.load(folder)
    html = (folder / "report.html").read_text(encoding="utf-8")
    # As text: groups 01 and 1 are two groups, and a class may be called 0.
    predictions = pd.read_csv(folder / "predictions.csv", keep_default_na=False, dtype=TEXT)
    evidence = pd.read_csv(folder / "evidence.csv", keep_default_na=False, dtype=TEXT)
    history = pd.read_csv(folder / "history.csv")
    splits = pd.read_csv(folder / "splits.csv", keep_default_na=False, dtype=str)
    found = [
        f"{name} is not the file the run wrote (its SHA-256 differs)"
        for name, digest in results.files.items()
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]
    if embedded_results(html) != results:
        found.append("report.html holds other results than results.json")
    found += _recomputed(results, predictions, history)
    found += _evidence(results, predictions, evidence, history, splits)
    return found + _divided(results, predictions, splits)


def _recomputed(results: Results, predictions: pd.DataFrame, history: pd.DataFrame) -> list[str]:
    scores = scores_module.of_run(
        predictions, history, results.models, results.classes, results.data.group_noun
    )
    claims = verdicts.judge(
        load(results.slug),
        scores,
        kind=results.data.kind,
        models=results.models,
        settings=_settings(results),
    )
    expected = {
        "scores": scores,
        "differences": scores_module.differences(scores, results.models),
        "confusions": scores_module.confusions(predictions, results.classes),
        "claims": claims,
    }
    return _unlike(results, expected)


def _evidence(
    results: Results,
    predictions: pd.DataFrame,
    evidence: pd.DataFrame,
    history: pd.DataFrame,
    splits: pd.DataFrame,
) -> list[str]:
    try:
        again = evidence_of.of_run(
            load(results.slug),
            _settings(results),
            results.models,
            predictions=predictions,
            evidence=evidence,
            history=history,
            splits=splits,
            kind=results.data.kind,
            group_noun=results.data.group_noun,
        )
    except (ValueError, LookupError) as error:  # the tables do not belong together
        return [f"the evidence cannot be computed again: {error}"]
    return _unlike(results, again)


def _unlike(results: Results, expected: dict[str, list]) -> list[str]:
    return [
        f"{name}: {_first_difference(getattr(results, name), again)}"
        for name, again in expected.items()
        if getattr(results, name) != again
    ]


def _divided(results: Results, predictions: pd.DataFrame, splits: pd.DataFrame) -> list[str]:
    """What splits.csv says otherwise of the folds than results.json and predictions.csv do."""
    names = [fold_name(*row) for row in predictions[list(FOLD)].itertuples(index=False)]
    known = [fold_name(*(getattr(fold, field) for field in FOLD)) for fold in results.folds]
    found = []
    for fold, name in zip(results.folds, known, strict=True):
        if name not in splits:
            found.append(f"splits.csv does not know the fold {name}")
            continue
        test, train = (splits[splits[name] == side] for side in ("test", "train"))
        found += _counted(fold, name, train, test, results.classes)
        of_fold = predictions[[one == name for one in names]]
        for part, images in (("test", test), ("train", train)):
            found += _classified(results, name, images, of_fold[of_fold["part"] == part], part)
    more = sorted(set(names) - set(known))
    return found + [f"predictions.csv has a fold that results.json lacks: {name}" for name in more]


def _counted(
    fold: FoldCounts, name: str, train: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str]
) -> list[str]:
    again = {
        "train": {one: int((train["true"] == one).sum()) for one in classes},
        "test": {one: int((test["true"] == one).sum()) for one in classes},
    }
    if fold.shared_groups is not None:
        again["shared_groups"] = float(test["group"].isin(train["group"]).mean())
    return [
        f"{WORDS[field]} of fold {name}: results.json says {getattr(fold, field)}; splits.csv gives {value}"
        for field, value in again.items()
        if getattr(fold, field) != value
    ]


def _classified(
    results: Results, name: str, images: pd.DataFrame, predictions: pd.DataFrame, part: str
) -> list[str]:
    """Every arm must have predicted exactly these images, as splits.csv describes them.

    Of the training images only the arms that the paper or the record evaluates on them.
    """
    paper, arms = load(results.slug), [model.arm for model in results.models]
    known = {(one.arm, one.part) for one in results.confusions}
    wanted = [arm for arm in arms if part in paper.parts(paper.arm(arm)) or (arm, part) in known]
    expected = _described(images)
    return [
        f"predictions of {arm}, fold {name}, are not those of its {part} images in splits.csv"
        for arm in wanted
        if _described(predictions[predictions["arm"] == arm]) != expected
    ]


def _described(images: pd.DataFrame) -> list[tuple[str, ...]]:
    return sorted(images[["path", "group", "true"]].itertuples(index=False, name=None))


def _settings(results: Results) -> Settings:
    values = results.settings
    training = {arm: Training(**one) for arm, one in values["training"].items()}
    plain = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    return Settings(**plain | {"training": training})


def _first_difference(stored: list, again: list) -> str:
    if len(stored) != len(again):
        return f"{len(stored)} stand in results.json, {len(again)} follow from the files"
    one, other = next(pair for pair in zip(stored, again, strict=True) if pair[0] != pair[1])
    return f"results.json says {one}; the files give {other}"
