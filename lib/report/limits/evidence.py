"""Limitations that the evidence shows: what else explains a score, and where it does not hold."""

from collections.abc import Iterator
from statistics import fmean

from lib.report.facts import Run
from lib.results import Comparison, Subgroup
from lib.words import interval, listed, signed

OFF = 0.05  # calibration error from which on a probability is no share of right answers
# Kind of probe → what an equal score of the network leaves open.
MEANINGS = {
    "shortcut": "its score may come from these instead of from what the images show",
    "leak": "its score may come from test images that look like training images",
    "baseline": "nothing shows that it takes a deep network",
}


def controls(run: Run) -> Iterator[str]:
    """On images of another origin a model is right less often than its test score says."""
    scores, failed = run.accuracies, []
    for one in run.results.controls:
        score, right = scores.get((one.by, one.protocol)), fmean(one.right) / one.images
        if score and right < score.low:
            failed.append(
                f"{one.by} is right on {right:.1%} of the {one.images:,} images of {one.name} and on "
                f"{score.mean:.1%} of its test images ({one.protocol})"
            )
    if failed:
        yield f"The scores do not carry over to images of another origin: {listed(failed)}."


def probes(run: Run) -> Iterator[str]:
    """A probe that cannot see what matters is not shown to be worse than the network."""
    for kind, meaning in MEANINGS.items():
        of_kind = {one.name for one in run.results.probes if one.kind == kind}
        tried = [
            one for one in run.results.comparisons if one.versus in of_kind and one.arm in run.arms
        ]
        level = [one for one in tried if one.low <= 0]
        if level:
            least = min(level, key=lambda one: one.mean)
            yield (
                f"The network is not shown to be ahead of {listed(sorted({one.versus for one in level}))} "
                f"({len(level)} of {len(tried)} comparisons; the least: {_against(least)}). So {meaning}."
            )


def _against(one: Comparison) -> str:
    difference = signed(one.mean, one.low, one.high)
    return f"{one.arm} less {one.versus} {difference} ({one.protocol})"


def subgroups(run: Run) -> Iterator[str]:
    """Some subgroup fares worse than the whole."""
    scores, told = run.accuracies, []
    for key, score in scores.items():
        of_arm = [
            one for one in run.results.subgroups if (one.accuracy.arm, one.accuracy.protocol) == key
        ]
        worst = min(of_arm, key=lambda one: one.accuracy.mean, default=None)
        if worst and worst.accuracy.high < score.low:
            told.append(
                f"{_told(worst)} beside {interval(score.mean, score.low, score.high)} over all ({', '.join(key)})"
            )
    if told:
        yield f"One score hides unequal ones: {'; '.join(told)}."


def _told(one: Subgroup) -> str:
    return (
        f"{one.name} {one.value} {interval(one.accuracy.mean, one.accuracy.low, one.accuracy.high)}"
    )


def calibration(run: Run) -> Iterator[str]:
    """Probabilities that cannot be read as such."""
    told = [
        f"{interval(one.mean, one.low, one.high)} ({one.arm}, {one.protocol})"
        for one in run.results.scores
        if one.metric == "ece" and one.arm in run.arms and one.low > OFF
    ]
    if told:
        yield f"The probabilities are not shares of right answers: off by {'; '.join(told)}."


def elsewhere(run: Run) -> Iterator[str]:
    """No images of another origin were tested."""
    if not run.results.controls:
        yield (
            f"Only images of {run.results.data.name} were tested: whether the scores hold on images of "
            "another origin is unknown."
        )
