"""An arm's recipe as the Keras it is: the summary of its model, and a stand-alone script that needs no lib/.

The script sees the same images in the same batches as `lib.training` and draws the same initial weights: on
the same machine it gives the same predictions up to rounding. Its images are read by Pillow alone, which
gives the same pixels for upright ones of 8 bits that are larger than the network's input.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from unittest.mock import patch

from lib.models.architectures import ALEXNET_KERNELS, ALEXNET_POOLED
from lib.models.backend import keras
from lib.models.build import SEED_STEP, Backbone, build_model
from lib.models.pretrained import KERAS_SIZE
from lib.papers import lender
from lib.papers.declare import (
    Arm,
    Augmentation,
    Brightness,
    Flip,
    Paper,
    Rotation,
    Setting,
    Stated,
    file_name,
)
from lib.settings import Settings, Training

SUMMARY_WIDTH = 88  # characters
COMMENT = 64  # characters, of where a value comes from
OPTIMIZERS = {"adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}
ALEXNET_OF_TORCHVISION = (0, 3, 6, 8, 10)  # its convolutions, as layers of `features`


@dataclass(frozen=True, kw_only=True)
class Listing:
    """An arm as Keras: `summary` as `model.summary()` prints it, `script` as a file can hold it."""

    arm: str
    summary: str
    script: str


def keras_listings(
    paper: Paper, arms: Sequence[Arm], backbones: Mapping[str, Backbone], settings: Settings
) -> list[Listing]:
    """The listing of each of the paper's own arms: a variant changes a line of its arm's.

    Args:
        backbones: Arm's name → its backbone.
    """
    listings = []
    for arm in arms:
        if not arm.variant_of:
            training, classes = settings.training[arm.name], len(paper.classes)
            model = build_model(arm, backbones[arm.name], classes, settings.seeds[0], training)
            script = keras_script(paper, arm, settings)
            listings.append(Listing(arm=arm.name, summary=_summary(model), script=script))
    return listings


def _summary(model: keras.Model) -> str:
    lines: list[str] = []
    # In a notebook, rich would show the summary at once instead of handing it over; and it cuts lines off
    # that are wider than the terminal, whichever that is.
    with (
        patch("rich.console._is_jupyter", return_value=False),
        patch.dict(os.environ, COLUMNS=str(SUMMARY_WIDTH)),
    ):
        model.summary(line_length=SUMMARY_WIDTH, print_fn=lines.append)
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())


def keras_script(paper: Paper, arm: Arm, settings: Settings) -> str:
    """The arm's recipe as a Python program: reads the images, builds, compiles, fits, evaluates."""
    training = settings.training[arm.name]
    parts = (
        _introduction(paper, arm, settings),
        _values(paper, arm, settings),
        _images(arm, settings),
        _backbone(arm, training),
        _model(arm, training),
        _fitting(training),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _introduction(paper: Paper, arm: Arm, settings: Settings) -> Iterator[str]:
    recipe = " by the recipe of its own paper, for the images" if lender(arm.name) else ""
    yield f'"""{arm.name}{recipe} of “{paper.name}” in Keras alone.'
    yield ""
    yield f"    python {file_name(arm.name)}.py IMAGES SPLITS"
    yield ""
    yield "IMAGES is the folder of the images, SPLITS the splits.csv of a report: it lists those that were used."
    yield "They are divided as under the published protocol, with one seed."
    yield '"""'
    yield ""
    yield "import sys"
    yield "from pathlib import Path"
    yield ""
    yield "import keras"
    yield "import numpy as np"
    yield "import pandas as pd"
    yield f"from keras import {'' if arm.backbone in LAYERS_OF else 'applications, '}layers"
    yield "from PIL import Image"
    yield "from sklearn.model_selection import train_test_split"
    if settings.training[arm.name].precision != "float32":
        yield ""
        yield f'keras.config.set_dtype_policy("{settings.training[arm.name].precision}")'


def _values(paper: Paper, arm: Arm, settings: Settings) -> Iterator[str]:
    """What a reader may want to change, each with where it comes from."""
    training, recipe = settings.training[arm.name], arm.recipe
    values = {
        "SIZE": (training.image_size, recipe.image_size),
        "EPOCHS": (training.epochs, recipe.epochs),
        "BATCH_SIZE": (training.batch_size, recipe.batch_size),
        "LEARNING_RATE": (training.learning_rate, recipe.learning_rate),
    }
    yield f"CLASSES = {json.dumps(paper.class_names, ensure_ascii=False)}"
    yield f"SEED = {settings.seeds[0]}"
    for name, (value, declared) in values.items():
        yield f"{name} = {value}  # {_origin(value, declared, lender(arm.name))}"
    yield f"TEST_SHARE = {settings.test_share}  # {_origin(settings.test_share, paper.split.test_share)}"


def _origin(value: object, declared: Setting[object], owner: Paper | None = None) -> str:
    """Where a value comes from; `owner` is the paper that says so where it is another one."""
    if value != declared.value:
        return f"changed in this run; the declaration has {declared.value}"
    if isinstance(declared, Stated):
        whose = owner.slug if owner else "the paper"
        return f"{whose}: {shorten(declared.where, COMMENT, placeholder=' …')}"
    return f"assumed: {shorten(declared.reason, COMMENT, placeholder=' …')}"


def _images(arm: Arm, settings: Settings) -> Iterator[str]:
    yield 'folder, table = Path(sys.argv[1]), pd.read_csv(sys.argv[2], dtype={"path": str, "true": str})'
    yield 'files = [Image.open(folder / path).convert("RGB") for path in table["path"]]'
    yield "images = np.stack([file.resize((SIZE, SIZE), Image.Resampling.BILINEAR) for file in files])"
    yield 'labels = table["true"].map(CLASSES.index).to_numpy()'
    if arm.output.value == "sigmoid":
        yield 'targets = labels[:, None].astype("float32")  # the probability of the second class'
    else:
        yield 'targets = np.eye(len(CLASSES), dtype="float32")[labels]'
    if settings.stratified:
        yield "division = {'test_size': TEST_SHARE, 'random_state': SEED, 'stratify': labels}"
        yield "train, test = train_test_split(np.arange(len(table)), **division)"
    else:
        how = "test_size=TEST_SHARE, random_state=SEED"
        yield f"train, test = train_test_split(np.arange(len(table)), {how})"


def _backbone(arm: Arm, training: Training) -> Iterator[str]:
    trains, random = arm.trainable.value, arm.weights.value == "random"
    if random:
        seed = f"{SEED_STEP} * SEED + 900" if trains else "0"
        yield f"keras.utils.set_random_seed({seed})  # draws the first weights"
    if arm.backbone in LAYERS_OF:
        yield "backbone = keras.Sequential(["
        yield "    keras.Input((SIZE, SIZE, 3)),"
        yield from (f"    {line}" for line in LAYERS_OF[arm.backbone](arm))
        yield "])"
        if not random:
            yield from _torchvision_weights()
    elif arm.backbone == "MobileNetV2" and training.image_size != KERAS_SIZE and not random:
        # For some sizes Keras has other weights; this study's are always the same.
        yield f"trained = {_application(arm, 'imagenet').replace('SIZE', str(KERAS_SIZE))}"
        yield f"backbone = {_application(arm, None)}"
        yield "backbone.set_weights(trained.get_weights())"
    else:
        yield f"backbone = {_application(arm, None if random else 'imagenet')}"
    yield f"backbone.trainable = {trains}  # {_origin(trains, arm.trainable, lender(arm.name))}"


def _application(arm: Arm, weights: str | None) -> str:
    given = f'"{weights}"' if weights else "None"
    return f"applications.{arm.backbone}(include_top=False, weights={given}, input_shape=(SIZE, SIZE, 3))"


def _alexnet_layers(arm: Arm) -> Iterator[str]:
    yield "layers.ZeroPadding2D(2),"
    for number, (units, kernel) in enumerate(zip(arm.channels, ALEXNET_KERNELS, strict=True)):
        how = "strides=4" if number == 0 else 'padding="same"'
        pooling = " layers.MaxPooling2D(3, strides=2)," if number in ALEXNET_POOLED else ""
        yield f'layers.Conv2D({units}, {kernel}, {how}, activation="relu"),{pooling}'


def _block_layers(arm: Arm) -> Iterator[str]:
    for units in arm.channels:
        convolution = f'layers.Conv2D({units}, 3, padding="same", activation="relu")'
        yield f"{convolution}, layers.MaxPooling2D(2),"


LAYERS_OF = {"AlexNet": _alexnet_layers, "ConvBlocks": _block_layers}
"""Backbone that `keras.applications` lacks → the lines of its layers."""


def _torchvision_weights() -> Iterator[str]:
    yield "from torchvision.models import alexnet  # Keras has no weights of AlexNet"
    yield 'trained = alexnet(weights="IMAGENET1K_V1").features.state_dict()'
    yield "convolutions = [layer for layer in backbone.layers if isinstance(layer, layers.Conv2D)]"
    yield f"for layer, number in zip(convolutions, {ALEXNET_OF_TORCHVISION}):"
    yield '    kernel, bias = trained[f"{number}.weight"], trained[f"{number}.bias"]'
    yield "    layer.set_weights([kernel.numpy().transpose(2, 3, 1, 0), bias.numpy()])"


def _model(arm: Arm, training: Training) -> Iterator[str]:
    yield "glorot = keras.initializers.GlorotUniform"
    yield "model = keras.Sequential(["
    yield "    keras.Input((SIZE, SIZE, 3)),  # pixels in 0…255"
    changes = arm.augmentation.value if training.augmentation else ()
    for number, change in enumerate(_augmentation(changes)):
        yield f"    layers.{change}, seed={SEED_STEP} * SEED + {500 + number}),"
    yield from (f"    {line}" for line in SCALINGS[training.pixel_scaling])
    yield "    backbone,"
    pooling = "GlobalAveragePooling2D" if arm.pooling.value == "avg" else "Flatten"
    yield f"    layers.{pooling}(),"
    yield from _head(arm, training)
    yield "])"
    yield "model.summary()"


def _augmentation(changes: Sequence[Augmentation]) -> Iterator[str]:
    """Calls without their last argument and bracket, as `preprocessing.augmentation` makes the layers."""
    for change in changes:
        if isinstance(change, Brightness):
            yield f"RandomBrightness({change.factor}, value_range=(0, 255)"
        elif isinstance(change, Rotation):
            yield f'RandomRotation({change.factor}, fill_mode="{change.fill}"'
        elif change == Flip("horizontal_and_vertical"):
            yield 'RandomFlip("horizontal"'  # Keras 3 would draw once for both
            yield 'RandomFlip("vertical"'
        else:
            yield f'RandomFlip("{change.mode}"'


SCALINGS = {
    "[0, 255]": (),
    "[0, 1]": ("layers.Rescaling(1 / 255),",),
    "[-1, 1]": ("layers.Rescaling(2 / 255, offset=-1),",),
    "BGR - mean": (
        "layers.Lambda(lambda pixels: pixels[..., ::-1]),",
        "layers.Rescaling(1, offset=[-103.939, -116.779, -123.68]),",
    ),
    "(RGB - mean) / sd": (
        "layers.Rescaling([1 / 255 / sd for sd in (0.229, 0.224, 0.225)],",
        "                 offset=[-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225]),",
    ),
}
"""A key of `PIXEL_SCALINGS` → the lines that make it; nothing where the network takes pixels as they are."""


def _head(arm: Arm, training: Training) -> Iterator[str]:
    hidden, rates = arm.dense.value, arm.dropout.value
    outputs = 1 if arm.output.value == "sigmoid" else "len(CLASSES)"
    for number, (units, rate) in enumerate(zip((*hidden, outputs), rates, strict=True)):
        if rate:
            yield f"    layers.Dropout({rate}, seed={SEED_STEP} * SEED + {700 + number}),"
        last = number == len(hidden)
        activation = arm.output.value if last else arm.activation.value
        dtype = ', dtype="float32"' if last and training.precision != "float32" else ""
        start = f"kernel_initializer=glorot({SEED_STEP} * SEED + {number})"
        yield f'    layers.Dense({units}, "{activation}", {start}{dtype}),'


def _fitting(training: Training) -> Iterator[str]:
    yield f"optimizer = keras.optimizers.{OPTIMIZERS[training.optimizer]}(LEARNING_RATE)"
    yield f'model.compile(optimizer=optimizer, loss="{training.loss}", metrics=["accuracy"])'
    yield "for epoch in range(EPOCHS):"
    yield "    order = np.random.default_rng([SEED, epoch]).permutation(train)  # anew in every epoch"
    yield "    model.fit(images[order], targets[order], batch_size=BATCH_SIZE, shuffle=False,"
    yield "              initial_epoch=epoch, epochs=epoch + 1)"
    yield ""
    yield "loss, accuracy = model.evaluate(images[test], targets[test])"
    yield 'print(f"accuracy {accuracy:.4f} on {len(test)} test images")'
    yield "probabilities = model.predict(images[test])  # one row per test image"
