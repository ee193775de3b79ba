"""Writes the backbone of a kept model as OpenVINO has it; also a program, in which Keras computes by OpenVINO.

KERAS_BACKEND=openvino python -m lib.models.compiling FILE.keras FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib.models.not_installed import not_installed

if TYPE_CHECKING:
    from lib.models.backend import keras

GRAPH, CONSTANTS = "graph.json", "constants.npy"  # its layers as XML, and the bytes of its weights
# Keras loads these where they are installed, which takes longer than all the rest here, and needs none of them.
NOT_NEEDED = ("jax", "matplotlib", "openvino_telemetry", "sklearn", "tensorflow")


def write_kept(path: Path, folder: Path) -> None:
    """`write_network` of the backbone of a kept model.

    Raises:
        KeptModelError: As `load_kept`.
        OSError: The disk is full or not writable.
    """
    from lib.models.kept import load_kept

    write_network(load_kept(path).model, folder)


def write_network(model: "keras.Sequential", folder: Path) -> None:
    """Writes `GRAPH` and `CONSTANTS` of a model's backbone, from scaled pixels to feature maps.

    Raises:
        OSError: The disk is full or not writable.
    """
    from lib.models.backend import keras

    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        graph = Path(temporary, "network.xml")
        _write_graph(network, graph)
        constants = np.fromfile(graph.with_suffix(".bin"), np.uint8)
        (folder / GRAPH).write_text(json.dumps(graph.read_text()))
    np.save(folder / CONSTANTS, constants)


def _write_graph(network: "keras.Model", target: Path) -> None:
    """Writes the .xml file `target` and the .bin file that belongs to it."""
    from lib.models.backend import keras

    if keras.backend.backend() == "openvino":
        network.export(str(target), format="openvino", verbose=False)
        return
    from lib.models.openvino import graph

    model = graph(network)
    import openvino

    openvino.serialize(model, str(target))


if __name__ == "__main__":
    with not_installed(*NOT_NEEDED):
        write_kept(*map(Path, sys.argv[1:]))
