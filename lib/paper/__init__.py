"""What a paper says, as data: frozen, keyword-only dataclasses.

A printed number stays the string that was printed, since its decimals define the rounding interval. Every
value says where it stands in the paper (`Stated`) or why it was chosen (`Assumed`).
"""

from dataclasses import dataclass

from lib.paper.claims import Claim, Contradiction
from lib.paper.images import ClassName, Dataset, Rebuild, Sidecar, Source, Split
from lib.paper.models import PIXEL_SCALINGS, Arm, Layer, Recipe
from lib.paper.settings import Assumed, Setting, Stated, printed_count

__all__ = [
    "PIXEL_SCALINGS",
    "Arm",
    "Assumed",
    "Claim",
    "ClassName",
    "Contradiction",
    "Dataset",
    "Layer",
    "Paper",
    "Profile",
    "Rebuild",
    "Recipe",
    "Setting",
    "Sidecar",
    "Source",
    "Split",
    "Stated",
    "printed_count",
]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much of a paper one run does: `phantoms_per_class` images where there are no real ones."""

    phantoms_per_class: int
    summary: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Everything a paper states, with the place it states it.

    `phantom` names the family in `lib.phantoms` that stands in for missing images; `profiles`
    holds "quick" and "paper"; `unsaid` is what the paper leaves open beyond its recipe. A paper
    without a recipe is declared as far as its images; no notebook trains on them yet.
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
    arms: tuple[Arm, ...] = ()
    recipe: Recipe | None = None
    claims: tuple[Claim, ...] = ()
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
