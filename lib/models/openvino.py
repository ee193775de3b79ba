"""A frozen network by OpenVINO where that is installed: on a CPU MobileNets are twice as fast as by Keras.

Only networks with depthwise convolutions gain: MobileNetV2 and V3 run 2.3 to 2.8 times as fast, ResNets and
VGG16 1.0 to 1.2 times, which their conversion takes away again below some 500 images
(`benchmarks/openvino_features.py`). The numbers are Keras' within some 1e-6 of the largest one; they are the
same for any number of threads.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING
from unittest.mock import patch
from weakref import WeakKeyDictionary

import numpy as np

from lib.models.backend import GPUS, keras
from lib.models.build import leaves
from lib.models.pretrained import weights_sha256

if TYPE_CHECKING:
    from openvino import Model

Infer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class _Converted:
    """A network as it was with some weights, and compiled for the numbers of images asked for."""

    weights: str
    graph: "Model"
    compiled: dict[int, Infer] = field(default_factory=dict)


# A network may be trained between two conversions.
_known: WeakKeyDictionary[keras.Model, _Converted] = WeakKeyDictionary()


def is_for(network: keras.Layer) -> bool:
    """Whether the network is one that is run by OpenVINO: it gains by that, and computes in float32."""
    if GPUS or keras.backend.backend() != "tensorflow" or not find_spec("openvino"):
        return False
    layers = [*leaves(network)] if isinstance(network, keras.Model) else []
    return any(isinstance(layer, keras.layers.DepthwiseConv2D) for layer in layers) and all(
        layer.compute_dtype == "float32" for layer in layers
    )


def converted(network: keras.Model, batch: int) -> Infer:
    """The network as a function of exactly `batch` images: (batch, ...) float32 → (batch, ...) float32."""
    known = _convert(network)
    if batch not in known.compiled:
        known.compiled[batch] = _compile(known.graph, (batch, *network.input_shape[1:]))
    return known.compiled[batch]


def graph(network: keras.Model) -> "Model":
    """The network as OpenVINO has it, for any number of images. Keras computes by TensorFlow."""
    return _convert(network).graph


def _convert(network: keras.Model) -> _Converted:
    weights = weights_sha256(network)
    known = _known.get(network)
    if known is None or known.weights != weights:
        known = _known[network] = _Converted(weights, _traced(network))
    return known


def _traced(network: keras.Model) -> "Model":
    import tensorflow

    # Without it OpenVINO tells its maker of every import and conversion; it falls back on doing nothing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: no import
    import openvino
    from openvino.frontend.tensorflow import utils

    shape = network.input_shape  # for any number of images
    # Traced here: handed over as it is, a network warns of the structure of its inputs.
    function = tensorflow.function(
        lambda values: network(values, training=False),
        input_signature=[tensorflow.TensorSpec(shape, "float32")],
    )
    # What it asks for the version of TensorFlow ends with a NameError on Python 3.13 (openvino 2026.4.1): it deletes
    # by one `exec` what another imported.
    told = {"tensorflow": tensorflow.__version__}
    with patch.object(utils, "get_environment_setup", lambda _: told):
        return openvino.convert_model(function)


def _compile(model: "Model", shape: tuple[int, ...]) -> Infer:
    import openvino

    model = model.clone()
    model.reshape(list(shape))
    # LATENCY: one batch at a time on all processors. Left to itself it takes bfloat16 where it finds it.
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    program = openvino.compile_model(model, "CPU", hints)
    # A copy: the next call writes its numbers into the same memory.
    return lambda values: program(values)[0].copy()
