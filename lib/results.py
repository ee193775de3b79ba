"""The schema of results.json (pydantic): one run, whole enough to check every number of its report.

`python -m lib schema` prints it as JSON Schema.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Kind = Literal["exact", "substitute", "phantom"]
Verdict = Literal["reproduced", "not reproduced", "inconclusive", "not comparable"]
Outcome = Literal["learnt", "one answer", "not above the majority"]
SharedBy = Literal["identical pixels", "near-duplicate", "look-alike", "group"]
GapPart = Literal["groups", "folds", "seeds", "epochs"]
ProbeKind = Literal["baseline", "shortcut", "leak", "random labels"]

ScoreKey = tuple[str, str, str, str, str, int | None]  # arm, protocol, metric, of, part, epoch

SCHEMA_VERSION: Final = 11  # of results.json
REFERENCE_VERSION: Final = 2  # of a reference; raised with any record that it holds: new runs
KEPT_VERSION: Final = 1  # of the record in a kept model

WEIGHTS = {
    "imagenet": "Keras' ImageNet weights",
    "torchvision": "torchvision's ImageNet weights",
    "random": "random weights",
}

HEADLINE = ("accuracy", "", "test", None)  # metric, of, part, epoch
PROTOCOLS = ("published", "official", "grouped")  # the first that was run is shown alone


class KindInWords(NamedTuple):
    """What a report says of images of a kind.

    Attributes:
        mark: On every figure and table.
        meaning: What the kind is.
        hindrance: Why the scores cannot be compared with the paper's.
        limitation: What they do not support: a form with `images`, `name`, and `stated`, which is
            the number of images that the paper states or "".
    """

    mark: str
    meaning: str
    hindrance: str
    limitation: str


IMAGE_KINDS = {
    "exact": KindInWords(
        mark="",
        meaning="the paper's own files, proven by their manifest",
        hindrance="",
        limitation="",
    ),
    "substitute": KindInWords(
        mark="Substitute images, not the paper's",
        meaning="real images of the same task, not proven to be the paper's",
        hindrance="other images than the paper's",
        limitation=(
            "The {images:,} images of {name}{stated} are real, but not proven to be the paper's: no "
            "score here confirms or refutes it."
        ),
    ),
    "phantom": KindInWords(
        mark="Synthetic images",
        meaning="drawn by a program; scores on them say nothing about the paper",
        hindrance="synthetic images",
        limitation=(
            "All {images:,} images{stated} are drawn by a program: no score here says anything about the paper "
            "or about real images."
        ),
    ),
}


class Record(BaseModel):
    """Base: unknown fields are errors, as are numbers that JSON lacks; values never change after the run."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ImageFacts(Record):
    name: str = Field(description="name of the data folder")
    kind: Kind = Field(
        description="exact: the paper's own files; substitute: other real images; phantom: drawn"
    )
    sha256: str = Field(description="hash of all paths, contents and groups")
    images: int = Field(description="accepted images")
    counts: dict[str, int] = Field(description="accepted images by class")
    groups: int | None = Field(description="number of groups, null where unknown")
    group_counts: dict[str, int] | None = Field(description="groups by class, null where unknown")
    group_noun: str
    groups_from: str = Field(
        description='what tells the groups: a file, file names, a shipped table, with its source; "" for nothing'
    )
    ungrouped: int = Field(
        description="images whose group is unknown while others' is known; each counts as a group of its own"
    )
    parts: dict[str, int] = Field(
        description="images by official split level, of each official fold where there are several"
    )
    stand_ins: dict[str, list[str]] = Field(
        description="class → folders of another class that stand in for it"
    )
    image_size: int = Field(description="side in pixels after resizing")
    pixel_ranges: list["PixelRange"] = Field(
        description="of the files that are scaled, by kind: all of more than 8 bits, and DICOM's greys"
    )
    brightness: tuple[int, int] = Field(
        description="of 0…255, in the folder's decoded images: all but 0.1 % of the values at either end"
    )
    only: dict[str, str] = Field(
        description="what file names say → the value that the images were taken by; empty for all"
    )
    drawn: "Drawn | None" = Field(description="the draw from more images; null where all are used")
    copies: int = Field(
        description="files among `rejected` that are byte for byte the same as one that is used"
    )


class Data(ImageFacts):
    rejected: list["Rejected"]


