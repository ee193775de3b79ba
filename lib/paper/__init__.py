"""What a paper says, as data: frozen, keyword-only dataclasses.

A printed number stays the string that was printed, since its decimals define the rounding interval. Every
value says where it stands in the paper (`Stated`) or why it was chosen (`Assumed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lib.paper.claims import Claim, Contradiction
from lib.paper.controls import Control
from lib.paper.examples import Convolution, Sizes
from lib.paper.images import Attribute, ClassName, Dataset, Rebuild, Sidecar, Source, Split
from lib.paper.models import (
    NATIVE,
    PIXEL_SCALINGS,
    Arm,
    Augmentation,
    Brightness,
    Flip,
    Layer,
    PixelScaling,
    Recipe,
    Rotation,
)
from lib.paper.printed import cell, classification_report, confusion_matrix, epoch_log
from lib.paper.settings import Assumed, Setting, Stated, printed_count
from lib.paper.tolerances import attainable, tolerated

__all__ = [
    "NATIVE",
    "PIXEL_SCALINGS",
    "Arm",
    "Assumed",
    "Attribute",
    "Augmentation",
    "Brightness",
    "Claim",
    "ClassName",
    "Contradiction",
    "Control",
    "Convolution",
    "Dataset",
    "Flip",
    "Layer",
    "Paper",
    "PixelScaling",
    "Profile",
    "Rebuild",
    "Recipe",
    "Rotation",
    "Setting",
    "Sidecar",
    "Sizes",
    "Source",
    "Split",
    "Stated",
    "attainable",
    "cell",
    "classification_report",
    "confusion_matrix",
    "epoch_log",
    "printed_count",
    "tolerated",
]


FIVE_SEEDS = Assumed(
    (0, 1, 2, 3, 4),
    "five runs show the spread over splits and initial weights; the paper shows one run",
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much of a paper one run does.

    Attributes:
        phantoms_per_class: Images drawn where there are no real ones.
        summary: In words.
        changes: Settings that are not the paper's, for the sake of time: name → value.
        variants: Names of the variants that are trained beside the paper's arms.
    """

    phantoms_per_class: int
    summary: str
    changes: dict[str, Any] = field(default_factory=dict)
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Everything a paper states, with the place it states it.

    `phantom` names the family in `lib.phantoms` that stands in for missing images; `profiles`
    holds "quick" and "paper"; `unsaid` is what the paper leaves open beyond its recipe. `arms` are
    the paper's models, in its order; `variants` are the same models under another reading of what
    it leaves open. `seeds`: of the runs, one each. The first of `claims` is the paper's headline.
    `controls` are images of another origin that the trained models are shown. `reporting` is what the
    paper tells beyond its recipe, by the item of `lib.checklist` that asks for it.
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
    variants: tuple[Arm, ...] = ()
    seeds: Setting = FIVE_SEEDS
    claims: tuple[Claim, ...] = ()
    examples: tuple[Convolution | Sizes, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    controls: tuple[Control, ...] = ()
    unsaid: tuple[str, ...] = ()
    reporting: dict[str, Stated] = field(default_factory=dict)
    profiles: dict[str, Profile]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(one.name for one in self.classes)

    @property
    def every_arm(self) -> tuple[Arm, ...]:
        """The arms and their variants."""
        return (*self.arms, *self.variants)

    @property
    def pretrained(self) -> tuple[str, ...]:
        """The backbones of the arms and variants that start from trained weights."""
        trained = (one for one in self.every_arm if one.weights.value != "random")
        return tuple({one.backbone: None for one in trained})

    def chosen(self, variants: Sequence[str]) -> list[Arm]:
        """The arms, then these variants. Raises: ValueError as `arm`."""
        return [*self.arms, *(self.arm(name) for name in variants)]

    def parts(self, arm: Arm) -> tuple[str, ...]:
        """The images that an arm is evaluated on: "test", and "train" where the paper did that too."""
        name = arm.variant_of or arm.name
        evaluated = {one.part for one in self.claims if one.arm == name and one.epoch is None}
        return ("test", "train") if "train" in evaluated else ("test",)

    def images_of(self, control: Control) -> "Paper":
        """The paper with a control set in the place of its own images, so that it is read like them."""
        return replace(
            self,
            slug=f"controls/{control.name}",
            classes=control.classes,
            dataset=control.dataset,
            phantom=control.phantom,
        )

    def arm(self, name: str) -> Arm:
        """The arm or variant called `name`. Raises: ValueError that lists the known ones."""
        for one in self.every_arm:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.every_arm)
        raise ValueError(f"`arm` should be one of {known}; received {name!r}.")
