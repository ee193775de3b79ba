"""Parameters of known networks by arithmetic: no weights are loaded and no model is built."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

# Sandler et al., MobileNetV2 (2018), Table 2: expansion, channels, repeats.
BOTTLENECKS = (
    *((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4)),
    *((6, 96, 3), (6, 160, 3), (6, 320, 1)),
)
# Simonyan and Zisserman, VGG (2015), Table 1, column D: channels of the convolutions.
VGG16 = (64, 64, 128, 128, *(256,) * 3, *(512,) * 6)
CLASSES = 1000  # of ImageNet
NORMALISATION = 4  # parameters per channel: scale, shift, and the two moving statistics


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network of `keras.applications`.

    Attributes:
        convolutions: Channels of its convolutions one after another, () where they branch.
        parameters: Without its classifier.
        classifier: Parameters of its dense layers for ImageNet.
        channels: Of its last feature maps.
        stride: Pixels of the image from one feature to the next.
    """

    convolutions: tuple[int, ...]
    parameters: int
    classifier: int
    channels: int
    stride: int

    def side(self, pixels: int) -> int:
        """Side of the last feature maps of an image of `pixels`."""
        return -(-pixels // self.stride)


def dense(inputs: int, units: int) -> int:
    """Parameters of a dense layer with biases."""
    return (inputs + 1) * units


def convolution(inputs: int, filters: int, kernel: int = 3) -> int:
    """Parameters of a convolution with biases."""
    return (kernel**2 * inputs + 1) * filters


def convolutions(filters: tuple[int, ...], channels: int = 3) -> int:
    """Parameters of convolutions of 3 × 3 one after another, on an image of `channels`."""
    return sum(map(convolution, (channels, *filters), filters))


def dense_layers(inputs: int, units: tuple[int, ...]) -> int:
    """Parameters of dense layers one after another."""
    return sum(map(dense, (inputs, *units), units))


def _mobilenet_v2() -> Iterator[int]:
    """Parameters of its blocks; its convolutions have no biases but are all normalised."""
    yield 3**2 * 3 * 32 + NORMALISATION * 32
    channels = 32
    for expansion, filters, repeats in BOTTLENECKS:
        for _ in range(repeats):
            wide = expansion * channels
            if expansion > 1:
                yield channels * wide + NORMALISATION * wide
            yield 3**2 * wide + NORMALISATION * wide
            yield wide * filters + NORMALISATION * filters
            channels = filters
    yield channels * 1280 + NORMALISATION * 1280


NETWORKS = {
    "MobileNetV2": Network(
        convolutions=(),
        parameters=sum(_mobilenet_v2()),
        classifier=dense(1280, CLASSES),
        channels=1280,
        stride=32,
    ),
    "VGG16": Network(
        convolutions=VGG16,
        parameters=convolutions(VGG16),
        classifier=dense_layers(7**2 * 512, (4096, 4096, CLASSES)),
        channels=512,
        stride=32,
    ),
}
"""Backbone, as declarations call it → what arithmetic says of it."""


def printed_shape(text: str) -> tuple[int, ...]:
    """The sizes of a printed output shape without the batch: "(None, 7, 7, 1280)" → (7, 7, 1280)."""
    return tuple(int(size) for size in text.strip("()").split(",") if size.strip().isdigit())


def feature_count(text: str) -> int:
    """Numbers in a printed output shape."""
    return prod(printed_shape(text))
