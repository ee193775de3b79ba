"""torchvision's weights in Keras: reads them without PyTorch, and computes with them what PyTorch does.

torchvision trained on pixels in [0, 1], less the mean and divided by the standard deviation of
ImageNet's channels. Keras trained its MobileNetV2 on [-1, 1], and its VGG16 on 0…255 less the mean,
blue first. The networks here make torchvision's input of Keras' by themselves, so a pixel range means
the same whichever weights a run uses: "[-1, 1]" is what MobileNetV2 was trained for, and "[0, 1]" shows
it, as it shows Keras' own, brighter images of half the contrast. AlexNet, which Keras does not have,
takes torchvision's input as it is.
"""

import hashlib
import io
import pickle
import re
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lib.models.backend import keras
from lib.papers.declare.pixels import DEVIATION, MEAN, PIXEL_SCALINGS

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001  # how PyTorch's older form begins
EPSILON = 1e-5  # torch.nn.BatchNorm2d
FIRST = "Conv1"  # the one convolution of stride 2 that Keras pads by itself


# Files of arrays


def read_arrays(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """The arrays of a NumPy pickle or a PyTorch state dict, by name; read them, do not write to them.

    An array of a dictionary within the dictionary is called by both names: "outer.inner".

    A pickle may name any function for its reader to call. So only a known file is read, and of the
    names in it only those in `ALLOWED`, which make arrays and dictionaries and do nothing else.

    Args:
        path: A pickled dictionary of NumPy arrays, or what `torch.save` writes of a state dict: the
            form up to PyTorch 1.5, or the zip file since.
        sha256: SHA-256 that the file must have.

    Raises:
        ValueError: It is another file; it names something else; or it is cut short or holds
            anything but arrays by name.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ValueError(f"{path} should have the SHA-256 {sha256[:8]}…; it has {digest[:8]}…")
    try:
        arrays = dict(_flat((_unzipped if content.startswith(b"PK") else _unpickled)(content)))
    except Exception as error:  # the pickle module leaves open what broken content raises
        raise ValueError(
            f"{path} should hold arrays by name, as a whole NumPy pickle or PyTorch state dict; {error}"
        ) from error
    return arrays


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, np.ndarray):
            yield f"{prefix}{name}", value
        else:
            raise ValueError("it holds something other than arrays")


def _unpickled(content: bytes) -> Mapping[str, np.ndarray]:
    """A NumPy pickle, or PyTorch's older form: five pickles, then the numbers of every storage.

    Source: `_legacy_save` in PyTorch's torch/serialization.py.
    """
    stream = io.BytesIO(content)
    storages: dict[str, np.ndarray] = {}

    def storage(key: str, dtype: np.dtype, count: int) -> np.ndarray:
        return storages.setdefault(key, np.empty(count, dtype))  # filled once its numbers come

    def load() -> Any:
        return _ArrayUnpickler(stream, storage).load()

    value = load()
    if value == MAGIC:
        version, machine, value, keys = (load() for _ in range(4))
        if version != VERSION or not machine["little_endian"] or set(keys) != set(storages):
            raise ValueError("its version, its byte order or its list of storages is unknown")
        for key in keys:
            numbers, count = storages[key], int.from_bytes(stream.read(8), "little")
            if count != numbers.size or stream.readinto(numbers.data) != numbers.nbytes:
                raise ValueError(f"it should have {numbers.size} numbers in its storage {key!r}")
    if stream.read(1):
        raise ValueError("something follows its end")
    return value


def _unzipped(content: bytes) -> Mapping[str, np.ndarray]:
    """PyTorch's form since 1.6: NAME/data.pkl, and NAME/data/KEY for the numbers of every storage."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))

        def storage(key: str, dtype: np.dtype, count: int) -> np.ndarray:
            numbers = archive.read(f"{pickled.removesuffix('.pkl')}/{key}")
            return np.frombuffer(numbers, dtype, count)

        return _ArrayUnpickler(io.BytesIO(archive.read(pickled)), storage).load()


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickles arrays; whatever else a pickle names is refused before it is looked up.

    PyTorch keeps numbers outside of the pickle: `storage(key, dtype, count)` gives those of a key.
    """

    def __init__(self, stream: io.BytesIO, storage: Callable[..., np.ndarray]) -> None:
        super().__init__(stream)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if (full_name := f"{module}.{name}") not in ALLOWED:
            raise ValueError(f"it names {full_name}, which no file of arrays needs")
        return ALLOWED[full_name]

    def persistent_load(self, reference: tuple[Any, ...]) -> np.ndarray:
        kind, dtype, key, _device, count, *view = reference
        if kind != "storage" or any(view):
            raise ValueError("it refers to something other than a whole storage")
        return self._storage(key, dtype, count)


def _tensor(
    storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> np.ndarray:
    """A view of a storage, which NumPy refuses to make past its ends; offset and strides in numbers."""
    size = storage.itemsize
    steps = [size * stride for stride in strides]
    return np.ndarray(shape, storage.dtype, storage, size * offset, steps)


_reconstruct = np.empty(0).__reduce__()[0]  # NumPy's own, under whichever name it has there
ALLOWED = {
    "collections.OrderedDict": OrderedDict,
    "numpy.dtype": np.dtype,
    "numpy.ndarray": np.ndarray,
    "numpy.core.multiarray._reconstruct": _reconstruct,  # up to NumPy 1
    "numpy._core.multiarray._reconstruct": _reconstruct,  # since NumPy 2
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch.FloatStorage": np.dtype("<f4"),
    "torch.LongStorage": np.dtype("<i8"),
}
"""Name in a pickle → what takes its place; nothing of PyTorch's is loaded."""


# AlexNet and VGG16


def alexnet(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> keras.Model:
    """`network`, which is `lib.models.architectures.alexnet`, with torchvision's convolutions.

    Args:
        arrays: As for `_convolutions`.

    Raises:
        ValueError: An array is missing, or of another shape.
    """
    _set_convolutions(network, _convolutions(arrays))
    return network


def vgg16(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> keras.Model:
    """A network that computes torchvision's features of pixels as Keras' VGG16 takes them.

    Args:
        network: `keras.applications.VGG16` without its classifier; used as the plan, and left as it is.
        arrays: As for `_convolutions`.

    Returns:
        A network with the names and parameters of `network`'s layers and one more layer without
        parameters. It takes (images, height, width, 3) float32 pixels in 0…255, blue first, less the
        mean of ImageNet's channels.

    Raises:
        KeyError, ValueError: `arrays` are of another architecture.
    """
    convolutions = _convolutions(arrays)
    # Blue comes in first and stays there; torchvision's kernels have it last.
    convolutions["conv1_kernel"] = convolutions["conv1_kernel"][:, :, ::-1]
    mean, deviation = (np.array(values[::-1], np.float32) for values in (MEAN, DEVIATION))
    keras_mean = -np.asarray(PIXEL_SCALINGS["BGR - mean"].offset, np.float32)
    normalization = keras.layers.Rescaling(
        1 / 255 / deviation, (keras_mean / 255 - mean) / deviation, name="normalization"
    )

    def call(layer: keras.Layer, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = normalization(inputs) if layer.name == "block1_conv1" else inputs
        return layer(inputs, *args, **kwargs)

    copy = keras.models.clone_model(network, call_function=call)
    _set_convolutions(copy, convolutions)
    return copy


def _convolutions(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same arrays, called "conv1_kernel", "conv1_bias", …; kernels are (height, width, in, out).

    Args:
        arrays: Called so already; or "AlexNet_0.Conv_0.kernel", as Flax counts; or
            "features.0.weight", as PyTorch counts all layers, with kernels of (out, in, height, width).
    """
    named = {}
    weights = [name for name in arrays if re.fullmatch(r"features\.\d+\.weight", name)]
    for number, name in enumerate(weights, start=1):  # a state dict has the layers' order
        named[f"conv{number}_kernel"] = arrays[name].transpose(2, 3, 1, 0)
        named[f"conv{number}_bias"] = arrays[name.replace("weight", "bias")]
    for name, array in arrays.items():
        if match := re.fullmatch(r"(?:AlexNet|VGG16)_0\.Conv_(\d+)\.(kernel|bias)", name):
            named[f"conv{int(match[1]) + 1}_{match[2]}"] = array
    return named or dict(arrays)


def _set_convolutions(network: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    for number, layer in enumerate(layers, start=1):
        layer.set_weights(
            [
                _array(arrays, f"conv{number}_{variable.name}", variable.shape)
                for variable in layer.weights
            ]
        )


def _array(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in arrays:
        raise ValueError(f"it has no array {name}, only {', '.join(arrays) or 'none at all'}")
    if arrays[name].shape != shape:
        raise ValueError(f"{name} should have the shape {shape}; it has {arrays[name].shape}")
    return arrays[name]


# MobileNetV2


def mobilenet_v2(network: keras.Model, state: Mapping[str, np.ndarray]) -> keras.Model:
    """A network that computes torchvision's features of pixels as Keras' MobileNetV2 takes them.

    Its layers are Keras' own. Beside the pixels, PyTorch's differ from them in two points, and each costs
    accuracy if it is missed. Before a convolution of stride 2, PyTorch pads all four sides, Keras only
    below and to the right. And batch norm adds 1e-5 to the variance, not 1e-3.

    Args:
        network: `keras.applications.MobileNetV2` of width 1 without its classifier, for images of
            any size; used as the plan, and left as it is.
        state: torchvision's state dict, from `read_arrays`.

    Returns:
        A network with the names and parameters of `network`'s layers, the shape of its output, and
        two more layers without parameters. It takes (images, height, width, 3) float32 pixels in
        [-1, 1].

    Raises:
        KeyError, ValueError: `state` is of another architecture.
    """
    copy = keras.models.clone_model(network, clone_function=_clone, call_function=_call)
    for layer in copy.layers:
        if layer.weights:
            layer.set_weights(_layer_weights(layer, state))
    return copy


def _clone(layer: keras.Layer) -> keras.Layer:
    changes: dict[str, Any] = {}
    if isinstance(layer, keras.layers.BatchNormalization):
        changes = {"epsilon": EPSILON}
    elif isinstance(layer, keras.layers.ZeroPadding2D):
        changes = {"padding": ((1, 1), (1, 1))}
    elif layer.name == FIRST:
        changes = {"padding": "valid"}
    return type(layer).from_config(layer.get_config() | changes)


def _call(layer: keras.Layer, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    if layer.name == FIRST:
        # In this order: PyTorch pads with zeros what is normalised already.
        mean, deviation = (np.array(values, np.float32) for values in (MEAN, DEVIATION))
        rescaling = keras.layers.Rescaling(
            0.5 / deviation, (0.5 - mean) / deviation, name="normalization"
        )
        inputs = keras.layers.ZeroPadding2D(1, name=f"{FIRST}_pad")(rescaling(inputs))
    return layer(inputs, *args, **kwargs)


def _layer_weights(layer: keras.Layer, state: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    name = _torch_name(layer.name)
    if isinstance(layer, keras.layers.BatchNormalization):
        parts = ("weight", "bias", "running_mean", "running_var")
        return [state[f"{name}.{part}"] for part in parts]
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


NETWORKS = {"AlexNet": alexnet, "MobileNetV2": mobilenet_v2, "VGG16": vgg16}
"""Backbone, as arms name it → the function here that gives a network torchvision's weights."""
