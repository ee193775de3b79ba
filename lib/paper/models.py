"""The models a paper trains, and how."""

from dataclasses import dataclass

from lib.paper.settings import Setting

PIXEL_SCALINGS = {"[0, 1]": (1 / 255, 0.0), "[-1, 1]": (2 / 255, -1.0), "[0, 255]": (1.0, 0.0)}
"""Range of the network's input → (factor, offset) applied to a pixel in 0…255."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One printed row of a model summary; `parameters` as printed."""

    name: str
    output: str
    parameters: str


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One model of a paper.

    Attributes:
        name: The arm's name in results ("mobilenetv2").
        backbone: Name of the `keras.applications` architecture ("MobileNetV2").
        weights: What the backbone starts from: "imagenet" or "random".
        trainable: Whether the backbone is trained.
        dense: Units of the hidden dense layers of the head, in order.
        activation: Activation of those hidden layers, as Keras names it.
        layers: The printed model summary, and `layers_where` its place.
    """

    name: str
    backbone: str
    weights: Setting
    trainable: Setting
    dense: Setting
    activation: Setting
    layers: tuple[Layer, ...] = ()
    layers_where: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyper-parameters of training.

    `image_size` is the side in pixels, `pixel_scaling` a key of `PIXEL_SCALINGS`.
    """

    image_size: Setting
    pixel_scaling: Setting
    optimizer: Setting
    learning_rate: Setting
    batch_size: Setting
    epochs: Setting
    loss: Setting
    seeds: Setting
