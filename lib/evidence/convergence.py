"""Did training come to rest, and did it ever get going? Decided from the accuracy and loss of each epoch."""

from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from statistics import fmean
from typing import NamedTuple

from lib.results import FoldCounts, LastEpochs, Results, Score

SPREAD = 0.05  # range of the last accuracies, up to which it matters to no reader which epoch is reported
# In standard errors, what the range of so many independent means, at most `LAST_EPOCHS`, exceeds in one of 20 cases:
# scipy.stats.studentized_range.ppf(0.95, n, inf). scipy.stats would take a second to import.
CRITICAL_RANGES = {2: 2.7718076487, 3: 3.3144931554, 4: 3.6331595749, 5: 3.8576555104}
FALLEN = 0.01  # share by which a loss must lie below that of constant shares to have fallen


class Unsettled(NamedTuple):
    """An arm under a protocol, most of whose fits still moved in their last epochs.

    Attributes:
        fits: How many there are.
        moving: How many of them had not settled.
        widest: The one whose accuracy moved the most.
    """

    arm: str
    protocol: str
    fits: int
    moving: int
    widest: LastEpochs


class FlatLoss(NamedTuple):
    """An arm under a protocol whose loss on the training images never fell.

    Attributes:
        constant: The loss of always answering with the shares of the classes in training, nats.
        lowest: Its lowest loss in any epoch, mean over seeds, nats.
    """

    arm: str
    protocol: str
    constant: float
    lowest: float


def unsettled_arms(fits: Iterable[LastEpochs]) -> list[Unsettled]:
    """The arms of which at least half of the fits had not settled, in the order of `fits`.

    A mean over many fits is not moved by the few of them that jump.
    """
    by_arm: dict[tuple[str, str], list[LastEpochs]] = {}
    for fit in fits:
        by_arm.setdefault((fit.arm, fit.protocol), []).append(fit)
    records = []
    for (arm, protocol), of_arm in by_arm.items():
        moving = [fit for fit in of_arm if not is_settled(fit)]
        if moving and 2 * len(moving) >= len(of_arm):
            widest = max(moving, key=_range)
            records.append(Unsettled(arm, protocol, len(of_arm), len(moving), widest))
    return records


def is_settled(fit: LastEpochs) -> bool:
    """Whether the fit's last validation accuracies differ by no more than chance or relevance allow.

    Their range is held against the 95 % quantile of the studentized range, as if each epoch had been
    tested on as many images of its own. All are tested on the same images, so chance moves them less:
    what exceeds it is the training's own movement.
    """
    accuracies = fit.validation
    if len(accuracies) < 2 or not fit.images:
        return True
    mean = fmean(accuracies)
    error = sqrt(mean * (1 - mean) / fit.images)
    return _range(fit) <= max(SPREAD, CRITICAL_RANGES[len(accuracies)] * error)


def _range(fit: LastEpochs) -> float:
    return max(fit.validation) - min(fit.validation)


def flat_losses(results: Results) -> list[FlatLoss]:
    """The arms and variants whose training loss never fell below that of constant shares of the classes.

    Nothing is said of a training of one epoch, whose loss is the mean over that epoch from the start on.
    """
    records = []
    for (arm, protocol), losses in _training_losses(results.scores).items():
        constant = _constant_loss(results.folds, protocol)
        if len(losses) > 1 and min(losses) > (1 - FALLEN) * constant:
            records.append(FlatLoss(arm, protocol, constant, min(losses)))
    return records


def _training_losses(scores: Iterable[Score]) -> Mapping[tuple[str, str], Sequence[float]]:
    """(arm, protocol) → loss on the training images by epoch, mean over seeds."""
    losses: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        if (score.metric, score.of, score.part) == (
            "loss",
            "",
            "train",
        ) and score.epoch is not None:
            losses.setdefault((score.arm, score.protocol), []).append(score.mean)
    return losses


def _constant_loss(folds: Iterable[FoldCounts], protocol: str) -> float:
    """Cross-entropy of the classes' shares in training with themselves, nats, mean over folds.

    No constant answer has a lower loss on these images.
    """
    return fmean(_entropy(fold.train.values()) for fold in folds if fold.protocol == protocol)


def _entropy(counts: Iterable[int]) -> float:
    counts = [count for count in counts if count]
    total = sum(counts)
    return -sum(count / total * log(count / total) for count in counts)
