"""Scores of a whole confusion matrix that follow from the margins of its classes."""

from collections.abc import Sequence
from math import sqrt

from lib.audit.exact.margins import Margin


def scores_of(margins: Sequence[Margin]) -> dict[str, float]:
    """Score → its value for one set of margins, one of each class."""
    return {
        "balanced accuracy": balanced_accuracy(margins),
        "kappa": kappa(margins),
        "mcc": matthews(margins),
    }


def kappa(margins: Sequence[Margin]) -> float:
    """Cohen's kappa: how far an accuracy lies above chance, 1 at most (Cohen, 1960).

    Chance: predictions drawn at random with the frequencies they have. 0 where all is one class.
    """
    images, hits, chance = _sums(margins)
    return (images * hits - chance) / (images**2 - chance) if images**2 > chance else 0.0


def matthews(margins: Sequence[Margin]) -> float:
    """The correlation of true and predicted classes (Gorodkin, 2004); for two classes that of Matthews.

    0 where all is one class, or predicted as one.
    """
    images, hits, chance = _sums(margins)
    spread = (images**2 - sum(margin.predicted**2 for margin in margins)) * (
        images**2 - sum(margin.support**2 for margin in margins)
    )
    return (images * hits - chance) / sqrt(spread) if spread else 0.0


def balanced_accuracy(margins: Sequence[Margin]) -> float:
    """The mean of the recalls of the classes that have images."""
    recalls = [margin.hits / margin.support for margin in margins if margin.support]
    return sum(recalls) / len(recalls)


def _sums(margins: Sequence[Margin]) -> tuple[int, int, int]:
    """Images, hits, and the hits of chance times the images."""
    return (
        sum(margin.support for margin in margins),
        sum(margin.hits for margin in margins),
        sum(margin.support * margin.predicted for margin in margins),
    )
