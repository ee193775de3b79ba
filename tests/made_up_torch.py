"""Made-up PyTorch checkpoints, and MobileNetV2 in plain NumPy: neither PyTorch nor Keras is needed."""

import math
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from unittest import mock

import numpy as np

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
MACHINE = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"int": 4}}
# Torchvision's MobileNetV2: expansion, output channels, blocks, first stride.
STAGES = [
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
]


class FloatStorage:
    """Stands in for PyTorch's class of this name."""


class LongStorage:
    """Stands in for PyTorch's class of this name."""


def _rebuild_tensor_v2(*_):
    raise AssertionError("PyTorch's own functions are never called")


for _storage in (FloatStorage, LongStorage):
    _storage.__module__ = "torch"
_rebuild_tensor_v2.__module__ = "torch._utils"


class Tensor:
    """Pickled as PyTorch pickles a tensor: a view of a storage."""

    def __init__(
        self, array: np.ndarray, key: str, *, strides=None, offset=0, count=None, view=None
    ):
        self.array, self.key, self.offset, self.shape = array, key, offset, array.shape
        self.view = view
        self.count = array.size if count is None else count
        counted = tuple(step // array.itemsize for step in array.strides)
        self.strides = counted if strides is None else strides

    def __reduce__(self):
        kind = LongStorage if self.array.dtype.kind == "i" else FloatStorage
        storage = ("storage", kind, self.key, "cpu", self.count, self.view)
        view = (_Reference(storage), self.offset, self.shape, self.strides)
        return _rebuild_tensor_v2, (*view, False, OrderedDict())


class _Reference:
    def __init__(self, storage):
        self.storage = storage


class _Pickler(pickle.Pickler):
    references = slice(None)  # the parts of a storage's reference that are written

    def persistent_id(self, obj):
        return obj.storage[self.references] if isinstance(obj, _Reference) else None


def pickled(value, *, viewless: bool = False) -> bytes:
    """A pickle in which the stand-ins above carry PyTorch's names.

    `viewless`: references to storages say nothing of views, as in the newer form.
    """
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage, torch.LongStorage, torch._utils = FloatStorage, LongStorage, utils
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    file = BytesIO()
    with mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils}):
        pickler = _Pickler(file, protocol=2)
        pickler.references = slice(5 if viewless else None)
        pickler.dump(value)
    return file.getvalue()


def tensors(arrays: Mapping[str, np.ndarray]) -> "OrderedDict[str, Tensor]":
    """A state dict of `arrays`, with a storage each and the attribute that PyTorch gives it."""
    made = OrderedDict((name, Tensor(array, f"key {name}")) for name, array in arrays.items())
    made._metadata = OrderedDict({"": {"version": 1}})
    return made


def parts(state: Mapping[str, Tensor]) -> list[bytes]:
    """The five pickles of a checkpoint of the older form and, last, its storages."""
    storages = {tensor.key: tensor for tensor in state.values()}
    content = b"".join(
        struct.pack("<q", tensor.count) + tensor.array.ravel().tobytes()
        for tensor in storages.values()
    )
    return [*map(pickled, (MAGIC, VERSION, MACHINE, state, list(storages))), content]


def zipped(state: Mapping[str, Tensor], root: str = "archive", data: bytes = b"") -> bytes:
    """A checkpoint of the newer form: a record for every storage, and the state dict's pickle.

    `data` takes the place of that pickle.
    """
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{root}/data.pkl", data or pickled(state, viewless=True))
        archive.writestr(f"{root}/byteorder", "little")
        for key, tensor in {tensor.key: tensor for tensor in state.values()}.items():
            archive.writestr(f"{root}/data/{key}", tensor.array.tobytes())
        archive.writestr(f"{root}/version", "3\n")
    return file.getvalue()


def write(path: Path, arrays: Mapping[str, np.ndarray]) -> Path:
    """A whole checkpoint of `arrays`, of the older form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts(tensors(arrays))))
    return path


def state(seed: int = 0) -> dict[str, np.ndarray]:
    """A state dict of MobileNetV2's shapes. Small variances: the batch norm's epsilon shows."""
    rng, made = np.random.default_rng(seed), {}

    def add(conv: str, norm: str, out: int, inputs: int, side: int = 1) -> None:
        scale = math.sqrt(2 / (inputs * side * side))
        made[f"{conv}.weight"] = rng.normal(0, scale, (out, inputs, side, side))
        variance = rng.uniform(1e-3, 1e-2, out)
        # Gains around one: what goes in is still to be seen in what comes out.
        made[f"{norm}.weight"] = np.sqrt(variance) * rng.uniform(0.7, 1.3, out)
        made[f"{norm}.bias"], made[f"{norm}.running_mean"] = rng.normal(0, 0.1, (2, out))
        made[f"{norm}.running_var"] = variance

    add("features.0.0", "features.0.1", 32, 3, 3)
    for number, before, expansion, out, _ in _blocks():
        name, width, place = f"features.{number}.conv", before * expansion, 0
        if expansion > 1:
            add(f"{name}.0.0", f"{name}.0.1", width, before)
            place = 1
        add(f"{name}.{place}.0", f"{name}.{place}.1", width, 1, 3)
        add(f"{name}.{place + 1}", f"{name}.{place + 2}", out, width)
    add("features.18.0", "features.18.1", 1280, 320)
    return {name: array.astype("float32") for name, array in made.items()}


def features(state: Mapping[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """What PyTorch computes, written down once more, in float64 and from PyTorch's definitions.

    Args:
        pixels: (height, width, 3) uint8.
    """
    x = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]

    def layer(x, conv, norm, stride=1, relu=True):
        kernel = state[f"{conv}.weight"].astype("float64")
        weight, bias, mean, variance = (
            state[f"{norm}.{part}"].astype("float64")
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        x = (_convolved(x, kernel, stride) - mean) / np.sqrt(variance + 1e-5) * weight + bias
        return np.clip(x, 0, 6) if relu else x

    x = layer(x, "features.0.0", "features.0.1", stride=2)
    for number, before, expansion, out, stride in _blocks():
        name, place, y = f"features.{number}.conv", 0, x
        if expansion > 1:
            y, place = layer(y, f"{name}.0.0", f"{name}.0.1"), 1
        y = layer(y, f"{name}.{place}.0", f"{name}.{place}.1", stride)
        y = layer(y, f"{name}.{place + 1}", f"{name}.{place + 2}", relu=False)
        x = x + y if stride == 1 and before == out else y
    return layer(x, "features.18.0", "features.18.1")


def _blocks():
    """Number, input channels, expansion, output channels and stride of every block."""
    number, before = 1, 32
    for expansion, out, count, first in STAGES:
        for stride in [first] + [1] * (count - 1):
            yield number, before, expansion, out, stride
            number, before = number + 1, out


def _convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    side = kernel.shape[-1]
    border = (side - 1) // 2  # zeros on all four sides
    x = np.pad(x, ((border, border), (border, border), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(0, 1))
    windows = windows[::stride, ::stride]
    if kernel.shape[1] == 1 and x.shape[2] > 1:  # each channel by itself
        return np.einsum("hwcij,cij->hwc", windows, kernel[:, 0])
    return np.einsum("hwcij,ocij->hwo", windows, kernel, optimize=True)
