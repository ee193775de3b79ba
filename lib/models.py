"""Models: an arm's random changes, pixel scaling, backbone and head, and their layer tables."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lib import pretrained
from lib.backend import keras
from lib.paper import Arm
from lib.preprocessing import ScalePixels, augmentation
from lib.results import LayerRow, Model, Weights
from lib.settings import Settings, Training

SEEDS = 1000  # random layers of one run's seed draw from seeds of their own, below this distance


@dataclass(frozen=True)
class Backbone:
    """An arm's network without its classifier, and what its weights are."""

    network: keras.Model
    weights: Weights


def backbone(arm: Arm, training: Training) -> Backbone:
    """The arm's backbone, with weights from wherever `pretrained.load` finds them.

    Raises:
        ValueError: From `pretrained.load`.
    """
    with _precision(training.precision):
        network, weights = pretrained.load(arm, training.image_size)
    network.trainable = arm.trainable.value
    return Backbone(network, weights)


def backbones(arms: Sequence[Arm], settings: Settings) -> dict[str, Backbone]:
    """Arm's name → its backbone; arms that differ in neither network nor weights share one.

    Raises:
        ValueError: As `backbone`.
    """
    found, made = {}, {}
    for arm in arms:
        how = settings.training[arm.name]
        setups = (arm.backbone, arm.filters, arm.weights.value, arm.trainable.value)
        key = (*setups, how.image_size, how.precision)
        made[key] = made.get(key) or backbone(arm, how)
        found[arm.name] = made[key]
    return found


def build(
    arm: Arm, backbone: Backbone, n_classes: int, seed: int, training: Training
) -> keras.Sequential:
    """The arm's whole model: from pixels in 0…255, (images, size, size, 3), to probabilities.

    Backbone and head carry the names Keras gives by default, as a paper's summary prints them.

    Args:
        backbone: From `backbone`. A frozen one is shared by all models built on it; of one that
            trains each model gets its own, with the same trained or with new random weights.
        seed: Seeds everything random: initial weights, dropout, augmentation.

    Returns:
        A model with an output of (images, n_classes) for softmax and (images, 1), the probability
        of the second class, for sigmoid.

    Raises:
        ValueError: A sigmoid for other than two classes.
    """
    if arm.output.value == "sigmoid" and n_classes != 2:
        raise ValueError(f"`n_classes` should be 2 for a sigmoid output; received {n_classes}.")
    with _precision(training.precision):
        return keras.Sequential(
            [
                keras.Input(backbone.network.input_shape[1:], name="pixels"),
                *augmentation(arm.augmentation.value, SEEDS * seed + 500),
                ScalePixels(training.pixel_scaling, name="scale_pixels"),
                _own(arm, backbone.network, seed) if arm.trainable.value else backbone.network,
                *_head(arm, n_classes, seed),
            ],
            name=arm.name,
        )


def describe(arm: Arm, model: keras.Sequential, weights: Weights) -> Model:
    """The model's layers, output shapes and parameter counts, as `model.summary()` lists them."""
    trainable = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    total = model.count_params()
    return Model(
        arm=arm.name,
        variant_of=arm.variant_of,
        layers=[_row(layer) for layer in model.layers],
        parameters={"total": total, "trainable": trainable, "non-trainable": total - trainable},
        weights=weights,
    )


def described(
    arms: Sequence[Arm], backbones: Mapping[str, Backbone], n_classes: int, settings: Settings
) -> list[Model]:
    """`describe` of each arm's model, built on the first seed."""
    found = []
    for arm in arms:
        own, how = backbones[arm.name], settings.training[arm.name]
        model = build(arm, own, n_classes, settings.seeds[0], how)
        found.append(describe(arm, model, own.weights))
    return found


def every_layer(model: keras.Model) -> list[LayerRow]:
    """Every layer with its output shape and parameters, those of nested models one by one."""
    return [_row(layer) for layer in leaves(model)]


def leaves(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers of a model and of the models in it, without their inputs."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def called(arm: Arm, n_classes: int, image_size: int) -> keras.Model:
    """The architecture that the paper names for this arm, for the same images and classes."""
    architecture = getattr(keras.applications, arm.called)
    return architecture(
        weights=None, classes=n_classes, input_shape=(image_size, image_size, 3), name=arm.called
    )


def _head(arm: Arm, n_classes: int, seed: int) -> Iterator[keras.Layer]:
    layers, units = keras.layers, arm.dense.value
    if arm.pooling.value == "avg":
        yield layers.GlobalAveragePooling2D(name="global_average_pooling2d")
    else:
        yield layers.Flatten(name="flatten")
    outputs = 1 if arm.output.value == "sigmoid" else n_classes
    for number, (size, rate) in enumerate(zip((*units, outputs), arm.dropout.value, strict=True)):
        if rate:
            before = sum(map(bool, arm.dropout.value[:number]))
            yield layers.Dropout(
                rate, seed=SEEDS * seed + 700 + number, name=_numbered("dropout", before)
            )
        last = number == len(units)
        yield layers.Dense(
            size,
            activation=arm.output.value if last else arm.activation.value,
            kernel_initializer=keras.initializers.GlorotUniform(seed=SEEDS * seed + number),
            # Probabilities and their loss need full precision.
            dtype="float32" if last else None,
            name=_numbered("dense", number),
        )


def _numbered(name: str, number: int) -> str:
    """As Keras names the layers of a fresh model: "dense", "dense_1", …"""
    return f"{name}_{number}" if number else name


def _own(arm: Arm, backbone: keras.Model, seed: int) -> keras.Model:
    """A backbone that this model may train without touching another's."""
    # Unlike Keras' layers, NumPy takes no seed beyond 32 bits.
    keras.utils.set_random_seed((SEEDS * seed + 900) % 2**32)
    own = keras.models.clone_model(backbone)
    if arm.weights.value != "random":
        own.set_weights(backbone.get_weights())
    own.trainable = True
    return own


def _row(layer: keras.Layer) -> LayerRow:
    return LayerRow(
        name=layer.name, output=str(layer.output.shape), parameters=layer.count_params()
    )


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
