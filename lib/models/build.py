"""An arm's model: random changes, pixel scaling, backbone and head, and their layer tables."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lib.models import pretrained
from lib.models.backend import keras
from lib.models.preprocessing import ScalePixels, augmentation
from lib.papers.declare import Arm, file_name
from lib.results import LayerRow, Model, Weights
from lib.settings import Settings, Training

SEED_STEP = 1000  # between the seeds of two runs; a run's random layers draw from seeds in between


# Backbones


@dataclass(frozen=True)
class Backbone:
    """An arm's network without its classifier, and what its weights are."""

    network: keras.Model
    weights: Weights


def load_backbone(arm: Arm, training: Training) -> Backbone:
    """The arm's backbone, with weights from wherever `pretrained.load` finds them.

    Raises:
        ValueError: From `pretrained.load`.
    """
    with precision_policy(training.precision):
        network, weights = pretrained.load(arm, training.image_size)
    network.trainable = arm.trainable.value
    return Backbone(network, weights)


def load_same_backbone(
    arm: Arm, training: Training, weights: Weights, sha256: str
) -> keras.Model | None:
    """As `pretrained.load_same`, frozen."""
    with precision_policy(training.precision):
        network = pretrained.load_same(arm, training.image_size, weights, sha256)
    if network is not None:
        network.trainable = False
    return network


def load_backbones(arms: Sequence[Arm], settings: Settings) -> dict[str, Backbone]:
    """Arm's name → its backbone; arms that differ in neither network nor weights share one.

    Raises:
        ValueError: As `load_backbone`.
    """
    by_setup, by_arm = {}, {}
    for arm in arms:
        training = settings.training[arm.name]
        declared = (arm.backbone, arm.filters, arm.weights.value, arm.trainable.value)
        setup = (*declared, training.image_size, training.precision)
        if setup not in by_setup:
            by_setup[setup] = load_backbone(arm, training)
        by_arm[arm.name] = by_setup[setup]
    return by_arm


# Models


def build_model(
    arm: Arm, backbone: Backbone, n_classes: int, seed: int, training: Training
) -> keras.Sequential:
    """The arm's whole model: from pixels in 0…255, (images, size, size, 3), to probabilities.

    Backbone and head carry the names Keras gives by default, as a paper's summary prints them.

    Args:
        backbone: From `load_backbone`. A frozen one is shared by all models built on it; of one
            that trains, each model gets a copy, with the same trained or with new random weights.
        seed: Seeds everything random: initial weights, dropout, augmentation.

    Returns:
        A model with an output of (images, n_classes) for softmax and (images, 1), the probability
        of the second class, for sigmoid.

    Raises:
        ValueError: A sigmoid for other than two classes.
    """
    if arm.output.value == "sigmoid" and n_classes != 2:
        raise ValueError(f"`n_classes` should be 2 for a sigmoid output; received {n_classes}.")
    changes = arm.augmentation.value if training.augmentation else ()
    with precision_policy(training.precision):
        network = backbone.network
        return keras.Sequential(
            [
                keras.Input(network.input_shape[1:], name="pixels"),
                *augmentation(changes, SEED_STEP * seed + 500),
                ScalePixels(training.pixel_scaling, name="scale_pixels"),
                _trainable_copy(arm, network, seed) if arm.trainable.value else network,
                *_head(arm, n_classes, seed),
            ],
            name=file_name(arm.name),
        )


def _trainable_copy(arm: Arm, network: keras.Model, seed: int) -> keras.Model:
    """A backbone that one model may train without touching another's."""
    # Unlike Keras' layers, NumPy takes no seed beyond 32 bits.
    keras.utils.set_random_seed((SEED_STEP * seed + 900) % 2**32)
    copy = keras.models.clone_model(network)
    if arm.weights.value != "random":
        copy.set_weights(network.get_weights())
    copy.trainable = True
    return copy


def _head(arm: Arm, n_classes: int, seed: int) -> Iterator[keras.Layer]:
    layers = keras.layers
    if arm.pooling.value == "avg":
        yield layers.GlobalAveragePooling2D(name="global_average_pooling2d")
    else:
        yield layers.Flatten(name="flatten")
    hidden, rates = arm.dense.value, arm.dropout.value
    outputs = 1 if arm.output.value == "sigmoid" else n_classes
    for number, (units, rate) in enumerate(zip((*hidden, outputs), rates, strict=True)):
        if rate:
            dropouts = sum(map(bool, rates[:number]))  # so far
            yield layers.Dropout(
                rate, seed=SEED_STEP * seed + 700 + number, name=_numbered("dropout", dropouts)
            )
        last = number == len(hidden)
        yield layers.Dense(
            units,
            activation=arm.output.value if last else arm.activation.value,
            kernel_initializer=keras.initializers.GlorotUniform(seed=SEED_STEP * seed + number),
            # Probabilities and their loss need full precision.
            dtype="float32" if last else None,
            name=_numbered("dense", number),
        )


def _numbered(name: str, number: int) -> str:
    """As Keras names the layers of a fresh model: "dense", "dense_1", …"""
    return f"{name}_{number}" if number else name


@contextmanager
def precision_policy(policy: str) -> Iterator[None]:
    """Layers that are made inside compute in `policy`, a name of Keras'."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def random_changes(model: keras.Sequential) -> list[keras.Layer]:
    """The layers in front of the scaling of pixels, which change images at random in training alone."""
    scalings = (
        number for number, layer in enumerate(model.layers) if isinstance(layer, ScalePixels)
    )
    return model.layers[: next(scalings, 0)]


def without_augmentation(model: keras.Sequential) -> keras.Sequential:
    """The model as it tests: without the random changes of its images; itself where it has none."""
    changes = random_changes(model)
    if not changes:
        return model
    return keras.Sequential([keras.Input(model.input_shape[1:]), *model.layers[len(changes) :]])


def build_named_network(arm: Arm, n_classes: int, image_size: int) -> keras.Model:
    """The architecture whose name the paper gives this arm, for the same images and classes."""
    architecture = getattr(keras.applications, arm.called)
    return architecture(
        weights=None, classes=n_classes, input_shape=(image_size, image_size, 3), name=arm.called
    )


# Layer tables


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


def describe_all(
    arms: Sequence[Arm], backbones: Mapping[str, Backbone], n_classes: int, settings: Settings
) -> list[Model]:
    """`describe` of each arm's model, built on the first seed."""
    records = []
    for arm in arms:
        backbone, training = backbones[arm.name], settings.training[arm.name]
        model = build_model(arm, backbone, n_classes, settings.seeds[0], training)
        records.append(describe(arm, model, backbone.weights))
    return records


def layer_rows(model: keras.Model) -> list[LayerRow]:
    """Every layer with its output shape and parameters, those of nested models one by one."""
    return [_row(layer) for layer in leaves(model)]


def leaves(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers of a model and of the models in it, without their inputs."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def _row(layer: keras.Layer) -> LayerRow:
    return LayerRow(
        name=layer.name, output=str(layer.output.shape), parameters=layer.count_params()
    )
