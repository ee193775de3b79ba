"""What a paper says, as data: frozen, keyword-only dataclasses.

A printed number stays the string that was printed, since its decimals define the rounding interval. Every
value says where it stands in the paper (`Stated`) or why it was chosen (`Assumed`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.papers.declare.claims import (
    COUNTED_SHARES,
    COUNTS,
    EXACT,
    METRIC_RANGES,
    ONE_EVALUATION,
    REPORT,
    SCORES,
    SHARES,
    TWO_CLASSES,
    UNSEEN,
    WHOLE_NUMBERS,
    Claim,
    Contradiction,
    Convolution,
    Kind,
    Labels,
    MeanOver,
    Sizes,
    Unit,
    WorstFinding,
    in_unit,
    metric_range,
    out_of_range,
    overall_accuracy,
    quoted_number,
    top_k,
    with_unit,
)
from lib.papers.declare.images import (
    Attribute,
    ClassName,
    Collection,
    Control,
    Dataset,
    GroupInName,
    Origins,
    Rebuild,
    Sidecar,
    Source,
    Split,
    bare,
)
from lib.papers.declare.models import (
    Arm,
    Augmentation,
    Brightness,
    Flip,
    Layer,
    Recipe,
    Rotation,
    file_name,
)
from lib.papers.declare.pixels import NATIVE, PIXEL_SCALINGS, PixelScaling
from lib.papers.declare.printed import cell, classification_report, confusion_matrix, epoch_log
from lib.papers.declare.publication import Publication
from lib.papers.declare.stated import Assumed, Setting, Stated, printed_count

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
    """Everything a paper states, with the place where it states it.

    `short_title` is what reports and tables call the paper, and `publication` where it was published.
    `phantom` names the family in `lib.phantoms` that stands in for missing images; `profiles`
    holds "quick" and "paper"; `unsaid` is what the paper leaves open beyond its recipe. `arms` are
    the paper's models, in its order; `variants` are the same models under another reading of what
    it leaves open. `seeds` are those of the runs, one for each. The first of `claims` is the paper's
    headline. `worst` tells the gravest finding of the audit in words. `test_images` is their number,
    for a paper that prints no support. `controls` are images of another origin that the trained models
    are shown. `validates_on_test`: whether the validation images of a curve are the test images, as in a
    paper that divides its images in two. `reporting` is what the paper says beyond its recipe, by the item of
    `lib.report.checklist` that asks for it. `own_parameters` are those that only its notebook has.
    """

    slug: str
    title: str
    title_english: str
    authors: tuple[str, ...]
    affiliation: str
    language: str
    short_title: str = ""
    publication: Publication | None = None
    in_brief: str
    task: str
    classes: tuple[ClassName, ...]
    dataset: Dataset
    phantom: str
    split: Split
    validates_on_test: bool = True
    arms: tuple[Arm, ...]
    variants: tuple[Arm, ...] = ()
    seeds: Setting[tuple[int, ...]] = FIVE_SEEDS
    claims: tuple[Claim, ...] = ()
    test_images: Setting[int] | None = None
    examples: tuple[Convolution | Sizes, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    worst: WorstFinding | None = None
    controls: tuple[Control, ...] = ()
    unsaid: tuple[str, ...] = ()
    reporting: dict[str, Stated[str]] = field(default_factory=dict)
    profiles: dict[str, Profile]
    own_parameters: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The one name by which every page calls the paper: the short title, else the English one."""
        return self.short_title or self.title_english

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(class_name.name for class_name in self.classes)

    @property
    def every_arm(self) -> tuple[Arm, ...]:
        """The arms and their variants."""
        return (*self.arms, *self.variants)

    def without_variants(self, names: Iterable[str]) -> list[str]:
        """Of the names of trained models those of arms: the paper's in its order, then borrowed ones."""
        trained = dict.fromkeys(names)
        own = [arm.name for arm in self.arms if arm.name in trained]
        return [*own, *(name for name in trained if "/" in name)]

    def arm(self, name: str) -> Arm:
        """The arm or variant called `name`. Raises: ValueError that lists the known ones."""
        for arm in self.every_arm:
            if arm.name == name:
                return arm
        known = ", ".join(arm.name for arm in self.every_arm)
        raise ValueError(f"`arm` should be one of {known}; received {name!r}.")

    def parts(self, arm: Arm) -> tuple[str, ...]:
        """The images that an arm is evaluated on: "test", and "train" where the paper did that too.

        A borrowed arm is evaluated on the test images alone: the paper says nothing of it.
        """
        name = arm.variant_of or arm.name
        evaluated = {
            claim.part for claim in self.claims if claim.arm == name and claim.epoch is None
        }
        return ("test", "train") if "train" in evaluated else ("test",)

    def is_final(self, claim: Claim) -> bool:
        """Whether a claim is about the trained model: after training, or in a log's last epoch."""
        return claim.epoch in (None, self.arm(claim.arm).recipe.epochs.value)

    def printed_accuracy(self, arm: str, parts: Sequence[str] = UNSEEN) -> Claim | None:
        """The accuracy that the paper prints for an arm on images of these parts, as `overall_accuracy`."""
        return overall_accuracy(self.claims, arm, parts)

    def support(self, arm: str, part: str, of: str = "") -> int | None:
        """Images of a part that the paper evaluates an arm on; None where their number is not known.

        Of all classes: the sum of the printed supports of the classes, else the printed total, else
        `test_images`; of the training images, where none are printed, what the share of test images
        leaves.

        Args:
            arm: Its name.
            part: As in `Claim`.
            of: A class, or "" for all of them.
        """
        supports: dict[str, int] = {}
        for claim in self.claims:
            if (claim.metric, claim.arm, claim.part) == ("support", arm, part):
                supports.setdefault(claim.of, int(claim.value))
        if of:
            return supports.get(of)
        of_classes = [n for name, n in supports.items() if name and not name.endswith("avg")]
        if of_classes:
            return sum(of_classes)
        if "" in supports:
            return supports[""]
        if part == "test" and self.test_images:
            return self.test_images.value
        tested = self.support(arm, "test") if part == "train" else None
        if tested is None:
            return None
        share = self.split.test_share.value
        return round(tested * (1 - share) / share)
