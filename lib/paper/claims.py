"""What a paper prints: single numbers, and where it contradicts itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lib.paper.settings import Stated, printed_count

Unit = Literal["fraction", "percent", "count", "loss"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed number.

    Attributes:
        metric: "accuracy", "precision", "recall", "f1", "support", "loss" or "parameters".
        printed: The number exactly as printed.
        where: Its place in the paper.
        arm: The model it is about.
        of: Class, average ("macro avg"), layer or "" for the whole.
        unit: How the printed number is to be read.
        part: The images it was measured on: "test", "train", "validation", or "" for none.
        epoch: The epoch it belongs to, or None for the trained model.
        tolerance: How far, in the unit of the metric (a fraction for scores), a reproduction may
            lie from the printed number and still count as the same result.
    """

    metric: str
    printed: str
    where: str
    arm: str
    of: str = ""
    unit: Unit = "fraction"
    part: str = "test"
    epoch: int | None = None
    tolerance: float = 0.0

    @property
    def value(self) -> float:
        """The printed number; percentages as fractions."""
        return float(self.decimal)

    @property
    def decimal(self) -> Decimal:
        """The printed number, exact; percentages as fractions."""
        if self.unit == "count":
            return Decimal(printed_count(self.printed))
        number = Decimal(self.printed.replace(",", "."))  # an Indonesian decimal comma
        # scaleb, not a division: "98.70" must keep its last zero, which is part of its precision.
        return number.scaleb(-2) if self.unit == "percent" else number

    @property
    def rounding(self) -> tuple[float, float]:
        """The numbers that round to the printed one: half a unit of the last place either side."""
        number = self.decimal
        half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
        if self.unit == "count":
            half = Decimal(0)
        return float(number - half), float(number + half)


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two readings of the paper that cannot both hold, and the one this study uses."""

    topic: str
    readings: tuple[Stated, ...]
    used: str
    reason: str
