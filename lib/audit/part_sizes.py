"""How many images a paper gives its training, validation and test parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lib.audit.claims import CLAIM_PARTS, parts_like
from lib.audit.reports import find_reports
from lib.papers.declare import Paper, Stated, printed_count


@dataclass(frozen=True, kw_only=True)
class PartSize:
    """A number of images that a part may have, and where it stands."""

    images: int
    where: str


def stated_total(paper: Paper) -> int | None:
    """The number of all images, where the paper states it."""
    total = paper.dataset.total
    return printed_count(total.value) if isinstance(total, Stated) else None


def known_sizes(paper: Paper, arm: str, part: str) -> list[PartSize]:
    """The numbers of images that the paper gives a part, each once with its first place.

    Printed ones, sums of the supports of a report, and, where none of these is it, the declared
    share of the stated total.
    """
    printed, shared = printed_sizes(paper, arm, part), _shared_sizes(paper, part)
    if {size.images for size in printed} & {size.images for size in shared}:
        return printed  # the share of the total, rounded up or down
    return [*printed, *shared]


def printed_sizes(paper: Paper, arm: str, part: str) -> list[PartSize]:
    """As `known_sizes`, without those that follow from the share and the total."""
    for claim_part in parts_like(paper, part):
        sizes = [
            PartSize(images=int(claim.value), where=claim.where)
            for claim in paper.claims
            if (claim.metric, claim.arm, claim.part, claim.of) == ("support", arm, claim_part, "")
        ]
        sizes += [
            PartSize(images=sum(report.supports), where=f"supports of {report.where}")
            for report in find_reports(paper)
            if (report.arm, report.part) == (arm, claim_part) and report.supports
        ]
        if sizes:
            return _first_places(sizes)
    return []


def _shared_sizes(paper: Paper, part: str) -> list[PartSize]:
    total, share = paper.dataset.total, paper.split.test_share
    if not (isinstance(total, Stated) and isinstance(share, Stated)) or part not in CLAIM_PARTS:
        return []
    images, test_share = printed_count(total.value), Fraction(str(share.value))
    exact = images * (1 - test_share if part == "train" else test_share)
    words = f"{float(100 * exact / images):g} % of the {total.value} of {total.where}"
    return _first_places(PartSize(images=n, where=words) for n in (floor(exact), ceil(exact)))


def _first_places(sizes: Iterable[PartSize]) -> list[PartSize]:
    first: dict[int, PartSize] = {}
    for size in sizes:
        first.setdefault(size.images, size)
    return [*first.values()]