class Drawn(Record):
    per_class: int = Field(description="images drawn at random of each class, without replacement")
    seed: int = Field(description="of the draw; the same in every run")
    available: dict[str, int] = Field(description="accepted images by class before the draw")


class Rejected(Record):
    path: str = Field(description="file or folder, relative to the data folder")
    reason: str


class PixelRange(Record):
    """Which values of all files of one kind became 0 and 255."""

    kind: str = Field(description="type of the values and of the file: 16-bit PNG, float TIFF …")
    files: int
    low: float = Field(description="the value that became 0 (255 in a negative)")
    high: float = Field(description="the value that became 255 (0 in a negative)")
    source: str = Field(description="what told the range")


class Colour(Record):
    """Of one class; a notebook shows it, no field of `Results` holds it."""

    name: str = Field(description="class")
    images: int = Field(description="how many were looked at")
    mean: list[float] = Field(description="of red, green and blue over all pixels, in 0…255")
    spread: list[float] = Field(description="standard deviation of the same")
    black: float = Field(description="share of pixels with no channel above 16")


class NearDuplicates(Record):
    bits: int = Field(description="length of the perceptual hash")
    limit: int = Field(description="the most bits in which two images may differ and still count")
    pairs: int = Field(description="pairs of images within the limit")
    images: int = Field(description="images that stand in at least one pair")
    between_groups: int | None = Field(
        description="pairs of two different groups; null where groups are unknown"
    )
    between_classes: int = Field(description="pairs of two different classes")
    closest: list["NearDuplicate"] = Field(
        description="at most 100, one per pair of groups: first of two classes, then of two groups, then the closest"
    )


class NearDuplicate(Record):
    first: str = Field(description="file, relative to the data folder")
    second: str
    distance: int = Field(description="bits in which the perceptual hashes differ")


class LookAlikes(Record):
    """What the search for turned and mirrored copies found; all but `hindrance` null where it was not made."""

    hindrance: str = Field(description='why the search was not made, "" where it was')
    weights: Literal["imagenet", "torchvision"] | None = Field(
        default=None, description="of the network that describes the images"
    )
    threshold: float | None = Field(
        default=None, description="the least cosine of two descriptors that count as of one picture"
    )
    pairs: int | None = Field(default=None, description="pairs of images that count as one picture")
    images: int | None = Field(default=None, description="images that stand in at least one pair")
    between_groups: int | None = Field(
        default=None,
        description="pairs of two different groups; null where groups are unknown, too",
    )
    between_classes: int | None = Field(default=None, description="pairs of two different classes")
    closest: list["LookAlike"] = Field(
        default=[],
        description="at most 100, no image in two: first of two classes, then of two groups, then the most alike",
    )


class LookAlike(Record):
    first: str = Field(description="file, relative to the data folder")
    second: str
    cosine: float = Field(description="of the two descriptors")


class Grouping(Record):
    basis: Literal["known groups", "partly known groups", "search", "near-duplicates"] = Field(
        description="what tells which images belong together: known groups, of all images or of some, with "
        "near-duplicates; where none are known, the search for look-alikes and near-duplicates, or "
        "near-duplicates alone"
    )
    noun: str = Field(description="what the grouped protocol keeps on one side of a split")
    units: int | None = Field(description="how many of them there are, null where none is known")
    joined: int = Field(description="groups joined to another because they show one picture")
    hindrance: str = Field(description='why no grouped split can be made, "" where one can')

    @property
    def is_complete(self) -> bool:
        """Whether the group of every image is known; else a leak may be seen in part only."""
        return self.basis == "known groups"


class Model(Record):
    arm: str
    variant_of: str = Field(description="the arm this is a variant of, empty for the paper's own")
    layers: list["LayerRow"]
    parameters: dict[str, int] = Field(description="total, trainable, non-trainable")
    weights: "Weights"


class LayerRow(Record):
    name: str
    output: str
    parameters: int


class Weights(Record):
    declared: str = Field(description="what the paper used, in the words of `used`")
    used: Literal["imagenet", "torchvision", "random"] = Field(
        description="imagenet: Keras' own ImageNet weights; torchvision: that library's"
    )
    source: str = Field(description="where the file came from, or why there is none")
    sha256: str = Field(description='hash of the weight file, "" for random weights')


