"""What a paper prints: single numbers, worked examples, and where it contradicts itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar

from lib.papers.declare.stated import Assumed, Stated, printed_count

Unit = Literal["fraction", "percent", "count", "loss", "KB", "MB"]
BYTES = {"KB": 1024, "MB": 1024**2}  # as Keras' summary prints sizes
UNIT_SIGNS = {"percent": " %", "KB": " KB", "MB": " MB"}

# Metrics by what they are.
SHARES = ("accuracy", "precision", "recall")
"""Plain shares of images."""
SCORES = (*SHARES, "f1")
"""What is printed as a fraction or in per cent."""
COUNTED_SHARES = ("correct", "misclassified", "cell")
"""Shares of images that are printed as numbers of images."""
COUNTS = ("support", *COUNTED_SHARES)
"""Numbers of images."""
EXACT = ("parameters", "memory")
"""What no image can change."""
WHOLE_NUMBERS = (*COUNTS, "parameters", "epoch")
"""What is printed without decimals."""
REPORT = ("precision", "recall", "f1", "support")
"""The columns of a classification report."""

UNSEEN = ("test", "validation")
"""Parts that no model is trained on. In these papers a curve's validation images are the test images."""

Matrix = tuple[tuple[int, ...], ...]
AnyClaim = TypeVar("AnyClaim")  # a claim, or the record of what became of it


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed number.

    Attributes:
        metric: "accuracy", "precision", "recall", "f1", "loss" (cross-entropy); "support",
            "correct", "misclassified", "cell" (of a confusion matrix), all in images; "epoch" (its
            number), "confidence" (the probability of the predicted class); "parameters", "memory"
            (in bytes, four per parameter).
        printed: The number exactly as printed.
        where: Its place in the paper.
        arm: The model it is about.
        of: Class, average ("macro avg"), cell ("true → predicted"), layer, "best epoch", or "" for
            the whole.
        unit: How the printed number is to be read.
        part: The images it was measured on: "test", "train" (after training), "validation" (during
            training, as the curves show it), or "" for none. With an epoch, "train" is the curve.
        epoch: The epoch it belongs to, or None for the trained model.
        tolerance: How far, in the unit of the metric (a fraction for scores), a reproduction may
            lie from the printed number and still count as the same result, with its reason; None
            for the margin that `lib.evaluation.tolerances` gives all numbers of its kind.
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
    tolerance: Assumed | None = None
    incomparable: str = ""

    @property
    def text(self) -> str:
        """The number as printed, as `quoted_number`."""
        return quoted_number(self.printed, self.unit)

    @property
    def value(self) -> float:
        """The printed number; percentages as fractions, sizes in bytes."""
        return float(self.decimal)

    @property
    def decimal(self) -> Decimal:
        """The printed number, exact; percentages as fractions, sizes in bytes."""
        return self._in_metric(self._number)

    @property
    def rounding(self) -> tuple[float, float]:
        """The numbers that round to the printed one: half a unit of the last place either side."""
        if self.unit == "count":
            return self.value, self.value
        half = Decimal(5).scaleb(int(self._number.as_tuple().exponent) - 1)
        number = self._number
        return float(self._in_metric(number - half)), float(self._in_metric(number + half))

    @property
    def attainable(self) -> tuple[float, float]:
        """`rounding`; for a fraction or percentage, what of it lies within 0 … 1."""
        low, high = self.rounding
        share = self.unit in ("fraction", "percent")
        return (max(low, 0.0), min(high, 1.0)) if share else (low, high)

    def shown(self, value: float) -> float:
        """A value of the metric in the unit that the number was printed in: 0.948 → 94.8 (percent)."""
        return in_unit(value, self.unit)

    @property
    def _number(self) -> Decimal:
        if self.unit == "count":
            return Decimal(printed_count(self.printed))
        return Decimal(self.printed.replace(",", "."))  # an Indonesian decimal comma

    def _in_metric(self, number: Decimal) -> Decimal:
        # scaleb, not a division: "98.70" must keep its last zero, which is part of its precision.
        if self.unit == "percent":
            return number.scaleb(-2)
        return number * BYTES.get(self.unit, 1)


def with_unit(number: str, unit: str) -> str:
    """A written number with the sign of its unit: "94.8 %", "9.24 MB", "0.948"."""
    return f"{number}{UNIT_SIGNS.get(unit, '')}"


def quoted_number(printed: str, unit: str) -> str:
    """A printed number with the sign of its unit, in quotation marks where English writes it otherwise.

    "94.839 %"; "“94,8 %”", whose comma is a decimal point; "“20.000”", whose point groups thousands.
    """
    text = with_unit(printed, unit)
    foreign = "." in printed if unit == "count" else "," in printed
    return f"“{text}”" if foreign else text


def in_unit(value: float, unit: str) -> float:
    """A value of a metric (a fraction for scores, bytes for sizes) in a unit that papers print."""
    return 100 * value if unit == "percent" else value / BYTES.get(unit, 1)


def overall_accuracy(
    claims: Iterable[AnyClaim], arm: str, parts: Sequence[str] = UNSEEN
) -> AnyClaim | None:
    """The accuracy of an arm, over all classes, on images of these parts; None where none is printed.

    That of the trained model, on the first of the parts that has one, else that of the last epoch of
    which one is printed. Of several, the first.

    Args:
        claims: Claims, or the records of what became of them.
        arm: Its name.
        parts: As in `Claim`.
    """
    overall = [
        claim
        for claim in claims
        if (claim.metric, claim.arm, claim.of) == ("accuracy", arm, "") and claim.part in parts
    ]
    trained = [claim for claim in overall if claim.epoch is None]
    if trained:
        return min(trained, key=lambda claim: parts.index(claim.part))
    return max(overall, key=lambda claim: claim.epoch, default=None)


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two readings of the paper that cannot both hold, and the one this study uses.

    `excludes` is a comparison of printed numbers that is true, where arithmetic alone shows that the
    readings cannot all hold: "500 + 400 + 100 > 500"; "" where it takes judgement. `shown_in` names the
    other impossible findings that rest on the same slip, as `lib.audit` titles them.
    """

    topic: str
    readings: tuple[Stated, ...]
    used: str
    reason: str
    excludes: str = ""
    shown_in: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorstFinding:
    """The gravest finding of the audit, told as one sentence.

    Attributes:
        topic: Of the finding, as `lib.audit` names it.
        sentence: What it is, for a reader who has not seen the paper.
        where: The places that it rests on.
    """

    topic: str
    sentence: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """A convolution that a paper works out by hand: one channel, one kernel, no bias.

    `image`, `kernel` and `output` hold one tuple per row, as printed; `stride` is in pixels.
    """

    where: str
    image: Matrix
    kernel: Matrix
    output: Matrix
    stride: int = 1


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sides of the feature maps as a paper gives them, layer by layer.

    `steps` holds, for each printed size, the layer that leads to it ("convolution", "pooling"), the
    side in pixels, and its place.
    """

    where: str
    side: int
    steps: tuple[tuple[str, int, str], ...]
