"""Features of a frozen backbone on a CPU: by Keras' own `predict`, and as a run computes them.

    python benchmarks/openvino_features.py [--images N] [--image-size N] [--backbones N]

For the first BACKBONES of the papers' backbones, with random weights: images per second of `model.predict` and of
`frozen_forward`, which uses OpenVINO for networks with depthwise convolutions where it is installed (extra
`fast`), without what each compiles before its first batch, which is told apart. The limit is OpenVINO's
own throughput on batches that lie ready. Prints the ratio and the largest difference of the features, as a
share of the largest one.
"""

from functools import partial

import measure
import numpy as np

from lib.models import openvino
from lib.models.backend import keras
from lib.models.inference import BATCH, frozen_forward
from lib.models.preprocessing import ScalePixels

BACKBONES = ("MobileNetV2", "MobileNetV3Large", "ResNet50V2", "VGG16")


def main(images: int, image_size: int, backbones: int) -> None:
    shape = (image_size, image_size, 3)
    pixels = np.random.default_rng(0).integers(0, 256, (images, *shape), dtype=np.uint8)
    print(f"{images} images of {image_size} pixels, images per second:")
    for name in BACKBONES[:backbones]:
        keras.utils.set_random_seed(0)
        network = getattr(keras.applications, name)(
            weights=None, include_top=False, input_shape=shape
        )
        network.trainable = False
        compare(name, network, pixels)


def compare(name: str, network: keras.Model, pixels: np.ndarray) -> None:
    layers = [ScalePixels("[-1, 1]"), network, keras.layers.GlobalAveragePooling2D()]
    model = keras.Sequential([keras.Input(network.input_shape[1:]), *layers])
    predict = partial(model.predict, batch_size=BATCH, verbose=0)
    compile_keras = measure.seconds(lambda: predict(pixels[:BATCH]))
    compile_ours = measure.seconds(lambda: frozen_forward(model)(pixels[:BATCH]))
    forward = frozen_forward(model)
    features = {}

    def ours() -> None:
        starts = range(0, len(pixels), BATCH)
        features["ours"] = np.concatenate([forward(pixels[at : at + BATCH]) for at in starts])

    def keras_own() -> None:
        features["keras"] = predict(pixels)

    slow, fast = measure.seconds(keras_own), measure.seconds(ours)
    difference = np.abs(features["ours"] - features["keras"]).max() / features["keras"].max()
    used = "OpenVINO" if openvino.is_for(network) else "Keras"
    print(f"{name}, by {used}:")
    print(f"  model.predict:      {len(pixels) / slow:.0f} (first batch {compile_keras:.1f} s)")
    print(f"  frozen_forward:     {len(pixels) / fast:.0f} (first batch {compile_ours:.1f} s)")
    print(f"  ratio:              {slow / fast:.2f}")
    print(f"  largest difference: {difference:.1g}")
    if used == "OpenVINO":
        infer = openvino.converted(network, BATCH)
        ready = np.zeros((BATCH, *pixels.shape[1:]), "float32")
        batches = -(-len(pixels) // BATCH)
        limit = measure.seconds(lambda: [infer(ready) for _ in range(batches)])
        print(f"  OpenVINO alone:     {batches * BATCH / limit:.0f}")


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=512, image_size=224, backbones=len(BACKBONES)))
