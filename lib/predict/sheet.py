"""A contact sheet: the images with their answers on one page that loads nothing, the least certain first."""

import base64
import heapq
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lib import papers
from lib.predict.answer import Answer
from lib.predict.sentences import STUDY, mark, model_facts, novelty_sentence, warnings
from lib.predict.table import short_path, shown_path
from lib.report.frame import environment, page_style
from lib.report.typography import typeset
from lib.words import counted, percent, printable

if TYPE_CHECKING:
    from lib.predict.answering import Predictor
    from lib.predict.external import ExternalTest

SHOWN = 200  # images on a page, which is then a megabyte or two
UNREAD = 200  # files that cannot be read and are listed
SIDE = 160  # pixels of a thumbnail
QUALITY = 80  # of WebP, of 100
OTHERS = 3  # classes beside the answer whose probabilities stand on a card
THE_REST = "--csv FILE writes all"
PICTURES_ONLY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class LeastCertain:
    """The answers with the lowest probability, with their pixels; of any number of images so many are kept."""

    def __init__(self, most: int = SHOWN) -> None:
        self._most, self._added = most, 0
        self._heap: list[tuple[float, int, Answer, np.ndarray]] = []

    def add(self, answer: Answer, pixels: np.ndarray) -> None:
        """Keeps the answer as long as there are not enough that are less certain."""
        entry = (-answer.probability, -self._added, answer, pixels)  # no two have the same number
        self._added += 1
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def entries(self) -> list[tuple[Answer, np.ndarray]]:
        """The least certain first."""
        return [(answer, pixels) for *_, answer, pixels in sorted(self._heap, reverse=True)]


def contact_sheet(
    predictor: "Predictor",
    answers: Sequence[Answer],
    shown: LeastCertain,
    *,
    explain: bool = False,
    test: "ExternalTest | None" = None,
) -> str:
    """The page of these answers.

    Args:
        answers: Of all images, those that cannot be read among them.
        shown: Those that stand on the page.
        explain: Whether each image also stands under its Grad-CAM heat.
        test: What the answers come to where the classes of the images are told.
    """
    record = predictor.record
    unread = [answer for answer in answers if answer.probabilities is None]
    true = test.labelled.true if test else {}
    cards = list(_cards(predictor, shown, explain, true))
    html = (
        environment()
        .get_template("predict_page.html.j2")
        .render(
            policy=PICTURES_ONLY,
            style=page_style(),
            title=f"{'An external test' if test else 'Answers'} of {record.arm}: {papers.load(record.slug).name}",
            study=STUDY,
            mark=mark(record),
            warnings=warnings(record),
            summary=_summary(answers, unread),
            facts=list(model_facts(record)),
            tested=test.block().html if test else "",
            order=_order(len(answers) - len(unread), len(cards)),
            explained=explain,
            novelty=novelty_sentence(predictor.novelty),
            cards=cards,
            unread=[(printable(shown_path(answer)), answer.remark) for answer in unread[:UNREAD]],
            unread_left_out=len(unread) - UNREAD,
            the_rest=THE_REST,
        )
    )
    return typeset(html)


def _summary(answers: Sequence[Answer], unread: Sequence[Answer]) -> str:
    there = len(answers) - len(unread)
    unlike = sum(bool(answer.unlike) for answer in answers)
    lost = f"; {counted(len(unread), 'file')} could not be read" if unread else ""
    return f"{counted(there, 'image')}, {unlike:,} of them unlike the training images{lost}."


def _order(number: int, shown: int) -> str:
    if shown < number:
        return f"The {shown:,} least certain of {number:,} images, the least certain first; {THE_REST}."
    return "The least certain answer comes first."


def _cards(
    predictor: "Predictor", shown: LeastCertain, explain: bool, true: Mapping[Path, str]
) -> Iterator[dict[str, Any]]:
    entries = shown.entries()
    heats = _heats(predictor, entries) if explain and entries else None
    for place, (answer, pixels) in enumerate(entries):
        shares = dict(zip(predictor.record.classes, map(float, answer.shares), strict=True))
        others = sorted(shares.items(), key=lambda share: -share[1])[1 : OTHERS + 1]
        expected = true.get(answer.file, "")
        yield {
            "image": _thumbnail(pixels),
            "heat": _thumbnail(heats[place]) if heats else "",
            "alt": f"An image that the model calls {answer.predicted}",
            "predicted": answer.predicted,
            "probability": percent(answer.probability),
            "others": [(name, percent(share)) for name, share in others],
            "unlike": answer.unlike,
            "true": expected,
            "right": expected == answer.predicted,
            "file": printable(short_path(answer)),
            "remark": answer.remark,
        }


def _heats(
    predictor: "Predictor", entries: Sequence[tuple[Answer, np.ndarray]]
) -> list[np.ndarray]:
    """Each image under the heat of its own answer, (size, size, 3) uint8."""
    from lib.models.gradcam import heat_maps
    from lib.report.plots import overlay

    images = [pixels for _, pixels in entries]
    labels = [predictor.record.classes.index(answer.predicted) for answer, _ in entries]
    heats = heat_maps(predictor.model, np.stack(images), labels)
    return [overlay(pixels, heat) for pixels, heat in zip(images, heats, strict=True)]


def _thumbnail(pixels: np.ndarray) -> str:
    """The image as the model sees it, as an address of its own bytes (data:…)."""
    image, stream = Image.fromarray(pixels), io.BytesIO()
    image.thumbnail((SIDE, SIDE))
    image.save(stream, "WEBP", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"
