"""The two networks of the papers that `keras.applications` does not have, without their classifier."""

from collections.abc import Sequence

from lib.models.backend import keras

ALEXNET_KERNELS = (11, 5, 3, 3, 3)
ALEXNET_POOLED = (0, 1, 4)  # convolutions that a pooling follows


def alexnet(filters: Sequence[int], image_size: int) -> keras.Model:
    """AlexNet's five convolutions with three poolings, each 3 × 3 with stride 2.

    The first convolution is padded by 2 as torchvision's is, so 224 and 227 pixels both give
    6 × 6 feature maps. Without the division into two groups and the local response normalisation of
    2012, as every present-day version.

    Args:
        filters: Channels of the five convolutions.
        image_size: Side of the square RGB input in pixels, 63 at least.

    Returns:
        (images, size, size, 3) → (images, 6, 6, filters[-1]) for 224 or 227 pixels.

    Raises:
        ValueError: `filters` are not five, or the image is too small.

    Source: A. Krizhevsky, I. Sutskever, G. Hinton, ImageNet Classification with Deep Convolutional
    Neural Networks, 2012; torchvision/models/alexnet.py.
    """
    _check_arguments("AlexNet", filters, len(ALEXNET_KERNELS), image_size, least=63)
    layers = keras.layers
    inputs = keras.Input((image_size, image_size, 3), name="image")
    x = layers.ZeroPadding2D(2, name="conv1_pad")(inputs)
    for number, (units, kernel) in enumerate(zip(filters, ALEXNET_KERNELS, strict=True)):
        first = number == 0
        x = layers.Conv2D(
            units,
            kernel,
            strides=4 if first else 1,
            padding="valid" if first else "same",
            activation="relu",
            name=f"conv{number + 1}",
        )(x)
        if number in ALEXNET_POOLED:
            x = layers.MaxPooling2D(3, 2, name=f"pool{number + 1}")(x)
    return keras.Model(inputs, x, name="alexnet")


def conv_blocks(filters: Sequence[int], image_size: int) -> keras.Model:
    """A 3 × 3 convolution (same size, ReLU) and a 2 × 2 maximum pooling for each of `filters`.

    Args:
        filters: Channels of each block's convolution.
        image_size: Side of the square RGB input in pixels; halved by every block.

    Returns:
        (images, size, size, 3) → (images, size // 2**n, size // 2**n, filters[-1]) for n blocks.

    Raises:
        ValueError: There are no filters, or the image is too small to be halved so often.

    Source: the section on the design of the CNN in Violina, Damayanti and Herlistiono.
    """
    _check_arguments("ConvBlocks", filters, len(filters), image_size, least=2 ** len(filters))
    inputs = x = keras.Input((image_size, image_size, 3), name="image")
    for number, units in enumerate(filters, start=1):
        x = keras.layers.Conv2D(
            units, 3, padding="same", activation="relu", name=f"block{number}_conv"
        )(x)
        x = keras.layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
    return keras.Model(inputs, x, name="conv_blocks")


def _check_arguments(
    name: str, filters: Sequence[int], number: int, image_size: int, least: int
) -> None:
    if not filters or len(filters) != number:
        raise ValueError(
            f"`filters` of {name} should be {number or 'some'} numbers; received {filters}."
        )
    if image_size < least:
        raise ValueError(
            f"`image_size` should be at least {least} pixels for {name}, which halves the image "
            f"again and again; received {image_size}."
        )


BUILDERS = {"AlexNet": alexnet, "ConvBlocks": conv_blocks}
"""Backbone, as arms name it → its function here."""
