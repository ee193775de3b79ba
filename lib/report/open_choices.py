"""What the paper leaves open, in words: between what it moves a score, and of whom that is not known."""

from collections.abc import Iterable, Sequence

from lib.report.notation import choice_spread
from lib.results import Choice
from lib.words import listed


def spreads_by_arm(choices: Iterable[Choice], arms: Iterable[str]) -> dict[str, str]:
    """Arm → `choice_spread` of what was tried with it, "" for nothing."""
    choices = list(choices)
    return {arm: choice_spread([choice for choice in choices if choice.arm == arm]) for arm in arms}


def untried_sentence(arms: Sequence[str], *, variants: bool) -> str:
    """That other settings were not tried with `arms`; "" for no arms.

    Of settings alone: seeds and splits of the run's own have their table.

    Args:
        variants: Whether variants were trained, each of which tries a setting of its own.
    """
    if not arms:
        return ""
    beginning = "Apart from the variants, no" if variants else "No"
    its = "its score" if len(arms) == 1 else "their scores"
    return (
        f"{beginning} other settings that the paper leaves open were tried with {listed(arms)}, so how far they "
        f"move {its} is unknown."
    )
