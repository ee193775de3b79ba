"""How much it saves to compile a frozen backbone once, whatever stands around it: `lib.models.inference`.

    python benchmarks/compiled_once.py [--images N] [--image-size N]

Features of MobileNetV2 in two pixel ranges, of a set of N images and of a third of it, as a run
with one variant and a control set needs them: by a model per range and set, as Keras compiles it
(and again for a last batch with fewer images), and by `forward`. Prints seconds, their ratio and the
largest difference between the features. The larger the sets, the less compiling matters.
"""

from collections.abc import Callable
from functools import partial

import measure
import numpy as np

from lib.models.backend import keras
from lib.models.inference import BATCH, forward
from lib.models.preprocessing import ScalePixels

RANGES = ("[0, 1]", "[-1, 1]")


def main(images: int, image_size: int) -> None:
    rng = np.random.default_rng(0)
    shape = (image_size, image_size, 3)
    whole = rng.integers(0, 256, (images, *shape), dtype=np.uint8)
    sets = (whole, whole[: -(-images // 3)])
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=shape)
    network.trainable = False
    features = {}

    def extract(name: str, predict: Callable[[keras.Model, np.ndarray], np.ndarray]) -> None:
        features[name] = [
            in_batches(partial(predict, front(network, scaling)), pixels)
            for scaling in RANGES
            for pixels in sets
        ]

    anew = measure.seconds(lambda: extract("anew", predict_on_batch))
    once = measure.seconds(lambda: extract("once", forward))
    pairs = zip(features["anew"], features["once"], strict=True)
    print(f"{images} images of {image_size} pixels and a third of them, in {len(RANGES)} ranges:")
    print(f"  compiled for each: {anew:.1f} s")
    print(f"  compiled once:     {once:.1f} s")
    print(f"  ratio:             {anew / once:.1f}")
    print(f"  largest difference: {max(np.abs(new - old).max() for old, new in pairs):.1g}")


def front(network: keras.Model, scaling: str) -> keras.Sequential:
    """From pixels to mean features."""
    layers = [ScalePixels(scaling), network, keras.layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input(network.input_shape[1:]), *layers])


def predict_on_batch(model: keras.Sequential, pixels: np.ndarray) -> np.ndarray:
    return model.predict_on_batch(pixels.astype("float32"))


def in_batches(predict: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray) -> np.ndarray:
    batches = (pixels[first : first + BATCH] for first in range(0, len(pixels), BATCH))
    return np.concatenate([predict(batch) for batch in batches])


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=150, image_size=224))