class Cost(Record):
    arm: str
    parameters: int
    multiply_adds: int = Field(description="of convolutions and dense layers, for one image")
    file_bytes: int = Field(description="size of the file that holds all weights in float32")
    images_per_second: float | None = Field(
        description="through the whole model, in batches of 32, measured once per network and machine; null "
        "where other programs held the processors"
    )
    feature_seconds: float = Field(
        description="the frozen front over all images, once for every seed; 0 where none is frozen"
    )
    training_seconds: float = Field(
        description="of one fold's epochs, mean over folds; of folds that trained side by side its share"
    )


class FoldCounts(Record):
    protocol: str
    seed: int
    fold: int
    train: dict[str, int] = Field(description="training images by class")
    test: dict[str, int] = Field(description="test images by class")
    shared_groups: float | None = Field(
        description="share of test images with an image of their group in training; null where groups are unknown"
    )
    near_duplicates: int = Field(
        description="test images with a near-duplicate among the training images"
    )
    look_alikes: int | None = Field(
        description="test images with a look-alike or a near-duplicate among the training images; null "
        "where look-alikes were not searched for"
    )

    @property
    def majority_hits(self) -> int:
        """Test images of the class that is most frequent among the training images."""
        return self.test[most_frequent(self.train)]


FOLD = ("protocol", "seed", "fold")  # columns, and fields, that name a fold
FIT = ("arm", *FOLD)  # columns, and fields, that name the training of a model
ANSWER = (
    *FIT,
    "path",
    "group",
    "true",
    "predicted",
)  # columns that tell what a model called an image


def fold_name(protocol: str, seed: int, fold: int) -> str:
    """The column of a fold in splits.csv."""
    return f"{protocol} {seed} {fold}"


class Score(Record):
    arm: str
    protocol: str
    metric: str
    of: str = Field(description='class, average, cell, layer, or "" for the whole')
    part: str = Field(
        description="test; train: after training, or its curve where there is an epoch; validation; or empty"
    )
    epoch: int | None = Field(description="null for the trained model")
    mean: float = Field(description="mean over seeds")
    low: float = Field(description="lower bound; see method")
    high: float
    sd: float | None = Field(description="standard deviation over seeds (n - 1); null for one seed")
    per_seed: list[float]
    method: str = Field(description="how low and high were obtained")

    @property
    def is_headline(self) -> bool:
        """Whether it is an accuracy on the test images, the score that stands for an arm."""
        return (self.metric, self.of, self.part, self.epoch) == HEADLINE

    @classmethod
    def over_seeds(
        cls, key: ScoreKey, values: Sequence[float], low: float, high: float, method: str
    ) -> "Score":
        """The score of one value per seed; `key` is arm, protocol, metric, of, part, epoch."""
        arm, protocol, metric, of, part, epoch = key
        return cls(
            arm=arm,
            protocol=protocol,
            metric=metric,
            of=of,
            part=part,
            epoch=epoch,
            mean=fmean(values),
            low=float(low),
            high=float(high),
            sd=stdev(values) if len(values) > 1 else None,
            per_seed=[float(value) for value in values],
            method=method,
        )


class Learning(Record):
    """Whether a model does better than a constant answer; decided before anything else is said of it."""

    arm: str
    protocol: str
    answers: list[str] = Field(
        description="the most frequent answer of each fit, each class once, the most frequent first"
    )
    answer_share: float = Field(
        description="of all answers to test images those that are the most frequent of their fit"
    )
    training_majority: float = Field(
        description="accuracy of always answering with the class most frequent in training, mean over seeds"
    )
    test_majority: float = Field(
        description="accuracy of the best constant answer to the test images of a seed, mean over seeds"
    )
    outcome: Outcome = Field(
        description="learnt: the interval of the accuracy lies above both majorities; one answer: it does "
        "not, and nearly all answers of a fit are the same"
    )


class OwnClasses(Record):
    """Accuracy on the test images of the classes that no other images stand in for.

    The model was trained on all classes, and may answer with any.
    """

    arm: str
    protocol: str
    images: float = Field(description="such test images, mean over seeds")
    accuracy: Score = Field(description="on those")


class LastEpochs(Record):
    """One fit's accuracy after each of its last epochs, any of which a paper might have reported."""

    arm: str
    protocol: str
    seed: int
    fold: int
    images: int = Field(description="test images, which are the validation images here")
    epochs: list[int] = Field(description="the last five, or all where there are fewer")
    train: list[float] = Field(description="accuracy on the training images, by epoch")
    validation: list[float] = Field(description="accuracy on the validation images, by epoch")


