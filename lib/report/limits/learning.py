"""Limitations of the training itself: models that did not learn, or had not settled when it ended."""

from collections.abc import Iterator

from lib.report.facts import Run
from lib.report.learning import learning_sentences, training_sentences


def failed_learning(run: Run) -> Iterator[str]:
    """Models of which nothing else can be said, one sentence each."""
    yield from learning_sentences(run.results, run.arms).values()


def unsettled_training(run: Run) -> Iterator[str]:
    """Models that learnt, though their loss never fell or their accuracy still moved."""
    yield from training_sentences(run.results, run.arms)
