"""One path for all that is asked of a kept model: a photograph, a folder of thousands, an external test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from lib import papers
from lib.datasets.progress import phase
from lib.predict.answer import Answer
from lib.predict.chosen import choose_model, record_of
from lib.predict.pictures import list_pictures
from lib.predict.printed import print_answers, print_model, print_rest
from lib.predict.sheet import LeastCertain, contact_sheet
from lib.predict.table import answers_csv
from lib.report.blocks import Block
from lib.results import KeptRecord

if TYPE_CHECKING:
    from lib.predict.answering import Predictor
    from lib.predict.external import ExternalTest

Tell = Callable[[int, int], None]
"""Is told how many images are answered, and how many there are."""
Announce = Callable[[KeptRecord], None]
"""Is told what the model is, before it is loaded, which may take seconds."""
HEIGHT = 720  # pixels of a page inside a notebook


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A model and its answers.

    Attributes:
        remarks: Sentences on why it is this model, and whether its run is out of date.
        answers: Of every image, in order.
        shown: The least certain of them, with their pixels.
        test: What they come to where the classes of the images are told.
    """

    predictor: "Predictor"
    remarks: Sequence[str]
    answers: Sequence[Answer]
    shown: LeastCertain
    test: "ExternalTest | None" = None

    @property
    def all_read(self) -> bool:
        """Whether there is an answer for every image."""
        return all(answer.probabilities is not None for answer in self.answers)

    def print(self, console: Console | None = None) -> None:
        """The model, its answers, and what a test of labelled images comes to."""
        console = console or Console()
        print_model(console, self.predictor.record)
        self.print_answers(console)

    def print_answers(self, console: Console) -> None:
        """The answers, what a test of labelled images comes to, and what else must be known of the model."""
        print_answers(console, self.predictor, self.answers)
        for line in self.test.lines() if self.test else ():
            console.print(Text(line), soft_wrap=True)
        print_rest(console, self.predictor, self.remarks)

    def csv(self) -> str:
        """A row per image."""
        return answers_csv(self.answers, self.predictor.record)

    def page(self, *, explain: bool = False) -> str:
        """The contact sheet, each image also under its Grad-CAM heat where that is asked for."""
        return contact_sheet(
            self.predictor, self.answers, self.shown, explain=explain, test=self.test
        )

    def sheet(self, *, explain: bool = False) -> Block:
        """The page inside a notebook, in a frame of its own."""
        page = escape(self.page(explain=explain), quote=True)
        return Block(
            f'<iframe srcdoc="{page}" width="100%" height="{HEIGHT}" title="Answers"></iframe>'
        )


def ask(
    slug: str,
    images: Sequence[str | Path],
    *,
    arm: str = "",
    model: str | Path | None = None,
    reports: str | Path | None = None,
    labels: bool = False,
    announce: Announce | None = None,
    tell: Tell | None = None,
) -> Asked:
    """What a kept model says of images.

    Args:
        slug: Of the model's paper.
        images: Files, and folders with all images below them; with `labels` one folder.
        arm: Of the run's models; "" for its first.
        model: A kept model's file, instead of the run's.
        reports: Where the runs are; None for reports/ of this checkout.
        labels: Whether folders, file names or a table tell the classes of the images: an external test.

    Raises:
        PredictError: There is no such model or no image.
        DataError: Folders cannot be listed, or a table of classes cannot be used.
        KeptModelError: The model's file is not what a run keeps.
    """
    chosen, labelled = choose_model(slug, arm, model, reports), None
    if labels:
        from lib.predict.external import external_test, read_labels

        labelled = read_labels(papers.load(slug), images)
    files = list(labelled.true) if labelled else list_pictures(images)
    record = record_of(chosen.path, slug)
    if announce:
        announce(record)
    # Only now, since it loads the model: what can be said without it has been said.
    from lib.predict.answering import load_predictor

    predictor = load_predictor(chosen.path)
    answers, shown = _answer_all(predictor, files, tell)
    test = external_test(labelled, answers, predictor, chosen.path) if labelled else None
    return Asked(
        predictor=predictor, remarks=chosen.remarks, answers=answers, shown=shown, test=test
    )


def _answer_all(
    predictor: "Predictor", files: Sequence[Path], tell: Tell | None
) -> tuple[list[Answer], LeastCertain]:
    answers, shown = [], LeastCertain()
    with phase(f"Looking at {len(files):,} images", len(files)) as work:
        for answer, pixels in predictor.answers(files):
            answers.append(answer)
            if pixels is not None:
                shown.add(answer, pixels)
            work.advance(len(answers))
            if tell:
                tell(len(answers), len(files))
    return answers, shown
