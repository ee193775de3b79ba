"""How far an image lies from a model's training images: out-of-distribution detection by the nearest neighbour.

The features of an image are the last feature maps of the network before the head, averaged over the
image, at length 1. Its distance is 1 less the largest cosine between them and the features of a training
image (Sun et al., Out-of-distribution detection with deep nearest neighbors, ICML 2022, with k = 1). The
run's test images are of the training images' origin and were not trained on: an image that lies farther
away than 99 % of them is called unlike the training images.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WITHIN = 0.99  # of the test images lie no farther away than the limit
# The farthest of them gets another last digit where another program computes the features.
ROUNDING = 1e-5
FEATURES, LIMIT, TESTED = "novelty_features", "novelty_limit", "novelty_tested"


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """What tells whether an image is unlike the training images of one model.

    Attributes:
        features: (images, channels) float16: those of the training images that are compared, at length 1.
        limit: An image that is farther away is unlike them.
        tested: The number of test images that set the limit.
    """

    features: np.ndarray
    limit: float
    tested: int

    def distances(self, features: np.ndarray) -> np.ndarray:
        """(images,) float32 in 0…2: how far images lie from the nearest training image.

        Args:
            features: (images, channels), as `pooled` gives them.
        """
        cosines = _at_length_1(features) @ self.features.astype("float32").T
        return np.clip(1 - cosines.max(1), 0, 2)

    def arrays(self) -> dict[str, np.ndarray]:
        """The same as arrays by name, to be stored with a model."""
        return {
            FEATURES: self.features,
            LIMIT: np.array(self.limit),
            TESTED: np.array(self.tested),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Novelty | None":
        """What `arrays` gave; None where a model was stored without it.

        Raises:
            ValueError: The arrays are not what was stored.
        """
        if FEATURES not in arrays:
            return None
        features = arrays[FEATURES]
        if features.ndim != 2 or not len(features) or not np.isfinite(features).all():
            raise ValueError(f"its {FEATURES} should be numbers in rows, one row at least")
        try:
            limit, tested = arrays[LIMIT].item(), arrays[TESTED].item()
        except (KeyError, ValueError) as error:
            raise ValueError(f"it should hold {LIMIT} and {TESTED}, a number each") from error
        return cls(features=features, limit=float(limit), tested=int(tested))


def measure_novelty(train: np.ndarray, test: np.ndarray) -> Novelty:
    """What tells novelty, from the features of training images and of test images.

    Args:
        train, test: (images, channels), as `pooled` gives them.
    """
    kept = _at_length_1(train).astype("float16")
    unlimited = Novelty(features=kept, limit=0.0, tested=len(test))
    # "higher": of fewer than a hundred test images the farthest sets the limit.
    limit = np.quantile(unlimited.distances(test), WITHIN, method="higher")
    return Novelty(features=kept, limit=float(limit) + ROUNDING, tested=len(test))


def pooled(maps: np.ndarray, channels: int) -> np.ndarray:
    """(images, channels) float32: the mean over an image of its feature maps.

    Args:
        maps: (images, height, width, channels), or the same flattened, or averaged already.
    """
    return maps.reshape(len(maps), -1, channels).mean(1, dtype="float32")


def _at_length_1(features: np.ndarray) -> np.ndarray:
    """(images, channels) float32; what is 0 stays 0."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return features.astype("float32") / np.where(length > 0, length, 1)
