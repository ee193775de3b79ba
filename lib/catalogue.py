"""The models of a paper in numbers, for `python -m lib arms`: built, but neither trained nor downloaded."""

from collections.abc import Iterator
from dataclasses import replace

from lib import costs, models
from lib.backend import keras
from lib.paper import Arm, Assumed, Paper, Stated
from lib.results import WEIGHTS
from lib.settings import Settings, resolve

COUNTED = Assumed("random", "weights change no count")


def lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) for every arm and variant: what it is, what it costs, how it is trained."""
    settings = resolve(paper, "paper")
    for arm in (*paper.arms, *paper.variants):
        model = _model(paper, arm, settings)
        yield arm.name, _what(arm, settings)
        if arm.differs:
            yield "", f"variant: {arm.differs}"
        trainable = arm.trainable
        if isinstance(trainable, Assumed) and not arm.variant_of:
            yield "", f"{_trained(arm)}: {trainable.reason}"
        yield "", _size(model)
        yield "", _recipe(arm, settings)
        if arm.called:
            yield from _beside(paper, arm, model)


def _model(paper: Paper, arm: Arm, settings: Settings) -> keras.Sequential:
    training, counted = settings.training[arm.name], replace(arm, weights=COUNTED)
    backbone = models.backbone(counted, training)
    return models.build(arm, backbone, len(paper.classes), 0, training)


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


def _size(model: keras.Model) -> str:
    trained = sum(keras.ops.size(one) for one in model.trainable_variables)
    return (
        f"{model.count_params():,} parameters, {int(trained):,} of them trained; "
        f"{costs.multiply_adds(model) / 1e6:,.0f} million multiply-adds an image; "
        f"{costs.file_bytes(model) / 1e6:,.1f} MB"
    )


def _recipe(arm: Arm, settings: Settings) -> str:
    how, declared = settings.training[arm.name], arm.settings
    assumed = [name.replace("_", " ") for name, one in declared.items() if not _stated(one)]
    return (
        f"{how.epochs} epochs, batches of {how.batch_size}, {how.optimizer} at "
        f"{how.learning_rate:g}, {how.loss.replace('_', ' ')}; assumed: {', '.join(assumed)}"
    )


def _stated(setting: object) -> bool:
    return isinstance(setting, Stated)


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
