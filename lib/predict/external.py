"""An external test: images whose folders name their classes, beside the test images of the model's own run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib.datasets import scan, walk
from lib.datasets.classes import list_images
from lib.datasets.inventory import inventory, names_that_would_do
from lib.datasets.own_set import OwnCollection
from lib.evaluation import metrics
from lib.evaluation.scores import score_predictions
from lib.evidence.controls import carry_over, control_records
from lib.papers.declare import Paper
from lib.predict.answer import Answer
from lib.predict.chosen import PredictError
from lib.predict.sentences import mark
from lib.report.blocks import Block, paragraph, stack, table
from lib.report.notation import difference_interval, score_interval
from lib.report.plots import OURS_SHARES
from lib.report.sections.confusions import Panel, matrix_picture
from lib.report.sections.ranking import reliability_picture
from lib.results import FIT, Control, KeptRecord, Score
from lib.words import counted, listed, printable

if TYPE_CHECKING:
    from lib.predict.answering import Predictor

NAME = "external"  # what the control set is called in the record of it
SAME = 1e-3  # of a distance: below it the network sees no difference from a training image
MOST_TESTED = 1_000_000  # own test images; a stranger's file may tell of any number
NAMED = 5  # folders or files that are left out and named
TOLD = {
    "lower": "The accuracy does not carry over to these images: it is lower than on the model's own test images.",
    "higher": "The accuracy is higher on these images than on the model's own test images.",
    "no difference shown": "No difference from the model's own test images is shown.",
}


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Images whose classes are told.

    Attributes:
        true: File → its class.
        groups: File → its group, "" where unknown.
        kind: "exact", "substitute" or "phantom".
        left_out: (file or folder, why) of what is no image of the classes, or stands there twice.
        stand_ins: Class → the folders of another class that stand in for it.
    """

    true: Mapping[Path, str]
    groups: Mapping[Path, str]
    kind: str
    left_out: Sequence[tuple[str, str]]
    stand_ins: Mapping[str, list[str]]


def read_labels(paper: Paper, given: Sequence[str | Path]) -> Labelled:
    """The images of one folder with the classes that folders, file names or a table tell, as for a run.

    Raises:
        PredictError: It is not one folder, or has no image of any class.
        DataError: A table of classes or groups cannot be used (see `scan`).
    """
    if len(given) != 1 or not Path(given[0]).is_dir():
        raise PredictError(
            f"--labels should have one folder, whose sub-folders are named by class; received "
            f"{listed(map(str, given))}. Give one folder."
        )
    folder, whole = Path(given[0]), OwnCollection(classes=paper.classes, dataset=paper.dataset)
    root = walk.unwrap(whole, folder)
    files, _ = list_images(whole, root, folder)
    if files.empty:
        raise PredictError(
            f"{folder} should hold images in folders named by class ({', '.join(paper.class_names)}); it has "
            f"none (there: {inventory(root)}). Names that would do: {names_that_would_do(paper.classes)}."
        )
    there = tuple(paper.classes[label] for label in sorted(set(files["label"])))
    scanned = scan(replace(whole, classes=there), folder)
    kept, copies = _without_copies(scanned.files)
    names = [there[label].name for label in kept["label"]]
    paths = [scanned.root / path for path in kept["path"]]
    stood_in = kept.assign(name=names)[kept["stand_in"] != ""].groupby("name")["stand_in"]
    return Labelled(
        true=dict(zip(paths, names, strict=True)),
        groups=dict(zip(paths, kept["group"], strict=True)),
        kind=scanned.kind,
        left_out=[*scanned.rejected.itertuples(index=False, name=None), *copies],
        stand_ins={name: sorted(set(folders)) for name, folders in stood_in},
    )


