"""The images a paper used: their origin, how their files are read, how they were divided; control sets.

Class, group and split of an image are told by its folder, its file's name, or a table. `ClassName`
says which names mean a class, `GroupInName` how names tell the group, `Sidecar` how a table beside
the images tells any of them, and `Origins` is a table of groups that is shipped with this project.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lib.papers.declare.stated import Setting


@dataclass(frozen=True, kw_only=True)
class ClassName:
    """One class and the names that mean it, of folders, or of files in a folder without class folders.

    Attributes:
        name: Its name in results.
        aliases: Other names its folder may carry; all that are there count.
        stand_ins: Names of another class that may stand in for it where no image of its own is
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
class GroupInName:
    """How a file's name tells which images belong together.

    Attributes:
        pattern: Regular expression searched in the name; its first capture group is the image's
            group, or its number where `consecutive` is more than 1.
        where: How it is known that names say this.
        consecutive: So many images with consecutive numbers are one group: 2 for 1-2, 3-4, …
        told_by: What tells the group, in words.
    """

    pattern: str
    where: str
    consecutive: int = 1
    told_by: str = "file names"


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A table beside the images that tells their class, group or official split.

    Columns are compared without case, spaces, underscores and hyphens. A column that is not
    declared tells nothing.

    Attributes:
        name: Its file name, whatever its case, with "*" for anything; it lies in any folder above the
            images, or in a sub-folder of one, which then is part of the name.
        path: The columns that, joined by "/", name an image: the end of its path below the
            folder that `name` starts from; the suffix does not matter.
        within: Regular expression whose first capture group is the part of that which names an
            image; "" for all of it.
        names_folder: Whether that is the folder the image lies in, not the image's own path.
        line: Regular expression with a named group per column, for a text without a header:
            every line it matches is a row. "" for CSV.
        group: The columns that, joined by "/", are the image's group.
        label: The column of the class.
        labels: Value of that column → class. Where rows of one image differ, the value that
            stands first here counts.
        part: The column of the split level: train, val, test.
        fold: The column that tells the folds apart, where there is a row for every fold.
        level: The split level of all of its images.
        lacks: Which images the collection does not have, as a sentence.
        where: How it is known that the table says this.
    """

    name: str
    path: tuple[str, ...]
    within: str = ""
    names_folder: bool = False
    line: str = ""
    group: tuple[str, ...] = ()
    label: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    part: str = ""
    fold: str = ""
    level: str = ""
    lacks: str = ""
    where: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return tuple(filter(None, (*self.path, *self.group, self.label, self.part, self.fold)))


@dataclass(frozen=True, kw_only=True)
class Origins:
    """A table of groups that is shipped with this project: which images come from one original.

    Attributes:
        file: A CSV file with the columns folder, original and files (names without suffix, divided
            by spaces). An image is listed by the end of its folder's path and its name.
        source: Of what the table tells, and how it was made.
    """

    file: Path
    source: str


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """What an image's path says beyond class and group, by which the images can be divided.

    Attributes:
        name: What it is: "magnification", "laterality".
        pattern: Regular expression searched in the image's path; its first capture group is the
            value. Images that it does not match have none.
        labels: What is captured, in lower case → the value in words; anything else is its own
            value. Values are shown in this order. A notebook's parameter of this name has no others.
        where: How it is known that paths say this.
    """

    name: str
    pattern: str
    where: str
    labels: dict[str, str] = field(default_factory=dict)

    def value_of(self, path: str) -> str:
        """The value that a path tells; "" for none."""
        match = re.search(self.pattern, path)
        text = match.group(1) if match else ""
        return self.labels.get(text.lower(), text)

    def label_of(self, text: str) -> str:
        """The label that a user means, as it is shown or captured ("200×", "200X", "200"); "" for none."""
        meant = bare(text)
        for captured, label in self.labels.items():
            if meant in (bare(captured), bare(label)):
                return label
        return ""


def bare(text: str) -> str:
    """A value as it is compared: in lower case, without spaces and signs; "×" is an x."""
    return re.sub(r"[^\w]", "", text.lower().replace("×", "x"))


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

    counts: dict[str, Setting[str]]
    size: Setting[tuple[int, int]]
    rotation: Setting[float]
    flips: Setting[tuple[str, ...]]
    fill: Setting[tuple[int, int, int]]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The data set a paper used, and how files of it are read.

    Attributes:
        sources: Where the images come from.
        counts: Images of each class as printed in the paper, by class name; strings, since printed.
        total: Images in all, as printed.
        side: Side in pixels at which phantoms are drawn and files are checked.
        group: How names tell an image's group (patient, slide, original photograph).
        origins: Tables of groups that are shipped with this project.
        sidecars: Tables known to come with the images; the first outranks the others.
        group_noun: What a group is, in words ("original photograph").
        subgroups: What paths say of single images; scores are given for each value.
        only: Name of one of these → its value: all other images are left out (`datasets.restrict`).
        defects: Known problems of the set.
        defining: "colour" or "texture" → why the classes are defined by it, so that a classifier that
            sees nothing else sees what it should.
        border_clues: What near the border of its images may give a class away, as a sentence; reports then show
            where the models' heat lies on average. "" for nothing known.
        rebuild: How to make it again where it consists of augmented copies.
    """

    sources: tuple[Source, ...]
    counts: dict[str, Setting[str]]
    total: Setting[str]
    side: Setting[int]
    group: GroupInName | None = None
    origins: tuple[Origins, ...] = ()
    sidecars: tuple[Sidecar, ...] = ()
    group_noun: str = "group"
    subgroups: tuple[Attribute, ...] = ()
    only: dict[str, str] = field(default_factory=dict)
    defects: tuple[str, ...] = ()
    defining: dict[str, str] = field(default_factory=dict)
    border_clues: str = ""
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

    test_share: Setting[float]
    stratified: Setting[bool]


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
        file_names: Regular expression of the names, without suffix, that its files have and others are
            not known to have. A folder counts as this set only by them, whatever it is called.
    """

    name: str
    asks: str
    classes: tuple[ClassName, ...]
    dataset: Dataset
    phantom: str
    expected: dict[str, str]
    file_names: str

    @property
    def slug(self) -> str:
        """Its folder below data/: controls/<name>."""
        return f"controls/{self.name}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names in the order of their labels 0, 1, …"""
        return tuple(class_name.name for class_name in self.classes)
