"""The items: their numbers in both checklists, and where a paper and a run answer them."""

from collections.abc import Callable
from dataclasses import dataclass

from lib.papers.declare import Paper
from lib.report.checklist import added, stated
from lib.report.facts import Run


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one item asks for.

    Attributes:
        key: By which `Paper.reporting` names it.
        name: In our own words.
        claim: Numbers of CLAIM's items, as of its update of 2024.
        reforms: Numbers of REFORMS' items.
        settings: Declared settings that it asks for.
        reads: What else the declaration says about it, with its place.
        adds: What the run says about it.
    """

    key: str
    name: str
    claim: tuple[int, ...] = ()
    reforms: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    reads: Callable[[Paper], str] | None = None
    adds: Callable[[Run], str] | None = None


DATA = (
    Entry(
        key="population",
        name="To whom or what the result is said to apply",
        reforms=("1a",),
    ),
    Entry(
        key="intended use",
        name="What the model is for",
        claim=(3, 41),
    ),
    Entry(
        key="data",
        name="Where the images come from",
        claim=(7,),
        reforms=("2a",),
        adds=added.manifest,
    ),
    Entry(
        key="acquisition",
        name="How, when and where the images were taken",
        claim=(13,),
        reforms=("3a",),
    ),
    Entry(
        key="selection",
        name="How the images were chosen, and from what",
        claim=(10,),
        reforms=("3b",),
        adds=added.selection,
    ),
    Entry(
        key="exclusions",
        name="Which images were left out, and why",
        claim=(8, 12, 35),
        reforms=("4a", "4b"),
        adds=added.files,
    ),
    Entry(
        key="labels",
        name="Who labelled the images, and how",
        claim=(14, 16),
    ),
    Entry(
        key="sample size",
        name="Why this number of images",
        claim=(21,),
    ),
    Entry(
        key="images",
        name="How many images, in all and per class",
        reforms=("3d", "3e"),
        settings=("images in all", "images per class"),
        adds=added.images,
    ),
    Entry(
        key="partitions",
        name="How the images were split for training and testing",
        claim=(19, 32),
        reforms=("5c",),
        settings=("test_share", "stratified"),
        adds=added.divisions,
    ),
    Entry(
        key="level",
        name="What must not stand on both sides of the split",
        claim=(20,),
        reforms=("6b",),
        adds=added.grouping,
    ),
    Entry(
        key="test images",
        name="How test images are kept out of all decisions",
        reforms=("6a",),
        adds=added.unused_test_images,
    ),
)

MODEL = (
    Entry(
        key="preprocessing",
        name="How images are prepared for the network",
        claim=(9,),
        reforms=("4c",),
        settings=("image_size", "pixel_scaling"),
    ),
    Entry(
        key="model",
        name="The network, layer by layer",
        claim=(22,),
        reforms=("5a",),
        settings=("filters", "trainable", "pooling", "dense", "activation", "dropout", "output"),
        adds=added.layers,
    ),
    Entry(
        key="weights",
        name="What its weights start from",
        claim=(24,),
        settings=("weights",),
        adds=added.backbones,
    ),
    Entry(
        key="training",
        name="How it is trained",
        claim=(25,),
        settings=("augmentation", "optimizer", "learning_rate", "batch_size", "epochs", "loss"),
    ),
    Entry(
        key="choices",
        name="Which other settings were tried",
        claim=(30,),
        reforms=("5e",),
        adds=added.varied_choices,
    ),
    Entry(
        key="final model",
        name="Which trained model is evaluated",
        claim=(26,),
        reforms=("5d",),
        adds=added.last_epoch,
    ),
    Entry(
        key="software",
        name="Software and hardware",
        claim=(23,),
        reforms=("2c",),
        adds=added.machine,
    ),
    Entry(
        key="program",
        name="The program, and how to run it again",
        claim=(42, 43),
        reforms=("2b", "2d", "2e"),
        adds=added.program,
    ),
)

RESULTS = (
    Entry(
        key="metrics",
        name="Which scores are reported",
        claim=(28,),
        reforms=("7a",),
        reads=stated.metrics,
        adds=added.metrics,
    ),
    Entry(
        key="uncertainty",
        name="How uncertain the scores are",
        claim=(29, 37),
        reforms=("7b", "7c"),
        adds=added.intervals,
    ),
    Entry(
        key="classes",
        name="Scores per class",
        claim=(38,),
        reads=stated.class_metrics,
        adds=added.class_metrics,
    ),
    Entry(
        key="baselines",
        name="What simpler models reach",
        reforms=("5f",),
        adds=added.baselines,
    ),
    Entry(
        key="shortcuts",
        name="Whether anything but the content gives the class away",
        reforms=("6c",),
        adds=added.shortcuts,
    ),
    Entry(
        key="explanation",
        name="What in an image the model uses",
        claim=(31,),
        adds=added.explanation,
    ),
    Entry(
        key="other origin",
        name="Scores on images of another origin",
        claim=(33,),
        reforms=("8a",),
        adds=added.controls,
    ),
    Entry(
        key="errors",
        name="Where the model errs",
        claim=(39,),
        reads=stated.confusion_matrices,
        adds=added.errors,
    ),
    Entry(
        key="limitations",
        name="What the study cannot show",
        claim=(40,),
        reforms=("8b",),
        adds=added.limits,
    ),
    Entry(
        key="funding",
        name="Who paid for it",
        claim=(44,),
    ),
)

ENTRIES = (*DATA, *MODEL, *RESULTS)
