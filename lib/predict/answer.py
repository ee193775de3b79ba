"""One answer of a model, apart from the model: whatever shows answers need not load Keras."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model says of one image.

    Attributes:
        file: Where the image lies.
        probabilities: (classes,) float32; None of an image that cannot be read.
        predicted: The most probable class; "" of one that cannot be read.
        distance: From the nearest training image (`Novelty.distances`); None where that is not known.
        unlike: Whether that is farther than the limit; None where that is not known.
        remark: Why the image cannot be read, or how it was scaled; "" for nothing.
    """

    file: Path
    probabilities: np.ndarray | None = None
    predicted: str = ""
    distance: float | None = None
    unlike: bool | None = None
    remark: str = ""

    @property
    def shares(self) -> np.ndarray:
        """The probabilities of an image that was read.

        Raises:
            ValueError: It could not be read.
        """
        if self.probabilities is None:
            raise ValueError(f"{self.file} should have an answer; it cannot be read: {self.remark}")
        return self.probabilities

    @property
    def probability(self) -> float:
        """Of the predicted class."""
        return float(self.shares.max())
