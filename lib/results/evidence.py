"""Records of what tells how far a score can be trusted."""

from typing import Literal

from pydantic import Field

from lib.results.record import Kind, Record
from lib.results.scores import Score


class Gap(Record):
    arm: str
    mean: float = Field(description="accuracy under `published` less under `grouped`, over seeds")
    low: float = Field(description="lower bound of one run's; see method")
    high: float
    per_seed: list[float]
    method: str


class Leak(Record):
    arm: str
    protocol: str
    by: Literal["identical pixels", "near-duplicate", "group"] = Field(
        description="what a test image shares with some training image"
    )
    share: float = Field(description="of the test images that do, mean over seeds")
    sharing: Score | None = Field(description="accuracy on those; null where there are none")
    others: Score | None = Field(description="accuracy on the rest; null where there are none")


class Probe(Record):
    name: str
    kind: Literal["baseline", "shortcut", "leak", "random labels"]
    arm: str = Field(description='the arm whose backbone or recipe it uses, "" for none')
    accuracy: Score = Field(description="on the test images; its `arm` is the name of the probe")


class Comparison(Record):
    arm: str
    versus: str = Field(description="another arm, or a probe")
    protocol: str
    mean: float = Field(description="accuracy of `arm` less that of `versus`, mean over seeds")
    low: float = Field(description="lower bound of one run's, 95 %; see method")
    high: float
    family_low: float = Field(description="the same, widened for the whole family (Bonferroni)")
    family_high: float
    family: int = Field(description="comparisons in the family")
    p: float | None = Field(
        description="McNemar's exact test, twice the median over seeds; null where images come in groups"
    )
    p_family: float | None = Field(description="p after Holm's correction for the family")
    per_seed: list[float]
    method: str


class Control(Record):
    name: str = Field(description="the control set")
    kind: Kind = Field(description="of its images")
    by: str = Field(description="the arm or the probe that classified them")
    protocol: str
    images: int
    right: list[float] = Field(description="images called what they are, by seed (mean over folds)")
    called: dict[str, float] = Field(description="share of the answers by class, over all models")


class Choice(Record):
    arm: str
    name: str = Field(description="what was chosen: a setting, a seed, an epoch")
    value: str
    used: bool = Field(description="whether this is what the run itself uses")
    accuracy: float = Field(description="on the test images of the first seed's published split")


class Subgroup(Record):
    name: str = Field(description="what divides the images: magnification, subtype, laterality")
    value: str
    images: int = Field(description="different test images, over seeds and folds")
    groups: int | None = Field(description="among them, null where unknown")
    accuracy: Score = Field(description="on the test images of this subgroup")
