"""What a paper prints: single numbers, and where it contradicts itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lib.paper.settings import Stated, printed_count

Unit = Literal["fraction", "percent", "count", "loss", "KB", "MB"]
BYTES = {"KB": 1024, "MB": 1024**2}  # as Keras' summary prints sizes


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed number.

    Attributes:
        metric: "accuracy", "precision", "recall", "f1", "loss" (cross-entropy); "support",
            "correct", "misclassified", "cell" (of a confusion matrix), all in images; "epoch" (a
            number of one), "confidence" (the probability of the class that was called);
            "parameters", "memory" (in bytes, four a parameter).
        printed: The number exactly as printed.
        where: Its place in the paper.
        arm: The model it is about.
        of: Class, average ("macro avg"), cell ("true → predicted"), layer, "best epoch", or "" for
            the whole.
        unit: How the printed number is to be read.
        part: The images it was measured on: "test", "train" (after training), "validation" (during
            training, as the curves show it), or "" for none. With an epoch, "train" is the curve.
        epoch: The epoch it belongs to, or None for the trained model.
        images: How many it is a share of, or a mean over; None where unknown or neither.
        tolerance: How far, in the unit of the metric (a fraction for scores), a reproduction may
            lie from the printed number and still count as the same result.
        tolerance_from: Where the tolerance comes from; "" until `tolerated` has worked it out.
        incomparable: Why no reproduction can be held against it, "" for most numbers.
    """

    metric: str
    printed: str
    where: str
    arm: str
    of: str = ""
    unit: Unit = "fraction"
    part: str = "test"
    epoch: int | None = None
    images: int | None = None
    tolerance: float = 0.0
    tolerance_from: str = ""
    incomparable: str = ""

    @property
    def value(self) -> float:
        """The printed number; percentages as fractions, sizes in bytes."""
        return float(self.decimal)

    @property
    def decimal(self) -> Decimal:
        """The printed number, exact; percentages as fractions, sizes in bytes."""
        return self._in_unit(self._number)

    @property
    def rounding(self) -> tuple[float, float]:
        """The numbers that round to the printed one: half a unit of the last place either side."""
        if self.unit == "count":
            return self.value, self.value
        half = Decimal(5).scaleb(int(self._number.as_tuple().exponent) - 1)
        number = self._number
        return float(self._in_unit(number - half)), float(self._in_unit(number + half))

    def shown(self, value: float) -> float:
        """A value of the metric in the unit that the number was printed in: 0.948 → 94.8 (percent)."""
        return 100 * value if self.unit == "percent" else value / BYTES.get(self.unit, 1)

    @property
    def _number(self) -> Decimal:
        if self.unit == "count":
            return Decimal(printed_count(self.printed))
        return Decimal(self.printed.replace(",", "."))  # an Indonesian decimal comma

    def _in_unit(self, number: Decimal) -> Decimal:
        # scaleb, not a division: "98.70" must keep its last zero, which is part of its precision.
        if self.unit == "percent":
            return number.scaleb(-2)
        return number * BYTES.get(self.unit, 1)


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two readings of the paper that cannot both hold, and the one this study uses.

    `excludes` is a comparison of printed numbers that is true, where arithmetic alone shows that the
    readings cannot all hold: "500 + 400 + 100 > 500"; "" where it takes judgement.
    """

    topic: str
    readings: tuple[Stated, ...]
    used: str
    reason: str
    excludes: str = ""
