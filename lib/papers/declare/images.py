"""The images a paper used: their origin, how their files are read, how they were divided; control sets."""

from dataclasses import dataclass, field
from typing import Protocol

from lib.papers.declare.stated import Setting


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """One class and the folders that hold it.

    Attributes:
        name: Its name in results.
        aliases: Other names its folder may carry; all that are there count.
        stand_ins: Folders of another class that may stand in for it where none of its own is
            there; every report names the stand-in.
    """

    name: str
    aliases: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """One place that images come from.

    Attributes:
        title: What it is called, as a reader would look it up.
        kaggle: Kaggle slug "owner/name", or "" where it is not on Kaggle.
        address: Where to get it by hand.
        licence: Licence as the source states it.
        citation: What to cite when using it.
        classes: Names of the classes it gives; empty for all.
    """

    title: str
    kaggle: str = ""
    address: str
    licence: str
    citation: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A CSV file beside the images that gives their groups.

    Attributes:
        name: Its file name; it may lie in any folder above the images.
        path: The columns that, joined by "/", name an image: the end of its path below the
            sidecar's folder, without the suffix.
        group: The columns that, joined by "/", are the image's group.
    """

    name: str
    path: tuple[str, ...]
    group: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """What an image's path says beyond class and group, by which the images can be divided.

    Attributes:
        name: What it is: "magnification", "laterality".
        pattern: Regular expression searched in the image's path; its first capture group is the
            value. Images that it does not match have none.
        labels: What is captured, in lower case → the value in words; anything else is its own
            value. Values are shown in this order.
        where: How it is known that paths say this.
    """

    name: str
    pattern: str
    where: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """How a set of augmented copies is made again from the photographs it derives from.

    Attributes:
        counts: Folder name (a class or an alias of one) → copies to make of its photographs.
        size: (width, height) of a copy, in pixels.
        rotation: A copy is turned by up to so many degrees, either way.
        flips: Axes a copy may be mirrored along: "horizontal", "vertical".
        fill: RGB colour of the corners that turning leaves empty.
    """

    counts: dict[str, Setting]
    size: Setting
    rotation: Setting
    flips: Setting
    fill: Setting


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The data set a paper used, and how files of it are read.

    Attributes:
        sources: Where the images come from.
        counts: Images of each class as printed in the paper, by class name; strings, since printed.
        total: Images in all, as printed.
        side: Side in pixels at which phantoms are drawn and files are checked.
        group: Regular expression whose first capture group, searched in a file's name, is the
            image's group (patient, slide, original photograph); "" where names carry none.
        sidecars: CSV files known to come with the images, which give their groups.
        group_noun: What a group is, in words ("original photograph").
        subgroups: What paths say of single images; scores are given for each value.
        defects: Known problems of the set.
        rebuild: How to make it again where it consists of augmented copies.
    """

    sources: tuple[Source, ...]
    counts: dict[str, Setting]
    total: Setting
    side: Setting
    group: str = ""
    sidecars: tuple[Sidecar, ...] = ()
    group_noun: str = "group"
    subgroups: tuple[Attribute, ...] = ()
    defects: tuple[str, ...] = ()
    rebuild: Rebuild | None = None

    @property
    def source(self) -> str:
        """All sources in one line."""
        return " and ".join(source.title for source in self.sources)

    @property
    def licence(self) -> str:
        """The licence of each source, in one line."""
        if len(self.sources) == 1:
            return self.sources[0].licence
        return "; ".join(f"{source.title}: {source.licence}" for source in self.sources)


class Collection(Protocol):
    """Whatever declares one collection of images: a paper, or a control set.

    It is all that finding, reading and drawing images needs to know.
    """

    @property
    def slug(self) -> str:
        """Its folder below data/."""

    @property
    def classes(self) -> tuple[ClassName, ...]:
        """Its classes; an image's label is an index into them."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""

    @property
    def dataset(self) -> Dataset:
        """Where the images come from, and how their files are read."""

    @property
    def phantom(self) -> str:
        """The family in `lib.phantoms` that stands in for missing images."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """How the images were divided: `test_share` in (0, 1), stratified by class or not."""

    test_share: Setting
    stratified: Setting


@dataclass(frozen=True, kw_only=True)
class Control:
    """Images of another origin, shown to trained models to see what they have learnt.

    A collection without a paper around it: no model is trained on it.

    Attributes:
        name: Its folder: data/controls/<name>/.
        asks: What it is there to find out, as one sentence.
        classes: Its classes, which need not be the paper's.
        dataset: Where it comes from and how its files are read.
        phantom: The family in `lib.phantoms` that stands in for it where the paper's images are
            drawn, too.
        expected: Its class → what a model of the paper should call it.
    """

    name: str
    asks: str
    classes: tuple[ClassName, ...]
    dataset: Dataset
    phantom: str
    expected: dict[str, str]

    @property
    def slug(self) -> str:
        """Its folder below data/: controls/<name>."""
        return f"controls/{self.name}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(class_name.name for class_name in self.classes)
