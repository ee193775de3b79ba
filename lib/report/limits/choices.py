"""Limitations of what the paper leaves open: assumptions, readings of it, and what hangs on them."""

from collections.abc import Iterator

from lib.papers.declare import Assumed
from lib.report.facts import Run
from lib.report.left_out import untrained_sentence
from lib.report.notation import difference_interval, protocol_name
from lib.report.open_choices import spreads_by_arm, untried_sentence
from lib.results import Comparison
from lib.words import counted, listed


def untried_choices(run: Run) -> Iterator[str]:
    """Models that learnt, with which what the paper leaves open was not tried."""
    spreads = spreads_by_arm(run.results.choices, run.learnt_arms(run.shown_protocol))
    untried = [arm for arm, spread in spreads.items() if not spread]
    if untried:
        variants = any(model.variant_of for model in run.results.models)
        yield untried_sentence(untried, variants=variants)


def open_choices(run: Run) -> Iterator[str]:
    """A choice that the paper leaves open moves the accuracy out of its interval."""
    decisive = []
    for (arm, protocol), score in run.accuracies.items():
        choices = [choice for choice in run.results.choices if choice.arm == arm]
        if protocol == "published" and choices and run.results.learnt(arm, protocol):
            used = next(choice.accuracy for choice in choices if choice.used)
            moved = [
                f"{choice.accuracy:.3f} with {choice.name} {choice.value}"
                for choice in choices
                if not choice.used and not score.low <= choice.accuracy <= score.high
            ]
            if moved:
                decisive.append(f"{listed(moved)} instead of {used:.3f} ({arm})")
    if decisive:
        yield f"Choices that the paper leaves open decide the accuracy: {'; '.join(decisive)}."


def variants(run: Run) -> Iterator[str]:
    """Another reading of the paper gives another score: by the interval, and with every one of several seeds."""
    apart = [
        f"{comparison.arm} minus {comparison.versus} {difference_interval(comparison)} "
        f"({protocol_name(run.results.grouping, comparison.protocol)})"
        for comparison in run.results.comparisons
        if _is_apart(comparison, run)
    ]
    if apart:
        yield f"Another reading of the paper gives another accuracy: {', '.join(apart)}."


def _is_apart(comparison: Comparison, run: Run) -> bool:
    """Whether a variant differs from its arm, and at least one of the two learnt."""
    differences = {
        (difference.arm, difference.versus, difference.protocol): difference
        for difference in run.results.differences
    }
    arms, protocol = (comparison.arm, comparison.versus), comparison.protocol
    seeds = differences.get((*arms, protocol))
    return (
        seeds is not None
        and len(seeds.per_seed) > 1
        and any(run.results.learnt(arm, protocol) for arm in arms)
        and (min(seeds.low, comparison.low) > 0 or max(seeds.high, comparison.high) < 0)
    )


def assumptions(run: Run) -> Iterator[str]:
    """What the headline rests on without the paper saying so; where its model was not trained, another."""
    if not run.own_arms:
        return
    headline = next((claim.arm for claim in run.paper.claims), run.paper.arms[0].name)
    arm = next((arm for arm in run.own_arms if arm.name == headline), run.own_arms[0])
    what = f"The headline, of {arm.name}," if arm.name == headline else f"The recipe of {arm.name}"
    settings = {"seeds": run.paper.seeds, **vars(run.paper.split), **arm.settings}
    assumed = sum(isinstance(value, Assumed) for value in settings.values())
    if assumed:
        yield (
            f"{what} rests on {counted(assumed, 'assumption')} about what the paper does not say."
        )


def contradictions(run: Run) -> Iterator[str]:
    """The paper says two things."""
    number = len(run.paper.contradictions)
    if number:
        yield (
            f"The paper contradicts itself in {counted(number, 'place')}, and this study follows one reading."
        )


def untrained_arms(run: Run) -> Iterator[str]:
    """Models of the paper that this run leaves out, and what is printed of them."""
    sentence = untrained_sentence(run)
    if sentence:
        yield sentence


def untrained_variants(run: Run) -> Iterator[str]:
    """Readings of the paper that this run leaves out, of the arms that it trains."""
    trained = {model.arm for model in run.results.models}
    missing = [
        variant.name
        for variant in run.paper.variants
        if variant.variant_of in trained and variant.name not in trained
    ]
    if missing:
        yield (
            f"{counted(len(missing), 'other reading')} of the paper {_was(missing)} not run ({listed(missing)})."
        )


def validation_numbers(run: Run) -> Iterator[str]:
    """The paper has validation images, this run has no third part."""
    count = sum(claim.part == "validation" for claim in run.paper.claims)
    if count:
        yield (
            f"For {counted(count, 'printed number')} on validation images, test images stand in."
        )


def _was(names: list[str]) -> str:
    return "was" if len(names) == 1 else "were"
