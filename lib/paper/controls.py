"""Images of another origin, shown to a trained model to see what it has learnt."""

from dataclasses import dataclass

from lib.paper.images import ClassName, Dataset


@dataclass(frozen=True, kw_only=True)
class Control:
    """A set of images that no model of the paper is trained on; declared like the paper's own.

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
