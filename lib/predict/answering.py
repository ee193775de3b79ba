"""A kept model's answers, image by image: probabilities, and whether an image is unlike the training images."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from lib.models.answers import Answerer
from lib.models.inference import BATCH
from lib.models.kept import KeptModel, load_kept
from lib.models.novelty import Novelty
from lib.predict.answer import Answer
from lib.predict.chosen import PredictError
from lib.predict.pictures import Picture, read_ahead


class Predictor:
    """A kept model that is asked about images.

    Attributes:
        record: What the model says of itself.
        model: The whole model.
        novelty: What tells images unlike the training images; None where it was kept without.

    Raises:
        PredictError: What was kept does not belong together.
    """

    def __init__(self, kept: KeptModel) -> None:
        self.record, self.model = kept.record, kept.model
        self._answer = Answerer(kept.model)
        try:
            self.novelty = Novelty.from_arrays(kept.arrays)
        except ValueError as error:
            raise PredictError(
                f"the kept model should be whole; {error}. Run its paper again."
            ) from error
        if self.novelty and self.novelty.features.shape[1] != self._answer.channels:
            raise PredictError(
                "the kept model's arrays should be of its own network; they are of another. Run its paper again."
            )

    def answers(self, files: Sequence[Path]) -> Iterator[tuple[Answer, np.ndarray | None]]:
        """Of every file, in order, the answer and the pixels that it is about; a few at a time are in memory."""
        pictures = read_ahead(files, self.record.image_size, self.record.pixel_ranges)
        while some := list(islice(pictures, BATCH)):
            yield from zip(
                self._answers_to(some), (picture.pixels for picture in some), strict=True
            )

    def _answers_to(self, pictures: Sequence[Picture]) -> Iterator[Answer]:
        there = [picture.pixels for picture in pictures if picture.pixels is not None]
        told = self._tell(np.stack(there)) if there else iter(())
        for picture in pictures:
            if picture.pixels is None:
                yield Answer(file=picture.file, remark=picture.remark)
            else:
                yield Answer(file=picture.file, remark=picture.remark, **next(told))

    def _tell(self, pixels: np.ndarray) -> Iterator[dict]:
        answers = self._answer(pixels)
        distances = self.novelty.distances(answers.features) if self.novelty else None
        for row, probabilities in enumerate(answers.probabilities):
            told = {
                "probabilities": probabilities,
                "predicted": self.record.classes[int(probabilities.argmax())],
            }
            if distances is not None:
                distance = float(distances[row])
                told |= {"distance": distance, "unlike": distance > self.novelty.limit}
            yield told


def load_predictor(path: Path) -> Predictor:
    """The kept model at `path`.

    Raises:
        KeptModelError, PredictError: The file is not what a run keeps.
    """
    return Predictor(load_kept(path))
