"""A value with its origin: stated by the paper, or assumed here."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stated:
    """A value the paper gives, and the place where it stands ("Table 1", "Fig. 5", "§II")."""

    value: Any
    where: str


@dataclass(frozen=True)
class Assumed:
    """A value the paper leaves unsaid, and the reason for the one chosen here."""

    value: Any
    reason: str


Setting = Stated | Assumed


def printed_count(text: str) -> int:
    """A whole number as printed; comma or point group its thousands, in English or Indonesian."""
    return int(re.sub("[.,]", "", text))
