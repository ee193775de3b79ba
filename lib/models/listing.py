"""`python -m lib arms`: the papers' models in numbers, built but neither trained nor downloaded."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from lib import papers
from lib.models import build, costs
from lib.models.backend import keras
from lib.papers.declare import Arm, Assumed, Paper
from lib.results import WEIGHTS, LayerRow, Model
from lib.settings import Training, resolve

NAME_WIDTH = 23  # characters of the column of arms' names
UNTRAINED = Assumed("random", "weights change no count")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which papers."""
    papers.add_slugs_argument(parser)


def run_command(options: argparse.Namespace) -> int:
    """Prints, paper by paper, what `lines` gives; 0."""
    for paper in papers.load_all(options.slugs):
        print(f"{paper.slug}: {paper.title_english}")
        for heading, text in lines(paper):
            print(f"  {heading:{NAME_WIDTH}}{text}".rstrip())
        print()
    return 0


def lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) for every arm and variant: what it is, what it costs, how it is trained."""
    settings = resolve(paper, "paper")
    for arm in paper.every_arm:
        training = settings.training[arm.name]
        model, record = _untrained(paper, arm, training)
        yield arm.name, _network(arm, training)
        if arm.differs:
            yield "", f"variant: {arm.differs}"
        trainable = arm.trainable
        if isinstance(trainable, Assumed) and not arm.variant_of:
            yield "", f"{_trained_or_frozen(arm)}: {trainable.reason}"
        yield "", _size(model, record)
        yield "", _recipe(arm, training)
        if arm.called:
            for text in _comparison(paper, arm, model):
                yield "", text


def _untrained(paper: Paper, arm: Arm, training: Training) -> tuple[keras.Sequential, Model]:
    backbone = build.load_backbone(replace(arm, weights=UNTRAINED), training)
    model = build.build_model(arm, backbone, len(paper.classes), 0, training)
    return model, build.describe(arm, model, backbone.weights)


def _network(arm: Arm, training: Training) -> str:
    changes = [type(change).__name__.lower() for change in arm.augmentation.value]
    augmented = f", random {', '.join(changes)}" if changes else ""
    return (
        f"{arm.backbone}, {WEIGHTS[arm.weights.value]}, {_trained_or_frozen(arm)}; "
        f"{training.image_size} pixels, {training.pixel_scaling}{augmented}"
    )


def _trained_or_frozen(arm: Arm) -> str:
    return "trained" if arm.trainable.value else "frozen"


def _size(model: keras.Model, record: Model) -> str:
    total, trained = record.parameters["total"], record.parameters["trainable"]
    return (
        f"{total:,} parameters, {trained:,} of them trained; "
        f"{costs.multiply_adds(model) / 1e6:,.0f} million multiply-adds per image; "
        f"{costs.file_bytes(model) / 1e6:,.1f} MB"
    )


def _recipe(arm: Arm, training: Training) -> str:
    assumed = [
        name.replace("_", " ")
        for name, setting in arm.settings.items()
        if isinstance(setting, Assumed)
    ]
    return (
        f"{training.epochs} epochs, batches of {training.batch_size}, {training.optimizer} at "
        f"{training.learning_rate:g}, {training.loss.replace('_', ' ')}; "
        f"assumed: {', '.join(assumed)}"
    )


def _comparison(paper: Paper, arm: Arm, model: keras.Model) -> Iterator[str]:
    """The described network and the one whose name the paper gives it, layer by layer."""
    named = build.build_named_network(arm, len(paper.classes), model.input_shape[1])
    described_rows, named_rows = _rows_with_parameters(model), _rows_with_parameters(named)
    yield f"The paper calls it {arm.called}. Beside {arm.called} for the same images:"
    yield _cell("layers", len(described_rows)) + _cell(arm.called, len(named_rows))
    for pair in zip_longest(described_rows, named_rows):
        yield "".join(_cell(row.name, row.parameters) if row else _cell("", "") for row in pair)
    sums = (sum(row.parameters for row in rows) for rows in (described_rows, named_rows))
    yield "".join(_cell("parameters", parameters) for parameters in sums)


def _rows_with_parameters(model: keras.Model) -> list[LayerRow]:
    return [row for row in build.layer_rows(model) if row.parameters]


def _cell(name: str, number: int | str) -> str:
    text = f"{number:,}" if isinstance(number, int) else number
    return f"{name:14}{text:>12}      "
