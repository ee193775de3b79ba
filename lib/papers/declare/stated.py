"""A value with its origin: stated by the paper, or assumed here."""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value", covariant=True)


@dataclass(frozen=True)
class Stated(Generic[Value]):
    """A value the paper gives, and the place where it stands ("Table 1", "Fig. 5", "§II")."""

    value: Value
    where: str


@dataclass(frozen=True)
class Assumed(Generic[Value]):
    """A value the paper leaves unsaid, and the reason for the one chosen here."""

    value: Value
    reason: str


Setting = Stated[Value] | Assumed[Value]


def printed_count(text: str) -> int:
    """A whole number as printed; comma or point group its thousands, in English or Indonesian.

    Raises:
        ValueError: It is none. 73.3 is not 733, and .95 is not 95.
    """
    if not re.fullmatch(r"\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:\.\d{3})+", text):
        raise ValueError(f"a number of images should be a whole number; received {text!r}.")
    return int(re.sub("[.,]", "", text))
