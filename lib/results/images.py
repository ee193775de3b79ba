"""Records of the images and of how they were divided."""

from pydantic import Field

from lib.results.record import Kind, Record


class Rejected(Record):
    path: str = Field(description="file or folder, relative to the data folder")
    reason: str


class Data(Record):
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
    ungrouped: int = Field(
        description="images whose group is unknown while others' is known; each counts as a group of its own"
    )
    parts: dict[str, int] = Field(description="images by the split level their folder gives them")
    stand_ins: dict[str, list[str]] = Field(
        description="class → folders of another class that stand in for it"
    )
    image_size: int = Field(description="side in pixels after resizing")
    rejected: list[Rejected]


class Colour(Record):
    name: str = Field(description="class")
    images: int = Field(description="how many were looked at")
    mean: list[float] = Field(description="of red, green and blue over all pixels, in 0…255")
    spread: list[float] = Field(description="standard deviation of the same")
    black: float = Field(description="share of pixels with no channel above 16")


class NearDuplicate(Record):
    first: str = Field(description="file, relative to the data folder")
    second: str
    distance: int = Field(description="bits in which the perceptual hashes differ")


class NearDuplicates(Record):
    bits: int = Field(description="length of the perceptual hash")
    limit: int = Field(description="the most bits in which two images may differ and still count")
    pairs: int = Field(description="pairs of images within the limit")
    images: int = Field(description="images that stand in at least one pair")
    between_groups: int | None = Field(
        description="pairs of two different groups; null where groups are unknown"
    )
    between_classes: int = Field(description="pairs of two different classes")
    closest: list[NearDuplicate] = Field(
        description="at most 100, one a pair of groups: of two classes first, then of two groups, then the closest"
    )


class Grouping(Record):
    noun: str = Field(description="what the grouped protocol keeps on one side of a split")
    units: int | None = Field(description="how many of them there are, null where none is known")
    joined: int = Field(description="groups joined to another because they show one picture")
    hindrance: str = Field(description='why no grouped split can be made, "" where one can')


def fold_name(protocol: str, seed: int, fold: int) -> str:
    """The column of a fold in splits.csv."""
    return f"{protocol} {seed} {fold}"


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

    @property
    def majority(self) -> float:
        """Share of the test images in the class that is most frequent among the training images."""
        return self.test[max(self.train, key=self.train.get)] / sum(self.test.values())
