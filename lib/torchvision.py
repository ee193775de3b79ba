"""MobileNetV2 as torchvision trained it: Keras' own layers, computing what PyTorch computes.

The two differ in three points, and each costs accuracy if it is missed. Before a convolution of
stride 2, PyTorch pads all four sides, Keras pads below and to the right. Batch norm adds 1e-5 to the
variance, not 1e-3. And torchvision trained on pixels in [0, 1], less the mean and divided by the
standard deviation of ImageNet's channels, where Keras trained on [-1, 1].

The last step belongs to the network here: like Keras' own, it takes pixels in [-1, 1]. So a pixel
range means the same whichever weights a run has found. "[-1, 1]" is the one the network was trained
for, and "[0, 1]" shows it, as it shows Keras' own, brighter images of half the contrast.
"""

from collections.abc import Mapping

import numpy as np

from lib.backend import keras
from lib.paper.models import DEVIATION, MEAN

EPSILON = 1e-5  # torch.nn.BatchNorm2d
FIRST = "Conv1"  # the one convolution of stride 2 that Keras pads by itself


def mobilenet_v2(network: keras.Model, state: Mapping[str, np.ndarray]) -> keras.Model:
    """A network that computes torchvision's features from torchvision's weights.

    Args:
        network: `keras.applications.MobileNetV2` of width 1 without its classifier, for images of
            any size; used as the plan, and left as it is.
        state: torchvision's state dict, from `lib.torch_checkpoint`.

    Returns:
        A network with the names and parameters of `network`'s layers, the shape of its output, and
        two more layers without parameters. It takes (images, height, width, 3) float32 pixels in
        [-1, 1].

    Raises:
        KeyError, ValueError: `state` is of another architecture.
    """
    made = keras.models.clone_model(network, clone_function=_clone, call_function=_call)
    for layer in made.layers:
        if layer.weights:
            layer.set_weights(_arrays(layer, state, _torch_name(layer.name)))
    return made


def _clone(layer: keras.Layer) -> keras.Layer:
    changes = {}
    if isinstance(layer, keras.layers.BatchNormalization):
        changes = {"epsilon": EPSILON}
    elif isinstance(layer, keras.layers.ZeroPadding2D):
        changes = {"padding": ((1, 1), (1, 1))}
    elif layer.name == FIRST:
        changes = {"padding": "valid"}
    return type(layer).from_config(layer.get_config() | changes)


def _call(layer: keras.Layer, inputs, *args, **kwargs):
    if layer.name == FIRST:
        # In this order: PyTorch pads with zeros what is normalised already.
        mean, deviation = np.float32(MEAN), np.float32(DEVIATION)
        rescaling = keras.layers.Rescaling(
            0.5 / deviation, (0.5 - mean) / deviation, name="normalization"
        )
        inputs = keras.layers.ZeroPadding2D(1, name=f"{FIRST}_pad")(rescaling(inputs))
    return layer(inputs, *args, **kwargs)


def _arrays(layer: keras.Layer, state: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    if isinstance(layer, keras.layers.BatchNormalization):
        return [
            state[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        ]
    # PyTorch: (out, in, height, width). A depthwise kernel has one input there, one output here.
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    return [state[f"{name}.weight"].transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))]


def _torch_name(name: str) -> str:
    """ "block_3_expand_BN" → "features.4.conv.0.1"."""
    ends = {FIRST: "0.0", f"bn_{FIRST}": "0.1", "Conv_1": "18.0", "Conv_1_bn": "18.1"}
    if name in ends:
        return f"features.{ends[name]}"
    block, _, part = name.removeprefix("block_").partition("_")
    stages = ["expand", "depthwise", "project"]
    if name.startswith("expanded_conv_"):  # the first block, which does not expand
        block, part, stages = "0", name.removeprefix("expanded_conv_"), stages[1:]
    stage = stages.index(part.removesuffix("_BN"))
    last, norm = stage == len(stages) - 1, part.endswith("_BN")
    # All but the last stage are modules of their own: convolution, norm, ReLU.
    place = f"{stage + norm}" if last else f"{stage}.{int(norm)}"
    return f"features.{int(block) + 1}.conv.{place}"