class Difference(Record):
    arm: str = Field(description="a variant")
    versus: str = Field(description="the arm it is a variant of")
    protocol: str
    mean: float = Field(description="accuracy of `arm` less that of `versus`, mean over seeds")
    low: float = Field(description="lowest of the seeds")
    high: float = Field(description="highest of the seeds")
    per_seed: list[float] = Field(description="on the same split each")


class Confusion(Record):
    arm: str
    protocol: str
    part: Literal["test", "train"]
    seed: int
    folds: int = Field(description="of that seed, over which the answers are added up")
    counts: list[list[int]] = Field(
        description="rows true, columns predicted, in the order of `classes`; of k folds a training image is "
        "answered k - 1 times"
    )


class Gap(Record):
    arm: str
    mean: float = Field(description="accuracy under `published` less under `grouped`, over seeds")
    low: float = Field(description="lower bound, 95 %, with all that `parts` names; see method")
    high: float
    per_seed: list[float]
    per_fold: list[float] = Field(description="accuracy of each grouped fold, mean over seeds")
    units: int = Field(
        description="groups (images, where groups are unknown) that are tested under the protocol that tests fewer"
    )
    parts: dict[GapPart, float] = Field(
        description="standard error that each source adds; what another source adds is not in the interval"
    )
    method: str


class SizeControl(Record):
    """The published split, its training part cut at random to the size that the grouped protocol leaves."""

    arm: str
    images: float = Field(description="training images that were left, mean over seeds")
    of_images: float = Field(description="training images of the published split, mean over seeds")
    accuracy: Score = Field(description="on the same test images, trained on those that were left")
    difference: "Comparison" = Field(
        description="accuracy of the arm as the run trains it less that, with the same seeds"
    )


class Leak(Record):
    arm: str
    protocol: str
    by: SharedBy = Field(description="what a test image shares with some training image")
    share: float | None = Field(
        description="of the test images that do, mean over seeds; null where it was not looked at: groups "
        "are unknown, or look-alikes were not searched for"
    )
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


class ControlSetFacts(Record):
    """Images of another origin that the trained models were shown."""

    name: str = Field(description="of its folder")
    kind: Kind = Field(description="of its images; never exact")
    collection: str = Field(
        description='name of the declared control set as which its file names show it; "" for a set of '
        "which nothing is known"
    )
    counts: dict[str, int] = Field(description="images shown, by what a model should call them")
    identical: int = Field(
        description="images left out because the run has one with the same pixels"
    )
    near_duplicates: int = Field(
        description="images left out because the run has a near-duplicate that is not identical"
    )
    shared_groups: int = Field(
        description="further images left out because the run has others of their group"
    )


class ControlGap(Record):
    mean: float = Field(
        description="accuracy on the control set less `Control.on_test`, over seeds"
    )
    low: float = Field(description="lower bound of one run's, 95 %; see method")
    high: float
    per_seed: list[float]
    method: str


class Control(Record):
    name: str = Field(description="the control set")
    by: str = Field(description="the arm or the probe that classified its images")
    protocol: str
    accuracy: Score = Field(description="on its images; its `arm` is `by`")
    recalls: list[Score] = Field(description="share of the images of each class that are called so")
    majority: float = Field(
        description="accuracy on its images of always answering with its own most frequent class"
    )
    called: dict[str, float] = Field(description="share of the answers by class, over all models")
    on_test: Score | None = Field(
        description="accuracy on the run's own test images of the same classes, weighted so that each class "
        "has the share that it has in the control set; null where there are no such test images"
    )
    gap: ControlGap | None = Field(description="of the two; null where `on_test` is")


class Attention(Record):
    """Where what speaks for an answer lies in an image (Grad-CAM): means over test images of one fit."""

    arm: str
    protocol: str
    of: str = Field(description="the class that the model answers with")
    images: int = Field(description="whose maps were averaged, 20 at most; none with an empty map")
    border: float = Field(description="share of the heat on the outer frame")
    border_area: float = Field(description="share of the image that the frame is")
    object: float = Field(
        description="share of the heat on the largest area of strong colour, in a grey image of light"
    )
    object_area: float = Field(description="share of the image that this area is")


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


