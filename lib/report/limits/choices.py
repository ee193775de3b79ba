"""Limitations of what the paper leaves open: assumptions, readings of it, and what hangs on them."""

from collections.abc import Iterator

from lib.papers.declare import Assumed
from lib.report.facts import Run
from lib.words import counted, listed, signed


def tried(run: Run) -> Iterator[str]:
    """An undeclared choice moves the accuracy out of its interval."""
    scores, told = run.accuracies, []
    for arm in run.arms:
        found = [one for one in run.results.choices if one.arm == arm]
        score = scores.get((arm, "published"))
        if found and score:
            used = next(one.accuracy for one in found if one.used)
            far = [one for one in found if not score.low <= one.accuracy <= score.high]
            moved = [f"{one.name} {one.value} {one.accuracy:.3f}" for one in far if not one.used]
            if moved:
                told.append(f"{listed(moved)} instead of {used:.3f} ({arm})")
    if told:
        yield f"Choices that the paper leaves open decide about the accuracy: {'; '.join(told)}."


def variants(run: Run) -> Iterator[str]:
    """Another reading of the paper gives another score, with every seed."""
    told = [
        f"{one.arm} {signed(one.mean, one.low, one.high)} ({one.protocol})"
        for one in run.results.differences
        if len(one.per_seed) > 1 and (one.low > 0 or one.high < 0)
    ]
    if told:
        yield f"Another reading of the paper gives another accuracy: {', '.join(told)}."


def assumed(run: Run) -> Iterator[str]:
    """What the headline rests on without the paper saying so."""
    arm = run.paper.arm(run.paper.claims[0].arm) if run.paper.claims else run.paper.arms[0]
    settings = {"seeds": run.paper.seeds, **vars(run.paper.split), **arm.settings}
    open_ones = [name for name, one in settings.items() if isinstance(one, Assumed)]
    if open_ones:
        told = listed(name.replace("_", " ") for name in open_ones)
        yield (
            f"The headline, of {arm.name}, hangs on {counted(len(open_ones), 'assumption')} about what "
            f"the paper does not say: {told}."
        )


def contradictions(run: Run) -> Iterator[str]:
    """The paper says two things."""
    topics = [one.topic for one in run.paper.contradictions]
    if topics:
        yield (
            f"The paper contradicts itself in {counted(len(topics), 'place')}, and one reading had to "
            f"be chosen: {'; '.join(topics)}."
        )


def untried(run: Run) -> Iterator[str]:
    """Readings that this run leaves out."""
    trained = {one.arm for one in run.results.models}
    left = [one.name for one in run.paper.variants if one.name not in trained]
    if left:
        yield f"Not run here: {counted(len(left), 'other reading')} of the paper ({listed(left)})."


def validation(run: Run) -> Iterator[str]:
    """There is no third part."""
    count = sum(one.part == "validation" for one in run.paper.claims)
    if count:
        yield (
            f"The test images serve as validation images too, in {counted(count, 'printed number')}: a "
            "best epoch, picked on them, would flatter."
        )
