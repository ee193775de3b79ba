"""A kept model's answers, image by image: probabilities, and whether an image is unlike the training images.

OpenVINO answers where it is installed, since it starts in a fraction of the time that TensorFlow takes; else Keras.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lib.models import compiled, kept
from lib.models.head import Answers
from lib.models.novelty import Novelty
from lib.predict.answer import Answer
from lib.predict.chosen import PredictError
from lib.predict.pictures import Picture, read_ahead
from lib.results import KeptRecord

BATCH = 32  # images that are answered together


class Engine(Protocol):
    """What computes a model's answers.

    Attributes:
        channels: Features per image.
    """

    channels: int

    def __call__(self, pixels: np.ndarray) -> Answers:
        """The answers to (images, size, size, 3) uint8, one image at least."""


class Predictor:
    """A kept model that is asked about images.

    Args:
        load: Loads the whole model, with Keras, which Grad-CAM needs.
        arrays: As they were kept.

    Attributes:
        record: What the model says of itself.
        novelty: What tells images unlike the training images; None where it was kept without.

    Raises:
        PredictError: What was kept does not belong together.
    """

    def __init__(
        self,
        record: KeptRecord,
        engine: Engine,
        arrays: Mapping[str, np.ndarray],
        load: Callable[[], kept.KeptModel],
    ) -> None:
        self.record, self._engine, self._load = record, engine, load
        try:
            self.novelty = Novelty.from_arrays(arrays)
        except ValueError as error:
            raise PredictError(
                f"the kept model should be whole; {error}. Run its paper again."
            ) from error
        if self.novelty and self.novelty.features.shape[1] != engine.channels:
            raise PredictError(
                "the kept model's arrays should be of its own network; they are of another. Run its paper again."
            )

    @cached_property
    def model(self) -> Any:
        """The whole model, as Keras has it."""
        return self._load().model

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

    def _tell(self, pixels: np.ndarray) -> Iterator[dict[str, Any]]:
        answers, novelty = self._engine(pixels), self.novelty
        distances = novelty.distances(answers.features) if novelty else None
        for row, probabilities in enumerate(answers.probabilities):
            told = {
                "probabilities": probabilities,
                "predicted": self.record.classes[int(probabilities.argmax())],
            }
            if novelty and distances is not None:
                distance = float(distances[row])
                told |= {"distance": distance, "unlike": distance > novelty.limit}
            yield told


def load_predictor(path: Path) -> Predictor:
    """The kept model at `path`, by OpenVINO if that can be, else by Keras.

    Raises:
        KeptModelError, PredictError: The file is not what a run keeps.
    """
    if compiled.is_for(path):
        stored = kept.read_kept(path)
        if engine := compiled.compiled_answerer(stored):
            return Predictor(stored.record, engine, stored.arrays, partial(kept.load_kept, path))
    from lib.models.answers import Answerer

    loaded = kept.load_kept(path)
    return Predictor(loaded.record, Answerer(loaded.model), loaded.arrays, lambda: loaded)