class ClaimResult(Record):
    arm: str
    metric: str
    of: str
    part: str
    epoch: int | None
    unit: str
    printed: str = Field(description="exactly as printed in the paper")
    where: str
    tolerance: float
    tolerance_from: str = Field(description="where the tolerance comes from")
    reproduced: float | None = Field(description="ours: mean over seeds; null where not computed")
    low: float | None
    high: float | None
    difference: tuple[float, float] | None = Field(
        description="95 % interval of ours less the paper's: sampling of both sides, seeds, rounding"
    )
    verdict: Verdict
    halved: Verdict = Field(description="the verdict with half the tolerance")
    doubled: Verdict = Field(description="the verdict with twice the tolerance")
    reason: str


class Provenance(Record):
    run_key: str = Field(description='hash of key_parts; "" for an interactive run')
    key_parts: dict[str, str] = Field(
        description="what the numbers depend on, a hash or text each: notebook (its code), parameter …, "
        "lib/… (per file), package …, backend, data, weights, device, kernel"
    )
    command: str = Field(
        description="that makes this run again, for a shell; of a path it has the last name alone. "
        '"" for an interactive run'
    )
    author: str = Field(
        description='who made the run, as the parameter of that name says; "" if not'
    )
    assignment: str = Field(
        description='what the run was made for, as the parameter of that name says; "" if not'
    )
    versions: dict[str, str]
    backend: str
    device: str
    platform: str
    started: str = Field(description="UTC, ISO 8601")
    seconds: float = Field(description="wall time of the notebook up to its last cell")


class KeptFile(Record):
    """A trained model that lies beside the report; `KeptRecord` is the record inside the file."""

    arm: str
    seed: int = Field(description="of its split and its weights")
    protocol: str = Field(description="how the images were divided that it was trained on")
    file: str = Field(pattern=r"^models/[^/\\]+\.keras$", description="relative to the run folder")
    bytes: int
    sha256: str


class Results(Record):
    schema_version: Literal[11] = SCHEMA_VERSION
    slug: str
    title: str
    classes: list[str]
    profile: str
    settings: dict[str, Any]
    changed: list[str] = Field(description="settings that are not the paper's declaration")
    data: Data
    near_duplicates: NearDuplicates
    look_alikes: LookAlikes
    grouping: Grouping
    models: list[Model]
    costs: list[Cost]
    folds: list[FoldCounts]
    scores: list[Score]
    learning: list[Learning] = Field(description="of every arm and variant under every protocol")
    own_classes: list[OwnClasses] = Field(
        description="of every arm and variant under every protocol, where images stand in for some class; else empty"
    )
    last_epochs: list[LastEpochs] = Field(description="of every fit")
    differences: list[Difference] = Field(description="of every variant from its arm")
    confusions: list[Confusion] = Field(
        description="of the first seed of each arm and variant, protocol and part"
    )
    gaps: list[Gap] = Field(description="between the protocols; empty unless both were run")
    size_controls: list[SizeControl] = Field(
        description="of arms with a frozen front and a small head, where grouped folds train on far fewer images"
    )
    leaks: list[Leak]
    probes: list[Probe]
    comparisons: list[Comparison] = Field(description="of arms with each other and with probes")
    control_sets: list[ControlSetFacts]
    controls: list[Control]
    attention: list[Attention] = Field(
        description="of arms that learnt, under the protocol that is shown, where the paper's declaration "
        "names clues at the border; else empty"
    )
    choices: list[Choice]
    subgroups: list[Subgroup]
    claims: list[ClaimResult]
    verdict_rule: str
    files: dict[str, str] = Field(description="SHA-256 of the CSV files by name")
    pictures: dict[str, list[str]] = Field(
        description="of figures that show images, which no table tells: SHA-256 of their addresses (data:…) by the "
        "notebook's cell; empty until the report is made"
    )
    kept_models: list[KeptFile] = Field(
        description="trained models in the folder models/; empty where none were asked for, or nothing was written"
    )
    provenance: Provenance

    @property
    def arms(self) -> list[str]:
        """The names of the arms that were trained, without their variants."""
        return [model.arm for model in self.models if not model.variant_of]

    def learnt(self, arm: str, protocol: str) -> bool:
        """Whether the arm does better than a constant answer under that protocol; see `Learning`.

        Raises:
            LookupError: It was not run.
        """
        return has_learnt(self.learning, arm, protocol)


