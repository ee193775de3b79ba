"""What a paper says, as data: frozen, keyword-only dataclasses, and the settings of one run.

A printed number stays the string that was printed, since its decimals define the rounding interval. Every
value says where it stands in the paper (`Stated`) or why it was chosen (`Assumed`).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

PIXEL_SCALINGS = {"[0, 1]": (1 / 255, 0.0), "[-1, 1]": (2 / 255, -1.0), "[0, 255]": (1.0, 0.0)}
"""Range of the network's input → (factor, offset) applied to a pixel in 0…255."""


@dataclass(frozen=True)
class Stated:
    """A value the paper gives, and the place it stands ("Table 1", "Fig. 5", "§II")."""

    value: Any
    where: str


@dataclass(frozen=True)
class Assumed:
    """A value the paper leaves unsaid, and the reason for the one chosen here."""

    value: Any
    reason: str


Setting = Stated | Assumed


def printed_count(text: str) -> int:
    """A whole number as printed; comma or point group its thousands, in English or Indonesian."""
    return int(re.sub("[.,]", "", text))


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """One class: its name in results, and other names its folder may carry."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set the paper used, and how files of it are read.

    Attributes:
        source: Where the images come from, as a reader would look it up.
        kaggle: Kaggle slug "owner/name", or "" where the set is not on Kaggle.
        licence: Licence as the source states it.
        counts: Images a class as printed in the paper, by class name; strings, since printed.
        group: Regular expression whose first capture group, searched in a file's name, is the
            image's group (patient, slide, original photograph); "" where names carry none.
        group_noun: What a group is, in words ("original photograph").
        defects: Known problems of the set.
    """

    source: str
    kaggle: str = ""
    licence: str
    counts: dict[str, Setting]
    total: Setting
    group: str = ""
    group_noun: str = "group"
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Split:
    """How the images were divided: `test_share` in (0, 1), stratified by class or not."""

    test_share: Setting
    stratified: Setting


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One printed row of a model summary; `parameters` as printed."""

    name: str
    output: str
    parameters: str


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One model of a paper.

    Attributes:
        name: The arm's name in results ("mobilenetv2").
        backbone: Name of the `keras.applications` architecture ("MobileNetV2").
        weights: What the backbone starts from: "imagenet" or "random".
        trainable: Whether the backbone is trained.
        dense: Units of the hidden dense layers of the head, in order.
        activation: Activation of those hidden layers, as Keras names it.
        layers: The printed model summary, and `layers_where` its place.
    """

    name: str
    backbone: str
    weights: Setting
    trainable: Setting
    dense: Setting
    activation: Setting
    layers: tuple[Layer, ...] = ()
    layers_where: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyper-parameters of training.

    `image_size` is the side in pixels, `pixel_scaling` a key of `PIXEL_SCALINGS`.
    """

    image_size: Setting
    pixel_scaling: Setting
    optimizer: Setting
    learning_rate: Setting
    batch_size: Setting
    epochs: Setting
    loss: Setting
    seeds: Setting


Unit = Literal["fraction", "percent", "count", "loss"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed number.

    Attributes:
        metric: "accuracy", "precision", "recall", "f1", "support", "loss" or "parameters".
        printed: The number exactly as printed.
        where: Its place in the paper.
        arm: The model it is about.
        of: Class, average ("macro avg"), layer or "" for the whole.
        unit: How the printed number is to be read.
        part: The images it was measured on: "test", "train", "validation", or "" for none.
        epoch: The epoch it belongs to, or None for the trained model.
        tolerance: How far, in the unit of the metric (a fraction for scores), a reproduction may
            lie from the printed number and still count as the same result.
    """

    metric: str
    printed: str
    where: str
    arm: str
    of: str = ""
    unit: Unit = "fraction"
    part: str = "test"
    epoch: int | None = None
    tolerance: float = 0.0

    @property
    def value(self) -> float:
        """The printed number; percentages as fractions."""
        return float(self.decimal)

    @property
    def decimal(self) -> Decimal:
        """The printed number, exact; percentages as fractions."""
        if self.unit == "count":
            return Decimal(printed_count(self.printed))
        number = Decimal(self.printed.replace(",", "."))  # an Indonesian decimal comma
        # scaleb, not a division: "98.70" must keep its last zero, which is part of its precision.
        return number.scaleb(-2) if self.unit == "percent" else number

    @property
    def rounding(self) -> tuple[float, float]:
        """The numbers that round to the printed one: half a unit of the last place either side."""
        number = self.decimal
        half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
        if self.unit == "count":
            half = Decimal(0)
        return float(number - half), float(number + half)


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two readings of the paper that cannot both hold, and the one this study uses."""

    topic: str
    readings: tuple[Stated, ...]
    used: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much of a paper one run does: `phantoms_per_class` images where there are no real ones."""

    phantoms_per_class: int
    summary: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Everything a paper states, with the place it states it.

    `phantom` names the family in `lib.phantoms` that stands in for missing images; `profiles`
    holds "quick" and "paper"; `unsaid` is what the paper leaves open beyond its recipe.
    """

    slug: str
    title: str
    title_english: str
    authors: tuple[str, ...]
    affiliation: str
    language: str
    in_brief: str
    task: str
    classes: tuple[ClassName, ...]
    dataset: Dataset
    phantom: str
    split: Split
    arms: tuple[Arm, ...]
    recipe: Recipe
    claims: tuple[Claim, ...]
    contradictions: tuple[Contradiction, ...] = ()
    unsaid: tuple[str, ...] = ()
    profiles: dict[str, Profile]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(one.name for one in self.classes)

    def arm(self, name: str) -> Arm:
        """The arm called `name`. Raises: ValueError that lists the known arms."""
        for one in self.arms:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.arms)
        raise ValueError(f"`arm` should be one of {known}; received {name!r}.")
