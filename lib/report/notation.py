"""How metrics and numbers are written in a report."""

from collections.abc import Callable, Iterable, Sequence

from lib.evaluation.curves import EpochSpread
from lib.evidence.leaks import Ease
from lib.papers.declare import WHOLE_NUMBERS, in_unit, quoted_number, with_unit
from lib.results import (
    Choice,
    ClaimResult,
    Comparison,
    ControlGap,
    Difference,
    Gap,
    Grouping,
    Score,
)
from lib.words import bracketed, listed, signed

METRIC_NAMES = {
    "f1": "F1-score",
    "cell": "Images",
    "auc": "AUC",
    "ece": "Expected calibration error",
}
SEEDS = {"seed of the weights": "seed", "seed of the split": "split"}  # among the open choices
GROUPED_NAMES = {  # basis of the grouping → what the protocol "grouped" is called
    "known groups": "grouped",
    "partly known groups": "partly grouped",
    "search": "by-look",
    "near-duplicates": "by-look",
}
PART_IMAGES = {"train": "training images", "test": "test images", "validation": "validation images"}


def metric_name(metric: str) -> str:
    """A metric's name in a heading: "F1-score", "Recall"."""
    return METRIC_NAMES.get(metric, metric.capitalize())


def as_printed(claim: ClaimResult) -> str:
    """A claim's number as the paper prints it, with its unit; as `Claim.text`."""
    return quoted_number(claim.printed, claim.unit)


def number_format(metric: str, unit: str = "") -> Callable[[float], str]:
    """How a metric's values are written: counts whole (means of counts with one decimal), else three decimals."""
    if metric not in WHOLE_NUMBERS and unit != "count":
        return "{:.3f}".format
    return lambda value: f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def score_interval(score: Score) -> str:
    """A score with its interval: "0.944 [0.918, 0.965]"; as `bracketed`."""
    return bracketed(*map(number_format(score.metric), (score.mean, score.low, score.high)))


def spread_text(spread: EpochSpread, unit: str = "fraction") -> str:
    """What one fit's accuracy moves between: "0.852 to 0.914 in epochs 11 to 15"."""
    form = ".1f" if unit == "percent" else ".3f"
    low, high = (format(in_unit(bound, unit), form) for bound in (spread.low, spread.high))
    return f"{low} to {with_unit(high, unit)} in epochs {spread.first} to {spread.last}"


def difference_interval(difference: Comparison | Difference | Gap | ControlGap | Ease) -> str:
    """A difference of accuracies with its interval: "+0.030 [-0.010, +0.070]"."""
    return signed(difference.mean, difference.low, difference.high)


def choice_spread(choices: Sequence[Choice]) -> str:
    """What the choices that a paper leaves open make of one arm's accuracy.

    "another seed, split or setting that the paper leaves open gives 0.942 to 0.959 instead of 0.928".
    Without the epochs, which are no other training; "" where nothing was trained again.
    """
    tried = [choice for choice in choices if choice.name != "epoch"]
    others = sorted(choice.accuracy for choice in tried if not choice.used)
    if not others:
        return ""
    used = next(choice.accuracy for choice in tried if choice.used)
    kinds = {SEEDS.get(choice.name, "setting") for choice in tried}
    named = listed([kind for kind in ("seed", "split", "setting") if kind in kinds], "or")
    low, high = f"{others[0]:.3f}", f"{others[-1]:.3f}"
    between = low if low == high else f"{low} to {high}"
    return f"another {named} that the paper leaves open gives {between} instead of {used:.3f}"


def protocol_name(grouping: Grouping | None, protocol: str) -> str:
    """What a report calls a protocol: "grouped" only where the group of every image is known.

    In tables and records it keeps its own name, and so it does where no grouping is known of.
    """
    return GROUPED_NAMES[grouping.basis] if grouping and protocol == "grouped" else protocol


def arm_places(places: Iterable[tuple[str, str]], grouping: Grouping) -> str:
    """Arms with their protocols: "vgg16 (published and grouped) and resnet50 (grouped)".

    Args:
        places: (arm, protocol); those of one arm are put together.
    """
    protocols: dict[str, list[str]] = {}
    for arm, protocol in places:
        protocols.setdefault(arm, []).append(protocol_name(grouping, protocol))
    return listed(f"{arm} ({listed(names)})" for arm, names in protocols.items())


def protocol_note(name: str) -> str:
    """What a caption says of the protocol where it is not the paper's.

    Args:
        name: As `protocol_name` gives it.
    """
    return "" if name == "published" else f" Protocol: {name}."


def with_article(noun: str) -> str:
    """A noun with its indefinite article: "a patient", "an original photograph"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def capitalised(text: str) -> str:
    """With a capital first letter; `str.capitalize` would lower the others."""
    return text[:1].upper() + text[1:]
