"""What a paper prints: single numbers, worked examples, and where it contradicts itself."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from lib.papers.declare.stated import Assumed, Stated, printed_count

Unit = Literal["fraction", "percent", "count", "loss", "KB", "MB"]
MeanOver = Literal["", "folds", "repeats", "seeds", "batches"]
Labels = Literal["one", "several", "subset"]
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
TWO_CLASSES = ("sensitivity", "specificity", "npv")
"""Shares of images that are told only where one of two classes is the positive one."""
METRIC_RANGES = {
    **dict.fromkeys((*SCORES, *TWO_CLASSES, "balanced accuracy", "auc", "confidence"), (0, 1)),
    **dict.fromkeys(("mcc", "kappa"), (-1, 1)),
    **dict.fromkeys(("loss", "loss other", *WHOLE_NUMBERS, "memory"), (0, None)),
}
"""Metric → the least and the greatest value that it can have; None where there is no greatest."""

UNSEEN = ("test", "validation")
"""Parts that no model is trained on. In these papers a curve's validation images are the test images."""

Matrix = tuple[tuple[int, ...], ...]


class _OfAnArm(Protocol):
    """What a claim and the record of what became of it have in common."""

    @property
    def metric(self) -> str: ...
    @property
    def arm(self) -> str: ...
    @property
    def of(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def epoch(self) -> int | None: ...


AnyClaim = TypeVar("AnyClaim", bound=_OfAnArm)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a number came about; without changes, from one evaluation of images with one label each.

    Attributes:
        mean_over: What it is a mean over, "" for nothing.
        times: Over how many of them, where that is known.
        sizes: Images of each, where they are known.
        sd: The standard deviation printed behind it ("± 0.3"), in its unit; "" for none.
        labels: How many labels an image has; "subset" for a report of some of the labels.
        zero_division: What stands for the score of a class without images or predictions.
        digits: Whether digits were rounded or cut off, where that is known.
    """

    mean_over: MeanOver = ""
    times: int | None = None
    sizes: tuple[int, ...] = ()
    sd: str = ""
    labels: Labels = "one"
    zero_division: Literal[0, 1] = 0
    digits: Literal["", "rounded", "cut"] = ""

    @property
    def single(self) -> bool:
        """Whether it is one evaluation of all labels, of which an image has one."""
        return not self.mean_over and self.labels == "one"

    @classmethod
    def even_folds(cls, folds: int, images: int, sd: str = "") -> "Kind":
        """A mean over folds whose sizes differ by one image at most, as scikit-learn divides them.

        Raises:
            ValueError: Fewer than two folds, or fewer images than folds.
        """
        if not 2 <= folds <= images:
            raise ValueError(
                f"`folds` should be in 2 … {images}, the number of images; received {folds}."
            )
        sizes = tuple((images + place) // folds for place in range(folds))
        return cls(mean_over="folds", times=folds, sizes=sizes, sd=sd)


ONE_EVALUATION = Kind()


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One printed number.

    Attributes:
        metric: "accuracy", "precision", "recall", "f1", "loss" (cross-entropy); "support",
            "correct", "misclassified", "cell" (of a confusion matrix), all in images; "epoch" (its
            number), "confidence" (the probability of the predicted class); "parameters", "memory"
            (in bytes, four per parameter). Of two classes also "sensitivity", "specificity", "npv";
            "balanced accuracy", "auc", "mcc", "kappa"; "top-5 accuracy" or of another number;
            "loss other" for a loss that is no cross-entropy.
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
        kind: How it came about.
        n: Images that it was measured on, where a table has several data sets: of a mean over folds
            those of all folds together, of one over seeds or repeats those of each.
    """

    metric: str
    printed: str
    where: str
    arm: str
    of: str = ""
    unit: Unit = "fraction"
    part: str = "test"
    epoch: int | None = None
    tolerance: Assumed[float] | None = None
    incomparable: str = ""
    kind: Kind = ONE_EVALUATION
    n: int | None = None

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


def top_k(metric: str) -> int | None:
    """The k of "top-k accuracy"; 1 of "accuracy", None of other metrics."""
    if metric == "accuracy":
        return 1
    match = re.fullmatch(r"top-(\d+) accuracy", metric)
    return int(match[1]) if match else None


def metric_range(metric: str) -> tuple[int, int | None]:
    """The least and the greatest value of a metric; None for no greatest.

    Raises:
        ValueError: It is no metric of `Claim`.
    """
    if metric in METRIC_RANGES:
        return METRIC_RANGES[metric]
    if top_k(metric):
        return 0, 1
    raise ValueError(
        f"`metric` should be one of {', '.join(METRIC_RANGES)} or top-5 accuracy; received {metric!r}."
    )


def out_of_range(claim: Claim) -> str:
    """Why a printed number cannot be of its metric, as a sentence; "" where it can."""
    least, greatest = metric_range(claim.metric)
    low, high = claim.rounding
    if high >= least and (greatest is None or low <= greatest):
        return ""
    most = "" if greatest is None else f" and {greatest} at most"
    return f"{claim.metric} should be {least} at least{most}; {claim.text} ({claim.where}) is not."


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
    return max(overall, key=lambda claim: claim.epoch or 0, default=None)


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Two readings of the paper that cannot both hold, and the one this study uses.

    `excludes` is a comparison of numbers of the readings that is true however they were rounded, where
    arithmetic alone shows that the readings cannot all hold: "500 + 400 + 100 > 500"; "" where it takes
    judgement. A reading whose place is "arithmetic" is computed here, not said by the paper. `shown_in` names the
    other impossible findings that rest on the same slip, as `lib.audit` titles them.
    """

    topic: str
    readings: tuple[Stated[str], ...]
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
