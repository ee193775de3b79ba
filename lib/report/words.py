"""How metrics and numbers are written in a report."""

from collections.abc import Callable

from lib.paper import Claim
from lib.results import ClaimResult, Score

REPORT_METRICS = ("precision", "recall", "f1", "support")


def metric_name(metric: str) -> str:
    """A metric's name in a heading: "F1-score", "Recall"."""
    return "F1-score" if metric == "f1" else metric.capitalize()


def as_printed(claim: Claim | ClaimResult) -> str:
    """A claim's number as the paper prints it, with its percent sign."""
    return f"{claim.printed} %" if claim.unit == "percent" else claim.printed


def number_format(metric: str, unit: str = "") -> Callable[[float], str]:
    """How a metric's values are written: counts whole (means of counts with one decimal), else three decimals."""
    if metric not in ("support", "parameters", "epoch") and unit != "count":
        return "{:.3f}".format
    return lambda value: f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def interval(score: Score) -> str:
    """A score with its interval: "0.944 [0.918, 0.965]"."""
    show = number_format(score.metric)
    return f"{show(score.mean)} [{show(score.low)}, {show(score.high)}]"
