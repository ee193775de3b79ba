"""Limitations that the evidence shows: what else explains a score, and where it does not hold."""

from collections.abc import Iterator
from statistics import fmean

from lib.report.facts import Run
from lib.report.notation import difference_interval, score_interval
from lib.words import listed

OFF = 0.05  # calibration error from which on a probability is no share of right answers
# Kind of probe → what an equal score of the network leaves open.
MEANINGS = {
    "shortcut": "its score may come from these instead of from what the images show",
    "leak": "its score may come from test images that look like training images",
    "baseline": "nothing shows that it takes a deep network",
}


def failed_controls(run: Run) -> Iterator[str]:
    """On images of another origin, a model is right less often than its test score says."""
    accuracies, failures = run.accuracies, []
    for control in run.results.controls:
        score = accuracies.get((control.by, control.protocol))
        right = fmean(control.right) / control.images
        if score and right < score.low:
            failures.append(
                f"{control.by} is right on {right:.1%} of the {control.images:,} images of "
                f"{control.name} and on {score.mean:.1%} of its test images ({control.protocol})"
            )
    if failures:
        yield f"The scores do not carry over to images of another origin: {listed(failures)}."


def unbeaten_probes(run: Run) -> Iterator[str]:
    """The network is not shown to beat a probe that cannot see what matters."""
    for kind, meaning in MEANINGS.items():
        names = {probe.name for probe in run.results.probes if probe.kind == kind}
        comparisons = [
            comparison
            for comparison in run.results.comparisons
            if comparison.versus in names and comparison.arm in run.arms
        ]
        level = [comparison for comparison in comparisons if comparison.low <= 0]
        if level:
            least = min(level, key=lambda comparison: comparison.mean)
            yield (
                "The network is not shown to be ahead of "
                f"{listed(sorted({comparison.versus for comparison in level}))} "
                f"({len(level)} of {len(comparisons)} comparisons; the least: {least.arm} less "
                f"{least.versus} {difference_interval(least)} ({least.protocol})). So {meaning}."
            )


def weak_subgroups(run: Run) -> Iterator[str]:
    """Some subgroup fares worse than the whole."""
    pairs = []
    for (arm, protocol), score in run.accuracies.items():
        subgroups = [
            subgroup
            for subgroup in run.results.subgroups
            if (subgroup.accuracy.arm, subgroup.accuracy.protocol) == (arm, protocol)
        ]
        worst = min(subgroups, key=lambda subgroup: subgroup.accuracy.mean, default=None)
        if worst and worst.accuracy.high < score.low:
            pairs.append(
                f"{worst.name} {worst.value} {score_interval(worst.accuracy)} beside "
                f"{score_interval(score)} over all ({arm}, {protocol})"
            )
    if pairs:
        yield f"One score hides unequal ones: {'; '.join(pairs)}."


def miscalibration(run: Run) -> Iterator[str]:
    """Probabilities that cannot be read as such."""
    errors = [
        f"{score_interval(score)} ({score.arm}, {score.protocol})"
        for score in run.results.scores
        if score.metric == "ece" and score.arm in run.arms and score.low > OFF
    ]
    if errors:
        yield f"The probabilities are not shares of right answers: off by {'; '.join(errors)}."


def no_controls(run: Run) -> Iterator[str]:
    """No images of another origin were tested."""
    if not run.results.controls:
        yield (
            f"Only images of {run.results.data.name} were tested: whether the scores hold on images of "
            "another origin is unknown."
        )
