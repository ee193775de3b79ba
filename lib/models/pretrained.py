"""An arm's backbone with trained weights, from wherever this machine has them."""

import contextlib
import hashlib
import http.client
import io
import os
import socket
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from lib.machine import WeightCandidate, absence_of_weights, answers, weight_candidates
from lib.models import torchvision
from lib.models.architectures import BUILDERS
from lib.models.backend import keras
from lib.papers.declare import Arm
from lib.results import Weights
from lib.storage import file_sha256, temporary_folder

KERAS_SIZE = 224  # pixels a side of the images that Keras' weights were trained on
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
    reason = absence_of_weights(arm.backbone)
    return _network(arm, image_size, None), _random_weights(declared, reason)


def load_same(arm: Arm, image_size: int, weights: Weights, sha256: str) -> keras.Model | None:
    """The arm's backbone with the very weights that another run had; None where none has them.

    Random ones are drawn again: the same seed draws the same with the same versions. Files that are here
    are tried before downloads.

    Args:
        weights: Of that run.
        sha256: What `weights_sha256` gave there.

    Raises:
        ValueError: A weight file is not what it should be.
    """
    for network in _networks_of_kind(arm, image_size, weights.used):
        if weights_sha256(network) == sha256:
            return network
    return None


def _networks_of_kind(arm: Arm, image_size: int, kind: str) -> Iterator[keras.Model]:
    if kind == "random":
        yield _network(arm, image_size, None)
        return
    candidates = [each for each in weight_candidates(arm.backbone) if each.kind == kind]
    for candidate in sorted(candidates, key=lambda each: not each.path.is_file()):
        network = _load_candidate(arm, image_size, candidate)
        if network is not None:
            yield network


def weights_sha256(network: keras.Model) -> str:
    """SHA-256 of a network's weights, whichever file they came from."""
    digest = hashlib.sha256()
    for array in network.get_weights():
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _random_weights(declared: str, reason: str) -> Weights:
    return Weights(declared=declared, used="random", source=reason, sha256="")


def _load_candidate(arm: Arm, image_size: int, candidate: WeightCandidate) -> keras.Model | None:
    """The backbone with the candidate's weights; None where it has none."""
    if candidate.form == "keras":
        return _load_by_keras(arm, image_size, candidate)
    if not candidate.path.is_file() and not _download(candidate):
        return None
    network = _network(arm, image_size, None)
    if candidate.form == "h5":
        with _explained(candidate.path, f"Keras' weights of {arm.backbone} without its classifier"):
            network.load_weights(candidate.path)
        return network
    arrays = _arrays(candidate)
    with _explained(candidate.path, f"torchvision's weights of {arm.backbone}"):
        return torchvision.NETWORKS[arm.backbone](network, arrays)


def _network(arm: Arm, image_size: int, weights: str | None) -> keras.Model:
    # Random weights are seeded too: two offline runs must agree.
    keras.utils.set_random_seed(0)
    if arm.backbone in BUILDERS:
        return BUILDERS[arm.backbone](arm.channels, image_size)
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


def _arrays(candidate: WeightCandidate) -> Mapping[str, np.ndarray]:
    if candidate.form == "pickle":
        # The hash first: a wrong file is an error that says how to fetch the right one.
        return torchvision.read_arrays(candidate.path, candidate.checked_sha256())
    # np.load refuses anything pickled.
    with _explained(candidate.path, "arrays by name"), np.load(candidate.path) as arrays:
        return dict(arrays)


@contextlib.contextmanager
def _explained(path: Path, expected: str) -> Iterator[None]:
    """Turns whatever goes wrong while `path` is read into an error that names it."""
    try:
        yield
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} should hold {expected}; {reason}") from error


# Downloads


def _load_by_keras(arm: Arm, image_size: int, candidate: WeightCandidate) -> keras.Model | None:
    """The backbone with the weights Keras itself finds or downloads; None where it cannot."""
    if not candidate.path.is_file() and not answers(candidate.address):
        return None
    with _given_up_in_time():
        return _network(arm, image_size, "imagenet")
    return None


def _download(candidate: WeightCandidate) -> bool:
    """Downloads the candidate's file, there whole or not at all; whether it could be had."""
    if not candidate.address or not answers(candidate.address):
        return False
    name, folder = candidate.path.name, candidate.path.parent
    with _given_up_in_time(), temporary_folder(folder) as temporary:
        whole = keras.utils.get_file(name, candidate.address, cache_dir=temporary, cache_subdir="")
        # Another file may be the page of a network that asks for a login.
        if file_sha256(Path(whole)) == candidate.pinned:
            os.replace(whole, candidate.path)
            return True
    return False


@contextlib.contextmanager
def _given_up_in_time() -> Iterator[None]:
    """Ends the block, without an error, where Keras cannot download what it needs there."""
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Keras prints a progress bar
            yield
    except (TimeoutError, ConnectionError, http.client.HTTPException):
        pass  # the download had begun
    except Exception as error:
        # Keras turns a download that cannot begin into a bare Exception whose message starts like this;
        # anything else is a fault that must not pass for a missing network.
        if not str(error).startswith("URL fetch failure"):
            raise
    finally:
        socket.setdefaulttimeout(timeout)
