"""Limitations that the evidence shows: what else explains a score, and where it does not hold."""

from collections.abc import Iterator

from lib.evidence.probes import probe_verdicts
from lib.evidence.subgroups import side_of
from lib.report.controls import failures_elsewhere
from lib.report.facts import Run
from lib.report.notation import protocol_name, score_interval
from lib.report.probes import probe_limitations

OFF = 0.05  # calibration error from which on a probability is no share of right answers


def failed_controls(run: Run) -> Iterator[str]:
    """On images of another origin, a model is right less often than on test images of the same classes."""
    failures = failures_elsewhere(run.results, run.arms)
    if failures:
        yield f"The scores do not carry over to images of another origin: {'; '.join(failures)}."


def unbeaten_probes(run: Run) -> Iterator[str]:
    """The network is not shown to be ahead of a classifier that cannot see what matters."""
    verdicts = probe_verdicts(run.results, run.paper.dataset.defining)
    yield from probe_limitations(verdicts, run.results)


def weak_subgroups(run: Run) -> Iterator[str]:
    """Some subgroup fares worse than the whole."""
    pairs, protocol = [], run.shown_protocol
    for arm in run.learnt_arms(protocol):
        score = run.accuracies[arm, protocol]
        weak = [
            subgroup
            for subgroup in run.results.subgroups
            if (subgroup.accuracy.arm, subgroup.accuracy.protocol) == (arm, protocol)
            and side_of(subgroup, score) == "lower"
        ]
        if weak:
            worst = min(weak, key=lambda subgroup: subgroup.accuracy.mean)
            pairs.append(
                f"{worst.name} {worst.value} {score_interval(worst.accuracy)} beside "
                f"{score_interval(score)} over all ({arm}, {protocol_name(run.results.grouping, protocol)})"
            )
    if pairs:
        yield f"The overall score hides unequal ones: {'; '.join(pairs)}."


def miscalibration(run: Run) -> Iterator[str]:
    """Probabilities that cannot be read as such."""
    errors = [
        f"{score_interval(score)} ({score.arm}, {protocol_name(run.results.grouping, score.protocol)})"
        for score in run.results.scores
        if score.metric == "ece"
        and score.low > OFF
        and score.arm in run.learnt_arms(score.protocol)
    ]
    if errors:
        yield f"The probabilities cannot be read as chances of being right: they are off by {'; '.join(errors)}."


def no_controls(run: Run) -> Iterator[str]:
    """No images of another origin were tested."""
    if not run.results.controls:
        yield ("No images of another origin were tested: whether the scores hold there is unknown.")
