"""Where a paper was published, as its own text says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What a reader needs to find a paper. A paper whose text says nothing of it has none.

    Attributes:
        kind: The type of its BibTeX entry.
        year: Of publication.
        venue: Journal or institution, as the text names it.
        where: The place in the text that says all this.
        month: In English.
        volume: Of the journal.
        number: Of the volume.
        doi: Without an address in front.
    """

    kind: Literal["article", "techreport"]
    year: int
    venue: str
    where: str
    month: str = ""
    volume: str = ""
    number: str = ""
    doi: str = ""
