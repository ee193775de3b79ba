"""How metrics and numbers are written in a report."""

from collections.abc import Callable

from lib.evaluation.curves import EpochSpread
from lib.papers.declare import WHOLE_NUMBERS, in_unit, with_unit
from lib.results import ClaimResult, Comparison, Difference, Gap, Score
from lib.words import signed

METRIC_NAMES = {
    "f1": "F1-score",
    "cell": "Images",
    "auc": "AUC",
    "ece": "Expected calibration error",
}
PART_IMAGES = {"train": "training images", "test": "test images", "validation": "validation images"}


def metric_name(metric: str) -> str:
    """A metric's name in a heading: "F1-score", "Recall"."""
    return METRIC_NAMES.get(metric, metric.capitalize())


def as_printed(claim: ClaimResult) -> str:
    """A claim's number as the paper prints it, with its unit; as `Claim.text`."""
    return with_unit(claim.printed, claim.unit)


def number_format(metric: str, unit: str = "") -> Callable[[float], str]:
    """How a metric's values are written: counts whole (means of counts with one decimal), else three decimals."""
    if metric not in WHOLE_NUMBERS and unit != "count":
        return "{:.3f}".format
    return lambda value: f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def score_interval(score: Score) -> str:
    """A score with its interval: "0.944 [0.918, 0.965]"."""
    show = number_format(score.metric)
    return f"{show(score.mean)} [{show(score.low)}, {show(score.high)}]"


def spread_text(spread: EpochSpread, unit: str = "fraction") -> str:
    """What one fit's accuracy moves between: "0.852 to 0.914 in epochs 11 to 15"."""
    form = ".1f" if unit == "percent" else ".3f"
    low, high = (format(in_unit(bound, unit), form) for bound in (spread.low, spread.high))
    return f"{low} to {with_unit(high, unit)} in epochs {spread.first} to {spread.last}"


def difference_interval(difference: Comparison | Difference | Gap) -> str:
    """A difference of accuracies with its interval: "+0.030 [-0.010, +0.070]"."""
    return signed(difference.mean, difference.low, difference.high)


def protocol_note(protocol: str) -> str:
    """What a caption says of the protocol where it is not the paper's."""
    return "" if protocol == "published" else f" Protocol: {protocol}."


def with_article(noun: str) -> str:
    """A noun with its indefinite article: "a patient", "an original photograph"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def capitalised(text: str) -> str:
    """With a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]
