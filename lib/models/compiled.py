"""A kept model's answers without Keras: its backbone as OpenVINO's program, made once on a machine; its head in NumPy.

To load TensorFlow takes longer than all the rest of an answer. So the backbone is handed to OpenVINO once and put
into the store, under all that it depends on; kept models that share it share that entry. A run makes it when it
keeps a model. Else the first question does, by another process, in which Keras computes by OpenVINO: it starts in
half the time and loads no TensorFlow. What cannot be made like that (other random weights are drawn there) is made
by the Keras of this process.

The numbers are Keras' within rounding. An image gets the same ones whatever stands beside it.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib import ROOT, storage
from lib.models import compiling
from lib.models.compiling import CONSTANTS, GRAPH
from lib.models.head import Answers, for_every_class
from lib.models.kept import KeptModelError, StoredModel, read_kept, read_record
from lib.models.novelty import pooled
from lib.papers.declare import PIXEL_SCALINGS
from lib.storage import DataError, Entry, open_entry

if TYPE_CHECKING:
    from lib.models.backend import keras

BUILT_BY = (
    "architectures",
    "build",
    "compiling",
    "kept",
    "openvino",
    "pretrained",
    "torchvision",
)  # files here


class CompiledAnswerer:
    """A kept model that answers by OpenVINO, each image by itself: faster than batches on few processors.

    Raises:
        KeptModelError: Backbone and head do not fit each other.
    """

    def __init__(self, stored: StoredModel, graph: str, constants: np.ndarray) -> None:
        training = stored.record.training
        self._scaling = PIXEL_SCALINGS[training["pixel_scaling"]]
        shape = (1, training["image_size"], training["image_size"], 3)
        self._maps, maps_shape = _compiled(graph, constants, shape)
        self._head, self.channels = stored.head, maps_shape[-1]
        inputs = self.channels if stored.head.averaged else int(np.prod(maps_shape[1:]))
        if inputs != stored.head.inputs:
            raise KeptModelError(
                f"{stored.path} should have a head for {inputs} features; it has one for {stored.head.inputs}."
            )

    def __call__(self, pixels: np.ndarray) -> Answers:
        """The answers to (images, size, size, 3) uint8, one image at least."""
        maps = self._maps([self._scaled(image[None]) for image in pixels])
        return Answers(for_every_class(self._head(maps)), pooled(maps, self.channels))

    def _scaled(self, pixels: np.ndarray) -> np.ndarray:
        """As `preprocessing.ScalePixels`."""
        ordered = pixels[..., ::-1] if self._scaling.bgr else pixels
        factor, offset = (
            np.asarray(value, "float32") for value in (self._scaling.factor, self._scaling.offset)
        )
        return ordered.astype("float32") * factor + offset


def is_for(path: Path) -> bool:
    """Whether a kept model can be asked without Keras: OpenVINO is installed, and the model is in float32.

    Raises:
        KeptModelError: The file is no kept model.
    """
    return bool(find_spec("openvino")) and read_record(path).training.get("precision") == "float32"


def compiled_answerer(stored: StoredModel) -> CompiledAnswerer | None:
    """The model by OpenVINO; None where it cannot be made, or kept, here, so that Keras has to answer.

    Raises:
        KeptModelError: As `load_kept`.
    """
    try:
        entry = _entry(stored, partial(_make, stored))
        return CompiledAnswerer(stored, entry.facts[GRAPH], entry.arrays[CONSTANTS])
    except (_NotMadeError, DataError, ImportError, RuntimeError):  # the last two: OpenVINO's
        return None


def keep_network(path: Path, model: "keras.Sequential") -> None:
    """Puts the backbone of a model that was just kept into the store, so that its first answer comes at once.

    What is not put there, for whatever reason, the first question makes.

    Args:
        model: The one that `save_kept` wrote to `path`.

    Raises:
        KeptModelError: As `read_kept`.
    """
    from lib.models.backend import keras

    if not is_for(path) or keras.backend.backend() != "tensorflow":  # OpenVINO reads no other
        return
    with suppress(_NotMadeError, DataError):
        _entry(read_kept(path), _explained(partial(compiling.write_network, model)))


def _entry(stored: StoredModel, write: Callable[[Path], None]) -> Entry:
    return open_entry(
        storage.store() / f"network-{_key(stored)}",
        f"the layers of {stored.record.arm} for OpenVINO",
        arrays={CONSTANTS: (None, "|u1")},
        facts=(GRAPH,),
        write=write,
    )


class _NotMadeError(Exception):
    """OpenVINO cannot have this network."""


def _key(stored: StoredModel) -> str:
    """Of all that the network depends on: weights, architecture, size, and what made it of them."""
    record, digest = stored.record, hashlib.sha256()
    for name in BUILT_BY:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    network = (stored.backbone, record.weights.used, record.image_size)
    digest.update(json.dumps([*network, version("openvino"), version("keras")]).encode())
    return digest.hexdigest()[:32]


def _make(stored: StoredModel, folder: Path) -> None:
    """Writes the entry, by another process where that has the same weights.

    Raises:
        KeptModelError: As `load_kept`.
    """
    drawn = stored.record.backbone_sha256 and stored.record.weights.used == "random"
    if not drawn and _made_aside(stored.path, folder):
        return
    _explained(partial(compiling.write_kept, stored.path))(folder)


def _explained(write: Callable[[Path], None]) -> Callable[[Path], None]:
    """`write`, with one kind of error for what Keras and OpenVINO raise many kinds of."""

    def writing(folder: Path) -> None:
        try:
            write(folder)
        except (KeptModelError, OSError):
            raise
        except Exception as error:
            raise _NotMadeError(str(error)) from error

    return writing


def _made_aside(path: Path, folder: Path) -> bool:
    python_path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.run(
        [sys.executable, "-m", compiling.__name__, path, folder],
        env=os.environ | {"KERAS_BACKEND": "openvino", "PYTHONPATH": python_path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    return process.returncode == 0


def _compiled(
    graph: str, constants: np.ndarray, shape: tuple[int, ...]
) -> tuple[Callable[[Sequence[np.ndarray]], np.ndarray], tuple[int, ...]]:
    """The network for several arrays of this shape, and the shape of what it makes of one."""
    # Without it OpenVINO tells its maker of every import; it falls back on doing nothing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: no import
    import openvino

    core = openvino.Core()
    model = core.read_model(graph.encode(), openvino.Tensor(np.asarray(constants)))
    model.reshape(list(shape))
    # THROUGHPUT: several images at once, each on one processor, rather than each on all of them in turn. Left to
    # itself it takes bfloat16 where it finds it.
    hints = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
    program = core.compile_model(model, "CPU", hints)
    queue, made = openvino.AsyncInferQueue(program), tuple(program.output(0).shape)

    def infer(images: Sequence[np.ndarray]) -> np.ndarray:
        maps = np.empty((len(images), *made[1:]), "float32")

        def keep(request: openvino.InferRequest, place: int) -> None:
            maps[place] = request.get_output_tensor(0).data[0]

        queue.set_callback(keep)
        for place, image in enumerate(images):
            queue.start_async(image, place)
        queue.wait_all()
        return maps

    return infer, made
