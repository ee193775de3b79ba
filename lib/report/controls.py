"""What images of another origin show about the networks: for their section and for the limitations."""

from collections.abc import Iterator, Sequence

from lib.evidence.controls import CarryOver, carry_over
from lib.report.notation import arm_places, difference_interval, score_interval
from lib.results import Control, Results


def failures_elsewhere(results: Results, arms: Sequence[str]) -> list[str]:
    """Of each of `arms` that learnt and does worse on a control set: "net (published) has 0.6 … on far and …"."""
    return [
        f"{arm_places([(control.by, control.protocol)], results.grouping)} has "
        f"{score_interval(control.accuracy)} on {control.name} and {score_interval(control.on_test)} on test "
        f"images of the same classes (difference {difference_interval(control.gap)})"
        for control in _of_learnt(results, arms)
        if carry_over(control) == "lower" and control.on_test and control.gap
    ]


def carry_over_sentences(results: Results, name: str) -> Iterator[str]:
    """What one control set shows about the models that learnt."""
    by_outcome: dict[CarryOver, list[tuple[str, str]]] = {}
    for control in _of_learnt(results, [model.arm for model in results.models]):
        if control.name == name:
            by_outcome.setdefault(carry_over(control), []).append((control.by, control.protocol))
    places = {outcome: arm_places(of, results.grouping) for outcome, of in by_outcome.items()}
    if lower := places.get("lower"):
        yield (
            f"The accuracy of {lower} does not carry over to {name}: it is lower than on test images of the "
            f"same classes."
        )
    if higher := places.get("higher"):
        yield f"The accuracy of {higher} is higher on {name} than on test images of the same classes."
    if undecided := places.get("no difference shown"):
        yield (
            f"Whether the accuracy of {undecided} carries over to {name} stays open: the difference from test "
            f"images of the same classes may be chance, or there are no such images."
        )


def _of_learnt(results: Results, arms: Sequence[str]) -> list[Control]:
    return [
        control
        for control in results.controls
        if control.by in arms and results.learnt(control.by, control.protocol)
    ]
