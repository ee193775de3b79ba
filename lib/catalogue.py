"""The models of a paper in numbers, for `python -m lib arms`: built, but neither trained nor downloaded."""

from collections.abc import Iterator
from dataclasses import replace

from lib import costs, models
from lib.backend import keras
from lib.paper import Arm, Assumed, Paper
from lib.results import WEIGHTS, Model
from lib.settings import Settings, resolve

COUNTED = Assumed("random", "weights change no count")


def lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) for every arm and variant: what it is, what it costs, how it is trained."""
    settings = resolve(paper, "paper")
    for arm in paper.every_arm:
        model, record = _built(paper, arm, settings)
        yield arm.name, _what(arm, settings)
        if arm.differs:
            yield "", f"variant: {arm.differs}"
        trainable = arm.trainable
        if isinstance(trainable, Assumed) and not arm.variant_of:
            yield "", f"{_trained(arm)}: {trainable.reason}"
        yield "", _size(model, record)
        yield "", _recipe(arm, settings)
        if arm.called:
            yield from _beside(paper, arm, model)


def _built(paper: Paper, arm: Arm, settings: Settings) -> tuple[keras.Sequential, Model]:
    training, counted = settings.training[arm.name], replace(arm, weights=COUNTED)
    backbone = models.backbone(counted, training)
    model = models.build(arm, backbone, len(paper.classes), 0, training)
    return model, models.describe(arm, model, backbone.weights)


def _what(arm: Arm, settings: Settings) -> str:
    how = settings.training[arm.name]
    changes = [type(one).__name__.lower() for one in arm.augmentation.value]
    augmented = f", random {', '.join(changes)}" if changes else ""
    return (
        f"{arm.backbone}, {WEIGHTS[arm.weights.value]}, {_trained(arm)}; {how.image_size} pixels, "
        f"{how.pixel_scaling}{augmented}"
    )


def _trained(arm: Arm) -> str:
    return "trained" if arm.trainable.value else "frozen"


def _size(model: keras.Model, record: Model) -> str:
    total, trained = record.parameters["total"], record.parameters["trainable"]
    return (
        f"{total:,} parameters, {trained:,} of them trained; "
        f"{costs.multiply_adds(model) / 1e6:,.0f} million multiply-adds an image; "
        f"{costs.file_bytes(model) / 1e6:,.1f} MB"
    )


def _recipe(arm: Arm, settings: Settings) -> str:
    how = settings.training[arm.name]
    assumed = [
        name.replace("_", " ") for name, one in arm.settings.items() if isinstance(one, Assumed)
    ]
    return (
        f"{how.epochs} epochs, batches of {how.batch_size}, {how.optimizer} at "
        f"{how.learning_rate:g}, {how.loss.replace('_', ' ')}; assumed: {', '.join(assumed)}"
    )


def _beside(paper: Paper, arm: Arm, model: keras.Model) -> Iterator[tuple[str, str]]:
    """The described network and the one whose name the paper gives it, layer by layer."""
    theirs = models.called(arm, len(paper.classes), model.input_shape[1])
    sides = [[row for row in models.every_layer(one) if row.parameters] for one in (model, theirs)]
    yield "", f"The paper calls it {arm.called}. Beside {arm.called} for the same images:"
    yield "", f"{_side('layers', len(sides[0]))}{_side(arm.called, len(sides[1]))}"
    for number in range(max(map(len, sides))):
        cells = [side[number] if number < len(side) else None for side in sides]
        yield (
            "",
            "".join(_side(one.name, one.parameters) if one else _side("", "") for one in cells),
        )
    yield "", "".join(_side("parameters", sum(one.parameters for one in side)) for side in sides)


def _side(name: str, number: object) -> str:
    shown = f"{number:,}" if isinstance(number, int) else number
    return f"{name:14}{shown:>12}      "
