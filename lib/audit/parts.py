"""How many images a paper gives its training, validation and test parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lib.audit.tables import reports
from lib.papers.declare import Claim, Paper, Stated, printed_count

USUAL_BATCHES = (32, 64, 16, 128, 8, 256, 10, 20, 50, 100)  # the default of Keras first

# The validation images of a curve are the test images, unless the paper counts both.
PARTS = {"test": ("test", "validation"), "validation": ("validation", "test"), "train": ("train",)}


@dataclass(frozen=True, kw_only=True)
class Size:
    """A number of images a part may have, and where it stands."""

    images: int
    where: str


def sizes(paper: Paper, arm: str, part: str) -> list[Size]:
    """The numbers of images that the paper gives a part, each once with its first place.

    Printed ones, sums of the supports of a report, and, where none of these is it, the declared
    share of the stated total.
    """
    printed, shared = printed_sizes(paper, arm, part), _shared(paper, part)
    if {one.images for one in printed} & {one.images for one in shared}:
        return printed  # the share of the total, rounded up or down
    return [*printed, *shared]


def printed_sizes(paper: Paper, arm: str, part: str) -> list[Size]:
    """As `sizes`, without those that follow from the share and the total."""
    return _once(_printed(paper, arm, part))


def _once(found: Iterable[Size]) -> list[Size]:
    first = {}
    for one in found:
        first.setdefault(one.images, one)
    return [*first.values()]


def _printed(paper: Paper, arm: str, part: str) -> list[Size]:
    for name in PARTS.get(part, ()):
        found = [
            Size(images=int(one.value), where=one.where)
            for one in paper.claims
            if (one.metric, one.arm, one.part, one.of) == ("support", arm, name, "")
        ]
        found += [
            Size(images=sum(one.supports), where=f"supports of {one.where}")
            for one in reports(paper)
            if (one.arm, one.part) == (arm, name) and one.supports
        ]
        if found:
            return found
    return []


def _shared(paper: Paper, part: str) -> list[Size]:
    total, share = paper.dataset.total, paper.split.test_share
    if not (isinstance(total, Stated) and isinstance(share, Stated) and part in PARTS):
        return []
    images, of_test = printed_count(total.value), Fraction(str(share.value))
    exact = images * (1 - of_test if part == "train" else of_test)
    words = f"{float(100 * exact / images):g} % of the {total.value} of {total.where}"
    return _once(Size(images=n, where=words) for n in (floor(exact), ceil(exact)))


def accuracies(paper: Paper) -> list[Claim]:
    """The printed accuracies that a rerun could give."""
    return [one for one in paper.claims if one.metric == "accuracy" and not one.incomparable]


def batches_of(paper: Paper, arm: str) -> tuple[int, ...]:
    """The stated batch size; where it is not stated, the usual ones."""
    batch = paper.arm(arm).recipe.batch_size
    return (batch.value,) if isinstance(batch, Stated) else USUAL_BATCHES


def final(paper: Paper, arm: str, part: str) -> list[Claim]:
    """Accuracies of the trained network; on images it was not trained on, those of the last epoch too."""
    known = [
        one
        for one in paper.claims
        if (one.metric, one.arm, one.of) == ("accuracy", arm, "")
        and one.part in PARTS.get(part, ())
    ]
    return [
        one
        for one in known
        if (one.epoch is None or (part != "train" and paper.is_final(one))) and not one.incomparable
    ]
