"""What must be known of a run's models before anything else: the first words of its summary."""

from typing import NamedTuple

from lib.report.learning import learning_sentences, training_sentences
from lib.results import WEIGHTS, Results
from lib.words import listed


class Alarm(NamedTuple):
    """A sentence that stands above all others.

    Attributes:
        grave: Whether the scores tell nothing of what a model can do; else they are to be read with care.
    """

    grave: bool
    sentence: str


def alarms(results: Results) -> list[Alarm]:
    """What is wrong with the arms that were trained, the gravest first; none where training went as it should.

    One answer to everything, random weights instead of trained ones, no better than a constant answer; then a
    training loss that never fell, and a training that had not settled.
    """
    arms = results.arms
    of_arm = learning_sentences(results, arms)
    silent = {record.arm for record in results.learning if record.outcome == "one answer"}
    grave = (
        *(sentence for arm, sentence in of_arm.items() if arm in silent),
        *_random_weights(results, arms),
        *(sentence for arm, sentence in of_arm.items() if arm not in silent),
    )
    return [Alarm(grave=True, sentence=sentence) for sentence in grave] + [
        Alarm(grave=False, sentence=sentence) for sentence in training_sentences(results, arms)
    ]


def _random_weights(results: Results, arms: list[str]) -> list[str]:
    """That trained weights were to be had nowhere, by the weights that were declared."""
    arms_by_declared: dict[str, list[str]] = {}
    for model in results.models:
        used, declared = model.weights.used, model.weights.declared
        if model.arm in arms and used == "random" != declared:
            arms_by_declared.setdefault(declared, []).append(model.arm)
    return [
        f"{listed(of_weights)} started from random weights instead of {WEIGHTS[declared]}."
        for declared, of_weights in arms_by_declared.items()
    ]
