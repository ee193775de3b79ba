"""What a picture looks like whichever way it is turned: one vector, for finding copies of it.

A convolutional network takes a turned copy for another picture. The mean of its features over
`TURNS` turns is the same for both, up to interpolation; mirrored copies come out alike, too,
since the network was trained on mirrored photographs. Only the inscribed disc is looked at: a turn
leaves corners behind, and what they were filled with would tell copies from originals.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from lib.models import pretrained
from lib.models.backend import keras
from lib.models.preprocessing import ScalePixels
from lib.papers.declare import Arm, Assumed, Recipe
from lib.results import Weights

SIDE = 96  # pixels; MobileNetV2 leaves 3 x 3 positions of it
TURNS = 8  # with four, a third of the pairs is lost that eight find at the same share of false ones
OUTSIDE = 127.5  # grey of what is not in the disc: 0 once it is scaled to [-1, 1]

_HERE = "the search for copies is this study's own"
BACKBONE = Arm(
    name="descriptor",
    backbone="MobileNetV2",
    weights=Assumed("imagenet", _HERE),
    trainable=Assumed(False, _HERE),
    pooling=Assumed("avg", _HERE),
    dense=Assumed((), _HERE),
    activation=Assumed("relu", _HERE),
    dropout=Assumed((0,), _HERE),
    recipe=Recipe(
        image_size=Assumed(SIDE, _HERE),
        pixel_scaling=Assumed("[-1, 1]", _HERE),
        optimizer=Assumed("adam", _HERE),
        learning_rate=Assumed(0.001, _HERE),
        batch_size=Assumed(32, _HERE),
        epochs=Assumed(1, _HERE),
        loss=Assumed("categorical_crossentropy", _HERE),
    ),
)


def load_descriptor() -> tuple[keras.Model, Weights]:
    """MobileNetV2 from pixels in 0…255, (images, SIDE, SIDE, 3), to its mean features, (images, 1280).

    Raises:
        ValueError: From `pretrained.load`.
    """
    network, weights = pretrained.load(BACKBONE, SIDE)
    network.trainable = False
    layers = [ScalePixels("[-1, 1]"), network, keras.layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *layers]), weights


def describe(model: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """(images, channels) float32 of length 1: the mean over all turns of the features, each of length 1.

    Args:
        model: (images, side, side, 3) float32 in 0…255 → (images, channels).
        pixels: (images, side, side, 3) uint8.
    """
    features = (_unit(np.asarray(model(turned))) for turned in turns(pixels))
    return _unit(np.asarray(sum(features)))


def turns(pixels: np.ndarray) -> Iterator[np.ndarray]:
    """The inscribed disc of every image in `TURNS` turns, one after another: float32 in 0…255."""
    side = pixels.shape[1]
    centre = (side - 1) / 2
    row, column = np.ogrid[:side, :side]
    disc = ((row - centre) ** 2 + (column - centre) ** 2 <= (side / 2) ** 2)[..., None]
    for number in range(TURNS):
        turn = cv2.getRotationMatrix2D((centre, centre), 360 * number / TURNS, 1)
        turned = [
            cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
            for image in pixels
        ]
        yield np.where(disc, np.stack(turned).astype(np.float32), np.float32(OUTSIDE))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
