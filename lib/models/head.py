"""What stands behind a kept model's backbone, in NumPy: a few dense layers need no Keras.

A head averages or flattens the last feature maps and puts them through dense layers; dropout does nothing when a
model answers. The numbers are Keras' within rounding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import h5py

AVERAGED, FLAT, DENSE = "GlobalAveragePooling2D", "Flatten", "Dense"
WITHOUT_EFFECT = ("InputLayer", "Dropout")
ACTIVATIONS = ("relu", "sigmoid", "softmax")


class Answers(NamedTuple):
    """To some images: (images, classes) float32 probabilities, and (images, channels) float32 features."""

    probabilities: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Dense:
    """activation(values @ kernel + bias): (inputs, outputs) and (outputs,), float32."""

    kernel: np.ndarray
    bias: np.ndarray
    activation: str


@dataclass(frozen=True)
class Head:
    """From feature maps to outputs.

    Attributes:
        averaged: Whether each map is averaged over the image; else all are flattened.
        dense: One layer at least; the output of each is the input of the next.
    """

    averaged: bool
    dense: Sequence[Dense]

    @property
    def inputs(self) -> int:
        """Numbers per image that the first dense layer takes."""
        return len(self.dense[0].kernel)

    @property
    def outputs(self) -> int:
        """Numbers per image that the last one gives."""
        return len(self.dense[-1].bias)

    def __call__(self, maps: np.ndarray) -> np.ndarray:
        """(images, outputs) float32.

        Args:
            maps: (images, height, width, channels) float32.
        """
        values = maps.mean((1, 2)) if self.averaged else maps.reshape(len(maps), -1)
        for layer in self.dense:
            values = _activated(values @ layer.kernel + layer.bias, layer.activation)
        return values


def for_every_class(outputs: np.ndarray) -> np.ndarray:
    """(images, classes): a sigmoid gives the probability of the second class only."""
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


def read_head(config: Mapping[str, Any], weights: "h5py.File") -> Head:
    """The head that Keras has saved as the end of a sequence of layers, behind any model in it.

    Args:
        config: Of the sequence, as Keras describes it.
        weights: As Keras stores them.

    Raises:
        LookupError, TypeError, ValueError: It is none.
    """
    layers = [(layer["class_name"], layer["config"]) for layer in config["config"]["layers"]]
    while layers and layers[0][0] in ("InputLayer", "Functional", "Sequential"):
        layers.pop(0)
    kinds = [kind for kind, _ in layers if kind not in WITHOUT_EFFECT]
    if kinds[:1] not in ([AVERAGED], [FLAT]) or set(kinds[1:]) != {DENSE}:
        raise ValueError(f"its head should be dense layers behind feature maps; it is {kinds}")
    dense = list(_dense_layers([layer for kind, layer in layers if kind == DENSE], weights))
    for before, after in pairwise(dense):
        if len(before.bias) != len(after.kernel):
            raise ValueError("its dense layers should fit each other; they do not")
    return Head(averaged=kinds[0] == AVERAGED, dense=dense)


def _dense_layers(configs: Sequence[Mapping[str, Any]], weights: "h5py.File") -> Iterator[Dense]:
    for number, config in enumerate(configs):
        group = weights["layers"][f"dense_{number}" if number else "dense"]["vars"]
        kernel, bias = (np.asarray(group[name], "float32") for name in ("0", "1"))
        if kernel.ndim != 2 or bias.shape != kernel.shape[1:] or config["units"] != len(bias):
            raise ValueError("the weights of its dense layers should have their shapes")
        if config["activation"] not in ACTIVATIONS:
            raise ValueError(
                f"its activations should be {ACTIVATIONS}; one is {config['activation']}"
            )
        yield Dense(kernel, bias, config["activation"])


def _activated(values: np.ndarray, activation: str) -> np.ndarray:
    if activation == "relu":
        return np.maximum(values, 0)
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-values.clip(-80, 80)))  # beyond it float32 overflows
    powers = np.exp(values - values.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
