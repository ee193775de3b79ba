"""What the cells of a run's notebook should display: built again from its record and its tables.

Where a display shows images, blank ones stand in for them and nothing is drawn: all but the pictures can
then be compared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import takewhile

import numpy as np
import pandas as pd

from lib import audit, papers, report
from lib.evaluation.ranking import ERROR, RANKINGS
from lib.papers.declare import Paper
from lib.report.blocks import Block
from lib.report.embedding import undrawn
from lib.report.sections.images import SAMPLES_PER_CLASS
from lib.results import Grouping, Learning, Results, Score
from lib.settings import Settings

GALLERY = 28  # images, as in the notebook
VERSIONS = 3  # random draws of each change that augmentation_figure shows
SIDE = 2  # pixels of a blank image
OF_PROBABILITIES = (*RANKINGS, ERROR)  # metrics of `ranking_scores`


class BlankImages:
    """Gives a black image for every path."""

    def take_paths(self, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), SIDE, SIDE, 3) uint8."""
        return np.zeros((len(paths), SIDE, SIDE, 3), "uint8")


class BlankHeat:
    """Gives an empty heat map for every path."""

    def take(self, _: str, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), SIDE, SIDE), all 0."""
        return np.zeros((len(paths), SIDE, SIDE))


@dataclass(frozen=True)
class Known:
    """What a display can be built from.

    Attributes:
        given_settings: Of the run; None where no display that is built needs them.
        tables: As `lib.grading.tables.read_tables` returns them.
    """

    paper: Paper
    results: Results
    given_settings: Settings | None
    tables: Mapping[str, pd.DataFrame]

    @property
    def settings(self) -> Settings:
        """Of the run.

        Raises:
            ValueError: They are not known, as of a page alone.
        """
        if self.given_settings is None:
            raise ValueError("a display should need no settings where there are none.")
        return self.given_settings

    @cached_property
    def marks(self) -> dict[str, str]:
        """The marks of arms, as the notebook has them."""
        return report.arm_marks(self.results.data.kind, self.results.models)

    @cached_property
    def scores(self) -> list[Score]:
        """Of the record, those that `score_predictions` gives: they stand first, before those of probabilities.

        Whether the record's scores follow from the tables is told elsewhere (`lib.evidence.derive`).
        """
        of_answers = takewhile(
            lambda score: score.metric not in OF_PROBABILITIES, self.results.scores
        )
        return list(of_answers)

    @property
    def usual(self) -> tuple[Sequence[Learning], Paper, Grouping, dict[str, str]]:
        """The last arguments of most displays."""
        return (self.results.learning, self.paper, self.results.grouping, self.marks)


def build(display: str, known: Known) -> Block | None:
    """The block that `lib.report.<display>` gives for this run; None where record and tables do not suffice."""
    if display in WITHOUT_PIXELS:
        with undrawn():
            return WITHOUT_PIXELS[display](known)
    maker = {**FROM_PAPER, **FROM_RECORD, **FROM_TABLES}.get(display)
    return maker(known) if maker else None


@cache
def _of_paper(display: str, slug: str) -> Block:
    """A display that is the same in every run of a paper."""
    paper = papers.load(slug)
    if display == "finding_table":
        return report.finding_table(audit.check_paper(paper))
    return getattr(report, display)(paper)


def _paper_alone(display: str) -> Callable[[Known], Block]:
    return lambda known: _of_paper(display, known.paper.slug)


def _record_alone(display: str) -> Callable[[Known], Block]:
    return lambda known: getattr(report, display)(known.results)


def _paper_and_record(display: str) -> Callable[[Known], Block]:
    return lambda known: getattr(report, display)(known.paper, known.results)


FROM_PAPER = {
    display: _paper_alone(display)
    for display in (
        *("paper_facts", "printed_tables", "contradiction_table", "finding_table"),
        "example_tables",
    )
}
FROM_RECORD: dict[str, Callable[[Known], Block]] = {
    **{
        display: _record_alone(display)
        for display in (
            *("protocol_table", "leak_table", "comparison_table", "best_epoch_table"),
            *("choice_figure", "verdict_table", "epoch_table", "cost_table", "provenance_facts"),
        )
    },
    **{
        display: _paper_and_record(display)
        for display in (
            *("probe_table", "control_table", "subgroup_table", "variant_table"),
            *("assumption_table", "verdict_summary", "limitation_list", "checklist_table"),
        )
    },
    "dataset_table": lambda known: report.dataset_table(known.paper, known.results.data),
    "rejection_table": lambda known: report.rejection_table(known.results.data),
    "near_duplicate_table": lambda known: report.near_duplicate_table(
        known.results.near_duplicates, known.results.data
    ),
    "look_alike_table": lambda known: report.look_alike_table(
        known.results.look_alikes, known.results.data
    ),
    "fold_table": lambda known: report.fold_table(
        known.results.folds, known.results.data, known.results.grouping
    ),
    "layer_table": lambda known: report.layer_table(known.paper, known.results.models, known.marks),
    "confusion_figure": lambda known: report.confusion_figure(
        known.results.confusions, *known.usual
    ),
    "choice_sentences": lambda known: report.choice_sentences(
        known.results.choices, known.results.learning, known.paper, known.marks
    ),
}
FROM_TABLES: dict[str, Callable[[Known], Block]] = {
    "curve_figure": lambda known: report.curve_figure(known.tables["history"], *known.usual),
    "validation_figure": lambda known: report.validation_figure(
        known.tables["history"], *known.usual
    ),
    "classification_table": lambda known: report.classification_table(known.scores, *known.usual),
    "training_test_table": lambda known: report.training_test_table(known.scores, *known.usual[1:]),
    "own_class_table": lambda known: report.own_class_table(
        known.results.own_classes,
        known.scores,
        known.results.learning,
        known.results.data.stand_ins,
        known.results.grouping,
        known.marks,
    ),
    "seed_figure": lambda known: report.seed_figure(
        known.scores, *known.usual[:2], known.settings.seeds, *known.usual[2:]
    ),
    "seed_table": lambda known: report.seed_table(
        known.scores, known.paper, known.settings.seeds, *known.usual[2:]
    ),
    "ranking_figure": lambda known: report.ranking_figure(
        known.tables["predictions"], *known.usual
    ),
    "calibration_figure": lambda known: report.calibration_figure(
        known.tables["predictions"], *known.usual
    ),
}


def _samples(known: Known) -> Block:
    counts = known.results.data.counts
    pixels = {
        name: BlankImages().take_paths([name] * min(SAMPLES_PER_CLASS, count))
        for name, count in counts.items()
    }
    return report.sample_figure(pixels, known.results.data)


def _pairs(known: Known) -> Block:
    """With one pair or none: the caption is the same for any number."""
    found = known.results.near_duplicates.pairs + (known.results.look_alikes.pairs or 0)
    pairs = [("", BlankImages().take_paths(["", ""]))] if found else []
    return report.near_duplicate_figure(pairs, known.results.data)


def _augmentation(known: Known) -> Block:
    arm = papers.find_arm(known.paper, known.settings.trained[0])
    names = list(map(str, arm.augmentation.value))
    names += ["all together"] if len(names) > 1 else []
    previews = {name: BlankImages().take_paths([""] * VERSIONS) for name in names}
    original = BlankImages().take_paths([""])[0]
    return report.augmentation_figure(arm, known.settings, original, previews, known.results.data)


def _gallery(known: Known) -> Block:
    predictions = known.tables["predictions"]
    first = (predictions["arm"] == known.settings.trained[0]) & (
        predictions["seed"] == known.settings.seeds[0]
    )
    rows = predictions[first].head(GALLERY)
    pixels = BlankImages().take_paths(list(rows["path"]))
    return report.gallery_figure(rows, pixels, known.results.learning, known.marks)


WITHOUT_PIXELS: dict[str, Callable[[Known], Block]] = {
    "sample_figure": _samples,
    "near_duplicate_figure": _pairs,
    "augmentation_figure": _augmentation,
    "gallery_figure": _gallery,
    "attention_figure": lambda known: report.attention_figure(
        known.paper, known.results, known.tables["predictions"], BlankImages(), BlankHeat()
    ),
    "failure_figure": lambda known: report.failure_figure(
        known.results, known.tables["predictions"], BlankImages()
    ),
    "confused_pair_figure": lambda known: report.confused_pair_figure(
        known.results, known.tables["predictions"], BlankImages()
    ),
}
