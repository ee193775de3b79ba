"""Limitations of the training itself: models that did not learn, or had not settled when it ended.

The summary and the sections tell the details.
"""

from collections.abc import Iterator

from lib.evidence.convergence import unsettled_arms
from lib.report.facts import Run
from lib.report.notation import arm_places


def failed_learning(run: Run) -> Iterator[str]:
    """Models about which nothing else can be said."""
    failed = [
        (record.arm, record.protocol)
        for record in run.results.learning
        if record.arm in run.arms and record.outcome != "learnt"
    ]
    if failed:
        places = arm_places(failed, run.results.grouping)
        verb = "is" if len({arm for arm, _ in failed}) == 1 else "are"
        yield (
            f"{places} {verb} not shown to have learnt (see the summary), so nothing follows from the scores."
        )


def unsettled_training(run: Run) -> Iterator[str]:
    """Models that learnt, though their accuracy still moved."""
    unsettled = [
        (record.arm, record.protocol)
        for record in unsettled_arms(run.results.last_epochs)
        if record.arm in run.learnt_arms(record.protocol)
    ]
    if unsettled:
        places = arm_places(unsettled, run.results.grouping)
        yield f"{places} had not settled when training ended: another epoch would give another score."