class KeptRecord(Record):
    """What a kept model says of itself: record.json inside models/<arm>.keras."""

    kept_version: Literal[1] = KEPT_VERSION
    slug: str
    title: str
    arm: str
    seed: int = Field(description="of its split and its weights")
    protocol: str = Field(description="how the images were divided that it was trained on")
    classes: list[str] = Field(description="in the order of the probabilities")
    image_size: int = Field(description="side in pixels to which an image is resized")
    training: dict[str, Any] = Field(description="the arm's recipe in this run")
    profile: str
    changed: list[str] = Field(description="settings that are not the paper's declaration")
    kind: Kind = Field(description="of the images that it was trained on")
    data: str = Field(description="name of their folder")
    data_sha256: str = Field(description="hash of all their paths, contents and groups")
    images: int = Field(description="accepted images of that folder")
    stand_ins: dict[str, list[str]] = Field(
        description="class → folders of another class that stood in for it"
    )
    group_noun: str
    pixel_ranges: list[PixelRange] = Field(
        description="by which files of more than 8 bits, and DICOM's, are scaled"
    )
    weights: Weights
    backbone_sha256: str = Field(
        description='of the weights of a frozen backbone, which are not in the file; "" where they are'
    )
    accuracy: Score = Field(description="of the arm on test images under this protocol, all seeds")
    outcome: Outcome = Field(description="whether the arm learnt anything")
    confusion: list[list[int]] = Field(
        description="of this model on the test images of its fold, a row per true class"
    )
    run_key: str = Field(description='of the run; "" for an interactive one')
    started: str = Field(description="of the run, UTC, ISO 8601")
    versions: dict[str, str]
    backend: str


class Printed(Record):
    """An accuracy that the paper prints of a model."""

    text: str = Field(description="as printed, with its unit")
    where: str
    part: str = Field(description="the images: test, validation or train")
    epoch: int | None = Field(description="null for the trained model")


class ReferenceScore(Record):
    protocol: str
    accuracy: Score = Field(description="on the test images")
    test_images: float = Field(description="of all folds of one seed, mean over seeds")
    majority: float = Field(
        description="accuracy on them of always answering with the most frequent class in training"
    )
    on_training: Score | None = Field(
        description="accuracy on the training images, where the paper's headline is one"
    )
    last_epochs: list[LastEpochs] = Field(description="of every fit")
    best_probe: Probe | None = Field(
        description="the simple classifier with the highest accuracy on the same test images"
    )
    leaks: dict[str, float | None] = Field(
        description="what a test image shares with a training image → share of the test images that do, "
        "null where it was not looked at"
    )


class ReferenceArm(Record):
    arm: str
    variant_of: str = Field(description="the arm this is a variant of, empty for the paper's own")
    weights: Weights
    printed: Printed | None = Field(description="for images that were not trained on")
    printed_on_training: Printed | None = Field(
        description="for the training images, where the paper's headline is of these"
    )
    scores: list[ReferenceScore] = Field(description="one for each protocol")
    gap: Gap | None = Field(description="between the protocols; null unless both were run")


class Reference(Record):
    """What one run measured on real images: data/reference/<slug>/<name>.json. It names no file."""

    reference_version: Literal[2] = REFERENCE_VERSION
    slug: str
    name: str = Field(description="of this reference among those of the paper")
    title: str = Field(description="what the images are, in words")
    data: ImageFacts
    rejected: int = Field(description="files that could not be used")
    near_duplicates: dict[str, int | float | str | None] = Field(
        description="the fields of results.json that name no file"
    )
    look_alikes: dict[str, int | float | str | None] = Field(description="the same")
    grouping: Grouping
    profile: str
    settings: dict[str, Any]
    changed: list[str] = Field(description="settings that are not the paper's declaration")
    arms: list[ReferenceArm]
    controls: list[Control]
    run_key: str = Field(description="of the run it was taken from")
    versions: dict[str, str]
    backend: str
    device: str
    started: str = Field(description="UTC, ISO 8601")
    seconds: float = Field(description="wall time of the notebook up to its last cell")


def load(folder: Path) -> Results:
    """The record in `folder`/results.json.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It does not follow the schema; the message names the first fields at fault.
    """
    path = folder / "results.json"
    try:
        return Results.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise ValueError(
            f"{path} should follow schema version {SCHEMA_VERSION}: {error}"
        ) from error


