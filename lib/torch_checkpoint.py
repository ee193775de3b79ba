"""Reads a PyTorch checkpoint without PyTorch, and without running anything that the file says.

A checkpoint is made of pickles, and unpickling calls whatever functions a file names. Here a pickle
is a list of opcodes, of which the few that a state dict needs are interpreted; a name of a class or
function in it stays a name. All else is refused.

The form is the one of `torch.save` up to PyTorch 1.5: five pickles one after another (a magic
number, a version, the machine's number format, the state dict, the keys of its storages), then
every storage: the number of its elements (int64) and the elements, little-endian. Tensors in the
state dict are views of storages. Source: `_legacy_save` in PyTorch's torch/serialization.py.
"""

import io
import math
import pickletools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
DICT, TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
DTYPES = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
KNOWN = {DICT, TENSOR, *DTYPES}

CONSTANTS = {
    *("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "NONE", "NEWTRUE", "NEWFALSE"),
}
SINGLETONS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
PUT, GET = {"BINPUT", "LONG_BINPUT"}, {"BINGET", "LONG_BINGET"}


def read(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a state dict by name, read-only arrays shaped as in PyTorch (float32 or int64).

    Raises:
        ValueError: The file is cut short, is of another form (the newer zip form, for one), or holds
            anything but a plain state dict of contiguous tensors.
        OSError: It cannot be read.
    """
    content = path.read_bytes()
    try:
        return _state(io.BytesIO(content), content)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise ValueError(
            f"{path} should be a whole PyTorch checkpoint of the older form (a state dict, no zip "
            f"file): {error}"
        ) from error


@dataclass(frozen=True)
class _Name:
    """The name of a class or function, which is never looked up."""

    text: str


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype
    count: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _state(stream: io.BytesIO, content: bytes) -> dict[str, np.ndarray]:
    magic, version, machine = (_Pickle().load(stream) for _ in range(3))
    if magic != MAGIC or version != VERSION or _as(dict, machine).get("little_endian") is not True:
        raise ValueError("it does not begin with that form's magic number, version and byte order")
    tensors, keys = _Pickle().load(stream), _Pickle().load(stream)
    if not isinstance(tensors, dict) or not all(
        isinstance(one, _Tensor) for one in tensors.values()
    ):
        raise ValueError("it holds something else than a dictionary of tensors")
    arrays = _storages(
        {one.storage.key: one.storage for one in tensors.values()}, keys, content, stream.tell()
    )
    return {name: _view(one, arrays[one.storage.key]) for name, one in tensors.items()}


def _storages(
    declared: Mapping[str, _Storage], keys: list, content: bytes, start: int
) -> dict[str, np.ndarray]:
    if sorted(_as(list, keys)) != sorted(declared):
        raise ValueError("its list of storages is not that of its tensors")
    arrays = {}
    for storage in (declared[key] for key in keys):
        count = int.from_bytes(content[start : start + 8], "little", signed=True)
        if count != storage.count:
            raise ValueError(f"storage {storage.key} has {count} elements, not {storage.count}")
        # frombuffer refuses, with a ValueError, more than there is.
        arrays[storage.key] = np.frombuffer(content, storage.dtype, count, start + 8)
        start += 8 + count * storage.dtype.itemsize
    if start != len(content):
        raise ValueError(f"{len(content) - start} bytes follow its last storage")
    return arrays


def _view(tensor: _Tensor, storage: np.ndarray) -> np.ndarray:
    shape = tensor.shape
    steps = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
    moved = [
        (one, step)
        for one, step, size in zip(tensor.strides, steps, shape, strict=True)
        if size > 1
    ]
    if any(one != step for one, step in moved):
        raise ValueError("it holds a tensor that is not contiguous")
    return storage[tensor.offset : tensor.offset + math.prod(shape)].reshape(shape)


class _Pickle:
    """A machine for the opcodes of one pickle; its values are plain data and the classes above."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under every mark
        self._memo: dict[int, Any] = {}

    def load(self, stream: io.BytesIO) -> Any:
        """The value of the pickle that begins here; leaves `stream` behind its end."""
        for opcode, argument, _ in pickletools.genops(stream):
            self._do(opcode.name, argument)
        return self._stack.pop()

    def _do(self, name: str, argument: Any) -> None:
        if name in CONSTANTS:
            self._stack.append(SINGLETONS.get(name, argument))
        elif name in EMPTY:
            self._stack.append(EMPTY[name]())
        elif name in PUT:
            self._memo[argument] = self._stack[-1]
        elif name in GET:
            self._stack.append(self._memo[argument])
        elif name not in ("PROTO", "STOP"):
            action = getattr(self, f"_{name.lower()}", None)
            if action is None:
                raise ValueError(f"its pickle has the opcode {name}, which no state dict needs")
            action(argument)

    def _mark(self, _: None) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _to_mark(self) -> list[Any]:
        values, self._stack = self._stack, self._below.pop()
        return values

    def _tuple(self, _: None) -> None:
        values = self._to_mark()  # first: it changes which list the stack is
        self._stack.append(tuple(values))

    def _tuple1(self, _: None) -> None:
        self._stack.append((self._stack.pop(),))

    def _tuple2(self, _: None) -> None:
        second, first = self._stack.pop(), self._stack.pop()
        self._stack.append((first, second))

    def _append(self, _: None) -> None:
        value = self._stack.pop()
        _as(list, self._stack[-1]).append(value)

    def _appends(self, _: None) -> None:
        values = self._to_mark()
        _as(list, self._stack[-1]).extend(values)

    def _setitem(self, _: None) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _as(dict, self._stack[-1])[_as(str, key)] = value

    def _setitems(self, _: None) -> None:
        values = self._to_mark()
        pairs = zip(values[::2], values[1::2], strict=True)
        _as(dict, self._stack[-1]).update({_as(str, key): value for key, value in pairs})

    def _global(self, name: str) -> None:
        if name not in KNOWN:
            raise ValueError(f"its pickle names {name!r}, which no state dict needs")
        self._stack.append(_Name(name))

    def _binpersid(self, _: None) -> None:
        kind, name, key, _device, count, view = _as(tuple, self._stack.pop())
        if kind != "storage" or view is not None:
            raise ValueError("its pickle refers to something else than a whole storage")
        dtype = DTYPES[_as(_Name, name).text]
        self._stack.append(_Storage(_as(str, key), dtype, _size(count)))

    def _reduce(self, _: None) -> None:
        arguments, function = _as(tuple, self._stack.pop()), _as(_Name, self._stack.pop())
        if function.text == DICT and not arguments:
            self._stack.append({})
        elif function.text == TENSOR:
            storage, offset, shape, strides = arguments[:4]  # then: gradients, hooks
            sizes = (tuple(map(_size, _as(tuple, one))) for one in (shape, strides))
            self._stack.append(_Tensor(_as(_Storage, storage), _size(offset), *sizes))
        else:
            raise ValueError(f"its pickle calls {function.text!r} in a way no state dict needs")

    def _build(self, _: None) -> None:
        # Attributes of the dictionary: the versions of the layers it came from.
        self._stack.pop()
        _as(dict, self._stack[-1])


def _as(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(f"its pickle has a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _size(value: Any) -> int:
    if _as(int, value) < 0:
        raise ValueError(f"its pickle has a negative size, {value}")
    return value
