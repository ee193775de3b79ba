"""What stands between an image's pixels and the backbone: random changes, then scaling.

Both are layers of the model, in this order: the random ones expect pixels in 0…255, and the
backbone the range that scaling makes of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lib.models.backend import keras
from lib.papers.declare import PIXEL_SCALINGS, Augmentation, Brightness, Flip

WHITE = 255.0


@keras.saving.register_keras_serializable(package="lib")
class ScalePixels(keras.layers.Layer):
    """Pixels in 0…255 as the network expects them; a key of `lib.papers.declare.PIXEL_SCALINGS` says how.

    (images, height, width, 3), RGB, of any type → the same shape, of the layer's compute type.

    Raises:
        ValueError: No such scaling.
    """

    def __init__(self, scaling: str, **options: Any) -> None:
        # Keras would cast the pixels to the compute type on their way in, before they are scaled.
        super().__init__(autocast=False, **options)
        if scaling not in PIXEL_SCALINGS:
            raise ValueError(
                f"`scaling` should be one of {', '.join(PIXEL_SCALINGS)}; received {scaling!r}."
            )
        self.scaling = scaling

    def call(self, pixels: Any) -> Any:
        """The scaled pixels."""
        scaling = PIXEL_SCALINGS[self.scaling]
        # In float32 whatever the precision: half precision has no room for 255 grey levels.
        pixels = keras.ops.cast(pixels, "float32")
        pixels = pixels[..., ::-1] if scaling.bgr else pixels
        factor, offset = (
            np.asarray(value, np.float32) for value in (scaling.factor, scaling.offset)
        )
        scaled = pixels * factor + offset
        return keras.ops.cast(scaled, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape does not change."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The layer's arguments, for saving."""
        return super().get_config() | {"scaling": self.scaling}


def augmentation(changes: Iterable[Augmentation], seed: int) -> list[keras.Layer]:
    """The Keras layers that make these random changes, at training time only, in full precision.

    Args:
        changes: In the order of the layers.
        seed: The first layer's own random numbers; each further layer gets the next one.
    """
    split = [part for change in changes for part in _split(change)]
    return [_layer(change, seed + number) for number, change in enumerate(split)]


def _split(change: Augmentation) -> Sequence[Augmentation]:
    # Keras 3 draws once for both axes, so that an image is turned upside down or left alone, but
    # never mirrored. Keras 2, of the papers' time, drew for each.
    if change == Flip("horizontal_and_vertical"):
        return Flip("horizontal"), Flip("vertical")
    return (change,)


def _layer(change: Augmentation, seed: int) -> keras.Layer:
    layers, common = keras.layers, {"seed": seed, "dtype": "float32"}
    if isinstance(change, Brightness):
        return layers.RandomBrightness(
            change.factor, value_range=(0, WHITE), name="random_brightness", **common
        )
    if isinstance(change, Flip):
        return layers.RandomFlip(change.mode, name=f"random_flip_{change.mode}", **common)
    return layers.RandomRotation(
        change.factor, fill_mode=change.fill, name="random_rotation", **common
    )


def previews(
    changes: Sequence[Augmentation], pixels: np.ndarray, versions: int = 3, seed: int = 0
) -> dict[str, np.ndarray]:
    """What each random change, and all of them together, make of one image.

    Args:
        pixels: (size, size, 3) uint8.
        versions: Random draws of each.

    Returns:
        The change in words, or "all together" → (versions, size, size, 3) uint8; nothing where
        there are no changes.
    """
    rows: dict[str, tuple[Augmentation, ...]] = {str(change): (change,) for change in changes}
    if len(rows) > 1:
        rows["all together"] = tuple(changes)
    return {name: _drawn(row, pixels, versions, seed) for name, row in rows.items()}


def _drawn(
    changes: Sequence[Augmentation], pixels: np.ndarray, versions: int, seed: int
) -> np.ndarray:
    images = np.repeat(pixels[None].astype("float32"), versions, axis=0)
    for layer in augmentation(changes, seed):
        images = keras.ops.convert_to_numpy(layer(images, training=True))
    return images.round().clip(0, WHITE).astype("uint8")