def load_references(folder: Path) -> list[Reference]:
    """The references below `folder`, <slug>/<name>.json each, sorted by both; none where it is absent.

    Raises:
        ValueError: A file does not follow the schema, or lies elsewhere than its slug and name say.
    """
    return [_load_reference(path) for path in sorted(folder.glob("*/*.json"))]


def _load_reference(path: Path) -> Reference:
    try:
        reference = Reference.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError as error:  # pydantic's and UTF-8's are ValueErrors
        raise ValueError(
            f"{path} should be a reference, version {REFERENCE_VERSION}: {error}\n"
            f"Keep it anew (`python -m lib reference keep RUN_FOLDER`), or remove it."
        ) from error
    if (reference.slug, reference.name) != (path.parent.name, path.stem):
        raise ValueError(
            f"{path} should hold the reference {path.stem} of {path.parent.name}; it holds "
            f"{reference.name} of {reference.slug}. Put it back in its place, or remove it."
        )
    return reference


def run_key(parts: Mapping[str, str]) -> str:
    """The hash of all key parts (`Provenance.key_parts`), "" for none."""
    return hash_json(dict(parts)) if parts else ""


def hash_json(values: Any) -> str:
    """SHA-256 of the values as JSON, with sorted names."""
    return hash_text(json.dumps(values, sort_keys=True))


def hash_text(text: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def headlines(scores: Iterable[Score], protocol: str = "") -> list[Score]:
    """The accuracy of every arm and variant on the test images.

    Args:
        protocol: "" stands for the one that is shown.
    """
    accuracies = [score for score in scores if score.is_headline]
    wanted = protocol or shown_protocol(score.protocol for score in accuracies)
    return [score for score in accuracies if score.protocol == wanted]


def headline(scores: Iterable[Score], arm: str) -> Score:
    """The arm's accuracy on the test images, under the protocol that is shown."""
    return next(score for score in headlines(scores) if score.arm == arm)


def score_of_claim(scores: Iterable[Score], claim: ClaimResult, protocol: str) -> Score | None:
    """Our score of a claim's quantity; of a log's epoch that was not run, that of the last one.

    None where this run has none.
    """
    key = (claim.arm, protocol, claim.metric, claim.of, claim.part)
    same = [
        score
        for score in scores
        if (score.arm, score.protocol, score.metric, score.of, score.part) == key
        and (score.epoch is None) == (claim.epoch is None)
    ]
    return next((score for score in same if score.epoch == claim.epoch), same[-1] if same else None)


def has_learnt(learning: Iterable[Learning], arm: str, protocol: str) -> bool:
    """Whether the arm does better than a constant answer under that protocol; see `Learning`.

    Raises:
        LookupError: It was not run.
    """
    for record in learning:
        if (record.arm, record.protocol) == (arm, protocol):
            return record.outcome == "learnt"
    raise LookupError(f"{arm} was not run under the protocol {protocol}.")


def most_frequent(counts: Mapping[str, int]) -> str:
    """The class with the most images; of equals the first."""
    return max(counts, key=counts.__getitem__)


def majority_share(folds: Iterable[FoldCounts], protocol: str) -> float:
    """Accuracy of always answering with the class most frequent in training, mean over seeds.

    As `Learning.training_majority`, which the tables of a run give.
    """
    hits, images = Counter[int](), Counter[int]()
    for fold in folds:
        if fold.protocol == protocol:
            hits[fold.seed] += fold.majority_hits
            images[fold.seed] += sum(fold.test.values())
    return fmean(hits[seed] / images[seed] for seed in images)


def mean_training_images(folds: Iterable[FoldCounts], protocol: str) -> float:
    """On how many images a model was trained, mean over folds."""
    return fmean(sum(fold.train.values()) for fold in folds if fold.protocol == protocol)


def shown_protocol(names: Iterable[str]) -> str:
    """Which of the protocols run is shown where there is room for one: the paper's, if it was run.

    Raises:
        ValueError: None was run.
    """
    return min(names, key=PROTOCOLS.index)


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None: `python -m lib schema` prints one thing."""


def run_command(_: argparse.Namespace) -> int:
    """Prints the JSON Schema of results.json; 0."""
    print(json.dumps(Results.model_json_schema(), indent=1))
    return 0