def _without_copies(files: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The first of byte-identical files, none where they stand under two classes; and what is left out."""
    by_content = files.groupby("sha256")
    first = by_content["path"].transform("first")
    torn = by_content["label"].transform("nunique") > 1
    copied = files.duplicated("sha256") & ~torn
    reasons = first.map("byte for byte the same as {}".format).mask(
        torn, "the same file stands under two classes"
    )
    left_out = files["path"][torn | copied]
    return files[~(torn | copied)], list(zip(left_out, reasons[left_out.index], strict=True))


@dataclass(frozen=True, kw_only=True)
class ExternalTest:
    """What a model's answers to labelled images come to.

    Attributes:
        rows: As in predictions.csv.
        scores: Of these rows.
        control: The same beside the model's own test images.
        compared: Training images whose features were kept with the model; None where none were.
        known: Images that have the features of one of those.
    """

    record: KeptRecord
    labelled: Labelled
    rows: pd.DataFrame
    scores: Sequence[Score]
    control: Control
    compared: int | None
    known: int

    def lines(self) -> Iterator[str]:
        """Accuracy, what it is beside, and what was left out, as sentences."""
        accuracy, control = self.control.accuracy, self.control
        yield (
            f"Accuracy on these {counted(len(self.rows), 'image')}: {score_interval(accuracy)} (always the "
            f"most frequent class: {control.majority:.3f})."
        )
        if control.gap and control.on_test:
            yield (
                f"On the model's own test images, in the same shares of the classes: "
                f"{score_interval(control.on_test)}; difference {difference_interval(control.gap)}."
            )
            yield TOLD[carry_over(control)]
        yield from self.remarks()

    def remarks(self) -> Iterator[str]:
        """What limits the test, as sentences."""
        if self.labelled.kind == "phantom":
            yield "These images were drawn by a program."
        for name, folders in self.labelled.stand_ins.items():
            yield f"{listed(folders)} stands in for {name}."
        absent = [name for name in self.record.classes if name not in set(self.rows["true"])]
        if absent:
            yield f"No image here is of the class {listed(absent, 'or')}."
        yield self._overlap()
        if self.labelled.left_out:
            shown = [f"{path} ({reason})" for path, reason in self.labelled.left_out[:NAMED]]
            more = len(self.labelled.left_out) - NAMED
            rest = [f"{more:,} more"] if more > 0 else []
            yield f"Left out: {listed([*map(printable, shown), *rest])}."

    def _overlap(self) -> str:
        """Whether the model was trained on some of the images, as far as that can be told."""
        if self.compared is None:
            return "Whether any of these images was trained on is not known."
        if not self.known:
            return (
                f"None of these images looks to the network like one of the {self.compared:,} training images that "
                f"were kept with the model; others of them were not compared."
            )
        return (
            f"To the network, {self.known:,} of these images cannot be told from training images that were kept with "
            f"the model ({self.compared:,}): the accuracy may be too good."
        )

    def block(self) -> Block:
        """Scores, confusion matrix and calibration, as on a report."""
        classes, arm = self.record.classes, self.record.arm
        drawn = "drawn test images" if self.labelled.kind == "phantom" else ""
        marked = "; ".join(filter(None, (mark(self.record), drawn)))
        counts = _matrix(self.rows, classes)
        panel = Panel(f"{arm}\n{len(self.rows):,} images", counts, OURS_SHARES)
        cells = (
            "Confusion matrix. Each row holds the images of one true class; each cell, their number and, as the depth "
            "of its colour, their share of the row."
        )
        images = f"{counted(len(self.rows), 'image')} of the external test"
        return stack(
            [
                Block("<h2>The test</h2>"),
                *(paragraph(line) for line in self.lines()),
                self._by_class(marked),
                matrix_picture([[panel]], classes, cells, marked),
                reliability_picture(self.rows, classes, arm, images, marked),
            ]
        )

    def _by_class(self, marked: str) -> Block:
        by_key = {(score.metric, score.of): score for score in self.scores}
        rows = [
            (
                name,
                f"{by_key['support', name].mean:,.0f}",
                *(score_interval(by_key[metric, name]) for metric in ("recall", "precision", "f1")),
            )
            for name in self.record.classes
            if by_key["support", name].mean
        ]
        columns = ("Class", "Images", "Recall", "Precision", "F1-score")
        caption = "By class, with 95 % intervals of one such set of images."
        return table(rows, columns, caption, marked, numeric=(1, 2, 3, 4))


def external_test(
    labelled: Labelled, answers: Sequence[Answer], predictor: "Predictor", model: Path
) -> ExternalTest:
    """Holds a model's answers against the classes that the folders tell.

    Args:
        model: The model's file; where it lies in its run's folder, the run's own test images have their groups.

    Raises:
        PredictError: None of the images can be read.
    """
    record = predictor.record
    there = [answer for answer in answers if answer.probabilities is not None]
    if not there:
        raise PredictError("--labels should have images that can be read; none of these can.")
    rows = _rows(labelled, there, record)
    own = _own_tests(record, model)
    (control,) = control_records(rows.assign(name=NAME), own, record.group_noun)
    return ExternalTest(
        record=record,
        labelled=labelled,
        rows=rows,
        scores=score_predictions(rows, record.classes),
        control=control,
        compared=len(predictor.novelty.features) if predictor.novelty else None,
        known=sum(answer.distance is not None and answer.distance < SAME for answer in there),
    )


def _rows(labelled: Labelled, answers: Sequence[Answer], record: KeptRecord) -> pd.DataFrame:
    told = pd.DataFrame(
        {
            "part": "test",
            "path": [answer.file.as_posix() for answer in answers],
            "group": [labelled.groups[answer.file] for answer in answers],
            "true": [labelled.true[answer.file] for answer in answers],
            "predicted": [answer.predicted for answer in answers],
        }
    )
    shares = np.stack([answer.shares for answer in answers]).T
    told = told.assign(**dict(zip(record.classes, shares, strict=True)))
    return told.assign(**_keys(record))


def _keys(record: KeptRecord) -> dict[str, str | int]:
    return dict(zip(FIT, (record.arm, record.protocol, record.seed, 0), strict=True))


def _own_tests(record: KeptRecord, model: Path) -> pd.DataFrame:
    """What the model called the test images of its run: from predictions.csv, else from its confusion matrix.

    The matrix tells no groups: each image then counts by itself.

    Raises:
        PredictError: The matrix has more images than any run.
    """
    stored = model.resolve().parent.parent / "predictions.csv"
    if stored.is_file():
        rows = _stored_tests(record, stored)
        if _matrix(rows, record.classes).tolist() == record.confusion:
            return rows
    if sum(map(sum, record.confusion)) > MOST_TESTED:
        raise PredictError(
            f"the kept model should have at most {MOST_TESTED:,} test images; its record tells of more."
        )
    cells = [
        (true, predicted)
        for true, row in zip(record.classes, record.confusion, strict=True)
        for predicted, images in zip(record.classes, row, strict=True)
        for _ in range(images)
    ]
    rows = pd.DataFrame(cells, columns=["true", "predicted"])
    return rows.assign(path=rows.index.astype(str), group="", **_keys(record))


def _stored_tests(record: KeptRecord, stored: Path) -> pd.DataFrame:
    rows = pd.read_csv(stored, keep_default_na=False)
    rows = rows[
        (rows["arm"] == record.arm)
        & (rows["protocol"] == record.protocol)
        & (rows["seed"] == record.seed)
        & (rows["part"] == "test")
    ]
    return rows[rows["fold"] == rows["fold"].min()]


def _matrix(rows: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    label = {name: number for number, name in enumerate(classes)}
    true, predicted = (rows[column].map(label).to_numpy(int) for column in ("true", "predicted"))
    return metrics.confusion_matrix(true, predicted, len(classes))
