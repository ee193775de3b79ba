"""Checks a run folder against itself: can every number be recomputed from the files beside it?"""

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from lib import papers, results
from lib.evidence.records import derive
from lib.papers.declare import Paper
from lib.report.page import embedded_results
from lib.results import FoldCounts, Results, fold_name
from lib.settings import Settings, Training

FOLD = ("protocol", "seed", "fold")  # columns and fields that name a fold
FIELD_WORDS = {"train": "train images", "test": "test images", "shared_groups": "leak"}
# As text: groups 01 and 1 are two groups, and a class may be called 0.
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

    Derives every score, confusion matrix, verdict and piece of evidence of results.json again from
    predictions.csv, evidence.csv, history.csv, splits.csv and the paper's declaration, counts the
    images and the leak of every fold in splits.csv, and holds report.html's own copy against the file.

    Raises:
        FileNotFoundError: A file of the run is missing.
        ValueError: results.json does not follow its schema.
    """
    record = results.load(folder)
    html = (folder / "report.html").read_text(encoding="utf-8")
    tables, paper = _read_tables(folder), papers.load(record.slug)
    sentences = [
        f"{name} is not the file the run wrote (its SHA-256 differs)"
        for name, digest in record.files.items()
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]
    if embedded_results(html) != record:
        sentences.append("report.html holds other results than results.json")
    sentences += _derived_faults(record, paper, tables)
    return sentences + _fold_faults(record, paper, tables["predictions"], tables["splits"])


def _read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        "predictions": pd.read_csv(folder / "predictions.csv", keep_default_na=False, dtype=TEXT),
        "evidence": pd.read_csv(folder / "evidence.csv", keep_default_na=False, dtype=TEXT),
        "history": pd.read_csv(folder / "history.csv"),
        "splits": pd.read_csv(folder / "splits.csv", keep_default_na=False, dtype=str),
    }


def _derived_faults(
    record: Results, paper: Paper, tables: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    """Fields that do not follow from the tables."""
    data = record.data
    derived = derive(
        paper,
        _settings(record),
        record.models,
        tables,
        kind=data.kind,
        group_noun=data.group_noun,
    )
    try:
        for field, expected in derived:
            stored = getattr(record, field)
            if stored != expected:
                yield f"{field}: {_first_difference(stored, expected)}"
    except (ValueError, LookupError) as error:  # the tables do not belong together
        yield f"the rest of the record cannot be computed again: {error}"


def _settings(record: Results) -> Settings:
    values = record.settings
    training = {arm: Training(**of_arm) for arm, of_arm in values["training"].items()}
    plain = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Settings(**plain | {"training": training})


def _first_difference(stored: list, expected: list) -> str:
    if len(stored) != len(expected):
        return f"{len(stored)} stand in results.json, {len(expected)} follow from the files"
    pairs = zip(stored, expected, strict=True)
    in_record, in_files = next((ours, theirs) for ours, theirs in pairs if ours != theirs)
    return f"results.json says {in_record}; the files give {in_files}"


def _fold_faults(
    record: Results, paper: Paper, predictions: pd.DataFrame, splits: pd.DataFrame
) -> list[str]:
    """What splits.csv says otherwise of the folds than results.json and predictions.csv do."""
    names = [fold_name(*row) for row in predictions[list(FOLD)].itertuples(index=False)]
    known = [fold_name(*(getattr(fold, field) for field in FOLD)) for fold in record.folds]
    sentences = []
    for fold, name in zip(record.folds, known, strict=True):
        if name not in splits:
            sentences.append(f"splits.csv does not know the fold {name}")
            continue
        test, train = (splits[splits[name] == side] for side in ("test", "train"))
        sentences += _count_faults(fold, name, train, test, record.classes)
        of_fold = predictions[[row_name == name for row_name in names]]
        for part, images in (("test", test), ("train", train)):
            of_part = of_fold[of_fold["part"] == part]
            sentences += _image_faults(record, paper, name, images, of_part, part)
    unknown = sorted(set(names) - set(known))
    return sentences + [
        f"predictions.csv has a fold that results.json lacks: {name}" for name in unknown
    ]


def _count_faults(
    fold: FoldCounts, name: str, train: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str]
) -> list[str]:
    counted = {
        "train": {label: int((train["true"] == label).sum()) for label in classes},
        "test": {label: int((test["true"] == label).sum()) for label in classes},
    }
    if fold.shared_groups is not None:
        counted["shared_groups"] = float(test["group"].isin(train["group"]).mean())
    return [
        f"{FIELD_WORDS[field]} of fold {name}: results.json says {getattr(fold, field)}; splits.csv gives {value}"
        for field, value in counted.items()
        if getattr(fold, field) != value
    ]


def _image_faults(
    record: Results,
    paper: Paper,
    name: str,
    images: pd.DataFrame,
    predictions: pd.DataFrame,
    part: str,
) -> list[str]:
    """Every arm must have predicted exactly these images, as splits.csv describes them.

    Of the training images only the arms that the paper or the record evaluates on them.
    """
    evaluated = {(confusion.arm, confusion.part) for confusion in record.confusions}
    arms = [
        model.arm
        for model in record.models
        if part in paper.parts(paper.arm(model.arm)) or (model.arm, part) in evaluated
    ]
    expected = _described(images)
    return [
        f"predictions of {arm}, fold {name}, are not those of its {part} images in splits.csv"
        for arm in arms
        if _described(predictions[predictions["arm"] == arm]) != expected
    ]


def _described(images: pd.DataFrame) -> list[tuple[str, ...]]:
    return sorted(images[["path", "group", "true"]].itertuples(index=False, name=None))
