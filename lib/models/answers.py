"""What a trained model answers to images of no data set, and the features that tell novelty, in one pass."""

from collections.abc import Callable

import numpy as np

from lib.models.backend import keras
from lib.models.build import without_augmentation
from lib.models.head import Answers, for_every_class
from lib.models.inference import BATCH, frozen_forward
from lib.models.novelty import pooled

FEW = 8  # images up to which nothing is compiled


class Answerer:
    """A trained model, divided behind its backbone; what lies behind it sees each image's feature maps once.

    Args:
        model: As `models.build_model` makes it, trained; its random changes of images are left out.
    """

    def __init__(self, model: keras.Sequential) -> None:
        layers = without_augmentation(model).layers
        place = next(i for i, layer in enumerate(layers) if isinstance(layer, keras.Model))
        self._front = keras.Sequential([keras.Input(model.input_shape[1:]), *layers[: place + 1]])
        self.size = model.input_shape[1]
        self.channels = layers[place].output_shape[-1]
        self._head = layers[place + 1 :]
        self._compiled: Callable[[np.ndarray], np.ndarray] | None = None

    def __call__(self, pixels: np.ndarray) -> Answers:
        """The answers to (images, size, size, 3) uint8, one image at least."""
        starts = range(0, len(pixels), BATCH)
        answers = [self._answer(pixels[start : start + BATCH]) for start in starts]
        return Answers(*map(np.concatenate, zip(*answers, strict=True)))

    def _answer(self, pixels: np.ndarray) -> Answers:
        values = maps = self._maps(pixels)
        for layer in self._head:
            values = layer(values, training=False)
        probabilities = for_every_class(keras.ops.convert_to_numpy(values))
        return Answers(probabilities, pooled(maps, self.channels))

    def _maps(self, pixels: np.ndarray) -> np.ndarray:
        """(images, height, width, channels) float32: the last feature maps of the backbone."""
        by_itself = keras.backend.backend() == "tensorflow" and len(pixels) <= FEW
        if by_itself and self._compiled is None:
            # To compile a backbone takes longer than to run it once; JAX would compile each operation.
            return keras.ops.convert_to_numpy(self._front(pixels, training=False))
        self._compiled = self._compiled or frozen_forward(self._front)
        return self._compiled(pixels)
