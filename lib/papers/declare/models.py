"""The models a paper trains, and how."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from lib.papers.declare.pixels import NATIVE
from lib.papers.declare.stated import Assumed, Setting, Stated


def file_name(arm: str) -> str:
    """An arm's name where no slash may stand, as in files and in Keras: "kumar_breakhis-vgg16"."""
    return arm.replace("/", "-")


@dataclass(frozen=True)
class Brightness:
    """Every pixel of an image moves by one random number, at most ± `factor` · 255; clipped."""

    factor: float

    def __str__(self) -> str:
        return f"brightness ± {255 * self.factor:g} of 255"


@dataclass(frozen=True)
class Flip:
    """Mirrored at random: "horizontal", "vertical" or "horizontal_and_vertical"."""

    mode: str

    def __str__(self) -> str:
        return f"mirrored at random, {self.mode.replace('_', ' ')}"


@dataclass(frozen=True)
class Rotation:
    """Turned by up to ± `factor` of a full turn; `fill` is how Keras names what fills the corners."""

    factor: float
    fill: str

    def __str__(self) -> str:
        return f"turned by up to ± {360 * self.factor:g}°, corners filled by {self.fill}"


Augmentation = Brightness | Flip | Rotation


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One printed row of a model summary; `parameters` as printed."""

    name: str
    output: str
    parameters: str


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyper-parameters of training.

    `image_size` is the side in pixels, `pixel_scaling` a key of `PIXEL_SCALINGS` or "native": what
    the backbone's weights were trained with.
    """

    image_size: Setting[int]
    pixel_scaling: Setting[str]
    optimizer: Setting[str]
    learning_rate: Setting[float]
    batch_size: Setting[int]
    epochs: Setting[int]
    loss: Setting[str]


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One model of a paper and its training.

    Attributes:
        name: The arm's name in results ("mobilenetv2").
        backbone: An architecture of `keras.applications` or of `lib.models.architectures` ("MobileNetV2").
        filters: Channels of each convolution, in order, for an architecture built here.
        weights: What the backbone starts from: "imagenet" (Keras' own), "torchvision" or "random".
        trainable: Whether the backbone is trained.
        augmentation: Random changes to the training images, in order; (`Augmentation`, …).
        pooling: From the last feature maps to a vector: "avg" or "flatten".
        dense: Units of the hidden dense layers of the head, in order.
        activation: Activation of those hidden layers, as Keras names it.
        dropout: Rate in front of each dense layer, that of the output included; 0 for none.
        output: Activation of the last layer: "softmax" or, for two classes, "sigmoid".
        recipe: How it is trained.
        layers: The printed model summary, and `layers_where` its place.
        called: The architecture the paper names where it is not the one it describes ("VGG16").
        variant_of: Name of the arm this one is a variant of, "" for an arm of its own.
        differs: In words, how a variant differs and why it is there.
    """

    name: str
    backbone: str
    weights: Setting[str]
    trainable: Setting[bool]
    dense: Setting[tuple[int, ...]]
    activation: Setting[str]
    dropout: Setting[tuple[float, ...]]
    recipe: Recipe
    filters: Setting[tuple[int, ...]] | None = None
    augmentation: Setting[tuple[Augmentation, ...]] = field(
        default=Assumed((), "the paper names none")
    )
    pooling: Setting[str]
    output: Setting[str] = field(default=Assumed("softmax", "one probability a class"))
    layers: tuple[Layer, ...] = ()
    layers_where: str = ""
    called: str = ""
    variant_of: str = ""
    differs: str = ""

    @property
    def channels(self) -> tuple[int, ...]:
        """Those of each convolution of an architecture built here; () for one of `keras.applications`."""
        return self.filters.value if self.filters else ()

    def variant(self, suffix: str, differs: str, **changes: Any) -> "Arm":
        """The same arm but for `changes`, which name fields of `Arm` or of its `Recipe`.

        Raises:
            TypeError: A change is a field of neither.
        """
        recipe_fields = {field.name for field in fields(Recipe)}
        recipe = {name: value for name, value in changes.items() if name in recipe_fields}
        return replace(
            self,
            name=f"{self.name}-{suffix}",
            variant_of=self.name,
            differs=differs,
            recipe=replace(self.recipe, **recipe),
            # A printed summary is that of the arm itself.
            layers=(),
            layers_where="",
            called="",
            **{name: value for name, value in changes.items() if name not in recipe_fields},
        )

    def native(self) -> "Arm":
        """The variant that feeds pixels as the backbone's weights were trained with."""
        scaling = NATIVE[self.backbone]
        return self.variant(
            "native",
            f"pixels scaled as the backbone's weights were trained with, {scaling}, instead of "
            f"{self.recipe.pixel_scaling.value}",
            pixel_scaling=Assumed(
                scaling, f"what the weights of {self.backbone} were trained with"
            ),
        )

    def borrowed(self, slug: str, classes: int) -> "Arm":
        """The arm as it is trained on another paper's images: "slug/name", by the recipe of its own paper.

        A sigmoid tells two classes apart and no more: for other numbers of classes a softmax stands in.

        Args:
            slug: Of its own paper.
            classes: Of the images.
        """
        output, recipe = self.output, self.recipe
        if output.value == "sigmoid" and classes != 2:
            reason = f"a sigmoid tells two classes apart; these images have {classes}"
            output = Assumed("softmax", reason)
            recipe = replace(recipe, loss=Assumed("categorical_crossentropy", reason))
        return replace(
            self,
            name=f"{slug}/{self.name}",
            # What its own paper prints and says of it belongs to its own images.
            layers=(),
            layers_where="",
            called="",
            output=output,
            recipe=recipe,
        )

    @property
    def settings(self) -> dict[str, Setting[Any]]:
        """Every declared value of the arm and its recipe by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values |= {field.name: getattr(self.recipe, field.name) for field in fields(Recipe)}
        return {
            name: value for name, value in values.items() if isinstance(value, Stated | Assumed)
        }
