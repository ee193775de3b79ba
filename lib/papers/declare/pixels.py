"""How pixels are scaled before a network gets them, and how each backbone's weights expect them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PixelScaling:
    """What happens to a pixel in 0…255 before the network: `pixel * factor + offset`.

    `factor` and `offset` hold one number for all channels or one for each, in the order the network
    gets them: red, green, blue, or the reverse where `bgr`.
    """

    factor: tuple[float, ...]
    offset: tuple[float, ...]
    bgr: bool = False


# Of ImageNet's pixels in [0, 1], red, green and blue. Source: torchvision/transforms/_presets.py.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

PIXEL_SCALINGS = {
    "[0, 1]": PixelScaling(factor=(1 / 255,), offset=(0.0,)),
    "[-1, 1]": PixelScaling(factor=(2 / 255,), offset=(-1.0,)),
    "[0, 255]": PixelScaling(factor=(1.0,), offset=(0.0,)),
    # Source: mode "caffe" of keras.applications.imagenet_utils.preprocess_input.
    "BGR - mean": PixelScaling(factor=(1.0,), offset=(-103.939, -116.779, -123.68), bgr=True),
    "(RGB - mean) / sd": PixelScaling(
        factor=tuple(1 / 255 / deviation for deviation in DEVIATION),
        offset=tuple(-mean / sd for mean, sd in zip(MEAN, DEVIATION, strict=True)),
    ),
}
"""Name of a range of the network's input → how it is made."""

NATIVE = {
    "MobileNetV2": "[-1, 1]",
    "MobileNetV3Small": "[0, 255]",  # rescales by itself
    "MobileNetV3Large": "[0, 255]",
    "ResNet50": "BGR - mean",
    "ResNet50V2": "[-1, 1]",
    "VGG16": "BGR - mean",
    "AlexNet": "(RGB - mean) / sd",  # torchvision's
}
"""Backbone → the pixel scaling its ImageNet weights were trained with."""
